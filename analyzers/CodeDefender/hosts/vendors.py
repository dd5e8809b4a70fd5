"""Who normally serves this host: the third parties that sites load code from.

The table `data/vendors.tsv` is that of npm's `third-party-web` (see `data/README.md`): pattern, name,
category, homepage. A row says whose a host is, not that it is good: a CDN serves anybody's code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).parent / "data" / "vendors.tsv"
# The table's categories in words.
CATEGORIES = {
    "ad": "advertising",
    "analytics": "analytics",
    "cdn": "a CDN",
    "consent-provider": "consent management",
    "content": "content",
    "customer-success": "customer support",
    "hosting": "hosting",
    "marketing": "marketing",
    "other": "other services",
    "social": "social media",
    "tag-manager": "tag management",
    "utility": "utilities",
    "video": "video",
}
# Whoever rents a place there serves from it: the vendor is not the author.
RENTED = frozenset({"cdn", "hosting"})


@dataclass(frozen=True)
class Vendor:
    """A third party.

    Attributes:
        homepage: where to ask; empty where the table has none.
    """

    name: str
    category: str
    homepage: str

    @property
    def row(self) -> dict[str, str | None]:
        """For the report."""
        return {"name": self.name, "category": self.category, "homepage": self.homepage or None}


class Vendors:
    """The table, searched in its bytes."""

    def __init__(self, table: bytes | None = None) -> None:
        self._table = b"\n" + (TABLE.read_bytes() if table is None else table)

    def of(self, name: str) -> Vendor | None:
        """The vendor of a host: by its very name, else by the longest pattern `*.…` that takes it in."""
        found = self._row(name)
        above = name
        while found is None and "." in above:
            found = self._row("*." + above)
            above = above.partition(".")[2]
        return found

    def names(self) -> Iterator[tuple[str, str]]:
        """Each host name of the table, and its vendor's name."""
        for line in self._table.decode().splitlines()[1:]:
            pattern, name, _ = line.split("\t", 2)
            yield pattern.removeprefix("*."), name

    def _row(self, pattern: str) -> Vendor | None:
        start = self._table.find(b"\n" + pattern.encode() + b"\t")
        if start < 0:
            return None
        line = self._table[start + 1 : self._table.find(b"\n", start + 1)].decode()
        return Vendor(*line.split("\t")[1:4])
