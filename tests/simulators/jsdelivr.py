"""A simulated jsDelivr data API: the look-up of a hash, and listings.

Shapes: jsdelivr/data.jsdelivr.com. A hash is known only where somebody once asked the CDN for the file::

    jsdelivr.ask_once("npm", "jquery", "3.7.1", "dist/jquery.min.js", b"…")
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from .server import Reply, Request, Simulator


class JsDelivr(Simulator):
    """The service. hashes: SHA-256 → the answer. listings: `name@version` → path → bytes. large: too big."""

    def __init__(self, **options: Any) -> None:
        self.hashes: dict[str, dict[str, str]] = {}
        self.listings: dict[str, dict[str, bytes]] = {}
        self.large: set[str] = set()
        super().__init__(**options)

    def ask_once(self, kind: str, name: str, version: str, file: str, body: bytes) -> None:
        """Somebody asks for a file; of equal files the first that was asked for is named from then on."""
        digest = hashlib.sha256(body).hexdigest()
        self.hashes.setdefault(digest, {"type": kind, "name": name, "version": version, "file": f"/{file}"})

    def routes(self) -> None:
        """The paths that an analyzer asks for."""
        self.route("GET", r"/v1/lookup/hash/([^/]+)", self.lookup)
        self.route("GET", r"/v1/packages/npm/((?:@[^/]+/)?[^/]+)", self.listing)

    def unknown(self, request: Request) -> Reply:
        """A path that the API does not have."""
        return Reply(404, {"status": 404, "message": "Not Found"})

    def lookup(self, request: Request, digest: str) -> Reply:
        """GET /v1/lookup/hash/{sha256}."""
        if not re.fullmatch(r"[0-9a-fA-F]{64}", digest):
            said = "Invalid parameter value: must be a hex-encoded sha256 hash."
            return Reply(400, {"status": 400, "message": said, "links": {}})
        found = self.hashes.get(digest.lower())
        if found is None:
            return Reply(404, {"status": 404, "message": f"Couldn't find {digest}."})
        return Reply(200, found)

    def listing(self, request: Request, spec: str) -> Reply:
        """GET /v1/packages/npm/{name}@{version}?structure=flat."""
        name, _, version = spec.rpartition("@")
        if spec in self.large:
            said = "Package size exceeded the configured limit of 150 MB."
            return Reply(403, {"status": 403, "message": said})
        if spec not in self.listings:
            said = f"Couldn't find version {version} for {name}. Make sure you use a specific version number."
            return Reply(404, {"status": 404, "message": said})
        files = [
            {
                "name": f"/{path}",
                "hash": base64.b64encode(hashlib.sha256(body).digest()).decode(),
                "size": len(body),
            }
            for path, body in self.listings[spec].items()
        ]
        return Reply(200, {"type": "npm", "name": name, "version": version, "files": files})
