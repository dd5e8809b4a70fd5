"""HUMAN: incidents are matched by what they name, unknown words are shown, and paging ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lookup.verdict import Report
from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from services.human import Human
from simulators.human import Human as Simulated
from simulators.human import action, incident
from simulators.server import Reply

URL = "https://cdn.evil.example/a.js?v=1"
SITE = "shop.example"


@pytest.fixture
def human() -> Iterator[Simulated]:
    with Simulated() as simulated:
        yield simulated


def ask(human: Simulated, data: str = URL, kind: str = "url", **items: Any) -> Report:
    configuration = Configuration(
        {
            "token": human.token,
            "app_ids": ["PX12345678", "PX2"],
            "tlds": [SITE, "other.example"],
            "api_url": f"{human.url}/v1",
            **items,
        }
    )
    return Human(configuration, Deadline(5)).look_up(kind, data)


@pytest.mark.parametrize(
    ("data", "kind", "matches"),
    [
        (URL, "url", ["this script", "a script of this host"]),
        ("http://CDN.evil.example/a.js?v=1#x", "url", ["this script", "a script of this host"]),
        ("https://cdn.evil.example/new.js", "url", ["a script of this host", "a script of this host"]),
        ("https://elsewhere.example/a.js", "url", []),
        ("cdn.evil.example", "domain", ["a script of this host", "a script of this host"]),
        (SITE, "domain", ["this site", "this site", "this site"]),
        (f"www.{SITE}", "domain", ["this site", "this site", "this site"]),
    ],
)
def test_an_incident_says_how_sure_it_is_that_it_is_meant(
    human: Simulated, data: str, kind: str, matches: list[str]
) -> None:
    human.known = [
        incident("https://cdn.evil.example/b.js", SITE, number=1),
        incident(URL, SITE, number=2),
        incident("https://analytics.example/c.js", SITE, number=3),
    ]
    report = ask(human, data, kind)
    assert [row["match"] for row in report.details["incidents"]] == matches
    assert report.verdict == "info"
    assert ("no incident" in report.summary) == (not matches)


def test_what_humans_console_knows_is_in_the_report(human: Simulated) -> None:
    human.known = [incident(URL, SITE, "Critical")]
    report = ask(human)
    [row] = report.details["incidents"]
    assert set(row) >= {
        *("risk", "reason", "category", "first_seen", "last_seen", "pages", "users_affected_percentage"),
        *("vendor", "acknowledged", "actions", "url"),
    }
    assert (row["risk"], row["reason"], row["url"]) == ("Critical", "Reads card data", URL)
    assert row["actions"][0]["element"] == "Element Name: cc-number"
    assert row["actions"][1]["target_host"] == "collect.evil.example"
    assert [(a["dataType"], a["data"]) for a in report.artifacts] == [("domain", "collect.evil.example")]
    assert report.findings[0].value == "1 incident, worst Critical"
    assert "data went to collect.evil.example; up to 0.4 % of visitors met it" in report.summary


def test_data_that_goes_to_the_site_itself_is_no_artifact(human: Simulated) -> None:
    own = (SITE, f"{SITE}:8443", f"https://{SITE}/x", "not a host", "localhost", "https://", "a:b:c", "[::1")
    human.known = [incident(URL, SITE, actions=[action(each) for each in own])]
    report = ask(human)
    assert report.artifacts == ()
    assert "data went" not in report.summary


@pytest.mark.parametrize(
    ("said", "kind", "host"),
    [
        ("evil.test", "domain", "evil.test"),
        ("Evil.Test.", "domain", "evil.test"),
        ("evil.test:8443", "domain", "evil.test"),
        ("evil.test/collect?a=1", "domain", "evil.test"),
        ("https://evil2.test/x", "domain", "evil2.test"),
        ("wss://u@evil2.test:99/x#y", "domain", "evil2.test"),
        ("//evil2.test", "domain", "evil2.test"),
        ("böse.test", "domain", "xn--bse-sna.test"),
        ("203.0.113.9", "ip", "203.0.113.9"),
        ("203.0.113.9:8080", "ip", "203.0.113.9"),
        ("http://203.0.113.9/x", "ip", "203.0.113.9"),
        ("2001:DB8::9", "ip", "2001:db8::9"),
        ("[2001:db8::9]:443", "ip", "2001:db8::9"),
        ("https://[2001:db8::9]/x", "ip", "2001:db8::9"),
    ],
)
def test_a_host_that_data_went_to_is_an_artifact_however_it_is_written(
    human: Simulated, said: str, kind: str, host: str
) -> None:
    human.known = [incident(URL, SITE, actions=[action(said), action(said)])]
    report = ask(human)
    assert [(a["dataType"], a["data"]) for a in report.artifacts] == [(kind, host)]
    assert f"data went to {host};" in report.summary


def test_every_page_is_read_by_skip_and_no_address_in_an_answer_is_followed(human: Simulated) -> None:
    human.known = [incident(f"https://x{n}.example/a.js", SITE, number=n) for n in range(120)]
    human.known.append(incident(URL, SITE, number=999))
    report = ask(human)
    assert len(report.details["incidents"]) == 1
    assert [request.query["skip"] for request in human.requests] == ["0", "50", "100"]
    assert all("appId=PX12345678&appId=PX2" in request.raw_query for request in human.requests)


def test_paging_ends_where_the_service_never_does(human: Simulated) -> None:
    row = incident("https://x.example/a.js", SITE)
    human.fail("status", times=None, reply=Reply(200, {"data": [row] * 50, "paging": {"count": 10**9}}))
    report = ask(human)
    assert report.verdict == "info"
    assert len(human.requests) == 40
    assert "among the 2000 " in report.summary
    assert report.summary.endswith("; HUMAN has more, which were not read: lower days, or name fewer tlds.")


@pytest.mark.slow
def test_forty_pages_that_are_all_are_not_said_to_be_cut(human: Simulated) -> None:
    human.known = [incident(f"https://x{n}.example/a.js", SITE, number=n) for n in range(2000)]
    report = ask(human)
    assert len(human.requests) == 40
    assert "not read" not in report.summary
    human.known.append(incident(URL, SITE, number=2001))
    human.known.insert(0, incident(URL, SITE, number=2002))
    report = ask(human)
    assert len(report.details["incidents"]) == 1
    assert "HUMAN has more, which were not read" in report.summary


def test_a_page_that_fails_is_no_success(human: Simulated) -> None:
    human.known = [incident(URL, SITE, number=n) for n in range(80)]
    human.fail("status", times=None, after=1, reply=Reply(500, ""))
    with pytest.raises(Failure, match="out of order"):
        ask(human)


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"script": None, "actions": "x", "risk_level": 7},
        {"script": {"id": URL, "risk": [], "users_affected_percentage": "many"}, "page_types": {"a": 1}},
        {"script": {"id": URL}, "risk_level": "Catastrophic", "actions": [{"action_args": [1]}, 5]},
        {"initiator": URL, "first_seen": 5, "host_domain": ["x"], "new_field": {"deep": [1]}},
    ],
)
def test_odd_incidents_are_shown_as_far_as_they_go(human: Simulated, odd: dict[str, Any]) -> None:
    human.fail("status", reply=Reply(200, {"data": [odd, 5, None], "paging": None}))
    assert ask(human).verdict == "info"


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(401, {"message": "Unauthorized"}), "does not accept the token"),
        (Reply(403, {"error": "no rights"}), "does not allow .*no rights"),
        (Reply(500, "x"), "out of order"),
        (Reply(200, {"data": None}), "no list of incidents"),
    ],
)
def test_a_refusal_is_said_in_words(human: Simulated, reply: Reply, words: str) -> None:
    human.fail("status", times=None, reply=reply)
    with pytest.raises(Failure, match=words):
        ask(human)


@pytest.mark.parametrize("name", ["app_ids", "tlds"])
def test_what_is_to_be_read_must_be_said(human: Simulated, name: str) -> None:
    with pytest.raises(Failure, match=name):
        ask(human, **{name: []})
    assert not human.requests
