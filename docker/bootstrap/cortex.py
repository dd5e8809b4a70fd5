"""Cortex: its index, organisation, users and their keys.

Sources: Cortex 4.1.0's source and recorded exchanges with it. Basic authentication is off by default,
so the administrator works in a session, whose changes need the token of a cookie (CSRF).

Cortex keeps each user in memory for five minutes (`cache.user`) as it was read last. Where a run is
interrupted while a user is made, that is a user without a password, or one whose key can't be renewed: what
is refused then is taken later, so it is waited out.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from bootstrap.api import Api, is_entity, is_key
from bootstrap.vault import Vault
from codedefender2th.errors import Refusal, Unavailable

ADMIN_PASSWORD = "cortex-admin.password"  # noqa: S105  (a file's name)
ADMIN, ORGADMIN, THEHIVE = "admin", "orgadmin", "thehive"
_ROLES = {ORGADMIN: ["read", "analyze", "orgadmin"], THEHIVE: ["read", "analyze"]}
_MIGRATION_REQUIRED = 520
_LOGGED_IN = 200

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
        self._session, self.api = connect(), connect()
        self._vault, self._organisation, self._say = vault, organisation, say

    def set_up(self) -> None:
        """Index, administrator, organisation, users and their keys; raises FeederError."""
        self._wait()
        self._enter()
        self._check_users()
        self._make_organisation()
        for login in _ROLES:
            self._make_user(login)

    def key_of(self, login: str) -> str:
        """A user's key; there is one after `set_up`."""
        key = self._vault.read(f"cortex-{login}.key")
        if key is None:
            raise Refusal(
                f"{self._vault.folder} holds no key of Cortex's user {login}: run `bootstrap cortex`."
            )
        return key

    def _wait(self) -> None:
        """Wait for the server, and see that it is one."""
        answer = self.api.ask("GET", "/api/status", expect=(404,))
        version = answer.version_of("Cortex")
        if version is not None:
            self._say("is up", f"version {version} at {self.api.url}")
            return
        other = answer.version_of("TheHive")
        if other is None:
            five = self.api.get("/api/v1/status/public")
            other = str(five.body.get("version"))[:40] if five and isinstance(five.body, dict) else None
        if other is not None:
            raise Refusal(f"CORTEX_URL leads to TheHive {other}, not to Cortex: set it to Cortex's address.")
        raise Refusal("CORTEX_URL leads to no Cortex: its /api/status names no version of one.")

    def _enter(self) -> None:
        """Log in as the administrator, who is made where nobody is there yet."""
        known = self._vault.read(ADMIN_PASSWORD) is not None
        password = self._vault.password(ADMIN_PASSWORD)
        answer = self._log_in(password)
        if answer == _MIGRATION_REQUIRED:
            self._session.ask("POST", "/api/maintenance/migrate", {})
            self._say("index", "created")
            answer = self._log_in(password)
        if answer != _LOGGED_IN:
            self._make_administrator(password, known)
        # A safe request brings the token that changes in a session have to show.
        self._session.ask("GET", f"/api/user/{ADMIN}")
        token = self._session.session.cookies.get("CORTEX-XSRF-TOKEN")
        self._session.session.headers["X-CORTEX-XSRF-TOKEN"] = token or ""
        self._say(f"administrator {ADMIN}", f"password in {ADMIN_PASSWORD}")

    def _log_in(self, password: str, patiently: bool = False) -> int:
        body = {"user": ADMIN, "password": password}
        refusals = {400, 401, 403, 404, _MIGRATION_REQUIRED} - ({401} if patiently else set())
        return self._session.ask(
            "POST",
            "/api/login",
            body,
            expect=tuple(refusals),
            passing=lambda answer: patiently and answer.status == 401,
        ).status

    def _make_administrator(self, password: str, known: bool) -> None:
        file = self._vault.folder / ADMIN_PASSWORD
        # While nobody is there, Cortex answers everybody.
        asked = self._session.ask(
            "GET",
            f"/api/user/{ADMIN}",
            expect=(401, 404),
            passing=lambda answer: answer.status == _MIGRATION_REQUIRED,  # the index is being made
        )
        somebody = asked.status == 401
        if somebody and not known:
            file.unlink(missing_ok=True)
            raise Refusal(
                "This Cortex has an administrator already, whose password is not known here: put it into "
                f"{file} (login {ADMIN}), or begin with an empty index."
            )
        if not somebody:
            body = {
                "login": ADMIN,
                "name": ADMIN,
                "roles": ["superadmin"],
                "password": password,
                "organization": "cortex",
            }
            # Refused after a lost answer, it may have been made all the same.
            self._session.ask(
                "POST",
                "/api/user",
                body,
                expect=(400, 401, 403),
                accept=is_entity,
                passing=lambda answer: answer.says("organization cortex not found"),  # likewise
            )
        if self._log_in(password) == _LOGGED_IN:
            return
        self._say(
            f"administrator {ADMIN}",
            "is not let in yet; Cortex keeps a user for five minutes as an interrupted run left it: waiting",
        )
        try:
            self._log_in(password, patiently=True)
        except Unavailable:
            raise Refusal(
                f"Cortex does not let its administrator in with the password in {file} (login {ADMIN}), and "
                "not after minutes either: put the right one there; only where an interrupted run left the "
                "administrator without any, begin with an empty index."
            ) from None

    def _check_users(self) -> None:
        """See that the users that are there are of this organisation; before anything is made."""
        for login in _ROLES:
            found = self._session.find(f"/api/user/{login}")
            if found is not None and found.get("organization") != self._organisation:
                raise Refusal(
                    f"BOOTSTRAP_ORGANISATION is {self._organisation}, but Cortex's user {login} belongs to "
                    f"{found.get('organization')}: set it to that."
                )

    def _make_organisation(self) -> None:
        name = self._organisation
        what = f"organisation {name}"
        if self._session.find(f"/api/organization/{quote(name)}"):
            self._say(what, "there already")
            return
        body = {"name": name, "description": "Scripts that Code Defender reports", "status": "Active"}
        made = self._session.ask("POST", "/api/organization", body, expect=(400,), accept=is_entity)
        if not made.ok and not made.said("ConflictError"):
            raise Refusal(
                f"Cortex does not take {name} as an organisation's name: set BOOTSTRAP_ORGANISATION."
            )
        self._say(what, "created")

    def _make_user(self, login: str) -> None:
        roles = _ROLES[login]
        if self._session.find(f"/api/user/{login}") is None:
            body = {"login": login, "name": login, "roles": roles, "organization": self._organisation}
            self._session.ask("POST", "/api/user", body, expect=(400,), accept=is_entity)
        file = f"cortex-{login}.key"
        key = self._vault.read(file)
        if key is None or not self.api.works(f"/api/user/{login}", key):
            renewed = self._session.ask(
                "POST",
                f"/api/user/{login}/key/renew",
                {},
                accept=is_key,
                passing=lambda answer: answer.says("Renew API key is not supported"),
            ).body
            self._vault.keep(file, renewed.strip())
            self._say(f"user {login} ({', '.join(roles)})", f"new key in {file}")
        else:
            self._say(f"user {login} ({', '.join(roles)})", "there already")
