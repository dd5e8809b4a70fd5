"""Host names in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator

_HOST = re.compile(
    r"(?:\b(?:https?|wss?|ftp):|[\"'=(\s]|^)//(?:[\w.%-]{0,60}(?::[\w.%-]{0,60})?@)?"
    r"((?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.){1,8}(?:xn--[a-z0-9-]{2,40}|[a-z]{2,24})|\d{1,3}(?:\.\d{1,3}){3})(?![\w@-])",
    re.IGNORECASE,
)
_PLACEHOLDER = frozenset(("example.com", "www.example.com", "localhost", "www.w3.org", "127.0.0.1"))


def hosts_in(text: str) -> Iterator[tuple[int, str]]:
    """Position and name, in lower case, of each host in an address of the text."""
    for match in _HOST.finditer(text):
        name = match[1].lower()
        if name not in _PLACEHOLDER and not _is_call(name):
            yield match.start(1), name


def core(host: str) -> str:
    """The part of a host that its owner chose: without it in the text, the text hides the host.

    What stands before it may be put together when it is needed (`account` + ".vendor.com").
    """
    labels = host.split(".")
    if len(labels) > 2 and len(labels[-2]) <= 3 and not labels[-1].isdigit():
        return ".".join(labels[-3:])  # example.co.uk
    return host if labels[-1].isdigit() else ".".join(labels[-2:])


def _is_call(name: str) -> bool:
    """Whether it is rather a comment's or a line's code: `//this.value`, `//e.target`."""
    first, _, last = name.partition(".")
    return first in ("this", "window", "document", "self", "console", "var") or last in (
        "length",
        "value",
        "target",
    )
