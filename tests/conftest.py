"""Fixtures that more than one kind of test needs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import nursery
from simulators.jobs import ProcessRunner
from simulators.slack import Channel, Slack
from simulators.thehive import TheHive

CHANNEL = "C0CODEDEF01"


@pytest.fixture(scope="session", autouse=True)
def _from_the_nursery() -> None:
    """Analyzers and responders start in a moment."""
    ProcessRunner.start = staticmethod(nursery.start)


@pytest.fixture
def slack() -> Iterator[Slack]:
    """A workspace with the channel `code-defender`, empty."""
    with Slack() as slack:
        slack.add(Channel(CHANNEL, "code-defender"))
        yield slack


@pytest.fixture
def channel(slack: Slack) -> Channel:
    """The channel of `slack`."""
    return slack.channels[CHANNEL]


@pytest.fixture(params=["5.7.3", "4.1.24-1"])
def hive(request: pytest.FixtureRequest) -> Iterator[TheHive]:
    """A TheHive of either kind."""
    with TheHive(request.param) as hive:
        yield hive


@pytest.fixture
def hive5() -> Iterator[TheHive]:
    """A TheHive 5."""
    with TheHive("5.7.3") as hive:
        yield hive


@pytest.fixture(scope="session")
def openapi_file() -> Path:
    """TheHive 5.7's OpenAPI description, which is not part of the project."""
    path = os.environ.get("THEHIVE_OPENAPI")
    if not path:
        pytest.skip(
            "THEHIVE_OPENAPI names no file: set it to TheHive 5.7's OpenAPI description to check against it"
        )
    return Path(path)
