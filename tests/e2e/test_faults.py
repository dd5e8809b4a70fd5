"""Any single fault at any call: after a rerun every alert is there exactly once."""

import itertools
import os
import time
from pathlib import Path

import pytest

import within
from codedefender2th.errors import FeederError, Refusal, StateError, Unavailable
from codedefender2th.feeding.tally import Tally
from program import Program, alerts_by_ref
from simulators.server import Reply, Simulator
from simulators.slack import Channel, Slack
from simulators.thehive import TheHive
from test_feed import fill

TOO_MANY = {"ok": False, "error": "ratelimited"}
FAULTS = {
    "429": ("status", Reply(429, TOO_MANY)),
    "429 with Retry-After": ("status", Reply(429, TOO_MANY, {"Retry-After": "1"})),
    "500": ("status", None),
    "500 after acting": ("status_after", None),
    "503": ("status", Reply(503, "<h1>Service Unavailable</h1>", {"Content-Type": "text/html"})),
    "reset before": ("reset_before", None),
    "reset after": ("reset_after", None),
    "hang": ("hang", None),
    "hang after acting": ("hang_after", None),
    "truncated": ("truncated", None),
    "HTML": ("html", None),
    "wrong types": ("wrong_types", None),
}
SHORT = ("429 with Retry-After", "reset after", "truncated")
CALLS = {
    "auth.test": ("slack", r"/api/auth\.test", 0),
    "users.conversations": ("slack", r"/api/users\.conversations", 0),
    "first history": ("slack", r"/api/conversations\.history", 0),
    "second history": ("slack", r"/api/conversations\.history", 1),
    "user": ("hive", r".*/user/current", 0),
    "status": ("hive", r".*/status(/public)?", 0),
    "first alert": ("hive", r"/api(/v1)?/alert", 0),
    "later alert": ("hive", r"/api(/v1)?/alert", 4),
}


def feed(slack: Slack, hive: TheHive, state: Path) -> Tally:
    """A pass in this process, with little patience."""
    return within.feed(Program.between(slack, hive, state), patience=0.5)


@pytest.mark.sampled(8)
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "fault", [pytest.param(name, marks=() if name in SHORT else pytest.mark.slow) for name in FAULTS]
)
def test_a_single_fault_loses_and_doubles_nothing(
    fault: str, call: str, slack: Slack, hive: TheHive, channel: Channel, tmp_path: Path
) -> None:
    refs = fill(channel, 10)
    slack.page_limit = 15
    service, path, after = CALLS[call]
    kind, reply = FAULTS[fault]
    server: Simulator = slack if service == "slack" else hive
    planned = server.fail(kind, path=path, after=after, reply=reply, seconds=3)
    started = time.monotonic()
    try:
        feed(slack, hive, tmp_path)
    except (Refusal, Unavailable) as told:
        assert str(told)
    assert planned.seen > after, "the fault never struck"
    assert time.monotonic() - started < 4
    server.faults.clear()
    feed(slack, hive, tmp_path)
    assert sorted(alerts_by_ref(hive)) == refs


@pytest.mark.sampled(3)
@pytest.mark.parametrize("kind", ["status", "reset_before", "refused"])
def test_a_thehive_that_is_away_leaves_the_checkpoint_where_it_was(
    kind: str, slack: Slack, hive: TheHive, channel: Channel, tmp_path: Path
) -> None:
    refs = fill(channel, 3)
    program = Program.between(slack, hive, tmp_path, FEEDER_TIMEOUT="1")
    program.run("feed")
    refs += fill(channel, 3, start=3)
    if kind == "refused":
        with TheHive(hive.version) as gone:
            pass
        result = program.run("feed", THEHIVE_URL=gone.url)
    else:
        hive.fail(kind, method="POST", times=None)
        result = program.run("feed")
        hive.faults.clear()
    assert result.code == 1
    assert "TheHive" in result.err
    assert program.run("feed").counts["created"] == 3
    assert sorted(alerts_by_ref(hive)) == refs


def test_a_full_disk_is_told_and_nothing_is_lost(
    slack: Slack, hive: TheHive, channel: Channel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The n-th flush to disk fails, for every n that a pass comes to."""
    refs = fill(channel, 4)
    slack.page_limit = 3
    real, calls = os.fsync, itertools.count()
    for failing in range(0, 40, 3):
        calls = itertools.count()

        def fsync(handle: int, failing: int = failing, calls: "itertools.count[int]" = calls) -> None:
            if next(calls) == failing:
                raise OSError(28, "No space left on device")
            real(handle)

        with monkeypatch.context() as patch:
            patch.setattr("codedefender2th.disk.os.fsync", fsync)
            try:
                feed(slack, hive, tmp_path)
            except StateError as told:
                assert "No space left" in str(told)
        refs += fill(channel, 1, start=len(refs))
    feed(slack, hive, tmp_path)
    assert sorted(alerts_by_ref(hive)) == refs


def test_every_fault_is_of_a_kind_that_says_what_to_do() -> None:
    assert all(issubclass(kind, FeederError) for kind in (Refusal, Unavailable, StateError))
