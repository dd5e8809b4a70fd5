"""TheHive 5 or 4.1: administrator, organisation, users, keys, templates, the connection to Cortex.

Sources: TheHive 5's OpenAPI description, 4.1.24's source and recorded exchanges with it, and StrangeBee's
own set-up script for the connection to Cortex, which the description leaves out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from bootstrap import case_template, report_templates
from bootstrap.api import Api, is_entity, is_key
from bootstrap.vault import Vault
from codedefender2th.errors import Refusal

ADMIN, ADMIN_PASSWORD = "admin@thehive.local", "thehive-admin.password"
ANALYST_PASSWORD = "thehive-analyst.password"  # noqa: S105  (a file's name)
FEEDER, FEEDER_KEY = "feeder@code-defender.local", "feeder/thehive-feeder.key"
TRIAGE, TRIAGE_KEY = "triage@code-defender.local", "thehive-triage.key"
_WELL_KNOWN = "secret"
_PLATFORM = {"X-Organisation": "admin"}
_CURRENT = "/api/v1/user/current"

Say = Callable[[str, str], None]


class TheHive:
    """One TheHive server.

    Args:
        api: a session with it.
        vault: where passwords and keys are.
        organisation: the one to set up.
        analyst: login of the person who works there.
        say: told of each step and what came of it.
    """

    def __init__(self, api: Api, vault: Vault, organisation: str, analyst: str, say: Say) -> None:
        self._api, self._vault, self._organisation, self._say = api, vault, organisation, say
        self._analyst = analyst
        self._admin: tuple[str, str] = (ADMIN, "")
        self.is_4 = False

    def set_up(self, admin_password: str | None) -> None:
        """Administrator, organisation, users and their keys; raises FeederError.

        Args:
            admin_password: the administrator's, where a person has changed it.
        """
        self.is_4 = self._wait()
        self._admin = (ADMIN, self._secure_administrator(admin_password))
        for login in (FEEDER, TRIAGE):
            self._check_user(login)
        self._make_organisation()
        self._make_person()
        for login, file in ((FEEDER, FEEDER_KEY), (TRIAGE, TRIAGE_KEY)):
            self._make_service(login, file)

    def import_templates(self, templates: dict[str, str]) -> None:
        """Import the analyzers' report templates where one differs; raises FeederError."""
        root = f"{self._connector}/analyzer/template"
        held = {name: self._content(f"{root}/content/{name}") for name in templates}
        if held == templates:
            self._say("report templates", "there already")
            return
        archive = ("templates.zip", report_templates.zipped(templates), "application/zip")
        done = self._ask("POST", f"{root}/_import", files={"templates": archive})
        refused = [name for name in templates if not (isinstance(done, dict) and done.get(name) is True)]
        if refused:
            raise Refusal(f"TheHive does not take the report templates of {', '.join(refused)}: see its log.")
        self._say("report templates", f"{len(templates)} imported")

    def make_case_template(self) -> None:
        """The case template, which only somebody of the organisation can make; raises FeederError."""
        what = f"case template {case_template.NAME}"
        password = self._vault.read(ANALYST_PASSWORD)
        if password is None or not self._api.works(_CURRENT, (self._analyst, password)):
            self._say(what, f"not looked at: {self._analyst} has a password of their own by now")
            return
        analyst = (self._analyst, password)
        if self._api.find(f"/api/v1/caseTemplate/{quote(case_template.NAME)}", auth=analyst):
            self._say(what, "there already")
            return
        self._api.ask("POST", "/api/v1/caseTemplate", case_template.body(), auth=analyst, accept=is_entity)
        self._say(what, "created")

    def connect(self, cortex_url: str, key: str) -> None:
        """Connect TheHive 5 to Cortex, beside the servers that it has already; raises FeederError.

        4.1 has the connection in its configuration file.
        """
        if self.is_4:
            self._say("Cortex", "connected by the configuration file")
            return
        path = "/api/v1/admin/config/cortex"
        # Not described either: where it can't be read, there is nothing to keep.
        read = self._api.ask(
            "GET",
            path,
            auth=self._admin,
            expect=(400, 404, 405),
            headers=_PLATFORM,
            accept=_is_configuration,
        )
        settings = read.body if read.ok and read.body else {}
        servers = [each for each in settings.get("servers") or () if isinstance(each, dict)]
        wanted = {"name": "Cortex", "url": cortex_url, "auth": {"type": "bearer", "key": key}}
        others = [each for each in servers if each.get("name") != wanted["name"]]
        if any(wanted.items() <= each.items() for each in servers):
            self._say("Cortex", "connected already")
            return
        body = {
            "statusCheckInterval": "1 minute",
            "refreshDelay": "5 seconds",
            "maxRetryOnError": 3,
            "jobTimeout": "3 hours",
            **{name: value for name, value in settings.items() if name != "servers"},
            "servers": [
                *others,
                {
                    **wanted,
                    "includedTheHiveOrganisations": ["*"],
                    "excludedTheHiveOrganisations": [],
                    "wsConfig": {},
                },
            ],
        }
        self._ask("PUT", path, body, headers=_PLATFORM, accept=_is_done)
        self._say("Cortex", "connected")

    @property
    def _connector(self) -> str:
        return "/api/connector/cortex" if self.is_4 else "/api/v1/connector/cortex"

    def _wait(self) -> bool:
        """Wait for the server; whether it is 4.1."""
        answer = self._api.get("/api/v1/status/public")
        version = answer.body.get("version") if answer and isinstance(answer.body, dict) else None
        if version is None:
            old = self._api.ask("GET", "/api/status", expect=(404,))
            version = old.version_of("TheHive")
            cortex = old.version_of("Cortex")
            if cortex is not None:
                raise Refusal(
                    f"THEHIVE_URL leads to Cortex {cortex}, not to TheHive: set it to TheHive's address."
                )
        if not isinstance(version, str) or not version.startswith(("4.1", "5.")):
            raise Refusal(f"THEHIVE_URL leads to no TheHive 5 or 4.1 (it says version {str(version)[:40]}).")
        self._say("is up", f"version {version} at {self._api.url}")
        return version.startswith("4.")

    def _secure_administrator(self, given: str | None) -> str:
        """The administrator's password, after the well-known one is changed."""
        for password in (self._vault.read(ADMIN_PASSWORD), given):
            if password and self._api.works(_CURRENT, (ADMIN, password)):
                self._say(f"administrator {ADMIN}", "password is not the well-known one")
                return password
        if not self._api.works(_CURRENT, (ADMIN, _WELL_KNOWN)):
            raise Refusal(
                f"TheHive's administrator {ADMIN} has a password that is not known here: "
                "set THEHIVE_ADMIN_PASSWORD to it."
            )
        # Written first: killed after the change, the next run has it.
        password = self._vault.password(ADMIN_PASSWORD)
        body = {"currentPassword": _WELL_KNOWN, "password": password}
        changed = self._api.ask(
            "POST",
            f"/api/v1/user/{ADMIN}/password/change",
            body,
            auth=(ADMIN, _WELL_KNOWN),
            expect=(400, 401),
        )
        # Refused after a lost answer, it may have been changed all the same.
        if not changed.ok and not self._api.works(_CURRENT, (ADMIN, password)):
            raise Refusal("TheHive does not change its administrator's password: look at TheHive's log.")
        self._say(f"administrator {ADMIN}", f"well-known password changed, in {ADMIN_PASSWORD}")
        return password

    def _check_user(self, login: str) -> None:
        """See that a user that is there is of this organisation; before anything is made."""
        found = (self._user(login) or {}).get("organisation", self._organisation)
        if found != self._organisation:
            raise Refusal(
                f"BOOTSTRAP_ORGANISATION is {self._organisation}, but TheHive's user {login} belongs to "
                f"{str(found)[:80]}: set it to that."
            )

    def _make_organisation(self) -> None:
        name = self._organisation
        what = f"organisation {name}"
        if self._api.find(f"/api/v1/organisation/{quote(name, safe='')}", auth=self._admin):
            self._say(what, "there already")
            return
        body = {"name": name, "description": "Scripts that Code Defender reports"}
        self._ask("POST", "/api/v1/organisation", body, expect=(400,), accept=is_entity)
        self._say(what, "created")

    def _make_person(self) -> None:
        """The analyst, whose password is never changed after it was given."""
        what = f"user {self._analyst} (org-admin)"
        if self._user(self._analyst) is not None:
            self._say(what, "there already")
            return
        password = self._vault.password(ANALYST_PASSWORD)
        self._create_user(self._analyst, "Analyst", "org-admin", password=password)
        self._say(what, f"created, password in {ANALYST_PASSWORD}")

    def _make_service(self, login: str, file: str) -> None:
        """A user for a program, with a key."""
        what = f"user {login} (analyst)"
        created = self._user(login) is None
        if created:
            # Service accounts do not count for the licence, and nobody can log in as one.
            kind = {} if self.is_4 else {"type": "Service"}
            self._create_user(login, login.partition("@")[0].title(), "analyst", **kind)
        key = self._vault.read(file)
        if key is not None and self._api.works(_CURRENT, key):
            self._say(what, "there already")
            return
        renewed = self._ask("POST", f"/api/v1/user/{login}/key/renew", accept=is_key)
        self._vault.keep(file, renewed.strip())
        self._say(what, f"{'created, ' if created else ''}new key in {file}")

    def _user(self, login: str) -> dict[str, Any] | None:
        return self._api.find(f"/api/v1/user/{quote(login, safe='@')}", auth=self._admin)

    def _create_user(self, login: str, name: str, profile: str, **more: str) -> None:
        body = {"login": login, "name": name, "profile": profile, "organisation": self._organisation, **more}
        self._ask("POST", "/api/v1/user", body, accept=is_entity)

    def _content(self, path: str) -> Any:
        answer = self._api.get(path, auth=self._admin)
        return answer.body if answer else None

    def _ask(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        return self._api.ask(method, path, body, auth=self._admin, **options).body


def _is_configuration(body: Any) -> bool:
    return body == "" or isinstance(body, dict)


def _is_done(body: Any) -> bool:
    """Whether it is what a server says that has taken a configuration: nothing, or what it has now."""
    return body == "" or (isinstance(body, dict) and "servers" in body)
