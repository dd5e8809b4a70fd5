"""Which bytes of a script are those of another, in order, and which are not (pure).

Time and memory grow with the two lengths, never with their product: what both begin and end with is cut off
first; in what is left, blocks of the original are looked for at every byte of the served one, as rsync does.
A block that the original holds twice anchors nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

# The first pass finds what was kept, the second the small pieces between changes close to each other. That
# one looks only where little is left, since in much text short blocks are alike by chance.
BLOCKS = (48, 12)
MOST_FOR_SHORT_BLOCKS = 65_536
STEP = 4096  # bytes that are compared at once
MOST_ANCHORS = 50_000
_NOWHERE = -1


@dataclass(frozen=True)
class Same:
    """A run of equal bytes: at `original` in the one, at `served` in the other."""

    original: int
    served: int
    length: int


@dataclass(frozen=True)
class Change:
    """What stands in the served bytes in place of what stood in the original; one of both may be empty."""

    original: int
    removed: int
    served: int
    added: int


@dataclass(frozen=True)
class Alignment:
    """kept: how many bytes of the original are in the served ones, in order. changes: the rest, in order."""

    kept: int
    changes: tuple[Change, ...]


def align(original: bytes, served: bytes) -> Alignment:
    """Where the two agree, and each place where they do not."""
    runs = _runs(original, served, (0, len(original)), (0, len(served)), BLOCKS)
    kept, changes = 0, []
    at = Same(0, 0, 0)
    for run in (*runs, Same(len(original), len(served), 0)):
        removed, added = run.original - at.original - at.length, run.served - at.served - at.length
        if removed or added:
            changes.append(Change(at.original + at.length, removed, at.served + at.length, added))
        kept, at = kept + run.length, run
    return Alignment(kept, tuple(changes))


def _runs(
    original: bytes, served: bytes, left: tuple[int, int], right: tuple[int, int], blocks: tuple[int, ...]
) -> list[Same]:
    """The equal runs of original[left] and served[right], in order."""
    (start, end), (begin, stop) = left, right
    prefix = _common(original, start, served, begin, min(end - start, stop - begin))
    start, begin = start + prefix, begin + prefix
    suffix = _common_back(original, end, served, stop, min(end - start, stop - begin))
    end, stop = end - suffix, stop - suffix
    found = [Same(left[0], right[0], prefix)] if prefix else []
    if not blocks or (blocks != BLOCKS and max(end - start, stop - begin) > MOST_FOR_SHORT_BLOCKS):
        pass
    elif min(end - start, stop - begin) >= blocks[0]:
        at, to = start, begin
        for run in _chain(_anchors(original, served, (start, end), (begin, stop), blocks[0])):
            found += _runs(original, served, (at, run.original), (to, run.served), blocks[1:])
            found.append(run)
            at, to = run.original + run.length, run.served + run.length
        found += _runs(original, served, (at, end), (to, stop), blocks[1:])
    else:
        found += _runs(original, served, (start, end), (begin, stop), blocks[1:])
    return [*found, Same(end, stop, suffix)] if suffix else found


def _anchors(
    original: bytes, served: bytes, left: tuple[int, int], right: tuple[int, int], size: int
) -> Iterator[Same]:
    """Blocks of the original that are in the served bytes, each as long as the two agree; in served order."""
    (start, end), (begin, stop) = left, right
    places: dict[bytes, int] = {}
    for place in range(start, end - size + 1, size):
        block = original[place : place + size]
        places[block] = _NOWHERE if block in places else place
    find, at, last, many = places.get, begin, begin, 0
    while at <= stop - size and many < MOST_ANCHORS:
        place = find(served[at : at + size], _NOWHERE)
        if place == _NOWHERE:
            at += 1
            continue
        many += 1
        back = _common_back(original, place, served, at, min(place - start, at - last))
        most = min(end - place, stop - at) - size
        length = back + size + _common(original, place + size, served, at + size, most)
        yield Same(place - back, at - back, length)
        at = last = at - back + length


def _chain(anchors: Iterator[Same]) -> list[Same]:
    """Those anchors that stand in the same order in both, chosen so that they cover the most bytes.

    What was only moved is told as removed at one place and added at another.
    """
    ends: list[int] = []  # where in the original the best chain of each weight ends; both lists rise
    weights: list[int] = []
    tails: list[tuple[Same, object]] = []
    for anchor in anchors:
        before = bisect_left(ends, anchor.original + 1) - 1
        weight = anchor.length + (weights[before] if before >= 0 else 0)
        link = (anchor, tails[before] if before >= 0 else None)
        end = anchor.original + anchor.length
        at = bisect_left(ends, end)
        if at > 0 and weights[at - 1] >= weight:
            continue
        drop = at
        while drop < len(ends) and weights[drop] <= weight:
            drop += 1
        ends[at:drop], weights[at:drop], tails[at:drop] = [end], [weight], [link]
    chain: list[Same] = []
    node: object = tails[-1] if tails else None
    while isinstance(node, tuple):
        chain.append(node[0])
        node = node[1]
    return chain[::-1]


def _common(one: bytes, at: int, other: bytes, to: int, most: int) -> int:
    """How many bytes from `at` and from `to` on are equal, `most` at most."""
    equal, step = 0, STEP
    while equal < most:
        step = min(step, most - equal)
        if one[at + equal : at + equal + step] == other[to + equal : to + equal + step]:
            equal += step
        elif step == 1:
            break
        else:
            step //= 2
    return equal


def _common_back(one: bytes, end: int, other: bytes, stop: int, most: int) -> int:
    """How many bytes before `end` and before `stop` are equal, `most` at most."""
    equal, step = 0, STEP
    while equal < most:
        step = min(step, most - equal)
        if one[end - equal - step : end - equal] == other[stop - equal - step : stop - equal]:
            equal += step
        elif step == 1:
            break
        else:
            step //= 2
    return equal
