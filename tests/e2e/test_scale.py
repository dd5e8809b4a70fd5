"""Ten thousand messages and more: few calls, all alerts, constant memory."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from program import Program, alerts_by_ref
from simulators.messages import chatter, incident, ts_at
from simulators.slack import Channel, Slack
from simulators.thehive import TheHive


def fill(channel: Channel, count: int) -> int:
    """Every tenth message is an incident; how many there are."""
    channel.posts = [
        (ts_at(number), incident(ts_at(number)) if number % 10 == 0 else chatter(ts_at(number), number))
        for number in range(count)
    ]
    return len(range(0, count, 10))


@pytest.fixture
def programs(slack: Slack, hive5: TheHive, tmp_path: Path) -> Iterator[Program]:
    yield Program.between(slack, hive5, tmp_path, LOG_LEVEL="WARNING")


def peak_memory(program: Program) -> tuple[int, str]:
    """Peak resident memory of a feed, in KiB, and what it printed."""
    script = (
        "import resource, subprocess, sys\n"
        "run = subprocess.run([sys.executable, '-m', 'codedefender2th', 'feed'], stdout=subprocess.PIPE)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, run.stdout.decode().strip())\n"
    )
    import sys

    run = subprocess.run(
        [sys.executable, "-c", script], env=program.environ, capture_output=True, text=True, check=True
    )
    memory, _, printed = run.stdout.strip().partition(" ")
    return int(memory), printed


@pytest.mark.slow
def test_10_000_messages_take_13_calls_and_little_memory(
    programs: Program, slack: Slack, hive5: TheHive, channel: Channel, tmp_path: Path
) -> None:
    fill(channel, 100)
    small, _ = peak_memory(programs)
    hive5.store.alerts.clear()
    hive5.store.references.clear()
    slack.calls.clear()
    expected = fill(channel, 10_000)
    fresh = Program({**programs.settings, "FEEDER_STATE_DIR": str(tmp_path / "fresh")})
    large, printed = peak_memory(fresh)
    assert f"read=10000 created={expected}" in printed
    assert len(alerts_by_ref(hive5)) == expected
    assert slack.calls.total() <= 13
    assert large - small < 20 * 1024
