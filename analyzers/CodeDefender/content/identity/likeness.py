"""How much of a published file is somewhere in a script; quick, to choose among many files (pure)."""

from __future__ import annotations

# What ends a statement or a list's item ends a piece; white space is none of it.
_ENDS = bytes.maketrans(b";{},", b"\n\n\n\n")
_WHITE = b" \t\r\v\f"
SHORTEST = 8  # bytes of a piece that counts


class Likeness:
    """A script that many files are compared with."""

    def __init__(self, script: bytes) -> None:
        self._pieces = frozenset(_pieces(script))

    def of(self, published: bytes) -> float:
        """The part of a file's pieces, by length, that the script has too: from 0 to 1."""
        pieces = _pieces(published)
        return sum(len(p) for p in pieces if p in self._pieces) / max(1, sum(map(len, pieces)))


def _pieces(script: bytes) -> list[bytes]:
    return [piece for piece in script.translate(_ENDS, _WHITE).split(b"\n") if len(piece) >= SHORTEST]
