"""The channel's unread messages, page by page, in constant memory."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from codedefender2th.errors import Unavailable
from codedefender2th.slack.client import Page, Slack, SlackRefusal, is_channel_id
from codedefender2th.slack.lookups import Lookups
from codedefender2th.slack.ts import is_ts
from codedefender2th.slack.unread import Span, Unread

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Step:
    """A page to deal with.

    Attributes:
        messages: as Slack sent them, newest first.
        unread: what is left once these have been dealt with.
        oldest: the `ts` of the last message; None for a page without any.
    """

    messages: list[Any]
    unread: Unread
    oldest: str | None


class Channel:
    """One channel of one workspace.

    Args:
        slack: the API.
        name: the channel's id or name.
        lookups: where ids are remembered.
        remember: whether a new lookup may be written down.
    """

    def __init__(self, slack: Slack, name: str, lookups: Lookups, remember: bool = True) -> None:
        self._slack, self._lookups = slack, lookups
        identity = slack.identity()
        self.team, self.workspace = identity.team_id, identity.workspace
        known = lookups.load()
        if known is None or known[0] != self.team:
            known = self.team, name if is_channel_id(name) else slack.find_channel(name)
            if remember:
                lookups.save(*known)
        self.id = known[1]

    def walk(self, unread: Unread) -> Iterator[Step]:
        """The unread messages: first what is new, then the backlog, newest first.

        Raises:
            Refusal, Unavailable: as Slack does.
        """
        span = unread.top
        while True:
            page = self._page(span)
            if page.dated:
                newest, oldest = page.dated[0]["ts"], page.dated[-1]["ts"]
                unread = unread.after_page(span, newest, oldest, page.more)
                yield Step([*page.dated, *page.undated], unread, oldest)
            else:
                unread = unread.done(span)
                yield Step(page.undated, unread, None)
            if span.before is not None and not page.dated:
                # A page before said that others follow, but nothing lies below it: Slack gave the
                # oldest first (its documentation has said either), and they lie above.
                span = unread.top
            elif unread.backlog is None:
                return
            else:
                span = unread.backlog

    def _page(self, span: Span) -> _Page:
        """The newest messages of a span. Pages may be empty before the end; then their cursor leads on."""
        cursor, undated = None, []
        while True:
            page = self._history(span, cursor)
            dated = [message for message in page.messages if _is_in(span, message)]
            undated += [message for message in page.messages if not is_ts(_ts(message))]
            if dated or not page.more:
                return _Page(sorted(dated, key=_ts, reverse=True), undated, page.more)
            if page.cursor is None or page.cursor == cursor:
                raise Unavailable("Slack says that more messages follow but not where.")
            cursor = page.cursor

    def _history(self, span: Span, cursor: str | None) -> Page:
        try:
            return self._slack.history(self.id, span.after, span.before, cursor)
        except SlackRefusal as refusal:
            if refusal.code in {"channel_not_found", "not_in_channel", "is_archived"}:
                self._lookups.forget()
            raise


@dataclass(frozen=True)
class _Page:
    """Messages of one span: those with a `ts` of Slack's form, newest first, and those without."""

    dated: list[dict[str, Any]]
    undated: list[Any]
    more: bool


def _ts(message: Any) -> Any:
    return message.get("ts") if isinstance(message, dict) else None


def _is_in(span: Span, message: Any) -> bool:
    """Whether a message lies in the span; one from outside has been or will be seen elsewhere."""
    ts = _ts(message)
    return is_ts(ts) and span.after < ts and (span.before is None or ts < span.before)
