"""Findings make a report, and the report's verdict is that of its gravest finding."""

from __future__ import annotations

import pytest

from lookup.verdict import Finding, Report, safe_link, worst


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([], "info"),
        (["info"], "info"),
        (["safe", "safe"], "safe"),
        (["safe", "suspicious"], "suspicious"),
        (["suspicious", "malicious", "info"], "malicious"),
    ],
)
def test_the_gravest_level_decides(levels: list[str], expected: str) -> None:
    assert worst(levels) == expected


def test_a_report_has_one_taxonomy_for_each_finding_and_their_worst_as_verdict() -> None:
    report = Report(
        "VirusTotal", (Finding("safe", "URL 0/90"), Finding("malicious", "content 5/63")), "Bad.", "d"
    )
    assert report.verdict == "malicious"
    assert report.taxonomies == [
        {"level": "safe", "namespace": "CodeDefender", "predicate": "VirusTotal", "value": "URL 0/90"},
        {
            "level": "malicious",
            "namespace": "CodeDefender",
            "predicate": "VirusTotal",
            "value": "content 5/63",
        },
    ]


def test_a_services_own_details_stand_beside_the_verdict_and_never_replace_it() -> None:
    report = Report(
        "OSV",
        (Finding("info", "x"),),
        "S.",
        "d",
        details={"packages": [1], "verdict": "safe", "data": "other"},
    )
    assert report.full == {"packages": [1], "verdict": "info", "summary": "S.", "data": "d", "links": []}


@pytest.mark.parametrize(
    "url",
    [
        "http://osv.dev/x",
        "https://osv.dev.evil.example/x",
        "https://user@osv.dev/x",
        "https://osv.dev:444/x",
        "javascript:alert(1)",
        "//osv.dev/x",
    ],
)
def test_a_report_links_to_the_services_own_site_only(url: str) -> None:
    with pytest.raises(ValueError, match="links only"):
        safe_link("x", url, "osv.dev")


def test_a_link_has_a_title_and_a_url() -> None:
    assert safe_link("t", "https://osv.dev/x", "osv.dev") == {"title": "t", "url": "https://osv.dev/x"}
