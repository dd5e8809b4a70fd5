"""Hybrid Analysis (Falcon Sandbox Public API v2): its report on the URL itself; of a domain, who spoke to it.

Facts: www.hybrid-analysis.com/docs/api/v2, "POST /submit/hash-for-url", "GET /overview/{sha256}",
"POST /search/terms", and the headers `api-limits`. Nothing is submitted.

A search for a URL finds *other samples whose traffic holds that text*: a trojan that loads jQuery, a page
that loads the skimmer. So the verdict is that of the report on the URL itself, found by the hash that a
submission of it has, and what other samples did is told as context.

Details in the full report:
    reports: the report on the URL itself, a row `{"verdict", "threat_score", "family", "date", "name",
        "environment", "sha256"}`, or none; what it does not say is null.
    samples: rows of the same form, of samples whose traffic holds the URL or domain, the newest first, at
        most `MOST_SAMPLES`.
    scanners: always empty here; see `hybridanalysis_scan`.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from time import time
from typing import Any, ClassVar

from lookup.client import Answer, Client
from lookup.observable import domain_name, has_user_part, is_public, web_address
from lookup.verdict import Finding, Report, safe_link
from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from neuron.reading import count, mapping, number, rows, sha256, text, texts

SERVICE = "Hybrid Analysis"
SITE = "www.hybrid-analysis.com"
API_URL = "https://www.hybrid-analysis.com/api/v2"
MOST_SAMPLES = 50
DAY = 86_400
# Hybrid Analysis's verdicts → levels; what is not here says nothing.
LEVELS = {
    "malicious": "malicious",
    "suspicious": "suspicious",
    "no specific threat": "safe",
    "whitelisted": "safe",
}


class HybridAnalysisClient(Client):
    """Hybrid Analysis blocks unknown user agents, and tells its limits in headers that hold JSON."""

    service = SERVICE
    refusals: ClassVar = {
        401: "Hybrid Analysis does not accept the key: check the configuration item key",
        403: "Hybrid Analysis does not allow this: the key is wrong, its level is too low, or the site's own "
        "protection refused the request",
    }

    def __init__(self, configuration: Configuration, deadline: Deadline) -> None:
        headers = {"api-key": configuration.key(), "User-Agent": "Falcon Sandbox"}
        super().__init__(configuration.url("api_url", API_URL), headers, deadline, configuration.secrets)

    def over_quota(self, answer: Answer) -> bool:
        """429, or a refusal of another status whose validation error names the requests per minute."""
        return answer.status == 429 or (
            not answer.good
            and any("exceeded maximum api requests" in e.lower() for e in _errors(answer.body))
        )

    def pause_for(self, answer: Answer) -> float | None:
        """As for every service, but an hour's quota that is used up is not waited for."""
        return None if self.over_quota(answer) and _hour_is_over(answer) else super().pause_for(answer)

    def reason(self, body: dict[str, Any]) -> str | None:
        """The message, and what is wrong with which field."""
        return text(": ".join([*texts([body.get("message")]), *_errors(body)]))


class HybridAnalysis:
    """Looks up what is there."""

    data_types: tuple[str, ...] = ("url", "domain")

    def __init__(self, configuration: Configuration, deadline: Deadline) -> None:
        self.client = HybridAnalysisClient(configuration, deadline)
        self.max_age_days = configuration.number("max_age_days", 30, least=0, most=36_500)

    def look_up(self, data_type: str, data: object) -> Report:
        """The report on a URL or domain; raises `Failure`."""
        if data_type == "domain":
            name = domain_name(data)
            samples = self._samples("domain", name)
            return _report(name, None, _Word("info", "no verdict on a domain", ""), samples, _spoke(samples))
        url = web_address(data)
        return self.report_on(url, self.own_report(url))

    def own_report(self, url: str) -> dict[str, Any] | None:
        """Hybrid Analysis's report on the URL itself, where there is one."""
        if not is_public(url):
            # Finding the hash may make the service fetch the URL.
            return None
        name = sha256(self.client.post_form("/submit/hash-for-url", {"url": url}).body.get("sha256"))
        if name is None:
            raise Failure("Hybrid Analysis's answer holds no hash of the URL: try again later.")
        answer = self.client.get(f"/overview/{name}", allow=(404,))
        if not answer.good:
            if answer.web_page:
                raise Failure("Hybrid Analysis knows no such address (HTTP 404): check api_url.")
            return None
        if "verdict" not in answer.body:
            raise Failure("Hybrid Analysis's answer is no report: try again later.")
        return {"sha256": name, **answer.body}

    def report_on(self, url: str, own: dict[str, Any] | None) -> Report:
        """The report on a URL, with its own report and what other samples did; raises `Failure`."""
        word = _judged(own, self.max_age_days) if own else _without(url)
        try:
            samples = self._samples("url", url)
        except Failure as failure:
            if word.level == "info":
                raise
            # Context: what is known already must not be lost with it.
            unknown = f"which samples spoke to it could not be asked: {str(failure).rstrip('.')}"
            return _report(url, own, word, [], unknown)
        return _report(url, own, word, samples, _spoke(samples))

    def _samples(self, term: str, value: str) -> list[dict[str, Any]]:
        """The samples whose traffic holds the URL or domain, the newest first."""
        answer = self.client.post_form("/search/terms", {term: value})
        if not isinstance(answer.body.get("result"), list):
            raise Failure("Hybrid Analysis's answer holds no list of results: try again later.")
        found = rows(answer.body["result"])
        return sorted(found, key=lambda row: text(row.get("analysis_start_time")) or "", reverse=True)


class _Word:
    """What a report comes to: the level, a few words for the taxonomy, a sentence without its stop."""

    def __init__(self, level: str, value: str, sentence: str) -> None:
        self.level, self.value, self.sentence = level, value, sentence


def _without(url: str) -> _Word:
    """The word where there is no report on the URL itself: nobody may have asked for it."""
    if is_public(url):
        return _Word("info", "no report", "Hybrid Analysis has no report on this URL")
    why = "it holds a user part" if has_user_part(url) else "its host is not one of the public internet"
    return _Word("info", "not asked", f"Hybrid Analysis was not asked for a report on this URL, since {why}")


def _judged(own: dict[str, Any], max_age_days: float) -> _Word:
    verdict = _verdict(own)
    level = LEVELS.get(verdict, "info")
    day = f" of {date[:10]}" if (date := _date(own)) else ""
    sentence = f"Hybrid Analysis's report{day} on this URL says “{verdict}”"
    if level == "safe" and (reason := _too_old(own, max_age_days)):
        return _Word("info", f"{verdict}, {reason}", f"{sentence}, which clears nothing: {reason}")
    return _Word(level, verdict, sentence)


def _verdict(row: dict[str, Any]) -> str:
    said = (text(row.get("verdict"), 60) or "no verdict").lower()
    return "whitelisted" if said == "no verdict" and row.get("whitelisted") is True else said


def _date(row: dict[str, Any]) -> str | None:
    """When the sandbox ran; where it never did, when the scanners did."""
    return text(row.get("analysis_start_time"), 40) or text(row.get("last_multi_scan"), 40)


def _too_old(own: dict[str, Any], max_age_days: float) -> str | None:
    try:
        at = datetime.fromisoformat((_date(own) or "").replace("Z", "+00:00"))
    except ValueError:
        return "nobody says how old it is"
    at = at if at.tzinfo else at.replace(tzinfo=timezone.utc)
    days = (time() - at.timestamp()) / DAY
    # A clock a little behind theirs makes the age negative.
    if not -1 <= days <= max_age_days:
        return f"it is {int(days)} days old"
    return None


def _spoke(samples: list[dict[str, Any]]) -> str:
    if not samples:
        return "no sample there has spoken to it"
    bad = sum(LEVELS.get(_verdict(row)) in ("malicious", "suspicious") for row in samples)
    many = "1 sample" if len(samples) == 1 else f"{len(samples)} samples"
    return f"{many} there spoke to it, {bad} of them flagged, which says nothing of the script"


def _report(
    data: str, own: dict[str, Any] | None, word: _Word, samples: list[dict[str, Any]], context: str
) -> Report:
    sentence = f"{word.sentence}; {context}" if word.sentence else context
    return Report(
        SERVICE,
        (Finding(word.level, word.value),),
        f"{sentence[0].upper()}{sentence[1:]}.",
        data,
        _links(own, samples),
        details={
            "reports": [_row(own)] if own else [],
            "samples": [_row(row) for row in samples[:MOST_SAMPLES]],
            "scanners": [],
        },
    )


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "verdict": text(row.get("verdict")),
        "threat_score": count(row.get("threat_score")),
        "family": text(row.get("vx_family")),
        "date": _date(row),
        "name": text(row.get("submit_name")) or text(row.get("last_file_name")),
        "environment": text(row.get("environment_description")),
        "sha256": sha256(row.get("sha256")),
    }


def _links(own: dict[str, Any] | None, samples: list[dict[str, Any]]) -> tuple[dict[str, str], ...]:
    """The page of the URL's own report, and of the newest sample."""
    pages = [("report", own)] if own else []
    pages += [("sample", row) for row in samples[:1]]
    return tuple(
        safe_link(f"Hybrid Analysis: {title} {name[:8]}…", f"https://{SITE}/sample/{name}", SITE)
        for title, row in pages
        if (name := sha256(row.get("sha256")))
    )


def _errors(body: dict[str, Any]) -> list[str]:
    return [error for row in rows(body.get("validation_errors")) for error in texts(row.get("errors"))]


def _hour_is_over(answer: Answer) -> bool:
    """Whether the header `api-limits` says that the hour's requests are used up."""
    try:
        limits = mapping(json.loads(answer.headers.get("api-limits", "{}")))
    except ValueError:
        return False
    allowed = number(mapping(limits.get("limits")).get("hour"))
    used = number(mapping(limits.get("used")).get("hour"))
    return allowed is not None and used is not None and used >= allowed
