"""Observables of alerts and cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulators.server import Reply, Request
from simulators.thehive import bodies
from simulators.thehive.alerts import change_tags
from simulators.thehive.bodies import Refused
from simulators.thehive.store import LABELS, Entity, now, public

if TYPE_CHECKING:
    from simulators.thehive.server import TheHive

# As a new 4.1.24 lists them.
DATA_TYPES = {"url", "hash", "mail-subject", "registry", "ip", "fqdn", "mail", "regexp", "autonomous-system"}
DATA_TYPES |= {"user-agent", "filename", "uri_path", "other", "file", "hostname", "domain"}
_CHANGEABLE = {"dataType", "message", "tlp", "tags", "ioc", "sighted"}
_CHANGEABLE_5 = _CHANGEABLE | {"pap", "ignoreSimilarity", "sightedAt"}


class Observables:
    """The observable endpoints; an observable has one parent, an alert or a case."""

    def __init__(self, hive: TheHive) -> None:
        self.hive = hive

    def add_routes(self) -> None:
        """The paths that this TheHive has."""
        route = self.hive.user_route
        word = "artifact" if self.hive.is_4 else "observable"
        route("POST", f"/api/v1/alert/([^/]+)/{word}", self._create_in_alert, "manageAlert")
        route("POST", "/api/v1/case/([^/]+)/observable", self._create_in_case, "manageObservable")
        route("GET", "/api/v1/observable/([^/]+)", self._get)
        route("PATCH", "/api/v1/observable/([^/]+)", self._change, "manageObservable")

    def check(self, body: dict[str, Any]) -> None:
        """400 or 404 for what this TheHive does not take."""
        bodies.check_required(body, "dataType")
        bodies.check_types(body)
        if not self.hive.is_4:
            bodies.check_limits(body)
        if body["dataType"] not in DATA_TYPES:
            raise Refused(404, "NotFoundError", f"ObservableType {body['dataType']} not found")

    def add(self, user: Entity, parent: Entity, body: dict[str, Any]) -> Entity | None:
        """Store one; None where the parent has it already (4.1 stores it once, says nothing)."""
        for other in self.hive.store.observables_of(parent["_id"]):
            if (other["dataType"], other["data"]) == (body["dataType"], body["data"]):
                return None
        observable = self.hive.store.new(
            "Observable",
            user["login"],
            user["organisation"],
            dataType=body["dataType"],
            data=body["data"],
            startDate=now(),
            tlp=body.get("tlp", 2),
            tags=list(dict.fromkeys(body.get("tags", []))),
            ioc=body.get("ioc", False),
            sighted=body.get("sighted", False),
            reports=dict(body.get("reports", {})),
            message=body.get("message"),
            extraData={},
            **{".parent": parent["_id"]},
        )
        if not self.hive.is_4:
            observable |= {"pap": body.get("pap", 2), "external": False}
            observable["ignoreSimilarity"] = body.get("ignoreSimilarity", False)
            _label(observable)
        self.hive.store.observables[observable["_id"]] = observable
        return observable

    def shown_v0(self, observable: Entity) -> Entity:
        """An observable in 4.1's v0 form."""
        names = ("_id", "dataType", "data", "startDate", "tlp", "tags", "ioc", "sighted", "reports")
        shown = {name: observable[name] for name in names}
        if observable.get("message") is not None:
            shown["message"] = observable["message"]
        return {
            **shown,
            "id": observable["_id"],
            "createdBy": observable["_createdBy"],
            "createdAt": observable["_createdAt"],
            "_type": "case_artifact",
            "stats": {},
        }

    def find(self, user: Entity, name: str) -> Entity:
        """An observable by id; 404 where there is none."""
        observable = self.hive.store.observables.get(name)
        if observable is None or observable[".organisation"] != user["organisation"]:
            raise Refused(404, "NotFoundError", "Observable not found")
        return observable

    def _create_in_alert(self, user: Entity, request: Request, alert: str) -> Reply:
        parent = self.hive.store.alerts.get(alert)
        if parent is None:
            raise Refused(403, "AuthorizationError", "Operation not permitted")
        return self._create(user, parent, request.json())

    def _create_in_case(self, user: Entity, request: Request, case: str) -> Reply:
        parent = self.hive.store.cases.get(case)
        if parent is None:
            raise Refused(404, "NotFoundError", "Case not found")
        return self._create(user, parent, request.json())

    def _create(self, user: Entity, parent: Entity, body: dict[str, Any]) -> Reply:
        self.check(body)
        success, failure = [], []
        values = body["data"] if isinstance(body["data"], list) else [body["data"]]
        for data in values:
            made = self.add(user, parent, {**body, "data": data})
            if made is None:
                failure.append(
                    {"type": "CreateError", "message": "Observable already exists", "object": {"data": data}}
                )
            else:
                success.append(public(made))
        return Reply(207, {"success": success, "failure": failure}) if failure else Reply(201, success)

    def _get(self, user: Entity, request: Request, name: str) -> Reply:
        return Reply(200, public(self.find(user, name)))

    def _change(self, user: Entity, request: Request, name: str) -> Reply:
        observable, body = self.find(user, name), request.json()
        bodies.check_types(body)
        allowed = _CHANGEABLE if self.hive.is_4 else _CHANGEABLE_5
        if not self.hive.is_4:
            bodies.check_limits(body)
            change_tags(observable, body)
        observable |= {key: value for key, value in body.items() if key in allowed}
        if not self.hive.is_4:
            _label(observable)
        observable |= {"_updatedBy": user["login"], "_updatedAt": now()}
        return Reply(204)


def _label(observable: Entity) -> None:
    for name in ("tlp", "pap"):
        observable[f"{name}Label"] = LABELS[name][observable[name]]
