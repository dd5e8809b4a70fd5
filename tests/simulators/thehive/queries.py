"""`POST /api/v1/query`: chains of operations over what the store holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from simulators.server import Reply, Request
from simulators.thehive.bodies import problem
from simulators.thehive.query import BadQuery, matches, sort_key
from simulators.thehive.store import Entity, public

if TYPE_CHECKING:
    from simulators.thehive.server import TheHive


class Queries:
    """The Query API."""

    def __init__(self, hive: TheHive) -> None:
        self.hive = hive

    def add_routes(self) -> None:
        """Its one path."""
        self.hive.user_route("POST", "/api/v1/query", self._run)

    def _run(self, user: Entity, request: Request) -> Reply:
        body = request.json()
        operations = body["query"]
        try:
            found: Any = self._start(user, operations[0])
            headers: dict[str, str] = {}
            extra: list[str] = []
            for operation in operations[1:]:
                if operation.get("_name") == "page":
                    extra = operation.get("extraData", [])
                if "total" in operation.get("extraData", []):
                    headers["X-Total"] = str(len(found))
                found = self._apply(user, found, operation)
        except BadQuery as bad:
            return problem(400, bad.kind, bad.message)
        if isinstance(found, list):
            left_out = set(body.get("excludeFields", [])) if not self.hive.is_4 else set()
            found = [
                {name: value for name, value in self._shown(each, extra).items() if name not in left_out}
                for each in found
            ]
        return Reply(200, found, headers)

    def _start(self, user: Entity, operation: dict[str, Any]) -> list[Entity]:
        store, name = self.hive.store, operation["_name"]
        collections: dict[str, dict[str, Entity]] = {
            "Alert": store.alerts,
            "Case": store.cases,
            "Observable": store.observables,
            "Job": store.jobs,
            "Action": store.actions,
            "CaseTemplate": store.case_templates,
            "User": store.users,
            "Organisation": store.organisations,
        }
        kind = name[4:] if name.startswith("list") else name[3:]
        if kind not in collections or not name.startswith(("list", "get")):
            raise BadQuery("AttributeCheckingError", f"[Invalid format for _name: {name}, expected query]")
        visible = [
            each
            for each in list(collections[kind].values())
            if each[".organisation"] == user["organisation"] or user["organisation"] == "admin"
        ]
        if name.startswith("list"):
            return visible
        wanted = operation["idOrName"]
        return [
            each for each in visible if wanted in {each["_id"], each.get("name"), str(each.get("number"))}
        ]

    def _apply(self, user: Entity, found: list[Entity], operation: dict[str, Any]) -> Any:
        name = operation["_name"]
        if name == "filter":
            condition = {key: value for key, value in operation.items() if key != "_name"}
            if condition.keys() == {"_or"} and all(each.keys() == {"_id"} for each in condition["_or"]):
                ids = {each["_id"] for each in condition["_or"]}
                return [each for each in found if each["_id"] in ids]
            return [each for each in found if matches(each, condition, self.hive.is_4)]
        if name == "sort":
            for order in reversed(operation["_fields"]):
                for field, way in order.items():
                    found = sorted(
                        found,
                        key=lambda each, field=field: sort_key(each, field, self.hive.is_4),  # type: ignore[misc]
                        reverse=way == "desc",
                    )
            return found
        if name == "page":
            return found[operation["from"] : operation["to"]]
        if name == "count":
            return len(found)
        if name == "limitedCount":
            return {"count": len(found), "limitReached": False}
        return list(self._related(found, name))

    def _related(self, found: list[Entity], name: str) -> Iterable[Entity]:
        store = self.hive.store
        ids = {each["_id"] for each in found}
        if name == "observables":
            return [each for each in list(store.observables.values()) if each[".parent"] in ids]
        if name == "jobs":
            return [each for each in list(store.jobs.values()) if each[".observable"] in ids]
        if name == "comments" and not self.hive.is_4:
            return [comment for each in found for comment in self.hive.comments.of(each)]
        if name == "alerts":
            return [each for each in list(store.alerts.values()) if each.get("caseId") in ids]
        if name == "case":
            wanted = {each.get("caseId") or each.get(".parent") for each in found}
            return [each for each in list(store.cases.values()) if each["_id"] in wanted]
        if name == "alert":
            wanted = {each.get(".parent") for each in found}
            return [each for each in list(store.alerts.values()) if each["_id"] in wanted]
        raise BadQuery("AttributeCheckingError", f"[Invalid format for _name: {name}, expected query]")

    def _shown(self, entity: Entity, extra: list[str]) -> Entity:
        if entity["_type"] == "Alert":
            return self.hive.alerts.shown(entity)
        if entity["_type"] == "Case":
            return self.hive.cases.shown(entity)
        if entity["_type"] == "case_artifact_job":
            return self.hive.connector.shown_job(entity)
        if entity["_type"] == "Comment":
            return self.hive.comments.shown(entity)
        if entity["_type"] == "Observable" and "links" in extra:
            return {**public(entity), "extraData": {"links": self._links(entity)}}
        return public(entity)

    def _links(self, observable: Entity) -> Entity:
        """What an observable belongs to, whole, in v0 form (recorded)."""
        parent = observable[".parent"]
        if parent in self.hive.store.alerts:
            return {"alert": self.hive.alerts.shown_v0(self.hive.store.alerts[parent]) | {"artifacts": []}}
        case = self.hive.store.cases.get(parent)
        return {"case": {**public(case), "id": parent, "_type": "case"}} if case else {}
