"""`run` serves its numbers to Prometheus, and the example's alert rules are about numbers that exist."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest
import requests
import yaml
from prometheus_client.parser import text_string_to_metric_families

from program import Program
from simulators.slack import Channel, Slack
from simulators.thehive import TheHive
from test_feed import fill
from test_run import until

RULES = Path(__file__).parents[2] / "examples" / "prometheus" / "alerts.yml"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def numbers(port: int) -> dict[tuple[str, tuple[str, ...]], float]:
    """Value by name and label values, by the labels' order; empty while nobody serves them yet."""
    try:
        text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text
    except requests.ConnectionError:
        return {}
    return {
        (sample.name, tuple(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def program(slack: Slack, hive5: TheHive, tmp_path: Path) -> Program:
    return Program.between(slack, hive5, tmp_path, FEEDER_INTERVAL="1", FEEDER_TIMEOUT="5")


def test_the_numbers_move_and_the_rules_name_them(program: Program, hive5: TheHive, channel: Channel) -> None:
    port = free_port()
    program.settings["FEEDER_METRICS"] = f"127.0.0.1:{port}"
    fill(channel, 2)
    process = program.start("run")
    try:
        made = ("codedefender2th_alerts_fed_total", ("created",))
        until(lambda: numbers(port).get(made) == 2, 120)
        first = numbers(port)
        fill(channel, 1, start=2)
        until(lambda: numbers(port)[made] == 3, 120)
        second = numbers(port)
        read = ("codedefender2th_messages_read_total", ())
        assert second[read] > first[read] > 0
        for service in ("slack", "thehive"):
            name = ("codedefender2th_requests_total", ("ok", service))
            assert second[name] > first[name] - 1 > 0
        assert second["codedefender2th_failed", ("feeding",)] == 0
        assert 0 <= second["codedefender2th_last_good_pass_age_seconds", ("feeding",)] < 60
        hive5.fail("status", times=None)
        fault = ("codedefender2th_requests_total", ("fault", "thehive"))
        until(lambda: numbers(port).get(fault, 0) > 0, 120)
        served = {name for name, _ in numbers(port)}
        rules = yaml.safe_load(RULES.read_text())["groups"][0]["rules"]
        named = {name for rule in rules for name in re.findall(r"codedefender2th_\w+", rule["expr"])}
        assert len(named) >= 5
        assert named <= served
        assert all(rule["annotations"]["summary"] and rule["labels"]["severity"] for rule in rules)
    finally:
        process.send_signal(signal.SIGTERM)
        result = program.ended(process, 60)
    assert result.code == 0
    assert f"http://127.0.0.1:{port}/metrics" in result.err
    assert not numbers(port)


def test_the_rules_tell_several_feeders_apart() -> None:
    """Prometheus adds no numbers of several feeders where the labels that tell them apart are left out."""
    for rule in yaml.safe_load(RULES.read_text())["groups"][0]["rules"]:
        assert "on()" not in rule["expr"]
        assert all("instance" in kept for kept in re.findall(r"by \((.*?)\)", rule["expr"])), rule["alert"]


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool (Debian: prometheus) is not installed")
def test_each_rule_fires_for_the_feeder_in_trouble_and_for_no_other() -> None:
    done = subprocess.run(
        ["promtool", "test", "rules", "alerts_test.yml"],
        cwd=RULES.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_test_of_the_rules_knows_each() -> None:
    rules = yaml.safe_load(RULES.read_text())["groups"][0]["rules"]
    tested = set(re.findall(r'alertname="(\w+)"', (RULES.parent / "alerts_test.yml").read_text()))
    assert tested == {rule["alert"] for rule in rules}


def test_a_port_in_use_is_one_sentence(program: Program) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        taken = f"127.0.0.1:{listener.getsockname()[1]}"
        result = program.run("run", FEEDER_METRICS=taken)
    assert result.code == 2
    assert result.err.splitlines()[-1].startswith(
        f"codedefender2th: FEEDER_METRICS (--metrics): nobody can listen on {taken} ("
    )
