"""OSV records → issues (pure): withdrawn ones left out, those of one vulnerability joined.

Fact: ossf.github.io/osv-schema, "Open Source Vulnerability format".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from cvss import CVSS2, CVSS3, CVSS4
from cvss.exceptions import CVSSError

from flaws.version_order import first_fix, order
from flaws.vulnerability import SEVERITIES, Issue
from neuron.reading import mapping, rows, text, texts

SITE = "osv.dev"
MALWARE = "MAL-"
# GitHub's words, which most npm records carry.
WORDS = {"low": "low", "moderate": "medium", "medium": "medium", "high": "high", "critical": "critical"}
METHODS = {"CVSS_V2": CVSS2, "CVSS_V3": CVSS3, "CVSS_V4": CVSS4}
# CVSS's own scale ("Qualitative severity rating scale"): the score from which each word holds.
SCALE = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low"), (0.0, "info"))
# Which name of a vulnerability is shown first.
PREFERRED = (MALWARE, "GHSA-", "CVE-")


def issues_of(records: list[dict[str, Any]], name: str, version: str | None) -> tuple[Issue, ...]:
    """The issues that concern a version of a package (any version where it is None)."""
    standing = [record for record in records if _id(record) and not record.get("withdrawn")]
    concerned = [record for record in standing if version is None or concerns(record, name, version)]
    return tuple(_issue(group, name, version) for group in _joined(concerned))


def concerns(record: dict[str, Any], name: str, version: str) -> bool:
    """Whether a record is about this version; true where it does not say otherwise.

    OSV has looked already. This guards the verdict against a record that names other versions only.
    """
    said = [_entry_concerns(entry, version) for entry in _entries(record, name)]
    known = [answer for answer in said if answer is not None]
    return any(known) if known else True


def is_whole_package(record: dict[str, Any], name: str) -> bool:
    """Whether it says that the package is malware in every version."""
    return (
        (_id(record) or "").startswith(MALWARE)
        and not record.get("withdrawn")
        and any(
            {"introduced": "0"} in events and not any("fixed" in e or "last_affected" in e for e in events)
            for entry in _entries(record, name)
            for events in (rows(r.get("events")) for r in rows(entry.get("ranges")))
        )
    )


def _entry_concerns(entry: dict[str, Any], version: str) -> bool | None:
    """What one `affected` entry says of the version; None where it says nothing that can be read."""
    versions = texts(entry.get("versions"))
    if version in versions:
        return True
    served = order(version)
    spans = [
        rows(r.get("events")) for r in rows(entry.get("ranges")) if r.get("type") in ("SEMVER", "ECOSYSTEM")
    ]
    if spans and served is not None:
        return any(_within(events, version) for events in spans)
    return False if versions else None


def _within(events: list[dict[str, Any]], version: str) -> bool:
    served = order(version)
    steps = []
    for event in events:
        for kind in ("introduced", "fixed", "last_affected"):
            at = order(text(event.get(kind)) or "")
            if at is not None:
                steps.append((at, kind))
    inside = False
    for at, kind in sorted(steps):
        if served is not None and (served > at if kind == "last_affected" else served >= at):
            inside = kind == "introduced"
    return inside


def _entries(record: dict[str, Any], name: str) -> list[dict[str, Any]]:
    entries = rows(record.get("affected"))
    return [entry for entry in entries if mapping(entry.get("package")).get("name") == name]


def _joined(records: list[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    """The records in groups that share an id or alias: GHSA-… and CVE-… of one vulnerability."""
    groups: list[tuple[set[str], list[dict[str, Any]]]] = []
    for record in records:
        names, members = _names(record), [record]
        for other in [group for group in groups if group[0] & names]:
            groups.remove(other)
            names, members = names | other[0], other[1] + members
        groups.append((names, members))
    return (members for _, members in groups)


def _issue(group: list[dict[str, Any]], name: str, version: str | None) -> Issue:
    names = sorted(set().union(*(_names(record) for record in group)))
    own = [identifier for record in group if (identifier := _id(record))]
    shown = min(own, key=lambda i: next((n for n, prefix in enumerate(PREFERRED) if i.startswith(prefix)), 9))
    first = next(record for record in group if _id(record) == shown)
    malware = any(identifier.startswith(MALWARE) for identifier in own)
    score = max((s for record in group for s in _scores(record)), default=None)
    return Issue(
        id=shown,
        title=text(first.get("summary")) or text(first.get("details")) or shown,
        severity="critical" if malware else _severity(group, score),
        cvss=score,
        cves=tuple(n for n in names if n.startswith("CVE-")),
        fixed_in=first_fix(version, (fix for record in group for fix in _fixes(record, name))),
        url=f"https://{SITE}/vulnerability/{quote(shown, safe='')}",
        malware=malware,
    )


def _id(record: dict[str, Any]) -> str | None:
    return text(record.get("id"), 100)


def _names(record: dict[str, Any]) -> set[str]:
    return {_id(record) or "", *texts(record.get("aliases"), 100)}


def _severity(group: list[dict[str, Any]], score: float | None) -> str | None:
    """The worst word that a database gives, else the word for the score."""
    said = [text(mapping(record.get("database_specific")).get("severity")) for record in group]
    words = [WORDS[word.lower()] for word in said if word and word.lower() in WORDS]
    rated = next((word for least, word in SCALE if score is not None and score >= least), None)
    return max(words, key=SEVERITIES.index, default=rated)


def _scores(record: dict[str, Any]) -> list[float]:
    ratings = rows(record.get("severity"))
    for entry in rows(record.get("affected")):
        ratings += rows(entry.get("severity"))
    scores = []
    for rating in ratings:
        method, vector = METHODS.get(str(rating.get("type"))), text(rating.get("score"))
        if method and vector:
            try:
                scores.append(float(method(vector).scores()[0]))
            except CVSSError:
                continue
    return scores


def _fixes(record: dict[str, Any], name: str) -> list[str]:
    return [
        fix
        for entry in _entries(record, name)
        for span in rows(entry.get("ranges"))
        if span.get("type") != "GIT"
        for event in rows(span.get("events"))
        if (fix := text(event.get("fixed")))
    ]
