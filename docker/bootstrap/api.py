"""One server's HTTP API: bounded, tried again while it is away, its refusals in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

from codedefender2th.errors import Refusal, Unavailable
from codedefender2th.web.patience import Patience
from codedefender2th.web.transport import bounded_session, explain, retry_after

_REQUEST_SECONDS = 60.0
_SERVER_ERROR = 500
_TOO_MANY = 429
# What Cortex says before its index exists: a state, not a fault.
_MIGRATION_REQUIRED = 520
_KEY = re.compile(r"[A-Za-z0-9+/=_-]+")


def is_entity(body: Any) -> bool:
    """Whether it is a thing that a server keeps: an object with an id."""
    return isinstance(body, dict) and any(
        isinstance(body.get(name), str) and body[name] for name in ("_id", "id")
    )


def is_key(body: Any) -> bool:
    """Whether it is an API key, and no web page."""
    return isinstance(body, str) and _KEY.fullmatch(body.strip()) is not None


@dataclass(frozen=True)
class Answer:
    """What a server said.

    Attributes:
        status: HTTP status.
        body: the JSON, or the text where it is none.
    """

    status: int
    body: Any

    @property
    def ok(self) -> bool:
        """Whether it did what was asked."""
        return self.status < 300

    @property
    def is_temporary(self) -> bool:
        """Whether the same request may be taken later."""
        if self.said("AttributeError"):  # of Cortex, with status 500: an item is missing or unknown
            return False
        return self.status == _TOO_MANY or (
            self.status >= _SERVER_ERROR and self.status != _MIGRATION_REQUIRED
        )

    @property
    def is_page(self) -> bool:
        """Whether it is a web page, of something on the way: a refusal by these servers is JSON."""
        return not self.ok and isinstance(self.body, str) and self.body.lstrip().startswith("<")

    def said(self, kind: str) -> bool:
        """Whether it is an error of this type."""
        return isinstance(self.body, dict) and kind in str(self.body.get("type"))

    def says(self, words: str) -> bool:
        """Whether its message has these words."""
        return isinstance(self.body, dict) and words in str(self.body.get("message"))

    def version_of(self, server: str) -> str | None:
        """The version that a status (`/api/status` of Cortex and of TheHive 4.1) names for a server."""
        versions = self.body.get("versions") if isinstance(self.body, dict) else None
        version = versions.get(server) if isinstance(versions, dict) else None
        return version[:40] if isinstance(version, str) else None


class Api:
    """A session with a server.

    Args:
        name: the server's, to begin sentences with.
        url: its root.
        setting: the variable that holds the root.
        patience: how long a call may take, with the waiting for a server that is not up yet.
    """

    def __init__(self, name: str, url: str, setting: str, patience: Patience) -> None:
        self.name, self.url, self._setting, self._patience = name, url, setting, patience
        self.session = requests.Session()
        # No .netrc and no proxy of the environment: the servers are beside us.
        self.session.trust_env = False
        bounded_session(self.session, _REQUEST_SECONDS)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        expect: tuple[int, ...] = (),
        accept: Callable[[Any], bool] = lambda body: True,
        passing: Callable[[Answer], bool] = lambda answer: False,
        auth: tuple[str, str] | str | None = None,
        **options: Any,
    ) -> Answer:
        """What the server says, once it can say something.

        Args:
            method: of the request.
            path: below the root.
            body: sent as JSON.
            expect: statuses that are no refusal, besides those of success.
            passing: whether a refusal passes by itself, so that it is waited out.
            accept: whether a success's body is what was asked for; whatever stands between may say 200, too.
            auth: login and password, or an API key.
            options: for requests, such as `headers` and `files`.

        Raises:
            Refusal: an answer that is not expected.
            Unavailable: none, or none that can be one, within the time allowed.
        """
        headers = dict(options.pop("headers", {}))
        if isinstance(auth, str):
            headers["Authorization"] = f"Bearer {auth}"

        def attempt() -> Answer:
            try:
                response = self.session.request(
                    method,
                    self.url + path,
                    json=body,
                    headers=headers,
                    auth=auth if isinstance(auth, tuple) else None,
                    **options,
                )
            except requests.RequestException as error:
                raise explain(self.name, error, self._setting, self.url) from None
            answer = Answer(response.status_code, _content(response))
            if answer.ok and not accept(answer.body):
                raise Unavailable(f"{self.name}'s answer to {method} {path} is not what was asked for.")
            if answer.ok or (answer.status in expect and not answer.is_page):
                return answer
            problem = f"{self.name} answers {answer.status} to {method} {path}{_message(answer.body)}."
            if answer.is_temporary or answer.is_page or passing(answer):
                raise Unavailable(problem, retry_after(response))
            raise Refusal(problem)

        return self._patience.call(attempt)

    def get(self, path: str, **options: Any) -> Answer | None:
        """What is there; None where nothing is (404)."""
        answer = self.ask("GET", path, expect=(404,), **options)
        return answer if answer.ok else None

    def find(self, path: str, **options: Any) -> dict[str, Any] | None:
        """The thing that is there; None where nothing is (404)."""
        answer = self.get(path, accept=is_entity, **options)
        return answer.body if answer else None

    def works(self, path: str, auth: tuple[str, str] | str) -> bool:
        """Whether a login or a key is taken; `path` is that of its user."""
        return self.ask("GET", path, expect=(401, 404, _MIGRATION_REQUIRED), accept=is_entity, auth=auth).ok


def _content(response: requests.Response) -> Any:
    if "json" not in response.headers.get("Content-Type", ""):
        return response.text
    try:
        return response.json()
    except ValueError:
        raise Unavailable("The answer is not the JSON that it says it is.") from None


def _message(body: Any) -> str:
    if not isinstance(body, dict) or not body.get("message"):
        return ""
    return f" ({' '.join(str(body['message']).split())[:200].rstrip('.')})"
