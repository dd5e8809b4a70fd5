"""Slack's `ts`: when a message was posted, and its name in its channel."""

from __future__ import annotations

import re
from datetime import datetime, timezone

BEGINNING, END = "0000000000.000000", "9999999999.999999"
_TS = re.compile(r"\d{10}\.\d{6}", re.ASCII)


def is_ts(value: object) -> bool:
    """Whether a value is a message `ts` of Slack's own form, `seconds.microseconds` as a string."""
    return isinstance(value, str) and _TS.fullmatch(value) is not None


def micros(ts: str) -> int:
    """Microseconds since the epoch."""
    seconds, _, rest = ts.partition(".")
    return int(seconds) * 1_000_000 + int(rest)


def at(microseconds: int) -> str:
    """The `ts` of a moment, which lies within what a `ts` can say."""
    within = min(max(microseconds, 0), micros(END))
    return f"{within // 1_000_000:010d}.{within % 1_000_000:06d}"


def just_before(ts: str) -> str:
    """The `ts` one microsecond earlier: what comes after it includes `ts`."""
    return at(micros(ts) - 1)


def just_after(ts: str) -> str:
    """The `ts` one microsecond later: what comes before it includes `ts`."""
    return at(micros(ts) + 1)


def moment(ts: str) -> datetime:
    """When a message was posted, to the second."""
    return datetime.fromtimestamp(int(ts.partition(".")[0]), timezone.utc)
