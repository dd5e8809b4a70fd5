"""Fixtures that more than one kind of test needs."""

from __future__ import annotations

import gc
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

import nursery
from simulators.slack import Channel, Slack
from simulators.thehive import TheHive

CHANNEL = "C0CODEDEF01"

# `make test` says the same each time that it is run; `make fuzz` and `make test-long` look for what is new.
hypothesis.settings.register_profile("steady", derandomize=True, max_examples=20, deadline=None)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a test that is `sampled(n)` about one case in n, ever the same, is left to `make test`."""
    met: set[str] = set()
    for item in items:
        marker = item.get_closest_marker("sampled")
        name = item.nodeid.partition("[")[0]
        if marker and name in met and zlib.crc32(item.nodeid.encode()) % marker.args[0]:
            item.add_marker(pytest.mark.slow)
        met.add(name)


def pytest_collection_finish() -> None:
    """What has been imported and collected stays: the garbage collector need not look through it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _from_the_nursery() -> None:
    """Analyzers and responders start in a moment."""
    nursery.adopt()


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
