"""What `run` says: once, and again after an hour."""

import logging
from typing import Any

import pytest

from codedefender2th import logbook
from codedefender2th.logbook import Logbook, span

DONE = "feeding: read=3 created=1; investigating: nothing new"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(logbook.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []

    def note(level: int, text: str, *values: Any, **more: Any) -> None:
        lines.append(text % values)

    monkeypatch.setattr(logbook.log, "log", note)
    monkeypatch.setattr(logbook.log, "info", lambda text, *values, **more: note(logging.INFO, text, *values))
    return lines


def test_the_same_trouble_is_said_once_an_hour(clock: list[float], said: list[str]) -> None:
    book = Logbook(("feeding",))
    for _ in range(130):
        book.trouble("feeding", "TheHive is away.")
        clock[0] += 30
    assert len(said) == 2
    assert said[0] == "Feeding: TheHive is away."
    assert said[1] == "Feeding: TheHive is away. (so for 1 h 0 min)"
    book.well("feeding")
    assert said[2] == "Feeding: well again after 1 h 5 min."
    book.well("feeding")
    assert len(said) == 3


def test_two_troubles_in_turn_are_said_once_each(clock: list[float], said: list[str]) -> None:
    book = Logbook(("feeding",))
    for text in ("one", "two") * 10:
        book.trouble("feeding", text)
        clock[0] += 30
    assert len(said) == 2


def test_once_an_hour_it_says_how_it_is_and_what_it_has_done(clock: list[float], said: list[str]) -> None:
    book = Logbook(("feeding", "investigating"))
    book.count("feeding", {"read": 3, "created": 1, "failed": 0})
    book.hourly()
    assert not said
    clock[0] += 3600
    book.hourly()
    assert said == [f"Well, running for 1 h 0 min. In the last hour: {DONE}."]
    book.trouble("investigating", "Cortex is away.")
    clock[0] += 3600
    book.hourly()
    assert said[-1].startswith(
        "Not well (investigating), running for 2 h 0 min. In the last hour: feeding: n"
    )
    book.end()
    assert said[-1] == f"Ended after 2 h 0 min. In all: {DONE}."


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.9, "59 s"), (61, "1 min"), (3600, "1 h 0 min"), (90_000, "1 d 1 h")],
)
def test_a_stretch_of_time(seconds: float, text: str) -> None:
    assert span(seconds) == text
