"""Hybrid Analysis (Falcon Sandbox Public API v2): what its sandbox reports say of a URL or a domain.

Facts: www.hybrid-analysis.com/docs/api/v2, "POST /search/terms", and the headers `api-limits`. The search
is passive: nothing is submitted. The worst verdict of all reports counts.

Details in the full report:
    reports: rows `{"verdict", "threat_score", "family", "date", "name", "environment", "sha256"}`, the
        newest first, at most `MOST_REPORTS`; what a report does not say is null.
    scanners: always empty here; see `hybridanalysis_scan`.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from lookup.client import Answer, Client
from lookup.observable import domain_name, web_address
from lookup.verdict import Finding, Report, safe_link, worst
from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from neuron.reading import count, mapping, number, rows, sha256, text, texts

SERVICE = "Hybrid Analysis"
SITE = "www.hybrid-analysis.com"
API_URL = "https://www.hybrid-analysis.com/api/v2"
MOST_REPORTS = 50
# Hybrid Analysis's verdicts → levels; what is not here says nothing.
LEVELS = {
    "malicious": "malicious",
    "suspicious": "suspicious",
    "no specific threat": "safe",
    "whitelisted": "safe",
}


class HybridAnalysisClient(Client):
    """Hybrid Analysis blocks unknown user agents, and tells its limits in headers that hold JSON."""

    service = SERVICE
    refusals: ClassVar = {
        401: "Hybrid Analysis does not accept the key: check the configuration item key",
        403: "Hybrid Analysis does not allow this: the key is wrong, its level is too low, or the site's own "
        "protection refused the request",
    }

    def __init__(self, configuration: Configuration, deadline: Deadline) -> None:
        headers = {"api-key": configuration.key(), "User-Agent": "Falcon Sandbox"}
        super().__init__(configuration.url("api_url", API_URL), headers, deadline, configuration.secrets)

    def over_quota(self, answer: Answer) -> bool:
        """429, or a refusal of another status whose validation error names the requests per minute."""
        return answer.status == 429 or (
            not answer.good
            and any("exceeded maximum api requests" in e.lower() for e in _errors(answer.body))
        )

    def pause_for(self, answer: Answer) -> float | None:
        """As for every service, but an hour's quota that is used up is not waited for."""
        return None if self.over_quota(answer) and _hour_is_over(answer) else super().pause_for(answer)

    def reason(self, body: dict[str, Any]) -> str | None:
        """The message, and what is wrong with which field."""
        return text(": ".join([*texts([body.get("message")]), *_errors(body)]))


class HybridAnalysis:
    """Searches the reports that exist."""

    data_types: tuple[str, ...] = ("url", "domain")

    def __init__(self, configuration: Configuration, deadline: Deadline) -> None:
        self.client = HybridAnalysisClient(configuration, deadline)

    def look_up(self, data_type: str, data: object) -> Report:
        """The report on a URL or domain; raises `Failure`."""
        value = domain_name(data) if data_type == "domain" else web_address(data)
        return search_report(value, self.search(data_type, value))

    def search(self, term: str, value: str) -> list[dict[str, Any]]:
        """Every report that names the URL or domain, the newest first."""
        answer = self.client.post_form("/search/terms", {term: value})
        if not isinstance(answer.body.get("result"), list):
            raise Failure("Hybrid Analysis's answer holds no list of results: try again later.")
        found = rows(answer.body["result"])
        return sorted(found, key=lambda row: text(row.get("analysis_start_time")) or "", reverse=True)


def search_report(data: str, found: list[dict[str, Any]]) -> Report:
    """The report that the search's rows make."""
    verdicts = [(text(row.get("verdict")) or "no verdict").lower() for row in found]
    level = worst(LEVELS.get(verdict, "info") for verdict in verdicts)
    named = [verdict for verdict in verdicts if LEVELS.get(verdict, "info") == level]
    value = f"{named[0]} ({len(found)} reports)" if named else "no report"
    return Report(
        SERVICE,
        (Finding(level, value),),
        _summary(found, named),
        data,
        _links(found, level),
        details={"reports": [_row(row) for row in found[:MOST_REPORTS]], "scanners": []},
    )


def _summary(found: list[dict[str, Any]], named: list[str]) -> str:
    if not found:
        return "Hybrid Analysis has no report on this."
    newest = _row(found[0])
    day = f" of {newest['date'][:10]}" if newest["date"] else ""
    reports = "1 report" if len(found) == 1 else f"{len(found)} reports"
    return (
        f"The worst verdict of Hybrid Analysis's {reports} is “{named[0]}” ({len(named)} of {len(found)}), "
        f"that of the newest{day} is “{newest['verdict'] or 'no verdict'}”."
    )


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "verdict": text(row.get("verdict")),
        "threat_score": count(row.get("threat_score")),
        "family": text(row.get("vx_family")),
        "date": text(row.get("analysis_start_time"), 40),
        "name": text(row.get("submit_name")),
        "environment": text(row.get("environment_description")),
        "sha256": sha256(row.get("sha256")),
    }


def _links(found: list[dict[str, Any]], level: str) -> tuple[dict[str, str], ...]:
    """The sample pages of the newest report and of the newest with the worst verdict."""
    decisive = [row for row in found if LEVELS.get((text(row.get("verdict")) or "").lower(), "info") == level]
    names = {name: None for row in (*found[:1], *decisive[:1]) if (name := sha256(row.get("sha256")))}
    return tuple(
        safe_link(f"Hybrid Analysis: sample {name[:8]}…", f"https://{SITE}/sample/{name}", SITE)
        for name in names
    )


def _errors(body: dict[str, Any]) -> list[str]:
    return [error for row in rows(body.get("validation_errors")) for error in texts(row.get("errors"))]


def _hour_is_over(answer: Answer) -> bool:
    """Whether the header `api-limits` says that the hour's requests are used up."""
    try:
        limits = mapping(json.loads(answer.headers.get("api-limits", "{}")))
    except ValueError:
        return False
    allowed = number(mapping(limits.get("limits")).get("hour"))
    used = number(mapping(limits.get("used")).get("hour"))
    return allowed is not None and used is not None and used >= allowed
