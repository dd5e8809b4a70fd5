"""What TheHive 5 or 4.1 holds of a period, page by page, in a bounded number of requests.

Alerts come in the order of their dates, each page after the last date of the one before: what comes to be
meanwhile moves no page, and the last page costs no more than the first. Observables, comments, cases and jobs
of many come with one query each.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from typing import Any

from thehive4py.query.filters import Gte, In, Lt

from codedefender2th.errors import Stopped
from codedefender2th.incident.alert import HOST_TAG, SCRIPT_HOST_TAG, SCRIPT_TAG, SOURCE, TAG, TYPE
from codedefender2th.playbook.verdicts import verdict_of
from codedefender2th.report import notes
from codedefender2th.report.facts import (
    Case,
    Decision,
    Entity,
    Incident,
    Script,
    decision,
    host_of,
    moment,
    severity,
    text,
    texts,
)
from codedefender2th.report.notes import Note
from codedefender2th.thehive.client import TheHive
from codedefender2th.thehive.connector import Cortex

# 4.1 sends descriptions, too, which are long.
_ALERTS_A_QUERY, _ALERTS_A_QUERY_4 = 500, 100
# Alerts whose comments, observables whose jobs are asked for at once; reports are long.
_PARENTS, _OBSERVABLES = 50, 10
_A_PAGE = 1000
_LONG = ("description", "customFields")
HOST, CONTENT = "CodeDefender_Host", "CodeDefender_Content"
_SITE = f"{TAG}:host="


class Reader:
    """Reads a period.

    Every method raises as TheHive does, and Stopped.

    Args:
        thehive: where from.
        stop: set when the program is to end.
        since, until: the period of the posts, in milliseconds since the epoch; None for no bound.
    """

    def __init__(self, thehive: TheHive, stop: threading.Event, since: int | None, until: int | None) -> None:
        self._thehive, self._stop, self._since, self._until = thehive, stop, since, until
        self._cortex = Cortex(thehive)
        self._cases: dict[str, Case] = {}
        # On 4.1 observables of cases alone are analysed: by case and script.
        self._reports: dict[tuple[str, str], dict[str, str]] = {}

    def batches(self) -> Iterator[tuple[list[Incident], list[Note]]]:
        """The incidents, oldest first, some at a time with the notes left on them and on their cases."""
        for page in self._alerts():
            for start in range(0, len(page), _PARENTS):
                if self._stop.is_set():
                    raise Stopped("Stopped while reading: no report was written.")
                yield self._batch({str(alert["_id"]): alert for alert in page[start : start + _PARENTS]})

    def reports_on(self, observables: Collection[str]) -> Iterator[tuple[str, str, Entity]]:
        """What Host and Content have said of these observables: the analyzer, of what, its full report.

        The newest comes first.
        """
        listed = list(observables)
        for start in range(0, len(listed), _OBSERVABLES):
            if self._stop.is_set():
                raise Stopped("Stopped while reading: no report was written.")
            jobs = self._thehive.query(
                {"_name": "listObservable"},
                _by_id(listed[start : start + _OBSERVABLES]),
                {"_name": "jobs"},
                {"_name": "sort", "_fields": [{"startDate": "desc"}]},
                {"_name": "page", "from": 0, "to": _A_PAGE},
            )
            for job in jobs:
                analyzer = text(job, "analyzerName", 100) or text(job, "analyzerDefinition", 100)
                report = job.get("report")
                full = report.get("full") if isinstance(report, dict) else None
                if analyzer.startswith((HOST, CONTENT)) and isinstance(full, dict):
                    yield analyzer, str(full.get("data")), full

    def _alerts(self) -> Iterator[list[dict[str, Any]]]:
        size = _ALERTS_A_QUERY_4 if self._thehive.is_4 else _ALERTS_A_QUERY
        ours: Any = In("type", [TYPE]) & In("source", [SOURCE])
        if self._until is not None:
            ours = ours & Lt("date", self._until)
        after, seen, skipped = self._since, set[str](), 0
        while True:
            filters = ours if after is None else ours & Gte("date", after)
            page = self._thehive.query(
                {"_name": "listAlert"},
                {"_name": "filter", **filters},
                {"_name": "sort", "_fields": [{"date": "asc"}]},
                {"_name": "page", "from": skipped, "to": skipped + size},
                without=_LONG,
            )
            fresh = [alert for alert in page if alert["_id"] not in seen and moment(alert, "date")]
            if fresh:
                yield fresh
            if len(page) < size:
                return
            last = moment(page[-1], "date")
            if last is None or last == after:
                # More have this date than a page holds.
                skipped += size
                seen |= {str(alert["_id"]) for alert in page}
            else:
                after, skipped = last, 0
                seen = {str(alert["_id"]) for alert in page if moment(alert, "date") == last}

    def _batch(self, alerts: dict[str, dict[str, Any]]) -> tuple[list[Incident], list[Note]]:
        tags = [SCRIPT_TAG, SCRIPT_HOST_TAG, HOST_TAG]
        observables = self._cortex.observables("alert", list(alerts), tags)
        in_cases = {str(alert["caseId"]) for alert in alerts.values() if isinstance(alert.get("caseId"), str)}
        found = self._look_up(sorted(in_cases - self._cases.keys()))
        if not self._thehive.is_4:
            judged = [name for name, alert in alerts.items() if verdict_of(alert)]
            found += self._comments("alert", judged)
        return [self._incident(alert, observables[name]) for name, alert in alerts.items()], found

    def _incident(self, alert: Entity, observables: list[dict[str, Any]]) -> Incident:
        case = self._cases.get(str(alert.get("caseId")))
        of = {tag: [str(o.get("data")) for o in observables if tag in texts(o, "tags")] for tag in _ROLES}
        sites = of[HOST_TAG] or [t.removeprefix(_SITE) for t in texts(alert, "tags") if t.startswith(_SITE)]
        scripts = []
        for observable in observables:
            if SCRIPT_TAG in texts(observable, "tags"):
                url = str(observable.get("data"))
                host = host_of(url) or next(iter(of[SCRIPT_HOST_TAG]), None)
                reports = self._reports.get((case.id, url)) if case else None
                scripts.append(Script(url, host, reports or _reported(observable)))
        return Incident(
            id=str(alert["_id"]),
            posted=moment(alert, "date") or 0,
            created=moment(alert, "_createdAt"),
            imported=moment(alert, "importedDate"),
            severity=severity(alert),
            verdict=verdict_of(alert),
            sites=tuple(sites),
            scripts=tuple(scripts),
            case=case,
            decision=self._decision(alert),
        )

    def _decision(self, alert: Entity) -> Decision | None:
        if self._thehive.is_4:
            closed = alert.get("read") is True and not alert.get("caseId")
        else:
            closed = alert.get("stage") == "Closed"
        return decision(alert, "alert") if closed else None

    def _look_up(self, names: list[str]) -> list[Note]:
        """Learn of cases; the notes that were left on them."""
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(names), _PARENTS):
            some = names[start : start + _PARENTS]
            page = {"_name": "page", "from": 0, "to": len(some)}
            cases = self._thehive.query({"_name": "listCase"}, _by_id(some), page, without=_LONG)
            found |= {str(case["_id"]): case for case in cases}
        self._cases |= {name: self._case(entity) for name, entity in found.items()}
        if not self._thehive.is_4:
            return self._comments("case", list(found))
        for name, observables in self._cortex.observables("case", list(found), [SCRIPT_TAG]).items():
            self._reports |= {(name, str(o.get("data"))): _reported(o) for o in observables}
        left = [notes.in_description(case.get("description"), name) for name, case in found.items()]
        return [note for note in left if note is not None]

    def _case(self, entity: Entity) -> Case:
        number = entity.get("number")
        closed = entity.get("status") != "Open" if self._thehive.is_4 else entity.get("stage") == "Closed"
        return Case(
            id=str(entity["_id"]),
            number=number if isinstance(number, int) else None,
            created=moment(entity, "_createdAt", "startDate"),
            severity=severity(entity),
            verdict=verdict_of(entity),
            decision=decision(entity, f"case #{number}") if closed else None,
        )

    def _comments(self, kind: str, names: list[str]) -> list[Note]:
        found = []
        for start in range(0, len(names), _PARENTS):
            place = 0
            while True:
                comments = self._thehive.query(
                    {"_name": f"list{kind.capitalize()}"},
                    _by_id(names[start : start + _PARENTS]),
                    {"_name": "comments"},
                    {"_name": "page", "from": place, "to": place + _A_PAGE},
                )
                left = (notes.read(each.get("message"), each.get("createdAt")) for each in comments)
                found += [note for note in left if note is not None]
                if len(comments) < _A_PAGE:
                    break
                place += _A_PAGE
        return found


_ROLES = (SCRIPT_TAG, SCRIPT_HOST_TAG, HOST_TAG)


def _by_id(names: list[str]) -> dict[str, Any]:
    ids = [{"_id": name} for name in names]
    return {"_name": "filter", **({"_or": ids} if ids[1:] else ids[0])}


def _reported(observable: Entity) -> dict[str, str]:
    """The observable's id for each of Host and Content that has a report on it."""
    reports = observable.get("reports")
    names = [str(name) for name in reports] if isinstance(reports, dict) else []
    return {
        analyzer: str(observable["_id"])
        for analyzer in (HOST, CONTENT)
        if any(name.startswith(analyzer) for name in names)
    }
