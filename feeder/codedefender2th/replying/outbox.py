"""What is to be told in Slack, and what was: on disk before and after each post, safe against a kill.

A reply that may have been posted (`tried`) is looked for in its thread before it is posted again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from codedefender2th.state.checkpoint import State

# What could not be told within a day is old news.
KEPT_SECONDS = 24 * 3600
# A verdict can arrive again for as long as investigations are remembered, and some more.
_DONE_SECONDS, _MOST_DONE = 7 * 24 * 3600, 20_000


@dataclass(frozen=True)
class Reply:
    """One that is to be posted.

    Attributes:
        ts: the message that it answers.
        kind, id: the alert, or on TheHive 4.1 the case, that was judged.
        at: when the verdict was heard of, in seconds since the epoch.
        tried: whether it may have been posted.
    """

    reference: str
    ts: str
    verdict: str
    before: str | None
    severity: int
    title: str
    kind: str
    id: str
    page: str
    case: str | None
    case_id: str | None
    at: float
    tried: bool = False

    @property
    def key(self) -> str:
        """There is one of each."""
        return f"{self.reference} {self.verdict}"


class Outbox:
    """The replies of one state folder, whose lock the caller holds.

    Every method but the first two raises StateError where the disk does not do what it should.
    """

    def __init__(self, state: State) -> None:
        self._state, self._lock = state, threading.Lock()
        value = state.load_replies()
        value = value if isinstance(value, dict) else {}
        self._done = {str(k): float(v) for k, v in _mapping(value.get("done")).items() if _is_number(v)}
        found = [_reply(each) for each in _mapping(value.get("waiting")).values()]
        self._waiting = {each.key: each for each in found if each is not None}

    def waiting(self) -> list[Reply]:
        """Those to be posted, the oldest first."""
        with self._lock:
            return sorted(self._waiting.values(), key=lambda reply: reply.at)

    def add(self, replies: list[Reply]) -> None:
        """Have these posted, but for those that were or wait already."""
        with self._lock:
            fresh = {each.key: each for each in replies if each.key not in {**self._done, **self._waiting}}
            if fresh:
                self._waiting |= fresh
                self._save()

    def trying(self, reply: Reply) -> None:
        """It is about to be posted."""
        with self._lock:
            self._waiting[reply.key] = replace(reply, tried=True)
            self._save()

    def not_posted(self, reply: Reply) -> None:
        """Slack said that it did not post it."""
        with self._lock:
            self._waiting[reply.key] = replace(reply, tried=False)
            self._save()

    def done(self, reply: Reply) -> None:
        """It is there, or never will be."""
        with self._lock:
            self._waiting.pop(reply.key, None)
            self._done[reply.key] = time.time()
            self._save()

    def _save(self) -> None:
        now = time.time()
        recent = {key: at for key, at in self._done.items() if now - at < _DONE_SECONDS}
        self._done = dict(sorted(recent.items(), key=lambda each: each[1])[-_MOST_DONE:])
        waiting = {key: asdict(reply) for key, reply in self._waiting.items()}
        self._state.save_replies({"done": self._done, "waiting": waiting})


def _reply(value: Any) -> Reply | None:
    try:
        return Reply(**{each.name: value[each.name] for each in fields(Reply)})
    except (KeyError, TypeError):
        return None


def _mapping(value: object) -> Mapping[Any, Any]:
    return value if isinstance(value, dict) else {}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)
