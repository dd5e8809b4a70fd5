"""What the analyzers' reports in TheHive say of an incident's scripts. Pure.

Shapes: observables and jobs as TheHive's v1 API gives them; `reports` of an observable is
`{analyzer name: {"taxonomies": [{"level", …}]}}` (TheHive 5's OpenAPI description, `OutputObservable`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any

SCRIPT_TAG = "code-defender:script"
SCRIPT_HOST_TAG = "code-defender:script-host"
# The customer's own site: what is known of it says nothing about the script.
HOST_TAG = "code-defender:host"

RUNNING = {"Waiting", "InProgress"}


class Outcome(Enum):
    """What one analyzer says of one observable, worst first."""

    MALICIOUS = "malicious"
    SUSPICIOUS = "suspicious"
    SAFE = "safe"
    INFO = "info"
    FAILED = "failed"
    RUNNING = "running"


LEVELS = (Outcome.MALICIOUS, Outcome.SUSPICIOUS, Outcome.SAFE, Outcome.INFO)


@dataclass(frozen=True)
class Observable:
    """An observable that counts.

    Attributes:
        is_script: whether it is the script itself, rather than its host.
    """

    id: str
    data_type: str
    data: str
    is_script: bool
    ioc: bool

    @property
    def key(self) -> tuple[str, str]:
        """The same thing in an alert and in its case has the same key."""
        return self.data_type, self.data


@dataclass(frozen=True)
class Finding:
    """One analyzer's word on one observable."""

    analyzer: str
    observable: Observable
    outcome: Outcome

    def as_json(self) -> dict[str, str]:
        """For the responder's report."""
        return {
            "analyzer": self.analyzer,
            "dataType": self.observable.data_type,
            "data": self.observable.data,
            "outcome": self.outcome.value,
        }


def counted(observable: Mapping[str, Any]) -> Observable | None:
    """The observable, where it is a script or a script's host."""
    tags = observable.get("tags")
    tags = tags if isinstance(tags, list) else []
    is_script = SCRIPT_TAG in tags
    if HOST_TAG in tags or not (is_script or SCRIPT_HOST_TAG in tags):
        return None
    name, data_type, data = (observable.get(part) for part in ("_id", "dataType", "data"))
    if not (isinstance(name, str) and isinstance(data_type, str) and isinstance(data, str)):
        return None
    return Observable(name, data_type, data, is_script, observable.get("ioc") is True)


def findings(
    observable: Mapping[str, Any],
    jobs: Iterable[Mapping[str, Any]],
    analyzers: Iterable[str],
    now: int,
    job_minutes: float,
) -> list[Finding]:
    """What the counted analyzers say of an observable.

    Args:
        observable: as TheHive gives it, its `reports` included.
        jobs: of this observable, in any order.
        analyzers: globs of the names that count.
        now: milliseconds since the epoch.
        job_minutes: how long a job may take; one that takes longer hangs, and counts as failed.
    """
    subject = counted(observable)
    if subject is None:
        return []
    globs = tuple(analyzers)
    reports = observable.get("reports")
    reports = reports if isinstance(reports, Mapping) else {}
    newest = _newest(jobs)
    names = [name for name in {**reports, **newest} if any(fnmatchcase(name, glob) for glob in globs)]
    found = []
    for name in sorted(names):
        level = _level(reports.get(name))
        state = _state(newest.get(name), now, job_minutes)
        if level is None and state is None:
            # A report or a job that succeeded, but without a taxonomy.
            state = Outcome.FAILED
        found += [Finding(name, subject, outcome) for outcome in (level, state) if outcome is not None]
    return found


def _newest(jobs: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The job that was started last, by analyzer."""
    newest: dict[str, Mapping[str, Any]] = {}
    for job in sorted(jobs, key=lambda job: _number(job.get("startDate"))):
        if isinstance(job.get("analyzerName"), str):
            newest[job["analyzerName"]] = job
    return newest


def _level(report: Any) -> Outcome | None:
    """The worst level of a short report's taxonomies."""
    taxonomies = report.get("taxonomies") if isinstance(report, Mapping) else None
    levels = {entry.get("level") for entry in taxonomies or () if isinstance(entry, Mapping)}
    return next((level for level in LEVELS if level.value in levels), None)


def _state(job: Mapping[str, Any] | None, now: int, job_minutes: float) -> Outcome | None:
    """What a job's status adds to the report: that it failed or runs; nothing where it succeeded."""
    if job is None or job.get("status") == "Success":
        return None
    # A start that lies far ahead means that the clock was set back: such a job is not waited for, either.
    young = abs(now - _number(job.get("startDate"))) <= job_minutes * 60_000
    return Outcome.RUNNING if job.get("status") in RUNNING and young else Outcome.FAILED


def _number(value: Any) -> float:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else 0
