"""Which alerts (on TheHive 4.1: cases) there are to investigate, and what has become of them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from thehive4py.query.filters import Gt, In

from codedefender2th.incident.alert import SOURCE, TAG, TYPE
from codedefender2th.playbook.memory import WATCHED_SECONDS
from codedefender2th.playbook.verdicts import VERDICT_TAGS, Verdict, verdict_of
from codedefender2th.thehive.client import TheHive

Entity = dict[str, Any]

_A_PAGE, _IDS_A_QUERY = 1000, 100
# What an answer may leave out (TheHive 5).
_LONG = ("description", "customFields", "summary")
_NEWEST_FIRST: Entity = {"_name": "sort", "_fields": [{"_createdAt": "desc"}]}


class Survey:
    """Alerts on TheHive 5, cases on 4.1, which analyses observables of cases only."""

    def __init__(self, thehive: TheHive) -> None:
        self._thehive = thehive
        self.kind = "case" if thehive.is_4 else "alert"

    def without_verdict(self) -> list[Entity]:
        """Those that have no verdict and that nobody has closed, newest first.

        `unknown` is all that 4.1 can say of an alert, and a case made of it inherits that.
        """
        if self._thehive.is_4:
            return self._all(self._open() & ~In("tags", VERDICT_TAGS[:-1]))
        return self._all(self._open() & ~In("tags", VERDICT_TAGS))

    def judged_lately(self) -> list[Entity]:
        """Those that are a day old at most and have a verdict."""
        tags = VERDICT_TAGS[:-1] if self._thehive.is_4 else VERDICT_TAGS
        since = int((time.time() - WATCHED_SECONDS) * 1000)
        return self._all(self._open() & In("tags", tags) & Gt("_createdAt", since))

    def by_id(self, names: Iterable[str], kind: str = "") -> dict[str, Entity]:
        """What there still is, by id."""
        listed = list(names)
        found: dict[str, Entity] = {}
        for start in range(0, len(listed), _IDS_A_QUERY):
            ids = [{"_id": name} for name in listed[start : start + _IDS_A_QUERY]]
            entities = self._thehive.query(
                {"_name": f"list{(kind or self.kind).capitalize()}"},
                {"_name": "filter", **({"_or": ids} if ids[1:] else ids[0])},
                {"_name": "page", "from": 0, "to": len(ids)},
                without=_LONG,
            )
            found |= {str(entity["_id"]): entity for entity in entities}
        return found

    def is_open(self, entity: Entity) -> bool:
        """Whether nobody has closed an alert or a case."""
        if self._thehive.is_4:
            return entity.get("status") == "Open"
        return entity.get("stage") != "Closed"

    def page(self, name: str) -> str:
        """Where a person sees it."""
        return self._thehive.page(self.kind, name)

    def told(self, entity: Entity, before: str | None) -> Verdict:
        """A verdict that has arrived."""
        name, case = str(entity["_id"]), entity.get("caseId")
        created, severity = entity.get("_createdAt"), entity.get("severity")
        return Verdict(
            kind=self.kind,
            id=name,
            verdict=verdict_of(entity) or "unknown",
            before=before,
            severity=severity if isinstance(severity, int) else 2,
            title=str(entity.get("title")),
            references=self._references(entity),
            page=self.page(name),
            case=self._thehive.page("case", case) if isinstance(case, str) else None,
            case_id=case if isinstance(case, str) else None,
            seconds=max(time.time() - created / 1000, 0) if isinstance(created, int) else 0.0,
        )

    def _references(self, entity: Entity) -> tuple[str, ...]:
        alerts = [entity]
        if self.kind == "case":
            alerts = self._thehive.query(
                {"_name": "getCase", "idOrName": str(entity["_id"])},
                {"_name": "alerts"},
                {"_name": "page", "from": 0, "to": _A_PAGE},
            )
        return tuple(str(alert["sourceRef"]) for alert in alerts if alert.get("source") == SOURCE)

    def _open(self) -> Any:
        if self._thehive.is_4:
            return In("tags", [TAG]) & In("status", ["Open"])
        return In("type", [TYPE]) & In("source", [SOURCE]) & In("stage", ["New", "InProgress", "Imported"])

    def _all(self, filters: Any) -> list[Entity]:
        """All that pass, page by page; what comes to be meanwhile is seen the next time."""
        found: dict[str, Entity] = {}
        for start in range(0, 1_000_000, _A_PAGE):
            page = self._thehive.query(
                {"_name": f"list{self.kind.capitalize()}"},
                {"_name": "filter", **filters},
                _NEWEST_FIRST,
                {"_name": "page", "from": start, "to": start + _A_PAGE},
                without=_LONG,
            )
            found |= {str(entity["_id"]): entity for entity in page}
            if len(page) < _A_PAGE:
                break
        return list(found.values())
