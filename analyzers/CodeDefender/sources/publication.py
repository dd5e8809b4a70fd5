"""Which published file a script is, or was made of: npm's own archive is the witness."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from content.identity.comparison import Comparison, compare, nothing_changed
from content.identity.formatting import same_code
from content.identity.witness import Witness
from flaws.osv_records import issues_of
from neuron.failure import Failure
from sources.identity import Identity, purl
from sources.jsdelivr import JsDelivr
from sources.npm import NotRead, Npm
from sources.osv import OSVClient

MOST_RELEASES = 6  # whose archives are read for one script
_BETWEEN = b"; \t\r\n"  # what tools put between files
LEAST_SHARE = 0.5  # of a script that only its content calls a library: with less, the library is a part of it


T = TypeVar("T")


@dataclass(frozen=True)
class Claim:
    """That a script is of this release. by_address: its URL or file name says so, not only its content."""

    name: str
    version: str
    by_address: bool


@dataclass(frozen=True)
class _Compared:
    claim: Claim
    file: str
    comparison: Comparison
    body: bytes = b""


class Publications:
    """Looks a script up among published files; who could not be asked is told in the answer."""

    def __init__(self, npm: Npm, jsdelivr: JsDelivr, osv: OSVClient) -> None:
        self._npm, self._jsdelivr, self._osv = npm, jsdelivr, osv

    def identify(self, digest: str, script: bytes | None, claims: Sequence[Claim], file: str) -> Identity:
        """The published file that a script is, or the one that it was made of.

        Args:
            digest: its SHA-256.
            script: its bytes, where there are any.
            claims: which releases it says it is of.
            file: its own name, or "".
        """
        notes: list[str] = []
        unasked: list[str] = []
        compared: list[_Compared] = []
        asked: set[tuple[str, str]] = set()
        for claim in claims:
            if len(asked) < MOST_RELEASES and (claim.name, claim.version) not in asked:
                asked.add((claim.name, claim.version))
                found = _asked(unasked, partial(self._beside, claim, digest, script, file, notes))
                if found and found.comparison.match == "exact":
                    return self._known(found)
                compared += [found] if found else []
        known = _asked(unasked, partial(self._by_hash, digest, script, asked, notes))
        found_identity = self._known(known) if known else self._altered(compared, script or b"", tuple(notes))
        return replace(found_identity, unasked=(*unasked, *found_identity.unasked))

    def _by_hash(
        self, digest: str, script: bytes | None, asked: set[tuple[str, str]], notes: list[str]
    ) -> _Compared | None:
        known = self._jsdelivr.published(digest)
        if known is None:
            return None
        if known.type == "gh":
            where = f"{known.name}, {known.file}"
            notes.append(f"the same bytes are public on GitHub ({where}), where anybody can put anything")
            return None
        if (known.name, known.version) in asked:
            return None
        claim = Claim(known.name, known.version, by_address=False)
        found = self._beside(claim, digest, script, known.file.rpartition("/")[2], notes)
        return found if found and found.comparison.match == "exact" else None

    def _beside(
        self, claim: Claim, digest: str, script: bytes | None, file: str, notes: list[str]
    ) -> _Compared | None:
        """The release's file that is the script, or the one that it is most like."""
        called = f"{claim.name}@{claim.version}"
        release = self._npm.release(claim.name, claim.version)
        if release is None:
            notes.append(f"npm has no {called}")
            return None
        witness = Witness(digest, script, file)
        try:
            self._npm.read(release, witness.look)
        except NotRead as reason:
            # A hash alone needs a witness that shows the bytes.
            listed = {} if script is None else self._jsdelivr.files(claim.name, claim.version)
            path = next((path for path, listed_digest in listed.items() if listed_digest == digest), None)
            if path is not None:
                return _Compared(claim, path, Comparison("exact", kept=1.0, share=1.0))
            notes.append(f"{called} could not be put beside it, since {reason}")
            return None
        if witness.exact is not None:
            return _Compared(claim, witness.exact, Comparison("exact", kept=1.0, share=1.0), witness.body)
        if witness.closest is None or script is None:
            notes.append(f"no file of {called} is like it")
            return None
        path, body = witness.closest
        comparison = compare(body, script)
        if comparison.match == "none":
            notes.append(f"no file of {called} is like it")
            return None
        return _Compared(claim, path, comparison, body)

    def _altered(self, compared: list[_Compared], script: bytes, notes: tuple[str, ...]) -> Identity:
        """The release that the script was made of: the one that it names and that makes up most of it."""
        if not compared:
            return Identity(notes=notes)
        best = max(compared, key=lambda c: (c.claim.by_address, c.comparison.kept * c.comparison.share))
        best, others = _explained(best, [c for c in compared if c is not best], script)
        if not best.claim.by_address and not others and best.comparison.share < LEAST_SHARE:
            whole = [c for c in compared if c.comparison.kept > 0.99]
            held = ", ".join(f"{c.claim.name}@{c.claim.version}" for c in whole)
            return Identity(notes=(*notes, *([f"it holds {held} among other code"] if held else [])))
        return replace(self._known(best), notes=notes, others=others)

    def _known(self, found: _Compared) -> Identity:
        name, version = found.claim.name, found.claim.version
        unasked: list[str] = []
        records = _asked(unasked, partial(self._osv.records, purl(name, version))) or []
        published = _asked(unasked, partial(self._npm.published, name, version))
        malware = tuple(issue for issue in issues_of(records, name, version) if issue.malware)
        return Identity(
            found.comparison,
            name,
            version,
            found.file,
            published,
            malware,
            unasked=tuple(unasked),
            body=found.body,
        )


def _asked(unasked: list[str], ask: Callable[[], T]) -> T | None:
    """The answer; None, and why, where there is none."""
    try:
        return ask()
    except Failure as failure:
        unasked.append(str(failure))
        return None


def _explained(best: _Compared, others: list[_Compared], script: bytes) -> tuple[_Compared, tuple[str, ...]]:
    """What was added to a script, without the further published files that stand in it whole."""
    left, names = best.comparison.added, []
    for other in others:
        whole = other.body.replace(b"\r\n", b"\n").strip()
        if len(whole) > 200 and whole in left:
            left = left.replace(whole, b"\n")
            names.append(f"{other.claim.name}@{other.claim.version}")
    if not names:
        return best, ()
    compared = best.comparison
    only = same_code(b"", left.strip(_BETWEEN)) and nothing_changed(best.body, script)
    return replace(best, comparison=replace(compared, added=left, formatting=only)), tuple(names)
