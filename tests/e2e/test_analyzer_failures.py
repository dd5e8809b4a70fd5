"""Every failure of a service ends in time, with one sentence and without a key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analyzer_desk import (
    DATA,
    JQUERY,
    PASSIVE,
    SCANS,
    SIMULATORS,
    URL,
    Desk,
    Setup,
    failure_of,
    report_of,
    url,
)
from simulators import hybridanalysis as ha
from simulators import osv as osv_api
from simulators import snyk as snyk_api
from simulators import virustotal as vt
from simulators.server import Reply


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


FAULTS: list[tuple[str, dict[str, Any], str]] = [
    ("status", {"reply": Reply(500, {"message": "oops"})}, "out of order"),
    ("status", {"reply": Reply(503, "<html>maintenance</html>")}, "out of order"),
    ("status", {"reply": Reply(302, None, {"Location": "http://127.0.0.1:9/"})}, "redirects"),
    ("html", {}, "web page"),
    ("truncated", {}, "broke off"),
    ("reset_before", {}, "can not be reached"),
    ("hang", {}, "within the 1 seconds"),
    ("drip", {}, "within the 1 seconds"),
    ("huge", {}, "larger than"),
]
SLOW = ("hang", "drip")


@pytest.mark.sampled(6)
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
