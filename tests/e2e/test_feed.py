"""`feed` as a user runs it, against simulated services over real HTTP."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from program import Program, alerts_by_ref, state_text
from simulators.messages import chatter, incident, ts_at
from simulators.server import Reply
from simulators.slack import Channel, Slack
from simulators.thehive import TheHive

MESSAGES = Path(__file__).parents[1] / "data" / "messages"


@pytest.fixture
def program(slack: Slack, hive: TheHive, tmp_path: Path) -> Program:
    return Program.between(slack, hive, tmp_path / "state")


def fill(channel: Channel, count: int, start: int = 0) -> list[str]:
    """Post incidents with chatter between; the references of the incidents."""
    for number in range(start, start + count):
        channel.post(chatter(ts_at(2 * number), number))
        channel.post(incident(ts_at(2 * number + 1)))
    return [f"{channel.id}-{ts_at(2 * number + 1)}" for number in range(start, start + count)]


def test_incidents_become_alerts_and_a_second_run_makes_none(
    program: Program, slack: Slack, hive: TheHive, channel: Channel
) -> None:
    refs = fill(channel, 12)
    first = program.run("feed")
    assert (first.code, first.counts["read"], first.counts["created"]) == (0, 24, 12)
    assert sorted(alerts_by_ref(hive)) == refs
    slack.calls.clear()
    second = program.run("feed")
    assert (second.code, second.counts["read"], second.counts["created"]) == (0, 0, 0)
    assert slack.calls == {
        "GET /api/auth.test": 1,
        "GET /api/users.conversations": 1,
        "GET /api/conversations.history": 1,
    }


def test_observables_arrive_with_their_tags(program: Program, hive: TheHive, channel: Channel) -> None:
    channel.post(json.loads((MESSAGES / "001-seed-sample.json").read_text()))
    assert program.run("feed").code == 0
    [alert] = alerts_by_ref(hive).values()
    found = {(o["dataType"], o["data"]): o["tags"] for o in hive.store.observables_of(alert["_id"])}
    assert found == {
        ("url", "https://www.somedomain.com/scripts/script.js"): ["code-defender:script"],
        ("domain", "example.com"): ["code-defender:host"],
        ("domain", "www.somedomain.com"): ["code-defender:script-host"],
    }
    assert alert["externalLink"].startswith("https://console.perimeterx.com/")


def test_new_messages_are_fed_from_where_the_last_run_ended(
    program: Program, hive: TheHive, channel: Channel
) -> None:
    refs = fill(channel, 3)
    program.run("feed")
    refs += fill(channel, 2, start=3)
    assert program.run("feed").counts["created"] == 2
    assert sorted(alerts_by_ref(hive)) == refs


def test_every_sample_is_fed_in_one_channel(program: Program, hive: TheHive, channel: Channel) -> None:
    expected = 0
    for number, path in enumerate(sorted(MESSAGES.glob("*.expected.json"))):
        message = json.loads(path.with_name(path.name.replace(".expected", "")).read_text())
        if isinstance(message, dict) and isinstance(message.get("ts"), str):
            message["ts"] = ts_at(number)
        channel.post(message, ts_at(number))
        outcome = json.loads(path.read_text())
        expected += len(outcome["alerts"]) if outcome.get("also_accept") is None else 0
    result = program.run("feed")
    assert result.code == 0
    assert result.counts["created"] == len(alerts_by_ref(hive)) >= expected
    assert result.counts["near_misses"] == 2
    assert "1600689944.0005" not in result.out
    assert "not one of Slack's" in result.err


def test_a_lost_state_folder_makes_no_second_alert(
    slack: Slack, hive: TheHive, channel: Channel, tmp_path: Path
) -> None:
    fill(channel, 4)
    Program.between(slack, hive, tmp_path / "one").run("feed")
    result = Program.between(slack, hive, tmp_path / "two").run("feed")
    assert (result.code, result.counts["created"], result.counts["existing"]) == (0, 0, 4)
    assert len(alerts_by_ref(hive)) == 4


def test_since_starts_later_and_can_read_again(program: Program, hive: TheHive, channel: Channel) -> None:
    refs = fill(channel, 5)
    from_the_third = "2020-09-21T12:05:48Z"
    result = program.run("feed", "--since", from_the_third)
    assert sorted(alerts_by_ref(hive)) == refs[2:]
    assert result.counts["read"] == 6
    assert program.run("feed").counts["read"] == 0
    again = program.run("feed", "--since", "all")
    assert (again.counts["created"], again.counts["existing"]) == (2, 3)
    assert sorted(alerts_by_ref(hive)) == refs


def test_a_dry_run_prints_bodies_and_writes_nothing(
    program: Program, slack: Slack, hive: TheHive, channel: Channel, tmp_path: Path
) -> None:
    fill(channel, 2)
    result = program.run("feed", "--dry-run")
    assert result.code == 0
    bodies = [json.loads(line) for line in result.out.splitlines()]
    assert len(bodies) == 2
    assert all(body["type"] == "code-defender" for body in bodies)
    assert all(("artifacts" if hive.is_4 else "observables") in body for body in bodies)
    assert "2 alerts would be sent" in result.err.splitlines()[-1]
    assert not alerts_by_ref(hive)
    assert not (tmp_path / "state").exists()
    assert program.run("feed").counts["created"] == 2


def test_another_channel_or_thehive_with_the_same_state_skips_nothing(
    slack: Slack, hive: TheHive, channel: Channel, tmp_path: Path
) -> None:
    fill(channel, 2)
    other = slack.add(Channel("C0OTHER0001", "other"))
    fill(other, 3)
    program = Program.between(slack, hive, tmp_path)
    assert program.run("feed").counts["created"] == 2
    assert program.run("feed", SLACK_CHANNEL="other").counts["created"] == 3
    with TheHive() as second:
        elsewhere = Program.between(slack, second, tmp_path)
        assert elsewhere.run("feed").counts["created"] == 2


def test_another_organisation_of_the_same_thehive_skips_nothing(
    slack: Slack, hive: TheHive, channel: Channel, tmp_path: Path
) -> None:
    fill(channel, 2)
    hive.add_organisation("second")
    permissions = hive.store.users["feeder@demo.local"]["permissions"]
    hive.add_user("feeder@second.local", "second", "analyst", permissions, "second-key")
    program = Program.between(slack, hive, tmp_path)
    assert program.run("feed").counts["created"] == 2
    assert program.run("feed", THEHIVE_API_KEY="second-key").counts["created"] == 2


def test_a_private_channel_among_5000_is_found(program: Program, slack: Slack, hive: TheHive) -> None:
    for number in range(5000):
        slack.add(Channel(f"C0FILLER{number:05d}", f"filler-{number}", member=number % 3 == 0))
    wanted = slack.add(Channel("G0SECRETIVE", "secret-alerts", private=True))
    fill(wanted, 1)
    result = program.run("feed", SLACK_CHANNEL="#secret-alerts")
    assert (result.code, result.counts["created"]) == (0, 1)
    assert slack.calls["GET /api/users.conversations"] == 6
    slack.calls.clear()
    program.run("feed", SLACK_CHANNEL="#secret-alerts")
    assert slack.calls == {
        "GET /api/auth.test": 1,
        "GET /api/users.conversations": 6,
        "GET /api/conversations.history": 1,
    }


def test_an_app_without_groups_read_finds_public_channels(
    program: Program, slack: Slack, channel: Channel
) -> None:
    slack.scopes = "channels:read,channels:history"
    fill(channel, 1)
    result = program.run("feed")
    assert (result.code, result.counts["created"]) == (0, 1)
    assert "groups:read" in result.err


@pytest.mark.sampled(5)
@pytest.mark.parametrize("way", ["clamped", "empty pages", "oldest first"])
def test_pages_of_any_kind_are_read_whole(
    way: str, program: Program, slack: Slack, hive: TheHive, channel: Channel
) -> None:
    refs = fill(channel, 40)
    slack.page_limit = 15
    slack.empty_pages = 2 if way == "empty pages" else 0
    slack.oldest_first = way == "oldest first"
    result = program.run("feed")
    assert (result.code, result.counts["read"]) == (0, 80)
    assert sorted(alerts_by_ref(hive)) == refs


def test_reading_is_paced_by_what_slack_answers(
    program: Program, slack: Slack, hive: TheHive, channel: Channel
) -> None:
    refs = fill(channel, 10)
    slack.page_limit, slack.rate = 15, 1.0
    result = program.run("feed")
    assert (result.code, sorted(alerts_by_ref(hive))) == (0, refs)
    assert slack.calls["GET /api/conversations.history"] <= 4


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("invalid_auth", "SLACK_BOT_TOKEN"),
        ("token_revoked", "revoked"),
        ("account_inactive", "deactivated"),
        ("some_new_error", "some_new_error"),
    ],
)
def test_what_slack_refuses_is_told_in_words(code: str, words: str, program: Program, slack: Slack) -> None:
    slack.refuse_with = code
    result = program.run("feed")
    assert result.code == 1
    assert words in result.err


def test_a_missing_scope_is_named(program: Program, slack: Slack) -> None:
    slack.scopes = "channels:read,groups:read"
    result = program.run("feed")
    assert result.code == 1
    assert "channels:history" in result.err


def test_an_app_outside_the_channel_is_told_to_be_invited(
    program: Program, slack: Slack, channel: Channel
) -> None:
    channel.member = False
    result = program.run("feed", SLACK_CHANNEL=channel.id)
    assert result.code == 1
    assert "/invite" in result.err


@pytest.mark.parametrize("how", ["wrong key", "organisation", "permission"])
def test_what_thehive_refuses_is_told_in_words_and_nothing_is_skipped(
    how: str, program: Program, hive: TheHive, channel: Channel
) -> None:
    fill(channel, 3)
    permissions = hive.store.users["feeder@demo.local"]["permissions"]
    settings: dict[str, str] = {}
    if how == "wrong key":
        settings, words = {"THEHIVE_API_KEY": "wrong-key"}, "THEHIVE_API_KEY"
    elif how == "organisation":
        settings, words = {"THEHIVE_ORGANISATION": "nowhere"}, "THEHIVE_ORGANISATION"
    else:
        hive.store.users["feeder@demo.local"]["permissions"], words = [], "manageAlert"
    result = program.run("feed", **settings)
    assert result.code == 1
    assert words in result.err
    hive.store.users["feeder@demo.local"]["permissions"] = permissions
    assert program.run("feed").counts["created"] == 3


def test_a_wrong_address_is_told(program: Program, hive: TheHive) -> None:
    result = program.run("feed", THEHIVE_URL=hive.root + "/elsewhere")
    assert result.code == 1
    assert "THEHIVE_URL" in result.err


def test_a_refused_observable_costs_that_observable(
    program: Program, hive: TheHive, channel: Channel
) -> None:
    refs = fill(channel, 2)
    hive.refused_data.add("cdn.example.net")
    result = program.run("feed")
    assert (result.code, result.counts["created"]) == (0, 2)
    alert = alerts_by_ref(hive)[refs[0]]
    assert "TheHive refused these observables" in alert["description"]
    assert [o["data"] for o in hive.store.observables_of(alert["_id"])] == [
        "https://cdn.example.net/a.js",
        "example.com",
    ]


def test_an_alert_refused_in_every_form_is_kept_and_tried_again(
    program: Program, slack: Slack, hive: TheHive, channel: Channel, tmp_path: Path
) -> None:
    refs = fill(channel, 3)
    path = "/api/alert" if hive.is_4 else "/api/v1/alert"
    refusal = Reply(400, {"type": "BadRequest", "message": "Nothing is taken today"})
    hive.fail("status", method="POST", path=path, reply=refusal, times=None)
    result = program.run("feed")
    assert (result.code, result.counts["failed"], result.counts["created"]) == (1, 3, 0)
    assert refs[0] in result.err
    assert "Nothing is taken today" in result.err
    assert refs[0] in state_text(tmp_path)
    refs += fill(channel, 1, start=3)
    again = program.run("feed")
    assert (again.code, again.counts["failed"]) == (1, 4)
    hive.faults.clear()
    mended = program.run("feed")
    assert (mended.code, mended.counts["created"], mended.counts["failed"]) == (0, 4, 0)
    assert sorted(alerts_by_ref(hive)) == refs


def test_a_renamed_title_is_said_loudly(program: Program, channel: Channel) -> None:
    message = incident(ts_at(1))
    message["attachments"][0]["title"] = "HUMAN has detected a new incident"
    channel.post(message)
    result = program.run("feed")
    assert (result.code, result.counts["near_misses"]) == (0, 1)
    assert "WARNING" in result.err
    assert "HUMAN has detected a new incident" in result.err
    assert "FEEDER_TITLES" in result.err
    mended = program.run("feed", "--since", "all", FEEDER_TITLES="x; human has detected a NEW incident ")
    assert (mended.code, mended.counts["created"]) == (0, 1)


def test_senders_are_named_and_a_second_one_is_warned_about(program: Program, channel: Channel) -> None:
    channel.post(incident(ts_at(1), bot_id="B0FIRST", username="Code Defender"))
    first = program.run("feed")
    assert "B0FIRST (Code Defender)" in first.err
    assert "WARNING" not in first.err
    channel.post(incident(ts_at(2), bot_id="B0SECOND"))
    second = program.run("feed")
    assert "B0SECOND" in second.err
    assert "FEEDER_SENDERS" in second.err
    assert second.counts["created"] == 1


def test_only_the_named_sender_raises_alerts(program: Program, hive: TheHive, channel: Channel) -> None:
    channel.post(incident(ts_at(1), bot_id="B0FIRST"))
    channel.post(incident(ts_at(2), bot_id="B0SECOND", app_id="A0APP"))
    result = program.run("feed", FEEDER_SENDERS="A0APP")
    assert result.counts["created"] == 1
    assert "FEEDER_SENDERS" in result.err


def test_a_second_feed_at_once_says_so(
    slack: Slack, hive5: TheHive, channel: Channel, tmp_path: Path
) -> None:
    fill(channel, 1)
    program = Program.between(slack, hive5, tmp_path)
    program.run("feed")
    fill(channel, 1, start=1)
    hive5.fail("hang", path="/api/v1/alert", seconds=60)
    first = replace(program, settings={**program.settings, "FEEDER_TIMEOUT": "20"}).start("feed")
    while not hive5.calls["POST /api/v1/alert"] > 1:
        time.sleep(0.01)
    second = program.run("feed")
    assert second.code == 1
    assert "Another run" in second.err
    first.kill()
    first.communicate()


def test_json_logs_are_one_object_a_line(program: Program, channel: Channel) -> None:
    fill(channel, 2)
    result = program.run("feed", LOG_FORMAT="json")
    assert json.loads(result.out)["created"] == 2
    lines = [json.loads(line) for line in result.err.splitlines()]
    assert all(line["level"] for line in lines)
    made = [line for line in lines if line.get("created")]
    assert len(made) == 2
    assert all(line["link"].startswith("http") and line["id"] and line["sourceRef"] for line in made)


def test_a_fatal_line_is_json_too(program: Program, slack: Slack) -> None:
    refused = program.run("feed", LOG_FORMAT="json", SLACK_CHANNEL="#elsewhere")
    assert refused.code == 1
    told = json.loads(refused.err.splitlines()[-1])
    assert (told["level"], told["exit_code"]) == ("CRITICAL", 1)
    assert "#elsewhere" in told["message"] or "elsewhere" in told["message"]
    wrong = program.run("feed", "--log-format=json", "--nonsense")
    assert json.loads(wrong.err)["exit_code"] == 2
    health = program.run("health", LOG_FORMAT="json")
    assert json.loads(health.out)["well"] is False
    assert json.loads(health.out)["seconds_since"] == {"feeding": None, "investigating": None}


def test_a_context_path_before_thehive_works(slack: Slack, channel: Channel, tmp_path: Path) -> None:
    fill(channel, 1)
    with TheHive("5.7.3", context="/thehive") as hive:
        assert Program.between(slack, hive, tmp_path).run("feed").counts["created"] == 1


def dangerous(text: str) -> dict[str, Any]:
    return incident(ts_at(1), script=text, category=text, host=text)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("text", ["\ud800", "\x00", "😀" * 20_000, "</script><script>alert(1)</script>"])
def test_hostile_text_is_stored(text: str, program: Program, hive: TheHive, channel: Channel) -> None:
    channel.post(dangerous(text))
    result = program.run("feed")
    assert (result.code, result.counts["created"]) == (0, 1)
