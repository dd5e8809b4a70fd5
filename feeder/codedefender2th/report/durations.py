"""How long things took: median and worst of many, at some bytes each."""

from __future__ import annotations

import statistics
from array import array
from dataclasses import dataclass, field

# From the post in Slack to each of these.
STEPS = ("alert", "verdict", "case", "closing")


@dataclass
class Durations:
    """Times from the post to one step, in seconds."""

    _seconds: array[float] = field(default_factory=lambda: array("f"))

    def add(self, start: int | None, end: int | None) -> None:
        """One more, between two moments in milliseconds since the epoch; nothing where one is not known."""
        if start is not None and end is not None and end >= start:
            self._seconds.append((end - start) / 1000)

    def as_json(self) -> dict[str, float | int | None]:
        """`{"count", "median", "worst"}`, in seconds."""
        if not self._seconds:
            return {"count": 0, "median": None, "worst": None}
        return {
            "count": len(self._seconds),
            "median": round(statistics.median(self._seconds), 1),
            "worst": round(max(self._seconds), 1),
        }


@dataclass
class Times:
    """Times from the post to every step."""

    steps: dict[str, Durations] = field(default_factory=lambda: {step: Durations() for step in STEPS})

    def as_json(self) -> dict[str, dict[str, float | int | None]]:
        """By step."""
        return {step: durations.as_json() for step, durations in self.steps.items()}
