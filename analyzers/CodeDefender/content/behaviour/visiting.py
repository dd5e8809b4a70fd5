"""Visits of a page through the engine: what each is given, and what became of all of them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime, timezone

from .engine import Engine, Visit
from .pages import Page
from .record import Record
from .source import Source

ONE_VISIT = 20.0
"""Seconds of wall time that visits under way at once may take at most."""
_KEPT = ("localStorage", "sessionStorage", "cookie")


@dataclass
class Visitor:
    """Visits pages that have the script in them, until its time is up."""

    engine: Engine
    source: Source
    until: float
    """The end of its time, by the monotonic clock."""
    today: date
    visits: int = 0
    broken: int = 0
    """Visits that the engine did not survive."""
    told: int = 0
    """Visits of which anything is known."""
    cut: bool = False
    """Whether a limit ended any of them early."""

    def left(self) -> float:
        """Seconds that are left."""
        return self.until - time.monotonic()

    def visit(self, page: Page, *texts: dict[str, str], again: bool = False, enough: int = 0) -> list[Record]:
        """One record for each set of texts; the visits happen at the same time.

        With `enough` a visit ends after so many exits (0: never). With `again` each visitor comes back
        another day, to the page after the payment, with what the browser kept.
        """
        records = self._run([{**self._given(page, each, {}), "enough": enough} for each in texts])
        if again:
            after = [
                self._given(page.after(), each, record.kept)
                for each, record in zip(texts, records, strict=True)
            ]
            for record, later in zip(records, self._run(after), strict=True):
                record.add(later)
        return records

    def _run(self, given: list[Visit]) -> list[Record]:
        if not given:
            return []
        records = self.engine.run(given, max(0.1, min(ONE_VISIT, self.left())))
        for record in records:
            self.visits += 1
            self.broken += record.broken
            self.told += record.began
            self.cut |= record.cut
        return records

    def _given(self, page: Page, texts: dict[str, str], kept: dict[str, dict[str, str]]) -> Visit:
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
            "inline": self.source.inline,
            "obliging": page.obliging,
            "storage": {store: kept[store] for store in _KEPT if store in kept},
            "values": texts,
            "seed": 20_041,
            "now": int(now.timestamp() * 1000),
        }
