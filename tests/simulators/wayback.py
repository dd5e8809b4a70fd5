"""A simulated Wayback Machine: its CDX server.

Shapes: internetarchive/wayback, "wayback-cdx-server". Nothing known is `[]`, an error is a web page::

    wayback.capture("https://cdn.example.com/a.js", "20250920080000", b"…")
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from .server import Reply, Request, Simulator

COLUMNS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")


class Wayback(Simulator):
    """The service. minute: how many more questions it takes, None for any number; blocked: URLs it hides."""

    def __init__(self, **options: Any) -> None:
        self.captures: list[dict[str, str]] = []
        self.minute: int | None = None
        self.blocked: set[str] = set()
        super().__init__(**options)

    def capture(self, url: str, timestamp: str, body: bytes, status: str = "200") -> None:
        """Let a capture be there."""
        digest = base64.b32encode(hashlib.sha1(body).digest()).decode()
        row = ("-", timestamp, url, "application/javascript", status, digest, str(len(body)))
        self.captures.append(dict(zip(COLUMNS, row, strict=True)))

    def routes(self) -> None:
        """The one path that an analyzer asks for; `/save/` would visit the host."""
        self.route("GET", r"/cdx/search/cdx", self.search)

    def unknown(self, request: Request) -> Reply:
        """A path that is not there."""
        return page(404, "Not Found")

    def before(self, request: Request) -> Reply | None:
        """30 questions a minute; who insists is locked out."""
        with self.lock:
            if self.minute is not None:
                if self.minute <= 0:
                    return page(429, "Too Many Requests")
                self.minute -= 1
        return None

    def search(self, request: Request) -> Reply:
        """GET /cdx/search/cdx with `output=json`: rows in time's order, the first names the columns."""
        query = request.query
        if not query.get("url") or query.get("output") != "json":
            return page(400, "Bad Request")
        if query["url"] in self.blocked:
            reply = page(403, "Blocked Site Error")
            reply.headers["X-Archive-Wayback-Runtime-Error"] = (
                "AdministrativeAccessControlException: Blocked Site Error"
            )
            return reply
        rows = sorted(
            (row for row in self.captures if row["original"] == query["url"]), key=lambda r: r["timestamp"]
        )
        name, _, wanted = query.get("filter", "").partition(":")
        rows = [row for row in rows if not name or row[name] == wanted]
        field = query.get("collapse")
        if field:
            # Only neighbours are collapsed.
            rows = [row for at, row in enumerate(rows) if at == 0 or rows[at - 1][field] != row[field]]
        limit = int(query.get("limit", "150000"))
        rows = rows[limit:] if limit < 0 else rows[:limit]
        columns = query.get("fl", ",".join(COLUMNS)).split(",")
        return Reply(200, [columns, *([row[c] for c in columns] for row in rows)] if rows else [])


def page(status: int, said: str) -> Reply:
    """An error as the archive shows it."""
    return Reply(status, f"<html><body><h1>{said}</h1></body></html>", {"Content-Type": "text/html"})
