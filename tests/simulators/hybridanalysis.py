"""A simulated Hybrid Analysis, Falcon Sandbox Public API v2: overview, search and quick scan.

Shapes: www.hybrid-analysis.com/docs/api/v2. Limits are told in headers that hold JSON; an unknown
user agent meets the site's protection, a web page::

    ha.overviews["https://cdn.example.com/a.js"] = overview("malicious", threat_score=100)
    ha.samples = [(sample("malicious"), ["GET https://cdn.example.com/a.js"])]
"""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any

from .server import Reply, Request, Simulator

AGENTS = ("Falcon", "VxApi", "VxStream")
FORM = "application/x-www-form-urlencoded"
TERMS = ("url", "domain", "host", "filename", "filetype", "verdict", "tag", "date_from", "date_to")
BLOCKED = (
    "<!DOCTYPE html><title>Attention Required! | Cloudflare</title><h1>Sorry, you have been blocked</h1>"
)


def overview(verdict: str | None, age_days: float = 3, **more: Any) -> dict[str, Any]:
    """What is known of one submission, by its hash."""
    at = time.gmtime(time.time() - age_days * 86_400)
    ran = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", at)
    return {
        "last_file_name": "a.js",
        "other_file_name": [],
        "threat_score": None,
        "verdict": verdict,
        "url_analysis": True,
        "size": 30412,
        "type": "ASCII text",
        "type_short": ["javascript"],
        "analysis_start_time": ran,
        "last_multi_scan": ran,
        "tags": [],
        "vx_family": None,
        "multiscan_result": 0,
        "scanners": [scanner("CrowdStrike Falcon Static Analysis", "clean")],
        "reports": ["5f0000000000000000000000"],
        "whitelisted": False,
    } | more


def sample(verdict: str | None, age_days: float = 3, **more: Any) -> dict[str, Any]:
    """One row of a search's result: a sample, not the thing that was searched for."""
    at = time.gmtime(time.time() - age_days * 86_400)
    name = hashlib.sha256(f"{verdict}{age_days}".encode()).hexdigest()
    return {
        "verdict": verdict,
        "av_detect": None,
        "threat_score": None,
        "vx_family": None,
        "job_id": name[:24],
        "sha256": name,
        "environment_id": 160,
        "environment_description": "Windows 10 64 bit",
        "analysis_start_time": time.strftime("%Y-%m-%d %H:%M:%S", at),
        "submit_name": "a.js",
        "size": 1234,
        "type": None,
        "type_short": "script javascript",
    } | more


def scanner(name: str, status: str, positives: int | None = None, total: int | None = None) -> dict[str, Any]:
    """One scanner of a quick scan."""
    return {
        "name": name,
        "status": status,
        "progress": 100,
        "total": total,
        "positives": positives,
        "percent": None,
        "error_message": None,
        "anti_virus_results": [],
    }


class HybridAnalysis(Simulator):
    """The service.

    key: the one that is accepted. overviews: URL → what is known of a submission of it. samples: rows,
    each with the lines of traffic in which a search looks. scanners: URL → what a quick scan of it finds,
    over after `looks_until_done` looks. minute, hour: requests that are allowed;
    `as_validation_error` has the minute's refusal come as a 400, as it was seen too.
    """

    def __init__(self, **options: Any) -> None:
        self.key = "ha-" + "7" * 61
        self.overviews: dict[str, dict[str, Any]] = {}
        self.samples: list[tuple[dict[str, Any], list[str]]] = []
        self.scanners: dict[str, list[dict[str, Any]]] = {}
        self.whitelisted = False
        self.looks_until_done = 1
        self.submitted: list[dict[str, str]] = []
        self.minute, self.hour = 200, 2000
        self.minute_seconds = 60.0
        self.as_validation_error = False
        self._asked: list[float] = []
        self._scans: dict[str, list[Any]] = {}
        super().__init__(**options)

    def routes(self) -> None:
        """The paths that an analyzer asks for."""
        self.route("POST", r"/search/terms", self.search)
        self.route("POST", r"/submit/hash-for-url", self.hash_for_url)
        self.route("GET", r"/overview/([^/]+)", self.overview)
        self.route("POST", r"/quick-scan/url", self.quick_scan)
        self.route("GET", r"/quick-scan/([^/]+)", self.quick_scan_state)

    def before(self, request: Request) -> Reply | None:
        """The site's protection, the key, the limits."""
        if not request.headers.get("user-agent", "").startswith(AGENTS):
            return Reply(403, BLOCKED, {"Content-Type": "text/html; charset=UTF-8"})
        if request.headers.get("api-key") != self.key:
            return Reply(403, {"message": "The API key was not valid or has no sufficient permissions."})
        return self._over_limit()

    def _over_limit(self) -> Reply | None:
        now = time.monotonic()
        with self.lock:
            lately = [at for at in self._asked if now - at < self.minute_seconds]
            used = {"minute": len(lately), "hour": len(self._asked)}
            reached = used["minute"] >= self.minute or used["hour"] >= self.hour
            if not reached:
                self._asked.append(now)
        if not reached:
            return None
        limits = {"limits": {"minute": self.minute, "hour": self.hour}, "used": used, "limit_reached": True}
        headers = {"api-limits": json.dumps(limits)}
        if self.as_validation_error:
            said = f"Exceeded maximum API requests per minute({self.minute}). Please try again later."
            problem = [{"field": "api-key", "errors": [said]}]
            return Reply(400, {"message": "Failed to process request", "validation_errors": problem}, headers)
        return Reply(429, {"message": "Exceeded maximum API requests, please try again later."}, headers)

    def unknown(self, request: Request) -> Reply:
        """A path that the API does not have: a web page."""
        return Reply(404, "<!DOCTYPE html><title>404 Not Found</title>", {"Content-Type": "text/html"})

    @staticmethod
    def _invalid(field: str, said: str) -> Reply:
        problem = [{"field": field, "errors": [said]}]
        return Reply(400, {"message": "Failed to process request", "validation_errors": problem})

    def search(self, request: Request) -> Reply:
        """POST /search/terms."""
        if request.headers.get("content-type") != FORM:
            return Reply(415, {"message": "Unsupported media type"})
        terms = {name: value for name, value in request.form().items() if name in TERMS and value}
        if not terms:
            return self._invalid("search", "At least one search term is needed.")
        asked = terms.get("url") or terms.get("domain") or ""
        result = [row for row, traffic in self.samples if any(asked in line for line in traffic)]
        shown = [{"id": name, "value": value} for name, value in terms.items()]
        return Reply(200, {"search_terms": shown, "count": len(result), "result": result})

    def hash_for_url(self, request: Request) -> Reply:
        """POST /submit/hash-for-url: the hash that a submission of the URL has or would have."""
        url = request.form().get("url", "")
        if not url.startswith(("http://", "https://")):
            return self._invalid("url", "This value is not a valid URL.")
        return Reply(200, {"sha256": hashlib.sha256(url.encode()).hexdigest()})

    def overview(self, request: Request, name: str) -> Reply:
        """GET /overview/{sha256}."""
        for url, known in self.overviews.items():
            if hashlib.sha256(url.encode()).hexdigest() == name:
                return Reply(200, {"sha256": name, **known})
        return Reply(404, {"message": "The requested resource was not found."})

    def quick_scan(self, request: Request) -> Reply:
        """POST /quick-scan/url."""
        form = request.form()
        if form.get("scan_type") != "all":
            return self._invalid("scan_type", "This value is not valid.")
        if not form.get("url", "").startswith(("http://", "https://")):
            return self._invalid("url", "This value is not a valid URL.")
        with self.lock:
            self.submitted.append(form)
            name = hashlib.sha256(form["url"].encode()).hexdigest()[:24]
            self._scans[name] = [form["url"], 0]
        return Reply(200, self._scan(name))

    def quick_scan_state(self, request: Request, name: str) -> Reply:
        """GET /quick-scan/{id}."""
        with self.lock:
            if name not in self._scans:
                return Reply(404, {"message": "Scan not found."})
            self._scans[name][1] += 1
        return Reply(200, self._scan(name))

    def _scan(self, name: str) -> dict[str, Any]:
        url, looks = self._scans[name]
        done = looks > self.looks_until_done
        waiting = [scanner("VirusTotal", "in-queue"), scanner("urlscan.io", "in-queue")]
        return {
            "id": name,
            "sha256": hashlib.sha256(url.encode()).hexdigest(),
            "submission_type": "page_url",
            "finished": done,
            "scanners": self.scanners.get(url, [scanner("VirusTotal", "clean", 0, 90)]) if done else waiting,
            "scanners_v2": {"virustotal": None, "urlscan_io": None, "metadefender": None},
            "whitelist": [{"id": "internal", "value": self.whitelisted}],
            "reports": [],
        }
