"""What a service sent, read with suspicion: a value of the wrong type counts as absent."""

from __future__ import annotations

import math
import re
from datetime import datetime, timezone
from typing import Any

TEXT_LIMIT = 300
LATEST_MOMENT = 2**33  # the year 2242: what is later is not a time
_SHA256 = re.compile(r"[0-9a-f]{64}")
# Control characters and those that turn the direction of the text around them.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")


def mapping(value: object) -> dict[str, Any]:
    """The JSON object, or an empty one."""
    return value if isinstance(value, dict) else {}


def rows(value: object) -> list[dict[str, Any]]:
    """The JSON objects of a list; what else is in it is left out."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def text(value: object, limit: int = TEXT_LIMIT) -> str | None:
    """One line of at most `limit` characters, cut with `…`; None where there is nothing to read."""
    if not isinstance(value, str):
        return None
    line = _UNSEEN.sub(" ", value[: limit * 4]).strip()
    if not line:
        return None
    return line if len(line) <= limit else line[: limit - 1] + "…"


def texts(value: object, limit: int = TEXT_LIMIT) -> list[str]:
    """The readable strings of a list."""
    found = (text(item, limit) for item in value) if isinstance(value, list) else ()
    return [item for item in found if item is not None]


def sha256(value: object) -> str | None:
    """A SHA-256 in lower case hex."""
    found = value.lower() if isinstance(value, str) else ""
    return found if _SHA256.fullmatch(found) else None


def number(value: object) -> float | None:
    """A finite number; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def count(value: object) -> int | None:
    """A whole number from 0 on."""
    found = number(value)
    return int(found) if found is not None and found >= 0 and found == int(found) else None


def moment(value: object) -> float | None:
    """Seconds since 1970 (UTC)."""
    found = number(value)
    return found if found is not None and 0 < found < LATEST_MOMENT else None


def iso(seconds: float | None) -> str | None:
    """`2026-11-23 10:40 UTC`."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, tz=timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
