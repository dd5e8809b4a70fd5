"""What is left to read, whatever order pages come in and wherever reading stops."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codedefender2th.slack.ts import BEGINNING, just_before
from codedefender2th.slack.unread import MOST_SEEN, OVERLAP_SECONDS, Span, Unread


def ts(number: int) -> str:
    return f"{number:010d}.000000"


def test_everything_is_unread_at_first() -> None:
    assert Unread.since(None).spans == (Span(BEGINNING, None),)


def test_a_page_with_more_below_leaves_a_backlog() -> None:
    left = Unread.since(None).after_page(Span(BEGINNING, None), [ts(9), ts(5)], more=True)
    assert left.spans == (Span(BEGINNING, ts(5)), Span(ts(9), None))
    assert left.backlog == Span(BEGINNING, ts(5))


def test_a_new_message_during_a_backfill_is_a_span_of_its_own() -> None:
    left = Unread((Span(BEGINNING, ts(5)), Span(ts(9), None)))
    left = left.after_page(left.top, [ts(20), ts(12)], more=True)
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
            stamps = [ts(n) for n in reversed(got)]
            unread = unread.after_page(span, stamps, more) if got else unread.done(span)
            unread = Unread.from_json(
                json.loads(json.dumps(unread.as_json())), unread.seen, unread.seen_after
            )
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


def test_the_last_stretch_is_looked_at_again_but_never_below_the_start() -> None:
    unread = Unread.since(ts(10_000))
    assert unread.window == unread.top
    unread = unread.after_page(unread.top, [ts(12_000), ts(11_000)], more=False)
    assert unread.window == Span(ts(10_000), None)
    assert unread.seen == {ts(11_000), ts(12_000)}
    unread = unread.after_page(unread.top, [ts(20_000)], more=False)
    assert unread.window == Span(ts(20_000 - OVERLAP_SECONDS), None)
    assert unread.seen == {ts(20_000)}


def test_the_last_stretch_ends_where_a_backlog_is_unread() -> None:
    unread = Unread.since(None)
    unread = unread.after_page(unread.top, [ts(9_000), ts(8_500)], more=True)
    assert unread.window == Span(ts(8_500), None)


def test_so_many_messages_are_remembered_that_one_page_holds_them() -> None:
    unread = Unread.since(None)
    stamps = [ts(5_000 + n) for n in reversed(range(2 * MOST_SEEN))]
    unread = unread.after_page(unread.top, stamps, more=False)
    assert len(unread.seen) == MOST_SEEN
    assert unread.window.after == stamps[MOST_SEEN]


def test_reading_again_forgets_what_was_seen() -> None:
    unread = Unread.since(None).after_page(Span(BEGINNING, None), [ts(9), ts(5)], more=False)
    assert not unread.also_since(ts(3)).seen


def test_a_message_that_cannot_be_had_is_passed_over_alone() -> None:
    unread = Unread.since(ts(1))
    left = unread.around(unread.top, ts(5))
    assert left.spans == (Span(ts(1), ts(5)), Span(ts(5), None))
    assert left.window == Span(ts(5), None)
    lower = left.around(left.spans[0], ts(3))
    assert lower.spans == (Span(ts(1), ts(3)), Span(ts(3), ts(5)), Span(ts(5), None))
