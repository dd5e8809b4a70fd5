"""A conversation with TheHive, 5 or 4.1: bounded, patient where that does no harm, clear when it fails."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, TypeVar

import requests
from thehive4py.client import TheHiveApi
from thehive4py.errors import TheHiveError

from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from neuron.reading import text
from neuron.transport import BoundedAdapter, TooLarge, bound, retry_after

Entity = dict[str, Any]
T = TypeVar("T")

ANSWER_SECONDS = 20.0
LARGEST_ANSWER = 32 * 1024 * 1024
MOST = 500  # entities read of one kind
ATTEMPTS = 4
_FIRST_PAUSE = 0.5
# Answers that a proxy or a busy server gives, and after which the same request may succeed.
_PASSING = {429, 500, 502, 503, 504}


class Refused(Failure):
    """TheHive will not do this, however often it is asked.

    Attributes:
        why: what it says of it, in a line; the server's text.
    """

    def __init__(self, sentence: str, why: str = "") -> None:
        super().__init__(sentence)
        self.why = why


class NotThere(Refused):
    """TheHive has no such thing."""


class Hive:
    """A TheHive server. Every method raises `Failure`, in one sentence that says what to do.

    Args:
        configuration: `thehive_url`, `thehive_key`, `thehive_organisation`.
        deadline: of the whole run.

    Attributes:
        api: thehive4py's client, for the calls that are given to `entity` and `write`.
        is_4: whether it is the open-source 4.1.
    """

    def __init__(self, configuration: Configuration, deadline: Deadline) -> None:
        self.deadline = deadline
        self.api = TheHiveApi(
            configuration.required_url("thehive_url", "http://thehive:9000"),
            apikey=configuration.key("thehive_key"),
            organisation=configuration.text("thehive_organisation"),
        )
        bound(self.api.session, BoundedAdapter(deadline, ANSWER_SECONDS, LARGEST_ANSWER))
        self.is_4 = self._is_4()

    def query(self, *operations: Entity, without: tuple[str, ...] = ()) -> list[Entity]:
        """The entities that a query finds.

        Args:
            operations: as TheHive's query API has them.
            without: fields that are not wanted; 4.1 sends them all the same.
        """
        found = self._said(lambda: self.api.query.run(list(operations), exclude_fields=list(without)))
        if not isinstance(found, list):
            raise Failure("TheHive's answer to a query is not of its form: check thehive_url.")
        # 4.1 shows jobs with an `id` alone.
        return [
            {"_id": entry.get("id"), **entry} for entry in found if isinstance(entry, dict) and _has_id(entry)
        ]

    def entity(self, call: Callable[[], Any], *names: str, repeatable: bool = True) -> Entity:
        """An answer that is to be an object, with texts of these names.

        Args:
            call: the request.
            names: what the object must have.
            repeatable: whether the call may be made twice, as after an answer that got lost.
        """
        found = self._said(call, repeatable)
        if not isinstance(found, dict) or not all(isinstance(found.get(name), str) for name in names):
            raise Failure("TheHive's answer is not of its form: check thehive_url, run again.")
        return found

    def write(self, call: Callable[[], Any], repeatable: bool = True) -> None:
        """A change; TheHive answers it with 204 and nothing else, a proxy's page is no answer."""
        if self._said(call, repeatable) != "":
            raise Failure("TheHive did not confirm a change: check thehive_url, run again.")

    def request(self, method: str, path: str) -> Any:
        """A call that thehive4py has no method for; raises as thehive4py does."""
        return self.api.session.make_request(method, path)

    def _is_4(self) -> bool:
        try:
            status = self.entity(lambda: self.request("GET", "/api/v1/status/public"))
        except NotThere:
            status = {}
        if isinstance(status.get("version"), str):
            return str(status["version"]).startswith("4.")
        versions = self.entity(lambda: self.request("GET", "/api/status")).get("versions")
        version = versions.get("TheHive") if isinstance(versions, dict) else None
        if isinstance(version, str) and version.startswith("4."):
            return True
        raise Failure("There is no TheHive at thehive_url: check the responder's configuration in Cortex.")

    def _said(self, call: Callable[[], T], repeatable: bool = True) -> T:
        pause = _FIRST_PAUSE
        for last in (False,) * (ATTEMPTS - 1) + (True,):
            try:
                return call()
            except TheHiveError as error:
                failure, wait, passing = (
                    _in_words(error),
                    _asked_to_wait(error),
                    _is_passing(error, repeatable),
                )
            except requests.RequestException as error:
                failure, wait = _trouble(error), None
                passing = repeatable and isinstance(error, (requests.ConnectionError, requests.Timeout))
                passing = passing and not isinstance(error, requests.exceptions.SSLError)
            if last or not passing or not self.deadline.pause(wait or random.uniform(pause / 2, pause)):
                raise failure
            pause *= 2
        raise AssertionError("the last attempt returns or raises")


def page(most: int) -> Entity:
    """The operation that ends a query: at most so many."""
    return {"_name": "page", "from": 0, "to": most}


def _has_id(entry: Entity) -> bool:
    return isinstance(entry.get("_id") or entry.get("id"), str)


def _status(error: TheHiveError) -> int:
    return 0 if error.response is None else int(error.response.status_code)


def _is_passing(error: TheHiveError, repeatable: bool) -> bool:
    """Whether the same request may succeed; one that was turned away for its rate was not acted on."""
    return _status(error) == 429 or (repeatable and _status(error) in _PASSING)


def _asked_to_wait(error: TheHiveError) -> float | None:
    return None if error.response is None else retry_after(error.response.headers.get("Retry-After"))


def _in_words(error: TheHiveError) -> Failure:
    status, reason = _status(error), text(" ".join(str(error.message).split()), 200) or "no reason given"
    if reason.startswith("<"):
        reason = "a web page in place of TheHive's answer: check the proxy on the way"
    if status == 401:
        return Failure(
            "TheHive does not accept thehive_key: enter a valid key in the responder's configuration."
        )
    if status == 403:
        return Refused(
            f"TheHive does not permit this to thehive_key's user ({reason}): widen its profile.", reason
        )
    if status == 404 and "Organisation" in reason:
        return Failure("TheHive knows no such organisation for this key: check thehive_organisation.")
    if status == 404:
        return NotThere(f"TheHive has no such thing ({reason}): it may have been deleted.", reason)
    if status == 429 or status >= 500:
        wait = _asked_to_wait(error)
        when = "run the responder again" if wait is None else f"run the responder again in {wait:.0f} seconds"
        return Failure(f"TheHive has a fault (HTTP {status}): {when}.")
    return Refused(f"TheHive refuses the request (HTTP {status}: {reason}).", reason)


def _trouble(error: requests.RequestException) -> Failure:
    # The exception's own text may hold a proxy's password: it is not shown.
    return Failure(next(words for kind, words in _TROUBLES if isinstance(error, kind)))


_TROUBLES: tuple[tuple[type[Exception], str], ...] = (
    (
        requests.TooManyRedirects,
        "TheHive answers with a redirect, which is not followed: set thehive_url to its final address.",
    ),
    (TooLarge, f"TheHive's answer is larger than {LARGEST_ANSWER >> 20} MB: it was not read."),
    (
        requests.exceptions.ProxyError,
        "TheHive can't be reached from Cortex: the proxy refused or did not answer.",
    ),
    (
        requests.exceptions.SSLError,
        "TheHive's TLS certificate can't be verified: enter its CA in the item cacerts.",
    ),
    (requests.Timeout, "TheHive did not answer in time: run the responder again."),
    (
        requests.exceptions.ChunkedEncodingError,
        "TheHive's answer broke off half way: run the responder again.",
    ),
    (
        requests.exceptions.ContentDecodingError,
        "TheHive's answer is wrongly compressed: run the responder again.",
    ),
    (
        requests.RequestException,
        "TheHive can't be reached from Cortex: check thehive_url, run again.",
    ),
)
