"""Simulated registries (RDAP), IANA's bootstrap file that names them, and a list of known skimmer hosts.

Shapes: RFC 9224 (bootstrap), RFC 7480 (HTTP), RFC 9083 (records); maltrail's static trails. A registry knows
registrable domains only, refuses unknown agents where told to, and sends on what another one holds::

    registries.domains["fresh-analytics.example"] = record("fresh-analytics.example", age_days=3)
"""

from __future__ import annotations

import time
from typing import Any

from .server import Reply, Request, Simulator

JSON = {"Content-Type": "application/rdap+json"}
TOPS = ("com", "net", "org", "example", "test", "top", "link", "xn--p1ai")
HEADER = "# Copyright (c) 2014-2026 Maltrail developers (https://github.com/stamparm/maltrail/)\n\n"


def record(
    name: str, age_days: float | None = 400, registrar: str | None = "Simulated Registrar, Inc."
) -> Any:
    """A domain's record; without a registration event where `age_days` is None."""
    now = time.time()

    def event(action: str, days: float) -> dict[str, str]:
        at = time.gmtime(now - days * 86_400)
        return {"eventAction": action, "eventDate": time.strftime("%Y-%m-%dT%H:%M:%SZ", at)}

    events = [event("last changed", 1), event("last update of RDAP database", 0)]
    if age_days is not None:
        events = [event("registration", age_days), event("expiration", age_days - 365), *events]
    card = ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", registrar]]]
    abuse = {
        "objectClassName": "entity",
        "roles": ["abuse"],
        "vcardArray": ["vcard", [["fn", {}, "text", "Abuse"]]],
    }
    entity = {
        "objectClassName": "entity",
        "handle": "1068",
        "roles": ["registrar"],
        "publicIds": [{"type": "IANA Registrar ID", "identifier": "1068"}],
        "vcardArray": card,
        "entities": [abuse],
    }
    return {
        "objectClassName": "domain",
        "handle": f"{name.upper()}-SIM",
        "ldhName": name.upper(),
        "status": ["client transfer prohibited"],
        "events": events,
        "entities": [{"objectClassName": "entity", "roles": ["technical"]}, *([entity] if registrar else [])],
        "secureDNS": {"delegationSigned": False},
        "links": [{"rel": "related", "href": f"https://rdap.registrar.example/domain/{name}"}],
        "rdapConformance": ["rdap_level_0"],
        "notices": [{"title": "Terms of Use", "description": ["Service subject to Terms of Use."]}],
    }


class Registries(Simulator):
    """All of them on one server, each below a path of its own: `/<top-level domain>/`.

    Attributes:
        domains: what they hold, by registrable name.
        tops: the top-level domains that the bootstrap file has.
        moved: name → where its registry sends the question on to.
        replies: name → what its registry says in place of an answer.
        agents: that registries answer; empty for all.
        skimmers: the list, as its maintainers write it.
    """

    def __init__(self, **options: Any) -> None:
        self.domains: dict[str, Any] = {}
        self.tops: list[str] = list(TOPS)
        self.moved: dict[str, str] = {}
        self.replies: dict[str, Reply] = {}
        self.agents: tuple[str, ...] = ()
        self.skimmers: str | None = None
        super().__init__(**options)

    @property
    def bootstrap_url(self) -> str:
        """Where the bootstrap file is."""
        return f"{self.url}/rdap/dns.json"

    @property
    def list_url(self) -> str:
        """Where the list is."""
        return f"{self.url}/trails/static/malicious/magentocore.txt"

    def routes(self) -> None:
        """The bootstrap file, the list, and the registries' one path."""
        self.route("GET", r"/rdap/dns\.json", self.bootstrap)
        self.route("GET", r"/trails/static/malicious/magentocore\.txt", self.list)
        self.route("GET", r"/([a-z0-9-]+)/domain/([^/]+)", self.domain)

    def unknown(self, request: Request) -> Reply:
        """A path that a registry does not have: often a web page."""
        return Reply(404, "<!doctype html><title>Not Found</title>", {"Content-Type": "text/html"})

    def bootstrap(self, request: Request) -> Reply:
        """GET dns.json, with a registry that has but an http address of another kind, as .kg has one."""
        host = request.headers.get("host", f"{self.host}:{self.port}")
        services = [[[top], [f"http://{host}/{top}/"]] for top in self.tops]
        body = {
            "description": "RDAP bootstrap file for Domain Name System registrations",
            "publication": "2026-11-20T02:00:03Z",
            "version": "1.0",
            "services": services,
        }
        return Reply(200, body)

    def list(self, request: Request) -> Reply:
        """GET the list: text, also where there is nothing (`404: Not Found`)."""
        if self.skimmers is None:
            return Reply(404, "404: Not Found")
        return Reply(200, HEADER + self.skimmers)

    def domain(self, request: Request, top: str, name: str) -> Reply:
        """GET domain/{name}."""
        if self.agents and not request.headers.get("user-agent", "").startswith(self.agents):
            return Reply(403, "<html><h1>403 Forbidden</h1></html>", {"Content-Type": "text/html"})
        if name in self.replies:
            return self.replies[name]
        if name in self.moved:
            return Reply(302, None, {"Location": self.moved[name]})
        if name != name.lower() or not name.endswith(f".{top}"):
            return self._error(400, "Bad Request")
        if name not in self.domains:
            return self._error(404, "Not Found")
        return Reply(200, self.domains[name], dict(JSON))

    @staticmethod
    def _error(status: int, title: str) -> Reply:
        body = {"errorCode": status, "title": title, "description": [f"The server says: {title}."]}
        return Reply(status, body, dict(JSON))
