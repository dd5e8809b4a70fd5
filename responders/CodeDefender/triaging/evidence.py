"""What the analyzers' reports in TheHive say of an incident's scripts. Pure.

Shapes: observables and jobs as TheHive's v1 API gives them. `reports` of an observable is
`{analyzer name: {"taxonomies": [{"level", …}]}}`; `report` of a job is `{"full": {"summary", …}}`, or
`{"errorMessage"}` where it failed (TheHive 5's OpenAPI description; recorded on 4.1.24).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any

from neuron.reading import mapping, number, rows, text

SCRIPT_TAG = "code-defender:script"
SCRIPT_HOST_TAG = "code-defender:script-host"
# The customer's own site: what is known of it says nothing about the script.
HOST_TAG = "code-defender:host"

RUNNING = {"Waiting", "InProgress"}
# TheHive 4.1 shows a job that Cortex answers from its cache as a success before it has the report, and some
# never get one.
REPORT_ARRIVES_MS = 15_000
LONGEST_SUMMARY = 600
# These look up packages: what is suspicious to them is a known flaw of a package.
PACKAGES = ("*Snyk*", "*OSV*")
# These speak of a script's host, also where they are asked about the script.
HOSTS = ("CodeDefender_Host*",)
FLAWS = {"critical": 4, "high": 3, "medium": 2, "moderate": 2, "low": 1}


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
    """One analyzer's word on one observable.

    Attributes:
        said: what it says, in one line of its own words; the service's text, not to be trusted.
        moment: when it said so (milliseconds since the epoch), 0 where nobody knows.
        flaw: the severity (1 to 4) of the worst known flaw of a package, where that is what it found.
        of_host: whether it speaks of the host alone, whatever is served there.
    """

    analyzer: str
    observable: Observable
    outcome: Outcome
    said: str = ""
    moment: int = 0
    flaw: int | None = None
    of_host: bool = False

    def as_json(self) -> dict[str, str]:
        """For the responder's report."""
        return {
            "analyzer": self.analyzer,
            "dataType": self.observable.data_type,
            "data": self.observable.data,
            "outcome": self.outcome.value,
            "said": self.said,
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
    reports = mapping(observable.get("reports"))
    by_analyzer = _by_analyzer(jobs)
    names = [name for name in {**reports, **by_analyzer} if any(fnmatchcase(name, glob) for glob in globs)]
    found = []
    for name in sorted(names):
        history = _History(name, reports.get(name), by_analyzer.get(name, []), now, job_minutes)
        found += history.findings(subject)
    return found


def newest(found: Iterable[Finding]) -> list[Finding]:
    """The newest word of each analyzer on each thing, said of it in the alert, in its case or in both.

    A failure that a later report has made good is left out.
    """
    by_thing: dict[tuple[str, tuple[str, str]], list[Finding]] = {}
    for finding in found:
        by_thing.setdefault((finding.analyzer, finding.observable.key), []).append(finding)
    kept = []
    for group in by_thing.values():
        reports = [finding for finding in group if finding.outcome in LEVELS]
        report = min(reports, key=lambda each: (-each.moment, LEVELS.index(each.outcome)), default=None)
        kept += [] if report is None else [report]
        open_ends = {
            finding.outcome: finding
            for finding in group
            if finding.outcome is Outcome.RUNNING
            or (finding.outcome is Outcome.FAILED and (report is None or finding.moment >= report.moment))
        }
        kept += open_ends.values()
    return kept


class _History:
    """What became of one analyzer on one observable.

    Args:
        short: its short report, as the observable carries it.
        jobs: oldest first.
    """

    def __init__(
        self, name: str, short: Any, jobs: list[Mapping[str, Any]], now: int, job_minutes: float
    ) -> None:
        self._name, self._short, self._now, self._minutes = name, mapping(short), now, job_minutes
        self._level = _level(self._short)
        bare = [job for job in jobs if job.get("status") == "Success" and "report" not in job]
        # A lone one whose short report is there has reported; of several, nobody knows whose report it is.
        lone = self._level is not None and len([job for job in jobs if job.get("status") == "Success"]) == 1
        self._arriving = [job for job in bare if not lone and self._is_young(job, REPORT_ARRIVES_MS)]
        # What never got its report is as good as never run.
        self._jobs = [job for job in jobs if lone or job not in bare]

    def findings(self, subject: Observable) -> list[Finding]:
        """What it says, and whether more is to come or failed to."""
        level, state, last = self._level, self._state(), self._jobs[-1] if self._jobs else {}
        if level is None and state is None and (self._jobs or (self._short and not self._arriving)):
            # A report or a job that succeeded, but without a taxonomy.
            state = Outcome.FAILED
        found = []
        of_host = not subject.is_script or any(fnmatchcase(self._name, glob) for glob in HOSTS)
        if level is not None:
            done: Mapping[str, Any] = next(
                (job for job in reversed(self._jobs) if job.get("status") == "Success"), {}
            )
            full = mapping(mapping(done.get("report")).get("full"))
            said = text(full.get("summary"), LONGEST_SUMMARY) or _labels(self._short)
            flaw = self._flaw(full) if level is Outcome.SUSPICIOUS else None
            alone = of_host and not _lists_path(full)
            found.append(Finding(self._name, subject, level, said, _ended(done), flaw, alone))
        if self._arriving and state is not Outcome.RUNNING:
            found.append(Finding(self._name, subject, Outcome.RUNNING, of_host=of_host))
        if state is not None:
            said = text(mapping(last.get("report")).get("errorMessage"), LONGEST_SUMMARY) or ""
            found.append(Finding(self._name, subject, state, said, _ended(last), of_host=of_host))
        return found

    def _state(self) -> Outcome | None:
        """What the newest job adds to the report: that it failed or runs; nothing where it succeeded."""
        if not self._jobs or self._jobs[-1].get("status") == "Success":
            return None
        job = self._jobs[-1]
        young = self._is_young(job, self._minutes * 60_000)
        return Outcome.RUNNING if job.get("status") in RUNNING and young else Outcome.FAILED

    def _is_young(self, job: Mapping[str, Any], milliseconds: float) -> bool:
        """Whether a job began or ended so recently.

        A moment far ahead means that the clock was set back: such a job is not waited for, either.
        """
        return abs(self._now - _ended(job)) <= milliseconds

    def _flaw(self, full: Mapping[str, Any]) -> int | None:
        """The severity of the worst known flaw of a package; None where it found anything else."""
        if not any(fnmatchcase(self._name, glob) for glob in PACKAGES):
            return None
        issues = [issue for package in rows(full.get("packages")) for issue in rows(package.get("issues"))]
        return max((FLAWS.get(str(issue.get("severity")).lower(), 0) for issue in issues), default=0) or None


def _by_analyzer(jobs: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """The jobs of each analyzer, the one that was started last at the end."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for job in sorted(jobs, key=lambda job: number(job.get("startDate")) or 0):
        if isinstance(job.get("analyzerName"), str):
            found.setdefault(job["analyzerName"], []).append(job)
    return found


def _level(report: Mapping[str, Any]) -> Outcome | None:
    """The worst level of a short report's taxonomies."""
    levels = {entry.get("level") for entry in rows(report.get("taxonomies"))}
    return next((level for level in LEVELS if level.value in levels), None)


def _lists_path(full: Mapping[str, Any]) -> bool:
    """Whether a list of known skimmer hosts has the script's own path, rather than its host."""
    entries = [text(row.get("entry")) or "" for row in rows(mapping(full.get("host")).get("listed"))]
    return any(entry.rpartition("://")[2].partition("/")[2] for entry in entries)


def _labels(report: Mapping[str, Any]) -> str:
    """A short report's taxonomies in a line, as TheHive shows them: `VirusTotal=23/90`."""
    labels = []
    for entry in rows(report.get("taxonomies"))[:10]:
        parts = (text(entry.get("predicate"), 60), text(entry.get("value"), 120))
        labels.append("=".join(part for part in parts if part))
    return ", ".join(filter(None, labels))


def _ended(job: Mapping[str, Any]) -> int:
    return int(number(job.get("endDate")) or number(job.get("startDate")) or 0)
