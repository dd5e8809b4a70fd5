"""When VirusTotal clears a script: what still speaks against it, in words (pure).

A script's owner can submit his own address, answer VirusTotal with an error, an empty page or a redirect,
and have a clean report within the minute; engines on a URL mostly repeat lists of bad hosts. So both the
address and the content that it served have to be known for long, looked at by many, and flagged by nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from engines.opinion import DAY, Opinion, Policy
from neuron.reading import count, moment, text

LEAST_ENGINES = 10


@dataclass(frozen=True)
class Seen:
    """What VirusTotal has of a URL or of a content: its attributes, and the opinion in them."""

    attributes: dict[str, Any]
    opinion: Opinion


def obstacles(url: str, address: Seen, content: Seen | None, policy: Policy, now: float) -> list[str]:
    """Why a URL that nobody flags is not cleared; empty where it is.

    Args:
        url: as it was asked for.
        address: VirusTotal's report on the URL.
        content: that on what it served; None where there is none.
        policy: the administrator's.
        now: UTC seconds.
    """
    found = [
        _engines(address.opinion, "have an opinion on the address"),
        _age(address.opinion, policy),
        _answer(address.attributes),
        _final_host(url, address.attributes),
        _known("the address", address.attributes, policy, now),
    ]
    if content is None:
        found.append("nobody there has read what it served")
    else:
        found += [
            _engines(content.opinion, "have read the content"),
            _known("the content", content.attributes, policy, now),
        ]
    return [reason for reason in found if reason is not None]


def _engines(opinion: Opinion, did: str) -> str | None:
    if opinion.counted and opinion.engines >= LEAST_ENGINES:
        return None
    number = opinion.engines or "no"
    return f"{'only ' if opinion.engines else ''}{number} engines {did} ({LEAST_ENGINES} are needed)"


def _age(opinion: Opinion, policy: Policy) -> str | None:
    if opinion.fresh(policy):
        return None
    if opinion.age is None or opinion.age < 0:
        return "the day of the report is not known"
    return f"the report is {int(opinion.age // DAY)} days old ({policy.max_age_days:g} are allowed)"


def _answer(attributes: dict[str, Any]) -> str | None:
    status = count(attributes.get("last_http_response_code"))
    if status is None:
        return "VirusTotal does not say how the address answered it"
    return None if 200 <= status < 300 else f"the address answered VirusTotal with HTTP {status}"


def _final_host(url: str, attributes: dict[str, Any]) -> str | None:
    final = text(attributes.get("last_final_url"), 4096)
    if final is None:
        return "VirusTotal does not say where the address led"
    here, there = _host(url), _host(final)
    return None if here and here == there else f"the address led VirusTotal to another host ({there or '?'})"


def _host(url: str) -> str | None:
    try:
        return (urlsplit(url).hostname or "").removesuffix(".").lower() or None
    except ValueError:
        return None


def _known(what: str, attributes: dict[str, Any], policy: Policy, now: float) -> str | None:
    first = moment(attributes.get("first_submission_date"))
    if first is None:
        return f"it is not said since when {what} is known"
    days = (now - first) / DAY
    if days >= policy.known_days:
        return None
    since = "today" if days < 1 else f"{int(days)} day{'s' if days >= 2 else ''} ago"
    return f"{what} was first submitted {since} ({policy.known_days:g} days are needed)"
