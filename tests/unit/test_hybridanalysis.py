"""Hybrid Analysis: the search, its verdicts, its limits, and the quick scan."""

from __future__ import annotations

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
from simulators.hybridanalysis import report, scanner
from simulators.server import Reply

URL = "https://cdn.example.com/a.js?x=1&y=ä"


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
    ("verdicts", "verdict"),
    [
        ([], "info"),
        (["malicious"], "malicious"),
        (["suspicious"], "suspicious"),
        (["no specific threat"], "safe"),
        (["whitelisted"], "safe"),
        (["no verdict"], "info"),
        ([None], "info"),
        (["something new"], "info"),
        (["no specific threat", "malicious", "whitelisted"], "malicious"),
        (["no specific threat", "suspicious", None], "suspicious"),
        ([None, "whitelisted"], "safe"),
        (["Malicious"], "malicious"),
    ],
)
@pytest.mark.parametrize(("data", "kind"), [(URL, "url"), ("cdn.example.com", "domain")])
def test_the_worst_verdict_of_all_reports_counts(
    ha: Simulated, verdicts: list[str | None], verdict: str, data: str, kind: str
) -> None:
    ha.reports[data] = [report(said, age) for age, said in enumerate(verdicts)]
    found = ask(ha, data, kind)
    assert found.verdict == verdict
    assert [(r.method, r.path, r.form()) for r in ha.requests] == [("POST", "/search/terms", {kind: data})]


def test_the_newest_report_is_shown_first_and_linked_with_the_worst(ha: Simulated) -> None:
    ha.reports[URL] = [
        report("malicious", 90, threat_score=100, vx_family="Magecart"),
        report("whitelisted", 2),
    ]
    found = ask(ha)
    rows = found.details["reports"]
    assert [row["verdict"] for row in rows] == ["whitelisted", "malicious"]
    assert (rows[1]["threat_score"], rows[1]["family"]) == (100, "Magecart")
    assert [link["url"] for link in found.links] == [
        f"https://www.hybrid-analysis.com/sample/{row['sha256']}" for row in rows
    ]
    assert "worst verdict of Hybrid Analysis's 2 reports is “malicious”" in found.summary
    assert "“whitelisted”" in found.summary


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"verdict": 5, "sha256": "x", "analysis_start_time": []},
        {"verdict": ["malicious"]},
        {"verdict": None, "sha256": "../../x", "threat_score": "100", "submit_name": {"a": 1}},
    ],
)
def test_odd_rows_clear_nothing_and_break_nothing(ha: Simulated, row: dict[str, Any]) -> None:
    ha.reports[URL] = [row]
    found = ask(ha)
    assert (found.verdict, found.links) == ("info", ())


@pytest.mark.parametrize("body", [{}, {"result": None}, {"result": {"verdict": "malicious"}}])
def test_an_answer_without_a_list_is_a_failure_not_a_missing_report(
    ha: Simulated, body: dict[str, Any]
) -> None:
    ha.fail("status", times=None, reply=Reply(200, body))
    for scan in (False, True):
        with pytest.raises(Failure, match="no list of results"):
            ask(ha, scan=scan)
    assert not ha.submitted


def test_json_that_is_sent_as_a_web_page_is_read(ha: Simulated) -> None:
    body = json.dumps({"result": [report("malicious")]})
    ha.fail("status", reply=Reply(200, body, {"Content-Type": "text/html"}))
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
        ([scanner("A", "clean"), scanner("B", "no-result")], "safe"),
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
    ha.reports[URL] = [report("suspicious")]
    assert ask(ha, scan=True).verdict == "suspicious"
    assert not ha.submitted


def test_a_scan_that_is_finished_at_once_is_not_polled(ha: Simulated) -> None:
    ha.looks_until_done = -1
    ask(ha, scan=True)
    assert [r.path for r in ha.requests] == ["/search/terms", "/quick-scan/url"]


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
