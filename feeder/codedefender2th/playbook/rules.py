"""What is to be done next about one alert or case. Pure.

The rules: no analyzer runs on a thing while it runs on the same thing elsewhere; a job that failed, or
hangs, or succeeded without its report, is tried again later, three times in all, counted from the jobs that
exist, and once more when its analyzer was down all the while and is well again; the responder runs when all
is over, at once when something is flagged, and again when a job ends after it. Its own failures are tried
again for ever, more and more seldom. What lies far ahead of the clock (it was set back) counts as long past:
better once too often than never. Times are milliseconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from codedefender2th.playbook.health import Failures, Health
from codedefender2th.playbook.targets import Key, Target
from codedefender2th.thehive.runs import RUNNING, Action, Job, Worker

MINUTE_MS = 60_000
# After so long a job hangs: TheHive forgets running ones when it restarts, Cortex ends none of its own.
HANGS_AFTER_MS = 30 * MINUTE_MS
# A job that moves is over by then: analyzers wait for two minutes at most. What takes longer holds no slot.
MOVES_FOR_MS = 5 * MINUTE_MS
# The responder works for two minutes at most, and Cortex may queue it.
ACTION_HANGS_AFTER_MS = 10 * MINUTE_MS
# TheHive has the report of a job that Cortex's cache answered some seconds later (4.1: up to 5), or never.
REPORT_ARRIVES_MS = 15_000
VERDICT_ARRIVES_MS = MINUTE_MS
ATTEMPTS = 3
# How long to wait after the first and after the second failure: quotas refill by the minute or the day.
RETRY_AFTER_MS = (5 * MINUTE_MS, 30 * MINUTE_MS)
# Another alert with the same script leaves the next attempt to the one that made the first.
_OTHERS_WAIT_MS = MINUTE_MS
# The last chance of what failed while its analyzer was down, with nobody to show that it is well again.
LAST_CHANCE_MS = 20 * 60 * MINUTE_MS
# How long to wait after the responder's first, second … failure on the same evidence.
JUDGE_AGAIN_MS = tuple(minutes * MINUTE_MS for minutes in (1, 5, 15, 60, 360))
# The same after the answer `waiting`, which is no failure: somebody else's job runs.
LOOK_AGAIN_MS = tuple(minutes * MINUTE_MS for minutes in (1, 2, 5, 15))


@dataclass(frozen=True)
class Start:
    """A job to be started.

    Attributes:
        known: how many of the analyzer's jobs the target has.
        attempt: other than 0 where Cortex's cache would answer with a job that hangs.
    """

    target: Target
    analyzer: Worker
    known: int
    attempt: int = 0


@dataclass(frozen=True)
class Around:
    """What is known beyond the targets themselves.

    Attributes:
        busy: what runs for other alerts or cases: analyzers' names, with what they look up.
        failures: what has failed on what, for whichever alert.
        health: of each analyzer.
        seen: when each job was first seen.
        now: milliseconds since the epoch.
    """

    now: int
    busy: frozenset[tuple[str, Key]] = frozenset()
    failures: Mapping[tuple[str, Key], Failures] = field(default_factory=dict)
    health: Mapping[str, Health] = field(default_factory=dict)
    seen: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Next:
    """What to do about an alert or a case.

    Attributes:
        start: the jobs to start.
        running: whether jobs are running, or reports on their way.
        moving: whether one of them moves.
        elsewhere: whether the same runs for another alert or case.
        retry_at: when a failed job is tried again; None where none is.
        later: when what is given up for now may have another chance; it does not keep back the verdict.
        given_up: whether an analyzer failed too often, or is down.
    """

    start: list[Start] = field(default_factory=list)
    running: bool = False
    moving: bool = False
    elsewhere: bool = False
    retry_at: int | None = None
    later: int | None = None
    given_up: bool = False

    @property
    def over(self) -> bool:
        """Whether every job is over, and none will follow soon."""
        return not (self.start or self.running or self.elsewhere or self.retry_at)


def next_jobs(targets: Iterable[Target], analyzers: Iterable[Worker], around: Around) -> Next:
    """What is to be done about what is looked up."""
    todo = Next()
    for target in targets:
        for analyzer in analyzers:
            if target.data_type in analyzer.data_types:
                _consider(target, analyzer, around, todo)
    return todo


def _consider(target: Target, analyzer: Worker, around: Around, todo: Next) -> None:
    now = around.now
    jobs = [job for job in target.jobs if job.analyzer == analyzer.name]
    for job in jobs:
        if runs(job, now) or _report_is_due(job, target, around):
            todo.running = True
            todo.moving |= since(around.seen.get(job.id, job.started), now) <= MOVES_FOR_MS
            return
    if analyzer.name in target.reports or any(job.status == "Success" and job.has_report for job in jobs):
        return
    if (analyzer.name, target.key) in around.busy:
        todo.elsewhere = True
        return
    start = Start(target, analyzer, len(jobs), _attempt(jobs, around, (analyzer.name, target.key)))
    at = _due(jobs, around.failures.get((analyzer.name, target.key)), around.health.get(analyzer.name), now)
    if at.given_up:
        todo.given_up = True
    if at.moment is not None and at.moment <= now:
        todo.start.append(start)
    elif at.moment is not None and at.given_up:
        todo.later = min(at.moment, todo.later or at.moment)
    elif at.moment is not None:
        todo.retry_at = min(at.moment, todo.retry_at or at.moment)


@dataclass(frozen=True)
class _Due:
    """When a job is to be started (None: never), and whether the verdict does not wait for it."""

    moment: int | None
    given_up: bool = False


def _due(jobs: list[Job], failures: Failures | None, health: Health | None, now: int) -> _Due:
    """When an analyzer is to run on something on which it has no report.

    Args:
        jobs: those that it has here: each has failed in some way.
        failures: what is remembered of it on the same thing, here or elsewhere.
        health: its own.
        now: milliseconds since the epoch.
    """
    count = max(len(jobs), failures.count if failures else 0)
    if not count:
        return _Due(now)
    ends = [ended(job, now) for job in jobs]
    last = max([*ends, failures.last if failures else 0])
    first = min([*ends, failures.first if failures else now])
    if health and health.began <= first and last < health.mended and len(jobs) <= ATTEMPTS:
        # What failed while it was down does not tell what it can do now.
        return _Due(now)
    if count >= ATTEMPTS:
        hopeless = health is None or health.since == 0 or health.since > first or len(jobs) != ATTEMPTS
        # One that is known to be down is left until it has answered somebody.
        hopeless = hopeless or (health is not None and health.is_down)
        return _Due(None if hopeless else last + LAST_CHANCE_MS, given_up=True)
    moment = last + RETRY_AFTER_MS[count - 1] + (0 if jobs else _OTHERS_WAIT_MS)
    if health and health.is_down:
        return _Due(max(moment, health.probe_at), given_up=True)
    return _Due(moment)


def _attempt(jobs: list[Job], around: Around, what: tuple[str, Key]) -> int:
    """Which set of parameters gets past what Cortex's cache would answer with; 0 for none."""
    stuck = sum(job.status in RUNNING for job in jobs)
    failures = around.failures.get(what)
    return max(stuck, failures.stuck if failures else 0)


def _report_is_due(job: Job, target: Target, around: Around) -> bool:
    if job.status != "Success" or job.has_report or job.analyzer in target.reports:
        return False
    return since(around.seen.get(job.id, around.now), around.now) <= REPORT_ARRIVES_MS


def runs(job: Job, now: int) -> bool:
    """Whether a job runs, and does not hang."""
    return job.status in RUNNING and since(job.started, now) <= HANGS_AFTER_MS


def ended(job: Job, now: int) -> int:
    """When a job ended, or was found to hang; never later than now."""
    moment = job.started + (HANGS_AFTER_MS if job.status in RUNNING else 0)
    moment = moment if job.ended is None else job.ended
    return min(moment, now) if since(job.started, now) != float("inf") else 0


class Judging(Enum):
    """What is to be done about the responder's verdict."""

    START = "run the responder now"
    WAIT = "it runs, or its verdict is on the way"
    DONE = "it has judged what there is"
    LATER = "it could not judge: again, later"


@dataclass(frozen=True)
class Turn:
    """What to do about the verdict.

    Attributes:
        at: when it is tried again (LATER).
        failed: how often in a row it has failed on the same evidence.
    """

    judging: Judging
    at: int = 0
    failed: int = 0


def next_action(actions: Iterable[Action], targets: Iterable[Target], judged: bool, now: int) -> Turn:
    """Whether the responder is to run, when all jobs are over.

    Args:
        actions: its runs on the subject.
        targets: with the jobs that it judges.
        judged: whether the subject has a verdict, perhaps of an earlier time.
        now: milliseconds since the epoch.
    """
    # What lies far ahead is of a clock that was set back.
    everything = sorted(
        (run for run in actions if since(run.started, now) != float("inf")), key=lambda run: run.started
    )
    if any(_is_acting(run, now) for run in everything):
        return Turn(Judging.WAIT)
    ends = [job.ended or 0 for target in targets for job in target.jobs]
    last_job = max((end for end in ends if since(end, now) != float("inf")), default=0)
    present = [run for run in everything if run.started >= last_job]
    if not present:
        return Turn(Judging.START)
    newest = present[-1]
    over = newest.ended or newest.started
    if newest.status == "Success" and newest.decision != "waiting":
        # What lies in a case that a person closed gets no verdict: it is done all the same.
        if judged or newest.left_alone:
            return Turn(Judging.DONE)
        if since(over, now) <= VERDICT_ARRIVES_MS:
            return Turn(Judging.WAIT)
    waited = newest.status == "Success" and newest.decision == "waiting"
    same = _last_in_a_row(present, waited)
    pauses = LOOK_AGAIN_MS if waited else JUDGE_AGAIN_MS
    at = over + pauses[min(same, len(pauses)) - 1]
    failed = 0 if waited else same
    return Turn(Judging.START if now >= at else Judging.LATER, at, failed)


def _is_acting(run: Action, now: int) -> bool:
    return run.status in RUNNING and since(run.started, now) <= ACTION_HANGS_AFTER_MS


def _last_in_a_row(runs_: list[Action], waited: bool) -> int:
    count = 0
    for run in reversed(runs_):
        if (run.decision == "waiting") is not waited:
            break
        count += 1
    return count


def since(moment: int, now: int) -> float:
    """Milliseconds since a moment; one that lies far ahead counts as long past."""
    return now - moment if moment - now <= HANGS_AFTER_MS else float("inf")
