"""A clock for tests of waiting: time passes only in sleep."""

from __future__ import annotations


class Clock:
    """Stands in for the module `time`. slept: the pauses so far, in seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def time(self) -> float:
        """The same, as a wall clock; tests set `now`."""
        return self.now

    def monotonic(self) -> float:
        """Seconds since the clock was made."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.slept.append(seconds)
        self.now += seconds
