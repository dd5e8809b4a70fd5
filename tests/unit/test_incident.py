"""Which messages hold incidents, and that nothing in them makes reading fail."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codedefender2th.incident.alert import build_alert
from codedefender2th.incident.message import Outcome, Rules, read_message
from simulators.messages import BOT, TITLE, chatter, incident, ts_at

RULES = Rules()
TS = ts_at(0)


def changed(message: dict[str, Any], **attachment: Any) -> dict[str, Any]:
    """The message with parts of its attachment replaced."""
    return {**message, "attachments": [{**message["attachments"][0], **attachment}]}


@pytest.mark.parametrize(
    ("message", "outcome"),
    [
        (None, Outcome.CHATTER),
        ("text", Outcome.CHATTER),
        ([], Outcome.CHATTER),
        ({}, Outcome.CHATTER),
        (chatter(TS, 0), Outcome.CHATTER),
        (chatter(TS, 1), Outcome.CHATTER),
        (incident(TS), Outcome.INCIDENTS),
        (incident(TS, subtype="thread_broadcast"), Outcome.INCIDENTS),
        (incident(TS, user="U0BOTUSER"), Outcome.INCIDENTS),
        (incident(TS, bot_id=None), Outcome.NOT_A_BOT),
        (incident(TS, bot_id=""), Outcome.NOT_A_BOT),
        (incident(TS, bot_id=7), Outcome.NOT_A_BOT),
        ({**incident(TS), "ts": 1600689944.0005}, Outcome.BAD_TS),
        ({**incident(TS), "ts": "1600689944"}, Outcome.BAD_TS),
        ({**incident(TS), "ts": "1600689944.000500\n"}, Outcome.BAD_TS),
        ({**incident(TS), "ts": "١٦٠٠٦٨٩٩٤٤.000500"}, Outcome.BAD_TS),
        ({**incident(TS), "ts": None}, Outcome.BAD_TS),
        (changed(incident(TS), title=f"*{TITLE.upper()}* "), Outcome.INCIDENTS),
        (changed(incident(TS), title=f"<https://console.example|{TITLE}>"), Outcome.INCIDENTS),
        (changed(incident(TS), title="HUMAN has detected a new incident"), Outcome.NEAR_MISS),
        (changed(incident(TS), title=None), Outcome.NEAR_MISS),
        (changed(incident(TS), title="x", fields=[{"title": "Script", "value": "x"}]), Outcome.CHATTER),
    ],
)
def test_outcome_of_a_message(message: Any, outcome: Outcome) -> None:
    assert read_message(message, RULES).outcome is outcome


@pytest.mark.parametrize("sender", [{"bot_id": BOT}, {"bot_id": "B1", "app_id": "A1"}])
def test_only_named_senders_raise_alerts(sender: dict[str, str]) -> None:
    allowed = Rules(senders=frozenset({"A1", BOT}))
    assert read_message(incident(TS, **sender), allowed).outcome is Outcome.INCIDENTS
    assert read_message(incident(TS, bot_id="B2"), allowed).outcome is Outcome.NOT_ALLOWED


def test_a_new_title_can_be_told() -> None:
    renamed = changed(incident(TS), title="HUMAN has detected a new incident")
    rules = Rules(titles=(TITLE, "human HAS detected a new incident"))
    assert read_message(renamed, rules).outcome is Outcome.INCIDENTS


@pytest.mark.parametrize(
    ("field", "value", "missing"),
    [
        ("Script", None, ("Script",)),
        ("Script", "", ("Script",)),
        ("Script", "``", ("Script",)),
        ("Risk Level", 3, ("Risk Level",)),
        ("Host Domain", {"x": 1}, ("Host Domain",)),
        ("Host Domain", "no host", ("Host Domain",)),
        ("Script", "Anonymous", ()),
        ("Script", "a.example/[UNIQUE_ID].js", ()),
        ("Risk Level", "Severe", ()),
    ],
)
def test_what_is_missing_or_unreadable_is_told(field: str, value: Any, missing: tuple[str, ...]) -> None:
    message = incident(TS)
    for entry in message["attachments"][0]["fields"]:
        if entry["title"] == field:
            entry["value"] = value
    [read] = read_message(message, RULES).incidents
    assert read.missing == missing


@pytest.mark.parametrize(
    "url",
    [
        "http://console.perimeterx.com/x",
        "https://console.perimeterx.com@evil.example/x",
        "https://evil.example/console.perimeterx.com",
        "https://console.perimeterx.com.evil.example/",
        "https://evilperimeterx.com/",
        "https://console.perimeterx.com\\@evil.example/",
        "https://user@console.perimeterx.com/",
        "https://console.perimeterx.com:8443/",
        "https://consol\u0435.perimeterx.com/",
        "https://console.perimeterx.com/\u202e",
        "https://console.perimeterx.com/ x",
        "javascript:alert(1)//console.perimeterx.com",
        "https://console.perimeterx.com/" + "x" * 4096,
        "https://[console.perimeterx.com",
    ],
)
def test_a_look_alike_console_link_is_left_out(url: str) -> None:
    [read] = read_message(
        changed(incident(TS), actions=[{"text": "View in Console", "url": url}]), RULES
    ).incidents
    assert read.console_url is None
    assert read.refused_link == url


@pytest.mark.parametrize(
    "url",
    [
        "https://console.perimeterx.com/x",
        "https://humansecurity.com",
        "https://a.b.humansecurity.com:443/y?z#f",
    ],
)
def test_a_console_link_is_kept(url: str) -> None:
    [read] = read_message(
        changed(incident(TS), actions=[{"text": " view in console", "url": url}]), RULES
    ).incidents
    assert read.console_url == url


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def mutated_messages(draw: st.DrawFn) -> Any:
    """An incident's message in which parts, deep or shallow, are replaced by any JSON value."""
    message: Any = incident(TS)
    for _ in range(draw(st.integers(1, 4))):
        place = message
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], (dict, list)) and draw(st.booleans()):
                place = place[key]
                continue
            place[key] = draw(json_values)
            break
    return message


@given(mutated_messages() | json_values)
def test_any_message_is_read_and_becomes_a_valid_alert(message: Any) -> None:
    for read in read_message(message, RULES).incidents:
        alert = build_alert(read, "C0CODEDEF01", 2, 2)
        assert 1 <= len(alert["title"]) <= 512
        assert all(1 <= len(tag) <= 128 for tag in alert["tags"])
        assert len(set(alert["tags"])) == len(alert["tags"])
        assert 1 <= alert["severity"] <= 4
        found = [(each["dataType"], each["data"]) for each in alert["observables"]]
        assert len(set(found)) == len(found)
        assert all(1 <= len(data) <= 4096 for _, data in found)
        assert alert["title"].isprintable()


@given(mutated_messages())
def test_what_looks_like_an_incident_is_never_dropped(message: Any) -> None:
    attachments = message.get("attachments")
    titled = isinstance(attachments, list) and any(
        isinstance(each, dict) and each.get("title") == TITLE for each in attachments
    )
    posted_by_bot = isinstance(message.get("bot_id"), str) and message["bot_id"].strip()
    if titled and posted_by_bot and message.get("ts") == TS:
        assert read_message(message, RULES).incidents


RENAMED = "HUMAN Client-Side Defense has detected a new incident"


def two(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """A message with two attachments, each a change of an incident's."""
    attachment = incident(TS)["attachments"][0]
    return {**incident(TS), "attachments": [{**attachment, **first}, {**attachment, **second}]}


def numbers(message: dict[str, Any], *titles: str) -> list[int]:
    return [each.number for each in read_message(message, Rules((TITLE, *titles))).incidents]


def test_a_title_that_is_added_later_changes_no_number() -> None:
    message = two({"title": RENAMED}, {})
    assert numbers(message) == [2]
    assert numbers(message, RENAMED) == [1, 2]


def test_what_is_no_incident_is_not_counted() -> None:
    assert numbers(two({"title": "Weekly report", "fields": []}, {})) == [1]


def test_an_attachment_with_the_title_alone_is_numbered_after_the_whole_ones() -> None:
    message = two({"fields": []}, {"title": RENAMED})
    assert numbers(message) == [2]
    assert numbers(message, RENAMED) == [2, 1]


@pytest.mark.parametrize("sign", ["from_url", "original_url", "service_name"])
def test_slacks_preview_of_a_linked_page_is_no_incident(sign: str) -> None:
    forged = changed(incident(TS), **{sign: "https://evil.example/looks-like-an-incident"})
    assert read_message(forged, RULES).outcome is Outcome.UNFURL
    beside = two({sign: "https://evil.example"}, {})
    assert numbers(beside) == [1]


def test_an_incident_that_cannot_be_read_is_still_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("codedefender2th.incident.message.read_script", crash)
    [read] = read_message(incident(TS), RULES).incidents
    assert read.missing == ("Script", "Risk Level", "Host Domain")
    alert = build_alert(read, "C0CODEDEF01", 2, 2)
    assert "code-defender:incomplete" in alert["tags"]
    assert "cdn.example.net" in alert["description"]
