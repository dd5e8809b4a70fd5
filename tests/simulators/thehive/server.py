"""A simulated TheHive server: who asks, which version answers, and the routes of each part."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Protocol

from simulators.cortex.server import Cortex
from simulators.cortex.workers import Workers
from simulators.server import Reply, Request, Simulator
from simulators.thehive.administration import Administration
from simulators.thehive.alerts import Alerts
from simulators.thehive.bodies import MAX_BODY_4, Refused, problem
from simulators.thehive.cases import Cases
from simulators.thehive.comments import Comments
from simulators.thehive.connector import Connector
from simulators.thehive.observables import Observables
from simulators.thehive.queries import Queries
from simulators.thehive.store import FEEDER_PERMISSIONS, Entity, Store, now

ORGANISATION = "demo"


class Part(Protocol):
    """Some of the endpoints."""

    def add_routes(self) -> None:
        """Add the paths that this TheHive has."""


class TheHive(Simulator):
    """One server.

    Args:
        version: `5.…` or `4.1.…`; decides which API there is.
        key: the API key of the feeder's user.
        context: a path before all others, such as `/thehive`.

    Attributes:
        refused_data: observables with this data are refused, as a whole alert with one is.
        mandatory_fields: custom fields that TheHive 5 demands before it closes an alert or a case.
        commit_seconds: on 4.1, how long it takes from the check for duplicates to the storing of an alert.
        has_connector: whether the Cortex connector is enabled; on 4.1 it is not unless somebody does so.
        cortex: what runs in the Cortex that it is connected to.
        reachable: the Cortex servers that it could be connected to.
        licence: what `GET /api/v1/license/current` says (5).
    """

    def __init__(
        self,
        version: str = "5.7.3",
        key: str = "simulated-thehive-key",
        context: str = "",
        **options: Any,
    ) -> None:
        self.version, self.key, self.context = version, key, context
        self.store = Store()
        self.refused_data: set[str] = set()
        self.mandatory_fields: list[str] = []
        self.commit_seconds, self.has_connector = 0.005, True
        self.licence: dict[str, Any] = {
            "license": {
                "_id": "~1",
                "_type": "License",
                "_createdAt": 1_700_000_000_000,
                "_createdBy": "system@thehive.local",
                "id": "simulated",
                "customer": "Simulated",
                "current": True,
                "plan": "Community",
                "kind": "license",
                "validFrom": 1_700_000_000_000,
                "expiresAt": 4_000_000_000_000,
                "capabilities": [],
                "quotas": {},
            }
        }
        self.keys: dict[str, Entity] = {}
        self.passwords: dict[str, str] = {}
        self.reachable: list[Cortex] = []
        self.add_organisation(ORGANISATION)
        self.add_user("feeder@demo.local", ORGANISATION, "analyst", FEEDER_PERMISSIONS, key)
        self.alerts, self.observables, self.cases = Alerts(self), Observables(self), Cases(self)
        self.comments, self.connector = Comments(self), Connector(self)
        self.cortex: Workers | None = None
        self.administration = Administration(self)
        self.parts: list[Part] = [self.alerts, self.observables, self.cases, Queries(self), self.connector]
        self.parts += [self.comments, self.administration]
        super().__init__(**options)

    @property
    def is_4(self) -> bool:
        """Whether this is the open-source 4.1."""
        return self.version.startswith("4.")

    @property
    def root(self) -> str:
        """What THEHIVE_URL is to be."""
        return self.url + self.context

    def connect(self, url: str, key: str) -> None:
        """Connect to a Cortex, as far as it takes the key."""
        for server in self.reachable:
            if url == server.url + server.context and key in server.keys:
                self.cortex = server.workers

    def add_organisation(self, name: str) -> Entity:
        """Create an organisation."""
        organisation = self.store.new(
            "Organisation", "admin@thehive.local", name, name=name, description=name
        )
        self.store.organisations[name] = organisation
        return organisation

    def add_user(
        self, login: str, organisation: str, profile: str, permissions: list[str], key: str | None
    ) -> Entity:
        """Create a user, with an API key or without."""
        user = self.store.new(
            "User",
            "admin@thehive.local",
            organisation,
            login=login,
            name=login.partition("@")[0],
            hasKey=key is not None,
            hasPassword=False,
            hasMFA=False,
            locked=False,
            profile=profile,
            permissions=permissions,
            organisation=organisation,
            extraData={},
            _updatedBy="admin@thehive.local",
            _updatedAt=now(),
        )
        self.store.users[login] = user
        if key is not None:
            self.keys[key] = user
        return user

    def routes(self) -> None:
        if self.is_4:
            self.open_route("GET", "/api/status", self._status_4)
        else:
            self.open_route("GET", "/api/v1/status/public", self._status_5)
            self.user_route("GET", "/api/v1/license/current", lambda *_: Reply(200, self.licence))
        self.user_route("GET", "/api/v1/user/current", self._current_user)
        for part in self.parts:
            part.add_routes()

    def open_route(self, method: str, pattern: str, handler: Any) -> None:
        """A route that needs no key."""
        self.route(method, self.context + pattern, handler)

    def user_route(self, method: str, pattern: str, handler: Any, permission: str | None = None) -> None:
        """A route for users; `handler(user, request, *groups)`.

        Without the permission 4.1's v1 says that there is no such organisation; see the recorded
        exchanges.
        """

        def answer(request: Request, *groups: str) -> Reply:
            user = self._user(request)
            if user is None:
                return problem(401, "AuthenticationError", "Authentication failure")
            organisation = request.headers.get("x-organisation")
            if organisation is not None and organisation != user["organisation"]:
                return self._foreign(request)
            if permission and permission not in user["permissions"]:
                return self._not_permitted(request)
            if self.is_4 and len(request.body) > MAX_BODY_4:
                return problem(413, "Unknown", "Request Entity Too Large")
            try:
                return handler(user, request, *groups)  # type: ignore[no-any-return]  # handlers are Replies
            except Refused as refusal:
                return refusal.reply
            except ValueError:
                return problem(400, "BadRequest", "Invalid Json")

        self.route(method, self.context + pattern, answer)

    def before(self, request: Request) -> Reply | None:
        if not self.has_connector and "/connector/cortex/" in request.path:
            return self.unknown(request)
        return None

    def unknown(self, request: Request) -> Reply:
        if self.is_4 and not request.path.startswith(f"{self.context}/api/"):
            return problem(404, "NotFoundError", "Resource not found by Assets controller")
        return problem(404, "NotFoundError", request.path.removeprefix(self.context))

    def _user(self, request: Request) -> Entity | None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme != "Basic":
            return self.keys.get(key) if scheme == "Bearer" else None
        try:
            login, _, password = base64.b64decode(key).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        # A service account has no password.
        return self.store.users.get(login) if self.passwords.get(login) == password != "" else None

    def _foreign(self, request: Request) -> Reply:
        """An organisation that the user is not in; 4.1 shows the user all the same, in organisation `***`."""
        if self.is_4 and request.path.endswith("/user/current"):
            user = self._user(request) or {}
            return self._current_user({**user, "organisation": "***", "permissions": []}, request)
        if self.is_4 and request.path.startswith(f"{self.context}/api/alert"):
            return problem(403, "AuthorizationError", "Operation not permitted")
        return problem(404, "NotFoundError", "Organisation not found")

    def _not_permitted(self, request: Request) -> Reply:
        if self.is_4 and request.method == "POST" and "/api/v1/alert" in request.path:
            return problem(404, "NotFoundError", "Organisation not found")
        return problem(403, "AuthorizationError", "Operation not permitted")

    def _status_5(self, request: Request) -> Reply:
        return Reply(
            200,
            {
                "sso": False,
                "ssoProviders": [],
                "version": self.version,
                "imports": {"mitreCatalog": "enterprise"},
            },
        )

    def _status_4(self, request: Request) -> Reply:
        return Reply(
            200,
            {
                "versions": {"Scalligraph": self.version, "TheHive": self.version, "Play": "2.8.15"},
                "connectors": {"cortex": {"enabled": True, "status": "OK", "servers": []}},
                "config": {"authType": ["session", "basic", "local", "key"], "pollingDuration": 1000},
                "schemaStatus": [],
            },
        )

    def _current_user(self, user: Entity, request: Request) -> Reply:
        shown = {name: value for name, value in user.items() if name[0] not in "." and name != "_type"}
        if not self.is_4:
            shown["type"] = "Normal"
        home = self.store.users[user["login"]]["organisation"]
        shown["organisations"] = [
            {
                "organisationId": self.store.organisations[home]["_id"],
                "organisation": home,
                "profile": user["profile"],
            }
        ]
        return Reply(200, shown)
