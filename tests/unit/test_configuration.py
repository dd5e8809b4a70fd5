"""Configuration items: what is empty takes its default, what is wrong is named in one sentence."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from neuron.configuration import Configuration
from neuron.failure import Failure

UUID = "AAAAAAAA-bbbb-4ccc-8ddd-eeeeeeeeeeee"
URL = "https://api.example.com/v3"

Reader = Callable[[Configuration], Any]
key: Reader = lambda c: c.key()  # noqa: E731  a table of readers
uuid: Reader = lambda c: c.uuid("item")  # noqa: E731
url: Reader = lambda c: c.url("item", URL)  # noqa: E731
number: Reader = lambda c: c.number("item", 2, least=1, most=10)  # noqa: E731
choice: Reader = lambda c: c.choice("item", ("low", "high"), "high")  # noqa: E731


@pytest.mark.parametrize("empty", [{}, {"item": None}])
@pytest.mark.parametrize(("read", "default"), [(url, URL), (number, 2), (choice, "high")])
def test_an_empty_item_takes_its_default(empty: dict[str, Any], read: Reader, default: Any) -> None:
    assert read(Configuration(empty)) == default


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (uuid, UUID, UUID.lower()),
        (uuid, f" {UUID}\n", UUID.lower()),
        (url, " http://10.0.0.1:8080/vt/ ", "http://10.0.0.1:8080/vt"),
        (url, "", URL),
        (number, 1, 1),
        (number, 2.5, 2.5),
        (choice, "LOW", "low"),
        (choice, " ", "high"),
    ],
)
def test_a_good_item_is_taken(read: Reader, value: Any, expected: Any) -> None:
    assert read(Configuration({"item": value})) == expected


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (uuid, None),
        (uuid, "my-org"),
        (uuid, UUID + "0"),
        (uuid, 5),
        (url, "api.example.com"),
        (url, "ftp://api.example.com"),
        (url, "https://"),
        (url, "https://user:pass@api.example.com"),
        (url, "https://api.example.com?key=1"),
        (url, "https://api.example.com#x"),
        (url, "https://api.example.com:99999"),
        (url, "https://[::1"),
        (url, "https://api.exam ple.com"),
        (url, "file:///etc/passwd"),
        (url, ["https://api.example.com"]),
        (number, "2"),
        (number, True),
        (number, 0.5),
        (number, -1),
        (number, 11),
        (number, math.nan),
        (number, math.inf),
        (number, []),
        (choice, "severe"),
        (choice, 3),
    ],
)
def test_a_wrong_item_is_named_in_one_sentence(read: Reader, value: Any) -> None:
    with pytest.raises(Failure) as caught:
        read(Configuration({"item": value}))
    assert " item " in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("value", [None, "", "  ", 5, "käy", "two words", "line\nbreak"])
def test_a_key_is_visible_ascii_and_is_never_shown(value: Any) -> None:
    with pytest.raises(Failure, match="item key") as caught:
        key(Configuration({"key": value}))
    assert not isinstance(value, str) or not value.strip() or value not in str(caught.value)


def test_a_key_loses_the_blanks_that_pasting_brings() -> None:
    assert key(Configuration({"key": " abc\n"})) == "abc"
