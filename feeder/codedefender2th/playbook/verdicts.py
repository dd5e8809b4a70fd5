"""A verdict has arrived: what others are told of it (a thread in Slack, counters)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codedefender2th.incident.alert import TAG

VERDICTS = ("malicious", "suspicious", "clean", "unknown")
VERDICT_TAGS = [f"{TAG}:verdict={verdict}" for verdict in VERDICTS]


@dataclass(frozen=True)
class Verdict:
    """A verdict on an alert (TheHive 4.1: on a case), or another one than before.

    Attributes:
        kind: `alert` or `case`.
        id: of it.
        verdict: malicious, suspicious, clean or unknown.
        before: the one before; None for the first.
        severity: 1 to 4, as it stands now.
        title: of the alert or case.
        references: the `sourceRef` of the alert, or of every alert in the case: channel, ts, number.
        page: where a person sees it.
        case, case_id: the page and the id of the case that it is in; None without one.
        seconds: from its creation to now.
    """

    kind: str
    id: str
    verdict: str
    before: str | None
    severity: int
    title: str
    references: tuple[str, ...]
    page: str
    case: str | None
    seconds: float
    case_id: str | None = None


def verdict_of(entity: Mapping[str, Any]) -> str | None:
    """The verdict that an alert or a case carries."""
    tags = entity.get("tags")
    found = next((tag for tag in tags if tag in VERDICT_TAGS), None) if isinstance(tags, list) else None
    return found.rpartition("=")[2] if isinstance(found, str) else None
