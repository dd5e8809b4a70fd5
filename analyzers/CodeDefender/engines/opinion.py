"""What VirusTotal's engines say of one subject, and when that is a flag (pure).

Facts: docs.virustotal.com, "URL object", "Files", "Domains": `last_analysis_stats`,
`last_analysis_results`, `last_analysis_date`. Every attribute may be absent. Of a URL or a domain
`undetected` is "no opinion"; of a file it is an engine that read it and found nothing. No opinion
clears anything by itself: see `clearance`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lookup.verdict import Finding
from neuron.reading import count, iso, mapping, moment, text, texts

DAY = 86_400
FLAGS = ("malicious", "suspicious")
LONGEST_LABEL = 80
CONTENT = "content"


@dataclass(frozen=True)
class Policy:
    """What the administrator set.

    threshold: engines that make a verdict `malicious`. max_age_days: of a report that clears.
    known_days: for how long VirusTotal must have known what it clears.
    """

    threshold: float
    max_age_days: float
    known_days: float


@dataclass(frozen=True)
class Opinion:
    """The engines' opinion on one subject.

    subject: `URL`, `content` or `domain`. malicious, suspicious, clean, silent: numbers of engines, the
    silent ones without an opinion. counted: whether there are statistics at all. analysed: UTC seconds, or
    None where VirusTotal does not say. age: seconds since then. label: VirusTotal's name of the threat.
    flagged_by: rows `{"subject", "engine", "category", "result"}`.
    """

    subject: str
    malicious: int
    suspicious: int
    clean: int
    silent: int
    counted: bool
    analysed: float | None
    age: float | None
    label: str | None
    flagged_by: tuple[dict[str, str | None], ...]

    @property
    def engines(self) -> int:
        """How many gave an opinion."""
        return self.malicious + self.suspicious + self.clean

    def fresh(self, policy: Policy) -> bool:
        """Whether it is known to be no older than allowed."""
        # A clock a little behind VirusTotal's makes the age negative.
        return self.age is not None and -DAY <= self.age <= policy.max_age_days * DAY

    def level(self, policy: Policy) -> str:
        """`malicious`, `suspicious`, or `info` without a flag; a flag counts however old it is."""
        if self.malicious >= policy.threshold:
            return "malicious"
        if self.malicious or self.suspicious:
            return "suspicious"
        return "info"

    def finding(self, level: str) -> Finding:
        """`content 5/63 trojan.js`, for a taxonomy."""
        label = f" {self.label}" if self.label else ""
        return Finding(level, f"{self.subject} {self.malicious + self.suspicious}/{self.engines}{label}")

    def row(self, level: str) -> dict[str, Any]:
        """For the report's table of opinions."""
        return {
            "subject": self.subject,
            "level": level,
            "malicious": self.malicious,
            "suspicious": self.suspicious,
            "engines": self.engines,
            "silent": self.silent,
            "analysed": iso(self.analysed),
            "age_days": None if self.age is None else max(0, int(self.age // DAY)),
            "label": self.label,
        }

    @property
    def words(self) -> str:
        """`5 of 63 engines flag the content as malicious, 1 as suspicious (trojan.js), analysed today`."""
        if self.malicious or self.suspicious:
            counts = [
                f"{n} as {kind}" for n, kind in ((self.malicious, FLAGS[0]), (self.suspicious, FLAGS[1])) if n
            ]
            label = f" ({self.label})" if self.label else ""
            number, _, kind = counts[0].partition(" ")
            first = f"{number} of {self.engines} engines flag the {self.subject} {kind}"
            return f"{', '.join([first, *counts[1:]])}{label}, {self._when}"
        if not self.counted:
            return f"the report on the {self.subject} holds no engine's opinion"
        silent = f" ({self.silent} more have no opinion)" if self.silent else ""
        return f"none of {self.engines} engines flags the {self.subject}{silent}, {self._when}"

    @property
    def _when(self) -> str:
        if self.age is None:
            return "analysed at an unknown time"
        days = int(self.age // DAY)
        return f"analysed {'today' if days <= 0 else '1 day ago' if days == 1 else f'{days} days ago'}"


def read_opinion(subject: str, attributes: dict[str, Any], now: float) -> Opinion:
    """The opinion in the attributes of a URL, file or domain; `now` in UTC seconds."""
    statistics = mapping(attributes.get("last_analysis_stats"))
    numbers = {kind: count(statistics.get(kind)) for kind in (*FLAGS, "harmless", "undetected")}
    flagged = _flagged_by(subject, mapping(attributes.get("last_analysis_results")))
    # Where the statistics lack a number, the engines' own rows are counted.
    malicious, suspicious = (
        sum(row["category"] == kind for row in flagged) if numbers[kind] is None else numbers[kind] or 0
        for kind in FLAGS
    )
    undetected = numbers["undetected"] or 0
    reads = subject == CONTENT
    clean = (numbers["harmless"] or 0) + (undetected if reads else 0)
    analysed = moment(attributes.get("last_analysis_date"))
    return Opinion(
        subject=subject,
        malicious=malicious,
        suspicious=suspicious,
        clean=clean,
        silent=0 if reads else undetected,
        counted=clean > 0 and all(numbers[kind] is not None for kind in FLAGS),
        analysed=analysed,
        age=None if analysed is None else now - analysed,
        label=_label(attributes),
        flagged_by=flagged,
    )


def _flagged_by(subject: str, results: dict[str, Any]) -> tuple[dict[str, str | None], ...]:
    found = [
        {
            "subject": subject,
            "engine": text(result.get("engine_name")) or text(engine),
            "category": result["category"],
            "result": text(result.get("result")),
        }
        for engine, result in results.items()
        if isinstance(result, dict) and result.get("category") in FLAGS
    ]
    return tuple(sorted(found, key=lambda row: (row["category"] or "", row["engine"] or "")))


def _label(attributes: dict[str, Any]) -> str | None:
    suggested = mapping(attributes.get("popular_threat_classification")).get("suggested_threat_label")
    names = ", ".join(texts(attributes.get("threat_names"))[:5])
    return text(suggested, LONGEST_LABEL) or text(names, LONGEST_LABEL)
