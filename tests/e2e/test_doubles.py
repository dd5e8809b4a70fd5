"""TheHive 4.1 checks for duplicates, then stores: nothing is doubled, or the double is marked."""

import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import within
from codedefender2th.feeding.doubles import DUPLICATE_TAG, Doubles
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


def test_a_double_that_could_not_be_prevented_is_marked_and_kept(
    program: Program, hive4: TheHive, channel: Channel, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    monkeypatch.setattr("codedefender2th.thehive.client.LATE_SECONDS", 0.2)
    refs = fill(channel, 3)
    hive4.fail("late", method="POST", path="/api/alert", body=refs[2], seconds=3.0)
    place = within.workplace(program, 10)
    assert within.feed(program).created == 3
    doubles = Doubles(place.thehive)
    doubles.watch(refs)
    time.sleep(3.0)
    doubles.look()
    assert Counter(each["sourceRef"] for each in hive4.store.alerts.values())[refs[2]] == 2
    assert unmarked(hive4) == refs
    [double] = [each for each in hive4.store.alerts.values() if DUPLICATE_TAG in each["tags"]]
    assert double["read"]
    assert "code-defender" in double["tags"]
    assert double["_createdAt"] >= max(
        each["_createdAt"] for each in hive4.store.alerts.values() if each["sourceRef"] == refs[2]
    )
    assert "twice" in caplog.text
    doubles.look()
    assert len(hive4.store.alerts) == 4


def test_the_double_that_people_work_on_is_the_one_that_stays(
    program: Program, hive4: TheHive, channel: Channel
) -> None:
    [ref] = fill(channel, 1)
    within.feed(program)
    [first] = hive4.store.alerts.values()
    second = {**first, "_id": "~999999", "tags": list(first["tags"]), "caseId": "~4"}
    hive4.store.alerts["~999999"] = second
    doubles = Doubles(within.workplace(program, 10).thehive)
    doubles.watch([ref])
    doubles.look()
    assert DUPLICATE_TAG in first["tags"]
    assert DUPLICATE_TAG not in second["tags"]
