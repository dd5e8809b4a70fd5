"""Whether an analyzer is down, and what has failed on what. Pure; times are milliseconds since the epoch.

An expired key or a used-up quota fails on every script. Then the attempts that each script has are kept for
when the analyzer is well again: one at a time finds out.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# So many distinct scripts, one after the other and none with an answer, and the analyzer counts as down.
DOWN_AFTER = 2
# How long to wait between two tries of one that is down.
PROBE_AFTER_MS = tuple(minutes * 60_000 for minutes in (5, 10, 20, 40, 60))


@dataclass
class Failures:
    """What is remembered of an analyzer's failures on one thing.

    Attributes:
        count: its failed jobs, as many as one alert has.
        first, last: when the first and the last of them ended.
        stuck: how many of them hung: Cortex's cache answers with those.
    """

    count: int
    first: int
    last: int
    stuck: int = 0


@dataclass
class Health:
    """How an analyzer does.

    Attributes:
        failed: what it has failed on since its last success (the names are digests).
        since: when it failed first since its last success; 0 where it did not.
        began, mended: the last time that it was not well: from when, and until when.
        probes: how often it has been tried since it is down.
        probe_at: when it is tried next.
    """

    failed: list[str] = field(default_factory=list)
    since: int = 0
    began: int = 0
    mended: int = 0
    probes: int = 0
    probe_at: int = 0

    @property
    def is_down(self) -> bool:
        """Whether it fails on everything."""
        return len(self.failed) >= DOWN_AFTER

    def has_failed(self, what: str, moment: int) -> None:
        """A job has failed."""
        if moment <= self.mended:
            return
        self.since = min(self.since or moment, moment)
        if what not in self.failed:
            self.failed = [*self.failed, what][:DOWN_AFTER]
        if self.is_down and not self.probe_at:
            self.probe_at = moment + PROBE_AFTER_MS[0]

    def has_answered(self, moment: int) -> None:
        """A job has succeeded, and not out of Cortex's cache."""
        if not self.since or moment <= self.since:
            return
        self.began, self.mended = self.since, moment
        self.failed, self.since, self.probes, self.probe_at = [], 0, 0, 0

    def is_tried(self, now: int) -> None:
        """A job is started while it is down."""
        self.probes += 1
        self.probe_at = now + PROBE_AFTER_MS[min(self.probes, len(PROBE_AFTER_MS)) - 1]
