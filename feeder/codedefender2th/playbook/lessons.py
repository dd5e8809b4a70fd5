"""What the jobs on a thing teach about it and about their analyzers, for every other alert."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from codedefender2th.playbook.attempts import ended, has_failed
from codedefender2th.playbook.health import Failures
from codedefender2th.playbook.memory import Memory, Note, What
from codedefender2th.playbook.targets import Key, Target
from codedefender2th.thehive.runs import RUNNING


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
    what = (analyzer, target.key)
    failed = {job.id: ended(job, now) for job in jobs if has_failed(job, now)}
    if failed:
        stuck = sum(job.status in RUNNING for job in jobs if job.id in failed)
        _has_failed(memory, what, script, failed, stuck, now)
    answered = [job for job in jobs if job.status == "Success" and job.has_report]
    if answered and what not in memory.looked_up:
        # From Cortex's cache comes the start of the old run.
        _has_answered(memory, analyzer, max(job.started for job in answered))
    if answered and what in memory.failures:
        memory.failures[what].are_over(max(job.ended or job.started for job in answered))
    if answered or analyzer in target.reports:
        memory.looked_up.setdefault(what, now / 1000)


def _has_failed(
    memory: Memory, what: What, script: str, failed: dict[str, int], stuck: int, now: int
) -> None:
    known = memory.failures.setdefault(what, Failures())
    if max(failed.values()) > max(memory.looked_up.get(what, 0.0) * 1000, known.last):
        # Cortex's cache answers no more.
        memory.looked_up.pop(what, None)
    known.learn(failed, stuck)
    health = memory.health_of(what[0])
    if health.is_to_blame(known.jobs):
        for moment in failed.values():
            health.has_failed(script, moment)
        health.has_failed_on_one(known.jobs, now)


def _has_answered(memory: Memory, analyzer: str, moment: int) -> None:
    health = memory.health_of(analyzer)
    began, was_down, alone = health.since, health.is_down, not health.fails_on_several
    if not health.has_answered(moment):
        return
    if was_down:
        memory.forgive(analyzer, began, moment, alone)
    memory.wake()


def evidence(targets: Iterable[Target]) -> str:
    """A digest of what the reports say; empty where there are none."""
    said = sorted((*target.key, name, level) for target in targets for name, level in target.reports.items())
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16] if said else ""


def _digest(key: Key) -> str:
    return hashlib.sha256(repr(key).encode()).hexdigest()[:16]
