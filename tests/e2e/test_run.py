"""`run` and `health`: feeding again and again, told to stop, or refused for good."""

import ctypes
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from codedefender2th.settings import read_settings
from codedefender2th.workplace import heartbeat
from program import Program, alerts_by_ref
from simulators.lab import ANALYZERS, RESPONDER, Lab
from simulators.server import Reply, Simulator
from simulators.slack import Channel, Slack
from simulators.thehive import TheHive
from test_feed import fill


@pytest.fixture
def program(slack: Slack, hive5: TheHive, tmp_path: Path) -> Program:
    return Program.between(slack, hive5, tmp_path, FEEDER_INTERVAL="1", FEEDER_TIMEOUT="1")


@pytest.fixture
def running(program: Program) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        started.append(program.start("run"))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_run_feeds_until_it_is_told_to_stop(
    number: int,
    program: Program,
    running: Callable[[], subprocess.Popen[str]],
    hive5: TheHive,
    channel: Channel,
) -> None:
    refs = fill(channel, 2)
    process = running()
    until(lambda: len(hive5.store.alerts) == 2)
    refs += fill(channel, 1, start=2)
    until(lambda: len(hive5.store.alerts) == 3)
    assert program.run("health").code == 0
    process.send_signal(number)
    result = program.ended(process, 5)
    assert result.code == 0
    assert sorted(alerts_by_ref(hive5)) == refs


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "tgkill"), reason="needs glibc's tgkill")
def test_a_signal_that_another_thread_receives_ends_run_too(
    program: Program, running: Callable[[], subprocess.Popen[str]], hive5: TheHive, channel: Channel
) -> None:
    """The kernel may choose any thread; the main one is asleep for an hour."""
    fill(channel, 1)
    process = running()
    until(lambda: len(hive5.store.alerts) == 1)
    threads = [int(thread.name) for thread in Path(f"/proc/{process.pid}/task").iterdir()]
    until(lambda: any(not tgkill(process.pid, thread) for thread in threads if thread != process.pid))
    assert program.ended(process, 10).code == 0


def tgkill(process: int, thread: int) -> int:
    """SIGTERM for one thread of a process; 0 where there is such a thread."""
    return int(ctypes.CDLL(None).tgkill(process, thread, signal.SIGTERM))


def test_an_idle_pass_costs_one_request_of_slack(
    running: Callable[[], subprocess.Popen[str]], slack: Slack, hive5: TheHive, channel: Channel
) -> None:
    fill(channel, 1)
    running()
    until(lambda: len(hive5.store.alerts) == 1)
    time.sleep(0.2)
    slack.calls.clear()
    hive5.calls.clear()
    until(lambda: slack.calls.total() == 2)
    assert set(slack.calls) == {"GET /api/conversations.history"}
    assert hive5.calls.total() <= 4


@pytest.mark.parametrize("service", ["slack", "hive"])
def test_what_is_temporary_is_waited_out(
    service: str,
    running: Callable[[], subprocess.Popen[str]],
    slack: Slack,
    hive5: TheHive,
    channel: Channel,
) -> None:
    server = slack if service == "slack" else hive5
    server.fail("status", times=None)
    fill(channel, 1)
    process = running()
    until(lambda: server.calls.total() > 2)
    assert process.poll() is None
    server.faults.clear()
    until(lambda: len(hive5.store.alerts) == 1)
    server.fail("reset_before", times=None)
    fill(channel, 1, start=1)
    time.sleep(1.5)
    server.faults.clear()
    until(lambda: len(hive5.store.alerts) == 2)
    assert process.poll() is None


def test_a_refusal_ends_run(
    program: Program, running: Callable[[], subprocess.Popen[str]], slack: Slack, hive5: TheHive
) -> None:
    process = running()
    until(lambda: slack.calls.total() > 2)
    slack.refuse_with = "token_revoked"
    result = program.ended(process, 10)
    assert result.code == 1
    assert "revoked" in result.err


@pytest.mark.sampled(8)
@pytest.mark.parametrize("service", ["slack", "hive"])
@pytest.mark.parametrize("status", [403, 404, 408, 421])
def test_a_web_page_in_the_way_is_waited_out(
    service: str,
    status: int,
    program: Program,
    running: Callable[[], subprocess.Popen[str]],
    slack: Slack,
    hive5: TheHive,
    channel: Channel,
) -> None:
    """A firewall's page and a passing error at the edge say nothing of the key."""
    process = running()
    until(lambda: slack.calls["GET /api/conversations.history"] > 1)
    page = Reply(status, "<h1>Not this way</h1>", {"Content-Type": "text/html"})
    server: Simulator = slack if service == "slack" else hive5
    planned = server.fail("status", times=None, reply=page)
    fill(channel, 1)
    until(lambda: re.search("feeding [^;]* ago: ", program.run("health").out) is not None)
    assert planned.seen
    assert process.poll() is None
    server.faults.clear()
    until(lambda: len(hive5.store.alerts) == 1)
    passes = slack.calls["GET /api/conversations.history"]
    until(lambda: slack.calls["GET /api/conversations.history"] > passes)
    process.terminate()
    result = program.ended(process)
    assert result.code == 0
    assert "ERROR" in result.err
    assert "well again" in result.err


def test_what_slack_refuses_of_the_channel_is_said_once_and_waited_out(
    program: Program,
    running: Callable[[], subprocess.Popen[str]],
    slack: Slack,
    hive5: TheHive,
    channel: Channel,
) -> None:
    process = running()
    until(lambda: slack.calls["GET /api/conversations.history"] > 1)
    channel.member = False
    before = slack.calls["GET /api/conversations.history"]
    until(lambda: slack.calls["GET /api/conversations.history"] > before + 2)
    channel.member = True
    fill(channel, 1)
    until(lambda: len(hive5.store.alerts) == 1)
    process.terminate()
    result = program.ended(process)
    assert result.code == 0
    assert result.err.count("/invite") == 1


@pytest.mark.sampled(4)
@pytest.mark.parametrize("kind", ["hang", "500", "no analyzers"])
def test_a_cortex_in_trouble_delays_no_alert(
    kind: str,
    program: Program,
    running: Callable[[], subprocess.Popen[str]],
    hive5: TheHive,
    channel: Channel,
) -> None:
    if kind != "no analyzers":
        hive5.fail(
            "hang" if kind == "hang" else "status",
            path="/api/v1/(query|connector/.*)",
            times=None,
            seconds=5,
        )
    process = running()
    for number in range(3):
        fill(channel, 1, start=number)
        until(lambda number=number: len(hive5.store.alerts) == number + 1)
    # A pass is good for three intervals.
    wanted = 0 if kind == "no analyzers" else 1
    until(lambda: program.run("health").code == wanted)
    assert "investigating" in program.run("health").out
    process.terminate()
    assert program.ended(process, 10).code == 0


def test_without_the_responder_health_is_bad_and_says_so(tmp_path: Path) -> None:
    with Lab(analyzers=ANALYZERS[:1]) as lab:
        workers = lab.workers.enabled
        del workers[next(key for key, each in workers.items() if each.name == RESPONDER)]
        program = Program.between(lab.slack, lab.hive, tmp_path, FEEDER_INTERVAL="1", FEEDER_TIMEOUT="1")
        fill(lab.channel, 1)
        process = program.start("run")
        try:
            until(lambda: bool(lab.hive.store.jobs))
            until(lambda: "no responder CodeDefender_Triage_1_0" in program.run("health").out)
            until(lambda: program.run("health").code == 1)
        finally:
            process.terminate()
        assert program.ended(process).code == 0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_backlog_of_1000_keeps_neither_interval_nor_health_from_holding(
    slack: Slack, hive5: TheHive, channel: Channel, tmp_path: Path
) -> None:
    """Each request takes TheHive 100 ms; what is new is fed within the time that health allows."""
    # Nobody reads what it prints before it ends.
    settings = {"FEEDER_INTERVAL": "8", "FEEDER_TIMEOUT": "20", "LOG_LEVEL": "WARNING"}
    program = Program.between(slack, hive5, tmp_path, **settings)
    hive5.latency = 0.1
    fill(channel, 1000)
    beat = heartbeat(read_settings(program.settings, {}))
    process = program.start("run")
    try:
        until(lambda: len(hive5.store.alerts) > 0)
        until(lambda: beat.verdict()[0], 24)
        posted, slowest = 0, 0.0
        while len(hive5.store.alerts) < 1000:
            posted += 1
            [ref] = fill(channel, 1, start=1000 + posted)
            began = time.monotonic()
            while ref not in {alert["sourceRef"] for alert in list(hive5.store.alerts.values())}:
                well, told = beat.verdict()
                assert well, told
                time.sleep(0.2)
            slowest = max(slowest, time.monotonic() - began)
        assert posted > 1
        assert slowest < 3 * 8
        until(lambda: len(hive5.store.alerts) == 1000 + posted, 60)
    finally:
        process.terminate()
    assert program.ended(process).code == 0


def test_without_the_connector_it_feeds_on_and_says_what_to_enable(
    slack: Slack, channel: Channel, tmp_path: Path
) -> None:
    """TheHive 4.1 as it is installed: the connector's paths are unknown to it."""
    with TheHive("4.1.24-1") as hive:
        hive.has_connector = False
        program = Program.between(slack, hive, tmp_path, FEEDER_INTERVAL="1", FEEDER_TIMEOUT="1")
        fill(channel, 1)
        process = program.start("run")
        try:
            until(lambda: len(hive.store.alerts) == 1, 30)
            [alert] = list(hive.store.alerts.values())
            user = hive.store.users["feeder@demo.local"]
            taken = {name: alert[name] for name in ("title", "description", "severity", "tags")}
            hive.cases.take_in(user, alert, hive.cases.create(user, taken))
            asked = "GET /api/connector/cortex/analyzer"
            until(lambda: hive.calls[asked] > 2, 30)
            fill(channel, 1, start=1)
            until(lambda: len(hive.store.alerts) == 2, 30)
            health = program.run("health")
            assert health.code == 0
            assert "CortexModule" in health.out
        finally:
            process.terminate()
        result = program.ended(process)
    assert result.code == 0
    assert result.err.count("CortexModule") == 1


def test_run_says_that_it_starts_where_it_works_and_what_it_has_done(
    program: Program, running: Callable[[], subprocess.Popen[str]], hive5: TheHive, channel: Channel
) -> None:
    fill(channel, 2)
    process = running()
    until(lambda: len(hive5.store.alerts) == 2)
    time.sleep(0.3)
    process.terminate()
    lines = program.ended(process).err.splitlines()
    assert "starts" in lines[0]
    assert "Ended after" in lines[-1]
    assert "created=2" in lines[-1]


def test_health_without_a_good_pass_is_bad(program: Program) -> None:
    result = program.run("health")
    assert result.code == 1
    assert "No pass" in result.out


def test_health_of_an_old_pass_is_bad(
    program: Program, running: Callable[[], subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = running()
    until(lambda: any(tmp_path.glob("heartbeat-*.json")))
    process.kill()
    process.communicate()
    until(lambda: program.run("health").code == 1)


def test_a_second_run_says_that_there_is_one(
    program: Program, running: Callable[[], subprocess.Popen[str]], slack: Slack
) -> None:
    running()
    until(lambda: slack.calls.total() > 2)
    result = program.run("run")
    assert result.code == 1
    assert "Another run" in result.err
