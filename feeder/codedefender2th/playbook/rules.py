"""What is to be done next about one alert or case. Pure.

The rules: no analyzer runs on a thing while it runs on the same thing elsewhere; a job that failed, or
hangs, is tried again later, three times in all, counted over alerts; while an analyzer is down, one thing at
a time finds out whether it is well again, and then all that had failed is looked up again; the responder
runs when all is over, at once when something is flagged, and again when a job ends after it. Its own
failures are tried again for ever, more and more seldom. What lies far ahead of the clock (it was set back)
counts as long past. Times are milliseconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from codedefender2th.playbook.attempts import MINUTE_MS, due, parameters, runs, since
from codedefender2th.playbook.health import Failures, Health
from codedefender2th.playbook.targets import Key, Target
from codedefender2th.thehive.runs import RUNNING, Action, Job, Worker

# A job that moves is over by then: analyzers wait for two minutes at most. What takes longer holds no slot.
MOVES_FOR_MS = 5 * MINUTE_MS
# The responder works for two minutes at most, and Cortex may queue it.
ACTION_HANGS_AFTER_MS = 10 * MINUTE_MS
# TheHive has the report of a job that Cortex's cache answered some seconds later (4.1: up to 5), or never.
REPORT_ARRIVES_MS = 15_000
VERDICT_ARRIVES_MS = MINUTE_MS
# How long to wait after the responder's first, second … failure on the same evidence.
JUDGE_AGAIN_MS = tuple(minutes * MINUTE_MS for minutes in (1, 5, 15, 60, 360))
# The same after the answer `waiting`, which is no failure: somebody else's job runs.
LOOK_AGAIN_MS = tuple(minutes * MINUTE_MS for minutes in (1, 2, 5, 15))


@dataclass(frozen=True)
class Start:
    """A job to be started.

    Attributes:
        known: how many of the analyzer's jobs the target has.
        attempt: other than 0 where Cortex's cache would answer with a job that is of no use.
        probes: whether it finds out if the analyzer is still down.
    """

    target: Target
    analyzer: Worker
    known: int
    attempt: int = 0
    probes: bool = False


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
    todo, listed = Next(), list(targets)
    for analyzer in analyzers:
        taken = [target for target in listed if target.data_type in analyzer.data_types]
        # What has been tried least finds out whether one that is down is well again.
        for target in sorted(taken, key=lambda target: len(_jobs_of(analyzer, target))):
            _consider(target, analyzer, around, todo)
    return todo


def _jobs_of(analyzer: Worker, target: Target) -> list[Job]:
    return [job for job in target.jobs if job.analyzer == analyzer.name]


def _consider(target: Target, analyzer: Worker, around: Around, todo: Next) -> None:
    now = around.now
    jobs = _jobs_of(analyzer, target)
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
    known = around.failures.get((analyzer.name, target.key))
    at = due(jobs, known, around.health.get(analyzer.name), around.seen, now)
    todo.given_up |= at.given_up
    if at.moment is None:
        return
    probed = at.probes and any(each.probes and each.analyzer == analyzer for each in todo.start)
    if at.moment <= now and not probed:
        todo.start.append(Start(target, analyzer, len(jobs), parameters(jobs, known, now), at.probes))
    elif at.given_up:
        todo.later = min(at.moment, todo.later or at.moment)
    else:
        todo.retry_at = min(at.moment, todo.retry_at or at.moment)


def _report_is_due(job: Job, target: Target, around: Around) -> bool:
    if job.status != "Success" or job.has_report or job.analyzer in target.reports:
        return False
    return since(around.seen.get(job.id, around.now), around.now) <= REPORT_ARRIVES_MS


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
