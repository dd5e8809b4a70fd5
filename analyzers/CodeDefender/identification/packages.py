"""Which package is this script? From a script's URL alone to package URLs, with the evidence (pure).

Registries and vendors serve packages under addresses that name them: that proves the name. On anybody else's
server a file's name is only a claim. Nothing is fetched, and a name that nobody knows is no package.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from packageurl import PackageURL

from identification.cdns import Cdn, cdn_at, imitates
from identification.files import Claim, claim
from identification.names import Named, source_package
from identification.script_url import parse

_SHOWN = 80  # characters of an address's own words in a sentence


@dataclass(frozen=True)
class Package:
    """A package that a script's URL names."""

    type: str
    """The package URL's type: `npm`, or `github` where a repository is no known npm package's."""

    name: str
    """The registry's name (`jquery`, `@babel/core`), or `owner/repository`."""

    version: str | None
    """Exact; None where the URL names none, or a range or a tag (`3`, `latest`)."""

    evidence: str
    """One sentence for a person: what in the URL says so, and how much it proves."""

    proven: bool
    """True where the host serves the registry's or the vendor's own content under this name; else a claim."""

    @property
    def purl(self) -> str:
        """The package URL, `pkg:npm/%40babel/core@7.0.0` (package-url/purl-spec)."""
        namespace, _, name = self.name.rpartition("/")
        return PackageURL(self.type, namespace or None, name, self.version).to_string()


def identify(url: str) -> tuple[Package, ...]:
    """The packages that a script URL names, in its order, none twice; empty where nothing can be said.

    Takes any text, raises nothing.
    """
    script = parse(url)
    if script is None:
        return ()
    cdn = cdn_at(script.host) if script.port is None else None
    served = [_served(cdn, named) for named in dict.fromkeys(cdn.read(script))] if cdn else []
    if served:
        return _unique(served)
    claimed = claim(script, file_name_only=imitates(script))
    return (_claimed(claimed),) if claimed else ()


def served_names(url: str) -> tuple[Named, ...]:
    """The packages as they are published, not as vulnerabilities are filed; the npm ones only."""
    script = parse(url)
    if script is None:
        return ()
    cdn = cdn_at(script.host) if script.port is None else None
    served = tuple(dict.fromkeys(cdn.read(script))) if cdn else ()
    if not served and (claimed := claim(script, file_name_only=imitates(script))):
        served = (claimed.named,)
    return tuple(named for named in served if named.type == "npm")


def _served(cdn: Cdn, named: Named) -> Package:
    source, filed = _source(named)
    if cdn.official:
        says = f"At this address {cdn.title} serves {_what(named)}"
    else:
        says = f"The address is that of {_what(named)}, but on {cdn.title}: a claim, not a proof"
    return Package(named.type, source, named.version, f"{says}{filed}.", cdn.official)


def _claimed(claimed: Claim) -> Package:
    named = claimed.named
    source, filed = _source(named)
    says = f"{_shown(claimed.because)} says {_what(named)}: a claim, not a proof, since any server can say so"
    return Package(named.type, source, named.version, f"{says}{filed}.", proven=False)


def _what(named: Named) -> str:
    kind = "GitHub repository" if named.type == "github" else "npm package"
    called = f" (called {_shown(named.called)} there)" if named.called and named.called != named.name else ""
    if named.version:
        version = f", version {named.version}"
    elif named.asked:
        version = f", in whichever version “{_shown(named.asked)}” is at the time"
    else:
        version = ", in a version that is not named"
    return f"the {kind} {named.name}{called}{version}"


def _source(named: Named) -> tuple[str, str]:
    """The package to look up, and the words for it where it is another than the one served."""
    source = source_package(named.name) if named.type == "npm" else named.name
    return source, f"; vulnerabilities are filed under {source}" if source != named.name else ""


def _unique(packages: Iterable[Package]) -> tuple[Package, ...]:
    found: dict[tuple[str, str, str | None], Package] = {}
    for package in packages:
        found.setdefault((package.type, package.name.lower(), package.version), package)
    return tuple(found.values())


def _shown(text: str) -> str:
    """An address's own words, with nothing in them but printable ASCII, and not many."""
    plain = re.sub(r"[^\x20-\x7e]", "?", text)
    return plain if len(plain) <= _SHOWN else plain[: _SHOWN - 1] + "…"
