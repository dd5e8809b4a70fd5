"""The time bound of a run."""

from __future__ import annotations

import threading
import time

import pytest

import neuron.deadline as deadline
from neuron.deadline import Deadline
from simulators.clock import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(deadline, "time", made)
    return made


def test_a_pause_that_would_end_too_late_is_not_begun(clock: Clock) -> None:
    bound = Deadline(20)
    assert bound.pause(15)
    assert bound.left() == 5
    assert not bound.pause(5)
    assert clock.slept == [15]


def test_looks_are_few_and_ever_further_apart(clock: Clock) -> None:
    assert sum(1 for _ in Deadline(120).looks()) == 4
    assert clock.slept == [10, 15, 22.5, 33.75]


def test_the_watchdog_ends_what_no_timeout_covers() -> None:
    ended = threading.Event()
    started = time.monotonic()
    Deadline(0.05).enforce(ended.set)
    assert ended.wait(5)
    assert 0.5 < time.monotonic() - started < 2
