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


def passing(beat: Heartbeat, clock: list[float], seconds: float) -> list[bool]:
    """An investigating pass that moves each second; whether all was well, each time."""
    told = []
    for _ in range(int(seconds)):
        clock[0] += 1
        beat.good(FEEDING)
        beat.moved(INVESTIGATING)
        told.append(beat.verdict()[0])
    return told


def test_after_a_fault_a_long_pass_that_moves_on_is_well(tmp_path: Path, clock: list[float]) -> None:
    beat = Heartbeat(tmp_path, ("one",), 5)
    beat.good(INVESTIGATING)
    for _ in range(2):
        beat.bad(INVESTIGATING, "Cortex was away for a moment.")
        assert all(passing(beat, clock, 60))
    assert "was away" in beat.verdict()[1]
    beat.good(INVESTIGATING)
    assert "was away" not in beat.verdict()[1]


@pytest.mark.parametrize("seconds", [1, 4, 20])
def test_passes_that_all_end_badly_are_not_well_however_long_each_moves(
    tmp_path: Path, clock: list[float], seconds: int
) -> None:
    beat = Heartbeat(tmp_path, ("one",), 5)
    beat.good(INVESTIGATING)
    for _ in range(3):
        passing(beat, clock, seconds)
        beat.bad(INVESTIGATING, "It ends so each time.")
        clock[0] += 5
    told = []
    for _ in range(9):
        told += passing(beat, clock, seconds)
        beat.bad(INVESTIGATING, "It ends so each time.")
        clock[0] += 5
    assert not any(told[15:])


def test_a_pass_that_comes_one_step_before_it_ends_badly_does_not_move(
    beat: Heartbeat, clock: list[float]
) -> None:
    beat.good(INVESTIGATING)
    beat.bad(INVESTIGATING, "Cortex is away.")
    clock[0] += 80
    beat.good(FEEDING)
    beat.moved(INVESTIGATING)
    clock[0] += 11
    assert not beat.verdict()[0]


def test_a_sign_in_the_future_is_none(beat: Heartbeat, clock: list[float]) -> None:
    beat.good(FEEDING)
    beat.good(INVESTIGATING)
    clock[0] -= 1000
    well, text = beat.verdict()
    assert not well
    assert "clock" in text
