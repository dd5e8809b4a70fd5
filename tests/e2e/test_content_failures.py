"""Whoever fails the content analyzer: it ends in time, with one sentence or what is known, and no key."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analyzer_desk import failure_of
from content.examination import Examination
from content_desk import ADDED, LIBRARY, UNNAMED, URL, ContentDesk
from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from services.content import Content
from simulators.jsdelivr import JsDelivr
from simulators.server import Reply

FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("status", {"reply": Reply(500, {"message": "oops"})}),
    ("status", {"reply": Reply(503, "<html>maintenance</html>")}),
    ("status", {"reply": Reply(429, {"message": "slow down"}, {"Retry-After": "3600"})}),
    ("status", {"reply": Reply(302, None, {"Location": "https://shop.example.com/js/jquery-3.7.1.min.js"})}),
    ("html", {}),
    ("wrong_types", {}),
    ("truncated", {}),
    ("reset_before", {}),
    ("hang", {}),
    ("drip", {}),
    ("huge", {}),
]
SLOW = ("hang", "drip")
# Of whom the verdict on a published file depends; of the others it does not.
NEEDED = ("urlscan", "npm", "osv")


@pytest.fixture(autouse=True)
def unexamined(monkeypatch: pytest.MonkeyPatch) -> None:
    behaviour = {"ran": True, "reads": [], "leaks": [], "signs": []}
    nothing = Examination("info", ("Nothing was seen.",), behaviour)
    monkeypatch.setattr("services.content.examine", lambda content, url, seconds: nothing)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ContentDesk]:
    made = ContentDesk(tmp_path)
    yield made
    made.close()


def said(desk: ContentDesk, seconds: float = 20, data: str = URL, **items: Any) -> str:
    """The verdict and summary, or the failure's sentence."""
    configuration = Configuration(desk.worker("Content", **items))
    try:
        report = Content(configuration, Deadline(seconds)).look_up("url", data)
    except Failure as failure:
        return str(failure)
    return f"{report.verdict}: {report.summary}"


@pytest.mark.sampled(8)
@pytest.mark.parametrize("service", ["urlscan", "npm", "osv", "jsdelivr", "wayback"])
@pytest.mark.parametrize(("kind", "options"), FAULTS, ids=[f"{k}{n}" for n, (k, _) in enumerate(FAULTS)])
def test_a_failing_source_ends_in_time_with_one_sentence(
    desk: ContentDesk, service: str, kind: str, options: dict[str, Any]
) -> None:
    desk.publish()
    desk.serve(LIBRARY)
    desk.services[service].fail(kind, times=None, **options)
    seconds = 1.5 if kind in SLOW else 20
    started = time.monotonic()
    sentence = said(desk, seconds)
    assert time.monotonic() - started < seconds + 3
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert desk.urlscan.key not in sentence
    if service in NEEDED:
        assert not re.match("safe|info", sentence)
    elif service == "wayback" and kind not in SLOW:
        assert sentence.startswith("safe")


@pytest.mark.parametrize("service", ["urlscan", "npm"])
def test_a_job_whose_source_drips_ends_in_time(desk: ContentDesk, service: str) -> None:
    desk.publish()
    desk.serve(LIBRARY)
    desk.services[service].fail("drip", times=None)
    done = desk.asked(items={"wait_seconds": 3})
    assert "within" in failure_of(done)
    assert done.seconds < 3 + 10


@pytest.mark.parametrize("name", ["urlscan", "virustotal"])
def test_a_wrong_key_is_said_to_be_that(desk: ContentDesk, name: str) -> None:
    keys = {"urlscan_key": None, "virustotal_key": None} | {f"{name}_key": "wr0ng-key-wr0ng-key"}
    assert f"item {name}_key" in said(desk, **keys)


def test_a_wrong_key_stays_out_of_the_jobs_output(desk: ContentDesk) -> None:
    done = desk.asked(items={"urlscan_key": "wr0ng-key-wr0ng-key"})
    assert "item urlscan_key" in failure_of(done)
    assert done.output is not None
    assert b"wr0ng-key" not in done.output


@pytest.mark.parametrize(
    ("item", "value"),
    [("urlscan_url", "urlscan.io"), ("npm_url", "https://me:pw@npm.example"), ("virustotal_key", "a key")],
)
def test_a_wrong_item_is_named(desk: ContentDesk, item: str, value: str) -> None:
    assert f"item {item} " in said(desk, **{item: value})
    assert not desk.urlscan.requests


def test_no_redirect_is_followed_and_no_key_leaves(desk: ContentDesk) -> None:
    desk.publish()
    desk.serve(LIBRARY)
    with JsDelivr() as elsewhere:
        reply = Reply(302, None, {"Location": f"{elsewhere.url}/x"})
        for service in desk.services.values():
            service.fail("status", times=None, reply=reply)
        said(desk, virustotal_key=desk.virustotal.key)
        assert not elsewhere.requests


def test_virustotals_address_of_a_file_is_followed_to_its_own_stores_only(desk: ContentDesk) -> None:
    desk.hold(LIBRARY)
    keys = {"virustotal_key": desk.virustotal.key, "urlscan_key": None}
    with JsDelivr() as elsewhere:
        for address in (
            f"{elsewhere.url}/x",
            "http://www.virustotal.com/x",
            "https://virustotal.com.evil.example/x",
            "https://u@storage.googleapis.com/x",
            5,
        ):
            desk.virustotal.faults.clear()
            reply = Reply(200, {"data": address})
            desk.virustotal.fail("status", path=".*/download_url", times=None, reply=reply)
            assert "no file store of its own" in said(desk, **keys)
        # A script on such a store is on its own host.
        script = "https://storage.googleapis.com/shop/a.js"
        desk.hold(LIBRARY, script)
        reply = Reply(200, {"data": "https://storage.googleapis.com/x"})
        desk.virustotal.faults.clear()
        desk.virustotal.fail("status", path=".*/download_url", times=None, reply=reply)
        assert "no file store of its own" in said(desk, data=script, **keys)
        assert not elsewhere.requests


def test_an_archive_that_is_too_large_is_looked_up_in_jsdelivrs_listing(
    desk: ContentDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sources.npm.LARGEST_ARCHIVE", 100)
    desk.publish()
    desk.serve(LIBRARY)
    assert "larger than" in said(desk)
    desk.jsdelivr.listings["jquery@3.7.1"] = {"dist/jquery.min.js": LIBRARY}
    assert said(desk).startswith("safe: ")
    desk.serve(LIBRARY + ADDED, time="2026-11-25T00:00:00.000Z")
    assert said(desk).startswith("info: ")


def test_what_a_source_says_of_itself_never_carries_a_key(desk: ContentDesk) -> None:
    desk.serve(LIBRARY, UNNAMED)
    desk.jsdelivr.fail("status", reply=Reply(500, {"message": f"echo {desk.urlscan.key}"}))
    assert desk.urlscan.key not in said(desk, data=UNNAMED)
