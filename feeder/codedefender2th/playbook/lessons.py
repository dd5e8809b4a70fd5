"""What the jobs on a thing teach about it and about their analyzers, for every other alert."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from codedefender2th.playbook.health import Failures
from codedefender2th.playbook.memory import Memory, Note
from codedefender2th.playbook.rules import ended, runs
from codedefender2th.playbook.targets import Key, Target
from codedefender2th.thehive.runs import RUNNING, Job


def learn(memory: Memory, note: Note, targets: Sequence[Target], now: int) -> None:
    """Remember what the jobs of an alert or a case show.

    Args:
        memory: of all.
        note: on the alert or case.
        targets: with their jobs; a script and its host, on which an analyzer fails, are one failure to it.
        now: milliseconds since the epoch.
    """
    jobs: dict[str, str] = {}
    for target in targets:
        jobs |= {job.id: target.id for job in target.jobs}
        note.seen |= {job.id: now for job in target.jobs if job.id not in note.seen}
        for analyzer in {job.analyzer for job in target.jobs}:
            _learn_of(memory, analyzer, target, _digest(targets[0].key), now)
    note.jobs = jobs
    note.seen = {name: moment for name, moment in note.seen.items() if name in jobs}


def _learn_of(memory: Memory, analyzer: str, target: Target, script: str, now: int) -> None:
    jobs = [job for job in target.jobs if job.analyzer == analyzer]
    what, health = (analyzer, target.key), memory.health_of(analyzer)
    answered = [job for job in jobs if job.status == "Success" and job.has_report]
    for job in jobs:
        if _has_failed(job, now):
            health.has_failed(script, ended(job, now))
    if answered or analyzer in target.reports:
        memory.failures.pop(what, None)
        if answered and what not in memory.looked_up:
            before = health.mended
            # From Cortex's cache comes the start of the old run.
            health.has_answered(max(job.started for job in answered))
            if health.mended != before:
                memory.wake()
        memory.looked_up.setdefault(what, now / 1000)
        return
    failed = [job for job in jobs if not runs(job, now)]
    known = memory.failures.get(what)
    if failed and (known is None or len(failed) >= known.count):
        ends = [ended(job, now) for job in failed]
        stuck = sum(job.status in RUNNING for job in failed)
        memory.failures[what] = Failures(len(failed), min(ends), max(ends), stuck)


def _has_failed(job: Job, now: int) -> bool:
    return job.status == "Failure" or (job.status in RUNNING and not runs(job, now))


def evidence(targets: Iterable[Target]) -> str:
    """A digest of what the reports say; empty where there are none."""
    said = sorted((*target.key, name, level) for target in targets for name, level in target.reports.items())
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16] if said else ""


def _digest(key: Key) -> str:
    return hashlib.sha256(repr(key).encode()).hexdigest()[:16]
