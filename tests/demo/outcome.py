"""What became of the demonstration's alerts, read from the simulated TheHive."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simulators.lab import ANALYZERS, CONTENT, HOST, Lab
from simulators.thehive.store import Entity

DEMONSTRATED = (HOST, CONTENT, *ANALYZERS)
SEVERITIES = {1: "low", 2: "medium", 3: "high", 4: "critical"}
FED = {"informative": 1, "low": 1, "medium": 2, "high": 3, "critical": 4}
# What needs a person first.
URGENCY = ("malicious", "suspicious", "unknown", "none yet", "clean")
TABLE_WIDTH, _CARD_WIDTH = 146, 68
_SPELLED = {"HybridAnalysis": "Hybrid Analysis"}
# Characters of the reason; the page has the whole.
_CARD_REASON = 240
TLP = ("WHITE", "GREEN", "AMBER", "AMBER+STRICT", "RED")
COLOURS = {
    "malicious": "bold red",
    "suspicious": "yellow",
    "safe": "green",
    "clean": "green",
    "info": "cyan",
    "unknown": "cyan",
}


@dataclass(frozen=True)
class Outcome:
    """One alert.

    Attributes:
        before, after: its severity as fed and now.
        reason: why, as the responder says; empty where it has not run.
        words: each service's verdict by its name; absent where it was not asked.
        observables: as TheHive holds them.
        jobs: by observable id.
        responder: its last run, the report read; empty where it has not run.
    """

    alert: Entity
    script: str
    before: int
    after: int
    verdict: str
    reason: str
    words: dict[str, str]
    case: int | None
    observables: list[Entity]
    jobs: dict[str, list[Entity]]
    responder: dict[str, Any]

    @property
    def tlp(self) -> str:
        """`TLP:AMBER`; TheHive's 3 is amber+strict, 4 red."""
        return f"TLP:{TLP[self.alert['tlp']]}"

    @property
    def ratio(self) -> tuple[int, int] | None:
        """How many of VirusTotal's engines flag the script, of how many: its worst opinion."""
        opinions = [
            opinion
            for job in self.finished
            if job["status"] == "Success" and "VirusTotal" in job["analyzerName"]
            for opinion in job["report"]["full"].get("opinions", ())
        ]
        shares = [(each["malicious"] + each["suspicious"], each["engines"]) for each in opinions]
        return max(
            (share for share in shares if share[1]), key=lambda share: share[0] / share[1], default=None
        )

    @property
    def moments(self) -> list[tuple[str, str]]:
        """What happened when, in UTC."""
        jobs = self.finished
        marks = [(self.alert["date"], "posted in Slack"), (self.alert["_createdAt"], "alert in TheHive")]
        marks += [(job["endDate"], f"{service(job['analyzerName'])} reported") for job in jobs]
        marks += [(self.responder["endDate"], "triaged")] if self.responder.get("endDate") else []
        return [(utc(moment), what) for moment, what in sorted(marks)]

    @property
    def finished(self) -> list[Entity]:
        """The jobs that are over, the script's first."""
        return [job for jobs in self.jobs.values() for job in jobs if job["status"] in {"Success", "Failure"}]


def outcomes(lab: Lab) -> list[Outcome]:
    """Every alert: what needs a person first, then the newest message."""
    alerts = sorted(lab.hive.store.alerts.values(), key=lambda alert: -alert["date"])
    found = [_outcome(lab, alert) for alert in alerts]
    return sorted(found, key=lambda outcome: URGENCY.index(outcome.verdict))


def service(analyzer: str) -> str:
    """`Hybrid Analysis` of `CodeDefender_HybridAnalysis_1_0`."""
    name = analyzer.removeprefix("CodeDefender_").removesuffix("_1_0")
    return _SPELLED.get(name, name)


def _outcome(lab: Lab, alert: Entity) -> Outcome:
    store = lab.hive.store
    observables = store.observables_of(alert["_id"])
    script = next((o for o in observables if "code-defender:script" in o["tags"]), None)
    tags = dict(tag.split("=", 1) for tag in alert["tags"] if "=" in tag)
    words = {}
    for analyzer, report in sorted((script["reports"] if script else {}).items(), key=_place):
        levels = [taxonomy["level"] for taxonomy in report["taxonomies"]]
        order = ("malicious", "suspicious", "safe", "info")
        words[service(analyzer)] = next(level for level in order if level in levels)
    case = store.cases.get(alert.get("caseId") or "")
    run = _last_run(lab, alert)
    return Outcome(
        alert=alert,
        script=script["data"] if script else "(no script named)",
        before=FED.get(tags.get("code-defender:risk", ""), 2),
        after=alert["severity"],
        verdict=tags.get("code-defender:verdict", "none yet"),
        reason=str(run.get("report", {}).get("full", {}).get("reason", "")),
        responder=run,
        words=words,
        case=case["number"] if case else None,
        observables=observables,
        jobs={
            o["_id"]: [job for job in store.jobs.values() if job[".observable"] == o["_id"]]
            for o in observables
        },
    )


def utc(moment: int) -> str:
    """Milliseconds since the epoch, for people."""
    return f"{datetime.fromtimestamp(moment / 1000, timezone.utc):%Y-%m-%d %H:%M:%S}"


def _last_run(lab: Lab, alert: Entity) -> dict[str, Any]:
    """The responder's last run on an alert, its report read; empty where there is none."""
    runs = [run for run in lab.hive.store.actions.values() if run["objectId"] == alert["_id"]]
    last = max(runs, key=lambda run: run["startDate"], default=None)
    return {**last, "report": json.loads(last["report"])} if last else {}


def _place(reported: tuple[str, Entity]) -> int:
    """The analyzers stand in one order everywhere."""
    return DEMONSTRATED.index(reported[0])


def table_or_cards(found: list[Outcome], width: int) -> RenderableType:
    """What fits into so many columns."""
    return table(found) if width >= TABLE_WIDTH else cards(found)


def cards(found: list[Outcome]) -> Group:
    """The same as the table, one alert below the other, with the reason of its verdict."""
    shown: list[RenderableType] = []
    for outcome in found:
        card = Table.grid(padding=(0, 1), pad_edge=False)
        card.add_column(width=10, no_wrap=True)
        card.add_column(overflow="fold", max_width=_CARD_WIDTH)
        case = f", case #{outcome.case}" if outcome.case else ""
        said = Text("; ").join(
            Text.assemble(f"{name} ", _coloured(word)) for name, word in outcome.words.items()
        )
        card.add_row(_coloured(outcome.verdict), Text(outcome.script, overflow="fold", style="bold"))
        card.add_row("", f"severity {SEVERITIES[outcome.before]} → {SEVERITIES[outcome.after]}{case}")
        card.add_row("", said if outcome.words else "no analyzer: no URL to look up")
        if outcome.reason:
            card.add_row(
                "", Text(textwrap.shorten(outcome.reason, _CARD_REASON, placeholder=" …"), style="dim")
            )
        shown += [card, ""]
    return Group(*shown)


def table(found: list[Outcome]) -> Table:
    """Alert, severity before and after, each service's verdict, case."""
    names = [service(analyzer) for analyzer in DEMONSTRATED]
    shown = Table(*["Script", "Severity", *names, "Verdict", "Case"], expand=False)
    shown.columns[0].ratio = 1
    for column in shown.columns[1:]:
        column.no_wrap = True
    for outcome in found:
        raised = outcome.after != outcome.before
        severity = f"{SEVERITIES[outcome.before]} → {SEVERITIES[outcome.after]}"
        shown.add_row(
            Text(outcome.script, overflow="fold"),
            Text(severity, style="bold red" if raised else ""),
            *[_coloured(outcome.words.get(name, "–")) for name in names],
            _coloured(outcome.verdict),
            f"#{outcome.case}" if outcome.case else "–",
        )
    return shown


def timeline(lab: Lab, struck: float) -> Iterator[str]:
    """How long the skimmer's way from the Slack post to the case took, and what that is made of."""
    alert = max(lab.hive.store.alerts.values(), key=lambda alert: alert["date"])
    case = lab.hive.store.cases.get(alert.get("caseId") or "")
    if case is None:
        return
    observables = {o["_id"] for o in lab.hive.store.observables_of(alert["_id"])}
    jobs = [job for job in lab.hive.store.jobs.values() if job[".observable"] in observables]
    action = next(a for a in lab.hive.store.actions.values() if a["objectId"] == alert["_id"])
    marks = [
        ("the feeder saw the post, TheHive has the alert", alert["_createdAt"]),
        ("analyzer jobs started", min(job["startDate"] for job in jobs)),
        ("the last report arrived", max(job["endDate"] for job in jobs)),
        ("responder started", action["startDate"]),
        ("case open", case["_createdAt"]),
    ]
    total = (case["_createdAt"] / 1000) - struck
    yield f"From the Slack post to the case: {total:.1f} s (passes of `run` 1 s apart), made of:"
    last = struck
    for what, moment in marks:
        yield f"+{moment / 1000 - last:.1f} s  {what}"
        last = moment / 1000


def _coloured(word: str) -> Text:
    return Text(word, style=COLOURS.get(word, ""))
