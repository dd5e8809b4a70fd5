"""`health`: the two kinds of work, alive or not."""

from pathlib import Path

import pytest

from codedefender2th.state import heartbeat as module
from codedefender2th.state.heartbeat import FEEDING, INVESTIGATING, Heartbeat


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(module.time, "time", lambda: now[0])
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def beat(tmp_path: Path, clock: list[float]) -> Heartbeat:
    return Heartbeat(tmp_path, ("one",), 30)


def test_both_kinds_must_be_well(beat: Heartbeat, clock: list[float]) -> None:
    assert beat.verdict() == (False, "No pass of run has ended well yet.")
    beat.good(FEEDING)
    assert not beat.verdict()[0]
    beat.good(INVESTIGATING)
    assert beat.verdict()[0]
    clock[0] += 91
    beat.good(FEEDING)
    well, text = beat.verdict()
    assert not well
    assert "investigating is not well, last so 91 s ago" in text


def test_without_analyzers_it_is_well_and_says_so(beat: Heartbeat) -> None:
    beat.good(FEEDING)
    beat.idle(INVESTIGATING, "TheHive shows no analyzer.")
    well, text = beat.verdict()
    assert well
    assert "TheHive shows no analyzer" in text


def test_a_long_pass_is_well_while_it_moves(beat: Heartbeat, clock: list[float]) -> None:
    beat.good(INVESTIGATING)
    for _ in range(100):
        clock[0] += 10
        beat.moved(FEEDING)
        beat.moved(INVESTIGATING)
        assert beat.verdict()[0]
    clock[0] += 91
    assert not beat.verdict()[0]


def test_moving_in_vain_is_not_well(beat: Heartbeat, clock: list[float]) -> None:
    beat.good(FEEDING)
    beat.good(INVESTIGATING)
    for _ in range(12):
        clock[0] += 10
        beat.good(FEEDING)
        beat.moved(INVESTIGATING)
        beat.bad(INVESTIGATING, "Cortex is away.")
    well, text = beat.verdict()
    assert not well
    assert "Cortex is away" in text
    beat.good(INVESTIGATING)
    assert beat.verdict()[0]


def test_a_sign_in_the_future_is_none(beat: Heartbeat, clock: list[float]) -> None:
    beat.good(FEEDING)
    beat.good(INVESTIGATING)
    clock[0] -= 1000
    well, text = beat.verdict()
    assert not well
    assert "clock" in text
