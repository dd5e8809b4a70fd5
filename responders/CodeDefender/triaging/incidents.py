"""The alerts and cases of Code Defender incidents in TheHive, 5 and 4.1: read and changed.

Sources: TheHive 5's OpenAPI description; for 4.1 its source and a recorded 4.1.24. Alerts, cases and
observables have the same v1 paths in both, but 4.1 knows no `addTags`, no stages and no comments, merges an
alert into a case through v0, and can't take it out again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from thehive4py.query.filters import In

from neuron.reading import number
from triaging.evidence import Observable
from triaging.hive import MOST, Entity, Hive, NotThere, page
from triaging.policy import FOLLOW_UP_TAG, TAG, Plan, Subject, Verdict

CLOSED_AS_CLEAN, OPEN, CLOSED_AS_DOUBLE = "Ignored", "New", "Duplicated"
# How many alerts about one script are looked at; descriptions are long, and 4.1 sends them.
LOOKED_BACK, LOOKED_BACK_4 = 300, 100


class Incidents:
    """What triage asks of TheHive. Every method raises `Failure`."""

    def __init__(self, hive: Hive) -> None:
        self.hive, self.is_4 = hive, hive.is_4
        self._api = hive.api

    def alert(self, name: str) -> Entity:
        """An alert by id."""
        return self.hive.entity(lambda: self._api.alert.get(name), "_id")

    def case(self, name: str) -> Entity:
        """A case by id."""
        return self.hive.entity(lambda: self._api.case.get(name), "_id")

    def parent_of(self, observable: str) -> tuple[str, str]:
        """`alert` or `case`, and its id, that an observable belongs to."""
        for kind in ("case", "alert"):
            found = self.hive.query({"_name": "getObservable", "idOrName": observable}, {"_name": kind})
            if found:
                return kind, str(found[0]["_id"])
        raise NotThere(
            "TheHive has no such observable, or it belongs to no alert or case that this key sees."
        )

    def observables_of(self, kind: str, name: str) -> list[Entity]:
        """The observables of an `alert` or a `case`."""
        return self.hive.query(_the(kind, name), {"_name": "observables"}, page(MOST))

    def observables_of_alerts_in(self, case: str) -> list[Entity]:
        """The observables of the alerts in a case: what analyzers said of them there counts, too.

        TheHive 4.1 analyses no observables of alerts.
        """
        if self.is_4:
            return []
        path = (_the("case", case), {"_name": "alerts"}, {"_name": "observables"})
        return self.hive.query(*path, page(MOST))

    def jobs_of(self, observable: str) -> list[Entity]:
        """The analyzer jobs of an observable with their reports, newest first."""
        return self.hive.query(
            {"_name": "getObservable", "idOrName": observable},
            {"_name": "jobs"},
            {"_name": "sort", "_fields": [{"startDate": "desc"}]},
            page(MOST),
        )

    def alerts_with(self, scripts: Sequence[Observable]) -> list[Entity]:
        """The newest Code Defender alerts that have one of these scripts, newest first."""
        newest_first = {"_name": "sort", "_fields": [{"_createdAt": "desc"}]}
        most = LOOKED_BACK_4 if self.is_4 else LOOKED_BACK
        return self._with(scripts, {"_name": "alert"}, newest_first, page(most))

    def cases_with(self, scripts: Sequence[Observable]) -> list[Entity]:
        """The Code Defender cases that have one of these scripts."""
        return self._with(scripts, {"_name": "case"}, page(MOST))

    def alerts_in(self, case: str) -> list[Entity]:
        """The alerts that a case is made of."""
        return self.hive.query(_the("case", case), {"_name": "alerts"}, page(MOST), without=("description",))

    def is_open(self, entity: Entity) -> bool:
        """Whether nobody has closed an alert or a case."""
        if not self.is_4:
            return entity.get("stage") != "Closed"
        if entity.get("_type") == "Case":
            return entity.get("status") == "Open"
        return entity.get("read") is False or entity.get("caseId") is not None

    def subject(self, entity: Entity, case: Entity | None = None) -> Subject:
        """An alert or a case as the policy sees it.

        Args:
            entity: as TheHive gives it.
            case: the case that the alert is in.
        """
        is_case = entity.get("_type") == "Case"
        tags = tuple(tag for tag in entity.get("tags") or () if isinstance(tag, str))
        case_id = None if is_case else entity.get("caseId")
        opened = self.is_open(entity) if case is None else self.is_open(case)
        # Nobody is to follow up what was closed without asking; where the mark is, a person closed it.
        cleaned = not opened and not case_id and Verdict.CLEAN.tag in tags and FOLLOW_UP_TAG not in tags
        if not self.is_4:
            cleaned = cleaned and entity.get("status") == CLOSED_AS_CLEAN
        return Subject(
            id=str(entity["_id"]),
            is_case=is_case,
            severity=int(entity.get("severity") or 2),
            tags=tags,
            open=opened,
            closed_as_clean=cleaned,
            case_id=str(case_id) if case_id else None,
            changed_at=number(entity.get("_updatedAt")) or number(entity.get("_createdAt")) or 0,
        )

    def promote(self, alert: str, template: str | None) -> Entity:
        """Make a case of an alert."""
        body: Any = {"caseTemplate": template} if template else {}
        return self.hive.entity(lambda: self._api.alert.promote_to_case(alert, body), "_id", repeatable=False)

    def merge(self, alert: str, case: str) -> None:
        """Make an alert part of a case."""
        path = f"/api/alert/{alert}/merge/{case}" if self.is_4 else f"/api/v1/alert/{alert}/merge/{case}"
        self.hive.entity(lambda: self.hive.request("POST", path), "_id", repeatable=False)

    def take_out(self, alert: str, case: str) -> None:
        """Take an alert out of a case again (TheHive 5)."""
        self.hive.write(lambda: self._api.case.unlink_alert(case, alert), repeatable=False)

    def delete_case(self, case: str) -> None:
        """Delete a case."""
        self.hive.write(lambda: self.hive.request("DELETE", f"/api/v1/case/{case}"), repeatable=False)

    def close_as_double(self, case: str, summary: str) -> None:
        """Close a case that is another one's double (TheHive 5)."""
        fields: Any = {"status": CLOSED_AS_DOUBLE, "summary": summary}
        self.hive.write(lambda: self._api.case.update(case, fields))

    def mark_ioc(self, observable: str) -> None:
        """Say that an observable is an indicator of compromise."""
        self.hive.write(lambda: self._api.observable.update(observable, {"ioc": True}))

    def close(self, alert: str) -> None:
        """Close an alert as clean."""
        self._set(alert, {"read": True} if self.is_4 else {"status": CLOSED_AS_CLEAN})

    def reopen(self, alert: str) -> None:
        """Open an alert again that was closed as clean."""
        self._set(alert, {"read": False} if self.is_4 else {"status": OPEN})

    def change(self, subject: Subject, changes: Plan) -> None:
        """Write severity and tags of an alert or a case, where they change."""
        fields: Entity = {} if changes.severity is None else {"severity": changes.severity}
        if self.is_4 and (changes.add_tags or changes.remove_tags):
            kept = [tag for tag in subject.tags if tag not in changes.remove_tags]
            fields["tags"] = [*kept, *changes.add_tags]
        elif not self.is_4:
            fields |= {"addTags": list(changes.add_tags)} if changes.add_tags else {}
            fields |= {"removeTags": list(changes.remove_tags)} if changes.remove_tags else {}
        if fields:
            update: Any = self._api.case.update if subject.is_case else self._api.alert.update
            self.hive.write(lambda: update(subject.id, fields))

    def comments_on(self, subject: Subject) -> list[Entity]:
        """The comments on an alert or a case (TheHive 5)."""
        kind = "case" if subject.is_case else "alert"
        return self.hive.query(_the(kind, subject.id), {"_name": "comments"}, page(MOST))

    def comment(self, subject: Subject, message: str) -> None:
        """Leave a comment on an alert or a case (TheHive 5)."""
        made = self._api.comment.create_in_case if subject.is_case else self._api.comment.create_in_alert
        self.hive.entity(lambda: made(subject.id, {"message": message}), "_id", repeatable=False)

    def describe_case(self, case: str, description: str) -> None:
        """Write a case's description."""
        self.hive.write(lambda: self._api.case.update(case, {"description": description}))

    def _set(self, alert: str, fields: Any) -> None:
        self.hive.write(lambda: self._api.alert.update(alert, fields))

    def _with(self, scripts: Sequence[Observable], *path: Entity) -> list[Entity]:
        data = sorted({script.data for script in scripts})
        types = sorted({script.data_type for script in scripts})
        if not data:
            return []
        found = self.hive.query(
            {"_name": "listObservable"},
            {"_name": "filter", **(In("data", data) & In("dataType", types)).data},
            *path,
            without=("description",),
        )
        return list(_once(entity for entity in found if TAG in (entity.get("tags") or ())))


def _the(kind: str, name: str) -> Entity:
    return {"_name": "getAlert" if kind == "alert" else "getCase", "idOrName": name}


def _once(entities: Iterable[Entity]) -> Iterable[Entity]:
    """Each entity once, though several of its observables lead to it."""
    return {entity["_id"]: entity for entity in entities}.values()
