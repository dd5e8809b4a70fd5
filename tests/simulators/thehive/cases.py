"""Cases, and how alerts become part of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulators.server import Reply, Request
from simulators.thehive import bodies
from simulators.thehive.alerts import change_tags
from simulators.thehive.bodies import Refused
from simulators.thehive.store import LABELS, Entity, now, public

if TYPE_CHECKING:
    from simulators.thehive.server import TheHive

STAGES = {"New": "New", "InProgress": "InProgress"}
_CHANGEABLE = {
    "title",
    "description",
    "severity",
    "startDate",
    "tags",
    "flag",
    "tlp",
    "pap",
    "status",
    "summary",
}


class Cases:
    """The case endpoints."""

    def __init__(self, hive: TheHive) -> None:
        self.hive = hive

    def add_routes(self) -> None:
        """The paths that this TheHive has."""
        route = self.hive.user_route
        route("POST", "/api/v1/case", self._create, "manageCase")
        route("GET", "/api/v1/case/([^/]+)", self._get)
        route("PATCH", "/api/v1/case/([^/]+)", self._change, "manageCase")
        route("DELETE", "/api/v1/case/([^/]+)", self._delete, "manageCase")
        route("POST", "/api/v1/alert/([^/]+)/case", self._promote, "manageCase")
        if self.hive.is_4:
            route("POST", "/api/alert/([^/]+)/merge/([^/]+)", self._merge, "manageCase")
        else:
            route("POST", "/api/v1/alert/([^/]+)/merge/([^/]+)", self._merge, "manageCase")
            route("POST", "/api/v1/alert/([^/]+)/import/([^/]+)", self._merge, "manageCase")
            route("DELETE", "/api/v1/case/([^/]+)/alert/([^/]+)", self._unlink, "manageCase")

    def find(self, user: Entity, name: str) -> Entity:
        """A case by id or number; 404 where there is none."""
        for case in self.hive.store.cases.values():
            if name in {case["_id"], str(case["number"])} and case[".organisation"] == user["organisation"]:
                return case
        raise Refused(404, "NotFoundError", "Case not found")

    def shown(self, case: Entity) -> Entity:
        """A case in v1 form."""
        return {**public(case), "customFields": [], "extraData": {}}

    def create(self, user: Entity, body: dict[str, Any]) -> Entity:
        """Store a case."""
        case = self.hive.store.new(
            "Case",
            user["login"],
            user["organisation"],
            number=self.hive.store.next_case_number(),
            title=body["title"],
            description=body["description"],
            severity=body.get("severity", 2),
            startDate=body.get("startDate", now()),
            tags=list(dict.fromkeys(body.get("tags", []))),
            flag=body.get("flag", False),
            tlp=body.get("tlp", 2),
            pap=body.get("pap", 2),
            status="Open" if self.hive.is_4 else body.get("status", "New"),
            assignee=user["login"],
        )
        if not self.hive.is_4:
            case |= {"newDate": now(), "timeToDetect": 0, "access": {"_kind": "OrganisationAccessKind"}}
            _derive(case)
        self.hive.store.cases[case["_id"]] = case
        return case

    def _create(self, user: Entity, request: Request) -> Reply:
        body = request.json()
        bodies.check_required(body, "title", "description")
        bodies.check_types(body)
        if not self.hive.is_4:
            bodies.check_limits(body)
        return Reply(201, self.shown(self.create(user, body)))

    def _get(self, user: Entity, request: Request, name: str) -> Reply:
        return Reply(200, self.shown(self.find(user, name)))

    def _change(self, user: Entity, request: Request, name: str) -> Reply:
        case, body = self.find(user, name), request.json()
        bodies.check_types(body)
        if not self.hive.is_4:
            bodies.check_limits(body)
            stage = STAGES.get(body.get("status", ""), "Closed")
            bodies.check_closing(body, stage, self.hive.mandatory_fields)
            change_tags(case, body)
        allowed = _CHANGEABLE | {"resolutionStatus", "impactStatus"} if self.hive.is_4 else _CHANGEABLE
        case |= {key: value for key, value in body.items() if key in allowed}
        case |= {"_updatedBy": user["login"], "_updatedAt": now()}
        if self.hive.is_4:
            # Its source: a case that leaves Open has an end.
            case["endDate"] = now() if case["status"] != "Open" else None
        else:
            _derive(case)
            case["closedDate"] = case["endDate"] = now() if case["stage"] == "Closed" else None
        return Reply(204)

    def _promote(self, user: Entity, request: Request, name: str) -> Reply:
        alert = self.hive.alerts.find(user, name)
        body = request.json() if request.body else {}
        template = body.get("caseTemplate")
        with self.hive.store.lock:
            if alert.get("caseId"):
                if self.hive.is_4:
                    return Reply(201, self.shown(self.hive.store.cases[alert["caseId"]]))
                raise Refused(400, "BadRequest", "Alert is already imported")
            if template is not None and template not in self.hive.store.case_templates:
                if self.hive.is_4:
                    raise Refused(403, "AuthorizationError", "Unauthorized action")
                raise Refused(404, "NotFoundError", "CaseTemplate not found")
            given = {key: value for key, value in body.items() if key != "caseTemplate"}
            copied = ("title", "description", "severity", "tags", "tlp", "pap")
            case = self.create(user, {**{key: alert[key] for key in copied}, **given})
            case[".template"] = template
            self.take_in(user, alert, case)
        return Reply(201, self.shown(case))

    def _merge(self, user: Entity, request: Request, alert_name: str, case_name: str) -> Reply:
        alert, case = self.hive.alerts.find(user, alert_name), self.find(user, case_name)
        with self.hive.store.lock:
            if alert.get("caseId"):
                raise Refused(400, "BadRequest", "Alert is already imported")
            case["description"] += f"\n  \n#### Merged with alert #{alert['sourceRef']} {alert['title']}\n\n"
            case["tags"] = list(dict.fromkeys([*case["tags"], *alert["tags"]]))
            self.take_in(user, alert, case)
        return Reply(200, self.shown(case))

    def _unlink(self, user: Entity, request: Request, case_name: str, alert_name: str) -> Reply:
        alert, case = self.hive.alerts.find(user, alert_name), self.find(user, case_name)
        with self.hive.store.lock:
            if alert.get("caseId") != case["_id"]:
                raise Refused(404, "NotFoundError", "Alert not found")
            del alert["caseId"]
            alert |= {"status": "New", "stage": "New"}
        return Reply(204)

    def _delete(self, user: Entity, request: Request, name: str) -> Reply:
        case, store = self.find(user, name), self.hive.store
        with store.lock:
            del store.cases[case["_id"]]
            for alert in store.alerts.values():
                if alert.get("caseId") == case["_id"]:
                    del alert["caseId"]
            for observable in store.observables_of(case["_id"]):
                del store.observables[observable["_id"]]
        return Reply(204)

    def take_in(self, user: Entity, alert: Entity, case: Entity) -> None:
        """Import an alert: the alert's observables are copied into the case, and the alert points to it."""
        for observable in self.hive.store.observables_of(alert["_id"]):
            self.hive.observables.add(user, case, observable)
        alert["caseId"] = case["_id"]
        if self.hive.is_4:
            alert["read"] = True
        else:
            alert |= {"status": "Imported", "stage": "Imported", "importedDate": now()}


def _derive(case: Entity) -> None:
    for name, labels in LABELS.items():
        case[f"{name}Label"] = labels[case[name]]
    case["stage"] = STAGES.get(case["status"], "Closed")
