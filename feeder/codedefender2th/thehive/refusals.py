"""What TheHive's refusals mean, for the feeder and in words.

Sources: TheHive 5.7's OpenAPI description; for 4.1 what a 4.1.24 server was seen to answer.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import requests
from thehive4py.errors import TheHiveError

from codedefender2th.errors import FeederError, KeyRefused, Refusal, Unavailable
from codedefender2th.web import transport

UNKNOWN_ORGANISATION = (
    "TheHive knows no such organisation for this key: check THEHIVE_ORGANISATION, and that the user's "
    "profile there has manageAlert."
)


class Rejected(FeederError):
    """TheHive does not take this body; another may do."""


class AlreadyExists(FeederError):
    """TheHive has an alert with this type, source and sourceRef."""


class Blocked(Refusal):
    """Something that is not TheHive's own judgement refuses this request; others may pass."""


class NoSuchPath(Refusal):
    """The server has no such path: THEHIVE_URL leads elsewhere."""


def in_words(error: TheHiveError, url: str, key_setting: str) -> FeederError:
    """An error of thehive4py's as one of ours.

    Args:
        error: what it raised.
        url: the server's root, for the sentence.
        key_setting: the setting that the key came from.
    """
    response = error.response
    if response is None:
        return Unavailable(f"TheHive: {error.message}")
    kind, message = _error_body(response)
    status = response.status_code
    if status in {408, 421, 425, 429} or status >= 500:
        wait = transport.retry_after(response)
        what = "is asked too often" if status == 429 else "has a fault"
        said = f"TheHive {what} (HTTP {status}{_quoted(message)})."
        return Unavailable(said, wait, acted=status >= 500, status=status)
    if status == 401:
        return KeyRefused(
            f"TheHive does not accept the key in {key_setting}: create one for the feeder's user and set it."
        )
    if status == 403:
        return _forbidden(response, kind, message)
    if status == 404 and "Organisation not found" in message:
        return Refusal(UNKNOWN_ORGANISATION)
    if status in {400, 409} and "already exist" in message:
        return AlreadyExists(message)
    if status == 404 and (not kind or message.startswith("/") or "Assets controller" in message):
        return NoSuchPath(f"There is no such TheHive API at THEHIVE_URL ({url}): check its address and path.")
    if status in {400, 404, 409, 413, 415, 422}:
        return Rejected(message or f"HTTP {status}")
    return Blocked(f"TheHive refuses the request (HTTP {status}{_quoted(message)}).")


def _forbidden(response: requests.Response, kind: str, message: str) -> Refusal:
    """TheHive's own word that the user may not do this; or that of something between here and there."""
    if not kind:
        return Blocked(
            "Something before TheHive, such as a web application firewall, refuses the request (HTTP 403 "
            "without TheHive's own form): let THEHIVE_URL lead past it."
        )
    said = (
        f"TheHive does not permit this{_quoted(message)}: give the key's user a profile with manageAlert "
        "(and manageAnalyse, manageAction), and see that the licence is valid."
    )
    method, path = str(response.request.method), urlsplit(str(response.request.url)).path
    reading = method == "GET" or path.endswith("/query")
    return KeyRefused(said) if reading and "/connector/" not in path else Refusal(said)


def _error_body(response: requests.Response) -> tuple[str, str]:
    """`type` and `message` of an error answer; empty where it has none."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(body, dict):
        return "", ""
    return str(body.get("type", "")), str(body.get("message", ""))[:300]


def _quoted(message: str) -> str:
    return f": {' '.join(message.split())}" if message else ""
