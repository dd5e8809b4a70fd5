"""One alert's trouble is that alert's: others pass, it is set aside and tried again, nothing older waits."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from program import Program, alerts_by_ref, state_text
from simulators.messages import incident, ts_at
from simulators.server import Fault, Reply
from simulators.slack import Channel, Slack
from simulators.thehive import TheHive
from test_feed import fill

PAGE = {"Content-Type": "text/html"}
TROUBLES = {
    "500": ("status", Reply(500, {"type": "InternalError", "message": "Vertex is null"})),
    "hang": ("hang", None),
    "reset": ("reset_before", None),
    "firewall's 403": ("status", Reply(403, "<h1>Request blocked</h1>", PAGE)),
    "firewall's 404": ("status", Reply(404, "<h1>Nothing here</h1>", PAGE)),
    "firewall's 406": ("status", Reply(406, "<h1>Not acceptable</h1>", PAGE)),
    "403 of TheHive's": ("status", Reply(403, {"type": "AuthorizationError", "message": "Not this one"})),
    "400": ("status", Reply(400, {"type": "BadRequest", "message": "No"})),
    "422": ("status", Reply(422, {"type": "Unprocessable", "message": "No"})),
}


@pytest.fixture
def program(slack: Slack, hive: TheHive, tmp_path: Path) -> Program:
    return Program.between(slack, hive, tmp_path / "state", FEEDER_TIMEOUT="1")


def poison(hive: TheHive, trouble: str, text: str) -> Fault:
    kind, reply = TROUBLES[trouble]
    return hive.fail(kind, method="POST", path=".*/alert", body=text, reply=reply, times=None, seconds=30)


QUICK = ("500", "hang", "firewall's 403", "403 of TheHive's")


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "trouble", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in TROUBLES]
)
def test_while_others_pass_it_is_set_aside_and_tried_again(
    trouble: str, program: Program, slack: Slack, hive: TheHive, channel: Channel, tmp_path: Path
) -> None:
    refs = fill(channel, 8)
    slack.page_limit = 4
    poisoned = refs[-2]
    poison(hive, trouble, poisoned)
    result = program.run("feed")
    assert (result.code, result.counts["created"], result.counts["failed"]) == (1, 7, 1)
    assert poisoned in result.err
    assert poisoned in state_text(tmp_path)
    assert sorted(alerts_by_ref(hive)) == [ref for ref in refs if ref != poisoned]
    hive.faults.clear()
    mended = program.run("feed")
    assert (mended.code, mended.counts["created"], mended.counts["failed"]) == (0, 1, 0)
    assert sorted(alerts_by_ref(hive)) == refs


@pytest.mark.parametrize("trouble", ["500", "firewall's 403"])
def test_what_only_a_part_of_it_causes_costs_that_part(
    trouble: str, program: Program, hive: TheHive, channel: Channel
) -> None:
    refs = fill(channel, 1)
    channel.post(incident(ts_at(50), category="union select password"))
    poison(hive, trouble, "code-defender:category=union select")
    result = program.run("feed")
    assert (result.code, result.counts["created"]) == (0, 2)
    assert "reduced form" in result.err
    assert sorted(alerts_by_ref(hive)) == [*refs, f"{channel.id}-{ts_at(50)}"]


@pytest.mark.parametrize("trouble", ["500"])
def test_alone_at_the_top_it_does_not_block_what_is_older(
    trouble: str, program: Program, slack: Slack, hive: TheHive, channel: Channel
) -> None:
    refs = fill(channel, 6)
    slack.page_limit = 2
    poison(hive, trouble, refs[-1])
    result = program.run("feed")
    assert (result.code, result.counts["created"], result.counts["failed"]) == (1, 5, 1)


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("trouble", "count"), [("500", 2), ("500", 20), ("403 of TheHive's", 1), ("reset", 2)]
)
def test_where_nothing_passes_it_is_thehives_and_nothing_is_passed_over(
    trouble: str, count: int, program: Program, hive: TheHive, channel: Channel, tmp_path: Path
) -> None:
    refs = fill(channel, count)
    planned = poison(hive, trouble, "")
    result = program.run("feed")
    assert result.code == 1
    assert planned.seen < 100
    hive.faults.clear()
    mended = program.run("feed")
    assert mended.counts["created"] == count
    assert sorted(alerts_by_ref(hive)) == refs


@pytest.mark.sampled(7)
def test_many_in_trouble_among_many_are_all_set_aside(
    program: Program, hive: TheHive, channel: Channel
) -> None:
    refs = fill(channel, 60)
    bad = refs[10:40]
    kind, reply = TROUBLES["500"]
    hive.fail(kind, method="POST", path=".*/alert", body="|".join(bad), reply=reply, times=None)
    result = program.run("feed", FEEDER_TIMEOUT="1", seconds=120)
    assert (result.counts["created"], result.counts["failed"]) == (30, 30)


def test_run_goes_on_and_delays_nothing(
    program: Program, slack: Slack, hive5: TheHive, channel: Channel, tmp_path: Path
) -> None:
    refs = fill(channel, 3)
    program = Program.between(slack, hive5, tmp_path / "run", FEEDER_TIMEOUT="1", FEEDER_INTERVAL="1")
    poison(hive5, "hang", refs[1])
    process = program.start("run")
    _until(lambda: len(hive5.store.alerts) == 2)
    for number in range(3, 6):
        refs += fill(channel, 1, start=number)
        _until(lambda number=number: len(hive5.store.alerts) == number, 6)
    assert program.run("health").code == 0
    process.terminate()
    result = program.ended(process)
    assert result.code == 0
    assert result.err.count(f"TheHive takes {refs[1]} in no form") == 1


def _until(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)
