"""How often what could not be fed is tried again."""

from __future__ import annotations

import time
from dataclasses import dataclass

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 15.0, 3600.0


@dataclass
class Pace:
    """When to try again: at once after a start, then ever more rarely while nothing gets through.

    The clock is the one that only goes forward.
    """

    _at: float = 0.0
    _pause: float = _FIRST_PAUSE_SECONDS

    @property
    def is_due(self) -> bool:
        """Whether to try now."""
        return time.monotonic() >= self._at

    def tried(self, some_passed: bool) -> None:
        """It was tried."""
        self._pause = _FIRST_PAUSE_SECONDS if some_passed else min(2 * self._pause, _LONGEST_PAUSE_SECONDS)
        self._at = time.monotonic() + self._pause
