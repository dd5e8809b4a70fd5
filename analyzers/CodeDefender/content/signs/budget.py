"""How much reading one script may cost: a moment, and an amount of work.

The moment alone would do for the time; the work keeps the memory small, and makes the answer on one
script the same on a slow machine as on a fast one, as long as there is time.
"""

from __future__ import annotations

import time

# Characters that decoding may produce, by every means together. A plain skimmer needs some kilobytes.
WORK = 24_000_000


class Spent(Exception):
    """The budget is used up: what was read until now is the answer."""


class Budget:
    """What is left.

    Args:
        seconds: from now, by the clock on the wall.
        work: characters that may be produced.
    """

    def __init__(self, seconds: float, work: int = WORK) -> None:
        self._end = time.monotonic() + seconds
        self._work = work

    @property
    def seconds(self) -> float:
        """What is left of the time, never negative."""
        return max(0.0, self._end - time.monotonic())

    def spend(self, work: int) -> None:
        """Pay for work before it is done.

        Raises:
            Spent: there is not that much left, or the time is over.
        """
        self._work -= work
        if self._work < 0 or time.monotonic() > self._end:
            raise Spent

    def look(self) -> None:
        """Look at the clock.

        Raises:
            Spent: the time is over.
        """
        if time.monotonic() > self._end:
            raise Spent
