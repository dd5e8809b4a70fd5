"""A row of the benchmark's page."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measurement: ours beside another's in the same run, and what no program can do better than.

    Attributes:
        what: what is measured.
        ours: this project's number, with its unit.
        other: whose number it is compared to, and the number.
        ratio: how many times better ours is.
        limit: the limit and the number that follows from it.
    """

    what: str
    ours: str
    other: str = ""
    ratio: float | None = None
    limit: str = ""

    def __str__(self) -> str:
        lines = [self.what, f"    {self.ours}"]
        if self.other:
            ratio = "" if self.ratio is None else f"; ratio {self.ratio:.1f}"
            lines.append(f"    beside {self.other}{ratio}")
        if self.limit:
            lines.append(f"    limit: {self.limit}")
        return "\n  ".join(lines)


def seconds(work: Callable[[], object]) -> float:
    """How long some work takes."""
    started = time.monotonic()
    work()
    return time.monotonic() - started
