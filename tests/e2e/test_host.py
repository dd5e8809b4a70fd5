"""Host through the job directory: what it says of a host, of whom it asks, and what it does without them."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analyzer_desk import URL, Desk, report_of
from hosts import lists
from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from services.host import Host
from simulators.registries import Registries, record
from simulators.server import Reply

LISTED = "https://cdn.magento-cdn.top/a.js"
YOUNG = "https://tags.fresh-analytics.example/t.js"
REFERENCE = "https://www.riskiq.com/blog/labs/magecart-keylogger-injection/"
DAY = 86_400


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = Desk(tmp_path)
    yield made
    made.close()


@pytest.fixture
def registries(desk: Desk) -> Registries:
    service: Registries = desk.service("Host")
    service.domains["example.com"] = record("example.com", age_days=4000)
    service.domains["fresh-analytics.example"] = record("fresh-analytics.example", age_days=3)
    return service


def host_of(desk: Desk, data: str = URL, **items: Any) -> dict[str, Any]:
    """The full report, made in this process."""
    worker = desk.worker("Host", **items)
    found = Host(Configuration(worker), Deadline(items.get("wait_seconds", 30))).look_up("url", data)
    full: dict[str, Any] = json.loads(json.dumps(found.full))
    assert full["verdict"] == found.verdict
    assert full["summary"].endswith(".")
    return full


def as_process(desk: Desk, data: str = URL, **items: Any) -> dict[str, Any]:
    """The full report, made as Cortex has it made, under the guard."""
    return report_of(desk.run("Host", data, items={"wait_seconds": 30, **items}))


def facts(full: dict[str, Any], name: str) -> list[str]:
    return [fact["value"] for fact in full["facts"] if fact["name"] == name]


def asked(registries: Registries) -> list[str]:
    return [request.path for request in registries.requests]


# What is said.


def test_a_host_is_told_whose_it_is_and_since_when(desk: Desk, registries: Registries) -> None:
    registries.domains["hotjar.com"] = record("hotjar.com", age_days=4000)
    full = host_of(desk, "https://static.hotjar.com/c/hotjar-1.js")
    registered = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 4000 * DAY))
    assert full["host"] == {
        "name": "static.hotjar.com",
        "registrable_domain": "hotjar.com",
        "registered": registered,
        "age_days": 4000,
        "registrar": "Simulated Registrar, Inc.",
        "vendor": {"name": "Hotjar", "category": "analytics", "homepage": "https://www.hotjar.com/"},
        "listed": [],
        "shared": False,
    }
    assert full["summary"].startswith(
        "static.hotjar.com is on no list of known skimmer hosts; it is Hotjar's (analytics); "
        f"hotjar.com was registered on {registered}, 10 years ago at Simulated Registrar, Inc."
    )
    assert "/com/domain/hotjar.com" in asked(registries)


def test_a_listed_host_is_told_with_list_day_entry_and_citation(desk: Desk, registries: Registries) -> None:
    full = host_of(desk, LISTED)
    assert full["host"]["listed"] == [
        {"list": "maltrail (magentocore)", "entry": "magento-cdn.top", "as_of": "2026-08-19"}
    ]
    assert REFERENCE in facts(full, "Cited for it")
    assert "known skimmer host by maltrail (magentocore) of 2026-08-19" in full["summary"]


def test_a_shop_that_was_broken_into_is_not_listed_for_it(desk: Desk, registries: Registries) -> None:
    full = host_of(desk, "https://bluemarineholding.com/wp-includes/jquery.js")
    assert full["host"]["listed"] == []
    assert facts(full, "A path is listed")[0].startswith("bluemarineholding.com/wp-includes/locales.php")


def test_a_shared_host_is_told_to_be_one(desk: Desk, registries: Registries) -> None:
    full = host_of(desk, "https://cdn.jsdelivr.net/npm/jquery@3/a.js")
    assert full["host"]["shared"] is True
    assert "any npm package" in full["summary"]


def test_a_neighbour_on_a_hosters_domain_is_not_flagged(desk: Desk, registries: Registries) -> None:
    """The list has `susial.github.io`; github.io is many people's."""
    assert host_of(desk, "https://susial.github.io/a.js")["verdict"] == "malicious"
    full = host_of(desk, "https://somebody.github.io/a.js")
    assert (full["verdict"], full["host"]["registrable_domain"]) == ("info", "github.io")
    assert "GitHub gives to anybody" in full["summary"]


def test_a_look_alike_is_explained_and_changes_nothing(desk: Desk, registries: Registries) -> None:
    registries.domains["hotjar-cdn.com"] = record("hotjar-cdn.com", age_days=90)
    full = host_of(desk, "https://static.hotjar-cdn.com/h.js")
    assert full["verdict"] == "info"
    assert "like hotjar.com" in facts(full, "The name")[0]


def test_foreign_letters_are_told(desk: Desk, registries: Registries) -> None:
    full = host_of(desk, "https://xn--google-analytcs-xpb.net/ga.js")
    assert "looks like google-analytics.net" in facts(full, "The name")[0]


# What an administrator may have set.


def test_items_that_were_left_empty_take_their_defaults(desk: Desk, registries: Registries) -> None:
    empty = dict.fromkeys(("young_days", "lists", "refresh_url", "wait_seconds"))
    full = report_of(desk.run("Host", YOUNG, items=empty))
    assert full["verdict"] == "suspicious"
    assert "/trails/static/malicious/magentocore.txt" not in asked(registries)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, lists.REFRESH_URL),
        ({"refresh_url": None}, None),
        ({"refresh_url": " "}, None),
        ({"refresh_url": "https://mirror.example.org/m.txt"}, "https://mirror.example.org/m.txt"),
    ],
    ids=["left out", "null", "blank", "set"],
)
def test_only_an_item_that_was_emptied_is_never_refreshed(
    desk: Desk,
    registries: Registries,
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, Any],
    address: str | None,
) -> None:
    refreshed: list[str | None] = []
    find = lists.find
    monkeypatch.setattr(lists, "find", lambda url, *more: refreshed.append(url) or find(None, *more))
    items = desk.worker("Host")
    del items["refresh_url"]
    Host(Configuration(items | given), Deadline(5)).look_up("url", YOUNG)
    assert refreshed == [address]


def test_how_young_is_young_can_be_set(desk: Desk, registries: Registries) -> None:
    assert host_of(desk, YOUNG, young_days=3)["verdict"] == "info"
    assert host_of(desk, YOUNG, young_days=4)["verdict"] == "suspicious"


def test_a_registrar_whose_name_ends_in_a_full_stop_ends_the_sentence(
    desk: Desk, registries: Registries
) -> None:
    assert host_of(desk, refresh_url="")["summary"].endswith(" at Simulated Registrar, Inc.")


@pytest.mark.parametrize(
    ("item", "value"),
    [
        ("young_days", "ten"),
        ("young_days", -1),
        ("rdap_bootstrap_url", "data.iana.org"),
        ("refresh_url", "ftp://lists.example.org/a.txt"),
        ("lists", 5),
    ],
)
def test_a_wrong_item_is_named(desk: Desk, registries: Registries, item: str, value: Any) -> None:
    with pytest.raises(Failure, match=f"item {item} "):
        host_of(desk, **{item: value})
    assert not registries.requests


# Whom it asks.


def test_the_registrable_domain_alone_is_asked_for_once_a_day(desk: Desk, registries: Registries) -> None:
    for data in (URL, "https://img.example.com/b.js", "https://example.com/c.js"):
        assert host_of(desk, data)["host"]["age_days"] == 4000
    assert sorted(set(asked(registries))) == [
        "/com/domain/example.com",
        "/rdap/dns.json",
        "/trails/static/malicious/magentocore.txt",
    ]
    assert asked(registries).count("/com/domain/example.com") == 1
    assert asked(registries).count("/rdap/dns.json") == 1


def test_a_registry_may_send_the_question_on_to_another(desk: Desk, registries: Registries) -> None:
    registries.moved["thin.com"] = f"{registries.url}/net/domain/thick.net"
    registries.domains["thick.net"] = record("thick.net", age_days=5)
    assert host_of(desk, "https://cdn.thin.com/a.js")["host"]["age_days"] == 5
    assert "/net/domain/thick.net" in asked(registries)


@pytest.mark.parametrize(
    "location",
    [
        "https://cdn.thin.com/rdap/domain/thin.com",
        "http://169.254.169.254/latest/meta-data",
        "https://127.0.0.1:9/domain/thin.com",
        "//evil.example/domain/thin.com",
        "file:///etc/passwd",
        "http://[",
        "",
    ],
)
def test_nobody_but_a_registry_is_asked_on_its_word(
    desk: Desk, registries: Registries, location: str
) -> None:
    registries.moved["thin.com"] = location
    full = as_process(desk, "https://cdn.thin.com/a.js")
    assert full["host"]["age_days"] is None
    assert "sends the question on" in full["summary"] or "what is no address" in full["summary"]


def test_redirects_in_a_ring_end(desk: Desk, registries: Registries) -> None:
    registries.moved["ring.com"] = "/com/domain/ring.com"
    assert "more than 3 times" in host_of(desk, "https://ring.com/a.js")["summary"]
    assert asked(registries).count("/com/domain/ring.com") == 4


def test_the_scripts_own_host_is_never_asked(desk: Desk, registries: Registries) -> None:
    script = f"{registries.url}/npm/a.js"
    full = as_process(desk, script, lists=[registries.list_url])
    assert not registries.requests
    assert "script's own host" in full["summary"]


# What it does without them.

TROUBLES: list[tuple[str, Reply | None, str]] = [
    (
        "429",
        Reply(429, {"errorCode": 429, "title": "Rate limit"}, {"Retry-After": "3600"}),
        "asked too often",
    ),
    ("403", Reply(403, "<html>Forbidden</html>", {"Content-Type": "text/html"}), "refuses to answer"),
    ("503", Reply(503, "<html>Maintenance</html>", {"Content-Type": "text/html"}), "does not answer for now"),
    ("500", Reply(500, None), "out of order"),
    ("html", Reply(200, "<html>Welcome</html>", {"Content-Type": "text/html"}), "web page"),
    ("list", Reply(200, []), "JSON object"),
    ("other", Reply(200, {"objectClassName": "nameserver"}), "no record of a domain"),
    ("not json", Reply(200, "nonsense"), "not valid JSON"),
    ("404", Reply(404, None), "holds no example.com"),
    ("404 html", Reply(404, "<html>Not Found</html>", {"Content-Type": "text/html"}), "holds no example.com"),
]


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("name", "reply", "words"), TROUBLES, ids=[row[0] for row in TROUBLES])
def test_a_registry_in_trouble_leaves_the_age_unknown_and_is_said(
    desk: Desk, registries: Registries, name: str, reply: Reply, words: str
) -> None:
    registries.replies["example.com"] = reply
    full = host_of(desk)
    assert (full["verdict"], full["host"]["age_days"]) == ("info", None)
    assert "its age is unknown" in full["summary"]
    assert words in full["summary"]


def test_a_short_wait_that_a_registry_asks_for_is_waited(desk: Desk, registries: Registries) -> None:
    reply = Reply(429, None, {"Retry-After": "1"})
    registries.fail("status", path="/com/domain/.*", times=1, reply=reply)
    assert host_of(desk)["host"]["age_days"] == 4000


@pytest.mark.parametrize(
    ("event", "age"),
    [
        ({"eventDate": "2020-01-31T10:20:30.123456Z"}, True),
        ({"eventDate": "2020-01-31T10:20:30+09:00"}, True),
        ({"eventDate": "2020-01-31T10:20:30"}, True),
        ({"eventDate": "2020-01-31"}, True),
        ({"eventDate": "2020-01-31 10:20:30"}, True),
        ({"eventDate": "31.01.2020"}, False),
        ({"eventDate": "2020-13-41T99:00:00Z"}, False),
        ({"eventDate": "9999-01-31T10:20:30Z"}, False),
        ({"eventDate": 1580466030}, False),
        ({}, False),
    ],
)
def test_dates_are_read_as_registries_write_them(
    desk: Desk, registries: Registries, event: dict[str, Any], age: bool
) -> None:
    registries.domains["example.com"]["events"] = [{"eventAction": "registration", **event}, None, 5]
    full = host_of(desk)
    assert (full["host"]["age_days"] is not None) == age
    assert full["host"]["registered"] == ("2020-01-31" if age else None)


def test_a_name_that_was_dropped_is_as_old_as_its_new_registration(
    desk: Desk, registries: Registries
) -> None:
    again = record("example.com", age_days=4)["events"][0] | {"eventAction": "reregistration"}
    registries.domains["example.com"]["events"].append(again)
    assert host_of(desk)["verdict"] == "suspicious"


def test_a_record_without_a_registrars_name_has_his_handle_or_none(
    desk: Desk, registries: Registries
) -> None:
    registries.domains["example.com"]["entities"] = [
        {"roles": ["registrar"], "handle": "1068", "vcardArray": [5]}
    ]
    assert host_of(desk)["host"]["registrar"] == "1068"


def test_a_top_level_domain_without_rdap_is_said_to_be_that(desk: Desk, registries: Registries) -> None:
    full = host_of(desk, "https://js-new.su/a.js")
    assert "no RDAP service for .su in IANA's list (of 2026-11-20)" in full["summary"]


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("kind", "path"),
    [
        *((kind, ".*") for kind in ("reset_before", "hang", "drip", "html", "truncated", "wrong_types")),
        *(("hang", path) for path in (r"/rdap/dns\.json", r"/trails/.*", r"/top/domain/.*")),
    ],
)
def test_whatever_fails_the_rest_is_said_in_time(
    desk: Desk, registries: Registries, kind: str, path: str
) -> None:
    registries.fail(kind, path=path, times=None)
    registries.skimmers = "magento-cdn.top\n"
    done = desk.run("Host", LISTED, items={"wait_seconds": 6})
    assert done.seconds < 6 + 5
    assert report_of(done)["verdict"] == "malicious"


def test_an_endless_answer_is_not_read(desk: Desk, registries: Registries) -> None:
    registries.fail("huge", times=None)
    full = host_of(desk, LISTED)
    assert full["verdict"] == "malicious"
    # On a busy machine the time is over before the size is reached.
    assert re.search(r"larger than|no answer within", full["summary"])


def test_without_any_network_it_works_and_says_so(desk: Desk, registries: Registries) -> None:
    nobody = {"rdap_bootstrap_url": "http://127.0.0.1:9/dns.json", "refresh_url": None}
    full = as_process(desk, URL, **nobody)
    assert full["verdict"] == "info"
    assert "its age is unknown" in full["summary"]
    assert as_process(desk, LISTED, **nobody)["verdict"] == "malicious"


def test_a_bootstrap_file_of_yesterday_serves_while_there_is_no_newer(
    desk: Desk, registries: Registries, tmp_path: Path
) -> None:
    host_of(desk)
    age(tmp_path)
    registries.fail("status", path=r"/rdap/dns\.json", times=None, reply=Reply(503))
    full = host_of(desk)
    assert full["host"]["age_days"] == 4000
    assert any("bootstrap" in note for note in facts(full, "Note"))


# The lists.


def test_the_list_is_refreshed_once_a_day(desk: Desk, registries: Registries, tmp_path: Path) -> None:
    registries.skimmers = refreshed("# Reference: https://example.org/new\n\nnew-skimmer.com\n")
    full = host_of(desk, "https://cdn.new-skimmer.com/a.js")
    today = time.strftime("%Y-%m-%d", time.gmtime())
    assert full["host"]["listed"] == [
        {"list": "maltrail (magentocore)", "entry": "new-skimmer.com", "as_of": today}
    ]
    registries.skimmers = None
    assert host_of(desk, "https://cdn.new-skimmer.com/a.js")["verdict"] == "malicious"
    age(tmp_path)
    full = host_of(desk, "https://cdn.new-skimmer.com/a.js")
    assert full["verdict"] == "malicious"
    assert any("Its copy of " in note for note in facts(full, "Note"))


@pytest.mark.parametrize("text", ["", "one-host.com\n", "<html>Sign in</html>", "x" * 100_000, None])
def test_what_is_no_list_any_more_does_not_take_the_shipped_ones_place(
    desk: Desk, registries: Registries, text: str | None
) -> None:
    registries.skimmers = text
    full = host_of(desk, LISTED)
    assert full["verdict"] == "malicious"
    assert any("shipped" in note for note in facts(full, "Note"))


def test_further_lists_come_from_addresses_and_files(
    desk: Desk, registries: Registries, tmp_path: Path
) -> None:
    file = tmp_path / "ours.txt"
    file.write_text("# ours\n0.0.0.0 tracker.example\nexample.com  # seen in May\n")
    registries.skimmers = refreshed("example.com\n")
    items = {"lists": [str(file), f"{registries.list_url}?key=s3cr3t-key", "nowhere.txt", "ftp://x/y"]}
    full = host_of(desk, **items)
    assert [row["list"] for row in full["host"]["listed"]] == [
        "maltrail (magentocore)",
        "ours.txt",
        "127.0.0.1/trails/static/malicious/magentocore.txt",
    ]
    notes = " ".join(facts(full, "Note"))
    assert "nowhere.txt can not be read" in notes
    assert "not an http(s) address" in notes
    assert "s3cr3t-key" not in str(full)


def test_public_addresses_are_asked_by_https_only(desk: Desk, registries: Registries) -> None:
    full = host_of(desk, lists=["http://lists.example.org/a.txt"], refresh_url=None)
    assert any("only https addresses" in note for note in facts(full, "Note"))


def refreshed(more: str) -> str:
    """A list of the shipped one's size, with more in it."""
    return "".join(f"host-{number}.example.org\n" for number in range(12_000)) + more


def age(folder: Path) -> None:
    """Make what is kept older than a day."""
    for file in (folder / "cache" / "codedefender").iterdir():
        os.utime(file, (time.time() - 2 * DAY,) * 2)
