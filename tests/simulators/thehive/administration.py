"""Organisations, users, passwords, keys, templates and, on 5, the connection to Cortex.

Sources: the recorded exchanges of 4.1.24, its source (UserCtrl, OrganisationCtrl, AnalyzerTemplateCtrl), and
5.7's OpenAPI description; `admin/config/cortex` as StrangeBee's set-up script uses it.
"""

from __future__ import annotations

import io
import re
import secrets
import zipfile
from email.message import EmailMessage
from email.parser import BytesParser
from typing import TYPE_CHECKING, Any

from simulators.server import Reply, Request
from simulators.thehive import bodies
from simulators.thehive.bodies import Refused
from simulators.thehive.store import FEEDER_PERMISSIONS, Entity, now, public

if TYPE_CHECKING:
    from simulators.thehive.server import TheHive

ADMIN, ADMIN_ORGANISATION, WELL_KNOWN = "admin@thehive.local", "admin", "secret"
PERMISSIONS: dict[str, list[str]] = {
    "admin": ["manageOrganisation", "manageUser", "managePlatform", "manageAnalyzerTemplate", "manageConfig"],
    "org-admin": [*FEEDER_PERMISSIONS, "manageUser", "manageCaseTemplate", "manageConfig"],
    "analyst": FEEDER_PERMISSIONS,
    "read-only": [],
}


class Administration:
    """What an administrator does.

    Attributes:
        configuration: of the connection to Cortex (5).
    """

    def __init__(self, hive: TheHive) -> None:
        self.hive = hive
        self.configuration: dict[str, Any] = {"servers": []}
        hive.add_organisation(ADMIN_ORGANISATION)
        hive.add_user(ADMIN, ADMIN_ORGANISATION, "admin", PERMISSIONS["admin"], None)
        hive.passwords[ADMIN] = WELL_KNOWN

    def add_routes(self) -> None:
        """The paths, with the permission that each needs."""
        platform = "manageAnalyzerTemplate" if self.hive.is_4 else "managePlatform"
        connector = "/api/connector/cortex" if self.hive.is_4 else "/api/v1/connector/cortex"
        for method, path, permission, handler in (
            ("POST", "/api/v1/organisation", "manageOrganisation", self._create_organisation),
            ("GET", "/api/v1/organisation/([^/]+)", None, self._organisation),
            ("POST", "/api/v1/user", "manageUser", self._create_user),
            ("GET", "/api/v1/user/([^/]+@[^/]+)", None, self._user),
            ("POST", "/api/v1/user/([^/]+)/password/change", None, self._change_password),
            ("POST", "/api/v1/user/([^/]+)/key/renew", "manageUser", self._renew_key),
            ("POST", "/api/v1/caseTemplate", "manageCaseTemplate", self._create_case_template),
            ("GET", "/api/v1/caseTemplate/([^/]+)", None, self._case_template),
            ("POST", f"{connector}/analyzer/template/_import", platform, self._import),
            ("GET", f"{connector}/analyzer/template/content/([^/]+)", None, self._content),
        ):
            self.hive.user_route(method, path, handler, permission)
        if not self.hive.is_4:
            path = "/api/v1/admin/config/cortex"
            self.hive.user_route("GET", path, lambda *_: Reply(200, self.configuration), platform)
            self.hive.user_route("PUT", path, self._configure, platform)

    def _create_organisation(self, user: Entity, request: Request) -> Reply:
        body = request.json()
        bodies.check_required(body, "name", "description")
        if body["name"] in self.hive.store.organisations:
            raise Refused(400, "CreateError", f"Organisation {body['name']} already exist")
        made = self.hive.add_organisation(body["name"])
        made["description"] = body["description"]
        return Reply(201, self._shown_organisation(made))

    def _organisation(self, user: Entity, request: Request, name: str) -> Reply:
        found = self.hive.store.organisations.get(name)
        if found is None:
            raise Refused(404, "NotFoundError", f"Organisation {name} not found")
        return Reply(200, self._shown_organisation(found))

    def _shown_organisation(self, organisation: Entity) -> Entity:
        if self.hive.is_4:
            return {**public(organisation), "_type": "organisation", "links": []}
        rules = {"taskRule": "manual", "observableRule": "manual", "locked": False, "extraData": {}}
        return {**public(organisation), **rules, "links": []}

    def _create_user(self, user: Entity, request: Request) -> Reply:
        body = request.json()
        bodies.check_required(body, "login", "name", "profile")
        if body["profile"] not in PERMISSIONS:
            raise Refused(404, "NotFoundError", f"Profile {body['profile']} not found")
        if body.get("organisation") not in self.hive.store.organisations:
            raise Refused(404, "NotFoundError", f"Organisation {body.get('organisation')} not found")
        if body["login"] in self.hive.store.users:
            raise Refused(400, "CreateError", f"User {body['login']} already exist in this organisation")
        permissions = PERMISSIONS[body["profile"]]
        made = self.hive.add_user(body["login"], body["organisation"], body["profile"], permissions, None)
        made |= {"name": body["name"], ".type": body.get("type", "Normal")}
        del made["_updatedBy"], made["_updatedAt"]
        if "password" in body:
            self.hive.passwords[body["login"]] = body["password"]
        return Reply(201, self._shown_user(made))

    def _user(self, user: Entity, request: Request, login: str) -> Reply:
        return Reply(200, self._shown_user(self._find(login)))

    def _find(self, login: str) -> Entity:
        if login not in self.hive.store.users:
            raise Refused(404, "NotFoundError", "User not found")
        return self.hive.store.users[login]

    def _shown_user(self, user: Entity) -> Entity:
        shown = {name: value for name, value in public(user).items() if name != "_type"}
        shown["hasPassword"] = user["login"] in self.hive.passwords
        return shown if self.hive.is_4 else {**shown, "type": user.get(".type", "Normal")}

    def _change_password(self, user: Entity, request: Request, login: str) -> Reply:
        body = request.json()
        bodies.check_required(body, "password", "currentPassword")
        if user["login"] != login:
            raise Refused(404, "NotFoundError", "User not found")
        if self.hive.passwords.get(login) != body["currentPassword"]:
            raise Refused(401, "AuthenticationError", "Authentication failure")
        self.hive.passwords[login] = body["password"]
        return Reply(204)

    def _renew_key(self, user: Entity, request: Request, login: str) -> Reply:
        owner = self._find(login)
        key = secrets.token_urlsafe(24)
        for old in [old for old, holder in self.hive.keys.items() if holder is owner]:
            del self.hive.keys[old]
        self.hive.keys[key] = owner
        owner["hasKey"] = True
        return Reply(200, key, {"Content-Type": "text/plain; charset=UTF-8"})

    def _create_case_template(self, user: Entity, request: Request) -> Reply:
        body = request.json()
        bodies.check_required(body, "name")
        if body["name"] in self.hive.store.case_templates:
            raise Refused(400, "CreateError", f"CaseTemplate {body['name']} already exist")
        tasks = [
            self.hive.store.new(
                "Task",
                user["login"],
                user["organisation"],
                **{"status": "Waiting", "flag": False, "mandatory": False, "extraData": {}, **task},
            )
            for task in body.get("tasks", [])
        ]
        made = self.hive.store.new(
            "CaseTemplate",
            user["login"],
            user["organisation"],
            **{"displayName": body["name"], "flag": False, "customFields": [], "extraData": {}, **body},
        )
        made["tasks"] = [public(task) for task in tasks]
        self.hive.store.case_templates[body["name"]] = made
        return Reply(201, public(made))

    def _case_template(self, user: Entity, request: Request, name: str) -> Reply:
        found = self.hive.store.case_templates.get(name)
        if found is None:
            raise Refused(404, "NotFoundError", "CaseTemplate not found")
        return Reply(200, public(found))

    def _import(self, user: Entity, request: Request) -> Reply:
        archive = _part(request, "templates")
        if archive is None:
            raise Refused(400, "AttributeCheckingError", "[Attribute templates is missing]")
        done = {}
        with zipfile.ZipFile(io.BytesIO(archive)) as file:
            for name in file.namelist():
                # As its code has it: what stands before the first slash or dot.
                analyzer = re.split(r"[/.]", name, maxsplit=1)[0]
                self.hive.store.report_templates[analyzer] = file.read(name).decode()
                done[analyzer] = True
        return Reply(200, done)

    def _content(self, user: Entity, request: Request, analyzer: str) -> Reply:
        found = self.hive.store.report_templates.get(analyzer)
        plain = {"Content-Type": "text/plain; charset=UTF-8"}
        if found is None:
            return Reply(404, f"AnalyzerTemplate {analyzer} not found", plain)
        return Reply(200, found, plain)

    def _configure(self, user: Entity, request: Request) -> Reply:
        self.configuration = {**request.json(), "updated": now()}
        for server in self.configuration["servers"]:
            self.hive.connect(server["url"], server["auth"]["key"])
        return Reply(204)


def _part(request: Request, name: str) -> bytes | None:
    """A file of a multipart body."""
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    message: Any = BytesParser(EmailMessage).parsebytes(head + request.body)
    for part in message.iter_parts() if message.is_multipart() else ():
        if part.get_param("name", header="Content-Disposition") == name:
            content: bytes = part.get_payload(decode=True)
            return content
    return None
