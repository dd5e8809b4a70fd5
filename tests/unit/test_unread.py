"""What is left to read, whatever order pages come in and wherever reading stops."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codedefender2th.slack.ts import just_before
from codedefender2th.slack.unread import BEGINNING, Span, Unread


def ts(number: int) -> str:
    return f"{number:010d}.000000"


def test_everything_is_unread_at_first() -> None:
    assert Unread.since(None).spans == (Span(BEGINNING, None),)


def test_a_page_with_more_below_leaves_a_backlog() -> None:
    left = Unread.since(None).after_page(Span(BEGINNING, None), ts(9), ts(5), more=True)
    assert left.spans == (Span(BEGINNING, ts(5)), Span(ts(9), None))
    assert left.backlog == Span(BEGINNING, ts(5))


def test_a_new_message_during_a_backfill_is_a_span_of_its_own() -> None:
    left = Unread((Span(BEGINNING, ts(5)), Span(ts(9), None)))
    left = left.after_page(left.top, ts(20), ts(12), more=True)
    assert left.spans == (Span(BEGINNING, ts(5)), Span(ts(9), ts(12)), Span(ts(20), None))


@pytest.mark.parametrize(
    ("spans", "start", "expected"),
    [
        ([(9, None)], 3, [(3, None)]),
        ([(9, None)], 12, [(9, None)]),
        ([(0, 5), (9, None)], 3, [(0, None)]),
        ([(0, 5), (9, None)], 7, [(0, 5), (7, None)]),
        ([(0, 5), (9, None)], 0, [(0, None)]),
    ],
)
def test_reading_again_never_passes_over_what_was_not_read(
    spans: list[tuple[int, int | None]], start: int, expected: list[tuple[int, int | None]]
) -> None:
    def unread(pairs: list[tuple[int, int | None]]) -> Unread:
        return Unread(tuple(Span(ts(low), None if high is None else ts(high)) for low, high in pairs))

    assert unread(spans).also_since(ts(start)) == unread(expected)


def test_one_microsecond_earlier() -> None:
    assert just_before("1600689944.000000") == "1600689943.999999"
    assert just_before(BEGINNING) == BEGINNING


@given(
    posted=st.sets(st.integers(1, 60), max_size=40),
    page=st.integers(1, 7),
    oldest_first=st.booleans(),
    stops=st.lists(st.integers(1, 4), max_size=6),
    again=st.none() | st.integers(1, 60),
)
def test_every_message_is_read_however_often_reading_stops(
    posted: set[int], page: int, oldest_first: bool, stops: list[int], again: int | None
) -> None:
    """A pass that stops after a few pages is followed by another, with messages posted in between."""
    unread, read, visible = Unread.since(None), set[int](), set(sorted(posted)[: len(posted) // 2])
    for limit in [*stops, 10_000]:
        if again is not None and limit == 2:
            unread = unread.also_since(ts(again))
        if limit == 10_000:
            visible = posted
        span = unread.top
        for _ in range(limit):
            inside = sorted(
                n for n in visible if span.after < ts(n) and (span.before is None or ts(n) < span.before)
            )
            got = inside[:page] if oldest_first else inside[-page:]
            read |= set(got)
            more = len(inside) > len(got)
            unread = unread.after_page(span, ts(got[-1]), ts(got[0]), more) if got else unread.done(span)
            unread = Unread.from_json(json.loads(json.dumps(unread.as_json())))
            if span.before is not None and not got:
                span = unread.top
            elif unread.backlog is None:
                break
            else:
                span = unread.backlog
    assert read == posted


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        [["1", None]],
        [[ts(1), ts(2)]],
        [[ts(5), None], [ts(1), ts(2)]],
        [[ts(5), None], [ts(6), None]],
        [[ts(1)]],
        [[ts(3), ts(9)], [ts(5), None]],
        "x",
        [5],
    ],
)
def test_a_damaged_list_of_spans_is_noticed(value: object) -> None:
    with pytest.raises(ValueError, match="span"):
        Unread.from_json(value)
