"""Peak memory of a feed over channels of a hundred to a million messages, each in a process of its own."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from typing import Any, overload

from row import Row
from workbench import CHANNEL, environment

from codedefender2th.slack.client import PAGE
from simulators.messages import chatter, incident, ts_at
from simulators.slack import Channel, Slack
from simulators.thehive import TheHive

COUNTS = (100, 10_000, 1_000_000)
EVERY = 1000
MEASURE = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-m", "codedefender2th", "feed"], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""

Post = tuple[str, Any]


class Made(Sequence[Post]):
    """The posts of a channel, made when they are asked for: every EVERY-th is an incident."""

    def __init__(self, count: int) -> None:
        self._numbers = range(count)

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, place: int) -> Post: ...

    @overload
    def __getitem__(self, place: slice) -> list[Post]: ...

    def __getitem__(self, place: int | slice) -> Post | list[Post]:
        if isinstance(place, slice):
            return [_post(number) for number in self._numbers[place]]
        return _post(self._numbers[place])


def run() -> Iterator[Row]:
    """The rows of the report."""
    peaks: list[int] = []
    for count in COUNTS:
        with Slack() as slack, TheHive() as hive, tempfile.TemporaryDirectory() as state:
            channel = slack.add(Channel(CHANNEL, "code-defender"))
            channel.posts = Made(count)
            peak, seconds = _feed_in_a_process(environment(slack, hive, state))
            if len(hive.store.alerts) != math.ceil(count / EVERY):
                raise RuntimeError(f"{len(hive.store.alerts)} alerts of {count} messages")
            peaks.append(peak)
            calls = slack.calls["GET /api/conversations.history"]
        yield Row(
            f"{count:,} messages, one in {EVERY:,} an incident",
            f"peak {peak} MiB, {calls} calls of conversations.history, {count / seconds:,.0f} messages/s",
            limit=f"pages of {PAGE}, {math.ceil(count / PAGE):,} calls",
        )
    yield Row(
        f"peak memory of {COUNTS[-1]:,} messages less that of {COUNTS[0]}",
        f"{peaks[-1] - peaks[0]} MiB",
        limit="one page of messages; the channel's length does not count",
    )


def _post(number: int) -> Post:
    ts = ts_at(number)
    return ts, chatter(ts, number) if number % EVERY else incident(ts)


def _feed_in_a_process(settings: dict[str, str]) -> tuple[int, float]:
    """Peak memory in MiB and seconds of one `feed`."""
    environ = {**os.environ, **settings, "PYTHONPATH": os.pathsep.join(sys.path)}
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], env=environ, capture_output=True, text=True, check=True
    )
    return int(done.stdout), time.monotonic() - started
