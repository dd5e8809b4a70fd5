"""kill -9 and SIGTERM at any moment: nothing lost, nothing twice."""

import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kill.blow import WHOLE, Blow
from kill.daemon import step_clock
from kill.damage import BOTH, FILES, HEARTBEAT, cut_files, full_disk
from kill.moments import kill_at_file, kill_at_request
from program import Program, alerts_by_ref
from simulators.server import Request
from simulators.slack import Channel, Slack
from simulators.thehive import TheHive
from test_feed import fill


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    "strike",
    [
        pytest.param(lambda: [kill_at_request("feed", 9)], id="feed at a request"),
        pytest.param(lambda: [kill_at_request("investigate", 12)], id="investigate at a request"),
        pytest.param(lambda: [kill_at_file("feed", 12)], id="feed at a file"),
        pytest.param(lambda: [full_disk("feed", 150)], id="feed on a full disk"),
        pytest.param(lambda: [full_disk("investigate", 0)], id="investigate on a full disk"),
        pytest.param(lambda: step_clock(0, steps=2), id="run with a stepping clock"),
        *(pytest.param(lambda f=f: cut_files(f, 300), id=f"{f} cut") for f in (*FILES, BOTH, HEARTBEAT)),
    ],
)
def test_a_sample_of_the_blows(strike: Callable[[], list[Blow]]) -> None:
    """`make kill` deals all of them."""
    blows = strike()
    assert blows
    assert {blow.outcome for blow in blows} == {WHOLE}


@pytest.mark.sampled(9)
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 20))])
def test_kill_9_at_random_moments(
    seed: int, slack: Slack, hive: TheHive, channel: Channel, tmp_path: Path
) -> None:
    moments = random.Random(seed)
    refs = fill(channel, 60)
    slack.page_limit, hive.latency = 10, 0.01
    program = Program.between(slack, hive, tmp_path)
    for _ in range(6):
        process = program.start("feed")
        time.sleep(moments.uniform(0.15, 0.9))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        refs += fill(channel, 2, start=len(refs))
    result = program.run("feed")
    assert result.code == 0
    assert sorted(alerts_by_ref(hive)) == refs


def test_a_killed_backfill_is_resumed_not_restarted(
    slack: Slack, hive5: TheHive, channel: Channel, tmp_path: Path
) -> None:
    refs = fill(channel, 200)
    slack.page_limit, hive5.latency = 20, 0.02
    program = Program.between(slack, hive5, tmp_path)
    process = program.start("feed")
    while len(hive5.store.alerts) < 100:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    result = program.run("feed")
    assert result.counts["read"] <= 240
    assert sorted(alerts_by_ref(hive5)) == refs


def test_sigterm_ends_a_pass_with_the_alerts_in_hand(
    slack: Slack, hive5: TheHive, channel: Channel, tmp_path: Path
) -> None:
    refs = fill(channel, 100)
    hive5.latency = 0.05
    program = Program.between(slack, hive5, tmp_path)
    process = program.start("feed")

    def strike(request: Request) -> None:
        if len(hive5.store.alerts) >= 10:
            process.terminate()

    hive5.watch = strike
    result = program.ended(process, 30)
    assert result.code == 1
    assert "topped" in result.err
    assert len(hive5.store.alerts) < 100
    assert program.run("feed").code == 0
    assert sorted(alerts_by_ref(hive5)) == refs
