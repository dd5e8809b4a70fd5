"""Which parts of the channel have not been read yet. Pure.

Slack gives the newest message first, so what is read grows downwards from the top, and what is new
comes above it. The unread rest is a list of spans of `ts`, both ends exclusive: normally one, from
the newest message read onwards; one more below it while a long backfill is under way. A span is
resumed by its ends alone: a cursor may expire.

A message may become visible after one that was posted later. So the last stretch of what was read is
looked at again with what is new; which messages of it are known is remembered.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from codedefender2th.slack.ts import BEGINNING, at, is_ts, micros

# How late a message may become visible and still be found.
OVERLAP_SECONDS = 3600
# Fewer than a page holds: looking at them again costs no further call.
MOST_SEEN = 900


@dataclass(frozen=True, order=True)
class Span:
    """Messages after one `ts` and before another; `before` None is "until now".

    `ts` have a fixed form, so their order as text is their order in time.
    """

    after: str
    before: str | None

    def holds(self, ts: str) -> bool:
        """Whether a message lies in it."""
        return self.after < ts and (self.before is None or ts < self.before)


@dataclass(frozen=True)
class Unread:
    """The spans not read yet, oldest first; the last one is open.

    Attributes:
        spans: see there.
        seen: the messages read that lie after `seen_after`.
        seen_after: of what is older it is not known which messages were read; None for the top's beginning.
    """

    spans: tuple[Span, ...]
    seen: frozenset[str] = frozenset()
    seen_after: str | None = None

    @classmethod
    def since(cls, after: str | None) -> Unread:
        """All that comes after a `ts`; None for everything."""
        return cls((Span(after or BEGINNING, None),))

    @property
    def top(self) -> Span:
        """The open span: what came since the newest message read."""
        return self.spans[-1]

    @property
    def window(self) -> Span:
        """The open span and the last stretch of what was read below it."""
        lowest = max(_earlier(self.top.after), self.seen_after or self.top.after)
        if self.backlog is not None and self.backlog.before is not None:
            lowest = max(lowest, self.backlog.before)
        return Span(min(lowest, self.top.after), None)

    @property
    def backlog(self) -> Span | None:
        """The newest of the other spans."""
        return self.spans[-2] if len(self.spans) > 1 else None

    def also_since(self, after: str | None) -> Unread:
        """Unread as before, and everything after a `ts` again."""
        start = after or BEGINNING
        older = [
            Span(span.after, start if span.before is None or span.before > start else span.before)
            for span in self.spans
            if span.after < start
        ]
        # The span that reaches `start` and what follows are one.
        if older and older[-1].before == start:
            start = older.pop().after
        return Unread((*older, Span(start, None)))

    def done(self, span: Span) -> Unread:
        """What is left when nothing of a span is left."""
        others = tuple(other for other in self.spans if other != span)
        return self if span.before is None else self._with(others)

    def after_page(self, span: Span, stamps: Sequence[str], more: bool) -> Unread:
        """What is left when a page of a span has been dealt with.

        Args:
            span: one of the spans.
            stamps: the `ts` of the page's messages, newest first, at least one; they lie within the span
                or, where that is the open one, within `window`.
            more: whether others of the span lie below the page.
        """
        left = [other for other in self.spans if other != span]
        if more:
            left.append(Span(span.after, stamps[-1]))
        if span.before is None:
            left.append(Span(max(stamps[0], span.after), None))
        return self._with(sorted(left, key=lambda each: each.after), stamps)

    def around(self, span: Span, ts: str) -> Unread:
        """What is left when one message, which can't be had, is passed over.

        Args:
            span: one of the spans.
            ts: the message; it lies within the span or, where that is the open one, within `window`.
        """
        left = [other for other in self.spans if other != span]
        left += [Span(span.after, ts), Span(ts, span.before)] if span.holds(ts) else [span]
        passed = self._with(sorted(left, key=lambda each: each.after))
        # Looking at it again with the next page would fail again.
        known = max(ts, passed.seen_after or ts)
        return Unread(passed.spans, frozenset(each for each in passed.seen if each > known), known)

    def as_json(self) -> list[list[str | None]]:
        """The spans, for the state file."""
        return [[span.after, span.before] for span in self.spans]

    @classmethod
    def from_json(cls, value: Any, seen: Iterable[Any] = (), seen_after: Any = None) -> Unread:
        """From the state file; raises ValueError where the value is not of `as_json`'s form."""
        spans = [_span(entry) for entry in value] if isinstance(value, list) else []
        closed = [span for span in spans if span.before is not None]
        in_order = all(
            lower.before is not None and lower.before <= upper.after
            for lower, upper in itertools.pairwise(spans)
        )
        if not spans or spans[-1].before is not None or len(closed) != len(spans) - 1 or not in_order:
            raise ValueError("not a list of unread spans")
        known = frozenset(seen)
        if not all(map(is_ts, known)) or not (seen_after is None or is_ts(seen_after)):
            raise ValueError("not a list of messages")
        return cls(tuple(spans), known, seen_after)

    def _with(self, spans: Sequence[Span], stamps: Sequence[str] = ()) -> Unread:
        """Other spans; the messages `stamps` were read, too."""
        top = spans[-1].after
        known_after = max(self.seen_after or self.top.after, _earlier(top))
        seen = sorted(each for each in self.seen.union(stamps) if each > known_after)
        if len(seen) > MOST_SEEN:
            known_after = seen[-MOST_SEEN - 1]
            seen = seen[-MOST_SEEN:]
        return Unread(tuple(spans), frozenset(seen), known_after)


def _earlier(ts: str) -> str:
    return at(micros(ts) - OVERLAP_SECONDS * 1_000_000)


def _span(entry: Any) -> Span:
    if not isinstance(entry, list) or len(entry) != 2:
        raise ValueError("not a span")
    after, before = entry
    if not is_ts(after) or not (before is None or is_ts(before)):
        raise ValueError("not a span")
    return Span(after, before)
