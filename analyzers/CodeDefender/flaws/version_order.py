"""The order of versions (semver.org, section 11), enough to find out which fix a version needs."""

from __future__ import annotations

import re
from collections.abc import Iterable

Order = tuple[tuple[int, ...], tuple[tuple[int, int, str], ...]]

_VERSION = re.compile(r"v?(\d{1,9}(?:\.\d{1,9}){0,5})(?:-([0-9A-Za-z.-]{1,100}))?(?:\+[0-9A-Za-z.-]*)?")
_RELEASE = ((2, 0, ""),)  # stands above every pre-release identifier


def order(version: str) -> Order | None:
    """What a version is compared by; `1.8` and `1.8.0` are equal. None where it is no version."""
    match = _VERSION.fullmatch(version)
    if match is None:
        return None
    numbers = [int(part) for part in match[1].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers), _prerelease(match[2]) if match[2] else _RELEASE


def _prerelease(text: str) -> tuple[tuple[int, int, str], ...]:
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in text.split("."))


def first_fix(version: str | None, fixes: Iterable[str]) -> str | None:
    """The lowest fixed version above the served one: the fix of its own branch.

    A vulnerability that was mended in 1.12.3 and in 3.4.1 asks 1.9.0 for 1.12.3, and 2.0.0 for 3.4.1.
    None where there is no such fix, or where the served version is unknown or no version.
    """
    served = order(version) if version is not None else None
    if served is None:
        return None
    higher = [(found, fix) for fix in fixes if (found := order(fix)) is not None and found > served]
    return min(higher, default=(None, None))[1]
