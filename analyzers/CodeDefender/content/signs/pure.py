"""JavaScript's functions and methods that only make values of values: what strings are hidden with."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence

from .escapes import percent_decoded, uri_decoded
from .tokens import Value

Pure = Callable[..., Value | None]

# Characters that a method which multiplies its input may make at once.
LONGEST = 4_000_000


def text_of(value: Value) -> str:
    """A value as JavaScript joins it to a string."""
    if isinstance(value, list):
        return ",".join(map(text_of, value))
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
    return str(value)


def base64_decoded(text: str) -> bytes | None:
    """The bytes, or None where it is no base64. Padding may be missing, as browsers allow."""
    plain = re.sub(r"[\t\n\f\r ]", "", text).rstrip("=")
    if len(plain) % 4 == 1 or not re.fullmatch(r"[A-Za-z0-9+/_-]*", plain):
        return None
    plain = plain.replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        return None


def atob(text: str) -> str | None:
    """What `atob` gives: a character a byte, or UTF-8 where it reads as that."""
    data = base64_decoded(text)
    if data is None:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def from_char_codes(*codes: Value) -> str | None:
    """What `String.fromCharCode` gives."""
    numbers = [code for code in codes if isinstance(code, int)]
    if len(numbers) != len(codes):
        return None
    return "".join(
        chr(number & 0xFFFF) if not 0xD800 <= number & 0xFFFF <= 0xDFFF else "\ufffd" for number in numbers
    )


def parse_int(text: Value, radix: Value = 10) -> int | None:
    """What `parseInt` gives; None where that is NaN."""
    plain = text_of(text).strip().lower()
    if not isinstance(radix, int) or not 2 <= radix <= 36:
        return None
    if plain.startswith("0x") and radix in (10, 16):
        plain, radix = plain[2:], 16
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"[:radix]
    found = re.match(f"[+-]?[{digits}]{{1,40}}", plain)
    return int(found.group(), radix) if found else None


def _bound(value: Value | None, length: int, default: int) -> int:
    """An index as `slice` takes it."""
    if not isinstance(value, int):
        return default
    return max(0, min(length, value + length if value < 0 else value))


def _slice(of: str | list[Value], start: Value = 0, end: Value | None = None) -> Value:
    return of[_bound(start, len(of), 0) : _bound(end, len(of), len(of))]


def _substring(of: str, start: Value = 0, end: Value | None = None) -> Value | None:
    if not isinstance(start, int) or not isinstance(end, int | None):
        return None
    first = max(0, min(len(of), start))
    last = len(of) if end is None else max(0, min(len(of), end))
    return of[min(first, last) : max(first, last)]


def _substr(of: str, start: Value = 0, length: Value | None = None) -> Value | None:
    if not isinstance(start, int) or not isinstance(length, int | None):
        return None
    first = _bound(start, len(of), 0)
    return of[first:] if length is None else of[first : first + max(0, length)]


def _split(of: str, by: Value | None = None) -> Value:
    if by is None:
        return [of]
    return list(of) if by == "" else list(of.split(text_of(by)))


def _char_at(of: str, at: Value = 0) -> Value | None:
    return of[at] if isinstance(at, int) and 0 <= at < len(of) else ""


def _char_code_at(of: str, at: Value = 0) -> Value | None:
    return ord(of[at]) if isinstance(at, int) and 0 <= at < len(of) else None


# Regular expressions that say which characters go; others are left, they might never end.
_CHARACTERS = re.compile(r"/(\[\^?[^\]\\\[]{1,80}\]|\\[wWdDsS]|[\w #@!%&~,:;=<>-]{1,20})(\+?)/([gimu]{0,4})")


def _replace(of: str, what: Value, by: Value = "") -> Value | None:
    told = _CHARACTERS.fullmatch(what) if isinstance(what, str) else None
    if not isinstance(what, str) or not told or "$" in text_of(by):
        return of.replace(text_of(what), text_of(by), 1)
    if len(of) * (len(text_of(by)) + 1) > LONGEST:
        return None
    pattern = re.compile(told[1] + told[2], re.IGNORECASE if "i" in told[3] else 0)
    return pattern.sub(lambda _: text_of(by), of, 0 if "g" in told[3] else 1)


def _replace_all(of: str, what: Value, by: Value = "") -> Value | None:
    if what == "" or len(of) * (len(text_of(by)) + 1) > LONGEST:
        return None
    return of.replace(text_of(what), text_of(by))


def _join(of: list[Value], by: Value = ",") -> Value | None:
    return text_of(by).join(map(text_of, of)) if len(of) * len(text_of(by)) <= LONGEST else None


def _to_base(of: int | float, radix: Value = 10) -> Value | None:
    """What a number's `toString(radix)` gives; fractions are left."""
    if not isinstance(of, int) or not isinstance(radix, int) or not 2 <= radix <= 36 or abs(of) > 1 << 70:
        return None
    digits, left = "", abs(of)
    while left:
        left, digit = divmod(left, radix)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return ("-" if of < 0 else "") + (digits or "0")


OF_STRINGS: dict[str, Pure] = {
    "split": _split,
    "charAt": _char_at,
    "charCodeAt": _char_code_at,
    "codePointAt": _char_code_at,
    "slice": _slice,
    "substring": _substring,
    "substr": _substr,
    "replace": _replace,
    "replaceAll": _replace_all,
    "concat": lambda of, *more: of + "".join(map(text_of, more)),
    "toLowerCase": lambda of: of.lower(),
    "toUpperCase": lambda of: of.upper(),
    "trim": lambda of: of.strip(),
    "toString": lambda of: of,
    "valueOf": lambda of: of,
    "repeat": lambda of, times: (
        of * times if isinstance(times, int) and 0 <= times * len(of) <= 10_000 else None
    ),
}
OF_LISTS: dict[str, Pure] = {
    "join": _join,
    "reverse": lambda of: of[::-1],
    "slice": _slice,
    "concat": lambda of, *more: (
        of + [item for value in more for item in (value if isinstance(value, list) else [value])]
    ),
    "toString": text_of,
}
OF_NUMBERS: dict[str, Pure] = {"toString": _to_base}
FUNCTIONS: dict[str, Pure] = {
    "atob": lambda text: atob(text_of(text)),
    "unescape": lambda text: percent_decoded(text_of(text)),
    "decodeURIComponent": lambda text: uri_decoded(text_of(text)),
    "decodeURI": lambda text: uri_decoded(text_of(text)),
    "escape": lambda text: text if isinstance(text, str) and text.isalnum() else None,
    "parseInt": parse_int,
    "String": text_of,
    "Number": parse_int,
}
STATIC: dict[tuple[str, str], Pure] = {
    ("String", "fromCharCode"): from_char_codes,
    ("String", "fromCodePoint"): from_char_codes,
    ("Number", "parseInt"): parse_int,
}


def call_method(of: Value, name: str, arguments: Sequence[Value]) -> Value | None:
    """What a known value's method gives; None where we can't tell."""
    if isinstance(of, list):
        method = OF_LISTS.get(name)
    else:
        method = (OF_STRINGS if isinstance(of, str) else OF_NUMBERS).get(name)
    return _called(method, of, *arguments)


def call_function(name: str, arguments: Sequence[Value]) -> Value | None:
    """What a global function gives for known values; None where we can't tell."""
    return _called(FUNCTIONS.get(name), *arguments)


def call_static(owner: str, name: str, arguments: Sequence[Value]) -> Value | None:
    """What `String.fromCharCode` and its like give for known values; None where we can't tell."""
    return _called(STATIC.get((owner, name)), *arguments)


def _called(function: Pure | None, *arguments: Value) -> Value | None:
    """The result; None also where the arguments are none for this function."""
    if function is None:
        return None
    try:
        return function(*arguments)
    except (TypeError, ValueError, OverflowError, AttributeError):
        return None


def arithmetic(left: Value, mark: str, right: Value) -> Value | None:
    """What an operator makes of two known values; None where we can't tell."""
    if mark == "+" and (not isinstance(left, int | float) or not isinstance(right, int | float)):
        return text_of(left) + text_of(right)
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        return None
    try:
        return _numbers(left, mark, right)
    except (ZeroDivisionError, OverflowError, ValueError):
        return None


def _numbers(left: int | float, mark: str, right: int | float) -> Value | None:
    """The same for two numbers."""
    if mark == "+":
        return left + right
    if mark == "-":
        return left - right
    if mark == "*":
        return left * right if abs(left) < 1 << 60 and abs(right) < 1 << 60 else None
    if mark == "/":
        quotient = left / right
        return int(quotient) if quotient.is_integer() else quotient
    if mark == "%":
        return int(abs(left) % abs(right)) * (-1 if left < 0 else 1) if isinstance(left, int) else None
    return _bits(int(left), mark, int(right))


def _bits(left: int, mark: str, right: int) -> int | None:
    """The same for operators on 32 bits."""
    if mark == "^":
        return _signed(left ^ right)
    if mark == "|":
        return _signed(left | right)
    if mark == "&":
        return _signed(left & right)
    if mark == "<<":
        return _signed(left << (right & 31))
    if mark == ">>":
        return _signed(left) >> (right & 31)
    if mark == ">>>":
        return (left & 0xFFFFFFFF) >> (right & 31)
    return None


def _signed(number: int) -> int:
    """A number in 32 bits, as JavaScript wraps it."""
    return (number + 0x80000000 & 0xFFFFFFFF) - 0x80000000
