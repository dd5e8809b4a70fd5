"""Is a host on a list of known skimmer hosts? Searched in a table's bytes, which need not be read for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from hosts.names import HostName

MOST_REFERENCES = 5


@dataclass(frozen=True)
class Listing:
    """One entry that fits.

    Attributes:
        list, as_of: the list's name, and the day that it is of (`2026-08-19`).
        entry: as it stands in the list.
        references: what the list cites for it, mostly addresses.
    """

    list: str
    entry: str
    as_of: str
    references: tuple[str, ...]

    @property
    def row(self) -> dict[str, str]:
        """For the report."""
        return {"list": self.list, "entry": self.entry, "as_of": self.as_of}


@dataclass(frozen=True)
class HostList:
    """A list: its name, the day that it is of, and its table (see `entries`)."""

    name: str
    as_of: str
    table: bytes

    def __len__(self) -> int:
        """How many hosts it has, those of path entries not counted."""
        return len(re.findall(rb"^[^\t/]*\.[^\t/]*\t|^[0-9a-f:]+\t", self.table, re.MULTILINE))

    def of(self, host: HostName, path: str | None = None) -> Listing | None:
        """The entry that names the host or a name above it, or else the script's own path on the host.

        Args:
            host: names above it count up to its owner's own: nobody is listed for his neighbour's sake.
            path: of the script, with its query; None where there is none to compare.
        """
        for name in host.names():
            if (found := self._row(name)) is not None:
                return found
        return next((e for written, e in self.paths(host) if path and _serves(written, path)), None)

    def paths(self, host: HostName) -> Iterator[tuple[str, Listing]]:
        """The entries for a path on this very host, which is a victim's where a shop was broken into."""
        prefix = b"\n" + host.name.encode() + b"/"
        start = self.table.find(prefix)
        while start >= 0:
            key = self._line(start).split("\t")[0]
            yield key.partition("/")[2], self._listing(start)
            start = self.table.find(prefix, start + 1)

    def _row(self, name: str) -> Listing | None:
        start = self.table.find(b"\n" + name.encode() + b"\t")
        return self._listing(start) if start >= 0 else None

    def _listing(self, start: int) -> Listing:
        key, numbers, written = self._line(start).split("\t")
        references = [self._reference(number) for number in numbers.split()[:MOST_REFERENCES]]
        return Listing(self.name, written or key, self.as_of, tuple(filter(None, references)))

    def _reference(self, number: str) -> str:
        start = self.table.find(f"\nR{number}\t".encode())
        return self._line(start).partition("\t")[2] if start >= 0 else ""

    def _line(self, start: int) -> str:
        """The line that begins after the line end at `start`."""
        return self.table[start + 1 : self.table.find(b"\n", start + 1)].decode("utf-8", "replace")


def _serves(entry: str, path: str) -> bool:
    """Whether a script's path is the entry's, or lies in the folder that the entry is."""
    wanted, _, wanted_query = unquote(entry).lower().partition("?")
    asked, _, query = unquote(path).lower().removeprefix("/").partition("?")
    same = asked == wanted or (wanted.endswith("/") and asked.startswith(wanted))
    return same and query.startswith(wanted_query)
