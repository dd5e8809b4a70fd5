"""What TheHive says of an incident, checked and made small: what is kept of it is short and typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

Entity = Mapping[str, Any]

LONGEST_SUMMARY = 300


@dataclass(frozen=True)
class Decision:
    """How an alert or a case was closed.

    Attributes:
        what: `alert`, or `case #7`.
        status: as TheHive names it; `read` where 4.1's alert was only marked so.
        by: who changed it last; empty where TheHive does not say.
        at: when, in milliseconds since the epoch; None where TheHive does not say.
        summary: what they wrote.
    """

    what: str
    status: str
    by: str
    at: int | None
    summary: str


@dataclass(frozen=True)
class Case:
    """A case that incidents are in.

    Attributes:
        created: milliseconds since the epoch.
        decision: how it was closed; None while it is open.
        verdict: the one in its tags.
    """

    id: str
    number: int | None
    created: int | None
    severity: int
    verdict: str | None
    decision: Decision | None


@dataclass(frozen=True)
class Script:
    """A script as an alert's observable has it.

    Attributes:
        url: its address; where there is none, what the incident calls it.
        host: its host; None where it has none.
        reports: the observables that have a report of the analyzers Host and Content.
    """

    url: str
    host: str | None
    reports: Mapping[str, str]


@dataclass(frozen=True)
class Incident:
    """An alert.

    Attributes:
        posted, created, imported: when it was posted in Slack, became an alert, and part of its case, in
            milliseconds since the epoch.
        sites: the customer's, on which the script was seen.
        scripts: mostly one.
        decision: how the alert was closed; None where it is open or in a case.
    """

    id: str
    posted: int
    created: int | None
    imported: int | None
    severity: int
    verdict: str | None
    sites: tuple[str, ...]
    scripts: tuple[Script, ...]
    case: Case | None
    decision: Decision | None

    @property
    def judged(self) -> str | None:
        """The graver verdict of alert and case: 4.1 has an alert in a case `unknown`."""
        return graver(self.verdict, self.case.verdict if self.case else None)


# The gravest first.
GRAVITY = ("malicious", "suspicious", "unknown", "clean")


def graver(one: str | None, other: str | None) -> str | None:
    """The graver of two verdicts."""
    return next((verdict for verdict in GRAVITY if verdict in (one, other)), None)


def moment(entity: Entity, *names: str) -> int | None:
    """The first of these dates that there is, in milliseconds since the epoch."""
    values = (entity.get(name) for name in names)
    return next((v for v in values if isinstance(v, int) and not isinstance(v, bool) and 0 < v < 2**43), None)


def text(entity: Entity, name: str, limit: int) -> str:
    """A text in one line; empty where there is none."""
    value = entity.get(name)
    line = " ".join(value[: 4 * limit].split()) if isinstance(value, str) else ""
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def texts(entity: Entity, name: str) -> list[str]:
    """A list of texts."""
    value = entity.get(name)
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def severity(entity: Entity) -> int:
    """1 to 4; 2 where there is none that is."""
    value = entity.get("severity")
    return value if isinstance(value, int) and 1 <= value <= 4 else 2


def host_of(url: str) -> str | None:
    """The host in an address; None where there is none."""
    try:
        return urlsplit(url).hostname if url.startswith(("http://", "https://")) else None
    except ValueError:
        return None


def decision(entity: Entity, what: str) -> Decision:
    """How an alert or a case that is closed was."""
    status = text(entity, "resolutionStatus", 60) or text(entity, "status", 60) or "read"
    by = text(entity, "_updatedBy", 100) or text(entity, "assignee", 100)
    at = moment(entity, "closedDate", "endDate", "_updatedAt")
    return Decision(what, status, by, at, text(entity, "summary", LONGEST_SUMMARY))
