"""A script beside the published file that it says it is: the same, altered where, or another (pure)."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from .alignment import Alignment, Change, align
from .formatting import BOM, same_code
from .likeness import Likeness

LARGEST = 8 * 1024 * 1024  # bytes of either
LEAST_KEPT = 0.5  # of the original: with less, the script is another one or a build of its own
MOST_SHOWN = 20  # changes
EXCERPT = 4000  # characters of one
_LINE_END = re.compile(rb"\r\n?")
_WHITE = b" \t\r\n\v\f"


@dataclass(frozen=True)
class Part:
    """A place where the script is not the published file.

    offset, length: in bytes of the script; a length of 0 where something was only taken away.
    excerpt: what stands there. removed: what stood there in the published file. Both cut to `EXCERPT`.
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
    return Comparison(
        "altered",
        same_code(published, script),
        kept,
        share,
        *_shown(original, text, found),
    )


def _shown(original: _Text, text: _Text, found: Alignment) -> tuple[tuple[Part, ...], int, bytes]:
    changes = [change for change in found.changes if not _blank(original, text, change)]
    longest = sorted(changes, key=lambda change: -max(change.added, change.removed))[:MOST_SHOWN]
    parts = [_part(original, text, change) for change in sorted(longest, key=lambda change: change.served)]
    added = b"\n".join(
        text.plain[change.served : change.served + change.added] for change in changes if change.added
    )
    return tuple(parts), len(changes), added


def _blank(original: _Text, text: _Text, change: Change) -> bool:
    added = text.plain[change.served : change.served + change.added]
    removed = original.plain[change.original : change.original + change.removed]
    return not added.strip(_WHITE) and not removed.strip(_WHITE)


def _part(original: _Text, text: _Text, change: Change) -> Part:
    start, end = text.place(change.served), text.place(change.served + change.added)
    return Part(
        offset=start,
        length=end - start if change.added else 0,
        excerpt=_excerpt(text.plain[change.served : change.served + change.added]),
        removed=_excerpt(original.plain[change.original : change.original + change.removed]),
    )


def _excerpt(part: bytes) -> str:
    text = part[: 4 * EXCERPT].decode("utf-8", "replace")
    return text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"


class _Text:
    """A script with line feeds as its only line ends and no BOM, and where each byte of that stood."""

    def __init__(self, script: bytes) -> None:
        self._before = len(BOM) if script.startswith(BOM) else 0
        body = script[self._before :]
        self.plain = _LINE_END.sub(b"\n", body) if b"\r" in body else body
        # Where a line end was two bytes: its place in `plain`.
        pairs = re.finditer(rb"\r\n", body) if self.plain is not body else ()
        self._pairs = [match.start() - shorter for shorter, match in enumerate(pairs)]

    def place(self, at: int) -> int:
        """The offset in the script itself of an offset in `plain`."""
        return self._before + at + bisect_left(self._pairs, at)
