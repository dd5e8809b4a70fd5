"""What became known of a script, as a report (pure). The tables are described in `content`."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from urllib.parse import quote

from content.examination import Examination
from content.history import Sighting, newest_first, since_when
from flaws.vulnerability import Lookup
from lookup.verdict import LEVELS, Finding, Report, safe_link
from neuron.failure import Failure
from sources.identity import Identity
from sources.script import Script

SERVICE = "Content"
NPM_SITE = "www.npmjs.com"
MOST_HOSTS = 50


@dataclass
class Known:
    """What became known of one observable, step by step.

    file: the script's own name, or "". unasked: the sentences of those who could not be asked and of whom the
    verdict depends; missed: of the others. outdated: why the bytes are not the newest, and clear nothing.
    """

    data: str
    file: str = ""
    url: str | None = None
    script: Script | None = None
    identity: Identity | None = None
    examined: list[Examination] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    lookups: list[Lookup] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    outdated: str | None = None


def report(known: Known) -> Report:
    """The report.

    Raises:
        Failure: somebody could not be asked who would have had a say, and nothing above `info` is known.
    """
    now = datetime.now(timezone.utc)
    findings = tuple(_findings(known, now))
    unasked = [*(known.identity.unasked if known.identity else ()), *known.unasked]
    if unasked and not any(finding.level in ("suspicious", "malicious") for finding in findings):
        raise Failure(unasked[0])
    return Report(
        SERVICE,
        findings,
        _summary(known, now),
        known.data,
        tuple(_links(known)),
        tuple(_artifacts(known)),
        {
            "content": known.script.row if known.script else None,
            "identity": known.identity.row if known.identity else None,
            "behaviour": worst.behaviour if (worst := _worst(known)) else None,
            "history": [sighting.row for sighting in newest_first(known.sightings)],
            "packages": [lookup.row for lookup in known.lookups],
        },
    )


def _findings(known: Known, now: datetime) -> Iterable[Finding]:
    """One of what it is, one of what it does; at least one."""
    identity, worst = known.identity, _worst(known)
    published = identity is not None and identity.comparison.match != "none"
    if identity is not None and published:
        word = "malware" if identity.malware else identity.comparison.match
        level = identity.level(now)
        level = "info" if level == "safe" and known.outdated else level
        yield Finding(level, f"{word} {identity.called}")
    if worst is not None and (worst.level != "info" or not published):
        yield Finding(worst.level, _label(worst))
    elif not published:
        yield Finding("info", "not known" if known.identity else "no content")


def _worst(known: Known) -> Examination | None:
    """Of the whole script and of what was added to it, what weighs more."""
    return max(known.examined, key=lambda examined: LEVELS.index(examined.level), default=None)


def _label(examined: Examination) -> str:
    return {"malicious": "skimmer", "suspicious": "signs of a skimmer"}.get(examined.level, "nothing seen")


def _summary(known: Known, now: datetime) -> str:
    """One sentence: what it does, where that is bad; what it is; since when; who could not be asked."""
    clauses: list[str] = []
    worst = _worst(known)
    if worst is not None:
        clauses += [_clause(sentence) for sentence in worst.sentences[:2]]
    what = known.identity.words(now) if known.identity else None
    if known.script is not None and known.identity is not None:
        clauses.append(what or "no published file is known to be like it")
    clauses += [*known.notes, *([known.outdated] if known.outdated else [])]
    history = since_when(known.sightings, known.script.sha256 if known.script else None)
    clauses += [history] if history else []
    unasked = known.identity.unasked if known.identity else ()
    clauses += [_clause(trouble) for trouble in (*unasked, *known.unasked, *known.missed)]
    sentence = "; ".join(dict.fromkeys(clauses)) or "nothing is known of it"
    return f"{sentence[0].upper()}{sentence[1:]}."


def _clause(sentence: str) -> str:
    """A sentence as a part of another."""
    bare = sentence.strip().rstrip(".")
    first = bare.split(" ", 1)[0]
    # Names keep their capitals.
    return bare[0].lower() + bare[1:] if first in ("The", "It", "A", "An", "No", "What", "Nothing") else bare


def _links(known: Known) -> Iterable[dict[str, str]]:
    identity = known.identity
    if identity is not None and identity.name and identity.version:
        page = f"{quote(identity.name, safe='@/')}/v/{quote(identity.version, safe='')}"
        yield safe_link(f"npm: {identity.called}", f"https://{NPM_SITE}/package/{page}", NPM_SITE)


def _artifacts(known: Known) -> Iterable[dict[str, str]]:
    """The hosts that were hidden in the code, and the hash of the bytes."""
    hosts = dict.fromkeys(host for examined in known.examined for host in examined.hidden_hosts)
    for host in list(hosts)[:MOST_HOSTS]:
        yield {"dataType": _kind(host), "data": host, "message": "Content: this host was hidden in the code"}
    if known.script is not None:
        yield {"dataType": "hash", "data": known.script.sha256, "message": "Content: SHA-256 of the script"}


def _kind(host: str) -> str:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "domain"
    return "ip"
