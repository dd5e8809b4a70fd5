"""VirusTotal (API v3): the report on a URL and on the content that it served, or on a domain.

Facts: docs.virustotal.com, "URL object", "URL identifiers", "Files", "Domains", "Errors".

A known URL costs two requests: its report, and the report on the content by the
`last_http_response_content_sha256` that the first one names. For a script the second is what counts:
engines read the script itself, while the URL's report mostly repeats lists of bad hosts. What clears a
script is in `engines.clearance`; a domain is never cleared.

Details in the full report:
    opinions: rows `{"subject", "level", "malicious", "suspicious", "engines", "analysed", "age_days",
        "label"}`, one for `URL` and `content`, or for `domain`: the counts are of engines, `analysed` is
        a UTC time or null, `label` VirusTotal's name of the threat or null.
    engines: rows `{"subject", "engine", "category", "result"}` of those that flagged it, at most
        `MOST_ENGINES` of each subject.
    facts: rows `{"name", "value"}`, both texts; see `virustotal_facts`.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from time import time
from typing import Any, ClassVar
from urllib.parse import quote

from engines.clearance import Seen, obstacles
from engines.facts import CONTENT_FACTS, DOMAIN_FACTS, LONGEST_URL, URL_FACTS, facts
from engines.opinion import CONTENT, Opinion, Policy, read_opinion
from lookup.client import Answer, Client
from lookup.observable import domain_name, web_address
from lookup.verdict import Finding, Report, safe_link, worst
from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from neuron.reading import mapping, sha256, text

SERVICE = "VirusTotal"
SITE = "www.virustotal.com"
API_URL = "https://www.virustotal.com/api/v3"
MOST_ENGINES = 100
_NOTHING_SERVED = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class Entry:
    """One object of VirusTotal's. id: may be empty."""

    id: str
    attributes: dict[str, Any]


class VirusTotalClient(Client):
    """VirusTotal says the same of a minute's and of a day's quota, so a minute's is waited for."""

    service = SERVICE
    refusals: ClassVar = {
        401: "VirusTotal does not accept the key: check the configuration item key",
        403: "VirusTotal does not allow this key to ask: the account or its plan has no right to this",
    }

    def reason(self, body: dict[str, Any]) -> str | None:
        """The message of VirusTotal's error object."""
        return text(mapping(body.get("error")).get("message"))

    def entry(self, path: str) -> Entry | None:
        """An object; None where VirusTotal has none of that name."""
        answer = self.get(path, allow=(404,))
        if answer.good:
            return entry_of(answer)
        if mapping(answer.body.get("error")).get("code") != "NotFoundError":
            raise Failure(
                "VirusTotal knows no such address (HTTP 404): check the configuration item api_url."
            )
        return None


def entry_of(answer: Answer) -> Entry:
    """The object in an answer."""
    data = answer.body.get("data")
    if not isinstance(data, dict):
        raise Failure("VirusTotal's answer holds no object: try again later.")
    return Entry(text(data.get("id")) or "", mapping(data.get("attributes")))


class VirusTotal:
    """Looks a URL or a domain up; nothing is submitted."""

    data_types: tuple[str, ...] = ("url", "domain")

    def __init__(self, configuration: Configuration, deadline: Deadline) -> None:
        self.policy = Policy(
            configuration.number("malicious_threshold", 2, least=1, most=1000),
            configuration.number("max_age_days", 30, least=0, most=36_500),
            configuration.number("known_days", 30, least=0, most=36_500),
        )
        self.client = VirusTotalClient(
            configuration.url("api_url", API_URL),
            {"x-apikey": configuration.key()},
            deadline,
            configuration.secrets,
        )

    def look_up(self, data_type: str, data: object) -> Report:
        """The report on an observable; raises `Failure`."""
        if data_type == "domain":
            return self._domain_report(domain_name(data))
        url = web_address(data)
        return self.url_report(url, self.url_entry(url))

    def url_entry(self, url: str) -> Entry | None:
        """VirusTotal's object for the URL."""
        # The identifier that a client can make itself: the URL in base64, without padding.
        return self.client.entry(f"/urls/{base64.urlsafe_b64encode(url.encode()).decode().rstrip('=')}")

    def url_report(self, url: str, entry: Entry | None) -> Report:
        """The report on a URL, with that on the content which its object names."""
        if entry is None:
            return _unknown(url, "URL")
        address = Seen(entry.attributes, read_opinion("URL", entry.attributes, time()))
        digest = _content_of(entry)
        content, seen = self._content(digest, address.opinion)
        judged = [(each.opinion, each.opinion.level(self.policy)) for each in (address, content) if each]
        missing: list[str] = []
        if worst(level for _, level in judged) == "info":
            missing = obstacles(url, address, content, self.policy, time())
            judged = [(opinion, "info" if missing else "safe") for opinion, _ in judged]
        return Report(
            SERVICE,
            tuple(opinion.finding(level) for opinion, level in judged),
            _sentence(f"{address.opinion.words}; {seen}{_not_cleared(missing)}"),
            url,
            _links(entry, digest if content else None),
            _artifacts(url, entry, digest),
            _details(judged, facts(URL_FACTS, entry.attributes) + _content_facts(content)),
        )

    def _content(self, digest: str | None, address: Opinion) -> tuple[Seen | None, str]:
        """What VirusTotal has of the content, and that in words."""
        if digest is None:
            return None, "VirusTotal has not seen what the URL serves"
        try:
            entry = self.client.entry(f"/files/{digest}")
        except Failure as failure:
            if address.level(self.policy) == "info":
                raise
            # Something is known already; to fail for want of more would hide it.
            return None, f"the content could not be looked up: {str(failure).rstrip('.')}"
        if entry is None:
            return None, "the content that it served is not known to VirusTotal"
        opinion = read_opinion(CONTENT, entry.attributes, time())
        return Seen(entry.attributes, opinion), opinion.words

    def _domain_report(self, domain: str) -> Report:
        entry = self.client.entry(f"/domains/{quote(domain, safe='')}")
        if entry is None:
            return _unknown(domain, "domain")
        opinion = read_opinion("domain", entry.attributes, time())
        level = opinion.level(self.policy)
        return Report(
            SERVICE,
            (opinion.finding(level),),
            _sentence(opinion.words),
            domain,
            (safe_link("VirusTotal: domain", f"https://{SITE}/gui/domain/{quote(domain, safe='')}", SITE),),
            details=_details([(opinion, level)], facts(DOMAIN_FACTS, entry.attributes)),
        )


def _unknown(data: str, subject: str) -> Report:
    summary = f"VirusTotal has no report on this {subject}."
    return Report(SERVICE, (Finding("info", "no report"),), summary, data, details=_details([], []))


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _content_of(entry: Entry) -> str | None:
    """The SHA-256 of what the URL served, None where that is unknown or nothing."""
    found = sha256(entry.attributes.get("last_http_response_content_sha256"))
    return None if found == _NOTHING_SERVED else found


def _not_cleared(missing: list[str]) -> str:
    return f"; that clears nothing: {'; '.join(missing)}" if missing else ""


def _content_facts(content: Seen | None) -> list[dict[str, str]]:
    return facts(CONTENT_FACTS, content.attributes) if content else []


def _details(judged: list[tuple[Opinion, str]], rows: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "opinions": [opinion.row(level) for opinion, level in judged],
        "engines": [row for opinion, _ in judged for row in opinion.flagged_by[:MOST_ENGINES]],
        "facts": rows,
    }


def _links(entry: Entry, digest: str | None) -> tuple[dict[str, str], ...]:
    pages = [("VirusTotal: URL", "url", entry.id), ("VirusTotal: content", "file", digest or "")]
    return tuple(
        safe_link(title, f"https://{SITE}/gui/{kind}/{name}", SITE)
        for title, kind, name in pages
        if sha256(name)
    )


def _artifacts(url: str, entry: Entry, digest: str | None) -> tuple[dict[str, str], ...]:
    found = []
    target = _redirect(url, entry)
    if target:
        found.append({"dataType": "url", "data": target, "message": "VirusTotal: the URL led here"})
    if digest:
        found.append(
            {"dataType": "hash", "data": digest, "message": "VirusTotal: SHA-256 of the served content"}
        )
    return tuple(found)


def _redirect(url: str, entry: Entry) -> str | None:
    """Where the URL led, if that is another URL."""
    target = text(entry.attributes.get("last_final_url"), LONGEST_URL + 1)
    if not target or len(target) > LONGEST_URL or target in (url, entry.attributes.get("url")):
        return None
    try:
        return web_address(target)
    except Failure:
        return None
