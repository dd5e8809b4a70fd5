"""The card test on one page: does what leaves depend on what is typed, and if so, on which field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote

from .comparison import Way, carried, differing, plain
from .findings import OWN, PROOF, Leak
from .hosts import host_of, registrable, whose
from .pages import Page
from .record import Exit, Record
from .typed import KINDS, typed
from .visiting import Visitor

_NO_CHANCE = 6
"""A text of more characters than this stands nowhere by chance."""


class Trial:
    """One page on which the script is tried; `leaks` and `kept` are what came of it."""

    def __init__(self, visitor: Visitor, page: Page, own: frozenset[str]) -> None:
        self._visitor = visitor
        self._page = page
        self._own = own | {registrable(page.host)}
        self._again = False
        self._enough = 0
        self.leaks: list[Leak] = []
        self.kept: list[str] = []
        """Kinds of texts that the script put by."""

    def run(self) -> Record:
        """Visit the page; the record of the first visit, for what else is in it."""
        first, other = self._visit(self._texts(), self._texts(None))
        if _kept(first) != _kept(other):
            # What is put by may be sent another day.
            self._again = True
            first, other = self._visit(self._texts(), self._texts(None))
        found = differing(first, other)
        self._tell_own(found)
        ways = {way for way in found if whose(way[1], self._own) != OWN}
        if ways or self._again:
            first = self._shortened(first, [exit_ for way in ways for exit_ in found[way]])
            plainly = {kind for kind in KINDS if self._tell_plain(kind, found, ways)}
            for kind in KINDS:
                if kind in PROOF - plainly:
                    self._isolate(first, kind, ways)
            self._isolate_others(first, [kind for kind in KINDS if kind not in PROOF | plainly], ways)
        return first

    def _visit(self, *texts: dict[str, str]) -> list[Record]:
        return self._visitor.visit(self._page, *texts, again=self._again, enough=self._enough)

    def _texts(self, differs: frozenset[str] | None = frozenset(), which: int = 1) -> dict[str, str]:
        return typed(self._visitor.today, differs, which)

    def _shortened(self, first: Record, looked_at: list[Exit]) -> Record:
        """The record up to the last of these exits that is new: no visit need go further."""
        if self._again or first.cut:
            return first
        self._enough = 1 + max(first.exits.index(exit_) for exit_ in looked_at)
        return replace(first, exits=first.exits[: self._enough])

    def _tell_own(self, found: dict[Way, list[Exit]]) -> None:
        """What goes to the page's own host is told by its text; the page's own forms are not the script's."""
        for way, exits in found.items():
            if whose(way[1], self._own) == OWN:
                for kind, text in self._texts().items():
                    self._tell(kind, way, [each for each in exits if each.at and _stands(text, each)])

    def _tell_plain(self, kind: str, found: dict[Way, list[Exit]], ways: set[Way]) -> bool:
        """Whether the text of this kind stands as it is in what left: then there is no question."""
        text = self._texts()[kind]
        told = [
            self._tell(kind, way, [exit_ for exit_ in found[way] if _stands(text, exit_)]) for way in ways
        ]
        return True in told

    def _isolate(self, first: Record, kind: str, ways: set[Way]) -> None:
        """Does this text leave? Only if the exits of three visits differ in each pair."""
        if self._visitor.left() < 0.3:
            return
        one = frozenset({kind})
        second, third = self._visit(self._texts(one), self._texts(one, 2))
        self._tell_kept(kind, first, second)
        for way, exits in carried(first, second, third).items():
            if way in ways:
                self._tell(kind, way, exits)

    def _isolate_others(self, first: Record, kinds: list[str], ways: set[Way]) -> None:
        """The same for what proves nothing: one more visit each is enough."""
        if self._visitor.left() < 1:
            return
        records = self._visit(*(self._texts(frozenset({kind})) for kind in kinds))
        for kind, second in zip(kinds, records, strict=True):
            self._tell_kept(kind, first, second)
            for way, exits in differing(first, second).items():
                if way in ways:
                    self._tell(kind, way, exits)

    def _tell_kept(self, kind: str, first: Record, second: Record) -> None:
        if not (first.cut or second.cut) and _kept(first) != _kept(second):
            self.kept.append(kind)

    def _tell(self, kind: str, way: Way, exits: list[Exit]) -> bool:
        """Add the leak that these exits show, if there are any."""
        if not exits:
            return False
        text = self._texts()[kind]
        # The plainest of them shows most.
        exit_ = next((each for each in exits if plain(text, each)), exits[0])
        host = host_of(exit_.url)
        self.leaks.append(
            Leak(
                to=host if all(host_of(each.url) == host for each in exits) and text not in host else way[1],
                how=exit_.how,
                what=kind,
                page=self._page.name,
                at=exit_.at,
                encoded=not plain(text, exit_),
                url=unquote(exit_.url[:200]),
                whose=whose(way[1], self._own),
            )
        )
        return True


def _stands(text: str, exit_: Exit) -> bool:
    return len(text) > _NO_CHANCE and plain(text, exit_)


def _kept(record: Record) -> list[tuple[str, str, str]]:
    return sorted(_all_kept(record))


def _all_kept(record: Record) -> Iterator[tuple[str, str, str]]:
    for store, kept in record.kept.items():
        for key, value in kept.items():
            yield store, key, value
