"""A simulated Snyk REST API: the issues of a package in an organisation.

Shapes: docs.snyk.io, "List issues for a package", "About the REST API" (JSON:API errors, relative links)::

    snyk.issues["pkg:npm/jquery@3.4.1"] = [issue("SNYK-JS-JQUERY-567880", "medium", fixed="3.5.0")]
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, unquote

from .server import Reply, Request, Simulator

TYPES = ("cargo", "cocoapods", "composer", "gem", "golang", "hex", "maven", "npm", "nuget", "pypi", "swift")
MEDIA_TYPE = "application/vnd.api+json"


def issue(
    name: str,
    severity: str = "high",
    title: str = "Cross-site Scripting (XSS)",
    score: float | None = 7.5,
    cves: tuple[str, ...] = (),
    cwe: str = "CWE-79",
    fixed: str | None = None,
) -> dict[str, Any]:
    """One issue as the API gives it."""
    remedies = [
        {"type": "indeterminate", "description": f"Upgrade to {fixed}", "details": {"upgrade_package": fixed}}
    ]
    rating = {"type": "primary", "source": "Snyk", "level": severity, "score": score, "version": "3.1"}
    return {
        "id": name,
        "type": "issue",
        "attributes": {
            "key": name,
            "title": title,
            "type": "package_vulnerability",
            "created_at": "2024-06-26T00:00:00Z",
            "updated_at": "2024-06-26T00:00:00Z",
            "description": "## Overview",
            "problems": [
                {"id": cwe, "source": "CWE"},
                *({"id": cve, "source": "CVE"} for cve in cves),
            ],
            "effective_severity_level": severity,
            "severities": [rating],
            "coordinates": [
                {
                    "remedies": remedies if fixed else [],
                    "representations": [{"resource_path": f"[,{fixed or ''})"}],
                }
            ],
            "slots": {"publication_time": "2024-06-26T00:00:00Z", "references": []},
        },
    }


def failure(status: int, detail: str, code: str | None = None) -> Reply:
    """A JSON:API error; its status is a string."""
    said: dict[str, Any] = {
        "id": "5a6b8f6e-0000-4000-8000-000000000000",
        "status": str(status),
        "detail": detail,
    }
    body = {"jsonapi": {"version": "1.0"}, "errors": [said | ({"code": code} if code else {})]}
    return Reply(status, body, {"Content-Type": MEDIA_TYPE, "snyk-request-id": said["id"]})


class Snyk(Simulator):
    """The service.

    token: the one that is accepted. organisation: the only one it may ask in. entitled: whether the
    plan has API access. issues: purl → what is known of it; another package has none, known or not.
    page: the most issues in one answer. over_quota: every request is refused with 429.
    """

    def __init__(self, **options: Any) -> None:
        self.token = "5a1c0de0-0000-4000-8000-00000000c0de"
        self.organisation = "11111111-2222-4333-8444-555555555555"
        self.entitled = True
        self.issues: dict[str, list[dict[str, Any]]] = {}
        self.page = 1000
        self.over_quota = False
        super().__init__(**options)

    def routes(self) -> None:
        """The one path that an analyzer asks for."""
        self.route("GET", r"/rest/orgs/([^/]+)/packages/([^/]+)/issues", self.package_issues)

    def before(self, request: Request) -> Reply | None:
        """Token, plan, version, and quota."""
        if request.headers.get("authorization") != f"token {self.token}":
            return failure(401, "Authentication credentials not recognized", "Unauthorized")
        if self.over_quota:
            return failure(429, "Too many requests")
        if not self.entitled:
            return failure(403, "Your organization is not authorized to perform this action.")
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}(~\w+)?", request.query.get("version", "")):
            return failure(400, "query parameter 'version' must be a date")
        return None

    def unknown(self, request: Request) -> Reply:
        """A path that the API does not have."""
        return failure(404, "The requested resource could not be found")

    def package_issues(self, request: Request, organisation: str, purl: str) -> Reply:
        """GET /rest/orgs/{org_id}/packages/{purl}/issues."""
        if organisation != self.organisation:
            return failure(403, "Your organization is not authorized to perform this action.")
        match = re.fullmatch(r"pkg:([a-z]+)/((?:%40[^/@]+/)?[^/@]+)@([^@]+)", purl)
        if match is None:
            return failure(400, f"purl is not valid, a version is required: {purl}")
        if match[1] not in TYPES:
            return failure(400, "Unsupported Ecosystem")
        try:
            offset, limit = int(request.query.get("offset", "0")), int(request.query.get("limit", "1000"))
        except ValueError:
            return failure(400, "limit and offset must be numbers")
        if not (offset >= 0 and 0 < limit <= 1000):
            return failure(400, "limit must be between 1 and 1000")
        known, size = self.issues.get(purl, []), min(limit, self.page)
        here = (
            f"/orgs/{organisation}/packages/{quote(purl, safe='')}/issues?version={request.query['version']}"
        )
        links = {"self": f"{here}&limit={limit}&offset={offset}"}
        if offset + size < len(known):
            links["next"] = f"{here}&limit={limit}&offset={offset + size}"
        name = unquote(match[2])
        meta = {"package": {"name": name, "type": match[1], "url": purl, "version": match[3]}}
        body = {
            "jsonapi": {"version": "1.0"},
            "data": known[offset : offset + size],
            "links": links,
            "meta": meta,
        }
        return Reply(200, body, {"Content-Type": MEDIA_TYPE, "snyk-version-served": request.query["version"]})
