"""Comments on alerts and cases: TheHive 5 only (its OpenAPI description)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.server import Reply, Request
from simulators.thehive import bodies
from simulators.thehive.store import Entity, now, public

if TYPE_CHECKING:
    from simulators.thehive.server import TheHive


class Comments:
    """The comment endpoints; a comment has one parent, an alert or a case."""

    def __init__(self, hive: TheHive) -> None:
        self.hive = hive

    def add_routes(self) -> None:
        """The paths that this TheHive has."""
        if not self.hive.is_4:
            route = self.hive.user_route
            route("POST", "/api/v1/alert/([^/]+)/comment", self._on_alert, "manageComment")
            route("POST", "/api/v1/case/([^/]+)/comment", self._on_case, "manageComment")

    def of(self, parent: Entity) -> list[Entity]:
        """The comments on an alert or a case, the oldest first."""
        return [each for each in list(self.hive.store.comments.values()) if each[".parent"] == parent["_id"]]

    def shown(self, comment: Entity) -> Entity:
        """A comment in v1 form: its dates have no underscore."""
        return {name: value for name, value in public(comment).items() if name[:2] not in {"_c", "_u"}}

    def _on_alert(self, user: Entity, request: Request, name: str) -> Reply:
        return self._create(user, request, self.hive.alerts.find(user, name))

    def _on_case(self, user: Entity, request: Request, name: str) -> Reply:
        return self._create(user, request, self.hive.cases.find(user, name))

    def _create(self, user: Entity, request: Request, parent: Entity) -> Reply:
        body = request.json()
        bodies.check_required(body, "message")
        bodies.check_types(body)
        bodies.check_limits(body)
        comment = self.hive.store.new(
            "Comment",
            user["login"],
            user["organisation"],
            createdBy=user["login"],
            createdAt=now(),
            message=body["message"],
            isEdited=False,
            external=body.get("external", False),
            extraData={},
            **{".parent": parent["_id"]},
        )
        self.hive.store.comments[comment["_id"]] = comment
        return Reply(201, self.shown(comment))
