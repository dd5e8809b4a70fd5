"""A script beside the published file that it says it is: the same, altered where, or another (pure)."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace

from .alignment import Alignment, Change, align
from .formatting import BOM, LINE_END, same_code
from .likeness import Likeness

LARGEST = 8 * 1024 * 1024  # bytes of either
LEAST_KEPT = 0.5  # of the original: with less, the script is another one or a build of its own
MOST_SHOWN = 20  # changes
EXCERPT = 4000  # characters of one
MOST_WEIGHED = 2 * 1024 * 1024  # bytes in which it is looked what white space says: it takes seconds
AROUND = 20  # bytes on each side that are shown with a change of nothing but white space
_WHITE = b" \t\r\n\v\f"


@dataclass(frozen=True)
class Part:
    """A place where the script is not the published file.

    offset, length: in bytes of the script; a length of 0 where something was only taken away.
    excerpt: what stands there. removed: what stood there in the published file. Both cut to `EXCERPT`, and
    with what stands around it where only white space is another, which nobody could see alone.
    """

    offset: int
    length: int
    excerpt: str
    removed: str

    @property
    def row(self) -> dict[str, object]:
        """For the report."""
        return {
            "offset": self.offset,
            "length": self.length,
            "excerpt": self.excerpt,
            "removed": self.removed,
        }


@dataclass(frozen=True)
class Comparison:
    """How a script and a published file compare.

    match: `exact`, `altered` or `none`. formatting: whether an altered one differs in nothing but comments
    and white space. kept: the part of the published file that is in the script, and share: the part of the
    script that it makes up, both from 0 to 1. parts: the differences, in order, the longest `MOST_SHOWN` of
    them; many: how many there are. added: the bytes that the published file has not, joined by line ends.
    """

    match: str
    formatting: bool = False
    kept: float = 0.0
    share: float = 0.0
    parts: tuple[Part, ...] = ()
    many: int = 0
    added: bytes = b""


NONE = Comparison("none")


def compare(published: bytes, script: bytes) -> Comparison:
    """The comparison; line ends and a BOM are looked through, and told as formatting."""
    if published == script:
        return Comparison("exact", kept=1.0, share=1.0)
    if max(len(published), len(script)) > LARGEST or not published or not script:
        return NONE
    text = _Text(script)
    original = _Text(published)
    found = align(original.plain, text.plain)
    kept, share = found.kept / len(original.plain or b" "), found.kept / len(text.plain or b" ")
    if kept < LEAST_KEPT:
        # A file that was only indented anew has few long runs in common; its tokens tell.
        same = Likeness(script).of(published) > LEAST_KEPT and same_code(published, script)
        return Comparison("altered", formatting=True, kept=1.0, share=1.0) if same else NONE
    formatting = same_code(published, script)
    changes = _told(original, text, found, formatting)
    return Comparison("altered", formatting, kept, share, *_shown(original, text, changes))


def nothing_changed(published: bytes, script: bytes) -> bool:
    """Whether a script has all the code of a published file, whatever was put between."""
    text, original = _Text(script), _Text(published)
    changes = [
        change if _blank(original, text, change) else replace(change, added=0)
        for change in align(original.plain, text.plain).changes
    ]
    return same_code(original.plain, _changed(original, text, changes))


def _told(original: _Text, text: _Text, found: Alignment, formatting: bool) -> list[Change]:
    """The changes, without those of white space where that says nothing; never none where code is another."""
    blank = [change for change in found.changes if _blank(original, text, change)]
    told = [change for change in found.changes if not _blank(original, text, change)]
    if formatting or not blank:
        return told
    weighed = told and len(original.plain) <= MOST_WEIGHED
    says_nothing = weighed and same_code(original.plain, _changed(original, text, blank))
    return told if says_nothing else list(found.changes)


def _changed(original: _Text, text: _Text, changes: list[Change]) -> bytes:
    """The published file with these changes alone."""
    pieces, at = [], 0
    for change in changes:
        pieces += [original.plain[at : change.original], text.added(change)]
        at = change.original + change.removed
    return b"".join([*pieces, original.plain[at:]])


def _shown(original: _Text, text: _Text, changes: list[Change]) -> tuple[tuple[Part, ...], int, bytes]:
    longest = sorted(changes, key=lambda change: -max(change.added, change.removed))[:MOST_SHOWN]
    parts = [_part(original, text, change) for change in sorted(longest, key=lambda change: change.served)]
    added = b"\n".join(text.added(change) for change in changes if change.added)
    return tuple(parts), len(changes), added


def _blank(original: _Text, text: _Text, change: Change) -> bool:
    return not text.added(change).strip(_WHITE) and not original.removed(change).strip(_WHITE)


def _part(original: _Text, text: _Text, change: Change) -> Part:
    if _blank(original, text, change):
        change = _with_surroundings(original, text, change)
    start, end = text.place(change.served), text.place(change.served + change.added)
    return Part(
        offset=start,
        length=end - start if change.added else 0,
        excerpt=_excerpt(text.added(change)),
        removed=_excerpt(original.removed(change)),
    )


def _with_surroundings(original: _Text, text: _Text, change: Change) -> Change:
    """The change and some bytes before and behind it, in both files as many, no letter cut in two."""
    end, stop = change.original + change.removed, change.served + change.added
    before = min(AROUND, change.original, change.served)
    behind = min(AROUND, len(original.plain) - end, len(text.plain) - stop)
    while before and _inside_letter(text.plain, change.served - before):
        before -= 1
    while behind and _inside_letter(text.plain, stop + behind):
        behind -= 1
    wider = before + behind
    return Change(
        change.original - before, change.removed + wider, change.served - before, change.added + wider
    )


def _inside_letter(plain: bytes, at: int) -> bool:
    return at < len(plain) and plain[at] & 0xC0 == 0x80


def _excerpt(part: bytes) -> str:
    text = part[: 4 * EXCERPT].decode("utf-8", "replace")
    return text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"


class _Text:
    """A script with line feeds as its only line ends and no BOM, and where each byte of that stood."""

    def __init__(self, script: bytes) -> None:
        self._before = len(BOM) if script.startswith(BOM) else 0
        body = script[self._before :]
        self.plain = LINE_END.sub(b"\n", body) if b"\r" in body else body
        # Where a line end was two bytes: its place in `plain`.
        pairs = re.finditer(rb"\r\n", body) if self.plain is not body else ()
        self._pairs = [match.start() - shorter for shorter, match in enumerate(pairs)]

    def added(self, change: Change) -> bytes:
        """What a change put in, where this is the script."""
        return self.plain[change.served : change.served + change.added]

    def removed(self, change: Change) -> bytes:
        """What a change took away, where this is the published file."""
        return self.plain[change.original : change.original + change.removed]

    def place(self, at: int) -> int:
        """The offset in the script itself of an offset in `plain`."""
        return self._before + at + bisect_left(self._pairs, at)
