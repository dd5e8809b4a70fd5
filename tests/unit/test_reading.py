"""A value of the wrong type counts as absent, and what is shown is one bounded line."""

from __future__ import annotations

import math
from typing import Any

import pytest

import neuron.reading as reading

ODD: list[Any] = [None, True, "5", [], {}, [1], {"a": 1}, math.nan, math.inf, -math.inf, 10**400]


@pytest.mark.parametrize("value", ODD)
def test_odd_values_are_no_count_and_no_moment(value: Any) -> None:
    assert reading.count(value) is None
    assert reading.moment(value) is None
    assert reading.number(value) is None


@pytest.mark.parametrize("value", [None, 5, [], {}, "", "  ", "\x00\x1b", "\u202e"])
def test_a_text_without_anything_to_read_is_absent(value: Any) -> None:
    assert reading.text(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ("  two\nlines\t ", "two lines"),
        ("turn\u202eback", "turn back"),
        ("x" * 10, "x" * 10),
        ("x" * 11, "x" * 9 + "…"),
        ("x" * 5_000_000, "x" * 9 + "…"),
    ],
)
def test_a_text_is_one_bounded_line(value: str, expected: str) -> None:
    assert reading.text(value, 10) == expected


@pytest.mark.parametrize(("value", "expected"), [(0, 0), (7, 7), (7.0, 7), (7.5, None), (-1, None)])
def test_a_count_is_a_whole_number_from_zero_on(value: float, expected: int | None) -> None:
    assert reading.count(value) == expected


@pytest.mark.parametrize("value", [0, -5, 2**40])
def test_a_moment_is_a_time_that_can_be(value: int) -> None:
    assert reading.moment(value) is None


def test_a_moment_is_shown_in_utc() -> None:
    assert reading.iso(reading.moment(1_700_000_000)) == "2023-11-14 22:13 UTC"
    assert reading.iso(None) is None


def test_of_a_list_only_the_rows_that_fit_are_read() -> None:
    mixed = [{"a": 1}, None, "x", 5, ["y"]]
    assert reading.rows(mixed) == [{"a": 1}]
    assert reading.texts(mixed) == ["x"]
    assert reading.rows("no list") == reading.texts({"no": "list"}) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [("A" * 64, "a" * 64), ("a" * 63, None), ("g" * 64, None), ("a" * 64 + "/..", None), (5, None)],
)
def test_a_digest_is_exactly_that(value: Any, expected: str | None) -> None:
    assert reading.sha256(value) == expected
