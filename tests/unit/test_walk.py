"""The walk over a channel reads every message once, however pages come, stop, and messages turn up late."""

from __future__ import annotations

import random
from typing import Any

import pytest

from codedefender2th.slack import channel as module
from codedefender2th.slack.channel import Channel
from codedefender2th.slack.pages import Messages
from codedefender2th.slack.unread import OVERLAP_SECONDS, Span, Unread


def ts(second: int) -> str:
    return f"{second:010d}.000000"


class Pages:
    """A channel's pages as Slack gives them, or oldest first as it is said to have done."""

    def __init__(self, limit: int, oldest_first: bool) -> None:
        self.limit, self.oldest_first = limit, oldest_first
        self.visible: set[int] = set()

    def begin(self) -> None:
        """A new pass."""

    def newest(self, span: Span) -> Messages:
        """A page."""
        inside = sorted(second for second in self.visible if span.holds(ts(second)))
        page = inside[: self.limit] if self.oldest_first else inside[-self.limit :]
        return Messages([{"ts": ts(second)} for second in reversed(page)], [], len(inside) > len(page))


class Reader:
    """Walks again and again, and notes what it reads."""

    def __init__(self, pages: Pages) -> None:
        self.channel = Channel.__new__(Channel)
        self.channel._pages = pages  # type: ignore[assignment]
        self.channel._newest_first = False
        self.unread, self.read = Unread.since(None), list[int]()

    def walk(self, steps: int = 500) -> None:
        """One pass, which stops after so many steps."""
        for number, step in enumerate(self.channel.walk(self.unread), 1):
            assert number < 500, "endless"
            self.read += [int(message["ts"][:10]) for message in step.messages]
            self.unread = step.unread
            if number == steps:
                return


@pytest.mark.parametrize("oldest_first", [False, True])
@pytest.mark.parametrize("limit", [2, 5, 20, 100])
@pytest.mark.parametrize("seed", range(8))
def test_every_message_is_read_once(
    seed: int, limit: int, oldest_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    monkeypatch.setattr(module, "PIECE", chance.choice([1, 3, 250]))
    pages = Pages(limit, oldest_first)
    reader = Reader(pages)
    posts = sorted(chance.sample(range(1, 20_000), 50))
    # Where the last hour fits into a page, messages may come late.
    late = [second for second in posts if limit == 100 and chance.random() < 0.1]
    coming: list[Any] = [second for second in posts if second not in late]
    while coming:
        count = chance.randint(0, 6)
        pages.visible |= set(coming[:count])
        del coming[:count]
        newest = max(pages.visible, default=0)
        for second in [each for each in late if newest - OVERLAP_SECONDS // 2 < each < newest]:
            late.remove(second)
            pages.visible.add(second)
        reader.walk(chance.choice([1, 2, 4, 500]) if not late else 500)
    for _ in range(30):
        reader.walk()
    assert set(reader.read) == pages.visible
    if not oldest_first:
        assert len(reader.read) == len(pages.visible)
