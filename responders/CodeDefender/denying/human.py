"""HUMAN's documented API (api-gw.perimeterx.com): incidents with their ids, and deny lists.

Facts: docs.perimeterx.com, "API Documentation": `GET /incidents`, `GET` and `POST /deny-lists`. Answers hold
paging addresses that lead elsewhere: they are never followed. No redirect takes the token along.
"""

from __future__ import annotations

import json
from time import time
from typing import Any
from urllib.parse import urlencode

import requests

from neuron.deadline import Deadline
from neuron.failure import Failure
from neuron.reading import count, mapping, rows, text
from neuron.transport import BoundedAdapter, bound, retry_after

API_URL = "https://api-gw.perimeterx.com/v1"
PAGE = 50
MOST_PAGES = 40
DAYS = 90
ANSWER_SECONDS = 30.0
LARGEST_ANSWER = 16 * 1024 * 1024
QUOTA_PAUSE = 15.0

_REFUSALS = {
    401: "HUMAN does not accept the token, or it has expired: enter a new one in the item token",
    403: "HUMAN does not allow this token to do that: check its rights, app_ids and tlds",
    404: "HUMAN knows no such address or incident: check the configuration item api_url",
    429: "HUMAN is asked too often: try again later",
}


class Unsure(Failure):
    """HUMAN's answer got lost: nobody here knows whether it did what it was asked."""


class Human:
    """The API with one token. Every method raises `Failure`, in one sentence that says what to do.

    Args:
        root: address of the API, without a slash at the end.
        token: of Code Defender.
        deadline: of the whole run.
    """

    def __init__(self, root: str, token: str, deadline: Deadline) -> None:
        self._root, self._deadline = root, deadline
        self._session = requests.Session()
        self._session.headers.update({"Authorization": f"Bearer {token}", "Accept": "application/json"})
        bound(self._session, BoundedAdapter(deadline, ANSWER_SECONDS, LARGEST_ANSWER))

    def incidents(
        self, app_ids: tuple[str, ...], sites: tuple[str, ...]
    ) -> tuple[list[dict[str, Any]], bool]:
        """The incidents of the last `DAYS` days, and whether there are more than those."""
        now = int(time() * 1000)
        pairs = [("appId", each) for each in app_ids] + [("tld", each) for each in sites]
        pairs += [("from", str(now - DAYS * 86_400_000)), ("to", str(now)), ("take", str(PAGE))]
        found: list[dict[str, Any]] = []
        for _ in range(MOST_PAGES):
            answer = self._ask("GET", f"/incidents?{urlencode([*pairs, ('skip', str(len(found)))])}")
            if not isinstance(answer.get("data"), list):
                raise Failure("HUMAN's answer holds no list of incidents: try again later.")
            page = rows(answer["data"])
            found += page
            total = count(mapping(answer.get("paging")).get("count"))
            if not page or (total is not None and len(found) >= total):
                return found, False
        return found, True

    def deny_list(self, app_id: str, site: str) -> dict[str, Any]:
        """The deny list of a site."""
        return self._ask("GET", f"/deny-lists?{urlencode([(app_id, site)])}")

    def deny(self, ids: list[str], comment: str, by: str) -> None:
        """Add incidents to the deny list; raises Unsure where the answer got lost."""
        body = {"incidentIds": ids, "comment": comment, "updatedBy": by, "appBased": False}
        self._ask("POST", "/deny-lists", body)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        response = self._once(method, path, body)
        while response.status_code == 429 and self._deadline.pause(
            retry_after(response.headers.get("Retry-After")) or QUOTA_PAUSE
        ):
            response = self._once(method, path, body)
        lost = method == "POST" and (response.ok or response.status_code >= 500)
        kind = Unsure if lost else Failure
        if not response.ok:
            raise kind(_refusal(response))
        answer = _json(response)
        if answer is None:
            raise kind("HUMAN's answer is no JSON object: check the item api_url and the proxy.")
        return answer

    def _once(self, method: str, path: str, body: dict[str, Any] | None) -> requests.Response:
        try:
            return self._session.request(method, self._root + path, json=body, allow_redirects=False)
        except requests.TooManyRedirects:
            raise Failure(
                "HUMAN redirects to another address, which is not followed: check the item api_url."
            ) from None
        except requests.exceptions.SSLError:
            raise Failure("HUMAN's TLS certificate can not be verified: check api_url and cacerts.") from None
        except requests.RequestException as error:
            unsent = isinstance(error, requests.ConnectTimeout) or "refused" in str(error)
            kind = Failure if unsent or method == "GET" else Unsure
            raise kind("HUMAN can not be reached, or did not answer in time: try again later.") from None


def _json(response: requests.Response) -> dict[str, Any] | None:
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _refusal(response: requests.Response) -> str:
    later = ": try again later" if response.status_code >= 500 else ""
    words = _REFUSALS.get(response.status_code, f"HUMAN answers with HTTP {response.status_code}{later}")
    said = text((_json(response) or {}).get("message"))
    return f"{words} (HUMAN says: {said.rstrip('.')})." if said else f"{words}."
