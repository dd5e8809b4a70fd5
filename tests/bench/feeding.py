"""Feeding: alerts a second beside a plain loop of thehive4py calls, requests a message, peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from thehive4py import TheHiveApi

from codedefender2th.alert import build_alert
from codedefender2th.feed import Feeder
from codedefender2th.incident import Rules, read_message
from codedefender2th.settings import read_settings
from codedefender2th.unread import Unread
from codedefender2th.workplace import open_workplace
from simulators.messages import chatter, incident, ts_at
from simulators.slack import Channel, Slack
from simulators.thehive import TheHive

ALERTS = 200
SERVER_SECONDS = 0.05
CHANNEL = "C0CODEDEF01"


def run() -> Iterator[str]:
    """The rows of the report."""
    yield from _throughput()
    yield from _calls_and_memory()


def _settings(slack: Slack, hive: TheHive, state: Path) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": slack.token,
        "SLACK_CHANNEL": CHANNEL,
        "SLACK_API_URL": slack.api_url,
        "THEHIVE_URL": hive.root,
        "THEHIVE_API_KEY": hive.key,
        "FEEDER_STATE_DIR": str(state),
        "LOG_LEVEL": "ERROR",
    }


def _throughput() -> Iterator[str]:
    with Slack() as slack, TheHive(latency=SERVER_SECONDS) as hive:
        channel = slack.add(Channel(CHANNEL, "code-defender"))
        channel.posts = [(ts_at(n), incident(ts_at(n))) for n in range(ALERTS)]
        plain = _seconds(lambda: _plain_loop(hive, [message for _, message in channel.posts]))
        hive.store.references.clear()
        with tempfile.TemporaryDirectory() as state:
            settings = read_settings(_settings(slack, hive, Path(state)), {})
            workplace = open_workplace(settings, threading.Event())
            workplace.thehive.user()
            with workplace.state.locked():
                feeder = Feeder(
                    workplace.channel,
                    workplace.thehive,
                    workplace.state,
                    workplace.marking,
                    threading.Event(),
                )
                ours = _seconds(lambda: feeder.run(Unread.since(None)))
        assert feeder.tally.created == ALERTS
    yield (
        f"{ALERTS} alerts into a TheHive that takes {SERVER_SECONDS * 1000:.0f} ms for each: feeder "
        f"{ALERTS / ours:.0f}/s, thehive4py one by one {ALERTS / plain:.0f}/s, ratio {plain / ours:.1f}"
    )


def _plain_loop(hive: TheHive, messages: list[Any]) -> None:
    api = TheHiveApi(hive.root, apikey=hive.key)
    for message in messages:
        [read] = read_message(message, Rules()).incidents
        body: Any = build_alert(read, CHANNEL, 2, 2)
        api.alert.create(body)


def _calls_and_memory() -> Iterator[str]:
    counts = [100, 10_000, 100_000]
    peaks = []
    for count in counts:
        with Slack() as slack, TheHive() as hive, tempfile.TemporaryDirectory() as state:
            channel = slack.add(Channel(CHANNEL, "code-defender"))
            channel.posts = [
                (ts_at(n), incident(ts_at(n)) if n % 100 == 0 else chatter(ts_at(n), n)) for n in range(count)
            ]
            peak, seconds = _feed_in_a_process(_settings(slack, hive, Path(state)))
            peaks.append(peak)
            calls = slack.calls.total()
        yield (
            f"{count:,} messages, one in a hundred an incident: {calls} Slack calls "
            f"({calls / count:.4f} a message), {count / seconds:,.0f} messages/s, peak {peak} MiB"
        )
    yield f"peak memory of {counts[-1]:,} messages less that of {counts[0]}: {peaks[-1] - peaks[0]} MiB"


def _feed_in_a_process(settings: dict[str, str]) -> tuple[int, float]:
    """Peak memory in MiB and seconds of one `feed`."""
    measure = (
        "import resource, subprocess, sys\n"
        "subprocess.run([sys.executable, '-m', 'codedefender2th', 'feed'], check=True, stdout=-3)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)\n"
    )
    environ = {**os.environ, **settings, "PYTHONPATH": os.pathsep.join(sys.path)}
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", measure], env=environ, capture_output=True, text=True, check=True
    )
    return int(done.stdout), time.monotonic() - started


def _seconds(work: Any) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started
