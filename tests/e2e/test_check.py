"""`check`: one line for each requirement, ok or how to mend it."""

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from codedefender2th.check.requirement import Mark
from codedefender2th.check.thehive import licence_requirement
from program import Program, Result
from simulators.messages import incident, ts_at
from simulators.slack import Channel, Slack
from simulators.thehive import TheHive


@pytest.fixture
def program(slack: Slack, hive: TheHive, tmp_path: Path) -> Program:
    return Program.between(slack, hive, tmp_path)


def lines(result: Result) -> dict[str, tuple[str, str]]:
    """Result and text by requirement."""
    return {
        line[6:28].strip(): (line[:4].strip(), line[28:]) for line in result.out.splitlines() if line.strip()
    }


def test_slack_and_thehive_are_found_to_be_well(program: Program, channel: Channel) -> None:
    channel.post(incident(ts_at(1), username="Code Defender"))
    found = lines(program.run("check"))
    for name in (
        "Slack token",
        "Slack scopes",
        "Slack channel",
        "Slack membership",
        "TheHive",
        "TheHive licence",
    ):
        assert found[name][0] == "ok", name
    assert found["incidents"] == (
        "ok",
        "1 by B0CODEDEF (Code Defender) in the newest 1 messages; HUMAN sends only High incidents unless its "
        "alert settings say otherwise",
    )
    assert found["TheHive permissions"][0] == "ok"
    assert found["state folder"][0] == "ok"


@pytest.mark.parametrize(
    ("settings", "requirement", "words"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, "Slack token", "SLACK_BOT_TOKEN"),
        ({"SLACK_CHANNEL": "nowhere"}, "Slack channel", "SLACK_CHANNEL"),
        ({"SLACK_CHANNEL": "C0NOWHERE"}, "Slack channel", "/invite"),
        ({"THEHIVE_API_KEY": "wrong"}, "TheHive key", "THEHIVE_API_KEY"),
        ({"THEHIVE_ORGANISATION": "nowhere"}, "TheHive key", "THEHIVE_ORGANISATION"),
        ({"THEHIVE_URL": "http://127.0.0.1:1"}, "TheHive", "nothing listens"),
        ({"FEEDER_STATE_DIR": "/dev/null/nowhere"}, "state folder", "FEEDER_STATE_DIR"),
    ],
)
def test_what_is_wrong_is_told_with_its_mending(
    settings: dict[str, str], requirement: str, words: str, program: Program
) -> None:
    result = program.run("check", FEEDER_TIMEOUT="1", **settings)
    assert result.code == 1
    assert lines(result)[requirement][0] == "FAIL"
    assert words in lines(result)[requirement][1]


def test_missing_scopes_are_named(program: Program, slack: Slack) -> None:
    slack.scopes = "channels:read,chat:write"
    found = lines(program.run("check"))
    assert found["Slack scopes"][0] == "FAIL"
    assert "channels:history" in found["Slack scopes"][1]


def test_scopes_beyond_need_are_pointed_out(program: Program, slack: Slack) -> None:
    slack.scopes += ",chat:write"
    assert lines(program.run("check"))["Slack scopes"] == (
        "warn",
        "enough; not needed and better taken away: chat:write",
    )


@pytest.mark.parametrize("how", ["archived", "member"])
def test_a_channel_that_cannot_be_read_is_told(how: str, program: Program, channel: Channel) -> None:
    setattr(channel, how, how == "archived")
    result = program.run("check", SLACK_CHANNEL=channel.id)
    assert result.code == 1
    assert lines(result)["Slack channel" if how == "archived" else "Slack membership"][0] == "FAIL"


def test_a_second_sender_is_warned_about(program: Program, channel: Channel) -> None:
    channel.post(incident(ts_at(1)))
    channel.post(incident(ts_at(2), bot_id="B0OTHER"))
    found = lines(program.run("check"))
    assert found["incidents"][0] == "warn"
    assert "FEEDER_SENDERS" in found["incidents"][1]


def test_a_renamed_title_fails(program: Program, channel: Channel) -> None:
    channel.post(incident(ts_at(1)))
    renamed = incident(ts_at(2))
    renamed["attachments"][0]["title"] = "HUMAN has found something"
    channel.post(renamed)
    mark, text = lines(program.run("check"))["near misses"]
    assert mark == "FAIL"
    assert "HUMAN has found something" in text
    channel.post(incident(ts_at(3)))
    assert lines(program.run("check"))["near misses"][0] == "warn"


def test_permissions_that_are_missing_are_named(program: Program, hive: TheHive) -> None:
    hive.store.users["feeder@demo.local"]["permissions"] = ["manageAlert/create"]
    mark, text = lines(program.run("check"))["TheHive permissions"]
    assert mark == "FAIL"
    assert "manageAlert" not in text
    assert "manageAnalyse" in text
    assert "manageAction" in text


def test_a_high_tlp_is_said_to_prevent_analysis(program: Program) -> None:
    assert lines(program.run("check", FEEDER_TLP="3"))["TLP and PAP"][0] == "warn"


def test_json_is_one_object_a_line(program: Program) -> None:
    result = program.run("check", LOG_FORMAT="json")
    assert all(
        json.loads(line).keys() == {"result", "requirement", "text"} for line in result.out.splitlines()
    )


NOW = datetime(2026, 11, 23, tzinfo=timezone.utc)


def ends_in(days: float) -> dict[str, Any]:
    expires = NOW + timedelta(days=days)
    return {"license": {"plan": "Community", "expiresAt": int(expires.timestamp() * 1000)}}


@pytest.mark.parametrize(
    ("answer", "mark", "words"),
    [
        (ends_in(200), Mark.OK, "Community until"),
        (ends_in(5), Mark.WARN, "expires on"),
        (ends_in(-5), Mark.FAIL, "read-only"),
        ({"notFound": True, "fallback": {}}, Mark.FAIL, "Community licence is free"),
        ({"error": "Invalid license", "fallback": {}}, Mark.FAIL, "Invalid license"),
        ({"license": {"plan": "Platinum"}}, Mark.OK, "Platinum"),
        ("nonsense", Mark.FAIL, "read-only"),
    ],
)
def test_what_the_licence_allows(answer: Any, mark: Mark, words: str) -> None:
    requirement = licence_requirement(answer, NOW)
    assert requirement.mark is mark
    assert words in requirement.text
