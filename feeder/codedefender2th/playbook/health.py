"""Whether an analyzer is down, and what has failed on what. Pure; times are milliseconds since the epoch.

An expired key or a used-up quota fails on every script. Then the attempts that each script has are kept for
when the analyzer is well again, and one at a time finds out: that is the analyzer's try, not the script's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# So many failed jobs has a thing of which the analyzer makes nothing.
ATTEMPTS = 3
# So many distinct scripts, one after the other and none with an answer, and the analyzer counts as down.
DOWN_AFTER = 2
# How long to wait between two tries of one that is down.
PROBE_AFTER_MS = tuple(minutes * 60_000 for minutes in (5, 10, 20, 40, 60))
# For so long; as long as what it owes is watched.
PROBED_FOR_MS = 7 * 24 * 3_600_000


@dataclass
class Failures:
    """What is remembered of an analyzer's failures on one thing, in whichever alert.

    Attributes:
        jobs: the first of its failed jobs that count, ATTEMPTS at most, each with its end.
        last: when the last one ended.
        stuck: how many of one alert's hung: Cortex's cache answers with those.
        forgiven: what had failed until then, and is not among the jobs, does not count.
        again: whether it has one attempt more, since nobody knows whether it or the analyzer was to blame.
    """

    jobs: dict[str, int] = field(default_factory=dict)
    last: int = 0
    stuck: int = 0
    forgiven: int = 0
    again: bool = False

    def with_those(self, failed: Mapping[str, int]) -> dict[str, int]:
        """The jobs that count, these failed ones among them, each with its end."""
        fresh = {name: moment for name, moment in failed.items() if moment > self.forgiven}
        return dict(sorted((fresh | self.jobs).items(), key=lambda job: job[1])[:ATTEMPTS])

    def learn(self, failed: Mapping[str, int], stuck: int) -> None:
        """These jobs, of one alert, have failed; so many of them hung."""
        self.jobs = self.with_those(failed)
        self.last = max(self.last, *failed.values())
        self.stuck = max(self.stuck, stuck)

    def forgive(self, began: int, mended: int, alone: bool) -> None:
        """The analyzer was down between the two.

        Args:
            began: when it failed first.
            mended: when it answered.
            alone: whether it had failed on a single script, which may be to blame as well.
        """
        if not began <= self.last <= mended:
            return
        if alone:
            self.again = len(self.jobs) >= ATTEMPTS
        else:
            self.jobs = {name: moment for name, moment in self.jobs.items() if moment < began}
        self.forgiven = mended

    def are_over(self, moment: int) -> None:
        """A job on the same thing succeeded."""
        self.forgiven = max(self.forgiven, moment)
        self.jobs = {name: end for name, end in self.jobs.items() if end > self.forgiven}
        self.stuck, self.again = 0, False


@dataclass
class Health:
    """How an analyzer does.

    Attributes:
        failed: what it has failed on since its last success (the names are digests).
        since: when it failed first since its last success; 0 where it did not.
        mended: its last success after a failure.
        alone: whether it has failed ATTEMPTS times on one thing, and answered nothing else since.
        probes: how often it has been tried since it is down.
        probe_at: when it is tried next.
    """

    failed: list[str] = field(default_factory=list)
    since: int = 0
    mended: int = 0
    alone: bool = False
    probes: int = 0
    probe_at: int = 0

    @property
    def is_down(self) -> bool:
        """Whether it fails on everything."""
        return self.alone or self.fails_on_several

    @property
    def fails_on_several(self) -> bool:
        """Whether it fails on so many scripts that it can't be theirs."""
        return len(self.failed) >= DOWN_AFTER

    def is_to_blame(self, jobs: Mapping[str, int]) -> bool:
        """Whether it may be, for these failed jobs on one thing: not if it has answered others since."""
        return len(jobs) < ATTEMPTS or max(jobs.values()) > self.mended

    def has_failed(self, what: str, moment: int) -> None:
        """A job has failed."""
        if moment <= self.mended:
            return
        self.since = min(self.since or moment, moment)
        if what not in self.failed:
            self.failed = [*self.failed, what][:DOWN_AFTER]
        if self.is_down and not self.probe_at:
            self.probe_at = moment + PROBE_AFTER_MS[0]

    def has_failed_on_one(self, jobs: Mapping[str, int], now: int) -> None:
        """These are one thing's failed jobs: with ATTEMPTS, and no answer to anything else, it is down."""
        if not self.is_down and len(jobs) >= ATTEMPTS and min(jobs.values()) > self.mended:
            self.alone, self.probes = True, len(PROBE_AFTER_MS) - 1
            self.probe_at = now + PROBE_AFTER_MS[-1]

    def has_answered(self, moment: int) -> bool:
        """A job has succeeded, and not out of Cortex's cache; whether that ends a time of failures."""
        if not self.since or moment <= self.since:
            return False
        self.mended = moment
        self.failed, self.since, self.alone, self.probes, self.probe_at = [], 0, False, 0, 0
        return True

    def is_tried(self, now: int) -> None:
        """A job finds out whether it is still down."""
        self.probes += 1
        self.probe_at = now + PROBE_AFTER_MS[min(self.probes, len(PROBE_AFTER_MS) - 1)]
