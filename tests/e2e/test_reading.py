"""The channel is read whole: pages too large or slow, messages late or not at all, names that move."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import within
from codedefender2th.errors import Refusal, TooMuch, Unavailable
from codedefender2th.feeding.feed import Feeder
from codedefender2th.slack.unread import OVERLAP_SECONDS
from codedefender2th.web import transport
from program import Program, alerts_by_ref, state_text
from simulators.messages import incident, ts_at
from simulators.server import Reply
from simulators.slack import Channel, Slack
from simulators.thehive import TheHive
from test_feed import fill

HISTORY = "GET /api/conversations.history"


@pytest.fixture
def program(slack: Slack, hive5: TheHive, tmp_path: Path) -> Program:
    return Program.between(slack, hive5, tmp_path)


@pytest.fixture
def feeder(program: Program) -> Feeder:
    workplace = within.workplace(program, 1)
    workplace.state.folder.mkdir(parents=True)
    return Feeder(workplace.channel, workplace.thehive, workplace.state, workplace.marking, threading.Event())


def feed(feeder: Feeder) -> Any:
    return feeder.run(within.EVERYTHING)


def asked(slack: Slack) -> list[dict[str, str]]:
    return [request.query for request in slack.requests if request.path.endswith("history")]


def test_the_end_is_always_told_to_slack_and_the_beginning_where_there_is_one(
    feeder: Feeder, slack: Slack, channel: Channel
) -> None:
    fill(channel, 3)
    feed(feeder)
    feed(feeder)
    first, *_, last = asked(slack)
    assert "oldest" not in first
    assert last["oldest"] < ts_at(0)
    assert all(query["latest"] for query in asked(slack))


def test_a_page_that_is_too_large_is_asked_for_in_halves(
    feeder: Feeder, slack: Slack, hive5: TheHive, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """220 long messages used to stop the feeder for good."""
    refs = fill(channel, 110)
    for _, message in channel.posts:
        message["text"] = "x" * 10_000
    monkeypatch.setattr(transport, "MAX_RESPONSE_BYTES", 500_000)
    tally = feed(feeder)
    assert (tally.read, tally.created) == (220, 110)
    assert sorted(alerts_by_ref(hive5)) == refs
    assert slack.calls[HISTORY] < 25


@pytest.mark.parametrize("how", ["slow", "500"])
def test_a_page_that_slack_cannot_make_is_asked_for_in_halves(
    how: str, program: Program, slack: Slack, hive5: TheHive, channel: Channel
) -> None:
    refs = fill(channel, 20)
    if how == "slow":
        slack.seconds_a_message = 0.05
    else:
        slack.fail("status", path=".*history", times=None, reply=Reply(500, "")).strikes = (  # type: ignore[method-assign]
            lambda request: request.path.endswith("history") and int(request.query["limit"]) > 8
        )
    within.feed(program, patience=0.5)
    assert sorted(alerts_by_ref(hive5)) == refs


def test_a_single_message_that_cannot_be_had_is_named_passed_and_had_later(
    program: Program, slack: Slack, hive5: TheHive, channel: Channel, tmp_path: Path, caplog: Any
) -> None:
    refs = fill(channel, 12)
    stuck = [refs[3].partition("-")[2], refs[9].partition("-")[2]]
    slack.stuck = set(stuck)
    tally = within.feed(program, patience=1)
    assert (tally.created, tally.failed, tally.ok) == (10, 2, False)
    assert sorted(alerts_by_ref(hive5)) == [ref for ref in refs if ref.partition("-")[2] not in stuck]
    assert all(ts in caplog.text for ts in stuck)
    assert all(ts in state_text(tmp_path) for ts in stuck)
    refs += fill(channel, 1, start=12)
    again = within.feed(program, patience=1)
    assert (again.created, again.failed) == (1, 2)
    slack.stuck = {stuck[0]}
    assert within.feed(program, patience=1).failed == 1
    slack.stuck = set()
    mended = within.feed(program, patience=1)
    assert (mended.created, mended.failed, mended.ok) == (1, 0, True)
    assert sorted(alerts_by_ref(hive5)) == refs


@pytest.mark.parametrize("kind", ["status", "hang", "reset_before"])
def test_a_slack_that_is_away_is_no_message_that_cannot_be_had(
    kind: str, program: Program, slack: Slack, hive5: TheHive, channel: Channel
) -> None:
    refs = fill(channel, 3)
    slack.fail(kind, path=".*history", times=None, seconds=3)
    with pytest.raises(Unavailable):
        within.feed(program, patience=0.2)
    slack.faults.clear()
    assert within.feed(program).failed == 0
    assert sorted(alerts_by_ref(hive5)) == refs


def test_a_hanging_slack_is_given_up_after_two_requests(
    program: Program, slack: Slack, channel: Channel
) -> None:
    fill(channel, 3)
    slack.fail("hang", path=r".*(history|auth\.test)", after=1, times=None, seconds=3)
    with pytest.raises(TooMuch):
        within.feed(program, patience=0.3)
    assert slack.calls[HISTORY] == 2


@pytest.mark.parametrize("back", [1, 60, OVERLAP_SECONDS - 60])
def test_a_message_that_becomes_visible_late_is_found(
    back: int, feeder: Feeder, slack: Slack, hive5: TheHive, channel: Channel
) -> None:
    newest = 2 * OVERLAP_SECONDS
    for second in (0, newest - 1, newest):
        channel.post(incident(ts_at(second)))
    assert feed(feeder).created == 3
    channel.post(incident(ts_at(newest - back, micro=7)))
    slack.calls.clear()
    tally = feed(feeder)
    assert (tally.read, tally.created) == (1, 1)
    assert slack.calls[HISTORY] == 1
    assert feed(feeder).read == 0
    assert len(alerts_by_ref(hive5)) == 4


def test_a_message_below_the_start_is_not_late(program: Program, hive5: TheHive, channel: Channel) -> None:
    fill(channel, 4)
    result = program.run("feed", FEEDER_SINCE="2020-09-21T12:05:48Z")
    assert result.counts["read"] == 4
    assert program.run("feed", FEEDER_SINCE="2020-09-21T12:05:48Z").counts["read"] == 0


def test_the_variable_never_reads_again_the_option_does(program: Program, channel: Channel) -> None:
    fill(channel, 4)
    assert program.run("feed").counts["created"] == 4
    assert program.run("feed", FEEDER_SINCE="2020-01-01").counts["read"] == 0
    assert program.run("feed", "--since", "2020-01-01").counts["existing"] == 4


def test_small_pages_and_the_last_stretch_lose_nothing(
    feeder: Feeder, slack: Slack, hive5: TheHive, channel: Channel
) -> None:
    """Apps whose pages hold 15 messages, and more in the last hour than that."""
    slack.page_limit = 15
    refs = fill(channel, 30)
    feed(feeder)
    for number in range(30, 60, 3):
        refs += fill(channel, 3, start=number)
        feed(feeder)
        slack.oldest_first = not slack.oldest_first
    slack.oldest_first = False
    feed(feeder)
    assert sorted(alerts_by_ref(hive5)) == refs


CHANGES: dict[str, tuple[Callable[[Slack, Channel], Any], str]] = {
    "renamed": (lambda slack, channel: setattr(channel, "name", "alerts-new"), "is now called #alerts-new"),
    "archived": (lambda slack, channel: setattr(channel, "archived", True), "is archived"),
    "left": (lambda slack, channel: setattr(channel, "member", False), "has left"),
}


@pytest.mark.parametrize("by", ["name", "id"])
@pytest.mark.parametrize("change", CHANGES)
def test_what_becomes_of_the_channel_is_said(
    change: str, by: str, program: Program, slack: Slack, channel: Channel, caplog: Any
) -> None:
    program.settings["SLACK_CHANNEL"] = channel.name if by == "name" else channel.id
    read = within.workplace(program, 1).channel
    assert str(read) == f"#code-defender ({channel.id}) in workspace Simulated"
    act, words = CHANGES[change]
    act(slack, channel)
    assert read.look_again() is None
    assert words in caplog.text
    assert channel.id in caplog.text


def test_a_channel_that_takes_the_name_is_read_instead(
    program: Program, slack: Slack, channel: Channel, caplog: Any
) -> None:
    read = within.workplace(program, 1).channel
    channel.name = "code-defender-old"
    slack.add(Channel("C0SUCCESSOR", "code-defender"))
    other = read.look_again()
    assert other is not None
    assert other.id == "C0SUCCESSOR"
    assert "C0SUCCESSOR rather than" in caplog.text


@pytest.mark.parametrize("command", ["feed", "run"])
def test_a_channel_that_took_the_name_while_nobody_looked_is_said_once(
    command: str, program: Program, slack: Slack, channel: Channel
) -> None:
    assert "it was the channel" not in program.run("feed").err
    channel.name = "code-defender-old"
    slack.add(Channel("C0SUCCESSOR", "code-defender"))
    said = f"when #code-defender was read last it was the channel {channel.id}"
    if command == "feed":
        assert said in program.run("feed").err
    else:
        process = program.start("run")
        end = time.monotonic() + 20
        while not slack.calls["GET /api/conversations.history"] > 1:
            assert time.monotonic() < end, "it does not read"
            time.sleep(0.05)
        process.terminate()
        assert said in program.ended(process).err
    assert "it was the channel" not in program.run("feed").err


def test_an_archived_channel_gives_way_to_the_one_in_use(
    program: Program, slack: Slack, channel: Channel
) -> None:
    channel.archived = True
    with pytest.raises(Refusal, match="is archived"):
        within.workplace(program, 1)
    slack.add(Channel("C0SUCCESSOR", "code-defender"))
    assert within.workplace(program, 1).channel.id == "C0SUCCESSOR"


def test_two_feeders_with_one_state_folder_know_their_own_channels(
    program: Program, slack: Slack, hive5: TheHive, channel: Channel, tmp_path: Path
) -> None:
    slack.add(Channel("C0OTHER", "other"))
    program.run("feed")
    program.run("feed", SLACK_CHANNEL="other")
    assert not list(tmp_path.glob("lookups*"))
    assert {path.name.split("-")[1] for path in tmp_path.iterdir()} == {channel.id, "C0OTHER"}


@pytest.mark.parametrize("where", ["read_message", "build_alert"])
def test_no_message_stops_the_others(
    where: str, program: Program, hive5: TheHive, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever raises over one: it becomes an incomplete alert that holds it."""
    from codedefender2th.feeding import reading

    refs = fill(channel, 5)
    broken = refs[2].partition("-")[2]
    real = getattr(reading, where)

    def raising(first: Any, *others: Any) -> Any:
        ts = first["ts"] if where == "read_message" else first.ts
        if ts == broken:
            raise RecursionError("nobody has foreseen this")
        return real(first, *others)

    monkeypatch.setattr(reading, where, raising)
    tally = within.feed(program)
    assert (tally.created, tally.incomplete) == (5, 1)
    alert = alerts_by_ref(hive5)[refs[2]]
    assert "code-defender:incomplete" in alert["tags"]
    assert "cdn.example.net" in alert["description"]
    assert sorted(alerts_by_ref(hive5)) == refs


def test_a_persons_message_that_nobody_can_read_is_left_out(
    program: Program, hive5: TheHive, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from codedefender2th.feeding import reading

    fill(channel, 2)
    real = reading.read_message

    def raising(message: Any, rules: Any) -> Any:
        if "user" in message:
            raise ValueError("nobody has foreseen this")
        return real(message, rules)

    monkeypatch.setattr(reading, "read_message", raising)
    assert within.feed(program).created == 2
