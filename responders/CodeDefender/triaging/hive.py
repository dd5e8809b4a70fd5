"""What the responder asks of TheHive, 5 and 4.1.

Sources: TheHive 5's OpenAPI description; for 4.1 its source and a recorded 4.1.24. Alerts, cases and
observables have the same v1 paths in both, but 4.1 knows no `addTags`, has no stages, and merges an
alert into a case through v0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import requests
from requests.adapters import HTTPAdapter
from thehive4py.client import TheHiveApi
from thehive4py.errors import TheHiveError
from thehive4py.query.filters import In
from urllib3 import Retry

from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from triaging.policy import TAG, Plan, Subject, Verdict

Entity = dict[str, Any]
T = TypeVar("T")

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 20.0
MOST = 500  # entities read of one kind
CLOSED_AS_CLEAN = "Ignored"


class NotThere(Failure):
    """TheHive has no such thing."""


class _Bounded(HTTPAdapter):
    """No request without a time-out, none longer than the run."""

    def __init__(self, deadline: Deadline, retry: Retry) -> None:
        self._deadline = deadline
        super().__init__(max_retries=retry)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send with what time is left."""
        left = max(self._deadline.left(), 0.1)
        kwargs["timeout"] = (min(CONNECT_SECONDS, left), min(ANSWER_SECONDS, left))
        return super().send(request, *args, **kwargs)


class Hive:
    """A TheHive server. Every method raises `Failure`, in one sentence that says what to do.

    Args:
        configuration: `thehive_url`, `thehive_key`, `thehive_organisation`.
        deadline: of the whole run.
    """

    def __init__(self, configuration: Configuration, deadline: Deadline) -> None:
        self._api = TheHiveApi(
            configuration.required_url("thehive_url", "http://thehive:9000"),
            apikey=configuration.key("thehive_key"),
            organisation=configuration.text("thehive_organisation"),
        )
        # What may be sent twice without harm is; a promotion or a merge is not.
        retry = Retry(
            total=3,
            backoff_factor=0.5,
            status_forcelist=[429, 500, 502, 503, 504],
            allowed_methods=["GET", "PATCH"],
            raise_on_status=False,
        )
        for scheme in ("http://", "https://"):
            self._api.session.mount(scheme, _Bounded(deadline, retry))
        self._api.session.max_redirects = 0
        self.is_4 = self._is_4()

    def alert(self, name: str) -> Entity:
        """An alert by id."""
        return self._entity(lambda: self._api.alert.get(name), "_id")

    def case(self, name: str) -> Entity:
        """A case by id."""
        return self._entity(lambda: self._api.case.get(name), "_id")

    def parent_of(self, observable: str) -> tuple[str, str]:
        """`alert` or `case`, and its id, that an observable belongs to."""
        for kind in ("case", "alert"):
            found = self._query({"_name": "getObservable", "idOrName": observable}, {"_name": kind})
            if found:
                return kind, str(found[0]["_id"])
        raise NotThere(
            "TheHive has no such observable, or it belongs to no alert or case that this key sees."
        )

    def observables_of(self, kind: str, name: str) -> list[Entity]:
        """The observables of an `alert` or a `case`."""
        return self._query(
            {"_name": "getAlert" if kind == "alert" else "getCase", "idOrName": name},
            {"_name": "observables"},
            _page(MOST),
        )

    def observables_of_alerts_in(self, case: str) -> list[Entity]:
        """The observables of the alerts in a case: what analyzers said of them there counts, too.

        TheHive 4.1 analyses no observables of alerts.
        """
        if self.is_4:
            return []
        path = ({"_name": "getCase", "idOrName": case}, {"_name": "alerts"}, {"_name": "observables"})
        return self._query(*path, _page(MOST))

    def jobs_of(self, observable: str) -> list[Entity]:
        """The analyzer jobs of an observable, newest first."""
        return self._query(
            {"_name": "getObservable", "idOrName": observable},
            {"_name": "jobs"},
            {"_name": "sort", "_fields": [{"startDate": "desc"}]},
            _page(MOST),
        )

    def open_case_with(self, urls: list[str]) -> Entity | None:
        """The oldest open Code Defender case that has one of these scripts."""
        cases = self._query(
            {"_name": "listObservable"},
            {"_name": "filter", **(In("data", urls) & In("dataType", ["url"])).data},
            {"_name": "case"},
            _page(MOST),
        )
        ours = [case for case in cases if TAG in case.get("tags", ()) and self.is_open(case)]
        return min(ours, key=lambda case: case.get("_createdAt", 0), default=None)

    def is_open(self, entity: Entity) -> bool:
        """Whether nobody has closed an alert or a case."""
        if not self.is_4:
            return entity.get("stage") != "Closed"
        return (
            entity.get("status") == "Open" if entity.get("_type") == "Case" else entity.get("read") is False
        )

    def subject(self, entity: Entity) -> Subject:
        """An alert or a case as the policy sees it."""
        is_case = entity.get("_type") == "Case"
        tags = tuple(tag for tag in entity.get("tags") or () if isinstance(tag, str))
        case_id = None if is_case else entity.get("caseId")
        opened = self.is_open(entity) or case_id is not None
        cleaned = not opened and Verdict.CLEAN.tag in tags
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
        )

    def promote(self, alert: str, template: str | None) -> Entity:
        """Make a case of an alert."""
        body: Any = {"caseTemplate": template} if template else {}
        return self._entity(lambda: self._api.alert.promote_to_case(alert, body), "_id")

    def merge(self, alert: str, case: str) -> None:
        """Make an alert part of a case."""
        path = f"/api/alert/{alert}/merge/{case}" if self.is_4 else f"/api/v1/alert/{alert}/merge/{case}"
        self._entity(lambda: self._api.session.make_request("POST", path), "_id")

    def mark_ioc(self, observable: str) -> None:
        """Say that an observable is an indicator of compromise."""
        self._write(lambda: self._api.observable.update(observable, {"ioc": True}))

    def close(self, alert: str) -> None:
        """Close an alert as clean."""
        fields: Any = {"read": True} if self.is_4 else {"status": CLOSED_AS_CLEAN}
        self._write(lambda: self._api.alert.update(alert, fields))

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
            self._write(lambda: update(subject.id, fields))

    def _is_4(self) -> bool:
        try:
            status = self._get("/api/v1/status/public")
        except NotThere:
            status = {}
        if isinstance(status.get("version"), str):
            return str(status["version"]).startswith("4.")
        versions = self._get("/api/status").get("versions")
        version = versions.get("TheHive") if isinstance(versions, dict) else None
        if isinstance(version, str) and version.startswith("4."):
            return True
        raise Failure("There is no TheHive at thehive_url: check the responder's configuration in Cortex.")

    def _get(self, path: str) -> Entity:
        return self._entity(lambda: self._api.session.make_request("GET", path))

    def _query(self, *operations: Entity) -> list[Entity]:
        found = self._said(lambda: self._api.query.run(list(operations)))
        if not isinstance(found, list):
            raise Failure("TheHive's answer to a query is not of its form: check thehive_url.")
        # 4.1 shows jobs with an `id` alone.
        return [
            {"_id": entry.get("id"), **entry} for entry in found if isinstance(entry, dict) and _has_id(entry)
        ]

    def _entity(self, call: Callable[[], Any], *names: str) -> Entity:
        """An answer that is to be an object, with texts of these names."""
        found = self._said(call)
        if not isinstance(found, dict) or not all(isinstance(found.get(name), str) for name in names):
            raise Failure("TheHive's answer is not of its form: check thehive_url, run again.")
        return found

    def _write(self, call: Callable[[], Any]) -> None:
        """A change; TheHive answers it with 204 and nothing else, a proxy's page is no answer."""
        if self._said(call) != "":
            raise Failure("TheHive did not confirm a change: check thehive_url, run again.")

    def _said(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except TheHiveError as error:
            raise _in_words(error) from None
        except requests.TooManyRedirects:
            raise Failure("TheHive answers with a redirect: set thehive_url to its final address.") from None
        except requests.exceptions.SSLError:
            raise Failure(
                "TheHive's TLS certificate can't be verified: enter its CA in the item cacerts."
            ) from None
        except requests.Timeout:
            raise Failure("TheHive did not answer in time: run the responder again.") from None
        except requests.RequestException:
            raise Failure("TheHive can't be reached from Cortex: check thehive_url, run again.") from None


def _page(most: int) -> Entity:
    return {"_name": "page", "from": 0, "to": most}


def _has_id(entry: Entity) -> bool:
    return isinstance(entry.get("_id") or entry.get("id"), str)


def _in_words(error: TheHiveError) -> Failure:
    response = error.response
    status = response.status_code if response is not None else 0
    reason = " ".join(str(error.message).split())[:200]
    if status == 401:
        return Failure(
            "TheHive does not accept thehive_key: enter a valid key in the responder's configuration."
        )
    if status == 403:
        return Failure(f"TheHive does not permit this to thehive_key's user ({reason}): widen its profile.")
    if status == 404 and "Organisation" in reason:
        return Failure("TheHive knows no such organisation for this key: check thehive_organisation.")
    if status == 404:
        return NotThere(f"TheHive has no such thing ({reason}): it may have been deleted.")
    if status == 429 or status >= 500:
        return Failure(f"TheHive has a fault (HTTP {status}): run the responder again.")
    return Failure(f"TheHive refuses the request (HTTP {status}: {reason}).")
