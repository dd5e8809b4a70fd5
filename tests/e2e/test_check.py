"""`check`: one line for each requirement, ok or how to mend it."""

import json
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from codedefender2th.check.requirement import Mark
from codedefender2th.check.thehive import licence_requirement
from program import Program, Result
from simulators.messages import incident, ts_at
from simulators.server import Reply
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


@pytest.mark.sampled(2)
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


@pytest.mark.parametrize("variable", ["SLACK_BOT_TOKEN", "THEHIVE_API_KEY"])
def test_a_refused_secret_of_a_file_is_told_as_that(variable: str, program: Program, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("xoxb-of-yesterday\n")
    result = program.run("check", **{variable: "", f"{variable}_FILE": str(file)})
    requirement = "Slack token" if variable.startswith("SLACK") else "TheHive key"
    level, said = lines(result)[requirement]
    assert level == "FAIL"
    assert f"in {variable}_FILE" in said


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
    user = hive.store.users["feeder@demo.local"]
    user["permissions"] = ["manageAlert" if hive.is_4 else "manageAlert/create"]
    mark, text = lines(program.run("check"))["TheHive permissions"]
    assert mark == "FAIL"
    assert "manageAlert" not in text
    assert "manageAnalyse" in text
    assert "manageAction" in text
    user["permissions"] = ["manageAlert/reopen"]
    mark, text = lines(program.run("check"))["TheHive permissions"]
    assert (mark, "manageAlert" in text, "may only read" in text) == ("FAIL", True, True)


def test_with_both_servers_away_it_answers_soon_and_names_the_addresses(
    program: Program, slack: Slack, hive: TheHive
) -> None:
    slack.fail("hang", times=None)
    hive.fail("hang", times=None)
    started = time.monotonic()
    result = program.run("check", FEEDER_TIMEOUT="30")
    assert time.monotonic() - started < 10
    assert result.code == 1
    assert lines(result)["Slack token"][0] == lines(result)["TheHive"][0] == "FAIL"
    assert slack.url in result.out
    assert hive.url in result.out


@pytest.mark.parametrize("command", ["check", "feed", "investigate"])
def test_cortex_at_thehives_address_is_told_as_that(command: str, program: Program, hive: TheHive) -> None:
    status = {"versions": {"Cortex": "4.1.0-1", "Play": "2.8.15"}, "config": {}}
    hive.fail("status", path="/api/v1/.*", times=None, reply=Reply(404, "<h1>Not found</h1>"))
    hive.fail("status", path="/api/status", times=None, reply=Reply(200, status))
    result = program.run(command)
    assert result.code == 1
    assert "is Cortex, not TheHive" in result.out + result.err


@pytest.mark.parametrize("command", ["check", "feed", "investigate"])
def test_a_wrong_path_is_told_as_that(command: str, program: Program, hive: TheHive) -> None:
    result = program.run(command, THEHIVE_URL=hive.root + "/elsewhere")
    assert result.code == 1
    assert "There is no TheHive at THEHIVE_URL" in result.out + result.err


def test_one_bot_with_two_names_is_one(program: Program, channel: Channel) -> None:
    channel.post(incident(ts_at(1), username="Code Defender"))
    channel.post(incident(ts_at(2), username="HUMAN Code Defender"))
    mark, text = lines(program.run("check"))["incidents"]
    assert mark == "ok"
    assert text.startswith("2 by B0CODEDEF (HUMAN Code Defender)")


def test_what_the_start_leaves_out_is_told(program: Program, channel: Channel) -> None:
    for number in range(3):
        channel.post(incident(ts_at(number)))
    mark, text = lines(program.run("check", FEEDER_SINCE="30d"))["start"]
    assert mark == "warn"
    assert "3 messages with 3 incidents" in text
    assert "feed --since all" in text
    assert lines(program.run("check", FEEDER_SINCE="2020-01-01"))["start"][0] == "ok"


def test_a_name_cannot_move_the_cursor(program: Program, channel: Channel) -> None:
    channel.post(incident(ts_at(1), username="\x1b[2J\x1b[1;1Hall ok\u202e\x9b1m"))
    result = program.run("check")
    assert result.out.replace("\n", "").isprintable()


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
