"""Cortex's HTTP API around organisations, users, workers and jobs, as a recorded 4.1.0 answers.

Before `migrate` nothing works; while there is no user anybody may do anything. Base configurations are not
merged into what is enabled: the page does that.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from simulators.cortex.accounts import Accounts, Entity, cookies, problem
from simulators.cortex.workers import RateLimited, Worker, Workers
from simulators.jobs import Refused as NotEnabled
from simulators.server import Reply, Request, Simulator

_LISTED = 10
XSRF = "CORTEX-XSRF-TOKEN"


class Cortex(Accounts, Simulator):
    """One server.

    Args:
        workers: what runs; a Cortex without the neurons has none to define.
        context: a path before all others, such as `/cortex`.
        user_cache, migration: see `Accounts`.

    Attributes:
        base_configurations: by kind and name, such as `("analyzer", "VirusTotal")`.
    """

    def __init__(
        self,
        workers: Workers | None = None,
        context: str = "",
        user_cache: float = 300.0,
        migration: float = 0.0,
        **options: Any,
    ) -> None:
        self.workers, self.context = workers or Workers(), context
        Accounts.__init__(self, user_cache, migration)
        self.base_configurations: dict[tuple[str, str], Entity] = {}
        self.enabled: dict[str, Entity] = {}
        Simulator.__init__(self, **options)

    def routes(self) -> None:
        api = self.context + "/api"
        self.route("GET", f"{api}/status", lambda request: Reply(200, {"versions": {"Cortex": "4.1.0-1"}}))
        self.route("POST", f"{api}/maintenance/migrate", self.migrate)
        self.route("POST", f"{api}/login", self.login)
        for method, path, role, handler in (
            ("POST", "/user", "superadmin", self.create_user),
            ("GET", "/user/([^/]+)", "read", self.user),
            ("POST", "/user/([^/]+)/password/change", "read", self.change_password),
            ("POST", "/user/([^/]+)/password/set", "superadmin", self.set_password),
            ("POST", "/user/([^/]+)/key/renew", "orgadmin", self.renew_key),
            ("GET", "/user/([^/]+)/key", "orgadmin", self.key),
            ("POST", "/organization", "superadmin", self.create_organization),
            ("GET", "/organization/([^/]+)", "read", self.organization),
            ("POST", "/analyzerdefinition/scan", "orgadmin", lambda *_: Reply(204)),
            ("GET", "/(analyzer|responder)definition", "orgadmin", self._definitions),
            ("POST", "/organization/(analyzer|responder)/([^/]+)", "orgadmin", self._enable),
            ("GET", "/(analyzer|responder)config/([^/]+)", "orgadmin", self._base_configuration),
            ("GET", "/(analyzer|responder)", "read", self._list_workers),
            ("PATCH", "/(analyzer|responder)/([^/]+)", "orgadmin", self._change_worker),
            ("DELETE", "/(analyzer|responder)/([^/]+)", "orgadmin", self._remove_worker),
            ("POST", "/(?:analyzer|responder)/([^/]+)/run", "analyze", self._run),
            ("GET", "/job/([^/]+)/(?:wait)?report", "read", self._report),
        ):
            self._guarded(method, api + path, role, handler)

    def _guarded(self, method: str, pattern: str, role: str, handler: Any) -> None:
        def answer(request: Request, *groups: str) -> Reply:
            if not self.migrated:
                return Reply(520, {"type": "MigrationRequired", "message": "Migration is required"})
            sent = cookies(request)
            token = request.headers.get("x-cortex-xsrf-token")
            if "CORTEX_SESSION" in sent and method != "GET" and token != sent.get(XSRF):
                return Reply(403, "<h1>Unauthorized</h1>", {"Content-Type": "text/html"})
            user = self.authenticated(request)
            if user is None:
                if self.users:
                    return problem(401, "AuthenticationError", "Authentication failure")
                user = {"_id": "init", "roles": ["superadmin"], "organization": "cortex"}
            if role not in user["roles"] and "superadmin" not in user["roles"]:
                return problem(403, "AuthorizationError", "Insufficient rights to perform this action")
            try:
                reply: Reply = handler(user, request, *groups)
            except KeyError as missing:
                return problem(404, "NotFoundError", f"{missing.args[0]} not found")
            except ValueError:
                return problem(400, "BadRequest", "Invalid json")
            if method == "GET" and XSRF not in sent:
                reply.headers["Set-Cookie"] = f"{XSRF}={secrets.token_hex(16)}; SameSite=Lax; Path=/"
            return reply

        self.route(method, pattern, answer)

    def _definitions(self, user: Entity, request: Request, kind: str) -> Reply:
        shown = []
        for definition in self.workers.definitions.values():
            if definition.kind == kind:
                spec = definition.spec
                names = (
                    "name",
                    "version",
                    "description",
                    "dataTypeList",
                    "author",
                    "url",
                    "license",
                    "baseConfig",
                )
                items = [
                    {"multi": False, "required": False, **item} for item in spec.get("configurationItems", [])
                ]
                command = Path(spec["command"]).name
                shown.append(
                    {
                        "id": definition.id,
                        **{name: spec.get(name) for name in names},
                        "configurationItems": items,
                        "dockerImage": spec.get("dockerImage"),
                        "command": command,
                    }
                )
        return Reply(200, shown)

    def _base_configuration(self, user: Entity, request: Request, kind: str, name: str) -> Reply:
        """As the page reads it to merge it into what it enables."""
        alike = [
            definition
            for definition in self.workers.definitions.values()
            if definition.kind == kind and definition.spec.get("baseConfig") == name
        ]
        if not alike and name != "global":
            return problem(404, "NotFoundError", f"config {name} not found")
        items = {item["name"]: item for each in alike for item in each.spec.get("configurationItems", [])}
        return Reply(
            200,
            {
                "name": name,
                "workers": [definition.spec["name"] for definition in alike],
                "configurationItems": [
                    {"multi": False, **item, "required": False} for item in items.values()
                ],
                "config": self.base_configurations.get((kind, name), {}),
            },
        )

    def _enable(self, user: Entity, request: Request, kind: str, definition_id: str) -> Reply:
        body = request.json()
        definition = self.workers.definitions.get(definition_id)
        if definition is None or definition.kind != kind:
            return problem(404, "NotFoundError", f"Worker {definition_id} not found")
        try:
            worker = self.workers.enable(definition_id, **body["configuration"])
        except NotEnabled as refusal:
            kind_of = "MissingAttributeError" if "missing" in str(refusal) else "UnknownAttributeError"
            return problem(500, f"org.elastic4play.{kind_of}", str(refusal))
        if worker.id in self.enabled:
            text = f"[{worker.id}]: version conflict, document already exists (current version [1])"
            return Reply(400, {"type": "ConflictError", "message": text, "object": {}})
        self._settle(worker, body)
        spec = definition.spec
        made = self.entity(user, "worker", worker.id, name=body["name"], type=kind)
        made |= {name: spec[name] for name in ("version", "author", "url", "license", "description")}
        made |= {"workerDefinitionId": definition_id, "baseConfig": spec["baseConfig"]}
        made |= {"dataTypeList": spec["dataTypeList"], "_parent": user["organization"]}
        made |= {name: body[name] for name in ("rate", "rateUnit", "jobCache", "jobTimeout") if name in body}
        if kind == "analyzer":
            made["analyzerDefinitionId"] = definition_id
        self.enabled[worker.id] = made
        return Reply(201, made)

    def _settle(self, worker: Worker, body: Entity) -> None:
        worker.rate, worker.job_cache = body.get("rate"), body.get("jobCache", 10)
        worker.job_timeout = body["jobTimeout"] * 60 if body.get("jobTimeout") else None

    def _list_workers(self, user: Entity, request: Request, kind: str) -> Reply:
        found = [each for each in self.enabled.values() if each["type"] == kind]
        shown = found if request.query.get("range") == "all" else found[:_LISTED]
        configured = [
            {**each, "configuration": self.workers.enabled[each["id"]].configuration}
            if "orgadmin" in user["roles"]
            else each
            for each in shown
        ]
        return Reply(200, configured, {"X-Total": str(len(found))})

    def _change_worker(self, user: Entity, request: Request, kind: str, worker_id: str) -> Reply:
        body = request.json()
        if worker_id not in self.enabled:
            return problem(404, "NotFoundError", f"worker {worker_id} not found")
        worker = self.workers.enabled[worker_id]
        # As it was seen: the configuration is replaced whole and not checked.
        worker.configuration = body.get("configuration", worker.configuration)
        self._settle(worker, {**self.enabled[worker_id], **body})
        self.enabled[worker_id] |= {name: value for name, value in body.items() if name != "configuration"}
        return Reply(200, self.enabled[worker_id])

    def _remove_worker(self, user: Entity, request: Request, kind: str, worker_id: str) -> Reply:
        if self.enabled.pop(worker_id, None) is None:
            return problem(404, "NotFoundError", f"worker {worker_id} not found")
        self.workers.enabled.pop(worker_id, None)
        return Reply(204)

    def _run(self, user: Entity, request: Request, worker_id: str) -> Reply:
        worker = self.workers.enabled.get(worker_id)
        if worker is None:
            return problem(404, "NotFoundError", f"worker {worker_id} not found")
        try:
            job = self.workers.start(worker, request.json())
        except RateLimited:
            reached = f"Rate limit of {worker.rate} per Day reached for the analyzer {worker.name}"
            return problem(429, "RateLimitExceeded", f"{reached}. Job cannot be started")
        return Reply(200, {name: value for name, value in job.items() if name != "report"})

    def _report(self, user: Entity, request: Request, job_id: str) -> Reply:
        if job_id not in self.workers.jobs:
            return problem(404, "NotFoundError", f"job {job_id} not found")
        return Reply(200, self.workers.jobs[job_id])
