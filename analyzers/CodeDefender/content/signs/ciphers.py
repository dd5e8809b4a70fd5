"""The few ciphers that hide a skimmer's strings: base64 of another alphabet, RC4, XOR, shifted letters."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

_STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def alphabet_in(strings: Iterable[str]) -> str | None:
    """The first string that is an alphabet of base64: 64 different characters, and perhaps the padding's."""
    for text in strings:
        if 64 <= len(text) <= 65 and len(set(text)) == len(text):
            return text[:64]
    return None


def from_alphabet(text: str, alphabet: str) -> bytes | None:
    """The bytes of a base64 of this alphabet; None where it is none."""
    plain = text.rstrip("=").translate(str.maketrans(alphabet, _STANDARD))
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def rc4(text: str, key: str) -> str:
    """RC4 of characters, as the obfuscator writes it. An empty key changes nothing."""
    if not key:
        return text
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + ord(key[i % len(key)])) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    plain = []
    for character in text:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        plain.append(chr(ord(character) ^ state[(state[i] + state[j]) % 256]))
    return "".join(plain)


def xor(data: bytes, key: bytes) -> bytes:
    """Bytes with a rolling key."""
    stream = (key * (len(data) // len(key) + 1))[: len(data)]
    return (int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(data), "big")


def shifted(data: bytes, by: int) -> bytes:
    """Bytes, each that much more."""
    return data.translate(bytes((code + by) % 256 for code in range(256)))
