"""What JavaScript's escapes stand for: in strings, and what `unescape` and `decodeURIComponent` undo."""

from __future__ import annotations

import re
from urllib.parse import unquote

_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|([0-7]{1,3})|(\r\n|.))", re.DOTALL
)
_PERCENT_U = re.compile(r"%u([0-9a-fA-F]{4})")
_PERCENT = re.compile(r"%([0-9a-fA-F]{2})")
_NAMED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "\n": "", "\r": "", "\r\n": ""}


def unescape(body: str) -> str:
    """The value of a string's body. A lone half of a pair stands for itself."""
    return _ESCAPE.sub(_value, body) if "\\" in body else body


def _value(match: re.Match[str]) -> str:
    """What one escape stands for."""
    hexadecimal = match[1] or match[2] or match[3]
    if hexadecimal:
        return _character(int(hexadecimal, 16))
    if match[4]:
        return chr(int(match[4], 8))
    return _NAMED.get(match[5], match[5])


def _character(code: int) -> str:
    """A character; what is none, or half of one, is a replacement mark."""
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"


def percent_decoded(text: str) -> str:
    """What `unescape` gives: each `%41` and `%u0041` one character, as in Latin-1."""
    text = _PERCENT_U.sub(lambda match: _character(int(match[1], 16)), text)
    return _PERCENT.sub(lambda match: chr(int(match[1], 16)), text)


def uri_decoded(text: str) -> str:
    """What `decodeURIComponent` gives; what is no UTF-8 stays a replacement mark."""
    return unquote(text, errors="replace")
