"""Since when a script's content is served, and what was served before it (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

MOST_ROWS = 50


@dataclass(frozen=True)
class Sighting:
    """Somebody saw a content at the script's address.

    at: UTC. content: its SHA-256, or another name of it that tells it from others. source: who saw it.
    sha256: where it is known.
    """

    at: datetime
    content: str
    source: str
    sha256: str | None = None

    @property
    def row(self) -> dict[str, str | None]:
        """For the report."""
        seen = self.at.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
        return {"seen_at": seen, "sha256": self.sha256, "source": self.source}


def newest_first(sightings: Sequence[Sighting]) -> list[Sighting]:
    """In the report's order, each once, as many as it shows."""
    return sorted(set(sightings), key=lambda s: (s.at, s.source), reverse=True)[:MOST_ROWS]


def since_when(sightings: Sequence[Sighting], ours: str | None) -> str | None:
    """A clause such as `served since 21 November 2026 at the latest, after 14 months of another content`.

    Args:
        sightings: in any order.
        ours: the content that is looked at; None where it is not known.

    Returns:
        None where nothing can be said.
    """
    known = sorted(_comparable(sightings, ours), key=lambda s: s.at)
    if known and ours is not None:
        return _ours(known, ours)
    for source in sorted({s.source for s in sightings}):
        seen = sorted((s for s in sightings if s.source == source), key=lambda s: s.at)
        if len({s.content for s in seen}) > 1:
            return f"{source}: {_last_change(seen)}"
        return f"{source}: seen since {day(seen[0].at)}, always alike"
    return None


def _comparable(sightings: Sequence[Sighting], ours: str | None) -> list[Sighting]:
    """Those of the sources that name contents as the one does which saw ours: they share one, so they do."""
    contents, sources = {ours}, set[str]()
    while more := {s.source for s in sightings if s.content in contents} - sources:
        sources |= more
        contents |= {s.content for s in sightings if s.source in sources}
    return [s for s in sightings if s.source in sources]


def _ours(seen: list[Sighting], ours: str) -> str:
    """What can be said of the content that is looked at."""
    last = max(at for at, sighting in enumerate(seen) if sighting.content == ours)
    first = last
    while first > 0 and seen[first - 1].content == ours:
        first -= 1
    clause = f"this content is served since {day(seen[first].at)} at the latest"
    if first > 0:
        clause = f"changed by {day(seen[first].at)}, {_before(seen, first)}"
    if last < len(seen) - 1:
        clause += f"; another content was seen on {day(seen[-1].at)}, after it"
    return clause


def _last_change(seen: list[Sighting]) -> str:
    first = len(seen) - 1
    while first > 0 and seen[first - 1].content == seen[-1].content:
        first -= 1
    return f"changed by {day(seen[first].at)}, {_before(seen, first)}"


def _before(seen: list[Sighting], first: int) -> str:
    start = first - 1
    while start > 0 and seen[start - 1].content == seen[first - 1].content:
        start -= 1
    return f"after {span((seen[first].at - seen[start].at).days)} of another content"


def day(at: datetime) -> str:
    """`21 November 2026`."""
    at = at.astimezone(timezone.utc)
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def span(days: int) -> str:
    """`14 months`."""
    if days < 1:
        return "less than a day"
    if days < 60:
        return f"{days} {'day' if days == 1 else 'days'}"
    months = round(days / 30.44)
    return f"{months} months" if months < 36 else f"{round(days / 365.25)} years"


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
