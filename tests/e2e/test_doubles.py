"""TheHive 4.1 checks for duplicates, then stores: nothing is doubled, or the double is marked."""

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import within
from codedefender2th.feeding.doubles import DUPLICATE_TAG, Doubles
from codedefender2th.feeding.feed import Feeder
from program import Program, alerts_by_ref
from simulators.slack import Channel, Slack
from simulators.thehive import TheHive
from test_feed import fill


@pytest.fixture
def hive4() -> Iterator[TheHive]:
    with TheHive("4.1.24-1") as hive:
        yield hive


@pytest.fixture
def program(slack: Slack, hive4: TheHive, tmp_path: Path) -> Program:
    return Program.between(slack, hive4, tmp_path)


def unmarked(hive: TheHive) -> list[str]:
    """The references of the alerts that are nobody's double, sorted."""
    return sorted(
        each["sourceRef"] for each in hive.store.alerts.values() if DUPLICATE_TAG not in each["tags"]
    )


def test_after_a_lost_answer_it_looks_for_some_seconds_before_it_sends_again(
    program: Program, hive4: TheHive, channel: Channel
) -> None:
    refs = fill(channel, 4)
    hive4.fail("late", method="POST", path="/api/alert", times=2, seconds=2.0)
    assert within.feed(program).created == 4
    time.sleep(0.2)
    assert sorted(alerts_by_ref(hive4)) == refs


def test_an_unclean_stop_is_followed_by_a_second_look(
    program: Program, hive4: TheHive, channel: Channel
) -> None:
    """kill -9 and a restart at once: what was on its way is stored after the first look."""
    refs = fill(channel, 40)
    hive4.commit_seconds = 1.0
    process = program.start("feed")
    while hive4.calls["POST /api/alert"] < 8:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert within.feed(program).ok
    time.sleep(1.2)
    assert sorted(alerts_by_ref(hive4)) == refs


def double_of(hive: TheHive, first: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What TheHive stores when it has checked before the first was there."""
    second = {**first, "_id": "~999999", "_createdAt": first["_createdAt"] + 700, "tags": [*first["tags"]]}
    hive.store.alerts["~999999"] = second | changes
    return hive.store.alerts["~999999"]


def test_a_double_that_could_not_be_prevented_is_marked_and_kept(
    program: Program, hive4: TheHive, channel: Channel, caplog: Any
) -> None:
    refs = fill(channel, 3)
    place = within.workplace(program, 10)
    place.state.folder.mkdir()
    feeder = Feeder(place.channel, place.thehive, place.state, place.marking, threading.Event())
    assert feeder.run(within.EVERYTHING).created == 3
    first = next(each for each in hive4.store.alerts.values() if each["sourceRef"] == refs[2])
    second = double_of(hive4, first)
    feeder.run(within.EVERYTHING)
    assert unmarked(hive4) == refs
    assert second["tags"] == [*first["tags"], DUPLICATE_TAG]
    assert second["read"]
    assert not first["read"]
    assert "twice" in caplog.text
    writes = hive4.calls.total()
    feeder.run(within.EVERYTHING)
    assert hive4.calls.total() <= writes + 1
    assert len(hive4.store.alerts) == 4


def test_the_double_that_people_work_on_is_the_one_that_stays(
    program: Program, hive4: TheHive, channel: Channel
) -> None:
    [ref] = fill(channel, 1)
    within.feed(program)
    [first] = hive4.store.alerts.values()
    second = double_of(hive4, first, caseId="~4")
    doubles = Doubles(within.workplace(program, 10).thehive)
    doubles.watch([ref])
    doubles.look()
    assert DUPLICATE_TAG in first["tags"]
    assert DUPLICATE_TAG not in second["tags"]
