"""Alerts and cases with evidence on them, and the responder run on them as Cortex runs it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from canary import traces
from codedefender2th.incident.alert import build_alert
from codedefender2th.incident.message import Rules, read_message
from codedefender2th.thehive.client import as_v0
from simulators.jobs import ProcessRunner, Run, enable, load
from simulators.messages import incident, ts_at
from simulators.thehive import TheHive
from simulators.thehive.store import Entity, now

DEFINITION = Path(__file__).parents[2] / "responders" / "CodeDefender" / "CodeDefender_Triage.json"
VIRUSTOTAL, HYBRID = "CodeDefender_VirusTotal_1_0", "CodeDefender_HybridAnalysis_1_0"
HOST, CONTENT = "CodeDefender_Host_1_0", "CodeDefender_Content_1_0"
SNYK, OSV = "CodeDefender_Snyk_1_0", "CodeDefender_OSV_1_0"
SCRIPT = "https://cdn.example.net/a.js"
PERMISSIONS = ["manageAlert", "manageCase", "manageObservable"]


@dataclass
class Desk:
    """A TheHive with a responder beside it."""

    hive: TheHive
    runner: ProcessRunner

    @property
    def user(self) -> Entity:
        """The feeder's user."""
        return self.hive.store.users["feeder@demo.local"]

    def alert(
        self, number: int = 1, script: str = f"`{SCRIPT}`", risk: str = "Medium", **fields: str
    ) -> Entity:
        """A fed alert; `fields` are others of the incident's (`host`, `category`)."""
        [read] = read_message(incident(ts_at(number), script=script, risk=risk, **fields), Rules()).incidents
        body: Any = build_alert(read, "C0CODEDEF01", 2, 2)
        observables = as_v0(body)["artifacts"] if self.hive.is_4 else body["observables"]
        return self.hive.alerts.create(self.user, body, observables)

    def case_of(self, alert: Entity) -> Entity:
        """What an analyst makes of an alert."""
        case = self.hive.cases.create(
            self.user, {k: alert[k] for k in ("title", "description", "severity", "tags")}
        )
        self.hive.cases.take_in(self.user, alert, case)
        return case

    def observable(self, parent: Entity, tag: str = "code-defender:script") -> Entity:
        """An alert's or a case's observable with a tag."""
        return next(o for o in self.hive.store.observables_of(parent["_id"]) if tag in o["tags"])

    def report(
        self, observable: Entity, analyzer: str, *levels: str, minutes_ago: float = 1, **full: Any
    ) -> None:
        """What an analyzer said; `full` is its report (`summary`, `packages`, …)."""
        taxonomies = [
            {"level": level, "namespace": "CodeDefender", "predicate": "x", "value": "1"} for level in levels
        ]
        observable["reports"] = {**observable["reports"], analyzer: {"taxonomies": taxonomies}}
        job = self.job(observable, analyzer, "Success", minutes_ago)
        job["report"] = {"success": True, "full": {"verdict": levels[0], **full}, "artifacts": []}

    def failed(self, observable: Entity, analyzer: str, why: str) -> None:
        """An analyzer that could not say."""
        self.job(observable, analyzer, "Failure")["report"] = {"success": False, "errorMessage": why}

    def comments(self, *parents: Entity) -> list[str]:
        """What was left on alerts and cases (TheHive 5)."""
        return [each["message"] for parent in parents for each in self.hive.comments.of(parent)]

    def job(self, observable: Entity, analyzer: str, status: str, minutes_ago: float = 1) -> Entity:
        """A job that an analyzer has or had."""
        started = int(now() - minutes_ago * 60_000)
        job = self.hive.store.new(
            "case_artifact_job",
            "feeder@demo.local",
            "demo",
            analyzerId=analyzer,
            analyzerName=analyzer,
            analyzerDefinition=analyzer,
            status=status,
            startDate=started,
            cortexId="local",
            cortexJobId="x",
            operations="[]",
            **{".observable": observable["_id"]},
        )
        if status not in {"Waiting", "InProgress"}:
            job["endDate"] = started + 1000
        job["id"] = job["_id"]
        self.hive.store.jobs[job["_id"]] = job
        return job

    def run(self, entity: Entity, kind: str = "alert", **configuration: Any) -> Run:
        """Run the responder as TheHive and Cortex do."""
        definition = load(DEFINITION)
        items = {"thehive_url": self.hive.root, "thehive_key": self.hive.key, **configuration}
        worker = enable(definition, items)
        data = self.hive.connector.as_responders_see(kind, entity)
        request = {"data": data, "dataType": f"thehive:{kind}", "tlp": 2, "pap": 2}
        return self.runner.run(definition, worker, request)

    def triage(self, entity: Entity, kind: str = "alert", **configuration: Any) -> dict[str, Any]:
        """The `full` report of a run that succeeds."""
        run = self.run(entity, kind, **configuration)
        assert run.job["status"] == "Success", run.job.get("errorMessage")
        assert not traces([self.hive.key], f"{run.output!r}", run.printed, f"{run.argv}")
        full: dict[str, Any] = run.job["report"]["full"]
        return full

    def writes(self) -> list[str]:
        """What was changed in TheHive since the last look."""
        done = [
            f"{request.method} {request.path}"
            for request in self.hive.requests
            if request.method != "GET" and not request.path.endswith("/query")
        ]
        self.hive.requests.clear()
        return done
