"""When an analyzer is tried on one thing, and when again. Pure; times are milliseconds since the epoch.

What lies far ahead of the clock (it was set back) counts as long past: better once too often than never.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codedefender2th.playbook.health import ATTEMPTS, PROBED_FOR_MS, Failures, Health
from codedefender2th.thehive.runs import RUNNING, Job

MINUTE_MS = 60_000
# After so long a job hangs: TheHive forgets running ones when it restarts, Cortex ends none of its own.
HANGS_AFTER_MS = 30 * MINUTE_MS
# How long to wait after the first and after the second failure: quotas refill by the minute or the day.
RETRY_AFTER_MS = (5 * MINUTE_MS, 30 * MINUTE_MS)
# So many jobs that succeeded without a report follow each other at once; how long to wait after those.
LOST_AT_ONCE = 3
LOST_AGAIN_MS = tuple(minutes * MINUTE_MS for minutes in (60, 360))
# Another alert with the same script leaves the next attempt to the one that made the first.
_OTHERS_WAIT_MS = MINUTE_MS


@dataclass(frozen=True)
class Due:
    """When a job is to be started.

    Attributes:
        moment: when; None for never.
        given_up: whether the verdict does not wait for it.
        probes: whether it finds out if the analyzer is still down: one at a time.
    """

    moment: int | None
    given_up: bool = False
    probes: bool = False


def due(
    jobs: Sequence[Job], known: Failures | None, health: Health | None, seen: Mapping[str, int], now: int
) -> Due:
    """When an analyzer is to run on something on which it has no report, and where it does not run.

    Args:
        jobs: those that it has here: each has failed, hangs, or succeeded without a report.
        known: what is remembered of its failures on the same thing, here or elsewhere.
        health: its own.
        seen: when each job was first seen.
        now: the present.
    """
    known, health = known or Failures(), health or Health()
    failed = {job.id: ended(job, now) for job in jobs if has_failed(job, now)}
    counted = known.with_those(failed)
    moment = _after_those_lost(jobs, seen, now)
    lost = moment > 0
    if not counted or known.again:
        return Due(max(moment, now), given_up=lost)
    last = max([known.last, *failed.values()])
    if not health.is_to_blame(counted):
        return Due(None, given_up=True)
    if health.is_down:
        if now - health.since > PROBED_FOR_MS:
            return Due(None, given_up=True)
        return Due(max(moment, last + RETRY_AFTER_MS[0], health.probe_at), given_up=True, probes=True)
    if len(counted) >= ATTEMPTS:
        return Due(None, given_up=True)
    again = last + RETRY_AFTER_MS[len(counted) - 1] + (0 if jobs else _OTHERS_WAIT_MS)
    return Due(max(moment, again), given_up=lost)


def _after_those_lost(jobs: Sequence[Job], seen: Mapping[str, int], now: int) -> int:
    """What succeeded without a report counts as never run, but is not run in a tight loop for ever."""
    lost = [min(seen.get(job.id, now), now) for job in jobs if job.status == "Success" and not job.has_report]
    if len(lost) < LOST_AT_ONCE:
        return 0
    return max(lost) + LOST_AGAIN_MS[min(len(lost) - LOST_AT_ONCE, len(LOST_AGAIN_MS) - 1)]


def parameters(jobs: Sequence[Job], known: Failures | None, now: int) -> int:
    """Which set of parameters gets past what Cortex's cache would answer with; 0 for none.

    That is a job that hangs; or, the second time, one whose report did not come: then it is one that no
    other alert has had either, since that one's answer would come from the cache again.
    """
    if sum(job.status == "Success" for job in jobs) > 1:
        return now // 1000
    stuck = sum(job.status in RUNNING for job in jobs)
    return max(stuck, known.stuck if known else 0)


def has_failed(job: Job, now: int) -> bool:
    """Whether a job has failed, or hangs."""
    return job.status != "Success" and not runs(job, now)


def runs(job: Job, now: int) -> bool:
    """Whether a job runs, and does not hang."""
    return job.status in RUNNING and since(job.started, now) <= HANGS_AFTER_MS


def ended(job: Job, now: int) -> int:
    """When a job ended, or was found to hang; never later than now."""
    moment = job.started + (HANGS_AFTER_MS if job.status in RUNNING else 0)
    moment = moment if job.ended is None else job.ended
    return min(moment, now) if since(job.started, now) != float("inf") else 0


def since(moment: int, now: int) -> float:
    """Milliseconds since a moment; one that lies far ahead counts as long past."""
    return now - moment if moment - now <= HANGS_AFTER_MS else float("inf")
