"""One row for each script, and the sums of all: nothing of an alert is kept.

Memory grows with the scripts; what belongs to one is bounded, and of an alert some bytes of times remain.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone

from codedefender2th.report.durations import Times
from codedefender2th.report.facts import GRAVITY, Decision, Entity, Incident, Script
from codedefender2th.report.notes import Note, named
from codedefender2th.report.reading import HOST

MOST = 50  # of the sites, cases and decisions of one script
NOT_JUDGED = "none"
# The row of incidents without a script that could be read.
NO_SCRIPT = ""
_SHA256 = re.compile(r"[0-9A-Fa-f]{64}", re.ASCII)

Decided = tuple[str, str, str, str]


@dataclass
class Row:
    """What is known of one script.

    Attributes:
        reasons: the newest reason for each verdict, with its moment.
        observables: the newest observable with a report of Host and of Content.
        left_out: how many sites, cases and decisions were not kept.
    """

    url: str
    host: str | None = None
    first: int = 0
    last: int = 0
    incidents: int = 0
    severity: int = 0
    sites: set[str] = field(default_factory=set)
    cases: dict[str, int | None] = field(default_factory=dict)
    verdicts: Counter[str] = field(default_factory=Counter)
    reasons: dict[str, tuple[int, str]] = field(default_factory=dict)
    decisions: dict[Decided, int | None] = field(default_factory=dict)
    observables: dict[str, str] = field(default_factory=dict)
    times: Times = field(default_factory=Times)
    vendor: dict[str, str] | None = None
    sha256: str | None = None
    left_out: int = 0

    @property
    def verdict(self) -> str | None:
        """The gravest of the period: what was served to some visitors is not undone by a clean copy later."""
        return next((verdict for verdict in GRAVITY if self.verdicts[verdict]), None)

    @property
    def reason(self) -> str | None:
        """Of that verdict."""
        return self.reasons.get(self.verdict or "", (0, None))[1]

    def count(self, incident: Incident) -> None:
        """One more incident; they come in the order of their posts."""
        self.first, self.last = self.first or incident.posted, incident.posted
        self.incidents += 1
        self.severity = max(self.severity, incident.severity, incident.case.severity if incident.case else 0)
        self.verdicts[incident.judged or NOT_JUDGED] += 1
        for site in incident.sites:
            if len(self.sites) < MOST or site in self.sites:
                self.sites.add(site)
            else:
                self.left_out += 1
        if incident.case:
            if len(self.cases) < MOST or incident.case.id in self.cases:
                self.cases[incident.case.id] = incident.case.number
            else:
                self.left_out += 1
        for decision in (incident.decision, incident.case.decision if incident.case else None):
            if decision is not None:
                self._decide(decision)

    def _decide(self, decision: Decision) -> None:
        key = (decision.what, decision.status, decision.by, decision.summary)
        if len(self.decisions) >= MOST and key not in self.decisions:
            self.left_out += 1
        else:
            self.decisions[key] = max(filter(None, (self.decisions.get(key), decision.at)), default=None)

    def explain(self, note: Note) -> None:
        """A reason that was left on it."""
        if (note.at or 0) >= self.reasons.get(note.verdict, (0, ""))[0]:
            self.reasons[note.verdict] = (note.at or 0, note.reason)


@dataclass
class Week:
    """What was posted in one week (ISO 8601, UTC): incidents by verdict, and how long they took."""

    verdicts: Counter[str] = field(default_factory=Counter)
    times: Times = field(default_factory=Times)


@dataclass
class Sums:
    """The rows, and what is counted over all of them."""

    rows: dict[str, Row] = field(default_factory=dict)
    incidents: int = 0
    open: int = 0
    severities: Counter[int] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    cases: set[str] = field(default_factory=set)
    sites: set[str] = field(default_factory=set)
    weeks: dict[str, Week] = field(default_factory=dict)
    times: Times = field(default_factory=Times)

    def add(self, incidents: Iterable[Incident], notes: list[Note]) -> None:
        """Some more incidents, and the notes that were left on them and their cases."""
        for incident in incidents:
            week = self._count(incident)
            scripts = incident.scripts or (Script(NO_SCRIPT, None, {}),)
            own = [self._row(script) for script in scripts]
            steps = _steps(incident, notes)
            for times in (self.times, week.times, *(row.times for row in own)):
                for step, end in steps.items():
                    times.steps[step].add(incident.posted, end)
            for row in own:
                row.count(incident)
        by_name = {named(row.url): row for row in self.rows.values()} if notes else {}
        for note in notes:
            for name in note.scripts & by_name.keys():
                by_name[name].explain(note)

    def learn(self, analyzer: str, about: str, full: Entity) -> None:
        """What an analyzer said of a script, the newest first."""
        row = self.rows.get(about)
        if row is None:
            return
        if analyzer.startswith(HOST):
            row.vendor = row.vendor or _vendor(full)
        else:
            row.sha256 = row.sha256 or _sha256(full)

    def _count(self, incident: Incident) -> Week:
        self.incidents += 1
        case = incident.case
        self.open += not (case.decision if case else incident.decision)
        self.severities[incident.severity] += 1
        self.verdicts[incident.judged or NOT_JUDGED] += 1
        self.cases |= {case.id} if case else set()
        self.sites |= set(incident.sites)
        year, number, _ = datetime.fromtimestamp(incident.posted / 1000, tz=timezone.utc).isocalendar()
        week = self.weeks.setdefault(f"{year}-W{number:02}", Week())
        week.verdicts[incident.judged or NOT_JUDGED] += 1
        return week

    def _row(self, script: Script) -> Row:
        row = self.rows.get(script.url)
        if row is None:
            row = self.rows[script.url] = Row(script.url)
        row.host = row.host or script.host
        row.observables |= script.reports
        return row


def _steps(incident: Incident, notes: Iterable[Note]) -> dict[str, int | None]:
    """When an incident came to each step, in milliseconds since the epoch."""
    scripts = {named(script.url) for script in incident.scripts}
    since = incident.created or incident.posted
    left = [
        note.at
        for note in notes
        if note.at and note.at >= since and note.verdict == incident.judged and note.scripts & scripts
    ]
    case = incident.case
    made = max(incident.imported or 0, case.created or 0) if case else 0
    decided = case.decision if case else incident.decision
    return {
        "alert": incident.created,
        "verdict": min(left, default=None),
        "case": max(made, since) if made else None,
        "closing": decided.at if decided else None,
    }


def _vendor(full: Entity) -> dict[str, str] | None:
    host = full.get("host")
    vendor = host.get("vendor") if isinstance(host, dict) else None
    if not isinstance(vendor, dict):
        return None
    kept = {
        name: vendor[name][:200] for name in ("name", "category", "homepage") if _is_text(vendor.get(name))
    }
    return kept if "name" in kept else None


def _sha256(full: Entity) -> str | None:
    content = full.get("content")
    value = content.get("sha256") if isinstance(content, dict) else None
    return value.lower() if isinstance(value, str) and _SHA256.fullmatch(value) else None


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
