"""What is asked of TheHive 5 is as its OpenAPI description has it, and so is what the simulator answers."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk import OSV, VIRUSTOTAL, Desk
from openapi import OpenAPI
from program import Program
from setting_up import SettingUp
from simulators.cortex.server import Cortex
from simulators.jobs import ProcessRunner
from simulators.lab import Lab
from simulators.slack import Channel, Slack
from simulators.thehive import TheHive
from test_feed import fill


@pytest.fixture(scope="module")
def description(request: pytest.FixtureRequest) -> OpenAPI:
    return OpenAPI(request.getfixturevalue("openapi_file"))


# StrangeBee's own set-up script uses it; the description leaves it out.
LEFT_OUT = "/api/v1/admin/config/cortex"


def assert_described(hive: TheHive, description: OpenAPI) -> None:
    faults = {
        f"{request.method} {request.path}: {fault}"
        for request in list(hive.requests)
        if request.path != LEFT_OUT
        for fault in description.faults(request)
    }
    assert not faults
    assert hive.requests


@pytest.fixture
def checked(description: OpenAPI, hive5: TheHive) -> Iterator[TheHive]:
    yield hive5
    assert_described(hive5, description)


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


def test_investigating_to_the_case(description: OpenAPI, tmp_path: Path) -> None:
    with Lab(analyzers=(VIRUSTOTAL, OSV)) as lab:
        lab.answer(VIRUSTOTAL, lambda data: "malicious")
        lab.answer(OSV, lambda data: "info")
        fill(lab.channel, 2)
        program = Program.between(lab.slack, lab.hive, tmp_path)
        program.run("feed")
        end = time.monotonic() + 30
        while not lab.hive.store.cases:
            assert time.monotonic() < end, "no case"
            program.run("investigate")
        program.run("check")
        assert_described(lab.hive, description)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("outcome", ["malicious", "suspicious", "safe", "info"])
@pytest.mark.parametrize("closes", [True, False])
def test_triage(outcome: str, closes: bool, checked: TheHive, tmp_path: Path) -> None:
    desk = Desk(checked, ProcessRunner(tmp_path))
    for number in (1, 2):
        alert = desk.alert(number)
        script = desk.observable(alert)
        desk.report(script, VIRUSTOTAL, outcome)
        desk.triage(
            alert if number == 1 else script,
            "alert" if number == 1 else "case_artifact",
            when_clean="close" if closes else "follow-up",
        )
    case = desk.case_of(desk.alert(3))
    desk.report(desk.observable(case), VIRUSTOTAL, outcome)
    desk.triage(case, "case")


def test_setting_up(checked: TheHive, tmp_path: Path) -> None:
    with Cortex() as cortex:
        site = SettingUp(checked, cortex, tmp_path)
        assert site.run().code == 0
        assert site.run().code == 0
        cortex.workers.close()
