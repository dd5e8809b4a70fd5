"""Which incidents of HUMAN's are to be denied for a script, and what else that touches. Pure.

Facts: docs.perimeterx.com, "Get incidents", "Update a deny list": denying an incident "will block any
associated script actions"; no way back by the API is documented.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from neuron.addresses import bare
from neuron.reading import mapping, rows, text

MARK = "codedefender2th"


@dataclass(frozen=True)
class Incident:
    """One incident: its id, the site and application, the script's address and HUMAN's key of it."""

    id: str
    app_id: str
    site: str
    script: str
    key: str | None
    what: str

    def as_json(self) -> dict[str, str]:
        """For the report."""
        return {"id": self.id, "site": self.site, "script": self.script, "what": self.what}


@dataclass(frozen=True)
class Plan:
    """What denying a script means.

    Attributes:
        deny: the incidents of this script that are not denied yet.
        done: those that an earlier run has denied.
        touched: incidents under other addresses that HUMAN counts as the same script.
    """

    deny: tuple[Incident, ...]
    done: tuple[Incident, ...]
    touched: tuple[Incident, ...]


def read_incident(row: dict[str, Any]) -> Incident | None:
    """An incident of HUMAN's answer; None where it names no id or no script."""
    script = mapping(row.get("script"))
    name = text(row.get("id"), 100)
    url = text(script.get("id"), 4096) or text(row.get("initiator"), 4096)
    if name is None or url is None:
        return None
    return Incident(
        name,
        text(row.get("app_id"), 100) or text(script.get("app_id"), 100) or "",
        text(row.get("host_domain"), 300) or text(script.get("host_domain"), 300) or "",
        url,
        text(script.get("key"), 200),
        text(row.get("incident")) or text(row.get("category")) or "an incident",
    )


def plan(url: str, incidents: Iterable[Incident], denied: Sequence[dict[str, Any]]) -> Plan:
    """What is to be denied for a script's address.

    Args:
        url: of the script.
        incidents: all that were read.
        denied: the entries of the deny lists.
    """
    known = list(incidents)
    own = [incident for incident in known if bare(incident.script) == bare(url)]
    keys = {incident.key for incident in own if incident.key}
    touched = [each for each in known if each.key in keys and bare(each.script) != bare(url)]
    marked = [text(entry.get("comment"), 4096) or "" for entry in denied]
    done = [each for each in own if any(MARK in comment and each.id in comment for comment in marked)]
    return Plan(tuple(each for each in own if each not in done), tuple(done), tuple(touched))


def comment(incidents: Sequence[Incident], case: str) -> str:
    """Why they are denied; the ids are there for the next run, which denies nothing twice."""
    return f"{MARK}: denied from TheHive, {case}; incidents {' '.join(each.id for each in incidents)}"


def entries(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries of a deny list's answer."""
    return [entry for group in rows(answer.get("data")) for entry in rows(group.get("data"))]
