"""Versions are ordered as semver.org orders them, and a branch gets its own fix."""

from __future__ import annotations

import pytest

from flaws.version_order import first_fix, order


@pytest.mark.parametrize(
    "ascending",
    [
        ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
         "1.0.0-rc.1", "1.0.0"],
        ["0", "0.0.1", "1.8.3", "1.9.0", "1.10.0", "2.0.0", "10.0.0"],
        ["1.2.3.4", "1.2.3.5", "1.2.4"],
    ],
)  # fmt: skip
def test_versions_stand_in_semvers_order(ascending: list[str]) -> None:
    keys = [order(version) for version in ascending]
    assert None not in keys
    assert keys == sorted(keys, key=lambda key: key or ())
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(("one", "other"), [("1.8", "1.8.0"), ("v1.2.3", "1.2.3"), ("1.0.0+build", "1.0.0")])
def test_equal_versions_are_equal(one: str, other: str) -> None:
    assert order(one) == order(other)


@pytest.mark.parametrize("text", ["", "latest", "1.9.2.custom", "^1.0", "1..2", "1" * 5000, "1.0.0-"])
def test_what_is_no_version_has_no_order(text: str) -> None:
    assert order(text) is None


@pytest.mark.parametrize(
    ("served", "fixes", "expected"),
    [
        ("1.9.0", ["1.12.3", "3.4.1"], "1.12.3"),
        ("2.0.0", ["1.12.3", "3.4.1"], "3.4.1"),
        ("3.4.1", ["1.12.3", "3.4.1"], None),
        ("1.9.0", ["1.12.3", "1.10.1", "unknown"], "1.10.1"),
        ("1.9.0", [], None),
        ("1.9.2.custom", ["2.0.0"], None),
        (None, ["2.0.0"], None),
    ],
)
def test_the_fix_is_the_lowest_above_the_served_version(
    served: str | None, fixes: list[str], expected: str | None
) -> None:
    assert first_fix(served, fixes) == expected
