"""Single answers that once crashed the feeder or spoiled its state: told, and gone with the answer."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import within
from codedefender2th.errors import FeederError
from program import Program, alerts_by_ref
from simulators.lab import Lab
from simulators.messages import incident, ts_at
from simulators.server import Reply, Simulator

IDENTITY = {"ok": True, "team": "x", "user": "x", "bot_id": "B1", "user_id": "U1"}
USER = {"login": "x@demo.local", "profile": "analyst", "permissions": ["manageAlert"]}
NAME = "code-defender"
COMMANDS: dict[str, Callable[..., object]] = {"feed": within.feed, "investigate": within.investigate}
WORKER = {"id": "1", "name": "CodeDefender_OSV_1_0"}


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(analyzers=("CodeDefender_OSV_1_0",)) as lab:
        for number in range(3):
            lab.channel.post(incident(ts_at(number)))
        yield lab


@pytest.fixture
def program(lab: Lab, tmp_path: Path) -> Program:
    return Program.between(lab.slack, lab.hive, tmp_path / "state", FEEDER_TIMEOUT="1")


def history(cursor: Any) -> dict[str, Any]:
    return {"ok": True, "messages": [], "has_more": True, "response_metadata": {"next_cursor": cursor}}


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    ("command", "path", "body"),
    [
        ("feed", r"/api/auth\.test", {**IDENTITY, "team_id": "T" * 5000}),
        ("feed", r"/api/auth\.test", {**IDENTITY, "team_id": "../../../tmp/x"}),
        ("feed", r"/api/auth\.test", {**IDENTITY, "team_id": "T\ud800"}),
        ("feed", r"/api/auth\.test", {**IDENTITY, "team_id": {"T": 1}}),
        ("feed", r"/api/users\.conversations", {"ok": True, "channels": [{"name": NAME, "id": 5}]}),
        ("feed", r"/api/conversations\.history", history("später")),
        ("feed", r"/api/conversations\.history", history({"a": 1})),
        ("feed", r"/api/v1/user/current", {**USER, "organisation": "demo\ud800"}),
        ("feed", r"/api/v1/user/current", {**USER, "organisation": "d" * 9000}),
        ("feed", r"/api/v1/user/current", {**USER, "organisation": None}),
        ("investigate", r"/api/v1/query", [{"tags": 5}, None, {"_id": {}}, {"_id": 7}]),
        ("investigate", r"/api/v1/connector/cortex/analyzer", [{**WORKER, "dataTypeList": 5}]),
        ("investigate", r"/api/v1/connector/cortex/analyzer", [{**WORKER, "cortexIds": {"a": 1}}]),
        ("investigate", r"/api/v1/connector/cortex/analyzer", [{**WORKER, "id": None}, 5, []]),
        ("investigate", r"/api/v1/connector/cortex/responders/alert", [{"name": "CodeDefender_Triage_1_0"}]),
    ],
)
def test_an_odd_answer_is_told_and_leaves_nothing_behind(
    command: str, path: str, body: Any, lab: Lab, program: Program
) -> None:
    if command == "investigate":
        within.feed(program)
    server: Simulator = lab.hive if "/v1/" in path else lab.slack
    planned = server.fail("status", path=path, times=None, reply=Reply(200, body))
    try:
        COMMANDS[command](program, patience=0.2)
    except FeederError as told:
        assert len(str(told).splitlines()) == 1
    assert planned.seen
    server.faults.clear()
    assert within.feed(program).ok
    assert sorted(alerts_by_ref(lab.hive)) == [f"{lab.channel.id}-{ts_at(number)}" for number in range(3)]
    assert within.investigate(program).ok
