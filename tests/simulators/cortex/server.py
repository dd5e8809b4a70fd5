"""Cortex's HTTP API around organisations, users, workers and jobs, as a recorded 4.1.0 answers.

Before `migrate` nothing works; while there is no user anybody may do anything. Users are kept in memory for a
while as they were read last: one that was being made when a run was cut off has no password that long, and
its key can't be renewed. Base configurations are not merged into what is enabled: the page does that.
"""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import Any

from simulators.cortex.workers import RateLimited, Worker, Workers
from simulators.jobs import Refused as NotEnabled
from simulators.server import Reply, Request, Simulator

Entity = dict[str, Any]
_LISTED = 10
XSRF = "CORTEX-XSRF-TOKEN"


class Cortex(Simulator):
    """One server.

    Args:
        workers: what runs; a Cortex without the neurons has none to define.
        context: a path before all others, such as `/cortex`.
        user_cache: seconds for which a user is kept as it was read (300 on a real one).
        migration: seconds after `migrate` in which the organisation `cortex` is not found yet.

    Attributes:
        interrupted: logins whose creation is cut off between its two writes, the user and the password.
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
        self.user_cache, self.migration = user_cache, migration
        self.interrupted: set[str] = set()
        self.base_configurations: dict[tuple[str, str], Entity] = {}
        self._stale: dict[str, float] = {}
        self._migrated_at = 0.0
        self.migrated = False
        self.users: dict[str, Entity] = {}
        self.passwords: dict[str, str] = {}
        self.keys: dict[str, str] = {}
        self.sessions: dict[str, str] = {}
        self.organizations: dict[str, Entity] = {}
        self.enabled: dict[str, Entity] = {}
        self._sequence = 0
        super().__init__(**options)

    def routes(self) -> None:
        api = self.context + "/api"
        self.route("GET", f"{api}/status", lambda request: Reply(200, {"versions": {"Cortex": "4.1.0-1"}}))
        self.route("POST", f"{api}/maintenance/migrate", self._migrate)
        self.route("POST", f"{api}/login", self._login)
        for method, path, role, handler in (
            ("POST", "/user", "superadmin", self._create_user),
            ("GET", "/user/([^/]+)", "read", self._user),
            ("POST", "/user/([^/]+)/password/change", "read", self._change_password),
            ("POST", "/user/([^/]+)/password/set", "superadmin", self._set_password),
            ("POST", "/user/([^/]+)/key/renew", "orgadmin", self._renew_key),
            ("GET", "/user/([^/]+)/key", "orgadmin", self._key),
            ("POST", "/organization", "superadmin", self._create_organization),
            ("GET", "/organization/([^/]+)", "read", self._organization),
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
            cookies = _cookies(request)
            token = request.headers.get("x-cortex-xsrf-token")
            if "CORTEX_SESSION" in cookies and method != "GET" and token != cookies.get(XSRF):
                return Reply(403, "<h1>Unauthorized</h1>", {"Content-Type": "text/html"})
            user = self._authenticated(request)
            if user is None:
                if self.users:
                    return _problem(401, "AuthenticationError", "Authentication failure")
                user = {"_id": "init", "roles": ["superadmin"], "organization": "cortex"}
            if role not in user["roles"] and "superadmin" not in user["roles"]:
                return _problem(403, "AuthorizationError", "Insufficient rights to perform this action")
            try:
                reply: Reply = handler(user, request, *groups)
            except KeyError as missing:
                return _problem(404, "NotFoundError", f"{missing.args[0]} not found")
            except ValueError:
                return _problem(400, "BadRequest", "Invalid json")
            if method == "GET" and XSRF not in cookies:
                reply.headers["Set-Cookie"] = f"{XSRF}={secrets.token_hex(16)}; SameSite=Lax; Path=/"
            return reply

        self.route(method, pattern, answer)

    def _authenticated(self, request: Request) -> Entity | None:
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        if scheme == "Bearer":
            return self.users.get(self.keys.get(credentials, ""))
        return self.users.get(self.sessions.get(_cookies(request).get("CORTEX_SESSION", ""), ""))

    def _migrate(self, request: Request) -> Reply:
        if not self.migrated:
            self.migrated, self._migrated_at = True, time.monotonic()
        return Reply(204)

    def _login(self, request: Request) -> Reply:
        if not self.migrated:
            return Reply(520, {"type": "MigrationRequired", "message": "Migration is required"})
        body = request.json()
        if self.passwords.get(body["user"]) != body["password"] or self._is_stale(body["user"]):
            return _problem(401, "AuthenticationError", "Authentication failure")
        session = secrets.token_hex(16)
        self.sessions[session] = body["user"]
        headers = {"Set-Cookie": f"CORTEX_SESSION={session}; SameSite=Lax; Path=/; HTTPOnly"}
        return Reply(200, self.users[body["user"]], headers)

    def _create_user(self, user: Entity, request: Request) -> Reply:
        body = request.json()
        if body["login"] in {*self.users, *self.organizations}:
            return _problem(
                400, "ConflictError", f"[{body['login']}]: version conflict, document already exists"
            )
        migrating = time.monotonic() - self._migrated_at < self.migration
        if migrating or body["organization"] not in {"cortex", *self.organizations}:
            return _problem(404, "NotFoundError", f"organization {body['organization']} not found")
        made = self._entity(user, "user", body["login"], name=body["name"], roles=body["roles"])
        made |= {"organization": body["organization"], "status": "Ok", "hasKey": False}
        made["hasPassword"] = "password" in body
        self.users[body["login"]] = made
        if "password" in body:
            self.passwords[body["login"]] = body["password"]
        if body["login"] in self.interrupted:
            self._stale[body["login"]] = time.monotonic() + self.user_cache
        return Reply(201, made)

    def _is_stale(self, login: str) -> bool:
        return time.monotonic() < self._stale.get(login, 0.0)

    def _user(self, user: Entity, request: Request, login: str) -> Reply:
        if login not in self.users:
            return _problem(404, "NotFoundError", f"user {login} not found")
        return Reply(200, self.users[login])

    def _change_password(self, user: Entity, request: Request, login: str) -> Reply:
        body = request.json()
        if self.passwords.get(login) != body["currentPassword"]:
            return _problem(401, "AuthenticationError", "Authentication failure")
        self.passwords[login] = body["password"]
        return Reply(204)

    def _set_password(self, user: Entity, request: Request, login: str) -> Reply:
        self.passwords[login] = request.json()["password"]
        return Reply(204)

    def _renew_key(self, user: Entity, request: Request, login: str) -> Reply:
        if login not in self.users:
            return _problem(404, "NotFoundError", f"user {login} not found")
        if self._is_stale(login):
            return _problem(403, "AuthorizationError", "Renew API key is not supported")
        key = secrets.token_urlsafe(24)
        self.keys = {k: v for k, v in self.keys.items() if v != login} | {key: login}
        self.users[login]["hasKey"] = True
        return Reply(200, key, {"Content-Type": "text/plain; charset=UTF-8"})

    def _key(self, user: Entity, request: Request, login: str) -> Reply:
        for key, owner in self.keys.items():
            if owner == login:
                return Reply(200, key, {"Content-Type": "text/plain; charset=UTF-8"})
        return _problem(404, "NotFoundError", f"user {login} has no key")

    def _create_organization(self, user: Entity, request: Request) -> Reply:
        body = request.json()
        if body["name"] in {*self.users, *self.organizations}:
            return _problem(
                400, "ConflictError", f"[{body['name']}]: version conflict, document already exists"
            )
        made = self._entity(user, "organization", body["name"], name=body["name"])
        made |= {"description": body["description"], "status": body.get("status", "Active")}
        self.organizations[body["name"]] = made
        return Reply(201, made)

    def _organization(self, user: Entity, request: Request, name: str) -> Reply:
        if name not in self.organizations:
            return _problem(404, "NotFoundError", f"organization {name} not found")
        return Reply(200, self.organizations[name])

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
            return _problem(404, "NotFoundError", f"config {name} not found")
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
            return _problem(404, "NotFoundError", f"Worker {definition_id} not found")
        try:
            worker = self.workers.enable(definition_id, **body["configuration"])
        except NotEnabled as refusal:
            kind_of = "MissingAttributeError" if "missing" in str(refusal) else "UnknownAttributeError"
            return _problem(500, f"org.elastic4play.{kind_of}", str(refusal))
        if worker.id in self.enabled:
            text = f"[{worker.id}]: version conflict, document already exists (current version [1])"
            return Reply(400, {"type": "ConflictError", "message": text, "object": {}})
        self._settle(worker, body)
        spec = definition.spec
        made = self._entity(user, "worker", worker.id, name=body["name"], type=kind)
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
            return _problem(404, "NotFoundError", f"worker {worker_id} not found")
        worker = self.workers.enabled[worker_id]
        # As it was seen: the configuration is replaced whole and not checked.
        worker.configuration = body.get("configuration", worker.configuration)
        self._settle(worker, {**self.enabled[worker_id], **body})
        self.enabled[worker_id] |= {name: value for name, value in body.items() if name != "configuration"}
        return Reply(200, self.enabled[worker_id])

    def _remove_worker(self, user: Entity, request: Request, kind: str, worker_id: str) -> Reply:
        if self.enabled.pop(worker_id, None) is None:
            return _problem(404, "NotFoundError", f"worker {worker_id} not found")
        self.workers.enabled.pop(worker_id, None)
        return Reply(204)

    def _run(self, user: Entity, request: Request, worker_id: str) -> Reply:
        worker = self.workers.enabled.get(worker_id)
        if worker is None:
            return _problem(404, "NotFoundError", f"worker {worker_id} not found")
        try:
            job = self.workers.start(worker, request.json())
        except RateLimited:
            reached = f"Rate limit of {worker.rate} per Day reached for the analyzer {worker.name}"
            return _problem(429, "RateLimitExceeded", f"{reached}. Job cannot be started")
        return Reply(200, {name: value for name, value in job.items() if name != "report"})

    def _report(self, user: Entity, request: Request, job_id: str) -> Reply:
        if job_id not in self.workers.jobs:
            return _problem(404, "NotFoundError", f"job {job_id} not found")
        return Reply(200, self.workers.jobs[job_id])

    def _entity(self, user: Entity, kind: str, entity_id: str, **content: Any) -> Entity:
        self._sequence += 1
        return {
            "_id": entity_id,
            "id": entity_id,
            "_type": kind,
            "_routing": entity_id,
            "_parent": None,
            "_seqNo": self._sequence,
            "_primaryTerm": 1,
            "createdBy": user["_id"],
            "createdAt": int(time.time() * 1000),
            **content,
        }


def _cookies(request: Request) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in request.headers.get("cookie", "").split(";"))
    return {name: value for name, _, value in pairs if name}


def _problem(status: int, kind: str, message: str) -> Reply:
    return Reply(status, {"type": kind, "message": message})
