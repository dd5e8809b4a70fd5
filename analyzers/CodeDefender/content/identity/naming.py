"""Which libraries a script says it is, or holds (pure).

What a script says is a claim, since a skimmer behind a library says the same: it names the published file
that the script is to be put beside. The rules are Retire.js's (`data/`, Apache-2.0), and one for the banner
that most build tools write. They are run by RE2, whose time grows with the script's length and not faster.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import re2

DATA = Path(__file__).parent / "data" / "library-rules.json"
LARGEST = 8 * 1024 * 1024  # bytes that are looked at
BANNER = 3000  # bytes at the start of a script, where it says what it is as a whole
MOST_NAMED = 30
_SEMVER = re.compile(r"(\d{1,5}\.\d{1,5}(?:\.\d{1,6})?(?:-[0-9a-z.-]{1,40})?)", re.IGNORECASE)
_MINIFIED = re.compile(r"[.-](?:min|slim|pkgd|prod(?:uction)?)\b.*$")
_BANNER = (
    r"/\*[!*]?[\s*]*(?:@license[\s*]+)?(@?[A-Za-z][A-Za-z0-9./_-]{1,60}?)(?:\.min)?(?:\.js)?"
    r"[\s,:@-]+(?:[Vv]ersion:?\s*)?v?([0-9]{1,4}\.[0-9]{1,5}\.[0-9]{1,5}(?:-[0-9A-Za-z.]{1,30})?)"
)


@dataclass(frozen=True)
class Named:
    """A library that a script names.

    package: on npm. version: exact, as npm writes versions. offset: in bytes, where the name stands.
    because: the words in the script that say so. by_rule: whether a rule for this very library says so; else
    the words of a banner are taken for an npm package's name, which may be no such package's.
    """

    package: str
    version: str
    offset: int
    because: str
    by_rule: bool = True


def named_in(script: bytes) -> tuple[Named, ...]:
    """The libraries, in the order of their names' places, none twice."""
    # The rules know one line end only.
    text = script[:LARGEST].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    found: dict[tuple[str, str], Named] = {}
    by_rules = list(_by_rules(text))
    places = {named.offset for named in by_rules}
    by_banners = [named for named in _by_banners(text) if named.offset not in places]
    for named in sorted((*by_rules, *by_banners), key=lambda named: named.offset):
        found.setdefault((named.package.lower(), named.version), named)
    return tuple(found.values())[:MOST_NAMED]


def _by_rules(text: bytes) -> Iterator[Named]:
    rules = _rules()
    for number in rules.matching(text):
        row = rules.rows[number]
        match = rules.pattern(number).search(text)
        version = _version(row, match) if match else None
        if match and version:
            yield Named(row["package"], version, match.start(), _words(match.group(0)))


def _by_banners(text: bytes) -> Iterator[Named]:
    for match in islice(_rules().banner.finditer(text), MOST_NAMED):
        name = _MINIFIED.sub("", match.group(1).decode("latin-1").lower()).removesuffix(".js")
        version = match.group(2).decode("latin-1")
        yield Named(name, version, match.start(), _words(match.group(0)), by_rule=False)


def _version(row: dict[str, str], match: Any) -> str | None:
    groups = [group.decode("latin-1") if group else "" for group in match.groups()]
    template = row.get("version", "$1")
    said = re.sub(r"\$([1-9])", lambda m: groups[int(m[1]) - 1] if int(m[1]) <= len(groups) else "", template)
    version = _SEMVER.match(re.sub(r"[.-]min$", "", said))
    if version is None:
        return None
    # What projects write as 1.4 is 1.4.0 on npm.
    return version[1] if version[1].count(".") > 1 or "-" in version[1] else f"{version[1]}.0"


def _words(matched: bytes) -> str:
    return " ".join(matched[:400].decode("utf-8", "replace").split())[:120]


class _Rules:
    def __init__(self) -> None:
        self._options = re2.Options()
        self._options.encoding = re2.Options.Encoding.LATIN1
        self._options.log_errors = False
        self.rows: list[dict[str, str]] = json.loads(DATA.read_text(encoding="utf-8"))["rules"]
        self.banner = re2.compile(_BANNER.encode(), self._options)
        self._together = re2.Set.SearchSet(self._options)
        for row in self.rows:
            self._together.Add(row["pattern"].encode("latin-1"))
        self._together.Compile()

    def pattern(self, number: int) -> Any:
        """One rule, compiled."""
        return re2.compile(self.rows[number]["pattern"].encode("latin-1"), self._options)

    def matching(self, text: bytes) -> list[int]:
        """The numbers of the rules that match, all looked for in one pass."""
        try:
            return list(self._together.Match(text) or ())
        except re2.error:
            return list(range(len(self.rows)))


@cache
def _rules() -> _Rules:
    return _Rules()
