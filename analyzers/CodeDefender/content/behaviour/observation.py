"""The card test itself: which pages are tried, in which order, and what is told in the end."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone

from .engine import Cell
from .findings import FOREIGN, OWN, Behaviour, Leak
from .hosts import host_of, registrable, whose
from .pages import HOST, Page, pages
from .record import Record
from .source import Source, source
from .trial import Trial
from .visiting import Visitor

_ROUNDS = 2
"""How often a page is rebuilt from what the script looked for in it."""
_MOST = 60
"""How many selectors and questions are answered."""
_MOST_HOSTS = 3
"""How many hosts the page is put on, to meet a lock."""
_IDLE_PAGES = 2
"""A script that did nothing in so many pages, and waits for nothing, is not shown any more."""
_BROKEN = 4
"""After so many visits that the engine did not survive, no more are made."""


def observe(script: bytes, url: str | None, seconds: float, own: tuple[str, ...] = ()) -> Behaviour:
    """What `script` does with what a visitor types; in `seconds` and little more; never raises.

    `url` is where it was served from; `own` are hosts that belong to the page: the shop's, where they are
    known.
    """
    read = source(script, url)
    with Cell() as cell:
        visitor = Visitor(cell, read, time.monotonic() + seconds, datetime.now(timezone.utc).date())
        observation = _Observation(visitor, read, frozenset(map(registrable, (HOST, *own))))
        observation.run()
        return observation.told()


class _Observation:
    """What was seen on all pages."""

    def __init__(self, visitor: Visitor, read: Source, own: frozenset[str]) -> None:
        self._visitor = visitor
        self._source = read
        self._own = own
        self._leaks: dict[tuple[str, str, str], Leak] = {}
        self._reads: dict[str, None] = {}
        self._kept: dict[str, None] = {}
        self._hosts: dict[str, None] = {}
        self._errors: dict[str, None] = {}
        self._wanted: dict[str, None] = {}
        self._asked: dict[tuple[str, str, str], None] = {}
        self._idle = True

    def run(self) -> None:
        """Try page after page, until something is proven or the time is up."""
        if not self._source.scripts:
            return
        for number, page in enumerate(self._pages()):
            if number == _IDLE_PAGES and self._idle:
                return
            for _ in range(_ROUNDS):
                known = len(self._wanted) + len(self._asked)
                self._try(page.with_wanted(tuple(self._wanted)[:_MOST], tuple(self._asked)[:_MOST]))
                if self._done():
                    return
                if len(self._wanted) + len(self._asked) == known:
                    break

    def told(self) -> Behaviour:
        """All of it, proof first."""
        leaks = sorted(self._leaks.values(), key=lambda leak: (not leak.proof, leak.whose != FOREIGN))
        return Behaviour(
            ran=self._visitor.told > 0,
            survived=self._visitor.broken == 0,
            reads=tuple(self._reads),
            leaks=tuple(leaks),
            kept=tuple(self._kept),
            hosts=tuple(self._hosts),
            notes=tuple(self._notes()),
        )

    def _pages(self) -> Iterator[Page]:
        yield from self._in_order()
        # Nothing on any of them: it may be locked to the site it was made for.
        for host in list(
            _locked_to(self._source, [wanted for about, _, wanted in self._asked if about == "host"])
        ):
            yield from (page.on(host) for page in pages()[:2])

    def _in_order(self) -> list[Page]:
        """All pages, those first whose shop system the script's text speaks of."""
        text = "\n".join(script[:300_000] for script in self._source.scripts)
        return sorted(pages(), key=lambda page: not (page.hint and re.search(page.hint, text)))

    def _done(self) -> bool:
        proven = any(leak.proof for leak in self._leaks.values())
        return proven or self._visitor.left() < 0.3 or self._visitor.broken >= _BROKEN

    def _try(self, page: Page) -> None:
        trial = Trial(self._visitor, page, self._own)
        record = trial.run()
        self._idle &= record.idle
        self._note(record)
        for leak in trial.leaks:
            self._leaks.setdefault((leak.to, leak.how, leak.what), leak)
        self._kept.update(dict.fromkeys(trial.kept))

    def _note(self, record: Record) -> None:
        self._reads.update(dict.fromkeys(record.reads))
        self._wanted.update(dict.fromkeys(record.wanted))
        self._asked.update(dict.fromkeys(record.asked))
        self._errors.update(dict.fromkeys(text for where, text in record.errors if where == "script"))
        hosts = (host_of(exit_.url) for exit_ in record.exits)
        self._hosts.update(dict.fromkeys(host for host in hosts if host and whose(host, self._own) != OWN))

    def _notes(self) -> Iterator[str]:
        if not self._source.scripts:
            yield "There is no script in it."
        if self._errors:
            yield f"The script stopped with: {next(iter(self._errors))}"
        if self._visitor.cut:
            yield "A limit of time or memory ended some of it early: there may be more than was seen."
        if self._visitor.broken:
            yield f"The engine did not survive {self._visitor.broken} of {self._visitor.visits} visits."


_NAMED = re.compile(r"[\"'](?:https?://)?((?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,24})[\"'/]", re.IGNORECASE)


def _locked_to(read: Source, asked: Iterable[str]) -> Iterator[str]:
    """Hosts that the script looked for in its address, or that its text compares with something."""
    found: dict[str, None] = {}
    for text in asked:
        word = re.sub(r"[^a-z0-9.-]", "", text.replace("\\", "").lower()).strip(".-")
        if 3 < len(word) < 60:
            found[word if "." in word else f"www.{word}.com"] = None
    for script in read.scripts:
        found.update(dict.fromkeys(name.lower() for name in _NAMED.findall(script[:200_000])))
    yield from [host for host in found if registrable(host) != host or "." in host][:_MOST_HOSTS]
