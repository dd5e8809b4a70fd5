"""The signs of life that `run` leaves and `health` reads: one for each of its two kinds of work."""

from __future__ import annotations

import hashlib
import json
import math
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

MISSED_INTERVALS = 3
FEEDING, INVESTIGATING = "feeding", "investigating"
# A sign that a pass moves is written so often at most.
_MOVES_EVERY_SECONDS = 0.5
# After a bad pass, one has moved for so long, or for an interval, before it counts as moving.
_STEADY_SECONDS = 5.0


class Heartbeat:
    """When the last good passes ended; one file for each pair of channel and TheHive.

    A pass that takes long is well while it moves. After one that ended badly, the next counts as moving
    when it has moved for some seconds; after three in a row, one has to end well.

    Args:
        folder: where the file is.
        identity: what the pair is known by.
        interval: seconds between two passes.
    """

    def __init__(self, folder: Path, identity: tuple[str, ...], interval: int) -> None:
        digest = hashlib.sha256("\n".join(identity).encode()).hexdigest()[:12]
        self._path = folder / f"heartbeat-{digest}.json"
        self._longest = MISSED_INTERVALS * interval
        self._lock = threading.Lock()
        self._works: dict[str, dict[str, Any]] = {}
        self._steady = min(interval, _STEADY_SECONDS)
        self._moved: dict[str, float] = {}
        self._since: dict[str, float] = {}
        self._bad: dict[str, int] = {}
        self._began = time.monotonic()
        self._good: dict[str, float] = {}

    def good(self, work: str) -> None:
        """A pass of one kind ended well."""
        self._is_well(work)
        self._note(work, {"alive": time.time()})

    def moved(self, work: str) -> None:
        """A pass of one kind has come a step further."""
        now = time.monotonic()
        if now - self._moved.get(work, -math.inf) < _MOVES_EVERY_SECONDS:
            return
        self._moved[work] = now
        steady = now - self._since.setdefault(work, now) >= self._steady
        bad = self._bad.get(work, 0)
        if not bad or (steady and bad < MISSED_INTERVALS):
            self._note(work, {**self._works.get(work, {}), "alive": time.time()})

    def bad(self, work: str, trouble: str) -> None:
        """A pass of one kind ended badly."""
        self._bad[work] = self._bad.get(work, 0) + 1
        self._since.pop(work, None)
        self._note(work, {**self._works.get(work, {}), "trouble": trouble})

    def idle(self, work: str, reason: str) -> None:
        """There is no work of a kind, which is no failure."""
        self._is_well(work)
        self._note(work, {"alive": time.time(), "idle": reason})

    def _is_well(self, work: str) -> None:
        self._good[work] = time.monotonic()
        self._bad[work] = 0
        self._since.pop(work, None)

    def age(self, work: str) -> float:
        """Seconds since a pass of one kind last ended well here; before the first, since the beginning."""
        return time.monotonic() - self._good.get(work, self._began)

    def verdict(self) -> tuple[bool, str]:
        """Whether `run` is well, and why, in one line."""
        works = self._read()
        if not works:
            return False, "No pass of run has ended well yet."
        told = [self._verdict(work, works.get(work)) for work in (FEEDING, INVESTIGATING)]
        text = "; ".join(text for _, text in told)
        return all(well for well, _ in told), f"{text} ({self._longest} s are allowed)."

    def since(self) -> dict[str, float | None]:
        """Seconds since the last sign of each kind of work, as written down; None where there is none."""
        works, now = self._read(), time.time()
        found: dict[str, float | None] = {}
        for work in (FEEDING, INVESTIGATING):
            signs = works.get(work)
            alive = signs.get("alive") if isinstance(signs, dict) else None
            found[work] = round(now - alive, 1) if isinstance(alive, float) else None
        return found

    def _verdict(self, work: str, signs: Any) -> tuple[bool, str]:
        signs = signs if isinstance(signs, dict) else {}
        reason = f": {signs['trouble']}".rstrip(".") if "trouble" in signs else ""
        alive = signs.get("alive")
        if not isinstance(alive, float):
            return False, f"no {work} pass of run has ended well yet{reason}"
        age = time.time() - alive
        if age < -self._longest:
            return False, f"{work}'s last good pass lies in the future: the clock was set back"
        well = age <= self._longest
        if well and "idle" in signs:
            return True, f"{work} is idle: {signs['idle']}".rstrip(".")
        return well, f"{work} {'is well' if well else 'is not well'}, last so {max(age, 0):.0f} s ago{reason}"

    def _note(self, work: str, signs: dict[str, Any]) -> None:
        """Write the signs down. A full disk is no reason to end: the state folder will tell."""
        with self._lock, suppress(OSError):
            self._works[work] = signs
            beside = self._path.with_suffix(".new")
            beside.write_text(json.dumps(self._works))
            beside.replace(self._path)

    def _read(self) -> dict[str, Any]:
        try:
            works = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return {}
        return works if isinstance(works, dict) else {}
