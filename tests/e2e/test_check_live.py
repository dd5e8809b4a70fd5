"""`check --live`: what it makes goes through everything and is gone afterwards; what is wrong is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from program import Program
from simulators.lab import HOST, Lab
from simulators.server import Reply


@pytest.fixture(params=["5.7.3", "4.1.24-1"])
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    with Lab(request.param, analyzers=("CodeDefender_OSV_1_0", HOST)) as made:
        yield made


def live(lab: Lab, folder: Path, *options: str) -> tuple[int, str]:
    program = Program.between(lab.slack, lab.hive, folder)
    done = program.run("check", "--live", *options, seconds=120, SLACK_CHANNEL=lab.channel.id)
    return done.code, done.out


@pytest.mark.timeout(150)
def test_everything_is_proven_and_nothing_is_left(lab: Lab, tmp_path: Path) -> None:
    code, out = live(lab, tmp_path, "--yes")
    lines = [line for line in out.splitlines() if "live:" in line]
    assert code == 0, out
    for step in ("fields", "url observable", "no double", "feeder's query", "playbook's query", "responder"):
        assert any(step in line for line in lines), step
    assert any("CodeDefender_Host_1_0" in line and "report arrived" in line for line in lines)
    assert any("verdict unknown" in line for line in lines)
    assert "taken away again" in lines[-1]
    assert not lab.hive.store.alerts
    assert not lab.hive.store.cases


def test_without_a_yes_nothing_is_made(lab: Lab, tmp_path: Path) -> None:
    code, _ = live(lab, tmp_path)
    assert code == 1
    assert not lab.hive.store.alerts
    assert not lab.hive.calls["POST /api/v1/alert"] + lab.hive.calls["POST /api/alert"]


@pytest.mark.slow
@pytest.mark.timeout(150)
def test_what_may_not_be_deleted_is_closed(lab: Lab, tmp_path: Path) -> None:
    refusal = Reply(403, {"type": "AuthorizationError", "message": "no permission to delete"})
    lab.hive.fail("status", method="DELETE", times=None, reply=refusal)
    code, out = live(lab, tmp_path, "--yes")
    assert code == 0, out
    assert "closed, since this key may not delete it" in out
    [alert] = lab.hive.store.alerts.values()
    assert "code-defender:live-check" in alert["tags"]
