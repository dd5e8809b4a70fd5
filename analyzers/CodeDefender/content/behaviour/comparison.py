"""Two records of the same visit, in which only what was typed differs: which exits carry it.

The engine has no chance and no clock of its own, so that two visits with the same texts give the same
record. An exit that stands in one record and not in the other is there because of what was typed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from urllib.parse import unquote_plus

from .hosts import host_of, registrable
from .record import Exit, Record

Way = tuple[str, str]
"""How something left, and the registrable domain it went to: what stays the same where the rest differs."""


def way(exit_: Exit) -> Way:
    """The way that `exit_` took."""
    return exit_.how, registrable(host_of(exit_.url))


def differing(first: Record, other: Record) -> dict[Way, list[Exit]]:
    """Exits of `first` that are not in `other`, by their way, where `other` has others on the same way.

    Without such a counterpart an exit counts too, unless a limit cut one of the visits: it may have missed
    it.
    """
    mine, theirs = _only(first, other), _only(other, first)
    cut = first.cut or other.cut
    return {way_: exits for way_, exits in mine.items() if way_[1] and (way_ in theirs or not cut)}


def carried(first: Record, second: Record, third: Record) -> dict[Way, list[Exit]]:
    """Exits that are different in each of three visits: they carry the text, not one fact about it."""
    once, again, between = differing(first, second), differing(first, third), differing(second, third)
    return {
        way_: [exit_ for exit_ in exits if exit_ in again[way_]]
        for way_, exits in once.items()
        if way_ in again and way_ in between
    }


def plain(text: str, exit_: Exit) -> bool:
    """Whether `text` stands in what left as it was typed, or with only separators and escapes between."""
    whole = exit_.url + "\n" + exit_.body
    return (
        text in whole
        or text in unquote_plus(whole)
        or text in unquote_plus(whole).replace(" ", "").replace("-", "")
    )


def _only(record: Record, other: Record) -> dict[Way, list[Exit]]:
    """Exits of `record` that `other` does not have (or not as often)."""
    theirs = Counter((each.how, each.url, each.body) for each in other.exits)
    only: dict[Way, list[Exit]] = defaultdict(list)
    for exit_ in record.exits:
        key = (exit_.how, exit_.url, exit_.body)
        if theirs[key]:
            theirs[key] -= 1
        else:
            only[way(exit_)].append(exit_)
    return only
