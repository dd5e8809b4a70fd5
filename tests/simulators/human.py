"""A simulated HUMAN, Code Defender's API: incidents as its own MCP server reads them, and deny lists.

Shapes: the published types of `human-mcp-server`, docs.perimeterx.com "Get incidents", "Update a deny list".
It is strict: what is not documented is refused. Two roots in one: `/v1/code-defender/…` is that of
api.humansecurity.com, `/v1/incidents` and `/v1/deny-lists` are those of api-gw.perimeterx.com::

    human.known = [incident("https://cdn.example.com/a.js", "shop.example")]
"""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qs

from .server import Reply, Request, Simulator


def iso(days_ago: float) -> str:
    """A moment as HUMAN writes it."""
    moment = datetime.fromtimestamp(time.time() - days_ago * 86_400, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def action(target: str | None = None, element: str | None = None, **more: Any) -> dict[str, Any]:
    """What a script did."""
    given = {"Target URL Host": target, "Element Name": element}
    return {
        "type": "Network" if target else "DOM",
        "subtype": "Request" if target else "Data access",
        "last_seen": iso(1),
        "action_args": {name: value for name, value in given.items() if value},
    } | more


def incident(
    script: str, site: str, risk: str = "High", days_ago: float = 1, number: int = 1, **more: Any
) -> dict[str, Any]:
    """One incident; `id` is in the older API's answers only."""
    return {
        "id": f"{number:024x}",
        "category": "Deviation",
        "incident": "PII access",
        "details": "A new script reads a payment field",
        "initiator": script.removeprefix("https://"),
        "first_seen": iso(days_ago + 2),
        "last_seen": iso(days_ago),
        "host_domain": site,
        "app_id": "PX12345678",
        "page_types": ["checkout"],
        "page_types_per": {"checkout": 1.4},
        "risk_level": risk,
        "under_review": False,
        "script": {
            "key": f"{number:032x}",
            "id": script,
            "type": "third_party",
            "vendor": "Unknown",
            "first_seen": iso(days_ago + 2),
            "users_affected_percentage": 0.4,
            "ack": False,
            "risk": {"level": risk, "reason": "Reads card data"},
        },
        "actions": [action(element="cc-number"), action("collect.evil.example")],
    } | more


class Human(Simulator):
    """The service.

    token: the one that is accepted. known: all incidents, newest first. denied: bodies that were posted to
    the deny list. most: the largest `take` that is answered.
    """

    def __init__(self, **options: Any) -> None:
        self.token = "human-" + "8" * 40
        self.known: list[dict[str, Any]] = []
        self.denied: list[dict[str, Any]] = []
        self.most = 50
        super().__init__(**options)

    def routes(self) -> None:
        """The paths that are documented."""
        self.route("GET", r"/v1/code-defender/defense/incidents", self.typed)
        self.route("GET", r"/v1/incidents", self.documented)
        self.route("GET", r"/v1/deny-lists", self.deny_list)
        self.route("POST", r"/v1/deny-lists", self.deny)

    def before(self, request: Request) -> Reply | None:
        """The token."""
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return Reply(401, {"message": "Unauthorized"})
        return None

    def typed(self, request: Request) -> Reply:
        """GET /code-defender/defense/incidents: without ids."""
        return self._page(request, lambda row: {k: v for k, v in row.items() if k != "id"})

    def documented(self, request: Request) -> Reply:
        """GET /incidents."""
        return self._page(request, dict)

    def _page(self, request: Request, shown: Any) -> Reply:
        asked = parse_qs(request.raw_query)
        apps, sites = asked.get("appId", []), asked.get("tld", [])
        if not apps or not sites:
            return Reply(400, {"message": "appId and tld are required"})
        try:
            start, end = int(asked["from"][0]), int(asked["to"][0])
            take, skip = int(asked.get("take", ["50"])[0]), int(asked.get("skip", ["0"])[0])
        except (KeyError, ValueError):
            return Reply(400, {"message": "from and to must be timestamps in milliseconds"})
        if start < 10**12 or end < start:
            return Reply(400, {"message": "from and to must be timestamps in milliseconds"})
        if take > self.most:
            return Reply(504, "<html><h1>504 Gateway Time-out</h1></html>", {"Content-Type": "text/html"})
        found = [
            row
            for row in self.known
            if row.get("app_id") in apps
            and row.get("host_domain") in sites
            and start <= _milliseconds(row.get("last_seen")) <= end
        ]
        paging = {"previous": "", "current": "http://10.0.0.7/x", "next": "http://10.0.0.7/y"}
        page = [shown(row) for row in found[skip : skip + take]]
        return Reply(200, {"paging": {**paging, "count": len(found)}, "data": page})

    def deny(self, request: Request) -> Reply:
        """POST /deny-lists."""
        body = request.json()
        ids = body.get("incidentIds") if isinstance(body, dict) else None
        if not isinstance(ids, list) or not ids:
            return Reply(400, {"message": "incidentIds is required"})
        if not set(ids) <= {row["id"] for row in self.known}:
            return Reply(404, {"message": "Incident not found"})
        with self.lock:
            self.denied.append(body)
        return Reply(200, {"message": "Successfully added to deny list"})

    def deny_list(self, request: Request) -> Reply:
        """GET /deny-lists?<appId>=<hostDomain>."""
        asked = parse_qs(request.raw_query)
        app, sites = next(((k, v) for k, v in asked.items() if k.startswith("PX")), ("", []))
        entries = [
            {
                "script": row["script"]["id"],
                "type": each["type"].lower(),
                "subtype": each["subtype"].lower().replace(" ", "_"),
                "action_args": each["action_args"],
                "last_seen": each["last_seen"],
                "block_updated_at": iso(0),
                "entity_key": row["script"]["key"],
                "updated_by": body.get("updatedBy"),
                "hit_count": 0,
                "comment": body.get("comment"),
            }
            for body in self.denied
            for row in self.known
            if row["id"] in body["incidentIds"] and row["app_id"] == app and row["host_domain"] in sites
            for each in row["actions"]
        ]
        data = (
            [{"app_id": app, "host_domain": sites[0], "count": len(entries), "data": entries}] if app else []
        )
        return Reply(200, {"paging": {"count": len(entries)}, "data": data})


def _milliseconds(written: Any) -> float:
    try:
        return datetime.fromisoformat(str(written).replace("Z", "+00:00")).timestamp() * 1000
    except ValueError:
        return 0.0
