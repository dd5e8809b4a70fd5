"""A simulated OSV.dev: `POST /v1/query`, with OSV's own way of matching versions.

Shapes: google.github.io/osv.dev, "POST /v1/query"; ossf.github.io/osv-schema. Errors are gRPC's::

    osv.records = [record("GHSA-gxr4-xjj5-5px2", "jquery", ("1.2.0", "3.5.0"), severity="MODERATE")]
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from .server import Reply, Request, Simulator

# Package URL type → OSV's ecosystem. Of another type OSV says that it knows nothing.
ECOSYSTEMS = {"npm": "npm", "pypi": "PyPI", "gem": "RubyGems", "nuget": "NuGet", "golang": "Go"}


def record(
    name: str,
    package: str,
    *spans: tuple[str, str | None],
    severity: str | None = None,
    vector: str | None = None,
    aliases: tuple[str, ...] = (),
    versions: tuple[str, ...] = (),
    **more: Any,
) -> dict[str, Any]:
    """One record about an npm package; each span is (introduced, fixed or None)."""
    ranges = [
        {"type": "SEMVER", "events": [{"introduced": low}, *([{"fixed": high}] if high else [])]}
        for low, high in spans
    ]
    affected: dict[str, Any] = {
        "package": {"ecosystem": "npm", "name": package, "purl": f"pkg:npm/{package.replace('@', '%40')}"},
        "ranges": ranges,
    }
    made: dict[str, Any] = {
        "schema_version": "1.7.3",
        "id": name,
        "modified": "2025-01-01T00:00:00Z",
        "published": "2024-01-01T00:00:00Z",
        "summary": f"{name} in {package}",
        "details": "…",
        "aliases": list(aliases),
        "affected": [affected | ({"versions": list(versions)} if versions else {})],
        "references": [{"type": "WEB", "url": "https://example.com/advisory"}],
    }
    if severity is not None:
        made["database_specific"] = {"severity": severity, "github_reviewed": True}
    if vector is not None:
        made["severity"] = [{"type": f"CVSS_V{vector[5]}", "score": vector}]
    return made | more


def error(message: str) -> Reply:
    """gRPC's INVALID_ARGUMENT as the gateway shows it."""
    return Reply(400, {"code": 3, "message": message})


class OSV(Simulator):
    """The service. records: everything it knows. page: the most records in one answer."""

    def __init__(self, **options: Any) -> None:
        self.records: list[dict[str, Any]] = []
        self.page = 1000
        super().__init__(**options)

    def routes(self) -> None:
        """The one path that an analyzer asks for."""
        self.route("POST", r"/v1/query", self.query)

    def unknown(self, request: Request) -> Reply:
        """A path that the API does not have."""
        return Reply(404, {"code": 5, "message": "Not Found"})

    def query(self, request: Request) -> Reply:
        """POST /v1/query: by purl, or by name and ecosystem; nothing known is an empty object."""
        try:
            asked = request.json()
            package, version = asked["package"], asked.get("version")
            token = asked.get("page_token")
        except (ValueError, KeyError, TypeError, AttributeError):
            return error("invalid query")
        name, ecosystem = package.get("name"), package.get("ecosystem")
        if "purl" in package:
            if name or ecosystem:
                return error("name specified in a PURL query")
            match = re.fullmatch(r"pkg:([a-z]+)/([^@?#]+)(?:@([^?#]+))?", package["purl"])
            if match is None:
                return error("invalid purl")
            if match[3] and version:
                return error("version specified in params and PURL query")
            if match[1] not in ECOSYSTEMS:
                return Reply(200, {})
            ecosystem, name = ECOSYSTEMS[match[1]], unquote(match[2])
            version = unquote(match[3]) if match[3] else version
        if not name or not ecosystem:
            return error("invalid query")
        found = [r for r in self.records if self._concerns(r, name, ecosystem, version)]
        return self._page(found, token)

    def _page(self, found: list[dict[str, Any]], token: str | None) -> Reply:
        start = 0 if token is None else int(token.removeprefix("after-"))
        body: dict[str, Any] = {"vulns": found[start : start + self.page]} if found[start:] else {}
        if start + self.page < len(found):
            body["next_page_token"] = f"after-{start + self.page}"
        return Reply(200, body)

    @staticmethod
    def _concerns(known: dict[str, Any], name: str, ecosystem: str, version: str | None) -> bool:
        for entry in known["affected"]:
            if (entry["package"]["name"], entry["package"]["ecosystem"]) != (name, ecosystem):
                continue
            if version is None or version in entry.get("versions", ()):
                return True
            if any(_within(span["events"], version) for span in entry.get("ranges", ())):
                return True
        return False


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("-")[0]))


def _within(events: list[dict[str, str]], version: str) -> bool:
    low = next((e["introduced"] for e in events if "introduced" in e), "0")
    high = next((e["fixed"] for e in events if "fixed" in e), None)
    at = _numbers(version)
    return (low == "0" or _numbers(low) <= at) and (high is None or at < _numbers(high))
