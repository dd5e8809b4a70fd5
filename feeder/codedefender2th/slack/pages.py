"""The messages of a channel in pages that get through.

An answer that is too large or too slow is asked for in halves, down to one message. A single message that
can't be had is found by its `ts`, so that it can be named and passed over.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from codedefender2th.errors import FeederError, Unavailable
from codedefender2th.slack.client import PAGE, Page, Slack
from codedefender2th.slack.ts import END, at, is_ts, just_after, just_before, micros
from codedefender2th.slack.unread import Span

log = logging.getLogger(__name__)


class Unreadable(FeederError):
    """One message can't be had, while Slack answers else.

    Attributes:
        ts: which one.
    """

    def __init__(self, ts: str, reason: str) -> None:
        super().__init__(f"The message {ts} can't be read: {reason}")
        self.ts = ts


@dataclass(frozen=True)
class Messages:
    """Messages of one span: those with a `ts` of Slack's form, newest first, and those without."""

    dated: list[dict[str, Any]]
    undated: list[Any]
    more: bool

    @property
    def stamps(self) -> list[str]:
        """The `ts` of the dated ones."""
        return [message["ts"] for message in self.dated]


class Pages:
    """One channel's history.

    Args:
        slack: the API.
        channel_id: the channel.
    """

    def __init__(self, slack: Slack, channel_id: str) -> None:
        self._slack, self._channel = slack, channel_id
        self._limit = PAGE

    def begin(self) -> None:
        """A new pass: what was too large before may fit now."""
        self._limit = min(2 * self._limit, PAGE)

    def newest(self, span: Span) -> Messages:
        """The newest messages of a span. Pages may be empty before the end; then their cursor leads on.

        Raises:
            Unreadable: the newest of them, or one below it, can't be had.
            Refusal, Unavailable: as Slack does.
        """
        cursor, undated = None, []
        while True:
            page = self._page(span, cursor)
            dated = [message for message in page.messages if is_ts(_ts(message)) and span.holds(_ts(message))]
            undated += [message for message in page.messages if not is_ts(_ts(message))]
            if dated or not page.more:
                return Messages(sorted(dated, key=_ts, reverse=True), undated, page.more)
            if page.cursor is None or page.cursor == cursor:
                raise Unavailable("Slack says that more messages follow but not where.")
            cursor = page.cursor

    def one(self, ts: str) -> Any:
        """A single message; None where it is gone. Raises Refusal, Unavailable."""
        page = self._history(Span(just_before(ts), just_after(ts)), 1, patient=False)
        return page.messages[0] if page.messages else None

    def _page(self, span: Span, cursor: str | None) -> Page:
        try:
            return self._history(span, self._limit, cursor)
        except Unavailable as fault:
            if self._limit == 1:
                raise self._unreadable(span, fault) from None
            # One message is progress; where not even that comes, the size is not the cause.
            try:
                page = self._history(span, 1, patient=False)
            except Unavailable as other:
                raise self._unreadable(span, other) from None
            self._limit = self._limit // 2
            log.info("%s Asking for pages of %d messages.", fault, self._limit)
            return page

    def _unreadable(self, span: Span, fault: Unavailable) -> FeederError:
        """What to raise for a single message that did not come: it may be the message, or Slack."""
        if not self._slack.answers():
            return fault
        # Bounds between which lies exactly one message that does not come: what lies before `high` fails.
        low, high = micros(span.after) + 1, micros(span.before or END)
        while high - low > 1:
            middle = (low + high) // 2
            if self._comes(Span(span.after, at(middle))):
                low = middle
            else:
                high = middle
        ts = at(low)
        below, itself = Span(span.after, ts), Span(just_before(ts), just_after(ts))
        if self._slack.answers() and self._comes(below) and not self._comes(itself):
            return Unreadable(ts, str(fault))
        return fault

    def _comes(self, span: Span) -> bool:
        """Whether the newest message of a span can be had (or there is none)."""
        try:
            self._slack.history(self._channel, span.after, span.before, limit=1, patient=False)
        except Unavailable as fault:
            if fault.status != 429:
                return False
            self._slack.wait(fault)
            return self._comes(span)
        return True

    def _history(self, span: Span, limit: int, cursor: str | None = None, patient: bool = True) -> Page:
        return self._slack.history(self._channel, span.after, span.before, cursor, limit, patient)


def _ts(message: Any) -> Any:
    return message.get("ts") if isinstance(message, dict) else None
