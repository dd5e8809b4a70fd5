"""The channel, page by page, and answers in its threads.

Sources: Slack documentation, the pages of the methods named and "Rate limits". Slack says most
errors in a 200 answer (`ok: false`); "too many requests" is a 429 with `Retry-After`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

import requests

from codedefender2th.errors import Refusal, TooMuch, Unavailable
from codedefender2th.slack.refusals import SlackRefusal, in_words
from codedefender2th.slack.ts import BEGINNING, END
from codedefender2th.web import transport
from codedefender2th.web.patience import Patience

log = logging.getLogger(__name__)

# "An integer under 1000" (conversations.history, users.conversations).
PAGE = 999
SCOPES = ("channels:read", "groups:read", "channels:history", "groups:history")
# What answering in a thread needs besides.
ANSWERING = "chat:write"
_REQUEST_SECONDS = 15.0
_ID = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_WORKSPACE = re.compile(r"(https://[a-z0-9.-]{1,200}\.slack(?:-gov)?\.com)/?", re.ASCII)
_CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{6,}", re.ASCII)

# What a proxy or Slack's edge may say for a moment.
_PASSING = {404, 408, 421, 425}


@dataclass(frozen=True)
class Identity:
    """Whom a token belongs to (auth.test).

    Attributes:
        scopes: what the token may do; empty where Slack did not say.
        workspace: the workspace's own address, `https://acme.slack.com`; None where Slack says none that is.
        bot_id: the app's own, as its messages carry it; None where Slack does not say.
    """

    team_id: str
    team: str
    user: str
    scopes: frozenset[str]
    workspace: str | None = None
    bot_id: str | None = None


@dataclass(frozen=True)
class Page:
    """One answer of conversations.history, newest message first.

    Attributes:
        messages: as Slack sent them, unchecked.
        more: whether others follow.
        cursor: where they follow, where Slack says so.
    """

    messages: list[Any]
    more: bool
    cursor: str | None


def is_channel_id(channel: str) -> bool:
    """Whether a channel is given by its id; names are in lower case."""
    return _CHANNEL_ID.fullmatch(channel) is not None


class Slack:
    """Slack's Web API with one token.

    Every method raises Refusal for what will not mend by itself and, when `patience` is over,
    Unavailable for what may.

    Args:
        token: the bot token.
        api_url: root of the API.
        patience: how long a fault is waited out.
        seen: told how each request ended.
        key_setting: the variable that the token comes from, to name it where it is refused.
    """

    def __init__(
        self,
        token: str,
        api_url: str,
        patience: Patience,
        seen: transport.Seen = transport.nobody,
        key_setting: str = "SLACK_BOT_TOKEN",
    ) -> None:
        self._api_url = api_url
        self._patience = patience
        self._key_setting = key_setting
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"
        transport.bounded_session(self._session, min(_REQUEST_SECONDS, patience.seconds), seen=seen)

    def identity(self) -> Identity:
        """Whose token it is (auth.test)."""
        body, headers = self._call("auth.test")
        scopes = {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",")}
        team_id = body.get("team_id") or body.get("enterprise_id")
        if not _is_id(team_id):
            raise Unavailable("Slack's auth.test names no workspace: is SLACK_API_URL right?")
        return Identity(
            team_id,
            str(body.get("team", "")),
            str(body.get("user", "")),
            frozenset(scopes - {""}),
            _workspace(body.get("url")),
            bot if _is_id(bot := body.get("bot_id")) else None,
        )

    def channels_named(self, name: str) -> list[tuple[str, Mapping[str, Any]]]:
        """Id and object of the channels of that name, among those that the app is in, archived ones too.

        users.conversations is asked rather than conversations.list: it lists the app's own channels
        only and has the wider rate limit.
        """
        try:
            return list(self._channels_named(name, "public_channel,private_channel"))
        except SlackRefusal as refusal:
            if refusal.code != "missing_scope":
                raise
            log.warning("%s Looking among public channels only.", refusal)
            return list(self._channels_named(name, "public_channel"))

    def channel(self, channel_id: str) -> Mapping[str, Any]:
        """What Slack says of a channel (conversations.info)."""
        body, _ = self._call("conversations.info", channel=channel_id)
        info = body.get("channel")
        return info if isinstance(info, Mapping) else {}

    def history(
        self,
        channel_id: str,
        after: str,
        before: str | None,
        cursor: str | None = None,
        limit: int = PAGE,
        patient: bool = True,
    ) -> Page:
        """The newest messages between two `ts`, both exclusive; `before` None is "until now".

        Slack is said to give the oldest first where it is told `oldest` but not `latest`: so that is
        always told, and `oldest` only where there is one.

        Args:
            channel_id: the channel.
            after: the lower `ts`.
            before: the upper one.
            cursor: where to go on, as the page before said.
            limit: how many messages to ask for.
            patient: whether a fault is waited out; else there is one attempt.

        Raises:
            TooMuch: the answer is too large or comes too slowly.
        """
        given = {
            "channel": channel_id,
            "oldest": after if after > BEGINNING else None,
            "latest": before or END,
            "cursor": cursor,
            "limit": str(limit),
        }
        body, _ = self._call("conversations.history", patient, **given)
        messages = body.get("messages")
        if not isinstance(messages, list):
            raise Unavailable("Slack's answer to conversations.history has no messages in it.")
        following = _next_cursor(body)
        return Page(messages, body.get("has_more") is True or following is not None, following)

    def reply(self, channel_id: str, ts: str, text: str) -> None:
        """Answer in a message's thread (chat.postMessage), in one attempt: an answer may get lost.

        Args:
            channel_id: the channel.
            ts: of the message.
            text: in Slack's markup; no link in it is unfolded.
        """
        given = {"channel": channel_id, "thread_ts": ts, "text": text, "parse": "none", "link_names": "false"}
        self._attempt(
            "chat.postMessage", {**given, "unfurl_links": "false", "unfurl_media": "false"}, post=True
        )

    def replies(self, channel_id: str, ts: str) -> Iterator[Any]:
        """The messages of a thread, the first one too (conversations.replies); unchecked."""
        cursor = None
        while True:
            given = {"channel": channel_id, "ts": ts, "limit": str(PAGE), "cursor": cursor}
            body, _ = self._call("conversations.replies", patient=False, **given)
            messages = body.get("messages")
            yield from messages if isinstance(messages, list) else ()
            following = _next_cursor(body)
            if following is None or following == cursor:
                return
            cursor = following

    def answers(self) -> bool:
        """Whether Slack answers a simple question now."""
        try:
            self._call("auth.test", patient=False)
        except (Refusal, Unavailable):
            return False
        return True

    def wait(self, fault: Unavailable) -> None:
        """Wait as long as Slack asks for; raises Stopped."""
        self._patience.pause(fault.retry_after or 1.0, fault)

    def _channels_named(self, name: str, types: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for channel in self._channels(types):
            if channel.get("name") == name.lower() or channel.get("name_normalized") == name.lower():
                found = channel.get("id")
                if _is_id(found):
                    yield found, channel

    def _channels(self, types: str) -> Iterator[Mapping[str, Any]]:
        cursor = None
        while True:
            body, _ = self._call("users.conversations", types=types, limit=str(PAGE), cursor=cursor)
            channels = body.get("channels")
            for channel in channels if isinstance(channels, list) else ():
                if isinstance(channel, Mapping):
                    yield channel
            following = _next_cursor(body)
            if following is None or following == cursor:
                return
            cursor = following

    def _call(
        self, method: str, patient: bool = True, **parameters: str | None
    ) -> tuple[dict[str, Any], Mapping[str, str]]:
        given = {name: value for name, value in parameters.items() if value is not None}
        if patient:
            return self._patience.call(lambda: self._attempt(method, given))
        return self._attempt(method, given)

    def _attempt(
        self, method: str, parameters: dict[str, str], post: bool = False
    ) -> tuple[dict[str, Any], Mapping[str, str]]:
        address = f"{self._api_url}/{method}"
        try:
            if post:
                response = self._session.post(address, data=parameters)
            else:
                response = self._session.get(address, params=parameters)
        except requests.RequestException as error:
            told = transport.explain("Slack", error, "SLACK_API_URL", self._api_url)
            if method == "conversations.history" and transport.is_too_much(error):
                raise TooMuch(str(told)) from None
            raise told from None
        if response.status_code == 429:
            wait = transport.retry_after(response)
            raise Unavailable(f"Slack's rate limit for {method} is reached.", wait, status=429)
        if response.status_code >= 500:
            wait = transport.retry_after(response)
            raise Unavailable(f"Slack has a fault of its own (HTTP {response.status_code}).", wait)
        if response.status_code in _PASSING:
            raise Unavailable(
                f"There is no Slack Web API at {self._api_url} (HTTP {response.status_code} to {method}): "
                "where that does not pass, check SLACK_API_URL."
            )
        if response.status_code != 200:
            raise Refusal(
                f"There is no Slack Web API at {self._api_url} (HTTP {response.status_code} to {method}): "
                "check SLACK_API_URL."
            )
        try:
            body = response.json()
        except (ValueError, RecursionError):
            raise Unavailable(f"Slack's answer to {method} is not JSON.") from None
        if not isinstance(body, dict) or not isinstance(body.get("ok"), bool):
            raise Unavailable(f"Slack's answer to {method} is not of its form.")
        if not body["ok"]:
            raise in_words(method, body, response, self._key_setting)
        return body, response.headers


def _workspace(url: object) -> str | None:
    """The address without its slash; it becomes a link in alerts, so it has to be one of Slack's."""
    match = _WORKSPACE.fullmatch(url) if isinstance(url, str) else None
    return match[1] if match else None


def _is_id(value: object) -> TypeGuard[str]:
    """Whether it can be an id of Slack's; ids become part of file names and references."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _next_cursor(body: Mapping[str, Any]) -> str | None:
    metadata = body.get("response_metadata")
    cursor = metadata.get("next_cursor") if isinstance(metadata, Mapping) else None
    return cursor if isinstance(cursor, str) and cursor and cursor.isascii() else None
