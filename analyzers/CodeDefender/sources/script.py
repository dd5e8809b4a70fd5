"""Where a script's bytes are had from: anybody who keeps them, never its own host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from hashlib import sha256
from typing import TypeVar

from neuron.failure import Failure
from sources.urlscan import NotTheBytes, Scan, Urlscan, of_script
from sources.virustotal_file import NotAllowed, VirusTotalFiles

MOST_SCANS = 20  # that a search is asked for
MOST_RESULTS = 6  # of them that are read, since each may have MBs
T = TypeVar("T")


@dataclass(frozen=True)
class Script:
    """A script's bytes. source: whose copy. seen_at: ISO 8601, or None."""

    body: bytes
    source: str
    seen_at: str | None = None

    @property
    def sha256(self) -> str:
        """Of the bytes."""
        return sha256(self.body).hexdigest()

    @property
    def row(self) -> dict[str, object]:
        """For the report."""
        return {
            "source": self.source,
            "seen_at": self.seen_at,
            "sha256": self.sha256,
            "size": len(self.body),
        }


class Search:
    """The search for one script's bytes.

    Attributes:
        notes: clauses on who had nothing.
        troubles: the sentences of those that could not be asked.
        lost: the newest scan that got the script, where urlscan.io has not its bytes, and their SHA-256.
    """

    def __init__(self, urlscan: Urlscan | None, virustotal: VirusTotalFiles | None) -> None:
        self._urlscan, self._virustotal = urlscan, virustotal
        self.notes: list[str] = []
        self.troubles: list[str] = []
        self.lost: tuple[Scan, str] | None = None

    def find(self, url: str) -> Script | None:
        """The newest bytes that a source has of exactly this URL."""
        found = None
        if self._urlscan is not None:
            found = self._tried(lambda: self._from_urlscan(self._urlscan, url))
        if found is None and self._virustotal is not None:
            found = self._tried(lambda: self._from_virustotal(self._virustotal, url))
        return found

    def _tried(self, ask: Callable[[], T]) -> T | None:
        try:
            return ask()
        except Failure as failure:
            self.troubles.append(str(failure))
            return None

    def _from_urlscan(self, urlscan: Urlscan | None, url: str) -> Script | None:
        if urlscan is None:
            return None
        scans = urlscan.scans(of_script(url), size=MOST_SCANS)
        for scan in scans[:MOST_RESULTS]:
            digest = urlscan.served(scan, url)
            if digest is None:
                continue
            self.lost = (scan, digest)
            try:
                body = urlscan.body(digest)
            except NotTheBytes:
                self.notes.append("urlscan.io's copy is not the bytes that were served")
                return None
            if body is None:
                self.notes.append("urlscan.io has not stored what it served")
                return None
            return Script(body, "urlscan.io", scan.time)
        these = f"of the newest {MOST_RESULTS} scans of such a file, which were looked at, none"
        which = these if len(scans) > MOST_RESULTS else "no scan"
        self.notes.append(f"{which} of urlscan.io's requested exactly this URL and got it")
        return None

    def _from_virustotal(self, virustotal: VirusTotalFiles | None, url: str) -> Script | None:
        served = virustotal.served(url) if virustotal else None
        if virustotal is None or served is None:
            self.notes.append("VirusTotal has not seen what the URL serves")
            return None
        try:
            body = virustotal.body(served.sha256, url)
        except NotAllowed as reason:
            self.notes.append(str(reason))
            return None
        if body is None:
            self.notes.append("VirusTotal has not stored what it served")
            return None
        at = datetime.fromtimestamp(served.at, tz=timezone.utc) if served.at else None
        return Script(body, "VirusTotal", at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None)
