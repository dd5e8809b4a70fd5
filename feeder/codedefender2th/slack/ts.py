"""Slack's `ts`: when a message was posted, and its name in its channel."""

from __future__ import annotations

import re
from datetime import datetime, timezone

_TS = re.compile(r"\d{10}\.\d{6}", re.ASCII)


def is_ts(value: object) -> bool:
    """Whether a value is a message `ts` of Slack's own form, `seconds.microseconds` as a string."""
    return isinstance(value, str) and _TS.fullmatch(value) is not None


def just_before(ts: str) -> str:
    """The `ts` one microsecond earlier: what comes after it includes `ts`."""
    seconds, _, micros = ts.partition(".")
    earlier = max(int(seconds) * 1_000_000 + int(micros) - 1, 0)
    return f"{earlier // 1_000_000:010d}.{earlier % 1_000_000:06d}"


def moment(ts: str) -> datetime:
    """When a message was posted, to the second."""
    return datetime.fromtimestamp(int(ts.partition(".")[0]), timezone.utc)
