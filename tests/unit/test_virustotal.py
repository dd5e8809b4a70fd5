"""VirusTotal: which requests are made, what the report shows, and when a URL is submitted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

import neuron.deadline as deadline
from lookup.verdict import Report
from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from services.virustotal import VirusTotal
from services.virustotal_scan import VirusTotalScan
from simulators.clock import Clock
from simulators.server import Reply
from simulators.virustotal import VirusTotal as Simulated
from simulators.virustotal import attributes, identifier

URL = "https://cdn.example.com/lib/a.js?x=1"
SHA = "ab" * 32
EMPTY_SHA = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.fixture
def vt() -> Iterator[Simulated]:
    with Simulated() as simulated:
        yield simulated


def ask(
    vt: Simulated, data: str = URL, kind: str = "url", seconds: float = 5, scan: bool = False, **items: Any
) -> Report:
    configuration = Configuration({"key": vt.key, "api_url": vt.url, **items})
    service = (VirusTotalScan if scan else VirusTotal)(configuration, Deadline(seconds))
    return service.look_up(kind, data)


def asked(vt: Simulated) -> list[str]:
    return [f"{r.method} {r.path.split('/')[1]}" for r in vt.requests]


@pytest.mark.parametrize(
    ("url", "content", "verdict", "levels"),
    [
        (attributes(), attributes(), "safe", ["safe", "safe"]),
        # What is not cleared as a whole is cleared in no part.
        (attributes(), None, "info", ["info"]),
        (attributes(), {}, "info", ["info", "info"]),
        (attributes(age_days=31), attributes(), "info", ["info", "info"]),
        ({}, attributes(), "info", ["info", "info"]),
        (attributes(), attributes(age_days=400), "safe", ["safe", "safe"]),
        (attributes(), attributes(malicious=5), "malicious", ["info", "malicious"]),
        (attributes(), attributes(malicious=1), "suspicious", ["info", "suspicious"]),
        (attributes(malicious=3), attributes(), "malicious", ["malicious", "info"]),
        (attributes(suspicious=1), attributes(malicious=2), "malicious", ["suspicious", "malicious"]),
        (attributes(age_days=31), attributes(malicious=2, age_days=900), "malicious", ["info", "malicious"]),
    ],
)
def test_the_url_and_its_content_make_the_verdict(
    vt: Simulated, url: dict[str, Any], content: dict[str, Any] | None, verdict: str, levels: list[str]
) -> None:
    vt.urls[URL] = {**url, "last_http_response_content_sha256": SHA, "last_http_response_code": 200}
    if content is not None:
        vt.files[SHA] = content
    report = ask(vt)
    assert report.verdict == verdict
    assert [finding.level for finding in report.findings] == levels
    assert asked(vt) == ["GET urls", "GET files"]


@pytest.mark.parametrize(
    ("sha256", "requests"), [(None, 1), (EMPTY_SHA, 1), (5, 1), ("../files", 1), (SHA.upper(), 2)]
)
def test_only_content_that_was_seen_is_asked_about(vt: Simulated, sha256: Any, requests: int) -> None:
    vt.urls[URL] = attributes() | {"last_http_response_content_sha256": sha256}
    report = ask(vt)
    assert len(vt.requests) == requests
    assert ("not seen" in report.summary) == (requests == 1)


def test_a_known_script_is_shown_with_its_evidence(vt: Simulated) -> None:
    vt.urls[URL] = attributes(
        content=SHA,
        malicious=1,
        last_final_url="https://evil.example/b.js",
        redirection_chain=[URL, "https://evil.example/b.js"],
        threat_names=["Magecart"],
        categories={"A": "malware sites", "B": "malware sites"},
        times_submitted=7,
        title="t",
    )
    vt.files[SHA] = attributes(malicious=5, label="trojan.js/skimmer", type_description="JavaScript")
    report = ask(vt)
    assert report.summary == (
        "1 of 60 engines flag the URL as malicious (Magecart), analysed 1 day ago; "
        "5 of 90 engines flag the content as malicious (trojan.js/skimmer), analysed 1 day ago."
    )
    assert [finding.value for finding in report.findings] == [
        "URL 1/60 Magecart",
        "content 5/90 trojan.js/skimmer",
    ]
    assert report.links == (
        {"title": "VirusTotal: URL", "url": f"https://www.virustotal.com/gui/url/{identifier(URL)}"},
        {"title": "VirusTotal: content", "url": f"https://www.virustotal.com/gui/file/{SHA}"},
    )
    assert [(a["dataType"], a["data"]) for a in report.artifacts] == [
        ("url", "https://evil.example/b.js"), ("hash", SHA),
    ]  # fmt: skip
    facts = {row["name"]: row["value"] for row in report.details["facts"]}
    assert facts["Times submitted"] == "7"
    assert facts["Categories"] == "malware sites"
    assert facts["Content type"] == "JavaScript"
    assert facts["Redirections"] == f"{URL} → https://evil.example/b.js"
    assert len(report.details["engines"]) == 6
    assert [row["subject"] for row in report.details["opinions"]] == ["URL", "content"]


def test_a_domain_costs_one_request(vt: Simulated) -> None:
    vt.domains["cdn.example.com"] = attributes(malicious=2, registrar="A Registrar")
    report = ask(vt, "CDN.example.com", "domain")
    assert (report.verdict, asked(vt)) == ("malicious", ["GET domains"])
    assert report.links[0]["url"] == "https://www.virustotal.com/gui/domain/cdn.example.com"


@pytest.mark.parametrize(("data", "kind"), [(URL, "url"), ("example.com", "domain")])
def test_what_virustotal_does_not_know_is_info(vt: Simulated, data: str, kind: str) -> None:
    report = ask(vt, data, kind)
    assert (report.verdict, report.links, report.artifacts) == ("info", (), ())
    assert "no report" in report.summary
    assert len(vt.requests) == 1


def test_a_404_that_is_not_virustotals_own_is_a_failure(vt: Simulated) -> None:
    vt.fail("status", reply=Reply(404, {"message": "no such route"}))
    with pytest.raises(Failure, match="api_url"):
        ask(vt)


def test_an_http_error_of_the_script_is_said(vt: Simulated) -> None:
    vt.urls[URL] = attributes(content=SHA, last_http_response_code=404)
    assert "with HTTP 404" in ask(vt).summary


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"last_http_response_code": 503}, "answered VirusTotal with HTTP 503"),
        ({"last_final_url": "https://elsewhere.example/x"}, "another host (elsewhere.example)"),
        ({"first_submission_date": int(time.time()) - 3600}, "the address was first submitted today (30"),
        ({"last_analysis_date": int(time.time()) - 40 * 86_400}, "40 days old (30 are allowed)"),
        ({"harmless": 3}, "only 3 engines have an opinion on the address (10 are needed)"),
    ],
)
def test_what_speaks_against_clearing_is_said_in_words(
    vt: Simulated, changed: dict[str, Any], words: str
) -> None:
    vt.urls[URL] = attributes(content=SHA, **changed)
    vt.files[SHA] = attributes()
    report = ask(vt)
    assert report.verdict == "info"
    assert words in report.summary.partition("that clears nothing: ")[2]


def test_the_owners_own_submission_of_a_minute_ago_clears_nothing(vt: Simulated) -> None:
    now = int(time.time())
    vt.urls[URL] = attributes(content=SHA, age_days=0, first_submission_date=now - 60)
    vt.files[SHA] = attributes(age_days=0, first_submission_date=now - 60)
    report = ask(vt)
    assert report.verdict == "info"
    assert "the address was first submitted today" in report.summary
    assert "the content was first submitted today" in report.summary


def test_how_long_something_must_be_known_is_the_administrators(vt: Simulated) -> None:
    vt.urls[URL] = attributes(content=SHA)
    vt.files[SHA] = attributes()
    assert ask(vt, known_days=399).verdict == "safe"
    assert ask(vt, known_days=401).verdict == "info"


@pytest.mark.parametrize("reply", [Reply(500, ""), Reply(429, {"error": {"code": "QuotaExceededError"}})])
def test_a_verdict_that_stands_survives_a_failed_second_request(vt: Simulated, reply: Reply) -> None:
    vt.fail("status", path="/files/.*", times=None, reply=reply)
    for flags, verdict in ((3, "malicious"), (1, "suspicious")):
        vt.urls[URL] = attributes(malicious=flags, content=SHA)
        report = ask(vt)
        assert report.verdict == verdict
    assert "could not be looked up" in report.summary


def test_without_a_verdict_a_failed_second_request_is_a_failure(vt: Simulated) -> None:
    vt.urls[URL] = attributes(content=SHA)
    vt.fail("status", path="/files/.*", reply=Reply(500, ""))
    with pytest.raises(Failure, match="out of order"):
        ask(vt)


@pytest.mark.parametrize(
    "odd",
    [
        {"last_final_url": 5},
        {"last_final_url": "javascript:alert(1)"},
        {"last_final_url": "https://x.example/" + "a" * 5000},
        {"last_final_url": "not a url"},
        {"threat_names": {"a": 1}, "categories": [1], "tags": "x", "redirection_chain": [None, 5]},
        {"reputation": True, "times_submitted": 10**40, "title": ["x"], "first_submission_date": -1},
        {"last_analysis_results": {f"E{n}": {"category": "malicious"} for n in range(20_000)}},
    ],
)
def test_odd_attributes_cost_only_themselves(vt: Simulated, odd: dict[str, Any]) -> None:
    vt.urls[URL] = attributes(content=SHA) | odd
    vt.files[SHA] = attributes(malicious=2)
    report = ask(vt)
    assert report.verdict == "malicious"
    assert [artifact["data"] for artifact in report.artifacts] == [SHA]
    assert len(report.details["engines"]) <= 100 + 2


@pytest.mark.parametrize("data", [{}, {"data": None}, {"data": []}, {"data": "x"}])
def test_an_answer_without_an_object_is_a_failure(vt: Simulated, data: dict[str, Any]) -> None:
    vt.fail("status", reply=Reply(200, data))
    with pytest.raises(Failure, match="no object"):
        ask(vt)


def test_an_object_without_attributes_clears_nothing(vt: Simulated) -> None:
    vt.fail("status", reply=Reply(200, {"data": {"type": "url", "id": {"odd": 1}, "attributes": None}}))
    report = ask(vt)
    assert (report.verdict, report.links) == ("info", ())


def test_the_scan_submits_an_unknown_url_and_reports_it(vt: Simulated) -> None:
    vt.scanned[URL] = attributes(malicious=4, age_days=0, content=SHA)
    vt.files[SHA] = attributes(malicious=3)
    report = ask(vt, scan=True, seconds=3)
    assert report.verdict == "malicious"
    assert vt.submitted == [URL]
    assert asked(vt) == ["GET urls", "POST urls", "GET analyses", "GET analyses", "GET urls", "GET files"]


def test_the_scan_submits_a_url_with_an_old_report(vt: Simulated) -> None:
    vt.urls[URL] = attributes(age_days=31)
    vt.looks_until_done = 0
    assert ask(vt, scan=True, seconds=3).verdict == "info"
    assert vt.submitted == [URL]


def test_the_scan_submits_nothing_where_a_report_is_fresh(vt: Simulated) -> None:
    vt.urls[URL] = attributes(malicious=2)
    report = ask(vt, scan=True)
    assert (report.verdict, vt.submitted) == ("malicious", [])
    assert report.summary.endswith("; not submitted, since this report is fresh.")


@pytest.mark.parametrize(
    "url",
    [
        "https://intranet/a.js",
        "https://10.0.0.1/a.js",
        "http://localhost:8080/a.js",
        "https://me:pw@cdn.example.com/",
    ],
)
def test_the_scan_refuses_before_any_request(vt: Simulated, url: str) -> None:
    with pytest.raises(Failure, match="not submitted"):
        ask(vt, url, scan=True)
    assert not vt.requests


def test_an_unfinished_analysis_is_said_to_be_ready_later(
    vt: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(deadline, "time", clock)
    vt.looks_until_done = 99
    with pytest.raises(Failure, match=r"has taken the URL .* in a few minutes .*within 120 seconds"):
        ask(vt, scan=True, seconds=120)
    assert vt.submitted == [URL]
    assert clock.slept == [10, 15, 22.5, 33.75]


def test_a_failure_after_submitting_says_that_it_was_submitted(vt: Simulated) -> None:
    vt.fail("status", path="/analyses/.*", reply=Reply(500, ""))
    with pytest.raises(Failure, match=r"has taken the URL .*out of order"):
        ask(vt, scan=True, seconds=2)


def test_the_minutes_quota_is_waited_for(vt: Simulated) -> None:
    vt.urls[URL] = attributes(content=SHA)
    vt.files[SHA] = attributes()
    vt.minute_quota, vt.minute_seconds, vt.retry_after = 1, 0.9, True
    assert ask(vt, seconds=10).verdict == "safe"
    assert len(vt.requests) == 3
