"""The configuration items of a job, checked. Items that were left empty arrive as null."""

from __future__ import annotations

import math
import re
from typing import Any
from urllib.parse import urlsplit

from neuron.failure import Failure
from neuron.scrub import secrets_of

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_KEY = re.compile(r"[!-~]+")


class Configuration:
    """The `config` object of a job. Every method raises `Failure`, naming the item.

    Args:
        items: name → value as Cortex wrote them.

    Attributes:
        secrets: what must appear in no output, see `scrub.secrets_of`.
    """

    def __init__(self, items: dict[str, Any]) -> None:
        self._items = items
        self.secrets = secrets_of(items)

    def key(self, name: str = "key") -> str:
        """A required API key: visible ASCII without blanks."""
        value = self.text(name)
        if value is None:
            raise Failure(f"The configuration item {name} is empty: enter the service's API key.")
        if not _KEY.fullmatch(value):
            raise Failure(f"The configuration item {name} holds a character that no key has: enter it again.")
        return value

    def uuid(self, name: str) -> str:
        """A required UUID, in lower case."""
        value = self.text(name)
        if value is None or not _UUID.fullmatch(value):
            raise Failure(f"The configuration item {name} must be a UUID such as 8-4-4-4-12 hex digits.")
        return value.lower()

    def url(self, name: str, default: str) -> str:
        """An http(s) root without a user part, query or fragment; no slash at the end."""
        return self._root(name, self.text(name) or default, default)

    def required_url(self, name: str, example: str) -> str:
        """The same, without a default."""
        value = self.text(name)
        if value is None:
            raise Failure(f"The configuration item {name} is empty: enter an address such as {example}.")
        return self._root(name, value, example)

    def _root(self, name: str, value: str, example: str) -> str:
        try:
            parts = urlsplit(value)
            good = (
                parts.scheme in {"http", "https"}
                and bool(parts.hostname)
                and not (parts.username or parts.password or parts.query or parts.fragment)
                and (parts.port is None or parts.port > 0)
                and _KEY.fullmatch(value)
            )
        except ValueError:
            good = False
        if not good:
            raise Failure(
                f"The configuration item {name} must be an http(s) address such as {example}, "
                "without user, query or fragment."
            )
        return value.rstrip("/")

    def number(self, name: str, default: float, least: float, most: float = 1e6) -> float:
        """A number from `least` to `most`."""
        value = self._items.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise Failure(f"The configuration item {name} must be a number.")
        if not least <= value <= most:
            raise Failure(f"The configuration item {name} must be from {least:g} to {most:g}.")
        return float(value)

    def choice(self, name: str, options: tuple[str, ...], default: str) -> str:
        """One of `options`, compared without case."""
        value = (self.text(name) or default).lower()
        if value not in options:
            raise Failure(f"The configuration item {name} must be one of {', '.join(options)}.")
        return value

    def flag(self, name: str, default: bool) -> bool:
        """True or false."""
        value = self._items.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise Failure(f"The configuration item {name} must be true or false.")
        return value

    def texts(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Texts, those that are not blank."""
        value = self._items.get(name)
        entries = [value] if isinstance(value, str) else value or []
        if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
            raise Failure(f"The configuration item {name} must be a list of texts.")
        return tuple(entry.strip() for entry in entries if entry.strip()) or default

    def has(self, name: str) -> bool:
        """Whether the item was sent at all: one that was left empty was, as null."""
        return name in self._items

    def text(self, name: str) -> str | None:
        """A text without outer blanks; None where it is empty."""
        value = self._items.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise Failure(f"The configuration item {name} must be a text.")
        return value.strip() or None
