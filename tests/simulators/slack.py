"""Slack's Web API, the methods around a channel, as its documentation describes them.

Errors come in a 200 answer (`ok: false`), rate limits as 429; history is newest first, its bounds
exclusive, and has `response_metadata` only where more follows.
"""

from __future__ import annotations

import base64
import bisect
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulators.server import Reply, Request, Simulator

ALL_SCOPES = "channels:read,groups:read,channels:history,groups:history"
_TS = re.compile(r"\d+(\.\d+)?")


@dataclass
class Channel:
    """A channel and what was posted in it: `(ts, message)`, oldest first; replies by their thread's `ts`."""

    id: str
    name: str
    private: bool = False
    member: bool = True
    archived: bool = False
    posts: list[tuple[str, Any]] = field(default_factory=list)
    replies: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def post(self, message: Any, ts: str | None = None) -> None:
        """Add a message at its place in time; `ts` for one that has none of its own."""
        bisect.insort(self.posts, (ts or message["ts"], message), key=lambda each: each[0])


class Slack(Simulator):
    """One workspace.

    Attributes:
        page_limit: how many messages a page holds at most, whatever is asked (15 for some apps).
        rate: minimum seconds between two calls of conversations.history; sooner is a 429.
        oldest_first: give the page nearest to `oldest` first, as old documentation has it.
        empty_pages: so many empty pages, each with a cursor, before the first real one.
        seconds_a_message: how long each message of a page takes.
        post_rate: minimum seconds between two posts; sooner is a 429.
        longest: how many characters a post may have.
        stuck: the `ts` of messages that Slack fails to send, each with the fault (500 or a hang).
    """

    def __init__(self, token: str = "xoxb-simulated-token", scopes: str = ALL_SCOPES, **options: Any) -> None:
        self.token, self.scopes, self.team = token, scopes, "T0SIMULATED"
        self.channels: dict[str, Channel] = {}
        self.page_limit, self.rate = 999, 0.0
        self.oldest_first, self.empty_pages = False, 0
        self.seconds_a_message = 0.0
        self.post_rate, self.longest = 0.0, 40_000
        self._last_post = -60.0
        self.stuck: set[str] = set()
        self.refuse_with: str | None = None
        self._last_history = 0.0
        self._clock = 0
        super().__init__(**options)

    @property
    def api_url(self) -> str:
        """What SLACK_API_URL is to be."""
        return self.url + "/api"

    def add(self, channel: Channel) -> Channel:
        """Open a channel."""
        self.channels[channel.id] = channel
        return channel

    def routes(self) -> None:
        methods: dict[str, Callable[[dict[str, str]], Reply]] = {
            "auth.test": self._auth_test,
            "users.conversations": self._users_conversations,
            "conversations.list": self._conversations_list,
            "conversations.info": self._conversations_info,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "chat.postMessage": self._post_message,
        }
        for name, method in methods.items():
            for verb in ("GET", "POST"):
                self.route(verb, f"/api/{re.escape(name)}", lambda request, m=method: m(_arguments(request)))
        self.route("POST", r"/services/[^/]+/([^/]+)/[^/]+", self._webhook)

    def unknown(self, request: Request) -> Reply:
        if request.path.startswith("/api/"):
            return Reply(200, {"ok": False, "error": "unknown_method"})
        return Reply(404, "<html>Not found</html>", {"Content-Type": "text/html"})

    def before(self, request: Request) -> Reply | None:
        if request.path.startswith("/services/"):
            return None
        given = request.headers.get("authorization", "")
        if self.refuse_with:
            return error(self.refuse_with)
        if not given:
            return error("not_authed")
        if given != f"Bearer {self.token}":
            return error("invalid_auth")
        return None

    def _auth_test(self, arguments: dict[str, str]) -> Reply:
        body = {
            "ok": True,
            "url": "https://simulated.slack.com/",
            "team": "Simulated",
            "user": "codedefender2th",
            "team_id": self.team,
            "user_id": "U0SIMULATED",
            "bot_id": "B0SIMULATED",
            "is_enterprise_install": False,
        }
        return Reply(200, body, {"x-oauth-scopes": self.scopes})

    def _users_conversations(self, arguments: dict[str, str]) -> Reply:
        return self._list(arguments, members_only=True)

    def _conversations_list(self, arguments: dict[str, str]) -> Reply:
        return self._list(arguments, members_only=False)

    def _list(self, arguments: dict[str, str], members_only: bool) -> Reply:
        types = set(arguments.get("types", "public_channel").split(","))
        if not types <= {"public_channel", "private_channel", "mpim", "im"}:
            return error("invalid_types")
        for kind, scope in (("public_channel", "channels:read"), ("private_channel", "groups:read")):
            if kind in types and not self._has(scope):
                return self._missing(scope)
        limit = _limit(arguments, 1000)
        start = _from_cursor(arguments.get("cursor", ""))
        if limit is None or start is None:
            return error("invalid_limit" if limit is None else "invalid_cursor")
        # Filters act on the page, after paging: pages may be short or empty.
        every = list(self.channels.values())
        page = [
            _channel_object(channel)
            for channel in every[start : start + limit]
            if ("private_channel" if channel.private else "public_channel") in types
            and (channel.member or not (members_only or channel.private))
            and not (channel.archived and arguments.get("exclude_archived") == "true")
        ]
        following = _cursor(start + limit) if start + limit < len(every) else ""
        return Reply(200, {"ok": True, "channels": page, "response_metadata": {"next_cursor": following}})

    def _conversations_info(self, arguments: dict[str, str]) -> Reply:
        channel = self.channels.get(arguments.get("channel", ""))
        if channel is None or (channel.private and not channel.member):
            return error("channel_not_found")
        scope = "groups:read" if channel.private else "channels:read"
        if not self._has(scope):
            return self._missing(scope)
        return Reply(200, {"ok": True, "channel": _channel_object(channel)})

    def _history(self, arguments: dict[str, str]) -> Reply:
        channel = self.channels.get(arguments.get("channel", ""))
        if channel is None or (channel.private and not channel.member):
            return error("channel_not_found")
        scope = "groups:history" if channel.private else "channels:history"
        if not self._has(scope):
            return self._missing(scope)
        if not channel.member:
            return error("not_in_channel")
        oldest, latest = arguments.get("oldest") or "0", arguments.get("latest") or "9999999999.999999"
        limit = _limit(arguments, 999)
        for name, value in (("oldest", oldest), ("latest", latest)):
            if not _TS.fullmatch(value):
                return error(f"invalid_ts_{name}")
        if limit is None:
            return error("invalid_limit")
        with self.lock:
            wait = self.rate - (time.monotonic() - self._last_history)
            if wait > 0:
                return Reply(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": str(int(wait) + 1)})
            self._last_history = time.monotonic()
        offset = _from_cursor(arguments.get("cursor", ""))
        if offset is None:
            return error("invalid_cursor")
        if offset < self.empty_pages:
            return _history_page([], _cursor(offset + 1))
        # Without `latest`, what is nearest to `oldest` comes first.
        from_below = self.oldest_first or ("oldest" in arguments and "latest" not in arguments)
        return self._page(channel, oldest, latest, min(limit, self.page_limit), offset, from_below)

    def _page(
        self, channel: Channel, oldest: str, latest: str, limit: int, offset: int, from_below: bool
    ) -> Reply:
        low = bisect.bisect_right(channel.posts, _sortable(oldest), key=lambda each: each[0])
        high = bisect.bisect_left(channel.posts, _sortable(latest), key=lambda each: each[0])
        skipped = max(offset - self.empty_pages, 0)
        if from_below:
            start, end = low + skipped, min(low + skipped + limit, high)
            more = end < high
        else:
            end = high - skipped
            start = max(low, end - limit)
            more = start > low
        if any(ts in self.stuck for ts, _ in channel.posts[start:end]):
            return Reply(500, "<h1>Internal error</h1>", {"Content-Type": "text/html"})
        time.sleep(self.seconds_a_message * (end - start))
        messages = [message for _, message in reversed(channel.posts[start:end])]
        return _history_page(messages, _cursor(offset + limit) if more else None)

    def _replies(self, arguments: dict[str, str]) -> Reply:
        channel = self.channels.get(arguments.get("channel", ""))
        if channel is None or (channel.private and not channel.member):
            return error("channel_not_found")
        scope = "groups:history" if channel.private else "channels:history"
        if not self._has(scope):
            return self._missing(scope)
        if not channel.member:
            return error("not_in_channel")
        ts = arguments.get("ts", "")
        parent = next((message for at, message in channel.posts if at == ts), None)
        if parent is None:
            return error("thread_not_found")
        limit, start = _limit(arguments, 999), _from_cursor(arguments.get("cursor", ""))
        if limit is None or start is None:
            return error("invalid_limit" if limit is None else "invalid_cursor")
        thread = [parent, *channel.replies.get(ts, [])]
        following = _cursor(start + limit) if start + limit < len(thread) else None
        return _history_page(thread[start : start + limit], following)

    def _post_message(self, arguments: dict[str, str]) -> Reply:
        channel = self.channels.get(arguments.get("channel", ""))
        if channel is None or (channel.private and not channel.member):
            return error("channel_not_found")
        if not self._has("chat:write"):
            return self._missing("chat:write")
        if not channel.member and not self._has("chat:write.public"):
            return error("not_in_channel")
        if channel.archived:
            return error("is_archived")
        text, thread = arguments.get("text", ""), arguments.get("thread_ts")
        if not text:
            return error("no_text")
        if len(text) > self.longest:
            return error("msg_too_long")
        with self.lock:
            wait = self.post_rate - (time.monotonic() - self._last_post)
            if wait > 0:
                return Reply(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": str(int(wait) + 1)})
            self._last_post = time.monotonic()
        message = self._posted(channel, "B0SIMULATED", {"text": text}, thread)
        return Reply(200, {"ok": True, "channel": channel.id, "ts": message["ts"], "message": message})

    def _webhook(self, request: Request, bot: str) -> Reply:
        """An incoming webhook, which is how Code Defender posts; its address is its only key."""
        content = request.json()
        if not isinstance(content, dict) or not (content.get("text") or content.get("attachments")):
            return Reply(400, "no_text", {"Content-Type": "text/plain"})
        for channel in self.channels.values():
            self._posted(channel, bot, {"subtype": "bot_message", "text": "", **content})
        return Reply(200, "ok", {"Content-Type": "text/plain"})

    def _posted(
        self, channel: Channel, bot: str, content: dict[str, Any], thread: str | None = None
    ) -> dict[str, Any]:
        with self.lock:
            self._clock += 1
            ts = f"{int(time.time()):010d}.{self._clock:06d}"
        message = {**content, "type": "message", "bot_id": bot, "ts": ts}
        if thread:
            # Replies are in no history.
            message["thread_ts"] = thread
            channel.replies.setdefault(thread, []).append(message)
        else:
            channel.post(message)
        return message

    def _has(self, scope: str) -> bool:
        return scope in self.scopes.split(",")

    def _missing(self, scope: str) -> Reply:
        return Reply(200, {"ok": False, "error": "missing_scope", "needed": scope, "provided": self.scopes})


def error(code: str) -> Reply:
    """Slack's form of an error."""
    return Reply(200, {"ok": False, "error": code})


def _arguments(request: Request) -> dict[str, str]:
    if request.method == "GET":
        return request.query
    if request.headers.get("content-type", "").startswith("application/json"):
        return {name: str(value) for name, value in request.json().items()}
    return {**request.query, **request.form()}


def _channel_object(channel: Channel) -> dict[str, Any]:
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.private,
        "is_private": channel.private,
        "is_member": channel.member,
        "is_archived": channel.archived,
    }


def _history_page(messages: list[Any], cursor: str | None) -> Reply:
    body: dict[str, Any] = {"ok": True, "messages": messages, "has_more": cursor is not None, "pin_count": 0}
    if cursor is not None:
        body["response_metadata"] = {"next_cursor": cursor}
    return Reply(200, body)


def _sortable(ts: str) -> str:
    seconds, _, micros = ts.partition(".")
    return f"{int(seconds):010d}.{micros.ljust(6, '0')}"


def _limit(arguments: dict[str, str], highest: int) -> int | None:
    value = arguments.get("limit", "100")
    return int(value) if value.isdigit() and 1 <= int(value) <= highest else None


def _cursor(offset: int) -> str:
    return base64.b64encode(f"offset:{offset}".encode()).decode()


def _from_cursor(cursor: str) -> int | None:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("offset:"))
    except ValueError:
        return None
