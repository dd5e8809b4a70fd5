"""What the SOC has seen and decided before about a script, in sentences. Pure.

No decision is copied: the person who reads it decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timezone
from typing import Any

from neuron.reading import number, text
from triaging.policy import TAG

SITE_TAG = f"{TAG}:host="
MOST_DECISIONS = 3
LONGEST_SUMMARY = 200
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
Entity = dict[str, Any]


def seen_before(alerts: Sequence[Entity], more: bool) -> list[str]:
    """`Seen 14 times since 3 March 2026 on 3 sites.`; nothing where this is the first time.

    Args:
        alerts: all that have the script, the present one too.
        more: whether there may be older ones that were not looked at.
    """
    if len(alerts) < 2:
        return []
    first = min(_moment(alert, "date", "_createdAt") for alert in alerts)
    sites = {
        tag.removeprefix(SITE_TAG)
        for alert in alerts
        for tag in alert.get("tags") or ()
        if isinstance(tag, str) and tag.startswith(SITE_TAG)
    }
    where = f" on {len(sites)} site{'s' * (len(sites) > 1)}" if sites else ""
    return [f"Seen {'at least ' * more}{len(alerts)} times since {_day(first)}{where}."]


def decided_before(entities: Iterable[Entity], is_closed_by_a_person: Callable[[Entity], bool]) -> list[str]:
    """How the newest alerts and cases with the script ended, the newest first."""
    closed = [entity for entity in entities if is_closed_by_a_person(entity)]
    closed.sort(key=_closed_at, reverse=True)
    return [_decision(entity) for entity in closed[:MOST_DECISIONS]]


def _decision(entity: Entity) -> str:
    """`Case #7 was closed as false positive on 2 November 2026 by a@b.example: “their summary”`."""
    is_case = entity.get("_type") == "Case"
    what = f"Case #{entity.get('number')}" if is_case else "An alert"
    status = text(entity.get("resolutionStatus"), 60) or text(entity.get("status"), 60)
    how = f"closed as {_CAMEL.sub(' ', status).lower()}" if status else "marked as read"
    by = text(entity.get("_updatedBy"), 100) or text(entity.get("assignee"), 100)
    who = f" by {by}" if by else ""
    summary = text(entity.get("summary"), LONGEST_SUMMARY)
    return f"{what} was {how} on {_day(_closed_at(entity))}{who}" + (f": “{summary}”." if summary else ".")


def _closed_at(entity: Entity) -> float:
    return _moment(entity, "closedDate", "endDate", "_updatedAt", "_createdAt")


def _moment(entity: Entity, *names: str) -> float:
    """Milliseconds since the epoch, of the first field that there is."""
    return next((found for name in names if (found := number(entity.get(name)))), 0.0)


def _day(milliseconds: float) -> str:
    """`3 March 2026` (UTC)."""
    moment = datetime.fromtimestamp(min(max(milliseconds, 0), 2**43) / 1000, tz=timezone.utc)
    return f"{moment.day} {moment:%B %Y}"
