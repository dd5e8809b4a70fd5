"""Incident → alert: the contract's table, limits, and text that stays text."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from codedefender2th.incident import markdown
from codedefender2th.incident.alert import Alert, bare, build_alert, without_observables
from codedefender2th.incident.message import Rules, read_message
from codedefender2th.thehive.client import as_v0
from simulators.messages import incident, ts_at

TS = ts_at(0)


def alert_of(message: dict[str, Any], tlp: int = 2, pap: int = 2) -> Alert:
    [read] = read_message(message, Rules()).incidents
    return build_alert(read, "C0CODEDEF01", tlp, pap)


@pytest.mark.parametrize(
    ("risk", "severity", "tag"),
    [
        ("Informative", 1, "informative"),
        ("Low", 1, "low"),
        ("Medium", 2, "medium"),
        ("HIGH", 3, "high"),
        ("`Critical`", 4, "critical"),
        ("Severe", 2, "unknown"),
        ("", 2, "unknown"),
    ],
)
def test_severity_and_risk_tag(risk: str, severity: int, tag: str) -> None:
    alert = alert_of(incident(TS, risk=risk))
    assert alert["severity"] == severity
    assert f"code-defender:risk={tag}" in alert["tags"]


@pytest.mark.parametrize(
    ("parts", "title"),
    [
        ({}, "Code Defender High alert: PII access by a new script on example.com by cdn.example.net"),
        ({"risk": ""}, "Code Defender alert: PII access by a new script on example.com by cdn.example.net"),
        (
            {"category": ""},
            "Code Defender High alert: The script reads a payment field on example.com by cdn.example.net",
        ),
        ({"host": ""}, "Code Defender High alert: PII access by a new script by cdn.example.net"),
        (
            {"risk": "Severe"},
            "Code Defender Severe alert: PII access by a new script on example.com by cdn.example.net",
        ),
        (
            {"category": "PII &amp; PCI"},
            "Code Defender High alert: PII & PCI on example.com by cdn.example.net",
        ),
    ],
)
def test_title(parts: dict[str, str], title: str) -> None:
    assert alert_of(incident(TS, **parts))["title"] == title


def test_title_without_a_text_names_the_host_alone() -> None:
    message = incident(TS)
    del message["attachments"][0]["text"]
    assert alert_of(message)["title"] == "Code Defender High alert on example.com by cdn.example.net"


def test_title_does_not_name_a_host_twice() -> None:
    assert alert_of(incident(TS, script="https://example.com/a.js"))["title"].endswith("on example.com")


def test_the_date_is_the_ts_in_whole_milliseconds() -> None:
    assert alert_of(incident("1600689944.999999"))["date"] == 1600689944999
    assert alert_of(incident("9007199254.740993"))["date"] == 9007199254740


def test_the_script_host_is_an_observable_only_where_it_is_another_name() -> None:
    own = alert_of(incident(TS, script="https://example.com/a.js"))
    assert [each["tags"] for each in own["observables"]] == [["code-defender:script"], ["code-defender:host"]]


def test_an_ip_address_is_no_domain() -> None:
    alert = alert_of(incident(TS, script="https://[2001:db8::1]/a.js", host="203.0.113.9"))
    assert [(each["dataType"], each["data"]) for each in alert["observables"]] == [
        ("url", "https://[2001:db8::1]/a.js"),
        ("ip", "203.0.113.9"),
        ("ip", "2001:db8::1"),
    ]


def test_a_script_too_long_for_an_observable_is_cut_but_its_host_is_kept() -> None:
    alert = alert_of(incident(TS, script="https://cdn.example.net/" + "a" * 5000))
    first, *others = alert["observables"]
    assert (first["dataType"], len(first["data"]), first["data"][-1]) == ("other", 4096, "…")
    assert "cdn.example.net" in [each["data"] for each in others]


def test_tlp_and_pap_are_on_alert_and_observables() -> None:
    alert = alert_of(incident(TS), tlp=4, pap=1)
    assert {(each["tlp"], each["pap"]) for each in [alert, *alert["observables"]]} == {(4, 1)}


def test_the_form_for_4_1_has_artifacts_and_a_tlp_up_to_3() -> None:
    body = as_v0(alert_of(incident(TS), tlp=4))
    assert "observables" not in body
    assert body["tlp"] == 3
    assert [sorted(each) for each in body["artifacts"]] == [["data", "dataType", "tags", "tlp"]] * 3
    assert {each["tlp"] for each in body["artifacts"]} == {3}


def test_long_tags_are_cut_and_stay_distinct() -> None:
    alert = alert_of(
        incident(TS, category="x" * 500, host="a" * 60 + "." + "b" * 60 + "." + "c" * 60 + ".example")
    )
    assert max(map(len, alert["tags"])) == 128
    assert len(set(alert["tags"])) == len(alert["tags"])
    assert len(alert["title"]) <= 512


@pytest.mark.parametrize(
    ("character", "cut"),
    [("x", False), ("é", True), ("😀", True), ("{", True), ("\\", False)],
)
def test_a_message_of_40_000_characters_fits_4_1(character: str, cut: bool) -> None:
    message = incident(TS, category="c" + character * 40_000, script="")
    alert = alert_of(message)
    assert len(json.dumps(as_v0(alert))) <= 256_000
    assert len(alert["description"]) <= 1_048_576
    assert ("c" + character * 40_000 not in alert["description"]) is cut


def test_two_addresses_in_one_field_are_told_and_every_host_is_an_observable() -> None:
    alert = alert_of(incident(TS, script="<https://a.example/1.js> <https://b.example/2.js|second>"))
    assert [(each["dataType"], each["data"], each["tags"]) for each in alert["observables"]] == [
        ("other", "https://a.example/1.js second", ["code-defender:script"]),
        ("domain", "example.com", ["code-defender:host"]),
        ("domain", "a.example", ["code-defender:script-host"]),
        ("domain", "b.example", ["code-defender:script-host"]),
    ]
    assert "code-defender:incomplete" in alert["tags"]
    assert alert["title"].endswith("on example.com")
    assert "more than one address" in alert["description"]


def test_the_description_begins_with_what_an_analyst_needs() -> None:
    [read] = read_message(incident("1763971200.000100"), Rules()).incidents
    lines = build_alert(read, "C0CODEDEF01", 2, 2, "https://acme.slack.com")["description"].splitlines()
    assert lines[1:5] == [
        " Script    https://cdn.example.net/a.js",
        " Site      example.com",
        " Category  PII access by a new script",
        " Risk      High",
    ]
    links = next(line for line in lines if "View in Console" in line)
    assert links.endswith(
        " · [Message in Slack](<https://acme.slack.com/archives/C0CODEDEF01/p1763971200000100>)"
    )
    assert "2025-11-24 08:00 UTC" in "\n".join(lines)


@pytest.mark.parametrize("character", [" ", "`"])
def test_an_endless_run_is_shortened_since_the_page_would_stand_still(character: str) -> None:
    block = markdown.code_block(f"a{character * 40_000}b")
    assert len(block) < 1_000
    assert "…(and 39900 more)b" in block
    assert character * 200 in markdown.code_block(f"a{character * 200}b")


def test_an_incomplete_incident_has_the_message_in_its_description() -> None:
    alert = alert_of(incident(TS, script=""))
    assert "code-defender:incomplete" in alert["tags"]
    assert '"bot_id": "B0CODEDEF"' in alert["description"]


def test_a_refused_observable_is_told_in_the_description() -> None:
    alert = alert_of(incident(TS))
    refused = alert["observables"][:1]
    reduced = without_observables(alert, refused)
    assert reduced["observables"] == alert["observables"][1:]
    assert refused[0]["data"] in reduced["description"]
    least = bare(alert)
    assert least["observables"] == []
    assert "externalLink" not in least
    assert least["sourceRef"] == alert["sourceRef"]


HOSTILE = [
    "![x](https://evil.example/t.png)",
    "[click](javascript:alert(1))",
    "<img src=x onerror=alert(1)>",
    "```\n![x](https://evil.example/t.png)\n```",
    "````\n<script>alert(1)</script>\n`````",
    "~~~\n# heading",
    "https://evil.example/auto-linked",
    "{{constructor.constructor('alert(1)')()}}",
    "[ref]: https://evil.example\n[ref]",
    "&lt;b&gt;bold&lt;/b&gt;",
    "| a | b |\n|---|---|\n| ![x](y) | z |",
    "\x00\x1b[31m\u202e",
    "```text",
    "`" * 4000,
]


def rendered(text: str) -> str:
    return str(MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    message = incident(TS, script=text, category=text, host=text)
    message["attachments"][0]["fields"].append({"title": text, "value": text})
    assert_inert(alert_of(message)["description"])


@given(st.lists(st.sampled_from([*HOSTILE, "`", "``", "\n", " ", "~", "<", "{"]), max_size=8).map("".join))
def test_any_mixture_of_hostile_text_stays_text(text: str) -> None:
    assert_inert(markdown.code_block(text))


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), max_size=60))
def test_a_link_cannot_be_ended_early(tail: str) -> None:
    html = rendered(markdown.link("View in Console", f"https://console.perimeterx.com/{tail}"))
    assert re.fullmatch(
        r'<p><a href="https://console\.perimeterx\.com/[^"]*">View in Console</a></p>\n', html
    )


def assert_inert(description: str) -> None:
    html = rendered(description)
    tags = set(re.findall(r"</?([a-z0-9]+)", html))
    assert tags <= {"p", "pre", "code", "a"}
    for href in re.findall(r'href="([^"]*)"', html):
        assert href.startswith("https://console.perimeterx.com/")
    assert "{{" not in html
    assert "}}" not in html
