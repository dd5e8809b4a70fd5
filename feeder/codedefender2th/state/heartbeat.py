"""The sign of life that `run` leaves and `health` reads."""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import suppress
from pathlib import Path

MISSED_INTERVALS = 3


class Heartbeat:
    """When the last good pass ended; one file for each pair of channel and TheHive.

    Args:
        folder: where the file is.
        identity: what the pair is known by.
        interval: seconds between two passes.
    """

    def __init__(self, folder: Path, identity: tuple[str, ...], interval: int) -> None:
        digest = hashlib.sha256("\n".join(identity).encode()).hexdigest()[:12]
        self._path = folder / f"heartbeat-{digest}.json"
        self._longest = MISSED_INTERVALS * interval

    def beat(self) -> None:
        """A pass went well. A full disk is no reason to end: the state folder will tell."""
        with suppress(OSError):
            beside = self._path.with_suffix(".new")
            beside.write_text(json.dumps({"time": time.time()}))
            beside.replace(self._path)

    def age(self) -> float | None:
        """Seconds since the last good pass; None where there has been none."""
        try:
            beaten = json.loads(self._path.read_bytes())["time"]
            return time.time() - float(beaten)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def verdict(self) -> tuple[bool, str]:
        """Whether `run` is well, and why."""
        age = self.age()
        if age is None:
            return False, "No pass of run has ended well yet."
        if age < -self._longest:
            return False, "The last good pass lies in the future: the clock was set back."
        text = f"The last good pass of run ended {max(age, 0):.0f} s ago ({self._longest} s are allowed)."
        return age <= self._longest, text
