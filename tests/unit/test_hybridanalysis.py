"""Hybrid Analysis: the search, its verdicts, its limits, and the quick scan."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

import neuron.deadline as deadline
from lookup.verdict import Report
from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from services.hybridanalysis import HybridAnalysis
from services.hybridanalysis_scan import HybridAnalysisScan
from simulators.clock import Clock
from simulators.hybridanalysis import HybridAnalysis as Simulated
from simulators.hybridanalysis import overview, sample, scanner
from simulators.server import Reply

URL = "https://cdn.example.com/a.js?x=1&y=ä"
OVERVIEW = f"/overview/{hashlib.sha256(URL.encode()).hexdigest()}"


@pytest.fixture
def ha() -> Iterator[Simulated]:
    with Simulated() as simulated:
        yield simulated


def ask(ha: Simulated, data: str = URL, kind: str = "url", seconds: float = 5, scan: bool = False) -> Report:
    configuration = Configuration({"key": ha.key, "api_url": ha.url})
    return (HybridAnalysisScan if scan else HybridAnalysis)(configuration, Deadline(seconds)).look_up(
        kind, data
    )


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("malicious", "malicious"),
        ("Malicious", "malicious"),
        ("suspicious", "suspicious"),
        ("no specific threat", "safe"),
        ("whitelisted", "safe"),
        ("no verdict", "info"),
        (None, "info"),
        ("something new", "info"),
    ],
)
def test_the_report_on_the_url_itself_is_the_verdict(ha: Simulated, said: str | None, verdict: str) -> None:
    ha.overviews[URL] = overview(said, threat_score=7)
    found = ask(ha)
    assert found.verdict == verdict
    name = hashlib.sha256(URL.encode()).hexdigest()
    assert [(r.method, r.path, r.form()) for r in ha.requests] == [
        ("POST", "/submit/hash-for-url", {"url": URL}),
        ("GET", f"/overview/{name}", {}),
        ("POST", "/search/terms", {"url": URL}),
    ]
    assert [row["sha256"] for row in found.details["reports"]] == [name]
    assert found.links[0]["url"] == f"https://www.hybrid-analysis.com/sample/{name}"


@pytest.mark.parametrize("verdict", ["malicious", "suspicious", "no specific threat", "whitelisted"])
@pytest.mark.parametrize(("data", "kind"), [(URL, "url"), ("cdn.example.com", "domain")])
def test_what_other_samples_did_is_no_verdict(ha: Simulated, verdict: str, data: str, kind: str) -> None:
    ha.samples = [(sample(verdict, vx_family="AgentTesla"), [f"GET {data}"])]
    found = ask(ha, data, kind)
    assert found.verdict == "info"
    assert "1 sample there spoke to it" in found.summary
    assert [row["family"] for row in found.details["samples"]] == ["AgentTesla"]


@pytest.mark.parametrize(
    ("age_days", "verdict", "words"),
    [(29.9, "safe", "says “no specific threat”"), (31, "info", "clears nothing: it is 31 days old")],
)
def test_an_old_clean_report_clears_nothing(ha: Simulated, age_days: float, verdict: str, words: str) -> None:
    ha.overviews[URL] = overview("no specific threat", age_days)
    found = ask(ha)
    assert found.verdict == verdict
    assert words in found.summary


def test_a_scan_of_today_does_not_renew_what_the_sandbox_saw_in_2017(ha: Simulated) -> None:
    ha.overviews[URL] = overview("no specific threat", 0, analysis_start_time="2017-05-01T00:00:00+00:00")
    assert ask(ha).verdict == "info"


def test_no_report_is_said_without_a_level(ha: Simulated) -> None:
    found = ask(ha)
    assert (found.verdict, found.findings[0].value) == ("info", "no report")
    assert found.summary == ("Hybrid Analysis has no report on this URL; no sample there has spoken to it.")


@pytest.mark.parametrize("said", ["malicious", "suspicious", "no specific threat"])
def test_context_that_cannot_be_had_hides_nothing(ha: Simulated, said: str) -> None:
    ha.overviews[URL] = overview(said)
    ha.fail("status", path="/search/terms", times=None, reply=Reply(500, ""))
    found = ask(ha)
    assert found.verdict == {"no specific threat": "safe"}.get(said, said)
    assert "could not be asked" in found.summary


@pytest.mark.parametrize("own", [None, overview("no verdict"), overview("no specific threat", 400)])
@pytest.mark.parametrize(("reply", "words"), [(Reply(429, {}), "quota"), (Reply(500, ""), "out of order")])
def test_nothing_known_and_somebody_not_asked_is_a_failure(
    ha: Simulated, monkeypatch: pytest.MonkeyPatch, own: dict[str, Any] | None, reply: Reply, words: str
) -> None:
    monkeypatch.setattr(deadline, "time", Clock())
    ha.overviews |= {URL: own} if own else {}
    ha.fail("status", path="/search/terms", times=None, reply=reply)
    with pytest.raises(Failure, match=words):
        ask(ha)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://intranet.local/a.js", "its host is not one of the public internet"),
        ("http://192.168.0.1/a.js", "its host is not one of the public internet"),
        ("https://a:b@cdn.example.com/a.js", "it holds a user part"),
    ],
)
def test_a_private_address_is_not_asked_about_by_hash(ha: Simulated, url: str, why: str) -> None:
    found = ask(ha, url)
    assert [r.path for r in ha.requests] == ["/search/terms"]
    assert (found.verdict, found.findings[0].value) == ("info", "not asked")
    assert f"was not asked for a report on this URL, since {why}; no sample" in found.summary


@pytest.mark.parametrize(
    "row",
    [
        {"verdict": 5, "analysis_start_time": []},
        {"verdict": ["malicious"]},
        {"verdict": None, "threat_score": "100", "last_file_name": {"a": 1}},
        {"verdict": "no specific threat", "analysis_start_time": "yesterday"},
        {"verdict": "whitelisted", "analysis_start_time": None, "last_multi_scan": None},
    ],
)
def test_odd_reports_clear_nothing_and_break_nothing(ha: Simulated, row: dict[str, Any]) -> None:
    ha.overviews[URL] = overview(None) | row
    assert ask(ha).verdict == "info"


@pytest.mark.parametrize(
    ("path", "body"),
    [("/submit/hash-for-url", {}), ("/submit/hash-for-url", {"sha256": "x"}), ("/overview/.*", {"x": 1})],
)
def test_an_answer_of_another_form_is_a_failure_not_a_missing_report(
    ha: Simulated, path: str, body: dict[str, Any]
) -> None:
    ha.fail("status", path=path, times=None, reply=Reply(200, body))
    for scan in (False, True):
        with pytest.raises(Failure, match=r"no hash|no report"):
            ask(ha, scan=scan)
    assert not ha.submitted


def test_json_that_is_sent_as_a_web_page_is_read(ha: Simulated) -> None:
    body = json.dumps(overview("malicious"))
    ha.fail("status", path="/overview/.*", reply=Reply(200, body, {"Content-Type": "text/html"}))
    assert ask(ha).verdict == "malicious"


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(403, {"message": "The API key was not valid"}), "key is wrong.*The API key was not valid"),
        (Reply(403, "<!DOCTYPE html><title>Cloudflare</title>", {"Content-Type": "text/html"}), "protection"),
        (Reply(404, "<!DOCTYPE html><title>404</title>", {"Content-Type": "text/html"}), "api_url"),
        (Reply(301, None, {"Location": "https://www.hybrid-analysis.com/"}), "redirects"),
        (
            Reply(
                400, {"message": "Failed", "validation_errors": [{"field": "url", "errors": ["Not a URL."]}]}
            ),
            "Failed: Not a URL",
        ),
        (Reply(400, {"message": 5, "validation_errors": "odd"}), "refused the request"),
    ],
)
def test_a_refusal_is_said_in_words(ha: Simulated, reply: Reply, words: str) -> None:
    ha.fail("status", reply=reply)
    with pytest.raises(Failure, match=words):
        ask(ha)


@pytest.mark.parametrize("as_validation_error", [False, True])
def test_the_minutes_limit_is_waited_for(
    ha: Simulated, monkeypatch: pytest.MonkeyPatch, as_validation_error: bool
) -> None:
    clock = Clock()
    monkeypatch.setattr(deadline, "time", clock)
    ha.as_validation_error, ha.minute = as_validation_error, 0
    with pytest.raises(Failure, match="quota"):
        ask(ha, seconds=40)
    assert clock.slept == [15, 15]


def test_the_hours_limit_is_not_waited_for(ha: Simulated, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(deadline, "time", clock)
    ha.hour = 0
    with pytest.raises(Failure, match="quota"):
        ask(ha, seconds=40)
    assert clock.slept == []


@pytest.mark.parametrize("header", ["", "no json", "[]", '{"limits": 5}', '{"limits": {"hour": "x"}}'])
def test_an_odd_limits_header_is_no_hour_that_is_over(
    ha: Simulated, monkeypatch: pytest.MonkeyPatch, header: str
) -> None:
    monkeypatch.setattr(deadline, "time", Clock())
    ha.fail("status", reply=Reply(429, {}, {"api-limits": header}))
    assert ask(ha, seconds=40).verdict == "info"


@pytest.mark.parametrize(
    ("scanners", "verdict"),
    [
        ([scanner("A", "malicious", 3, 90), scanner("B", "clean")], "malicious"),
        ([scanner("A", "suspicious"), scanner("B", "clean")], "suspicious"),
        ([scanner("A", "clean"), scanner("B", "no-result")], "info"),
        ([scanner("A", "no-result"), scanner("B", "no-classification")], "info"),
        ([scanner("A", "error"), {"name": 5, "status": ["malicious"]}], "info"),
        ([], "info"),
    ],
)
def test_the_quick_scans_scanners_make_the_verdict(
    ha: Simulated, scanners: list[dict[str, Any]], verdict: str
) -> None:
    ha.scanners[URL] = scanners
    found = ask(ha, scan=True, seconds=3)
    assert found.verdict == verdict
    assert len(found.details["scanners"]) == len(scanners)


def test_a_white_listed_url_is_safe_unless_a_scanner_flags_it(ha: Simulated) -> None:
    ha.whitelisted, ha.looks_until_done = True, 0
    ha.scanners[URL] = [scanner("A", "no-result")]
    assert ask(ha, scan=True, seconds=3).verdict == "safe"
    ha.scanners[URL] = [scanner("A", "malicious")]
    assert ask(ha, scan=True, seconds=3).verdict == "malicious"


def test_a_scan_is_shared_with_nobody(ha: Simulated) -> None:
    ask(ha, scan=True, seconds=3)
    assert ha.submitted == [
        {"scan_type": "all", "url": URL, "no_share_third_party": "true", "allow_community_access": "false"}
    ]


def test_a_url_with_a_report_is_not_scanned(ha: Simulated) -> None:
    ha.overviews[URL] = overview("suspicious")
    assert ask(ha, scan=True).verdict == "suspicious"
    assert not ha.submitted


def test_a_scan_that_is_finished_at_once_is_not_polled(ha: Simulated) -> None:
    ha.looks_until_done = -1
    ask(ha, scan=True)
    assert [r.path for r in ha.requests] == ["/submit/hash-for-url", OVERVIEW, "/quick-scan/url"]


@pytest.mark.parametrize(
    "url", ["https://intranet/a.js", "http://192.168.0.1/", "https://a:b@cdn.example.com/"]
)
def test_the_scan_refuses_before_any_request(ha: Simulated, url: str) -> None:
    with pytest.raises(Failure, match="not submitted"):
        ask(ha, url, scan=True)
    assert not ha.requests


def test_an_unfinished_scan_is_said_to_be_ready_later(ha: Simulated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "time", Clock())
    ha.looks_until_done = 99
    with pytest.raises(Failure, match=r"has taken the URL .* in a few minutes .*within 120 seconds"):
        ask(ha, scan=True, seconds=120)
    assert len(ha.submitted) == 1
