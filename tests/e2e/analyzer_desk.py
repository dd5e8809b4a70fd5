"""Analyzers as Cortex runs them, against simulated services; what the services know is set up in a word.

Every run here is checked for what must always hold, see `Desk.run`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from canary import traces
from simulators import human as human_api
from simulators import hybridanalysis as ha
from simulators import known_flaws
from simulators import osv as osv_api
from simulators import registries as registries_api
from simulators import snyk as snyk_api
from simulators import virustotal as vt
from simulators.jobs import ProcessRunner, Run, enable, load
from simulators.server import Simulator

FOLDER = Path(__file__).parents[2] / "analyzers" / "CodeDefender"
URL = "https://cdn.example.com/lib/a.js"
JQUERY = "https://cdn.jsdelivr.net/npm/jquery@3.4.1/dist/jquery.min.js"
PURL = "pkg:npm/jquery@3.4.1"
SHA = "cd" * 32
PASSIVE = ("VirusTotal", "Snyk", "OSV", "HybridAnalysis")
SCANS = ("VirusTotal_Scan", "HybridAnalysis_Scan")
# What is asked where a service needs a package.
DATA = {"Snyk": JQUERY, "OSV": JQUERY}
SIMULATORS: dict[str, type[Simulator]] = {
    "VirusTotal": vt.VirusTotal,
    "Snyk": snyk_api.Snyk,
    "OSV": osv_api.OSV,
    "HybridAnalysis": ha.HybridAnalysis,
    "Host": registries_api.Registries,
    "HUMAN": human_api.Human,
}


class Desk:
    """Where the jobs of one test are run: a simulated service for each analyzer, and what it logs.

    items: configuration that each worker gets besides key and address.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.services: dict[str, Any] = {}

    def service(self, analyzer: str) -> Any:
        """The simulated service that an analyzer asks; started when it is first needed."""
        name = analyzer.removesuffix("_Scan")
        if name not in self.services:
            self.services[name] = SIMULATORS[name]()
            self.services[name].start()
        return self.services[name]

    def close(self) -> None:
        """Stop the services."""
        for service in self.services.values():
            service.stop()

    def secret(self, analyzer: str) -> str | None:
        """The key that the service accepts, if it wants one."""
        service = self.service(analyzer)
        return getattr(service, "key", None) or getattr(service, "token", None)

    def worker(self, analyzer: str, **items: Any) -> dict[str, Any]:
        """The stored configuration: as enabled in Cortex, then `items` over it as they are."""
        service, key = self.service(analyzer), self.secret(analyzer)
        needed = {"api_url": service.url} | ({"key": key} if key else {})
        if analyzer == "Host":
            needed = {"rdap_bootstrap_url": service.bootstrap_url, "refresh_url": service.list_url}
        if analyzer == "HUMAN":
            named = {"app_ids": ["PX12345678"], "tlds": ["example.com"]}
            needed = {"token": key, "api_url": f"{service.url}/v1", **named}
        needed |= {"org_id": service.organisation} if analyzer == "Snyk" else {}
        return enable(load(FOLDER / f"CodeDefender_{analyzer}.json"), needed) | {"wait_seconds": 5} | items

    def run(self, analyzer: str, data: Any = URL, kind: str = "url", **options: Any) -> Run:
        """Run a job, and check what holds of every one: a whole answer, no key, no word of the guard's.

        Options: `items` of the configuration, `request` (tlp, …), `environment`, `timeout` in seconds.
        """
        shared = {"tlp": 1, "pap": 1} if analyzer in SCANS else {}
        request = {"data": data, "dataType": kind, **shared, **options.get("request", {})}
        environment = {"PYTHONDONTWRITEBYTECODE": "", **options.get("environment", {})}
        runner = ProcessRunner(self._folder / "jobs", environment)
        worker = self.worker(analyzer, **options.get("items", {}))
        definition = load(FOLDER / f"CodeDefender_{analyzer}.json")
        done = runner.run(definition, worker, request, options.get("timeout"))
        self._check(done, [self.secret(analyzer), worker.get("key"), worker.get("token")])
        return done

    def _check(self, done: Run, secrets: list[Any]) -> None:
        assert done.job["status"] in ("Success", "Failure"), done.output
        assert done.output is not None, done.printed
        json.loads(done.output, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
        assert done.printed == ""
        known = [str(secret) for secret in secrets if secret]
        assert not traces(known, done.output.decode(), *done.argv)


def report_of(done: Run) -> dict[str, Any]:
    """The full report of a job that succeeded, its verdict that of its worst taxonomy."""
    assert done.job["status"] == "Success", done.job.get("errorMessage")
    report = done.job["report"]
    levels = [taxonomy["level"] for taxonomy in report["summary"]["taxonomies"]]
    order = ["info", "safe", "suspicious", "malicious"]
    assert max(levels, key=order.index) == report["full"]["verdict"]
    assert {taxonomy["namespace"] for taxonomy in report["summary"]["taxonomies"]} == {"CodeDefender"}
    assert set(report["full"]) >= {"verdict", "summary", "data", "links"}
    assert all(set(link) == {"title", "url"} for link in report["full"]["links"])
    assert report["full"]["summary"].endswith(".")
    return dict(report["full"])


def failure_of(done: Run) -> str:
    """The sentence of a job that failed."""
    assert done.job["status"] == "Failure", done.job["report"]
    message = str(done.job["errorMessage"])
    assert message.endswith(".")
    assert "\n" not in message
    assert "Traceback" not in message
    assert 20 < len(message) < 500
    return message


Setup = Callable[[Any], None]


def days_ago(days: float) -> int:
    """Seconds since the epoch."""
    return int(time.time() - days * 86_400)


def url(content: dict[str, Any] | None = None, **attributes: Any) -> Setup:
    """VirusTotal knows URL, and what it served."""

    def prepare(service: vt.VirusTotal) -> None:
        service.urls[URL] = vt.attributes(content=SHA, **attributes)
        if content is not None:
            service.files[SHA] = vt.attributes(**content)

    return prepare


def scanned(**attributes: Any) -> Setup:
    """VirusTotal does not know URL, and an analysis of it says this."""

    def prepare(service: vt.VirusTotal) -> None:
        service.scanned[URL] = vt.attributes(**attributes)

    return prepare


def domain(**attributes: Any) -> Setup:
    """VirusTotal knows the domain."""

    def prepare(service: vt.VirusTotal) -> None:
        service.domains["example.com"] = vt.attributes(**attributes)

    return prepare


def without_statistics(service: vt.VirusTotal) -> None:
    """VirusTotal has a report on URL that holds no statistics."""
    service.urls[URL] = vt.attributes()
    del service.urls[URL]["last_analysis_stats"]


def issues(*found: dict[str, Any]) -> Setup:
    """Snyk knows these issues of jquery@3.4.1."""

    def prepare(service: snyk_api.Snyk) -> None:
        service.issues[PURL] = list(found)

    return prepare


def records(*found: dict[str, Any]) -> Setup:
    """OSV knows these records."""

    def prepare(service: osv_api.OSV) -> None:
        service.records = list(found)

    return prepare


def overview(verdict: str | None, age_days: float = 3, **more: Any) -> Setup:
    """Hybrid Analysis has this report on the URL itself."""

    def prepare(service: ha.HybridAnalysis) -> None:
        service.overviews[URL] = ha.overview(verdict, age_days, **more)

    return prepare


def samples(*verdicts: str | None, traffic: str = URL) -> Setup:
    """Hybrid Analysis has samples that spoke to it."""

    def prepare(service: ha.HybridAnalysis) -> None:
        service.samples = [(ha.sample(verdict), [f"GET {traffic}"]) for verdict in verdicts]

    return prepare


def scanners(*statuses: str) -> Setup:
    """A quick scan finds this."""

    def prepare(service: ha.HybridAnalysis) -> None:
        service.scanners[URL] = [ha.scanner(f"S{n}", status) for n, status in enumerate(statuses)]

    return prepare


def registered(name: str, age_days: float | None, **more: Any) -> Setup:
    """A registry holds this domain, since so many days."""

    def prepare(service: registries_api.Registries) -> None:
        service.domains[name] = registries_api.record(name, age_days, **more)

    return prepare


def incidents(*scripts: str, site: str = "example.com") -> Setup:
    """HUMAN has incidents of these scripts."""

    def prepare(service: human_api.Human) -> None:
        service.known = [human_api.incident(each, site, number=n) for n, each in enumerate(scripts, 1)]

    return prepare


def nothing(service: Any) -> None:
    """The service knows nothing."""


JQUERY_XSS = known_flaws.JQUERY_OSV[0]
