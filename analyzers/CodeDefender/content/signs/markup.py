"""The scripts in a page: what a file that is HTML has to be read as."""

from __future__ import annotations

import re

_SCRIPT = re.compile(r"<script\b[^>]{0,2000}>", re.IGNORECASE)
_END = re.compile(r"</script", re.IGNORECASE)
_HANDLER = re.compile(
    r"\son(?:error|load|click|focus|toggle)\s{0,9}=\s{0,9}(\"[^\"]{8,20000}\"|'[^']{8,20000}')", re.IGNORECASE
)
_ENCODED = re.compile(r"\s[\w-]{1,40}=(\"[A-Za-z0-9+/]{40,20000}={0,2}\"|'[A-Za-z0-9+/]{40,20000}={0,2}')")


def scripts_in(text: str) -> list[tuple[int, str]] | None:
    """Offset and text of every script in a page; None where the text is no page."""
    start = text.lstrip("\ufeff \t\r\n")[:200].lower()
    if not start.startswith("<") or (start.startswith("<!--") and "<script" not in text[:2000].lower()):
        return None
    found, at = [], 0
    while match := _SCRIPT.search(text, at):
        end = _END.search(text, match.end())
        at = end.end() if end else len(text)
        body = text[match.end() : end.start() if end else len(text)]
        if body.strip():
            found.append((match.end(), body))
    found += [(match.start(1) + 1, match[1][1:-1]) for match in _HANDLER.finditer(text)]
    # A handler may decode what another attribute holds: read it as the string that it is.
    found += [(match.start(1), match[1]) for match in _ENCODED.finditer(text)]
    return found
