"""The channel's unread messages, page by page, in constant memory."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from codedefender2th.errors import Refusal
from codedefender2th.slack.client import Identity, Slack
from codedefender2th.slack.lookups import Found, look_up, what_became_of
from codedefender2th.slack.pages import Messages, Pages, Unreadable
from codedefender2th.slack.refusals import TokenRefused
from codedefender2th.slack.unread import Span, Unread

log = logging.getLogger(__name__)

# So many messages of a page are dealt with at once.
PIECE = 250


@dataclass(frozen=True)
class Step:
    """A page to deal with.

    Attributes:
        messages: as Slack sent them, newest first, less those that were dealt with before.
        unread: what is left once these have been dealt with.
        oldest: the `ts` of the last message; None for a page without any.
        unreadable: the `ts` of a message that can't be had, which was passed over.
    """

    messages: list[Any]
    unread: Unread
    oldest: str | None
    unreadable: str | None = None


class Channel:
    """One channel of one workspace.

    Args:
        slack: the API.
        wanted: the channel's id or name.
    """

    def __init__(self, slack: Slack, wanted: str) -> None:
        self._slack, self._wanted = slack, wanted
        self.identity: Identity = slack.identity()
        self.found: Found = look_up(slack, wanted)
        self._pages = Pages(slack, self.found.id)
        # Whether nothing newer follows a page that ends with what is known; learned when that is asked.
        self._newest_first = False
        if self.found.archived:
            log.warning("The Slack channel %s is archived: nothing new comes in it.", self.found)

    @property
    def id(self) -> str:
        """The channel's id."""
        return self.found.id

    @property
    def team(self) -> str:
        """The workspace's id."""
        return self.identity.team_id

    @property
    def workspace(self) -> str | None:
        """The workspace's address, where Slack says one."""
        return self.identity.workspace

    def __str__(self) -> str:
        return f"{self.found} in workspace {self.identity.team}"

    def look_again(self) -> Channel | None:
        """See whether the channel is still what it was, and say what has changed.

        Returns:
            The channel that has taken its name, if there is one.

        Raises:
            TokenRefused, Unavailable: as Slack does.
        """
        before = self.found
        try:
            now = look_up(self._slack, self._wanted)
        except TokenRefused:
            raise
        except Refusal as trouble:
            log.warning("%s", what_became_of(self._slack, before, self._wanted, trouble))
            return None
        if now.id != before.id:
            log.warning(
                "The name %s now means another Slack channel, %s rather than %s: it is read from now on.",
                self._wanted,
                now.id,
                before.id,
            )
            return Channel(self._slack, self._wanted)
        if now.name and before.name and now.name != before.name:
            log.warning("The Slack channel %s is now called %s; it is read on.", before, now)
        if now.archived:
            log.warning("The Slack channel %s is archived: unarchive it, or name the one in use.", now)
        elif now.member is False:
            log.warning("The Slack app has left %s: type /invite @<the app's name> there.", now)
        self.found = now
        return None

    def fetch(self, ts: str) -> Any:
        """One message; None where there is none. Raises Refusal, Unavailable."""
        return self._pages.one(ts)

    def walk(self, unread: Unread) -> Iterator[Step]:
        """The unread messages: first what is new, then the backlog, newest first.

        Raises:
            Refusal, Unavailable: as Slack does.
        """
        self._pages.begin()
        # With what is new, the last stretch of what was read: a message may become visible late.
        span, asked, probing = unread.top, unread.window, False
        while True:
            try:
                page = self._pages.newest(asked)
            except Unreadable as message:
                unread = unread.around(span, message.ts)
                yield Step([], unread, None, message.ts)
                if span.before is None:
                    span, asked = unread.top, unread.window
                elif unread.backlog is None:
                    return
                else:
                    span = asked = unread.backlog
                continue
            if probing:
                self._newest_first, probing = not page.dated, False
            reached_known = bool(page.stamps) and page.stamps[-1] <= span.after
            for step in _steps(unread, span, page, page.more and not reached_known):
                unread = step.unread
                yield step
            if page.more and reached_known and not (self._newest_first and page.stamps[0] == span.after):
                # Should Slack have given the oldest first, what is newer still follows.
                span = asked = unread.top
                probing = True
            elif span.before is not None and not page.dated:
                # A page before said that others follow, but nothing lies below it: Slack gave the
                # oldest first (its documentation has said either), and they lie above.
                span = asked = unread.top
            elif unread.backlog is None:
                return
            else:
                span = asked = unread.backlog


def _steps(unread: Unread, span: Span, page: Messages, more: bool) -> Iterator[Step]:
    """A page in pieces, so that what has been dealt with counts soon: the rest is a backlog until then."""
    if not page.dated:
        yield Step(page.undated, unread.done(span), None)
        return
    dated, others, known = page.dated, page.undated, unread.seen
    while dated:
        piece, dated = dated[:PIECE], dated[PIECE:]
        if dated and piece[-1]["ts"] <= span.after:
            # Only what is known already follows.
            piece, dated = [*piece, *dated], []
        stamps = [message["ts"] for message in piece]
        new = [message for message in piece if message["ts"] not in known]
        unread = unread.after_page(span, stamps, more or bool(dated))
        yield Step([*new, *others], unread, stamps[-1] if new else None)
        span, others = Span(span.after, stamps[-1]), []
