"""No secret, no lone surrogate and no number that JSON lacks gets out."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from neuron.scrub import clean, is_secret, secrets_of, without_secret_items

CONFIG: dict[str, Any] = {
    "key": "s3cr3t-key",
    "org_id": "an-org",
    "proxy_https": "http://proxyuser:p%40ss-word@proxy.example:8080",
    "proxy": {"https": "http://proxyuser:p%40ss-word@proxy.example:8080"},
    "webhook_token": "tok-en-value",
    "wait_seconds": 120,
    "empty_key": "",
    "null_key": None,
}


@pytest.mark.parametrize(
    "secret", ["s3cr3t-key", "tok-en-value", "p%40ss-word", "p@ss-word", "proxyuser:p%40ss-word"]
)
def test_every_secret_is_found_in_every_form(secret: str) -> None:
    secrets = secrets_of(CONFIG)
    text = clean({f"a {secret} b": [f"<{secret}>", {"deep": secret}]}, secrets)
    assert secret not in json.dumps(text)
    assert "REMOVED" in text[next(iter(text))][0]


def test_a_proxy_of_the_environment_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:env-password@proxy.example")
    assert "env-password" not in clean("x env-password", secrets_of({}))


def test_a_secret_that_is_no_valid_text_is_removed_too() -> None:
    assert clean("a \ud800-odd-key b", secrets_of({"key": "\ud800-odd-key"})) == "a REMOVED b"


def test_what_is_no_secret_stays() -> None:
    assert clean({"org_id": "an-org", "n": 120, "f": 1.5, "t": True}, secrets_of(CONFIG)) == {
        "org_id": "an-org", "n": 120, "f": 1.5, "t": True,
    }  # fmt: skip


def test_a_short_secret_is_removed_by_its_name_but_blanks_out_no_words() -> None:
    config = {"key": "a"}
    assert without_secret_items(config) == {"key": "REMOVED"}
    assert clean("banana", secrets_of(config)) == "banana"


@pytest.mark.parametrize("name", ["key", "api_KEY", "thehive_password", "client_secret", "snyk_token"])
def test_secret_items_are_known_by_their_name(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a\ud800b", "a\ufffdb"),
        ("\udfff\ud800", "\ufffd\ufffd"),
        ("\ud83d\ude00", "😀"),
        (math.nan, None),
        (math.inf, None),
        ([1e308 * 10], [None]),
    ],
)
def test_what_json_can_not_carry_is_replaced(value: Any, expected: Any) -> None:
    assert clean(value, ()) == expected


def test_what_is_nested_too_deeply_is_cut_off() -> None:
    value: Any = "bottom"
    for _ in range(900):
        value = [value]
    assert "bottom" not in json.dumps(clean(value, ()))
