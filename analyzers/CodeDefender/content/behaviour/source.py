"""The bytes of an observable as scripts: a script is one; a page is its inline scripts and its markup."""

from __future__ import annotations

import re
from dataclasses import dataclass

LARGEST = 6_000_000
"""Characters of a script that are looked at."""

_SCRIPT = re.compile(r"<script\b([^>]{0,2000})>(.*?)</script\s*>", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(
    r"\s*(?:<!--|<!doctype|<html|<head|<body|<script|<div|<meta|<img|<svg|<link|<form)", re.IGNORECASE
)
_SOURCE = re.compile(r"\bsrc\s*=", re.IGNORECASE)
_OTHER_TYPE = re.compile(
    r"\btype\s*=\s*[\"']?(?!text/javascript|application/javascript|module|text/ecmascript)[a-z]",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Source:
    """What there is to run."""

    scripts: tuple[str, ...]
    html: str
    """Markup that belongs to it; empty for a plain script."""
    inline: bool
    """Whether the scripts stood in a page."""
    url: str
    """The address that the page's `script` element has."""


def source(data: bytes, url: str | None) -> Source:
    """The scripts in `data`, decoded as a browser would without a word from the server."""
    text = _decoded(data)[:LARGEST]
    address = url or "/js/site.js"
    if not _MARKUP.match(text):
        return Source((text,) if text.strip() else (), "", False, address)
    inline = [
        body
        for attributes, body in _SCRIPT.findall(text)
        if not _SOURCE.search(attributes) and not _OTHER_TYPE.search(attributes) and body.strip()
    ]
    # Scripts with an address stay in the markup: what they would load is seen there.
    markup = _SCRIPT.sub(lambda found: found[0] if _SOURCE.search(found[1]) else "", text)
    return Source(tuple(inline), markup[:500_000], True, address)


def _decoded(data: bytes) -> str:
    for mark, encoding in (
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
        (b"\xef\xbb\xbf", "utf-8"),
    ):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
