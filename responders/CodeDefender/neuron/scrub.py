"""Keeping secrets, and what JSON cannot carry, out of everything that is written."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote

REMOVED = "REMOVED"
SECRET_NAMES = ("key", "password", "secret", "token")
SHORTEST = 4  # a shorter secret would blank out ordinary words; its own item is removed by name
DEEPEST = 100
_USER_PART = re.compile(r"//([^/?#\s]+)@")
_SURROGATE = re.compile("[\ud800-\udfff]")


def is_secret(name: str) -> bool:
    """Whether a configuration item of this name holds a secret."""
    return any(word in name.lower() for word in SECRET_NAMES)


def secrets_of(config: dict[str, Any]) -> tuple[str, ...]:
    """Every secret of a job, the longest first: keys, and users and passwords in (proxy) URLs.

    The proxies of the process's environment count too.
    """
    found: set[str] = set()
    for name, text in _texts(config):
        found.update([text.strip()] if is_secret(name) else [])
        found.update(_user_parts(text))
    for name, text in os.environ.items():
        found.update(_user_parts(text) if name.lower().endswith("_proxy") else [])
    found |= {form for secret in found for form in _forms(secret)}
    return tuple(sorted((s for s in found if len(s) >= SHORTEST), key=len, reverse=True))


def clean(value: Any, secrets: tuple[str, ...], depth: int = 0) -> Any:
    """The JSON value without the secrets, without lone surrogates and with finite numbers only.

    What is nested deeper than `DEEPEST` becomes null.
    """
    if depth > DEEPEST:
        return None
    if isinstance(value, str):
        return _clean_text(value, secrets)
    if isinstance(value, dict):
        return {
            _clean_text(str(key), secrets): clean(item, secrets, depth + 1) for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [clean(item, secrets, depth + 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def without_secret_items(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration with each secret item's value replaced, however short it is."""
    return {name: REMOVED if is_secret(name) and value else value for name, value in config.items()}


def _clean_text(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        text = text.replace(secret, REMOVED)
    if _SURROGATE.search(text):
        # Pairs become their character, single ones the replacement character.
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _forms(secret: str) -> tuple[str, str]:
    return quote(secret, safe="", errors="replace"), unquote(secret)


def _texts(config: dict[str, Any], name: str = "") -> Iterable[tuple[str, str]]:
    for key, value in config.items():
        if isinstance(value, str):
            yield f"{name}{key}", value
        elif isinstance(value, dict):
            yield from _texts(value, f"{name}{key}.")


def _user_parts(text: str) -> set[str]:
    found: set[str] = set()
    for part in _USER_PART.findall(text):
        user, _, password = part.partition(":")
        found |= {part, password or user}
    return found
