"""TheHive's Cortex connector: jobs on observables, actions of responders.

TheHive 5 has it under /api/v1/connector/cortex (its OpenAPI description), 4.1 under
/api/connector/cortex (recorded). 4.1 analyses observables of cases only. What was seen on a real 4.1.24:
a job that Cortex answers from its cache is stored as `Success`, with the dates of the old run and without
a report, which comes with the next poll; pending jobs are kept by Cortex's id, so that of several with one
id a single one gets the report; a restart forgets all that was pending.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from simulators.cortex.workers import Job, RateLimited, Unreachable, Worker, Workers
from simulators.server import Reply, Request
from simulators.thehive import bodies
from simulators.thehive.bodies import Refused
from simulators.thehive.store import Entity, now, public

if TYPE_CHECKING:
    from simulators.thehive.server import TheHive

SERVER = "local"
POLL_SECONDS = 0.02
KINDS = {"alert": "Alert", "case": "Case", "case_artifact": "Observable"}


class Connector:
    """The connector's endpoints; `hive.cortex` is the Cortex behind, None where there is none.

    Attributes:
        enabled: False for a 4.1 without the module: its paths are unknown then.
        lost: the jobs and actions that a restart made it forget.
        report_seconds: when 4.1 has the report of a job that came from Cortex's cache.
    """

    def __init__(self, hive: TheHive) -> None:
        self.hive = hive
        self.enabled = True
        self.report_seconds = POLL_SECONDS
        self.lost: set[str] = set()
        self._lives = 0
        self._pending: dict[str, str] = {}

    def restart(self) -> None:
        """Forget the jobs and actions that are being waited for, as TheHive does when it restarts."""
        self._lives += 1
        self._pending.clear()
        store = self.hive.store
        runs = [*store.jobs.values(), *store.actions.values()]
        self.lost |= {run["_id"] for run in runs if run["status"] in {"Waiting", "InProgress"}}

    def add_routes(self) -> None:
        """The paths that this TheHive has."""
        root = "/api/connector/cortex" if self.hive.is_4 else "/api/v1/connector/cortex"

        def route(method: str, pattern: str, handler: Any, permission: str | None = None) -> None:
            def answer(user: Entity, request: Request, *groups: str) -> Reply:
                return handler(user, request, *groups) if self.enabled else self.hive.unknown(request)

            self.hive.user_route(method, pattern, answer, permission)

        route("GET", f"{root}/analyzer", lambda *_: self._workers("analyzer", None))
        route("GET", f"{root}/analyzer/type/([^/]+)", lambda u, r, kind: self._workers("analyzer", kind))
        route("GET", f"{root}/responder/([^/]+)/([^/]+)", self._responders_for)
        if not self.hive.is_4:
            route("GET", f"{root}/responders/([^/]+)", self._responders)
        route("POST", f"{root}/job", self._create_job, "manageAnalyse")
        route("GET", f"{root}/job/([^/]+)", self._job)
        route("POST", f"{root}/action", self._create_action, "manageAction")
        route("GET", f"{root}/action/([^/]+)/([^/]+)", self._actions)

    def _workers(self, kind: str, data_type: str | None) -> Reply:
        found = self._cortex.of_kind(kind, data_type) if self._cortex else []
        return Reply(200, [_shown_worker(worker) for worker in found])

    @property
    def _cortex(self) -> Workers | None:
        """The Cortex, as far as it answers."""
        return None if self.hive.cortex is None or self.hive.cortex.down else self.hive.cortex

    def _responders(self, user: Entity, request: Request, kind: str) -> Reply:
        found = self._cortex.of_kind("responder", f"thehive:{kind}") if self._cortex else []
        names = ("id", "name", "description")
        return Reply(200, [{name: _shown_worker(worker)[name] for name in names} for worker in found])

    def _responders_for(self, user: Entity, request: Request, kind: str, entity: str) -> Reply:
        self._entity(kind, entity)
        return self._workers("responder", f"thehive:{kind}")

    def _create_job(self, user: Entity, request: Request) -> Reply:
        body = request.json()
        bodies.check_required(body, "analyzerId", "cortexId", "artifactId")
        observable = self.hive.store.observables.get(body["artifactId"])
        of_case = observable is not None and observable[".parent"] in self.hive.store.cases
        if observable is None or (self.hive.is_4 and not of_case):
            raise Refused(404, "NotFoundError", "Observable not found")
        cortex = self.hive.cortex
        if cortex is None:
            raise Refused(500, "java.net.ConnectException", "Connection refused")
        worker = cortex.find(body["analyzerId"])
        if worker is None and self.hive.is_4:
            text = f'ApplicationError(404):\n"Analyzer {body["analyzerId"]} not found"'
            raise Refused(500, "org.thp.client.ApplicationError", text)
        try:
            job = self.run(user, observable, worker, body["analyzerId"], body.get("parameters") or {})
        except Unreachable:
            raise Refused(500, "java.net.ConnectException", "Connection refused") from None
        return Reply(201, self.shown_job(job))

    def run(
        self,
        user: Entity,
        observable: Entity,
        worker: Worker | None,
        name: str = "",
        parameters: dict[str, Any] | None = None,
    ) -> Entity:
        """Make a job and run it. TheHive 5 makes one for an unknown analyzer, too; it never runs."""
        called = worker.name if worker else name
        job = self.hive.store.new(
            "case_artifact_job",
            user["login"],
            user["organisation"],
            analyzerId=worker.id if worker else name,
            analyzerName=called,
            analyzerDefinition=called,
            status="Waiting",
            startDate=now(),
            cortexId=SERVER,
            cortexJobId="",
            operations="[]",
            **{".observable": observable["_id"]},
        )
        job["id"] = job["_id"]
        if worker is not None:
            self._run_job(user, job, observable, worker, parameters or {})
        self.hive.store.jobs[job["_id"]] = job
        return job

    def _run_job(
        self, user: Entity, job: Entity, observable: Entity, worker: Worker, parameters: dict[str, Any]
    ) -> None:
        assert self.hive.cortex is not None
        sent = {
            "data": observable["data"],
            "dataType": observable["dataType"],
            "tlp": observable["tlp"],
            # 4.1's observables have none: its case's.
            "pap": observable.get("pap", self.hive.store.cases.get(observable[".parent"], {}).get("pap", 2)),
            "message": "",
            "parameters": {**parameters, "organisation": user["organisation"], "user": user["login"]},
        }
        try:
            running = self.hive.cortex.start(worker, sent)
        except RateLimited:
            job |= {"status": "Failure", "endDate": now(), "report": {"errorMessage": "RateLimitExceeded"}}
            return
        job["cortexJobId"] = running["id"]
        cached = running.get("fromCache", False)
        if cached and self.hive.is_4:
            job |= {name: running[name] for name in ("status", "startDate", "endDate") if name in running}
        # An answer from Cortex's cache is a copy: what goes on is in the job itself.
        running = self.hive.cortex.jobs[running["id"]]
        # What came last is found first: of several, only that one is told.
        self._pending[running["id"]] = job["_id"]
        follower = (job, observable, running, self.report_seconds if cached and self.hive.is_4 else 0.0)
        threading.Thread(target=self._follow_job, args=follower, daemon=True).start()

    def _follow_job(self, job: Entity, observable: Entity, running: Job, seconds: float) -> None:
        if not self._wait(running) or self.hive.stopping.wait(seconds):
            return
        if self.hive.is_4:
            if self._pending.get(running["id"]) != job["_id"]:
                return
            del self._pending[running["id"]]
        report = running["report"]
        if running["status"] == "Success":
            job["report"] = {name: report[name] for name in ("success", "full", "artifacts")}
            observable["reports"] = {**observable["reports"], job["analyzerName"]: report["summary"]}
            observable["_updatedAt"] = now()
        else:
            job["report"] = {"errorMessage": running.get("errorMessage")}
        job |= {"endDate": now(), "status": running["status"]}

    def _wait(self, running: Job) -> bool:
        """Whether a Cortex job ended before the simulator did, or forgot it."""
        life = self._lives
        while running["status"] not in {"Success", "Failure"} or isinstance(running["report"], str):
            if self.hive.stopping.wait(POLL_SECONDS) or life != self._lives:
                return False
        return life == self._lives

    def shown_job(self, job: Entity) -> Entity:
        """A job as this TheHive shows it."""
        if not self.hive.is_4:
            return public(job)
        return {name: value for name, value in public(job).items() if name[:2] != "_c" and name != "_id"}

    def _job(self, user: Entity, request: Request, name: str) -> Reply:
        job = self.hive.store.jobs.get(name)
        if job is None:
            raise Refused(404, "NotFoundError", "Job not found")
        return Reply(200, self.shown_job(job))

    def _create_action(self, user: Entity, request: Request) -> Reply:
        body = request.json()
        bodies.check_required(body, "responderId", "objectType", "objectId")
        entity = self._entity(body["objectType"], body["objectId"])
        if self.hive.cortex is not None and self.hive.cortex.down and "cortexId" in body:
            raise Refused(500, "java.net.ConnectException", "Connection refused")
        cortex = self._cortex
        worker = cortex.find(body["responderId"]) if cortex else None
        if worker is None or cortex is None:
            raise Refused(404, "NotFoundError", f"Responder {body['responderId']} not found")
        action = self.hive.store.new(
            "Action",
            user["login"],
            user["organisation"],
            responderId=worker.id,
            responderName=worker.name,
            responderDefinition=worker.name,
            cortexId=body.get("cortexId", SERVER),
            objectType=KINDS[body["objectType"]],
            objectId=entity["_id"],
            status="Waiting",
            startDate=now(),
            operations="[]",
            report="{}",
        )
        sent = {
            "data": self.as_responders_see(body["objectType"], entity),
            "dataType": f"thehive:{body['objectType']}",
            "tlp": entity["tlp"],
            "pap": entity.get("pap", 2),
            "message": "",
            "parameters": {"organisation": user["organisation"], "user": user["login"]},
        }
        running = cortex.start(worker, sent)
        action["cortexJobId"] = running["id"]
        self.hive.store.actions[action["_id"]] = action
        threading.Thread(target=self._follow_action, args=(action, running), daemon=True).start()
        return Reply(200, self._shown_action(action))

    def _follow_action(self, action: Entity, running: Job) -> None:
        if self._wait(running):
            report = running["report"]
            action |= {"endDate": now(), "report": json.dumps(report)}
            action["status"] = running["status"]

    def _shown_action(self, action: Entity) -> Entity:
        if not self.hive.is_4:
            return public(action)
        return {name: value for name, value in public(action).items() if name[0] != "_"}

    def _actions(self, user: Entity, request: Request, kind: str, entity: str) -> Reply:
        found = [each for each in list(self.hive.store.actions.values()) if each["objectId"] == entity]
        return Reply(200, [self._shown_action(each) for each in found])

    def _entity(self, kind: str, name: str) -> Entity:
        store = self.hive.store
        collections = {"alert": store.alerts, "case": store.cases, "case_artifact": store.observables}
        if kind not in collections:
            raise Refused(500, "scala.MatchError", kind)
        entity = collections[kind].get(name)
        of_alert = kind == "case_artifact" and entity is not None and entity[".parent"] in store.alerts
        if entity is None or (of_alert and self.hive.is_4):
            raise Refused(404, "NotFoundError", f"{KINDS[kind]} not found")
        return entity

    def as_responders_see(self, kind: str, entity: Entity) -> dict[str, Any]:
        """The v0 form: an alert comes without its observables, an observable with its case."""
        if kind == "case_artifact":
            shown = self.hive.observables.shown_v0(entity)
            case = self.hive.store.cases.get(entity[".parent"])
            return {**shown, "case": public(case)} if case else shown
        shown = {name: value for name, value in public(entity).items() if not name.startswith("_")}
        return {**shown, "_id": entity["_id"], "id": entity["_id"], "_type": kind, "artifacts": []}


def _shown_worker(worker: Worker) -> dict[str, Any]:
    return {
        "id": worker.id,
        "name": worker.name,
        "version": worker.definition.spec["version"],
        "description": worker.definition.spec["description"],
        "dataTypeList": worker.data_types,
        "cortexIds": [SERVER],
    }
