"""The few things we ask of TheHive, 5 and 4.1, and what its answers mean.

Sources: TheHive 5.7's OpenAPI description; for 4.1, which has none, its source and what a 4.1.24
server was seen to do: v1 ignores an alert's observables, so alerts go through v0 there; an unknown
organisation and an unknown data type are both a 404, told apart by the message.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import quote

import requests
from thehive4py.client import TheHiveApi
from thehive4py.errors import TheHiveError
from thehive4py.query.filters import In
from thehive4py.query.page import Paginate

from codedefender2th.errors import FeederError, Refusal, Stopped, Unavailable
from codedefender2th.incident.alert import SOURCE, TYPE, Alert
from codedefender2th.thehive.refusals import (
    UNKNOWN_ORGANISATION,
    AlreadyExists,
    NoSuchPath,
    Rejected,
    in_words,
)
from codedefender2th.web import transport
from codedefender2th.web.patience import Patience

log = logging.getLogger(__name__)

T = TypeVar("T")

# The end of 4.1's scale; 5 has one step more.
MAX_TLP_4 = 3
# How many alerts are sent at once.
IN_FLIGHT = 8
_REQUEST_SECONDS = 20.0
_REFS_A_QUERY = 100
# What 4.1 calls the organisation of a user who is not in the one that is asked for.
_NO_ORGANISATION = "***"
# How long TheHive 4.1 may take to store an alert whose connection broke, and how often to look.
LATE_SECONDS = 5.0
_LOOK_EVERY_SECONDS = 0.5


@dataclass(frozen=True)
class Stored:
    """An alert is in TheHive.

    Attributes:
        created: whether this call brought it there.
        id: its id, where it is known.
        unsure: whether it was sent more than once, an answer being lost: there may be two.
    """

    created: bool
    id: str | None = None
    unsure: bool = False


@dataclass(frozen=True)
class User:
    """Whom the key belongs to (`GET /api/v1/user/current`)."""

    login: str
    organisation: str
    profile: str
    permissions: frozenset[str]

    def may(self, permission: str) -> bool:
        """Whether a permission is held.

        Args:
            permission: as TheHive 5 names it, `manageAlert/create`; the whole `manageAlert`, as 4.1 has
                it, holds all its parts.
        """
        return permission in self.permissions or permission.partition("/")[0] in self.permissions


class TheHive:
    """A TheHive server, as one user sees it.

    Every method raises Refusal for what will not mend by itself and, when `patience` is over,
    Unavailable for what may.

    Args:
        url: the server's root.
        key: API key.
        organisation: organisation to act in; None for the key's own.
        ca_bundle: PEM file of the CA to trust; None for the system's.
        patience: how long a call may take.
        key_setting: the variable that the key comes from, to name it where it is refused.
        public_url: the root that people use, for links; None for the same.
        heard: called after each good answer.
        seen: told how each request ended.
    """

    def __init__(
        self,
        url: str,
        key: str,
        organisation: str | None,
        ca_bundle: Path | None,
        patience: Patience,
        *,
        key_setting: str = "THEHIVE_API_KEY",
        public_url: str | None = None,
        heard: Callable[[], None] = lambda: None,
        seen: transport.Seen = transport.nobody,
    ) -> None:
        self.url, self._key_setting, self._heard = url, key_setting, heard
        self._public_url = public_url or url
        self.api = TheHiveApi(
            url,
            apikey=key,
            organisation=organisation,
            verify=str(ca_bundle) if ca_bundle else True,
            max_retries=0,
        )
        seconds = min(_REQUEST_SECONDS, patience.seconds)
        transport.bounded_session(self.api.session, seconds, IN_FLIGHT, seen)
        self._patience = patience
        self._version: str | None = None
        self._version_lock = threading.Lock()

    @property
    def version(self) -> str:
        """What the server says of its version, asked once."""
        with self._version_lock:
            if self._version is None:
                self._version = self._read_version()
            return self._version

    @property
    def is_4(self) -> bool:
        """Whether it is TheHive 4, which has another API."""
        return self.version.startswith("4.")

    def user(self) -> User:
        """The key's user in the organisation acted in."""
        found = self.ask(lambda: _object(self.request("GET", "/api/v1/user/current"), "organisation"))
        if found["organisation"] == _NO_ORGANISATION:
            raise Refusal(UNKNOWN_ORGANISATION)
        permissions = found.get("permissions")
        held = permissions if isinstance(permissions, list) else []
        return User(
            login=str(found.get("login", "")),
            organisation=str(found["organisation"]),
            profile=str(found.get("profile", "")),
            permissions=frozenset(permission for permission in held if isinstance(permission, str)),
        )

    def store(self, alert: Alert, patient: bool = True) -> Stored:
        """Have the alert in TheHive once, whatever happens to the answers.

        Args:
            alert: its body.
            patient: whether a fault is waited out; else there is one attempt.

        Raises:
            Rejected: TheHive does not take this body.
            Blocked: this request does not get through to TheHive.
        """
        # TheHive 4.1 does not check for duplicates atomically: where an answer was lost, look.
        lost = False

        def attempt() -> Stored:
            nonlocal lost
            if lost and self._appears(alert["sourceRef"]):
                return Stored(created=True, unsure=True)
            try:
                return Stored(created=True, id=self._create(alert), unsure=lost)
            except AlreadyExists as refusal:
                # "Observable already exists" must not pass for it: the message names our alert, or we look.
                if alert["sourceRef"] not in str(refusal) and not self._existing([alert["sourceRef"]]):
                    raise Rejected(str(refusal)) from None
                return Stored(created=lost, unsure=lost)
            except Unavailable as fault:
                lost = lost or fault.acted
                raise

        return self._patience.call(attempt) if patient else attempt()

    def answers(self) -> bool:
        """Whether it answers a simple question now."""
        try:
            self.request("GET", "/api/v1/user/current")
        except FeederError:
            return False
        return True

    def _appears(self, ref: str) -> bool:
        """Whether an alert that may have been stored is there.

        4.1 may still store it for seconds after the connection broke, so it is looked for some time.
        """
        end = time.monotonic() + min(LATE_SECONDS, self._patience.seconds)
        while not self._existing([ref]):
            if not self.is_4 or time.monotonic() > end:
                return False
            if self._patience.stop.wait(_LOOK_EVERY_SECONDS):
                raise Stopped("Stopped while looking for an alert.")
        return True

    def page(self, kind: str, entity_id: str) -> str:
        """Where a person sees an `alert` or a `case`; 4.1 has no page for one alert."""
        if not self.is_4:
            return f"{self._public_url}/{kind}s/{entity_id}/details"
        return f"{self._public_url}/index.html#!/" + (
            "alert/list" if kind == "alert" else f"case/{entity_id}/details"
        )

    def ask(self, attempt: Callable[[], T]) -> T:
        """A call that may be made twice without harm, tried again while TheHive is unavailable."""
        return self._patience.call(attempt)

    def query(self, *operations: dict[str, Any], without: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        """Run operations of the Query API; the objects found, on TheHive 5 `without` these fields."""

        def run() -> list[dict[str, Any]]:
            return _objects(self.said(lambda: self.api.query.run(list(operations), list(without))))

        return self.ask(run)

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """One request, for what thehive4py has no method; the answer as JSON (text where it is none)."""
        return self.said(lambda: self.api.session.make_request(method, path, json=body))

    def said(self, call: Callable[[], T]) -> T:
        """What a thehive4py call returns, its errors in words.

        Raises:
            Refusal, Unavailable, Rejected, AlreadyExists: see there.
        """
        try:
            answer = call()
        except TheHiveError as error:
            raise in_words(error, self.url, self._key_setting) from None
        except requests.RequestException as error:
            raise transport.explain("TheHive", error, "THEHIVE_URL", self.url) from None
        self._heard()
        return answer

    def _create(self, alert: Alert) -> str:
        if self.is_4:
            created = self.request("POST", "/api/alert", as_v0(alert))
        else:
            created = self.said(lambda: self.api.alert.create(cast(Any, alert)))
        return str(_object(created, "_id")["_id"])

    def mark_read(self, alert_id: str, tags: list[str]) -> None:
        """On 4.1, give an alert these tags in place of its own and mark it as read."""
        path = f"/api/v1/alert/{quote(alert_id)}"
        self.ask(lambda: self.request("PATCH", path, {"tags": tags}))
        self.ask(lambda: self.request("POST", f"{path}/read"))

    def alerts_of(self, refs: Iterable[str]) -> list[dict[str, Any]]:
        """The alerts with these references, as TheHive shows them."""
        return self.ask(lambda: list(self._with_refs(list(refs))))

    def existing(self, refs: Iterable[str]) -> set[str]:
        """Those of the references for which there is an alert."""
        return self.ask(lambda: self._existing(refs))

    def _existing(self, refs: Iterable[str]) -> set[str]:
        return {alert["sourceRef"] for alert in self._with_refs(list(refs))}

    def _with_refs(self, wanted: list[str]) -> Iterator[dict[str, Any]]:
        for start in range(0, len(wanted), _REFS_A_QUERY):
            for alert in self._alerts_with(wanted[start : start + _REFS_A_QUERY]):
                if alert.get("sourceRef") in wanted:
                    yield alert

    def _alerts_with(self, refs: list[str]) -> list[dict[str, Any]]:
        filters = In("sourceRef", refs) & In("type", [TYPE]) & In("source", [SOURCE])
        # More than were asked for: 4.1 may hold duplicates.
        page = Paginate(0, 10 * len(refs))
        return _objects(self.said(lambda: self.api.alert.find(filters, paginate=page)))

    def _read_version(self) -> str:
        """TheHive 5 tells at /api/v1/status/public, 4.1 at /api/status."""
        version = self._status("/api/v1/status/public").get("version")
        versions: Any = {}
        if version is None:
            versions = self._status("/api/status").get("versions")
            versions = versions if isinstance(versions, dict) else {}
            version = versions.get("TheHive")
        if isinstance(version, str) and version[:1].isdigit():
            return version
        if "Cortex" in versions:
            raise Refusal(
                f"At THEHIVE_URL ({self.url}) is Cortex, not TheHive: set it to TheHive's own address."
            )
        raise Refusal(f"There is no TheHive at THEHIVE_URL ({self.url}): check its address and path.")

    def _status(self, path: str) -> dict[str, Any]:
        try:
            return self.ask(lambda: self._page_of_status(path))
        except (NoSuchPath, Rejected):
            return {}

    def _page_of_status(self, path: str) -> dict[str, Any]:
        answer = self.request("GET", path)
        if isinstance(answer, str):
            raise Unavailable(
                f"No TheHive answers at THEHIVE_URL ({self.url}) but something with web pages: where that "
                "does not pass, check the address and path."
            )
        return _object(answer)


def as_v0(alert: Alert) -> dict[str, Any]:
    """The body in TheHive 4.1's v0 form: observables as `artifacts`, TLP up to 3."""
    body: dict[str, Any] = {name: value for name, value in alert.items() if name != "observables"}
    body["tlp"] = min(alert["tlp"], MAX_TLP_4)
    body["artifacts"] = [
        {
            "dataType": observable["dataType"],
            "data": observable["data"],
            "tags": observable["tags"],
            "tlp": min(observable["tlp"], MAX_TLP_4),
        }
        for observable in alert["observables"]
    ]
    return body


def _object(answer: Any, *names: str) -> dict[str, Any]:
    """An answer that is to be an object with texts of these names."""
    if not isinstance(answer, dict) or not all(isinstance(answer.get(name), str) for name in names):
        raise Unavailable("TheHive's answer is not of its form.")
    return answer


def _objects(answer: Any) -> list[dict[str, Any]]:
    """An answer that is to be a list of entities; each with its `_id`, which 4.1 calls `id` in jobs."""
    if not isinstance(answer, list):
        raise Unavailable("TheHive's answer to a query is not of its form.")
    entities = [{"_id": entry.get("id"), **entry} for entry in answer if isinstance(entry, dict)]
    return [entity for entity in entities if isinstance(entity["_id"], str)]
