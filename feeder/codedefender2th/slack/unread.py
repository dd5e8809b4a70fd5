"""Which parts of the channel have not been read yet. Pure.

Slack gives the newest message first, so what is read grows downwards from the top, and what is new
comes above it. The unread rest is a list of spans of `ts`, both ends exclusive: normally one, from
the newest message read onwards; one more below it while a long backfill is under way. A span is
resumed by its ends alone: a cursor may expire.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from codedefender2th.slack.ts import is_ts

BEGINNING = "0000000000.000000"


@dataclass(frozen=True, order=True)
class Span:
    """Messages after one `ts` and before another; `before` None is "until now".

    `ts` have a fixed form, so their order as text is their order in time.
    """

    after: str
    before: str | None


@dataclass(frozen=True)
class Unread:
    """The spans not read yet, oldest first; the last one is open."""

    spans: tuple[Span, ...]

    @classmethod
    def since(cls, after: str | None) -> Unread:
        """All that comes after a `ts`; None for everything."""
        return cls((Span(after or BEGINNING, None),))

    @property
    def top(self) -> Span:
        """The open span: what came since the newest message read."""
        return self.spans[-1]

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
        return self if span.before is None else Unread(others)

    def after_page(self, span: Span, newest: str, oldest: str, more: bool) -> Unread:
        """What is left when a page of a span has been dealt with.

        Args:
            span: one of the spans.
            newest: the `ts` of the page's first message.
            oldest: the `ts` of its last; both lie within the span.
            more: whether others of the span lie below the page.
        """
        left = [other for other in self.spans if other != span]
        if more:
            left.append(Span(span.after, oldest))
        if span.before is None:
            left.append(Span(newest, None))
        return Unread(tuple(sorted(left, key=lambda each: each.after)))

    def as_json(self) -> list[list[str | None]]:
        """For the state file."""
        return [[span.after, span.before] for span in self.spans]

    @classmethod
    def from_json(cls, value: Any) -> Unread:
        """From the state file; raises ValueError where the value is not of `as_json`'s form."""
        spans = [_span(entry) for entry in value] if isinstance(value, list) else []
        closed = [span for span in spans if span.before is not None]
        in_order = all(
            lower.before is not None and lower.before <= upper.after
            for lower, upper in itertools.pairwise(spans)
        )
        if not spans or spans[-1].before is not None or len(closed) != len(spans) - 1 or not in_order:
            raise ValueError("not a list of unread spans")
        return cls(tuple(spans))


def _span(entry: Any) -> Span:
    if not isinstance(entry, list) or len(entry) != 2:
        raise ValueError("not a span")
    after, before = entry
    if not is_ts(after) or not (before is None or is_ts(before)):
        raise ValueError("not a span")
    return Span(after, before)
