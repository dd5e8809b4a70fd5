"""What a script is, as far as published files tell (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from packageurl import PackageURL

from content.history import day
from content.identity.comparison import NONE, Comparison
from flaws.vulnerability import Issue

OLD_DAYS = 30


@dataclass(frozen=True)
class Identity:
    """What a script is.

    name, version, file: of the release that it was put beside; None where there is none.
    published: when, where it is known. malware: OSV's records that the release is. notes: clauses.
    others: further published files that stand in it whole, as `name@version`. unasked: the sentences of those
    who could not be asked, and of whom more might be known. body: the published file.
    """

    comparison: Comparison = NONE
    name: str | None = None
    version: str | None = None
    file: str | None = None
    published: datetime | None = None
    malware: tuple[Issue, ...] = ()
    notes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    unasked: tuple[str, ...] = ()
    body: bytes = b""

    @property
    def called(self) -> str:
        """`jquery@3.4.1`."""
        return f"{self.name}@{self.version}"

    @property
    def row(self) -> dict[str, object]:
        """For the report."""
        compared = self.comparison
        return {
            "purl": purl(self.name, self.version) if self.name else None,
            "file": self.file,
            "match": compared.match,
            "published": self.published.date().isoformat() if self.published else None,
            "added": [part.row for part in compared.parts],
            "changes": compared.many,
            "formatting_only": compared.formatting,
        }

    def old(self, now: datetime) -> bool:
        """Whether the release is known to have been public for long enough to be looked at by others."""
        return self.published is not None and (now - self.published).days >= OLD_DAYS

    def level(self, now: datetime) -> str:
        """One of `verdict.LEVELS`."""
        same = self.comparison.match == "exact" or (
            self.comparison.match == "altered" and self.comparison.formatting
        )
        if same and self.malware:
            return "malicious"
        if self.comparison.match == "altered" and not self.comparison.formatting:
            return "suspicious"
        cleared = self.comparison.match == "exact" and self.old(now) and not self.unasked
        return "safe" if cleared else "info"

    def words(self, now: datetime) -> str | None:
        """A clause for the summary; None where there is nothing to say."""
        if self.comparison.match == "none":
            return "; ".join(self.notes) or None
        since = f", published on {day(self.published)}" if self.published else ""
        clause = f"it is {self._how} {self.file} of {self.called}{since}"
        if self.malware:
            return f"{clause}, which is known malware ({self.malware[0].id})"
        if self.comparison.match == "exact" and self.published is None:
            return f"{clause}; when that was published is not known, so it is not cleared"
        if self.comparison.match == "exact" and not self.old(now):
            return f"{clause}, less than {OLD_DAYS} days ago, which clears nothing yet"
        return clause

    @property
    def _how(self) -> str:
        if self.comparison.match == "exact":
            return "byte for byte"
        if self.others:
            also = f" and {', '.join(self.others)}"
            return (
                f"put together of published files{also}:"
                if self.comparison.formatting
                else f"{self._altered}{also}:"
            )
        return "but for comments and white space" if self.comparison.formatting else self._altered

    @property
    def _altered(self) -> str:
        """`altered: 49,737 bytes at 107,984 are not in`."""
        parts = self.comparison.parts
        if self.comparison.many == 1 and parts[0].length:
            return f"altered, with {parts[0].length:,} bytes at offset {parts[0].offset:,} that are not in"
        if self.comparison.many == 1:
            return f"altered, with something missing at offset {parts[0].offset:,}, beside"
        longest = max(parts, key=lambda part: part.length)
        return (
            f"altered in {self.comparison.many:,} places (the longest {longest.length:,} bytes at offset "
            f"{longest.offset:,}) beside"
        )


def purl(name: str, version: str | None) -> str:
    """`pkg:npm/%40babel/core@7.0.0`."""
    namespace, _, last = name.rpartition("/")
    return PackageURL("npm", namespace or None, last, version).to_string()
