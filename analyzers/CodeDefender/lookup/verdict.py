"""What a service answers with: findings, and the report that they make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

NAMESPACE = "CodeDefender"
# Cortex's own levels, the least first. `safe` stands above `info`, so a service that cannot
# clear the whole must not call a part of it safe.
LEVELS = ("info", "safe", "suspicious", "malicious")


def worst(levels: Iterable[str]) -> str:
    """The gravest level; `info` where there is none."""
    return max(levels, key=LEVELS.index, default="info")


def safe_link(title: str, url: str, site: str) -> dict[str, str]:
    """A link to the service's own site.

    Raises:
        ValueError: the URL is not https on `site` itself. Reports never link elsewhere.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.netloc != site:
        raise ValueError(f"a report links only to https://{site}")
    return {"title": title, "url": url}


@dataclass(frozen=True)
class Finding:
    """One thing that a service says; becomes one taxonomy (TheHive's coloured label).

    level: one of `LEVELS`. value: a few words.
    """

    level: str
    value: str


@dataclass(frozen=True)
class Report:
    """The answer of one service about one observable.

    service: its name, the taxonomies' predicate. findings: at least one; the worst is the verdict.
    summary: one sentence. data: what was looked up. links: `safe_link`s.
    artifacts: `{"dataType", "data", "message"}` of what the service itself named.
    details: the service's own tables, see its module; they stand beside `verdict` in the full report.
    """

    service: str
    findings: tuple[Finding, ...]
    summary: str
    data: str
    links: tuple[dict[str, str], ...] = ()
    artifacts: tuple[dict[str, str], ...] = ()
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """One of `LEVELS`."""
        return worst(finding.level for finding in self.findings)

    @property
    def taxonomies(self) -> list[dict[str, str]]:
        """One for each finding, as Cortex shows them."""
        return [
            {"level": f.level, "namespace": NAMESPACE, "predicate": self.service, "value": f.value}
            for f in self.findings
        ]

    @property
    def full(self) -> dict[str, Any]:
        """Cortex's full report."""
        return {
            **self.details,
            "verdict": self.verdict,
            "summary": self.summary,
            "data": self.data,
            "links": list(self.links),
        }
