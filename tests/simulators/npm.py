"""A simulated npm registry: manifests, full documents, archives.

Shapes: npm/registry, "package-metadata". An unknown version is told as a JSON string, not as an object::

    npm.publish("jquery", "3.7.1", {"dist/jquery.min.js": b"…"}, days_ago=800)
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile
from datetime import datetime, timedelta, timezone
from typing import Any

from .server import Reply, Request, Simulator


def archive(files: dict[str, bytes], root: str = "package") -> bytes:
    """A package's archive as npm packs it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, body in files.items():
            member = tarfile.TarInfo(f"{root}/{name}")
            member.size, member.mtime = len(body), 499_162_500
            tar.addfile(member, io.BytesIO(body))
    return gzip.compress(packed.getvalue(), mtime=0)


class Npm(Simulator):
    """The service.

    documents: name → full document. archives: path → bytes; what is put there afterwards fails its integrity.
    elsewhere: root of the addresses of archives where it is not the registry's own.
    """

    def __init__(self, **options: Any) -> None:
        self.documents: dict[str, dict[str, Any]] = {}
        self.archives: dict[str, bytes] = {}
        self.elsewhere: str | None = None
        super().__init__(**options)

    def publish(
        self,
        name: str,
        version: str,
        files: dict[str, bytes],
        days_ago: float = 400,
        old: bool = False,
        root: str = "package",
    ) -> None:
        """Publish a version; `old`: with a SHA-1 only, as before 2017."""
        self.publish_archive(name, version, archive(files, root), days_ago, old)

    def publish_archive(
        self, name: str, version: str, packed: bytes, days_ago: float = 400, old: bool = False
    ) -> None:
        """Publish a version whose archive is already packed."""
        path = f"/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"
        self.archives[path] = packed
        dist: dict[str, Any] = {"tarball": path, "shasum": hashlib.sha1(packed).hexdigest()}
        if not old:
            dist["integrity"] = "sha512-" + base64.b64encode(hashlib.sha512(packed).digest()).decode()
        document = self.documents.setdefault(name, {"name": name, "versions": {}, "time": {}})
        document["versions"][version] = {"name": name, "version": version, "dist": dist}
        at = datetime.now(timezone.utc) - timedelta(days=days_ago)
        document["time"][version] = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def routes(self) -> None:
        """The paths that an analyzer asks for; a scope's slash is quoted, but for archives."""
        self.route("GET", r"/([^/]+)", self.document)
        self.route("GET", r"/([^/]+)/([^/]+)", self.manifest)
        self.route("GET", r"(/(?:@[^/]+/)?[^/]+/-/[^/]+\.tgz)", self.packed)

    def unknown(self, request: Request) -> Reply:
        """A path that is not there."""
        return Reply(404, {"error": "Not found"})

    def document(self, request: Request, name: str) -> Reply:
        """GET /{name}: the abbreviated form has no dates."""
        found = self.documents.get(name)
        if found is None:
            return Reply(404, {"error": "Not found"})
        shown = {**found, "versions": {v: self._shown(row) for v, row in found["versions"].items()}}
        if "npm.install-v1" in request.headers.get("accept", ""):
            del shown["time"]
        return Reply(200, shown)

    def manifest(self, request: Request, name: str, version: str) -> Reply:
        """GET /{name}/{version}."""
        document = self.documents.get(name)
        if document is None:
            return Reply(404, {"error": "Not found"})
        if version not in document["versions"]:
            said = json.dumps(f"version not found: {version}")
            return Reply(404, said, {"Content-Type": "application/json"})
        return Reply(200, self._shown(document["versions"][version]))

    def _shown(self, row: dict[str, Any]) -> dict[str, Any]:
        root = self.elsewhere or self.url
        return {**row, "dist": {**row["dist"], "tarball": root + row["dist"]["tarball"]}}

    def packed(self, request: Request, path: str) -> Reply:
        """GET an archive."""
        found = self.archives.get(path)
        if found is None:
            return Reply(404, {"error": "Not found"})
        return Reply(200, found, {"Content-Type": "application/octet-stream"})
