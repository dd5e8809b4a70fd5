"""What `run` says of itself: once an hour how it is, and what is wrong: at once, then hourly."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from codedefender2th.logs import fields

log = logging.getLogger(__name__)

HOUR = 3600.0


@dataclass
class _Trouble:
    """What is wrong with one kind of work.

    Attributes:
        text: the sentence said last.
        since: when it began, by the clock that only goes forward.
        said: when each sentence was said last; a sentence that comes back within the hour isn't repeated.
    """

    text: str
    since: float
    said: dict[str, float] = field(default_factory=dict)


class Logbook:
    """One for both kinds of work, whose threads may all write in it.

    Args:
        works: what the kinds are called.
    """

    def __init__(self, works: tuple[str, ...]) -> None:
        self._lock = threading.Lock()
        self._began = self._hour_began = time.monotonic()
        self._hour: dict[str, Counter[str]] = {work: Counter() for work in works}
        self._all: dict[str, Counter[str]] = {work: Counter() for work in works}
        self._troubles: dict[str, _Trouble] = {}

    def trouble(self, work: str, text: str, level: int = logging.ERROR) -> None:
        """Something is wrong with a kind of work: said once, and again after an hour."""
        now = time.monotonic()
        with self._lock:
            trouble = self._troubles.setdefault(work, _Trouble(text, now))
            trouble.text = text
            due = text not in trouble.said or now - trouble.said[text] >= HOUR
            if due:
                trouble.said[text] = now
        if due:
            said = _for(now - trouble.since, " (so for %s)")
            extra = fields(work=work, trouble_seconds=int(now - trouble.since))
            log.log(level, "%s: %s%s", work.capitalize(), text, said, extra=extra)

    def well(self, work: str) -> None:
        """Nothing is wrong with a kind of work any more."""
        with self._lock:
            trouble = self._troubles.pop(work, None)
        if trouble is not None:
            told = _for(time.monotonic() - trouble.since, " after %s") or ""
            log.info("%s: well again%s.", work.capitalize(), told)

    def count(self, work: str, counts: Mapping[str, int]) -> None:
        """Note what a pass has done."""
        with self._lock:
            self._hour[work].update(counts)
            self._all[work].update(counts)

    def until_next(self) -> float:
        """Seconds until an hour is over."""
        return max(self._hour_began + HOUR - time.monotonic(), 0.0)

    def hourly(self) -> None:
        """Say how it is, where an hour is over."""
        if self.until_next():
            return
        with self._lock:
            self._hour_began = time.monotonic()
            done, self._hour = self._hour, {work: Counter() for work in self._hour}
            troubled = list(self._troubles)
        state = f"Not well ({' and '.join(troubled)})" if troubled else "Well"
        level = logging.WARNING if troubled else logging.INFO
        extra = fields(well=not troubled, **_counts(done))
        log.log(
            level, "%s, running for %s. In the last hour: %s.", state, self._running, _told(done), extra=extra
        )

    def end(self) -> None:
        """Say that it ends and what it has done."""
        log.info(
            "Ended after %s. In all: %s.", self._running, _told(self._all), extra=fields(**_counts(self._all))
        )

    @property
    def _running(self) -> str:
        return span(time.monotonic() - self._began)


def span(seconds: float) -> str:
    """A stretch of time in its two largest units."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    units = ((86_400, "d"), (3600, "h"), (60, "min"))
    parts: list[str] = []
    for size, name in units:
        if whole >= size or parts:
            parts.append(f"{whole // size} {name}")
            whole %= size
    return " ".join(parts[:2])


def _for(seconds: float, form: str) -> str:
    return form % span(seconds) if seconds >= 60 else ""


def _counts(done: Mapping[str, Counter[str]]) -> dict[str, dict[str, int]]:
    """The counts, kind by kind."""
    return {work: dict(counts) for work, counts in done.items()}


def _told(done: Mapping[str, Counter[str]]) -> str:
    """The counts that are not nought, kind by kind."""
    return "; ".join(
        f"{work}: {' '.join(f'{name}={count}' for name, count in counts.items() if count) or 'nothing new'}"
        for work, counts in done.items()
    )
