"""Cortex: its index, organisation, users, analyzers and responder.

Sources: Cortex 4.1.0's source and recorded exchanges with it. Basic authentication is off by default,
so the administrator works in a session, whose changes need the token of a cookie (CSRF).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bootstrap.api import Api, is_entity, is_key
from bootstrap.neurons import Neuron
from bootstrap.vault import Vault
from codedefender2th.errors import Refusal, Unavailable

ADMIN_PASSWORD = "cortex-admin.password"  # noqa: S105  (a file's name)
ADMIN, ORGADMIN, THEHIVE = "admin", "orgadmin", "thehive"
_MIGRATION_REQUIRED = 520

Say = Callable[[str, str], None]


class Cortex:
    """One Cortex server.

    Args:
        connect: makes a session with it; the administrator's is kept apart from what goes by key.
        vault: where passwords and keys are.
        organisation: the one to set up.
        say: told of each step and what came of it.
    """

    def __init__(self, connect: Callable[[], Api], vault: Vault, organisation: str, say: Say) -> None:
        self._session, self._api = connect(), connect()
        self._vault, self._organisation, self._say = vault, organisation, say

    def set_up(self) -> None:
        """Index, administrator, organisation, users and their keys; raises FeederError."""
        self._api.ask("GET", "/api/status")
        self._say("is up", self._api.url)
        self._enter()
        self._make_organisation()
        for login, roles in ((ORGADMIN, ["read", "analyze", "orgadmin"]), (THEHIVE, ["read", "analyze"])):
            self._make_user(login, roles)

    def enable(self, neurons: list[Neuron]) -> None:
        """Enable what is wanted; change what is enabled otherwise; raises FeederError."""
        for kind in sorted({neuron.kind for neuron in neurons}):
            self._look_for_definitions(kind, [neuron for neuron in neurons if neuron.kind == kind])
            listed = self._ask("GET", f"/api/{kind}?range=all").body
            enabled = {worker["name"]: worker for worker in _objects(listed) if "name" in worker}
            for neuron in neurons:
                if neuron.kind == kind:
                    self._enable(neuron, enabled.get(neuron.id))

    def key_of(self, login: str) -> str:
        """A user's key; there is one after `set_up`."""
        key = self._vault.read(f"cortex-{login}.key")
        if key is None:
            raise Refusal(
                f"{self._vault.folder} holds no key of Cortex's user {login}: run `bootstrap cortex`."
            )
        return key

    def _enter(self) -> None:
        """Log in as the administrator, who is made where nobody is there yet."""
        known = self._vault.read(ADMIN_PASSWORD) is not None
        password = self._vault.password(ADMIN_PASSWORD)
        answer = self._log_in(password)
        if answer == _MIGRATION_REQUIRED:
            self._session.ask("POST", "/api/maintenance/migrate", {})
            self._say("index", "created")
            answer = self._log_in(password)
        if answer != 200:
            self._make_administrator(password, known)
        # A safe request brings the token that changes in a session have to show.
        self._session.ask("GET", f"/api/user/{ADMIN}")
        token = self._session.session.cookies.get("CORTEX-XSRF-TOKEN")
        self._session.session.headers["X-CORTEX-XSRF-TOKEN"] = token or ""
        self._say(f"administrator {ADMIN}", f"password in {ADMIN_PASSWORD}")

    def _log_in(self, password: str) -> int:
        body = {"user": ADMIN, "password": password}
        return self._session.ask(
            "POST", "/api/login", body, expect=(400, 401, 403, 404, _MIGRATION_REQUIRED)
        ).status

    def _make_administrator(self, password: str, known: bool) -> None:
        body = {
            "login": ADMIN,
            "name": ADMIN,
            "roles": ["superadmin"],
            "password": password,
            "organization": "cortex",
        }
        made = self._session.ask("POST", "/api/user", body, expect=(400, 401, 403), accept=is_entity).ok
        # Refused after a lost answer, it may have been made all the same.
        if self._log_in(password) == 200:
            return
        if made:
            raise Refusal("Cortex does not let its new administrator log in: look at Cortex's log.")
        if not known:
            (self._vault.folder / ADMIN_PASSWORD).unlink(missing_ok=True)
        raise Refusal(
            "This Cortex has an administrator already, whose password is not known here: put it into "
            f"{self._vault.folder / ADMIN_PASSWORD} (login {ADMIN}), or begin with an empty index."
        )

    def _make_organisation(self) -> None:
        name = self._organisation
        if self._session.find(f"/api/organization/{name}"):
            self._say(f"organisation {name}", "there already")
            return
        body = {"name": name, "description": "Scripts that Code Defender reports", "status": "Active"}
        self._session.ask("POST", "/api/organization", body, expect=(400,), accept=is_entity)
        self._say(f"organisation {name}", "created")

    def _make_user(self, login: str, roles: list[str]) -> None:
        found = self._session.find(f"/api/user/{login}")
        if found is None:
            body = {"login": login, "name": login, "roles": roles, "organization": self._organisation}
            self._session.ask("POST", "/api/user", body, expect=(400,), accept=is_entity)
        elif found.get("organization") != self._organisation:
            raise Refusal(
                f"Cortex has a user {login} of another organisation: set BOOTSTRAP_ORGANISATION to it."
            )
        file = f"cortex-{login}.key"
        key = self._vault.read(file)
        if key is None or not self._api.works(f"/api/user/{login}", key):
            renewed = self._session.ask("POST", f"/api/user/{login}/key/renew", {}, accept=is_key).body
            self._vault.keep(file, renewed.strip())
            self._say(f"user {login} ({', '.join(roles)})", f"new key in {file}")
        else:
            self._say(f"user {login} ({', '.join(roles)})", "there already")

    def _look_for_definitions(self, kind: str, wanted: list[Neuron]) -> None:
        missing = self._missing(kind, wanted)
        if missing:
            self._ask("POST", f"/api/{kind}definition/scan", {})
            missing = self._missing(kind, wanted)
        if missing:
            raise Refusal(
                f"Cortex does not know {', '.join(missing)}: put this repository's folder {kind}s in its "
                f"{kind}.urls and see that its log says nothing against them."
            )

    def _missing(self, kind: str, wanted: list[Neuron]) -> list[str]:
        listed = self._ask("GET", f"/api/{kind}definition").body
        known = {definition.get("id") for definition in _objects(listed)}
        return [neuron.id for neuron in wanted if neuron.id not in known]

    def _enable(self, neuron: Neuron, worker: dict[str, Any] | None) -> None:
        what = f"{neuron.kind} {neuron.id}"
        if worker is None:
            body = {"name": neuron.id, "configuration": neuron.configuration, **neuron.limits}
            path = f"/api/organization/{neuron.kind}/{neuron.id}"
            self._ask("POST", path, body, expect=(400,), accept=is_entity)
            self._say(what, "enabled")
            return
        held = worker.get("configuration")
        configuration = held if isinstance(held, dict) else {}
        same = (
            neuron.configuration.items() <= configuration.items() and neuron.limits.items() <= worker.items()
        )
        if not same:
            # Cortex replaces the configuration whole.
            changed = {"configuration": {**configuration, **neuron.configuration}, **neuron.limits}
            self._ask("PATCH", f"/api/{neuron.kind}/{worker['id']}", changed, accept=is_entity)
        self._say(what, "there already" if same else "changed")

    def _ask(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        return self._api.ask(method, path, body, auth=self.key_of(ORGADMIN), **options)


def _objects(body: Any) -> list[dict[str, Any]]:
    if not isinstance(body, list):
        raise Unavailable("Cortex's answer is not the list that was asked for.")
    return [entry for entry in body if isinstance(entry, dict)]
