"""Alerts: v1 for both TheHives, v0 for 4.1."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

from simulators.server import Reply, Request
from simulators.thehive import bodies
from simulators.thehive.bodies import Refused
from simulators.thehive.store import LABELS, Entity, now, public

if TYPE_CHECKING:
    from simulators.thehive.server import TheHive

STAGES = {"New": "New", "InProgress": "InProgress", "Pending": "InProgress", "Imported": "Imported"}
_CHANGEABLE = {
    "type",
    "source",
    "sourceRef",
    "title",
    "description",
    "severity",
    "date",
    "tags",
    "tlp",
    "pap",
    "follow",
}
_CHANGEABLE_5 = _CHANGEABLE | {"externalLink", "status", "summary", "assignee"}
_CHANGEABLE_4 = _CHANGEABLE | {"read"}


class Alerts:
    """The alert endpoints."""

    def __init__(self, hive: TheHive) -> None:
        self.hive = hive

    def add_routes(self) -> None:
        """The paths that this TheHive has."""
        route = self.hive.user_route
        route("POST", "/api/v1/alert", self._create_v1, "manageAlert")
        route("GET", "/api/v1/alert/([^/]+)", self._get)
        route("PATCH", "/api/v1/alert/([^/]+)", self._change, "manageAlert")
        # 4.1 deletes by the old path alone.
        root = "/api/alert" if self.hive.is_4 else "/api/v1/alert"
        route("DELETE", f"{root}/([^/]+)", self._delete, "manageAlert")
        if self.hive.is_4:
            route("POST", "/api/alert", self._create_v0, "manageAlert")
            for verb, read in (("read", True), ("unread", False)):
                route("POST", f"/api/v1/alert/([^/]+)/{verb}", lambda u, r, i, x=read: self._mark(u, i, x))

    def find(self, user: Entity, name: str) -> Entity:
        """An alert by id or by `type;source;sourceRef`; 404 where there is none."""
        alert = self.hive.store.alerts.get(name)
        if alert is None and name.count(";") == 2:
            wanted = name.split(";")
            alert = next(
                (
                    each
                    for each in self.hive.store.alerts.values()
                    if [each["type"], each["source"], each["sourceRef"]] == wanted
                ),
                None,
            )
        if alert is None or alert[".organisation"] != user["organisation"]:
            raise Refused(404, "NotFoundError", "Alert not found")
        return alert

    def _delete(self, user: Entity, request: Request, name: str) -> Reply:
        alert = self.find(user, name)
        with self.hive.lock:
            del self.hive.store.alerts[alert["_id"]]
        return Reply(204)

    def shown(self, alert: Entity) -> Entity:
        """An alert in v1 form."""
        count = len(self.hive.store.observables_of(alert["_id"]))
        return {**public(alert), "customFields": [], "observableCount": count, "extraData": {}}

    def create(
        self, user: Entity, body: dict[str, Any], observables: list[dict[str, Any]], late: float = 0.0
    ) -> Entity:
        """Store an alert with its observables, or nothing.

        Args:
            user: who asks.
            body: the alert.
            observables: those to store with it.
            late: on 4.1, seconds between the check for duplicates and the storing.
        """
        hive, organisation = self.hive, user["organisation"]
        reference = (organisation, body["type"], body["source"], body["sourceRef"])
        for observable in observables:
            if observable.get("data") in hive.refused_data:
                raise Refused(400, "BadRequest", f"Invalid observable {observable['data'][:40]}")
        # 4.1 was seen to store one reference several times when asked at once: it checks, then stores.
        with contextlib.nullcontext() if hive.is_4 else hive.store.lock:
            if reference in hive.store.references:
                named = ":".join(reference[1:])
                raise Refused(
                    400, "CreateError", f"Alert {named} already exist in organisation {organisation}"
                )
            if hive.is_4:
                time.sleep(late or hive.commit_seconds)
            hive.store.references.add(reference)
        alert = hive.store.new(
            "Alert",
            user["login"],
            organisation,
            type=body["type"],
            source=body["source"],
            sourceRef=body["sourceRef"],
            externalLink=body.get("externalLink"),
            title=body["title"],
            description=body["description"],
            severity=body.get("severity", 2),
            date=body.get("date", now()),
            tags=list(dict.fromkeys(body.get("tags", []))),
            tlp=body.get("tlp", 2),
            pap=body.get("pap", 2),
            follow=True,
        )
        if hive.is_4:
            alert["read"] = False
        else:
            _label(alert)
            alert |= {"status": body.get("status", "New"), "newDate": now(), "timeToDetect": 0}
            alert["stage"] = STAGES.get(alert["status"], "Closed")
        hive.store.alerts[alert["_id"]] = alert
        for observable in observables:
            hive.observables.add(user, alert, observable)
        return alert

    def _create_v1(self, user: Entity, request: Request) -> Reply:
        body = request.json()
        bodies.check_required(body, "type", "source", "sourceRef", "title", "description")
        bodies.check_types(body)
        if self.hive.is_4:
            bodies.check_required(body, "date")
            # 4.1 reads neither `observables` nor `artifacts` here.
            return Reply(201, self.shown(self.create(user, body, [])))
        bodies.check_limits(body)
        observables = body.get("observables", [])
        for observable in observables:
            self.hive.observables.check(observable)
        return Reply(201, self.shown(self.create(user, body, observables)))

    def _create_v0(self, user: Entity, request: Request) -> Reply:
        body = request.json()
        bodies.check_required(body, "type", "source", "sourceRef", "title", "description")
        bodies.check_types(body)
        observables = [each for each in body.get("artifacts", []) if each.get("data") is not None]
        for observable in observables:
            self.hive.observables.check(observable)
        return Reply(201, self.shown_v0(self.create(user, body, observables, request.late)))

    def _get(self, user: Entity, request: Request, name: str) -> Reply:
        return Reply(200, self.shown(self.find(user, name)))

    def _change(self, user: Entity, request: Request, name: str) -> Reply:
        alert, body = self.find(user, name), request.json()
        bodies.check_types(body)
        if not self.hive.is_4:
            bodies.check_limits(body)
            stage = STAGES.get(body.get("status", ""), "Closed")
            bodies.check_closing(body, stage, self.hive.mandatory_fields)
        with self.hive.store.lock:
            allowed = _CHANGEABLE_4 if self.hive.is_4 else _CHANGEABLE_5
            alert |= {key: value for key, value in body.items() if key in allowed}
            if not self.hive.is_4:
                change_tags(alert, body)
                _label(alert)
                alert["stage"] = STAGES.get(alert["status"], "Closed")
                alert["closedDate"] = now() if alert["stage"] == "Closed" else None
            alert |= {"_updatedBy": user["login"], "_updatedAt": now()}
        return Reply(204)

    def _mark(self, user: Entity, name: str, read: bool) -> Reply:
        self.find(user, name)["read"] = read
        return Reply(204)

    def shown_v0(self, alert: Entity) -> Entity:
        """An alert in v0 form."""
        status = "Imported" if alert.get("caseId") else "Ignored" if alert.get("read") else "New"
        artifacts = [
            self.hive.observables.shown_v0(each) for each in self.hive.store.observables_of(alert["_id"])
        ]
        copied = ("_id", "type", "source", "sourceRef", "title", "description", "severity", "date", "tags")
        return {
            **{name: alert[name] for name in (*copied, "tlp", "pap", "follow")},
            "id": alert["_id"],
            "createdBy": alert["_createdBy"],
            "updatedBy": alert.get("_updatedBy"),
            "createdAt": alert["_createdAt"],
            "updatedAt": alert.get("_updatedAt"),
            "_type": "alert",
            "externalLink": alert.get("externalLink"),
            "case": alert.get("caseId"),
            "status": status,
            "customFields": {},
            "caseTemplate": None,
            "artifacts": artifacts,
            "similarCases": [],
        }


def change_tags(entity: Entity, body: dict[str, Any]) -> None:
    """TheHive 5's `addTags` and `removeTags`."""
    kept = [tag for tag in entity["tags"] if tag not in body.get("removeTags", [])]
    entity["tags"] = list(dict.fromkeys([*kept, *body.get("addTags", [])]))


def _label(entity: Entity) -> None:
    for name, labels in LABELS.items():
        entity[f"{name}Label"] = labels[entity[name]]
