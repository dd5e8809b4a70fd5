"""Strings that say something else than they seem to: base64, hex, numbers, backwards, enciphered.

Each way is tried on each string, and taken where what comes out is text: all of it printable, and where
a way could make text of anything (XOR, shifting), with a word in it that code or an address has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from .budget import Budget
from .ciphers import from_alphabet, shifted, xor
from .escapes import percent_decoded
from .pure import base64_decoded
from .tokens import Value

_SHORTEST, _LONGEST = 6, 400_000
_NESTED = 5
_KEYS = 48  # strings of the script that are tried as a key
_TRIED_WITH_KEYS = 200  # strings on which they are tried

_CRIBS = tuple(
    word.encode()
    for word in (
        "http:/", "https:/", "wss://", "document", "script", "checkout", "input", "window", "function",
        "value", "query", "element", "card", "select", "location", "onepage", "payment", "const ", "return",
        "tpircs", "/:ptth", "/:sptth", "tnemucod", "noitcnuf",
    )
)  # fmt: skip
_BACKWARDS = ("tnemucod", "noitcnuf", "wodniw", "//:sptth", "tpircs/")
# How an address and the word `checkout` begin in base64; some put other letters before that.
_STARTS = ("aHR0cHM6Ly", "aHR0cDovL", "d3NzOi8v", "Ly93d3cu", "Y2hlY2tvdX")
_LONGEST_JUNK = 40
_PRINTABLE = re.compile(r"[\x20-\x7e\t\r\n]+")
_READABLE = re.compile(r"[\w\s./:;,#=&?!@%+*(){}\[\]<>\"'|\\$^~`-]+")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")
_NUMBERS = re.compile(r"\d{2,3}(?:([^0-9])(?:\d{2,3}\1)*\d{2,3})\1?|(?:\d{2,3}([^0-9]))(?:\d{2,3}\2){2,}")
_HEX_NUMBERS = re.compile(r"(?:[0-9a-fA-F]{2}([ ,:|-])){3,}[0-9a-fA-F]{2}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_WORD = re.compile(r"[A-Za-z]?[a-z]{2,}(?:[A-Z_-][a-z]+)*|[A-Z_]+")


class Plain(NamedTuple):
    """What a string says.

    Attributes:
        text: in plain.
        how: it was hidden: `base64`, `XOR, key 23`.
    """

    text: str
    how: str


class Decoder:
    """Decodes the strings of one script.

    Args:
        strings: all of them: keys and alphabets are among them.
        budget: what it may cost.
    """

    def __init__(self, strings: Sequence[str], budget: Budget) -> None:
        distinct = list(dict.fromkeys(strings))
        self._alphabets = [
            text[:64] for text in distinct if 64 <= len(text) <= 65 and len(set(text)) == len(text)
        ][:2]
        self._keys = [
            text.encode(errors="replace") for text in distinct if 3 <= len(text) <= 64 and "://" not in text
        ]
        self._keys = self._keys[:_KEYS] if len(self._keys) <= 4 * _KEYS else []
        self._with_keys = _TRIED_WITH_KEYS
        self._budget = budget

    def string(self, text: str) -> Plain | None:
        """What a string says, peeled as often as it is wrapped; None where it says what it seems to.

        Raises:
            Spent: the budget is used up.
        """
        hows: list[str] = []
        for _ in range(_NESTED):
            plain = self._once(text)
            if plain is None:
                break
            text = plain.text
            hows.append(plain.how)
        return Plain(text, ", then ".join(hows)) if hows else None

    def numbers(self, values: list[Value]) -> Plain | None:
        """What a list of numbers says, as characters' codes; None where it says nothing."""
        codes = [value for value in values if isinstance(value, int)]
        if len(codes) < _SHORTEST or len(codes) != len(values):
            return None
        self._budget.spend(len(codes))
        # What is added to a code, or mixed with it, does the same to its lowest byte.
        data = bytes(code & 0xFF for code in codes)
        plain = _text(data)
        if plain is not None and len(set(codes)) > 3 and _worded(plain):
            return Plain(plain, "character codes")
        return self._enciphered(data)

    def _once(self, text: str) -> Plain | None:
        """One layer of a string."""
        if not _SHORTEST <= len(text) <= _LONGEST:
            return None
        self._budget.spend(len(text))
        for plain in self._written(text):
            if plain is not None:
                return plain
        if _WORD.fullmatch(text) or " " in text[:40]:
            return None
        for data in _as_bytes(text, self._alphabets):
            low = _text(data) if max(text) > "\u00ff" else None
            found = Plain(low, "shifted letters") if low and _worded(low) else self._enciphered(data)
            if found is not None:
                return found
        return None

    def _written(self, text: str) -> Iterator[Plain | None]:
        """Ways to write a string that need no key."""
        if "//:" in text or text.startswith("=") or any(word in text for word in _BACKWARDS):
            yield Plain(text[::-1], "backwards")
        if text.count("%") > 3 and "%" in text[:40]:
            plain = percent_decoded(text)
            if len(plain) < len(text) * 0.7 and _PRINTABLE.fullmatch(plain):
                yield Plain(plain, "percent signs")
        if _HEX.fullmatch(text) and len(text) >= 12:
            yield _plain(bytes.fromhex(text), "hex")
        numbers = _NUMBERS.fullmatch(text)
        if numbers:
            codes = [int(code) for code in re.findall(r"\d+", text)]
            if max(codes) < 256:
                yield _plain(bytes(codes), "character codes")
        if _HEX_NUMBERS.fullmatch(text):
            yield _plain(bytes.fromhex(re.sub("[^0-9a-fA-F]", "", text)), "hex")
        if _BASE64.fullmatch(text) and not _WORD.fullmatch(text):
            yield _plain(base64_decoded(text), "base64")
            for alphabet in self._alphabets:
                yield _plain(from_alphabet(text, alphabet), "base64 of an alphabet of its own")
            backwards = _plain(base64_decoded(text[::-1]), "base64 backwards")
            yield backwards if backwards and _worded(backwards.text) else None
            for start in _STARTS:
                at = text.find(start, 1, _LONGEST_JUNK)
                if at > 0:
                    yield _plain(base64_decoded(text[at:]), "base64 behind other letters")

    def _enciphered(self, data: bytes) -> Plain | None:
        """Bytes that a cipher hides; found by a word that must be in the plain text."""
        if len(data) < _SHORTEST:
            return None
        self._budget.spend(len(data))
        # Neighbours' differences do not depend on a key of one byte: one search serves all keys.
        steps = _xor_steps(data)
        for crib in _CRIBS:
            at = steps.find(_xor_steps(crib))
            if at >= 0 and (key := data[at] ^ crib[0]):
                found = _plain(xor(data, bytes([key])), f"XOR, key {key}")
                if found:
                    return found
        steps = _shift_steps(data)
        for crib in _CRIBS:
            at = steps.find(_shift_steps(crib))
            if at >= 0 and (by := (crib[0] - data[at]) % 256):
                found = _plain(shifted(data, by), "shifted letters")
                if found:
                    return found
        return self._keyed(data)

    def _keyed(self, data: bytes) -> Plain | None:
        """The same for a key of several bytes, which is another string of the script."""
        if self._with_keys <= 0 or len(data) < 8:
            return None
        self._with_keys -= 1
        self._budget.spend(len(self._keys) * 16)
        for key in self._keys:
            start = _text(xor(data[:24], key))
            if start is not None and _READABLE.fullmatch(start):
                plain = _text(xor(data, key))
                if plain is not None and _worded(plain):
                    return Plain(plain, "XOR, with a key in the script")
        return None


def _as_bytes(text: str, alphabets: Sequence[str]) -> Iterator[bytes]:
    """The bytes that a string may stand for, before deciphering."""
    if _HEX.fullmatch(text):
        yield bytes.fromhex(text)
    elif _BASE64.fullmatch(text):
        for data in [base64_decoded(text)] + [from_alphabet(text, alphabet) for alphabet in alphabets]:
            if data:
                yield data
    yield bytes(ord(character) & 0xFF for character in text)


def _plain(data: bytes | None, how: str) -> Plain | None:
    """Bytes as a finding, where they are text."""
    text = _text(data) if data else None
    return Plain(text, how) if text is not None else None


def _text(data: bytes) -> str | None:
    """Bytes as text; None where they are none. Some letters of other languages are text, too."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    if _PRINTABLE.fullmatch(text):
        return text if len(text) >= 4 else None
    strange = sum(1 for character in text if not (character.isprintable() or character in "\t\r\n"))
    beyond = sum(1 for character in text if character > "\x7f")
    return text if not strange and beyond * 10 <= len(text) and len(text) >= 40 else None


def _worded(text: str) -> bool:
    """Whether there is a word in it that code, an address or a selector has."""
    lower = text.lower().encode(errors="replace")
    return any(crib in lower for crib in _CRIBS)


def _xor_steps(data: bytes) -> bytes:
    """Each byte against the next, by XOR."""
    return xor(data[:-1], data[1:])


def _shift_steps(data: bytes) -> bytes:
    """Each byte against the next, by difference."""
    return bytes((after - before) % 256 for before, after in pairwise(data))
