"""Cortex's index, organisations, users, passwords and keys, as a recorded 4.1.0 keeps them.

Users are kept in memory for a while as they were read last: one that was being made when a run was cut off
has no password that long, and its key can't be renewed.
"""

from __future__ import annotations

import secrets
import time
from typing import Any

from simulators.server import Reply, Request

Entity = dict[str, Any]


class Accounts:
    """Who is known to one server; the handlers of their routes.

    Args:
        user_cache: seconds for which a user is kept as it was read (300 on a real one).
        migration: seconds after `migrate` in which the organisation `cortex` is not found yet.

    Attributes:
        interrupted: logins whose creation is cut off between its two writes, the user and the password.
    """

    def __init__(self, user_cache: float, migration: float) -> None:
        self.user_cache, self.migration = user_cache, migration
        self.interrupted: set[str] = set()
        self.migrated = False
        self.users: dict[str, Entity] = {}
        self.passwords: dict[str, str] = {}
        self.keys: dict[str, str] = {}
        self.sessions: dict[str, str] = {}
        self.organizations: dict[str, Entity] = {}
        self._stale: dict[str, float] = {}
        self._migrated_at = 0.0
        self._sequence = 0

    def authenticated(self, request: Request) -> Entity | None:
        """The user who asks, by key or session."""
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        if scheme == "Bearer":
            return self.users.get(self.keys.get(credentials, ""))
        return self.users.get(self.sessions.get(cookies(request).get("CORTEX_SESSION", ""), ""))

    def migrate(self, request: Request) -> Reply:
        if not self.migrated:
            self.migrated, self._migrated_at = True, time.monotonic()
        return Reply(204)

    def login(self, request: Request) -> Reply:
        if not self.migrated:
            return Reply(520, {"type": "MigrationRequired", "message": "Migration is required"})
        body = request.json()
        if self.passwords.get(body["user"]) != body["password"] or self._is_stale(body["user"]):
            return problem(401, "AuthenticationError", "Authentication failure")
        session = secrets.token_hex(16)
        self.sessions[session] = body["user"]
        headers = {"Set-Cookie": f"CORTEX_SESSION={session}; SameSite=Lax; Path=/; HTTPOnly"}
        return Reply(200, self.users[body["user"]], headers)

    def create_user(self, user: Entity, request: Request) -> Reply:
        body = request.json()
        if body["login"] in {*self.users, *self.organizations}:
            return problem(
                400, "ConflictError", f"[{body['login']}]: version conflict, document already exists"
            )
        migrating = time.monotonic() - self._migrated_at < self.migration
        if migrating or body["organization"] not in {"cortex", *self.organizations}:
            return problem(404, "NotFoundError", f"organization {body['organization']} not found")
        made = self.entity(user, "user", body["login"], name=body["name"], roles=body["roles"])
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

    def user(self, user: Entity, request: Request, login: str) -> Reply:
        if login not in self.users:
            return problem(404, "NotFoundError", f"user {login} not found")
        return Reply(200, self.users[login])

    def change_password(self, user: Entity, request: Request, login: str) -> Reply:
        body = request.json()
        if self.passwords.get(login) != body["currentPassword"]:
            return problem(401, "AuthenticationError", "Authentication failure")
        self.passwords[login] = body["password"]
        return Reply(204)

    def set_password(self, user: Entity, request: Request, login: str) -> Reply:
        self.passwords[login] = request.json()["password"]
        return Reply(204)

    def renew_key(self, user: Entity, request: Request, login: str) -> Reply:
        if login not in self.users:
            return problem(404, "NotFoundError", f"user {login} not found")
        if self._is_stale(login):
            return problem(403, "AuthorizationError", "Renew API key is not supported")
        key = secrets.token_urlsafe(24)
        self.keys = {k: v for k, v in self.keys.items() if v != login} | {key: login}
        self.users[login]["hasKey"] = True
        return Reply(200, key, {"Content-Type": "text/plain; charset=UTF-8"})

    def key(self, user: Entity, request: Request, login: str) -> Reply:
        for key, owner in self.keys.items():
            if owner == login:
                return Reply(200, key, {"Content-Type": "text/plain; charset=UTF-8"})
        return problem(404, "NotFoundError", f"user {login} has no key")

    def create_organization(self, user: Entity, request: Request) -> Reply:
        body = request.json()
        if body["name"] in {*self.users, *self.organizations}:
            return problem(
                400, "ConflictError", f"[{body['name']}]: version conflict, document already exists"
            )
        made = self.entity(user, "organization", body["name"], name=body["name"])
        made |= {"description": body["description"], "status": body.get("status", "Active")}
        self.organizations[body["name"]] = made
        return Reply(201, made)

    def organization(self, user: Entity, request: Request, name: str) -> Reply:
        if name not in self.organizations:
            return problem(404, "NotFoundError", f"organization {name} not found")
        return Reply(200, self.organizations[name])

    def entity(self, user: Entity, kind: str, entity_id: str, **content: Any) -> Entity:
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


def cookies(request: Request) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in request.headers.get("cookie", "").split(";"))
    return {name: value for name, _, value in pairs if name}


def problem(status: int, kind: str, message: str) -> Reply:
    return Reply(status, {"type": kind, "message": message})
