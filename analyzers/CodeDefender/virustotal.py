"""VirusTotal (API v3): the report on a URL and on the content that it served, or on a domain.

Facts: docs.virustotal.com, "URL object", "URL identifiers", "Files", "Domains", "Errors".

A known URL costs two requests: its report, and the report of the content by the
`last_http_response_content_sha256` that the first one names. For a script the second is what counts:
engines read the script itself, while the URL's report mostly repeats lists of bad hosts.

Details in the full report:
    opinions: rows `{"subject", "level", "malicious", "suspicious", "engines", "analysed", "age_days",
        "label"}`, one for `URL`, `content` or `domain`; counts are of engines, `analysed` is a UTC
        time or null, `label` VirusTotal's name of the threat or null.
    engines: rows `{"subject", "engine", "category", "result"}` of those that flagged it, at most
        `MOST_ENGINES`.
    facts: rows `{"name", "value"}`, both texts.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, replace
from time import time
from typing import Any
from urllib.parse import quote

from client import Answer, Client
from configuration import Configuration
from deadline import Deadline
from failure import Failure
from observable import domain_name, web_address
from reading import count, iso, mapping, moment, rows, text, texts
from verdict import Finding, Report, safe_link

SERVICE = "VirusTotal"
SITE = "www.virustotal.com"
API_URL = "https://www.virustotal.com/api/v3"
MOST_ENGINES = 100
LONGEST_URL = 4096  # what TheHive takes as an observable
DAY = 86_400
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NOTHING_SERVED = hashlib.sha256(b"").hexdigest()


class VirusTotalClient(Client):
    """VirusTotal says the same for a minute's and for a day's quota, so the minute's is waited for."""

    service = SERVICE
    refusals = {  # noqa: RUF012  replaced, never changed
        401: "VirusTotal does not accept the key: check the configuration item key",
        403: "The VirusTotal key may not ask for this: a premium key is needed",
    }

    def reason(self, body: dict[str, Any]) -> str | None:
        """The message of VirusTotal's error object."""
        return text(mapping(body.get("error")).get("message"))

    def attributes(self, path: str) -> tuple[str, dict[str, Any]] | None:
        """The id and attributes of an object; None where VirusTotal has none of that name."""
        answer = self.get(path, allow=(404,))
        if not answer.good:
            if mapping(answer.body.get("error")).get("code") != "NotFoundError":
                raise Failure(f"VirusTotal knows no such address (HTTP {answer.status}): check api_url.")
            return None
        return data_of(answer)


def data_of(answer: Answer) -> tuple[str, dict[str, Any]]:
    """The id (may be empty) and the attributes of an answer's object."""
    data = answer.body.get("data")
    if not isinstance(data, dict):
        raise Failure("VirusTotal's answer holds no object: try again later.")
    return text(data.get("id")) or "", mapping(data.get("attributes"))


@dataclass(frozen=True)
class Opinion:
    """What the engines say of one subject.

    subject: `URL`, `content` or `domain`. clean: engines that found nothing. counted: whether there
    are statistics at all, without which nothing is cleared. age: seconds since the analysis, None
    where VirusTotal does not say. level: one of `verdict.LEVELS`.
    """

    subject: str
    malicious: int
    suspicious: int
    clean: int
    counted: bool
    age: float | None
    analysed: float | None
    label: str | None
    flagged_by: tuple[dict[str, str | None], ...]
    level: str = "info"

    @property
    def engines(self) -> int:
        """How many engines gave an opinion."""
        return self.malicious + self.suspicious + self.clean

    @property
    def words(self) -> str:
        """`5 of 63 engines flag the content as malicious, 1 as suspicious (trojan.js), analysed today`."""
        when = "at an unknown time" if self.age is None else _ago(self.age)
        label = f" ({self.label})" if self.label else ""
        if self.malicious or self.suspicious:
            kinds = [f"{self.malicious} of {self.engines} engines flag the {self.subject} as malicious"]
            kinds += [f"{self.suspicious} as suspicious"] if self.suspicious else []
            return f"{', '.join(kinds)}{label}, analysed {when}"
        if not self.counted:
            return f"the {self.subject} has a report without an engine's opinion"
        return f"none of {self.engines} engines flags the {self.subject}, analysed {when}"

    @property
    def finding(self) -> Finding:
        """`content 5/63 trojan.js`."""
        label = f" {self.label}" if self.label else ""
        return Finding(self.level, f"{self.subject} {self.malicious + self.suspicious}/{self.engines}{label}")

    @property
    def row(self) -> dict[str, Any]:
        """For the report's table of opinions."""
        return {
            "subject": self.subject,
            "level": self.level,
            "malicious": self.malicious,
            "suspicious": self.suspicious,
            "engines": self.engines,
            "analysed": iso(self.analysed),
            "age_days": None if self.age is None else int(self.age // DAY),
            "label": self.label,
        }


@dataclass(frozen=True)
class Policy:
    """When an opinion is which level: the administrator's threshold (engines) and oldest age (days)."""

    threshold: float
    max_age_days: float

    def level(self, opinion: Opinion) -> str:
        """A flag counts however old it is; only a fresh report with statistics clears."""
        if opinion.malicious >= self.threshold:
            return "malicious"
        if opinion.malicious or opinion.suspicious:
            return "suspicious"
        return "safe" if opinion.counted and self.fresh(opinion) else "info"

    def fresh(self, opinion: Opinion) -> bool:
        """Whether it is known to be no older than allowed."""
        # A clock that is a little behind VirusTotal's gives a small negative age.
        return opinion.age is not None and -DAY <= opinion.age <= self.max_age_days * DAY


class VirusTotal:
    """Looks a URL or a domain up; nothing is submitted."""

    name = "CodeDefender_VirusTotal"
    data_types: tuple[str, ...] = ("url", "domain")

    def __init__(self, configuration: Configuration, deadline: Deadline) -> None:
        self._policy = Policy(
            configuration.number("malicious_threshold", 2, least=1, most=1000),
            configuration.number("max_age_days", 30, least=0, most=36_500),
        )
        self._deadline = deadline
        self._client = VirusTotalClient(
            configuration.url("api_url", API_URL),
            {"x-apikey": configuration.key()},
            deadline,
            configuration.secrets,
        )

    def look_up(self, data_type: str, data: object) -> Report:
        """The report on the observable."""
        if data_type == "domain":
            return self._domain(domain_name(data))
        url = web_address(data)
        return self._report(url, self._url_object(url))

    def _domain(self, domain: str) -> Report:
        found = self._client.attributes(f"/domains/{quote(domain, safe='')}")
        if found is None:
            return _unknown(domain, "domain")
        opinion = self._judged("domain", found[1])
        facts = {
            "Reputation": _integer(found[1].get("reputation")),
            "Registrar": text(found[1].get("registrar")),
            "Created": iso(moment(found[1].get("creation_date"))),
            **_categories(found[1]),
        }
        link = safe_link("VirusTotal: domain", f"https://{SITE}/gui/domain/{quote(domain, safe='')}", SITE)
        return Report(
            SERVICE,
            (opinion.finding,),
            _sentence(opinion.words),
            domain,
            (link,),
            details=_details([opinion], facts),
        )

    def _url_object(self, url: str) -> tuple[str, dict[str, Any]] | None:
        # The identifier that clients may make: the URL in base64 without padding.
        return self._client.attributes(f"/urls/{base64.urlsafe_b64encode(url.encode()).decode().rstrip('=')}")

    def _report(self, url: str, found: tuple[str, dict[str, Any]] | None) -> Report:
        """The report on a URL object, with the content that it names."""
        if found is None:
            return _unknown(url, "URL")
        identifier, attributes = found
        opinion = self._judged("URL", attributes)
        sha256 = _content(attributes)
        content, seen = self._content(sha256, opinion)
        opinions = [opinion]
        if content is not None:
            # What an unclear or outdated report calls the content may not be what the URL serves today.
            outdated = opinion.level == "info" and content[0].level == "safe"
            opinions.append(replace(content[0], level="info") if outdated else content[0])
        cleared = opinion.level == "safe"
        return Report(
            SERVICE,
            tuple(o.finding for o in opinions if not (cleared and o.level == "info")),
            _sentence(f"{opinion.words}; {seen}", _served_an_error(attributes)),
            url,
            _links(identifier, sha256 if content else None),
            _artifacts(url, attributes, sha256),
            _details(opinions, _url_facts(attributes, sha256) | _content_facts(content)),
        )

    def _content(self, sha256: str | None, url: Opinion) -> tuple[tuple[Opinion, dict[str, Any]] | None, str]:
        """The opinion on the served content with the file's attributes, and it in words."""
        if sha256 is None:
            return None, "what the URL serves has not been seen by VirusTotal"
        try:
            found = self._client.attributes(f"/files/{sha256}")
        except Failure as failure:
            if url.level != "malicious":
                raise
            # The verdict stands already: losing it for want of more would hide it.
            return None, f"the content could not be looked up: {str(failure).rstrip('.')}"
        if found is None:
            return None, "the content that it served is not known to VirusTotal"
        opinion = self._judged("content", found[1])
        return (opinion, found[1]), opinion.words

    def _judged(self, subject: str, attributes: dict[str, Any]) -> Opinion:
        opinion = read_opinion(subject, attributes, time())
        return replace(opinion, level=self._policy.level(opinion))


def read_opinion(subject: str, attributes: dict[str, Any], now: float) -> Opinion:
    """What a URL's, file's or domain's attributes say; any of them may be absent. Level not judged yet."""
    statistics = mapping(attributes.get("last_analysis_stats"))
    results = mapping(attributes.get("last_analysis_results"))
    flagged = [
        {
            "subject": subject,
            "engine": text(result.get("engine_name")) or text(engine),
            "category": result["category"],
            "result": text(result.get("result")),
        }
        for engine, result in results.items()
        if isinstance(result, dict) and result.get("category") in ("malicious", "suspicious")
    ]
    counts = {kind: count(statistics.get(kind)) for kind in ("malicious", "suspicious", "harmless", "undetected")}
    clean = (counts["harmless"] or 0) + (counts["undetected"] or 0)
    analysed = moment(attributes.get("last_analysis_date"))

    def flags(kind: str) -> int:
        number = counts[kind]
        return sum(row["category"] == kind for row in flagged) if number is None else number

    return Opinion(
        subject=subject,
        malicious=flags("malicious"),
        suspicious=flags("suspicious"),
        clean=clean,
        # Not even the numbers of flags, or nobody looked: that is no statistics.
        counted=None not in (counts["malicious"], counts["suspicious"]) and clean > 0,
        age=None if analysed is None else now - analysed,
        analysed=analysed,
        label=_label(attributes),
        flagged_by=tuple(sorted(flagged, key=lambda row: (row["category"] or "", row["engine"] or ""))),
    )


def _label(attributes: dict[str, Any]) -> str | None:
    suggested = text(mapping(attributes.get("popular_threat_classification")).get("suggested_threat_label"), 80)
    return suggested or text(", ".join(texts(attributes.get("threat_names"))[:5]), 80)


def _content(attributes: dict[str, Any]) -> str | None:
    sha256 = attributes.get("last_http_response_content_sha256")
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256.lower()):
        return None
    return None if sha256.lower() == _NOTHING_SERVED else sha256.lower()


def _served_an_error(attributes: dict[str, Any]) -> str:
    status = count(attributes.get("last_http_response_code"))
    return f"; the server answered VirusTotal with HTTP {status}" if status and status >= 400 else ""


def _unknown(data: str, subject: str) -> Report:
    return Report(
        SERVICE,
        (Finding("info", "no report"),),
        f"VirusTotal has no report on this {subject}.",
        data,
        details=_details([], {}),
    )


def _sentence(words: str, more: str = "") -> str:
    return f"{words[0].upper()}{words[1:]}{more}."


def _ago(age: float) -> str:
    days = int(age // DAY)
    return "today" if days <= 0 else "a day ago" if days == 1 else f"{days} days ago"


def _details(opinions: list[Opinion], facts: dict[str, str | None]) -> dict[str, Any]:
    return {
        "opinions": [opinion.row for opinion in opinions],
        "engines": [row for opinion in opinions for row in opinion.flagged_by][:MOST_ENGINES],
        "facts": [{"name": name, "value": value} for name, value in facts.items() if value is not None],
    }


def _links(identifier: str, sha256: str | None) -> tuple[dict[str, str], ...]:
    links = []
    if _SHA256.fullmatch(identifier):
        links.append(safe_link("VirusTotal: URL", f"https://{SITE}/gui/url/{identifier}", SITE))
    if sha256:
        links.append(safe_link("VirusTotal: content", f"https://{SITE}/gui/file/{sha256}", SITE))
    return tuple(links)


def _artifacts(url: str, attributes: dict[str, Any], sha256: str | None) -> tuple[dict[str, str], ...]:
    found = []
    target = _redirect(attributes)
    if target and target not in (url, attributes.get("url")):
        found.append({"dataType": "url", "data": target, "message": "VirusTotal: the URL led to this one"})
    if sha256:
        found.append({"dataType": "hash", "data": sha256, "message": "VirusTotal: SHA-256 of the served content"})
    return tuple(found)


def _redirect(attributes: dict[str, Any]) -> str | None:
    target = text(attributes.get("last_final_url"), LONGEST_URL + 1)
    try:
        return web_address(target) if target and len(target) <= LONGEST_URL else None
    except Failure:
        return None


def _integer(value: object) -> str | None:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**12 else None


def _categories(attributes: dict[str, Any]) -> dict[str, str | None]:
    values = texts(list(mapping(attributes.get("categories")).values()))
    return {"Categories": text(", ".join(dict.fromkeys(values)))}


def _url_facts(attributes: dict[str, Any], sha256: str | None) -> dict[str, str | None]:
    return {
        "First submitted": iso(moment(attributes.get("first_submission_date"))),
        "Last submitted": iso(moment(attributes.get("last_submission_date"))),
        "Times submitted": _integer(attributes.get("times_submitted")),
        "Reputation": _integer(attributes.get("reputation")),
        "Threat names": text(", ".join(texts(attributes.get("threat_names")))),
        "Tags": text(", ".join(texts(attributes.get("tags")))),
        **_categories(attributes),
        "Page title": text(attributes.get("title")),
        "HTTP status": _integer(attributes.get("last_http_response_code")),
        "Redirection": text(" → ".join(texts(attributes.get("redirection_chain"))), LONGEST_URL),
        "Led to": _redirect(attributes),
        "Content SHA-256": sha256,
    }


def _content_facts(content: tuple[Opinion, dict[str, Any]] | None) -> dict[str, str | None]:
    if content is None:
        return {}
    attributes = content[1]
    threats = rows(mapping(attributes.get("popular_threat_classification")).get("popular_threat_name"))
    return {
        "Content name": text(attributes.get("meaningful_name")),
        "Content type": text(attributes.get("type_description")) or text(attributes.get("type_tag")),
        "Content first seen": iso(moment(attributes.get("first_submission_date"))),
        "Content reputation": _integer(attributes.get("reputation")),
        "Content threat names": text(", ".join(texts([row.get("value") for row in threats]))),
    }
