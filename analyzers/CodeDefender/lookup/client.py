"""One conversation with one service over HTTP: bounded in time and size, clear when it fails.

The key goes to the configured address only: no redirect is followed, TLS is verified, and no
`.netrc` is read. Proxies and `REQUESTS_CA_BUNDLE` come from the environment, where Cortex puts them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import requests

from neuron.deadline import Deadline
from neuron.failure import Failure
from neuron.reading import mapping, text
from neuron.scrub import clean
from neuron.transport import CONNECT_SECONDS, WatchedAdapter, bound, chunks, retry_after

ANSWER_SECONDS = 30.0
LARGEST_ANSWER = 32 * 1024 * 1024
USER_AGENT = "codedefender2th/1.0"


class TooLarge(Failure):
    """The answer is larger than anybody reads: not a fault, and no better next time."""


@dataclass(frozen=True)
class Answer:
    """What came back. `body` is empty where it was no JSON object; header names in lower case.

    raw: the bytes as they came, where bytes were asked for.
    """

    status: int
    body: dict[str, Any]
    headers: dict[str, str]
    web_page: bool = False
    raw: bytes = b""

    @property
    def good(self) -> bool:
        """Whether the service did what it was asked."""
        return 200 <= self.status < 300


class Client:
    """A service's HTTP manners; each service has a subclass that says how it differs.

    service: its name for people. refusals: HTTP status → what a person must do about it.
    quota_pause: seconds to wait for quota where the service does not say (no `Retry-After`).
    address_item: the configuration item that holds its address.

    Args:
        root: the configured address, without a slash at the end.
        headers: sent with every request, the key among them.
        deadline: of the whole run.
    """

    service = ""
    refusals: ClassVar[dict[int, str]] = {}
    quota_pause = 15.0
    address_item = "api_url"

    def __init__(
        self, root: str, headers: dict[str, str], deadline: Deadline, secrets: tuple[str, ...]
    ) -> None:
        self._root, self._deadline, self._secrets = root, deadline, secrets
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json", **headers})
        bound(self._session, WatchedAdapter())

    def get(self, path: str, params: dict[str, str] | None = None, allow: tuple[int, ...] = ()) -> Answer:
        """GET `path` (already quoted).

        Raises:
            Failure: no good answer within the time, `allow` lists other statuses that are answers too.
        """
        return self._ask("GET", path, allow, params=params)

    def get_bytes(
        self,
        path: str,
        params: dict[str, str] | None = None,
        allow: tuple[int, ...] = (),
        most: int = LARGEST_ANSWER,
    ) -> Answer:
        """GET `path` for `raw`, whatever it is, of at most `most` bytes; raises as `get` does."""
        answer = self._patiently("GET", path, most, params=params, headers={"Accept": "*/*"})
        if not answer.good and answer.status not in allow:
            raise Failure(self._refusal(answer))
        return answer

    def download(self, path: str, most: int) -> Iterator[bytes]:
        """GET `path`, piece by piece, of at most `most` bytes; raises as `get` does, between pieces too."""
        read = 0
        try:
            with self._request("GET", path, {"headers": {"Accept": "*/*"}}) as response:
                if response.status_code != 200:
                    raise Failure(self._refusal(self._read(response, LARGEST_ANSWER)))
                for chunk in chunks(response, self._deadline):
                    read += len(chunk)
                    if read > most:
                        raise TooLarge(self._too_large(most))
                    yield chunk
        except (requests.RequestException, OSError) as error:
            raise Failure(self._trouble(error)) from error

    def post_form(self, path: str, form: dict[str, str]) -> Answer:
        """POST an HTML form; raises as `get` does."""
        return self._ask("POST", path, data=form)

    def post_json(self, path: str, body: dict[str, Any]) -> Answer:
        """POST a JSON object; raises as `get` does."""
        return self._ask("POST", path, json=body)

    def over_quota(self, answer: Answer) -> bool:
        """Whether the answer says that a quota is used up."""
        return answer.status == 429

    def reason(self, body: dict[str, Any]) -> str | None:
        """What the service says of its refusal, in its own words."""
        return text(body.get("message"))

    def pause_for(self, answer: Answer) -> float | None:
        """Seconds after which the same request may be answered; None where asking again is no use."""
        asked = retry_after(answer.headers.get("retry-after"))
        if self.over_quota(answer):
            return asked if asked is not None else self.quota_pause
        return asked if answer.status == 503 else None

    def _ask(self, method: str, path: str, allow: tuple[int, ...] = (), **content: Any) -> Answer:
        answer = self._patiently(method, path, LARGEST_ANSWER, **content)
        if not answer.good and answer.status not in allow:
            raise Failure(self._refusal(answer))
        if answer.good or answer.web_page:
            return replace(answer, body=self.json(answer))
        return answer

    def json(self, answer: Answer, scrub: bool = True) -> dict[str, Any]:
        """The JSON object in the bytes of a good answer; raises as `get` does.

        Without `scrub` it may hold a secret that the service sent back: for large ones of which little is
        read.
        """
        if answer.web_page:
            raise Failure(
                f"{self.service}'s answer is a web page rather than JSON: "
                f"check {self.address_item} and the proxy."
            )
        return self._json(answer.raw, good=True, scrub=scrub)

    def _patiently(self, method: str, path: str, most: int, **content: Any) -> Answer:
        answer = self._once(method, path, most, content)
        while (pause := self.pause_for(answer)) is not None and self._deadline.pause(pause):
            answer = self._once(method, path, most, content)
        return answer

    def _once(self, method: str, path: str, most: int, content: dict[str, Any]) -> Answer:
        try:
            with self._request(method, path, content) as response:
                return self._read(response, most)
        except (requests.RequestException, OSError) as error:
            raise Failure(self._trouble(error)) from error

    def _request(self, method: str, path: str, content: dict[str, Any]) -> requests.Response:
        left = self._deadline.left()
        if left <= 0:
            raise Failure(self.late())
        return self._session.request(
            method,
            self._root + path,
            timeout=(min(CONNECT_SECONDS, left), min(ANSWER_SECONDS, left)),
            allow_redirects=False,
            stream=True,
            **content,
        )

    def _read(self, response: requests.Response, most: int) -> Answer:
        """The answer; JSON is read where it says why it is no good one."""
        raw = bytearray()
        for chunk in chunks(response, self._deadline):
            raw += chunk
            if len(raw) > most:
                raise TooLarge(self._too_large(most))
        headers = {name.lower(): value for name, value in response.headers.items()}
        good = 200 <= response.status_code < 300
        page = raw.lstrip()[:1] == b"<"
        body = {} if page or good else self._json(bytes(raw), good=False)
        return Answer(response.status_code, body, headers, page, bytes(raw))

    def _too_large(self, most: int) -> str:
        return f"{self.service}'s answer is larger than {most >> 20} MB: it was not read."

    def _json(self, raw: bytes, good: bool, scrub: bool = True) -> dict[str, Any]:
        try:
            body = json.loads(raw)
            body = clean(body, self._secrets) if scrub else body
        except (ValueError, RecursionError) as error:
            if good:
                raise Failure(f"{self.service}'s answer is not valid JSON: try again later.") from error
            return {}
        if good and not isinstance(body, dict):
            raise Failure(
                f"{self.service}'s answer is not the JSON object that it documents: try again later."
            )
        return mapping(body)

    def late(self) -> str:
        """The sentence for a run that took too long."""
        return (
            f"{self.service} did not finish answering within the {self._deadline.seconds:g} seconds "
            "that this run may take: try again later."
        )

    def _refusal(self, answer: Answer) -> str:
        reason = self.reason(answer.body)
        said = f" ({self.service} says: {reason.rstrip('.')})" if reason else ""
        if self.over_quota(answer):
            return f"The quota of the {self.service} key is used up: try again later{said}."
        if answer.status in self.refusals:
            return f"{self.refusals[answer.status]}{said}."
        return f"{_words(self.service, self.address_item, answer)}{said}."

    def _trouble(self, error: Exception) -> str:
        if self._deadline.left() <= 0:
            return self.late()
        # The exception's own text may hold the key (a refused header, a proxy's URL): it is not shown.
        return next(words for kind, words in _TROUBLES if isinstance(error, kind)).format(
            service=self.service, item=self.address_item
        )


_CHECK = "check the network, the proxy and {item}, and try again later"
_TROUBLES: tuple[tuple[type[Exception], str], ...] = (
    (requests.exceptions.ProxyError, "{service} can not be reached: the proxy refused or did not answer."),
    (
        requests.exceptions.SSLError,
        "{service}'s TLS certificate can not be verified: check {item}, cacerts.",
    ),
    (requests.exceptions.ConnectTimeout, "{service} did not take the connection in time: " + _CHECK + "."),
    (requests.exceptions.ReadTimeout, "{service} did not answer in time: try again later."),
    (requests.exceptions.ChunkedEncodingError, "{service}'s answer broke off half way: try again later."),
    (requests.exceptions.ContentDecodingError, "{service}'s answer is wrongly compressed: try again later."),
    (requests.exceptions.InvalidURL, "{service} can not be reached: {item} is not a valid address."),
    (requests.exceptions.ConnectionError, "{service} can not be reached: " + _CHECK + "."),
    (requests.RequestException, "The request to {service} could not be made: check the configuration."),
    (OSError, "The trusted certificates (REQUESTS_CA_BUNDLE) can not be read: check the item cacerts."),
)


def _words(service: str, item: str, answer: Answer) -> str:
    status = answer.status
    if 300 <= status < 400:
        return f"{service} redirects to another address, which is not followed: check {item}"
    if status == 404:
        return f"{service} knows no such address (HTTP 404): check {item}"
    if status >= 500:
        return f"{service} is out of order (HTTP {status}): try again later"
    if answer.web_page:
        return f"A web page came in place of {service}'s answer (HTTP {status}): check the proxy on the way"
    return f"{service} refused the request (HTTP {status})"
