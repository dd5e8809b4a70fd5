"""The card test itself: which pages are tried, what is typed into them, and what comes of the comparison."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from urllib.parse import unquote

from . import typed
from .comparison import Way, carried, differing, plain
from .engine import Cell, Engine, Visit
from .findings import FOREIGN, OWN, PROOF, Behaviour, Leak
from .hosts import host_of, registrable, whose
from .pages import HOST, Page, pages
from .record import Exit, Record
from .source import Source, source

_ROUNDS = 3
"""How often the first page is rebuilt from what the script looked for in it."""
_ONE_VISIT = 20.0
"""Seconds of wall time that visits under way at once may take at most."""
_MOST = 60
"""How many selectors and questions are answered."""


def observe(script: bytes, url: str | None, seconds: float, own: tuple[str, ...] = ()) -> Behaviour:
    """What `script` does with what a visitor types; in `seconds` and little more; never raises.

    `url` is where it was served from; `own` are hosts that belong to the page (the shop's, where they are
    known).
    """
    with Cell() as cell:
        trial = _Trial(
            cell, source(script, url), frozenset(map(registrable, (HOST, *own))), time.monotonic() + seconds
        )
        trial.run()
        return trial.told()


@dataclass
class _Trial:
    """One script on trial: the pages one after the other, until something is proven or the time is up."""

    engine: Engine
    source: Source
    own: frozenset[str]
    until: float
    leaks: dict[tuple[str, str, str], Leak] = field(default_factory=dict)
    reads: dict[str, None] = field(default_factory=dict)
    kept: dict[str, None] = field(default_factory=dict)
    hosts: dict[str, None] = field(default_factory=dict)
    errors: dict[str, None] = field(default_factory=dict)
    wanted: dict[str, None] = field(default_factory=dict)
    asked: dict[tuple[str, str, str], None] = field(default_factory=dict)
    visits: int = 0
    broken: int = 0
    cut: bool = False
    today: date = field(default_factory=lambda: datetime.now(timezone.utc).date())

    def run(self) -> None:
        """Visit page after page."""
        if not self.source.scripts:
            return
        for number, page in enumerate((*pages(), *self._locked_pages())):
            for _ in range(_ROUNDS if number == 0 else 2):
                known = len(self.wanted) + len(self.asked)
                self._try(page.with_wanted(tuple(self.wanted)[:_MOST], tuple(self.asked)[:_MOST]))
                if self._proven() or self._left() < 0.3 or self.broken > 2:
                    return
                if len(self.wanted) + len(self.asked) == known:
                    break

    def told(self) -> Behaviour:
        """All of it, proof first."""
        leaks = sorted(self.leaks.values(), key=lambda leak: (not leak.proof, leak.whose != FOREIGN))
        return Behaviour(
            ran=self.visits > self.broken,
            survived=self.broken == 0,
            reads=tuple(self.reads),
            leaks=tuple(leaks),
            kept=tuple(self.kept),
            hosts=tuple(self.hosts),
            notes=tuple(self._notes()),
        )

    def _left(self) -> float:
        return self.until - time.monotonic()

    def _proven(self) -> bool:
        return any(leak.proof for leak in self.leaks.values())

    def _locked_pages(self) -> list[Page]:
        """The first page on hosts that the script asks for or names: it may be locked to one."""
        return []

    def _try(self, page: Page) -> None:
        """One page: if what leaves depends on what is typed, find out on which field."""
        first, other = self._visit(page, self._texts(), self._texts(None))
        self._note(first)
        found = differing(first, other)
        self._keep(page, first, other)
        if not found:
            return
        self._own(page, found)
        ways = {way for way in found if whose(way[1], self.own) != OWN}
        if not ways:
            return
        plainly = {kind for kind in typed.KINDS if self._plainly(page, kind, found, ways)}
        self._isolate(page, first, sorted(PROOF - plainly), ways)
        self._isolate_others(page, first, [kind for kind in typed.KINDS if kind not in PROOF | plainly], ways)

    def _plainly(self, page: Page, kind: str, found: dict[Way, list[Exit]], ways: set[Way]) -> bool:
        """Whether the text of this kind stands in what left, and is too long to do so by chance."""
        text = self._texts()[kind]
        exits = (
            {way: [exit_ for exit_ in found[way] if plain(text, exit_)] for way in ways}
            if len(text) > 6
            else {}
        )
        for way, those in exits.items():
            if those:
                self._leak(page, kind, way, those)
        return any(exits.values())

    def _isolate(self, page: Page, first: Record, kinds: list[str], ways: set[Way]) -> None:
        """Which of these texts leave: those where the exits of three visits differ in each pair."""
        only = [frozenset({kind}) for kind in kinds]
        records = self._visit(page, *(self._texts(one, which) for one in only for which in (1, 2)))
        for kind, second, third in zip(kinds, records[::2], records[1::2], strict=True):
            for way, exits in carried(first, second, third).items():
                if way in ways and exits:
                    self._leak(page, kind, way, exits)

    def _isolate_others(self, page: Page, first: Record, kinds: list[str], ways: set[Way]) -> None:
        """The same for what proves nothing: one more visit each is enough."""
        if self._left() < 1:
            return
        records = self._visit(page, *(self._texts(frozenset({kind})) for kind in kinds))
        for kind, second in zip(kinds, records, strict=True):
            for way, exits in differing(first, second).items():
                if way in ways:
                    self._leak(page, kind, way, exits)

    def _own(self, page: Page, found: dict[Way, list[Exit]]) -> None:
        """What goes to the page's own host is told by its text; the page's own forms are not the script's."""
        texts = self._texts()
        for way, exits in found.items():
            sent = [exit_ for exit_ in exits if exit_.at]
            if whose(way[1], self.own) == OWN:
                for kind in typed.KINDS:
                    hits = [exit_ for exit_ in sent if len(texts[kind]) > 4 and plain(texts[kind], exit_)]
                    if hits:
                        self._leak(page, kind, way, hits)

    def _leak(self, page: Page, kind: str, way: Way, exits: list[Exit]) -> None:
        text = self._texts()[kind]
        # The plainest of them shows most.
        exit_ = next((each for each in exits if plain(text, each)), exits[0])
        host = host_of(exit_.url)
        to = host if all(host_of(each.url) == host for each in exits) and text not in host else way[1]
        leak = Leak(
            to=to,
            how=exit_.how,
            what=kind,
            page=page.name,
            at=exit_.at,
            encoded=not plain(text, exit_),
            url=unquote(exit_.url[:200]),
            whose=whose(way[1], self.own),
        )
        self.leaks.setdefault((leak.to, leak.how, kind), leak)

    def _keep(self, page: Page, first: Record, other: Record) -> None:
        """What the script put by, and a second visit, in which it may send that."""
        changed = [
            store
            for store, kept in first.kept.items()
            if any(kept[key] != other.kept.get(store, {}).get(key) for key in kept)
        ]
        if changed:
            self.kept.update(dict.fromkeys(changed))

    def _visit(self, page: Page, *texts: dict[str, str]) -> list[Record]:
        """The visits of a page, one for each set of texts, at the same time."""
        given = [self._given(page, each) for each in texts]
        if not given:
            return []
        records = self.engine.run(given, max(0.1, min(_ONE_VISIT, self._left())))
        for record in records:
            self.visits += 1
            self.broken += record.broken
            self.cut |= record.cut
        return records

    def _given(self, page: Page, texts: dict[str, str]) -> Visit:
        now = datetime(self.today.year, self.today.month, self.today.day, 14, 12, 40, tzinfo=timezone.utc)
        return {
            "url": page.url,
            "referrer": f"https://{page.host}/checkout/cart/",
            "html": page.html + self.source.html,
            "title": page.title,
            "shop": page.shop,
            "wanted": list(page.wanted),
            "scripts": list(self.source.scripts),
            "source": self.source.url,
            "storage": {},
            "values": texts,
            "seed": 20_041,
            "now": int(now.timestamp() * 1000),
        }

    def _texts(self, differs: frozenset[str] | None = frozenset(), which: int = 1) -> dict[str, str]:
        return typed.typed(self.today, differs, which)

    def _note(self, record: Record) -> None:
        self.reads.update(dict.fromkeys(record.reads))
        self.wanted.update(dict.fromkeys(record.wanted))
        self.asked.update(dict.fromkeys(record.asked))
        self.errors.update(dict.fromkeys(text for where, text in record.errors if where == "script"))
        hosts = (host_of(exit_.url) for exit_ in record.exits)
        self.hosts.update(dict.fromkeys(host for host in hosts if host and whose(host, self.own) != OWN))

    def _notes(self) -> list[str]:
        notes = []
        if not self.source.scripts:
            notes.append("There is no script in it.")
        if self.errors:
            notes.append(f"The script stopped with: {next(iter(self.errors))}")
        if self.cut:
            notes.append("A limit of time or memory ended some of it early: there may be more than was seen.")
        if self.broken:
            notes.append(f"The engine did not survive {self.broken} of {self.visits} visits.")
        return notes
