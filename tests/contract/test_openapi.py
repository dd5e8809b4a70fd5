"""What is asked of TheHive 5 is as its OpenAPI description has it, and so is what the simulator answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from openapi import OpenAPI
from program import Program
from simulators.slack import Channel, Slack
from simulators.thehive import TheHive
from test_feed import fill


@pytest.fixture(scope="module")
def description(request: pytest.FixtureRequest) -> OpenAPI:
    return OpenAPI(request.getfixturevalue("openapi_file"))


@pytest.fixture
def checked(description: OpenAPI, hive5: TheHive) -> Iterator[TheHive]:
    yield hive5
    faults = {
        f"{request.method} {request.path}: {fault}"
        for request in list(hive5.requests)
        for fault in description.faults(request)
    }
    assert not faults
    assert hive5.requests


def test_feeding_and_checking(checked: TheHive, slack: Slack, channel: Channel, tmp_path: Path) -> None:
    fill(channel, 3)
    program = Program.between(slack, checked, tmp_path)
    program.run("feed")
    program.run("feed", "--since", "all")
    program.run("check")


def test_looking_for_an_alert_whose_answer_was_lost(
    checked: TheHive, slack: Slack, channel: Channel, tmp_path: Path
) -> None:
    fill(channel, 2)
    checked.fail("reset_after", path="/api/v1/alert")
    assert Program.between(slack, checked, tmp_path).run("feed").counts["created"] == 2
    assert checked.calls["POST /api/v1/query"] == 1
