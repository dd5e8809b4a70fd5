"""The contract's verdict table, row by row, through the job directory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzer_desk import (
    JQUERY,
    JQUERY_XSS,
    SHA,
    URL,
    Desk,
    Setup,
    days_ago,
    domain,
    incidents,
    issues,
    nothing,
    overview,
    records,
    registered,
    report_of,
    samples,
    scanned,
    scanners,
    url,
    without_statistics,
)
from simulators import osv as osv_api
from simulators import snyk as snyk_api


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


# A `safe` of VirusTotal with each of its conditions broken alone.
NOT_CLEARED: list[Setup] = [
    url(content=None),
    url(content={}, age_days=31),
    url(content={}, harmless=9),
    url(content={}, last_http_response_code=404),
    url(content={}, last_http_response_code=503),
    url(content={}, last_http_response_code=302),
    url(content={}, last_http_response_code=None),
    url(content={}, last_final_url="https://elsewhere.example/a.js"),
    url(content={}, last_final_url=None),
    url(content={}, first_submission_date=days_ago(29)),
    url(content={}, first_submission_date=None),
    url(content={}, last_http_response_content_sha256=None),
    url(content={"first_submission_date": days_ago(29)}),
    url(content={"first_submission_date": None}),
    url(content={"harmless": 4, "undetected": 5}),
    url(content={"last_analysis_stats": None}),
]

TABLE: list[tuple[str, Setup, str, str, str]] = [
    ("VirusTotal", url(malicious=2), "url", URL, "malicious"),
    ("VirusTotal", url(content={"malicious": 2}), "url", URL, "malicious"),
    ("VirusTotal", url(content={"malicious": 2, "age_days": 900}, age_days=900), "url", URL, "malicious"),
    ("VirusTotal", url(malicious=1), "url", URL, "suspicious"),
    ("VirusTotal", url(suspicious=1), "url", URL, "suspicious"),
    ("VirusTotal", url(content={"malicious": 1}), "url", URL, "suspicious"),
    ("VirusTotal", url(content={}), "url", URL, "safe"),
    *((("VirusTotal", setup, "url", URL, "info")) for setup in NOT_CLEARED),
    ("VirusTotal", nothing, "url", URL, "info"),
    ("VirusTotal", without_statistics, "url", URL, "info"),
    ("VirusTotal", domain(malicious=3), "domain", "example.com", "malicious"),
    ("VirusTotal", domain(), "domain", "example.com", "info"),
    ("VirusTotal", domain(age_days=60), "domain", "example.com", "info"),
    ("VirusTotal_Scan", scanned(malicious=5, age_days=0), "url", URL, "malicious"),
    ("VirusTotal_Scan", scanned(age_days=0), "url", URL, "info"),
    ("Snyk", issues(snyk_api.issue("S-1", title="Malicious Package")), "url", JQUERY, "malicious"),
    ("Snyk", issues(snyk_api.issue("S-1", "high")), "url", JQUERY, "suspicious"),
    ("Snyk", issues(snyk_api.issue("S-1", "medium")), "url", JQUERY, "suspicious"),
    ("Snyk", issues(snyk_api.issue("S-1", "low")), "url", JQUERY, "info"),
    ("Snyk", nothing, "url", JQUERY, "info"),
    ("Snyk", nothing, "url", URL, "info"),
    ("OSV", records(osv_api.record("MAL-1", "jquery", ("0", None))), "url", JQUERY, "malicious"),
    ("OSV", records(JQUERY_XSS), "url", JQUERY, "suspicious"),
    ("OSV", records(osv_api.record("G", "jquery", ("0", None), severity="LOW")), "url", JQUERY, "info"),
    ("OSV", records(osv_api.record("G", "jquery", ("0", "1.0.0"), severity="HIGH")), "url", JQUERY, "info"),
    ("OSV", nothing, "url", JQUERY, "info"),
    ("OSV", nothing, "url", URL, "info"),
    ("HUMAN", incidents(URL), "url", URL, "info"),
    ("HUMAN", incidents(URL, "https://cdn.example.com/other.js"), "domain", "cdn.example.com", "info"),
    ("HUMAN", nothing, "url", URL, "info"),
    ("HybridAnalysis", overview("malicious"), "url", URL, "malicious"),
    ("HybridAnalysis", overview("malicious", age_days=900), "url", URL, "malicious"),
    ("HybridAnalysis", overview("suspicious"), "url", URL, "suspicious"),
    ("HybridAnalysis", overview("no specific threat"), "url", URL, "safe"),
    ("HybridAnalysis", overview("whitelisted"), "url", URL, "safe"),
    ("HybridAnalysis", overview("no verdict", whitelisted=True), "url", URL, "safe"),
    ("HybridAnalysis", overview("no specific threat", age_days=31), "url", URL, "info"),
    ("HybridAnalysis", overview("whitelisted", age_days=3000), "url", URL, "info"),
    ("HybridAnalysis", overview("no verdict"), "url", URL, "info"),
    ("HybridAnalysis", overview(None), "url", URL, "info"),
    ("HybridAnalysis", samples("malicious", "no specific threat"), "url", URL, "info"),
    ("HybridAnalysis", samples("no specific threat"), "url", URL, "info"),
    ("HybridAnalysis", nothing, "url", URL, "info"),
    ("HybridAnalysis", samples("malicious", traffic="example.com"), "domain", "example.com", "info"),
    ("Host", nothing, "url", "https://cdn.magento-cdn.top/a.js", "malicious"),
    ("Host", nothing, "domain", "magento-cdn.top", "malicious"),
    ("Host", nothing, "fqdn", "a.b.magento-cdn.top", "malicious"),
    ("Host", nothing, "url", "http://89.47.162.248/a.js", "malicious"),
    ("Host", nothing, "url", "https://bluemarineholding.com/wp-includes/locales.php?a=1", "malicious"),
    ("Host", nothing, "url", "https://bluemarineholding.com/wp-includes/jquery.js", "info"),
    ("Host", registered("example.com", 3), "url", URL, "suspicious"),
    ("Host", registered("example.com", 29.9), "domain", "example.com", "suspicious"),
    ("Host", registered("example.com", 30.1), "url", URL, "info"),
    ("Host", registered("example.com", 9000), "fqdn", "cdn.example.com", "info"),
    ("Host", registered("example.com", None), "url", URL, "info"),
    ("Host", nothing, "url", "https://www.googletagmanager.com/gtm.js?id=GTM-1", "info"),
    ("Host", nothing, "url", "https://somebody.github.io/a.js", "info"),
    ("Host", nothing, "url", "https://198.51.100.7/a.js", "info"),
    ("HybridAnalysis_Scan", scanners("malicious", "clean"), "url", URL, "malicious"),
    ("HybridAnalysis_Scan", scanners("clean"), "url", URL, "info"),
    ("HybridAnalysis_Scan", overview("suspicious"), "url", URL, "suspicious"),
    ("HybridAnalysis_Scan", scanners("no-result"), "url", URL, "info"),
]


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("analyzer", "setup", "kind", "data", "verdict"), TABLE)
def test_the_verdict_is_that_of_the_contracts_table(
    desk: Desk, analyzer: str, setup: Setup, kind: str, data: str, verdict: str
) -> None:
    setup(desk.service(analyzer))
    full = report_of(desk.run(analyzer, data, kind))
    assert (full["verdict"], full["data"]) == (verdict, data)


def test_a_known_script_costs_virustotal_two_requests(desk: Desk) -> None:
    url(content={"malicious": 5, "label": "trojan.js/skimmer"})(desk.service("VirusTotal"))
    done = desk.run("VirusTotal")
    assert len(desk.service("VirusTotal").requests) == 2
    (artifact,) = done.job["report"]["artifacts"]
    assert (artifact["dataType"], artifact["data"]) == ("hash", SHA)
    assert done.job["report"]["summary"]["taxonomies"][1] == {
        "level": "malicious",
        "namespace": "CodeDefender",
        "predicate": "VirusTotal",
        "value": "content 5/90 trojan.js/skimmer",
    }
