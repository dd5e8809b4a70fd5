"""The analyzers as Cortex runs them: through a job directory, against simulated services.

Every run here is checked for what must always hold, see `Desk.run`.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from canary import traces
from simulators import hybridanalysis as ha
from simulators import osv as osv_api
from simulators import snyk as snyk_api
from simulators import virustotal as vt
from simulators.jobs import ProcessRunner, Run, enable, load
from simulators.server import Reply, Simulator

FOLDER = Path(__file__).parents[2] / "analyzers" / "CodeDefender"
URL = "https://cdn.example.com/lib/a.js"
JQUERY = "https://cdn.jsdelivr.net/npm/jquery@3.4.1/dist/jquery.min.js"
PURL = "pkg:npm/jquery@3.4.1"
SHA = "cd" * 32
PASSIVE = ("VirusTotal", "Snyk", "OSV", "HybridAnalysis")
SCANS = ("VirusTotal_Scan", "HybridAnalysis_Scan")
SIMULATORS: dict[str, type[Simulator]] = {
    "VirusTotal": vt.VirusTotal,
    "Snyk": snyk_api.Snyk,
    "OSV": osv_api.OSV,
    "HybridAnalysis": ha.HybridAnalysis,
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
        self._check(done, [self.secret(analyzer), worker.get("key")])
        return done

    def _check(self, done: Run, secrets: list[Any]) -> None:
        assert done.job["status"] in ("Success", "Failure"), done.output
        assert done.output is not None, done.printed
        json.loads(done.output, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
        assert done.printed == ""
        known = [str(secret) for secret in secrets if secret]
        assert not traces(known, done.output.decode(), *done.argv)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


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


# The contract's table, row by row. Each: the analyzer, what the service knows, what is asked, the verdict.

Setup = Callable[[Any], None]


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


def reports(*verdicts: str | None) -> Setup:
    """Hybrid Analysis has these reports."""

    def prepare(service: ha.HybridAnalysis) -> None:
        service.reports[URL] = [ha.report(verdict, age) for age, verdict in enumerate(verdicts)]

    return prepare


def scanners(*statuses: str) -> Setup:
    """A quick scan finds this."""

    def prepare(service: ha.HybridAnalysis) -> None:
        service.scanners[URL] = [ha.scanner(f"S{n}", status) for n, status in enumerate(statuses)]

    return prepare


def nothing(service: Any) -> None:
    """The service knows nothing."""


JQUERY_XSS = osv_api.record("GHSA-1", "jquery", ("1.2.0", "3.5.0"), severity="HIGH", aliases=("CVE-1",))
TABLE: list[tuple[str, Setup, str, str, str]] = [
    ("VirusTotal", url(malicious=2), "url", URL, "malicious"),
    ("VirusTotal", url(content={"malicious": 2}), "url", URL, "malicious"),
    ("VirusTotal", url(content={"malicious": 2, "age_days": 900}, age_days=900), "url", URL, "malicious"),
    ("VirusTotal", url(malicious=1), "url", URL, "suspicious"),
    ("VirusTotal", url(suspicious=1), "url", URL, "suspicious"),
    ("VirusTotal", url(content={"malicious": 1}), "url", URL, "suspicious"),
    ("VirusTotal", url(content={}), "url", URL, "safe"),
    ("VirusTotal", url(content=None), "url", URL, "safe"),
    ("VirusTotal", nothing, "url", URL, "info"),
    ("VirusTotal", url(content={}, age_days=31), "url", URL, "info"),
    ("VirusTotal", without_statistics, "url", URL, "info"),
    ("VirusTotal", domain(malicious=3), "domain", "example.com", "malicious"),
    ("VirusTotal", domain(), "domain", "example.com", "safe"),
    ("VirusTotal", domain(age_days=60), "domain", "example.com", "info"),
    ("VirusTotal_Scan", scanned(malicious=5, age_days=0), "url", URL, "malicious"),
    ("VirusTotal_Scan", scanned(age_days=0), "url", URL, "safe"),
    ("Snyk", issues(snyk_api.issue("S-1", title="Malicious Package")), "url", JQUERY, "malicious"),
    ("Snyk", issues(snyk_api.issue("S-1", "high")), "url", JQUERY, "suspicious"),
    ("Snyk", issues(snyk_api.issue("S-1", "medium")), "url", JQUERY, "info"),
    ("Snyk", nothing, "url", JQUERY, "info"),
    ("Snyk", nothing, "url", URL, "info"),
    ("OSV", records(osv_api.record("MAL-1", "jquery", ("0", None))), "url", JQUERY, "malicious"),
    ("OSV", records(JQUERY_XSS), "url", JQUERY, "suspicious"),
    ("OSV", records(osv_api.record("G", "jquery", ("0", None), severity="LOW")), "url", JQUERY, "info"),
    ("OSV", records(osv_api.record("G", "jquery", ("0", "1.0.0"), severity="HIGH")), "url", JQUERY, "info"),
    ("OSV", nothing, "url", JQUERY, "info"),
    ("OSV", nothing, "url", URL, "info"),
    ("HybridAnalysis", reports("malicious", "whitelisted"), "url", URL, "malicious"),
    ("HybridAnalysis", reports("suspicious", "no verdict"), "url", URL, "suspicious"),
    ("HybridAnalysis", reports("no specific threat"), "url", URL, "safe"),
    ("HybridAnalysis", reports("whitelisted"), "url", URL, "safe"),
    ("HybridAnalysis", reports(None), "url", URL, "info"),
    ("HybridAnalysis", nothing, "domain", "example.com", "info"),
    ("HybridAnalysis_Scan", scanners("malicious", "clean"), "url", URL, "malicious"),
    ("HybridAnalysis_Scan", scanners("clean"), "url", URL, "safe"),
    ("HybridAnalysis_Scan", scanners("no-result"), "url", URL, "info"),
]


@pytest.mark.parametrize(("analyzer", "setup", "kind", "data", "verdict"), TABLE)
def test_the_verdict_is_that_of_the_contracts_table(
    desk: Desk, analyzer: str, setup: Setup, kind: str, data: str, verdict: str
) -> None:
    setup(desk.service(analyzer))
    full = report_of(desk.run(analyzer, data, kind))
    assert (full["verdict"], full["data"]) == (verdict, data)


def test_a_known_script_costs_virustotal_two_requests(desk: Desk) -> None:
    url(content={"malicious": 5, "label": "trojan.js/skimmer"})(desk.service("VirusTotal"))
    done = desk.run("VirusTotal")
    assert len(desk.service("VirusTotal").requests) == 2
    (artifact,) = done.job["report"]["artifacts"]
    assert (artifact["dataType"], artifact["data"]) == ("hash", SHA)
    assert done.job["report"]["summary"]["taxonomies"][1] == {
        "level": "malicious",
        "namespace": "CodeDefender",
        "predicate": "VirusTotal",
        "value": "content 5/90 trojan.js/skimmer",
    }


# Failures: each kind ends in time with one sentence.

FAULTS: list[tuple[str, dict[str, Any], str]] = [
    ("status", {"reply": Reply(500, {"message": "oops"})}, "out of order"),
    ("status", {"reply": Reply(503, "<html>maintenance</html>")}, "out of order"),
    ("status", {"reply": Reply(302, None, {"Location": "http://127.0.0.1:9/"})}, "redirects"),
    ("html", {}, "web page"),
    ("truncated", {}, "broke off"),
    ("reset_before", {}, "can not be reached"),
    ("hang", {}, "within the 1 seconds"),
    ("drip", {}, "within 1 seconds"),
    ("huge", {}, "larger than"),
]
SLOW = ("hang", "drip")
DATA = {"Snyk": JQUERY, "OSV": JQUERY}


@pytest.mark.parametrize("analyzer", PASSIVE)
@pytest.mark.parametrize(("kind", "options", "words"), FAULTS)
def test_a_failing_service_ends_in_time_with_one_sentence(
    desk: Desk, analyzer: str, kind: str, options: dict[str, Any], words: str
) -> None:
    desk.service(analyzer).fail(kind, times=None, **options)
    seconds = 1 if kind in SLOW else 20
    done = desk.run(analyzer, DATA.get(analyzer, URL), items={"wait_seconds": seconds})
    assert words in failure_of(done)
    assert done.seconds < seconds + 3


@pytest.mark.parametrize("analyzer", ["VirusTotal", "Snyk", "HybridAnalysis", *SCANS])
def test_a_wrong_key_is_said_to_be_that(desk: Desk, analyzer: str) -> None:
    done = desk.run(analyzer, DATA.get(analyzer, URL), items={"key": "wr0ng-key-wr0ng-key"})
    assert "key" in failure_of(done)
    assert done.job["input"]["config"]["key"] == "REMOVED"
    assert len(desk.service(analyzer).requests) == 1


def test_a_plan_without_the_api_is_said_to_be_that(desk: Desk) -> None:
    desk.service("Snyk").entitled = False
    assert "Enterprise plan" in failure_of(desk.run("Snyk", JQUERY))


def minute(service: vt.VirusTotal) -> None:
    service.minute_quota = 0


def day(service: vt.VirusTotal) -> None:
    service.day_quota = 0


def used_up(service: snyk_api.Snyk) -> None:
    service.over_quota = True


def hour(service: ha.HybridAnalysis) -> None:
    service.hour = 0


def as_validation_error(service: ha.HybridAnalysis) -> None:
    service.minute, service.as_validation_error = 0, True


def too_many(service: osv_api.OSV) -> None:
    service.fail("status", times=None, reply=Reply(429, {"code": 8, "message": "slow down"}))


@pytest.mark.parametrize(
    ("analyzer", "setup"),
    [
        ("VirusTotal", minute),
        ("VirusTotal", day),
        ("VirusTotal_Scan", minute),
        ("Snyk", used_up),
        ("OSV", too_many),
        ("HybridAnalysis", hour),
        ("HybridAnalysis", as_validation_error),
    ],
)
def test_a_used_up_quota_is_a_failure_that_says_quota(desk: Desk, analyzer: str, setup: Setup) -> None:
    setup(desk.service(analyzer))
    assert "quota" in failure_of(desk.run(analyzer, DATA.get(analyzer, URL), items={"wait_seconds": 2}))


def test_a_minutes_quota_that_comes_back_is_waited_for(desk: Desk) -> None:
    service = desk.service("VirusTotal")
    url(content={})(service)
    service.minute_quota, service.minute_seconds, service.retry_after = 1, 0.9, True
    assert report_of(desk.run("VirusTotal", items={"wait_seconds": 10}))["verdict"] == "safe"


def test_a_redirect_never_gets_the_key(desk: Desk) -> None:
    with SIMULATORS["VirusTotal"]() as elsewhere:
        reply = Reply(307, None, {"Location": f"{elsewhere.url}/urls/x"})
        desk.service("VirusTotal").fail("status", times=None, reply=reply)
        assert "redirects" in failure_of(desk.run("VirusTotal"))
        assert not elsewhere.requests


# What a service may send.


def test_five_megabytes_of_odd_results_are_read_for_what_they_say(desk: Desk) -> None:
    engine = {"category": "malicious", "result": "\ud83d" + "x" * 400}
    odd = {"last_analysis_stats": None, "title": "\udfff", "tags": 5, "reputation": float("nan")}
    odd["last_analysis_results"] = {f"Engine {n} \ud800": engine for n in range(12_000)}
    desk.service("VirusTotal").urls[URL] = odd
    done = desk.run("VirusTotal", items={"wait_seconds": 30})
    full = report_of(done)
    assert full["verdict"] == "malicious"
    assert len(full["engines"]) == 100
    assert done.output is not None
    assert len(done.output) < 200_000


@pytest.mark.parametrize("analyzer", PASSIVE)
def test_nonsense_of_the_right_form_ends_whole(desk: Desk, analyzer: str) -> None:
    desk.service(analyzer).fail("wrong_types", times=None)
    done = desk.run(analyzer, DATA.get(analyzer, URL))
    assert re.search("holds no|not one of OSV's", failure_of(done))


def test_a_key_that_the_service_echoes_is_in_no_output(desk: Desk) -> None:
    service = desk.service("VirusTotal")
    url(title=service.key, threat_names=[f"a {service.key} b"], malicious=1)(service)
    assert report_of(desk.run("VirusTotal"))["verdict"] == "suspicious"


def test_a_proxys_password_is_in_no_output(desk: Desk) -> None:
    service = desk.service("VirusTotal")
    proxy = f"http://proxyuser:pr0xy-passw0rd@127.0.0.1:{service.port}"
    service.fail("status", times=None, reply=Reply(407, {"error": {"message": "pr0xy-passw0rd is wrong"}}))
    items = {"proxy_http": proxy, "proxy_https": proxy, "api_url": "http://vt.example/api/v3"}
    done = desk.run("VirusTotal", items=items, request={"parameters": {"p": "pr0xy-passw0rd"}},
                    environment={"no_proxy": "", "NO_PROXY": ""})  # fmt: skip
    failure_of(done)
    assert done.output is not None
    assert b"pr0xy-passw0rd" not in done.output
    assert service.requests[0].headers["host"] == "vt.example"


# What an administrator may have set.


@pytest.mark.parametrize("analyzer", PASSIVE)
def test_items_that_arrive_as_null_take_their_defaults(desk: Desk, analyzer: str) -> None:
    empty = ("malicious_threshold", "max_age_days", "min_severity", "wait_seconds")
    url(content={"malicious": 1}, age_days=29)(desk.service("VirusTotal"))
    issues(snyk_api.issue("S-1", "high"))(desk.service("Snyk"))
    records(JQUERY_XSS)(desk.service("OSV"))
    reports("suspicious")(desk.service("HybridAnalysis"))
    done = desk.run(analyzer, DATA.get(analyzer, URL), items=dict.fromkeys(empty))
    assert report_of(done)["verdict"] == "suspicious"


@pytest.mark.parametrize("name", ["tlp", "pap"])
@pytest.mark.parametrize(
    ("analyzer", "items", "value", "refused"),
    [
        ("VirusTotal", {}, 2, False),
        ("VirusTotal", {}, 3, True),
        ("VirusTotal", {"max": 3}, 3, False),
        ("VirusTotal", {"check": False}, 3, False),
        ("VirusTotal", {"check": True, "max": 1}, 2, True),
        ("VirusTotal_Scan", {}, 1, False),
        ("VirusTotal_Scan", {}, 2, True),
        ("HybridAnalysis_Scan", {"max": 2}, 2, False),
        ("OSV", {}, 3, True),
    ],
)
def test_tlp_and_pap_are_checked_unless_the_administrator_set_otherwise(
    desk: Desk, name: str, analyzer: str, items: dict[str, Any], value: int, refused: bool
) -> None:
    stored = {f"{key}_{name}": setting for key, setting in items.items()}
    done = desk.run(analyzer, items=stored, request={name: value})
    if refused:
        assert failure_of(done) == f"{name.upper()} is higher than allowed."
        assert not desk.service(analyzer).requests
    else:
        report_of(done)


@pytest.mark.parametrize(
    ("analyzer", "items", "named"),
    [
        ("VirusTotal", {"key": None}, "key"),
        ("VirusTotal", {"malicious_threshold": "two"}, "malicious_threshold"),
        ("VirusTotal", {"max_age_days": -1}, "max_age_days"),
        ("VirusTotal", {"wait_seconds": 0}, "wait_seconds"),
        ("VirusTotal", {"api_url": "www.virustotal.com"}, "api_url"),
        ("VirusTotal", {"api_url": "https://me:s3cr3t-pw@vt.example"}, "api_url"),
        ("Snyk", {"org_id": "my-org"}, "org_id"),
        ("OSV", {"min_severity": "severe"}, "min_severity"),
        ("OSV", {"service": "virustotal2"}, "service"),
    ],
)
def test_a_wrong_item_is_named(desk: Desk, analyzer: str, items: dict[str, Any], named: str) -> None:
    done = desk.run(analyzer, DATA.get(analyzer, URL), items=items)
    assert f"item {named} " in failure_of(done)
    assert "s3cr3t-pw" not in str(done.output)
    assert not desk.service(analyzer).requests


# What may be asked.


@pytest.mark.parametrize(
    ("analyzer", "kind", "data", "words"),
    [
        ("VirusTotal", "ip", "198.51.100.7", "looks up url and domain, not ip"),
        ("Snyk", "domain", "example.com", "looks up url, not domain"),
        ("VirusTotal", "url", "cdn.example.com/a.js", "not a URL"),
        ("VirusTotal", "url", "", "not a URL"),
        ("OSV", "url", "javascript:alert(1)", "not a URL"),
        ("HybridAnalysis", "domain", "no domain", "not a domain name"),
        ("VirusTotal_Scan", "url", "https://10.1.2.3/a.js", "not submitted"),
        ("VirusTotal_Scan", "url", "https://shop.internal/a.js", "not submitted"),
        ("HybridAnalysis_Scan", "url", "https://user:pw@cdn.example.com/a.js", "user part"),
    ],
)
def test_what_can_not_be_asked_is_refused_before_any_request(
    desk: Desk, analyzer: str, kind: str, data: str, words: str
) -> None:
    assert words in failure_of(desk.run(analyzer, data, kind))
    assert not desk.service(analyzer).requests


# However a run ends, its answer is whole.


def test_a_stopped_job_leaves_a_whole_answer(desk: Desk) -> None:
    desk.service("VirusTotal").fail("hang", times=None)
    done = desk.run("VirusTotal", items={"wait_seconds": 60}, timeout=1.5)
    assert "job timeout" in failure_of(done)
    assert done.seconds < 4


def test_an_error_of_the_analyzers_own_is_one_sentence(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    explosive = "\ndef urlsafe_b64encode(*_):\n    raise KeyError('s3cr3t')\n"
    (tmp_path / "broken" / "base64.py").write_text(Path(base64.__file__).read_text() + explosive)
    done = desk.run("VirusTotal", environment={"PYTHONPATH": str(tmp_path / "broken")})
    message = failure_of(done)
    assert "KeyError in base64.py, line " in message
    assert "s3cr3t" not in message


UNREADABLE = ["", "{", "[]", "5", '{"dataType": 5}', '{"data": "x"}', "[" * 5000]
ODD_JOBS: list[dict[str, Any]] = [
    {"dataType": "url", "tlp": "high"},
    {"dataType": "url", "config": []},
    {"dataType": "url", "config": {"service": "osv"}},
    {"dataType": "url", "config": {"service": "osv", "check_tlp": None, "proxy": 5}},
    {"dataType": "url", "data": [[[[{"deep": 1}]]]], "config": {"service": "osv"}},
    {"dataType": "url", "data": "\ud800", "config": {"service": "osv", "key\udfff": "\ud800"}},
]


@pytest.mark.parametrize("raw", [*UNREADABLE, *(json.dumps(job) for job in ODD_JOBS)])
def test_a_job_that_cortex_would_not_write_is_answered_all_the_same(tmp_path: Path, raw: str) -> None:
    (tmp_path / "input").mkdir()
    (tmp_path / "input" / "input.json").write_text(raw)
    command = [sys.executable, str(FOLDER / "codedefender.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, timeout=20, check=False, stdin=subprocess.DEVNULL)
    answer = json.loads((tmp_path / "output" / "output.json").read_bytes())
    assert answer["success"] is False
    assert answer["errorMessage"]
    assert (done.stdout, done.stderr) == (b"", b"")
    assert done.returncode == 1


def test_a_job_on_standard_input_is_answered_on_standard_output(desk: Desk, tmp_path: Path) -> None:
    records(JQUERY_XSS)(desk.service("OSV"))
    definition = load(FOLDER / "CodeDefender_OSV.json")
    config = definition.spec["config"] | desk.worker("OSV")
    job = {"data": JQUERY, "dataType": "url", "tlp": 2, "pap": 2, "config": config}
    done = subprocess.run(
        [sys.executable, str(FOLDER / "codedefender.py"), str(tmp_path)],
        input=json.dumps(job).encode(),
        capture_output=True,
        timeout=20,
        check=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    assert json.loads(done.stdout)["full"]["verdict"] == "suspicious"
    assert done.stderr == b""
