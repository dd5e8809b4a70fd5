"""A simulated urlscan.io, API v1: search, results, stored responses, quotas.

Shapes: docs.urlscan.io, "Search API Reference", "Result API Reference", "API Rate Limits". A key is wanted
for results and responses, not for searches; a query is ElasticSearch's, as far as it is asked here::

    urlscan.add(Scan("https://shop.example/", "2026-11-21T08:00:00.000Z", {"https://cdn.example/a.js": b"…"}))
"""

from __future__ import annotations

import hashlib
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .server import Reply, Request, Simulator

_CONDITION = re.compile(r'(NOT )?([a-z.]+):(?:"((?:[^"\\]|\\.)*)"|([0-9A-Za-z.-]+))')


@dataclass
class Scan:
    """A scan of a page. scripts: URL → what it served; gone: deleted after it was found."""

    page: str
    time: str
    scripts: dict[str, bytes]
    gone: bool = False
    status: int = 200
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def row(self, root: str) -> dict[str, Any]:
        """As a search shows it."""
        host = urlsplit(self.page).hostname
        return {
            "_id": self.id,
            "sort": [int(time.time() * 1000), self.id],
            "task": {"uuid": self.id, "time": self.time, "url": self.page, "visibility": "public"},
            "page": {"url": self.page, "domain": host, "status": "200", "mimeType": "text/html"},
            "stats": {"requests": len(self.scripts)},
            "result": f"{root}/api/v1/result/{self.id}/",
        }

    def matches(self, name: str, value: str) -> bool:
        """Whether one condition of a query holds; values are indexed in lower case."""
        if name == "hash":
            return value in map(_sha256, self.scripts.values())
        if name == "filename":
            return value in (url.partition("?")[0].rpartition("/")[2].lower() for url in self.scripts)
        if name == "domain":
            hosts = [urlsplit(url).hostname or "" for url in (self.page, *self.scripts)]
            return any(host == value or host.endswith("." + value) for host in hosts)
        return False


class Urlscan(Simulator):
    """The service.

    key: the one that is accepted. scans: all that are public. stored: SHA-256 → what is kept of a body,
    where that is not what was served. missing: SHA-256s that are not kept. minute: how many more 200s this
    minute has, None for any number.
    """

    def __init__(self, **options: Any) -> None:
        self.key = "us-" + "3" * 33
        self.scans: list[Scan] = []
        self.stored: dict[str, bytes] = {}
        self.missing: set[str] = set()
        self.minute: int | None = None
        self.reset_after = 41
        super().__init__(**options)

    def add(self, scan: Scan) -> Scan:
        """Let a scan be known."""
        self.scans.append(scan)
        return scan

    def routes(self) -> None:
        """The paths that an analyzer asks for."""
        self.route("GET", r"/api/v1/search/", self.search)
        self.route("GET", r"/api/v1/result/([^/]+)/", self.result)
        self.route("GET", r"/responses/([^/]+)/", self.response)
        self.route("GET", r"/api/v1/quotas", self.quotas)

    def before(self, request: Request) -> Reply | None:
        """The key, then the quota: only good answers count."""
        key = request.headers.get("api-key")
        if key is None and not request.path.startswith("/api/v1/search"):
            said = 'No API key supplied. Please supply a valid API key in the "api-key" HTTP header.'
            return error(401, said)
        if key is not None and key != self.key:
            return error(401, "API key is not valid")
        with self.lock:
            if self.minute is not None and request.path != "/api/v1/quotas":
                if self.minute <= 0:
                    return self._over_quota(request)
                self.minute -= 1
        return None

    def _over_quota(self, request: Request) -> Reply:
        action = "search" if "search" in request.path else "retrieve"
        headers = {"Scope": "user", "Action": action, "Window": "minute", "Limit": "60", "Remaining": "0"}
        headers["Reset-After"] = str(self.reset_after)
        reply = error(429, "Rate limit exceeded")
        reply.headers |= {f"X-Rate-Limit-{name}": value for name, value in headers.items()}
        return reply

    def unknown(self, request: Request) -> Reply:
        """A path that is not there."""
        return error(404, "Not Found")

    def search(self, request: Request) -> Reply:
        """GET /api/v1/search/: newest first; a bare word, which would search something else, is refused."""
        query = request.query.get("q", "")
        conditions = _CONDITION.findall(query)
        if _CONDITION.sub("", query).replace(" AND ", "").strip() or not conditions:
            return error(400, "ValidationError: the query could not be parsed")
        found = [
            scan
            for scan in sorted(self.scans, key=lambda scan: scan.time, reverse=True)
            if all(
                scan.matches(name, re.sub(r"\\(.)", r"\1", quoted or bare)) != bool(negated)
                for negated, name, quoted, bare in conditions
            )
        ]
        size = min(int(request.query.get("size", "100")), 10_000)
        shown = [scan.row(self.url) for scan in found[:size]]
        return Reply(200, {"results": shown, "total": len(found), "took": 41, "has_more": len(found) > size})

    def result(self, request: Request, name: str) -> Reply:
        """GET /api/v1/result/{id}/: each request with the hash of what came; a deleted scan is gone."""
        scan = next((scan for scan in self.scans if scan.id == name), None)
        if scan is None:
            return error(404, "Scan not found")
        if scan.gone:
            return error(410, "Scan was deleted")
        requests = [
            {
                "request": {"request": {"url": url, "method": "GET"}, "type": "Script"},
                "response": {
                    "response": {"status": scan.status, "mimeType": "text/javascript", "url": url},
                    "hash": _sha256(body),
                    "size": len(body),
                },
            }
            for url, body in scan.scripts.items()
        ]
        # Chrome's own noise: a request that failed has no response.
        requests.insert(0, {"request": {"request": {"url": scan.page}, "type": "Document"}})
        hashes = [_sha256(body) for body in scan.scripts.values()]
        lists = {"urls": list(scan.scripts), "hashes": hashes}
        return Reply(200, {"task": {"uuid": name}, "data": {"requests": requests}, "lists": lists})

    def response(self, request: Request, digest: str) -> Reply:
        """GET /responses/{sha256}/: the body as text, where it is kept."""
        if digest not in self.missing:
            for scan in self.scans:
                for body in scan.scripts.values():
                    if _sha256(body) == digest:
                        kept = self.stored.get(digest, body)
                        return Reply(200, kept, {"Content-Type": "text/plain; charset=utf-8"})
        return error(404, "Response not found")

    def quotas(self, request: Request) -> Reply:
        """GET /api/v1/quotas."""
        minute = {"limit": 60, "used": 0, "remaining": self.minute, "percent": 0}
        return Reply(200, {"source": "user", "limits": {"search": {"minute": minute}}})


def error(status: int, message: str) -> Reply:
    """urlscan.io's error object."""
    return Reply(status, {"message": message, "status": status, "errors": [{"title": message}]})


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
