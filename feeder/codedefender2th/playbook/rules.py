"""What is to be done next about one alert or case. Pure.

The rules: no analyzer runs twice on an observable at once; a job that failed, or hangs, is tried
again later, three times in all, counted from the jobs that exist; the responder runs when all is over.
What lies far ahead of the clock (it was set back) counts as long past: better once too often than never.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from codedefender2th.thehive.connector import RUNNING, Action, Job, Worker

# After so long a job or an action hangs: TheHive forgets running ones when it restarts.
HANGS_AFTER_MS = 30 * 60_000
ATTEMPTS = 3
# How long to wait after the first and after the second failure: quotas refill by the minute or the day.
RETRY_AFTER_MS = (5 * 60_000, 30 * 60_000)
_VERDICT_ARRIVES_MS = 60_000


@dataclass(frozen=True)
class Target:
    """A script observable and what is known of it.

    Attributes:
        reported: the analyzers that have a report on it.
        jobs: newest first.
    """

    id: str
    data_type: str
    data: str
    reported: frozenset[str]
    jobs: tuple[Job, ...]

    @property
    def key(self) -> tuple[str, str]:
        """The same script in another alert has the same key."""
        return self.data_type, self.data


@dataclass
class Next:
    """What to do about a target or a subject.

    Attributes:
        start: the analyzers to start, each with the number of its jobs that exist.
        running: whether jobs are running.
        retry_at: when (milliseconds) a failed job may be tried again; None where none waits.
        given_up: whether an analyzer failed too often.
    """

    start: list[tuple[Target, Worker, int]] = field(default_factory=list)
    running: bool = False
    retry_at: int | None = None
    given_up: bool = False

    @property
    def over(self) -> bool:
        """Whether every job is over, and none will follow."""
        return not (self.start or self.running or self.retry_at)


def next_jobs(targets: Iterable[Target], analyzers: Iterable[Worker], now: int) -> Next:
    """What is to be done about script observables.

    Args:
        targets: the observables.
        analyzers: those to run.
        now: milliseconds since the epoch.
    """
    todo = Next()
    for target in targets:
        for analyzer in analyzers:
            if target.data_type in analyzer.data_types:
                _consider(target, analyzer, now, todo)
    return todo


def _consider(target: Target, analyzer: Worker, now: int, todo: Next) -> None:
    jobs = [job for job in target.jobs if job.analyzer == analyzer.name]
    if analyzer.name in target.reported or any(job.status == "Success" for job in jobs):
        return
    if any(job.status in RUNNING and _since(job.started, now) <= HANGS_AFTER_MS for job in jobs):
        todo.running = True
        return
    if len(jobs) >= ATTEMPTS:
        todo.given_up = True
        return
    if jobs:
        newest = max(jobs, key=lambda job: job.started)
        ended, pause = newest.ended or newest.started, RETRY_AFTER_MS[len(jobs) - 1]
        if _since(ended, now) < pause:
            retry_at = ended + pause
            todo.retry_at = min(retry_at, todo.retry_at or retry_at)
            return
    todo.start.append((target, analyzer, len(jobs)))


class Judging(Enum):
    """What is to be done about the responder's verdict."""

    START = "run the responder now"
    WAIT = "it runs, or its verdict is on the way"
    DONE = "it has judged what there is"
    EXHAUSTED = "it has failed too often"


def next_action(actions: Iterable[Action], targets: Iterable[Target], judged: bool, now: int) -> Judging:
    """Whether the responder is to run, when all jobs are over.

    Args:
        actions: its runs on the subject.
        targets: with the jobs that it judges.
        judged: whether the subject has a verdict, perhaps of an earlier time.
        now: milliseconds since the epoch.
    """
    runs = list(actions)
    last_job = max((job.ended or job.started for target in targets for job in target.jobs), default=0)
    since = [run for run in runs if run.started >= last_job]
    if any(run.status in RUNNING and _since(run.started, now) <= HANGS_AFTER_MS for run in runs):
        return Judging.WAIT
    if any(run.status == "Success" for run in since):
        if judged:
            return Judging.DONE
        if any(_since(run.ended or run.started, now) <= _VERDICT_ARRIVES_MS for run in since):
            return Judging.WAIT
    return Judging.EXHAUSTED if len(since) >= ATTEMPTS else Judging.START


def _since(moment: int, now: int) -> float:
    """Milliseconds since a moment; one that lies far ahead counts as long past."""
    return now - moment if moment - now <= HANGS_AFTER_MS else float("inf")


def is_too_secret(entity: Mapping[str, object]) -> bool:
    """Whether TLP or PAP forbid showing an observable to a service."""
    return any(isinstance(value := entity.get(name), int) and value > 2 for name in ("tlp", "pap"))
