"""Hybrid Analysis (Falcon Sandbox Public API v2): quick-scans a URL of which there is no report.

Facts: www.hybrid-analysis.com/docs/api/v2, "POST /quick-scan/url", "GET /quick-scan/{id}". The scan is
submitted as not shared with third parties and closed to the community.

Details in the full report:
    reports, samples: as `hybridanalysis`, empty where the URL was scanned.
    scanners: rows `{"name", "status", "positives", "total"}`, at most `MOST_SCANNERS`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from lookup.observable import require_public, web_address
from lookup.verdict import Finding, Report, safe_link, worst
from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from neuron.reading import count, rows, sha256, text
from services.hybridanalysis import SERVICE, SITE, HybridAnalysis

MOST_SCANNERS = 50
# A scanner's "clean" is of the moment, and anybody can have his own address scanned: it clears nothing.
FLAGS = ("malicious", "suspicious")
TAKEN = "Hybrid Analysis has taken the URL and its scan will be ready later: run this again in a few minutes"


class HybridAnalysisScan(HybridAnalysis):
    """Looks the report on the URL up, and where there is none has the URL scanned."""

    data_types = ("url",)

    def __init__(self, configuration: Configuration, deadline: Deadline) -> None:
        super().__init__(configuration, deadline)
        self._deadline = deadline

    def look_up(self, data_type: str, data: object) -> Report:
        """The report on a URL; raises `Failure`."""
        url = web_address(data)
        require_public(url)
        own = self.own_report(url)
        return self.report_on(url, own) if own else scan_report(url, self._scan(url))

    def _scan(self, url: str) -> dict[str, Any]:
        form = {
            "scan_type": "all",
            "url": url,
            "no_share_third_party": "true",
            "allow_community_access": "false",
        }
        scan = self.client.post_form("/quick-scan/url", form).body
        try:
            return scan if scan.get("finished") is True else self._finished(text(scan.get("id"), 100) or "")
        except Failure as failure:
            raise Failure(f"{TAKEN} ({str(failure).rstrip('.')}).") from failure

    def _finished(self, identifier: str) -> dict[str, Any]:
        for _ in self._deadline.looks() if identifier else ():
            scan = self.client.get(f"/quick-scan/{quote(identifier, safe='')}").body
            if scan.get("finished") is True:
                return scan
        raise Failure(f"the scan did not finish within {self._deadline.seconds:g} seconds")


def scan_report(url: str, scan: dict[str, Any]) -> Report:
    """The report that a finished quick scan makes."""
    scanners = [_row(row) for row in rows(scan.get("scanners"))]
    flagged = [row["status"] for row in scanners if row["status"] in FLAGS]
    white = any(entry.get("value") is True for entry in rows(scan.get("whitelist")))
    level = worst([*flagged, "safe" if white else "info"])
    flags, answered = len(flagged), len(flagged) + sum(row["status"] == "clean" for row in scanners)
    words = "none of Hybrid Analysis's scanners gave an opinion on the URL"
    if answered:
        words = f"{flags} of {answered} scanners that gave an opinion flag the URL"
        words += "" if flags or white else ", which clears nothing: they saw it for the first time"
    listed = ", and it is on a white list" if white else ""
    return Report(
        SERVICE,
        (Finding(level, f"quick scan {flags}/{answered}"),),
        f"{words[0].upper()}{words[1:]}{listed}.",
        url,
        _links(scan),
        details={"reports": [], "samples": [], "scanners": scanners[:MOST_SCANNERS]},
    )


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": text(row.get("name")),
        "status": (text(row.get("status"), 60) or "").lower() or None,
        "positives": count(row.get("positives")),
        "total": count(row.get("total")),
    }


def _links(scan: dict[str, Any]) -> tuple[dict[str, str], ...]:
    name = sha256(scan.get("sha256"))
    return (safe_link("Hybrid Analysis: scan", f"https://{SITE}/sample/{name}", SITE),) if name else ()
