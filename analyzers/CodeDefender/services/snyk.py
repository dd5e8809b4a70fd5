"""Snyk (REST API): the issues of the packages that a script URL names.

Facts: docs.snyk.io, "List issues for a package", "Authentication for API", "About the REST API". The
API is for Enterprise plans. An answer without issues also means that Snyk does not know the package.
Details in the full report: see `vulnerability`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import parse_qs, quote, urlsplit

from flaws.version_order import first_fix
from flaws.vulnerability import MOST_PACKAGES, SEVERITIES, Issue, Lookup, ask_each, report
from identification.packages import Package, identify
from lookup.client import Answer, Client
from lookup.observable import web_address
from lookup.verdict import Report, safe_link
from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from neuron.reading import mapping, number, rows, text, texts

SERVICE = "Snyk"
SITE = "security.snyk.io"
API_URL = "https://api.snyk.io"
API_VERSION = "2024-06-26"
PAGE = 1000
MOST_PAGES = 20
EMBEDDED_MALICIOUS_CODE = "CWE-506"
_OFFSET = re.compile("[0-9]{1,9}")


class NotCovered(Exception):
    """Snyk refuses to hear of this kind of package."""


class SnykClient(Client):
    """Snyk blocks until requests have stopped for a minute."""

    service = SERVICE
    quota_pause = 60.0
    refusals: ClassVar = {
        401: "Snyk does not accept the key: check the configuration items key and api_url (its region)",
        403: "Snyk does not allow this: the API needs an Enterprise plan, and the key a right in the "
        "organisation that org_id names",
        404: "Snyk knows no such organisation or address: check the configuration items org_id and api_url",
    }

    def reason(self, body: dict[str, Any]) -> str | None:
        """The first JSON:API error."""
        errors = rows(body.get("errors"))
        return text(errors[0].get("detail")) or text(errors[0].get("title")) if errors else None


class Snyk:
    """Asks Snyk about every package in a URL."""

    data_types = ("url",)

    def __init__(self, configuration: Configuration, deadline: Deadline) -> None:
        self._organisation = configuration.uuid("org_id")
        self._least = configuration.choice("min_severity", SEVERITIES, "medium")
        self._client = SnykClient(
            configuration.url("api_url", API_URL).removesuffix("/rest"),
            {"Authorization": f"token {configuration.key()}", "Accept": "application/vnd.api+json"},
            deadline,
            configuration.secrets,
        )

    def look_up(self, data_type: str, data: object) -> Report:
        """The report on a script URL; raises `Failure`."""
        url = web_address(data)
        packages = identify(url)
        lookups = ask_each(packages[:MOST_PACKAGES], self._lookup, self._least)
        links = tuple(_link(package) for package in packages[:MOST_PACKAGES] if package.type == "npm")
        return report(SERVICE, url, lookups, self._least, links, len(packages) - len(lookups))

    def _lookup(self, package: Package) -> Lookup:
        if package.version is None:
            return Lookup(package, note="Snyk answers for an exact version only, and the URL names none")
        issues: dict[str, Issue] = {}
        try:
            for page in self._pages(package.purl, known=package.type == "npm"):
                for row in page:
                    issue = read_issue(row, package.version)
                    issues.setdefault(issue.id, issue)
        except NotCovered:
            return Lookup(package, note=f"Snyk does not cover packages of type {package.type}")
        except Failure as failure:
            if not issues:
                raise
            return Lookup(package, tuple(issues.values()), trouble=failure)
        return Lookup(package, tuple(issues.values()))

    def _pages(self, purl: str, known: bool) -> Iterator[list[dict[str, Any]]]:
        """The rows of issues, page by page; raises Failure, and NotCovered for a kind of package."""
        offset: int | None = 0
        # The purl is one segment of the path, so its own quoting is quoted again.
        path = f"/rest/orgs/{self._organisation}/packages/{quote(purl, safe='')}/issues"
        for _ in range(MOST_PAGES):
            params = {"version": API_VERSION, "limit": str(PAGE), "offset": str(offset)}
            # Snyk knows npm; of other kinds of package it may refuse to hear.
            answer = self._client.get(path, params, allow=() if known else (400,))
            if not answer.good:
                raise NotCovered
            if not isinstance(answer.body.get("data"), list):
                raise Failure("Snyk's answer holds no list of issues: try again later.")
            yield rows(answer.body["data"])
            offset = _next_offset(answer, offset or 0)
            if offset is None:
                return


def read_issue(row: dict[str, Any], version: str) -> Issue:
    """One issue of Snyk's answer about a version; only its id must be there to tell it from others."""
    attributes = mapping(row.get("attributes"))
    identifier = text(row.get("id"), 100) or text(attributes.get("key"), 100) or "unknown"
    title = text(attributes.get("title")) or identifier
    problems = rows(attributes.get("problems"))
    names = [name for problem in problems if (name := text(problem.get("id"), 60))]
    ratings = rows(attributes.get("severities"))
    return Issue(
        id=identifier,
        title=title,
        severity=_severity(attributes, ratings),
        cvss=max((score for r in ratings if (score := number(r.get("score"))) is not None), default=None),
        cves=tuple(sorted({name for name in names if name.startswith("CVE-")})),
        fixed_in=first_fix(version, _fixes(attributes)),
        url=f"https://{SITE}/vuln/{quote(identifier, safe=':')}",
        malware=title.casefold() == "malicious package" or EMBEDDED_MALICIOUS_CODE in names,
    )


def _severity(attributes: dict[str, Any], ratings: list[dict[str, Any]]) -> str | None:
    """The effective level, where an older answer lacks it the severity, else the worst rating."""
    for name in ("effective_severity_level", "severity"):
        level = (text(attributes.get(name)) or "").lower()
        if level in SEVERITIES:
            return level
    levels = [level for r in ratings if (level := (text(r.get("level")) or "").lower()) in SEVERITIES]
    return max(levels, key=SEVERITIES.index, default=None)


def _fixes(attributes: dict[str, Any]) -> list[str]:
    details = [
        mapping(remedy.get("details")).get("upgrade_package")
        for coordinate in rows(attributes.get("coordinates"))
        for remedy in rows(coordinate.get("remedies"))
    ]
    return [fix for detail in details for fix in (texts(detail) or texts([detail]))]


def _next_offset(answer: Answer, offset: int) -> int | None:
    """Where the next page begins; of the link only the number is taken, never its host."""
    link = mapping(answer.body.get("links")).get("next")
    address = text(mapping(link).get("href") if isinstance(link, dict) else link, 4096)
    if not address or "?" not in address:
        return None
    try:
        asked = parse_qs(urlsplit(address).query).get("offset", [""])[0]
    except ValueError:
        return None
    return int(asked) if _OFFSET.fullmatch(asked) and int(asked) > offset else None


def _link(package: Package) -> dict[str, str]:
    path = f"/package/npm/{quote(package.name, safe='')}"
    version = f"/{quote(package.version, safe='')}" if package.version else ""
    return safe_link(f"Snyk: {package.name}", f"https://{SITE}{path}{version}", SITE)
