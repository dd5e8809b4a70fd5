"""OSV: what is asked, how records of one vulnerability are joined, and what concerns the version."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flaws.osv_records import concerns, is_whole_package, issues_of
from lookup.verdict import Report
from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from services.osv import OSV
from simulators import osv as simulated
from simulators.osv import record
from simulators.server import Reply

JQUERY = "https://cdn.jsdelivr.net/npm/jquery@3.4.1/dist/jquery.min.js"
XSS = "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:C/C:H/I:L/A:N"


@pytest.fixture
def osv() -> Iterator[simulated.OSV]:
    with simulated.OSV() as service:
        yield service


def ask(osv: simulated.OSV, url: str = JQUERY, **items: Any) -> Report:
    return OSV(Configuration({"api_url": osv.url, **items}), Deadline(5)).look_up("url", url)


def test_a_versioned_package_is_asked_about_by_its_purl_alone(osv: simulated.OSV) -> None:
    ask(osv)
    assert [request.json() for request in osv.requests] == [{"package": {"purl": "pkg:npm/jquery@3.4.1"}}]


def test_an_issue_has_severity_score_cves_fix_and_page(osv: simulated.OSV) -> None:
    osv.records = [
        record(
            "GHSA-gxr4",
            "jquery",
            ("1.2.0", "3.5.0"),
            severity="MODERATE",
            vector=XSS,
            aliases=("CVE-2020-11022",),
        )
    ]
    report = ask(osv, min_severity="medium")
    assert report.verdict == "suspicious"
    assert report.details["packages"][0]["issues"] == [
        {
            "id": "GHSA-gxr4",
            "title": "GHSA-gxr4 in jquery",
            "severity": "medium",
            "cvss": 6.9,
            "cves": ["CVE-2020-11022"],
            "fixed_in": "3.5.0",
            "url": "https://osv.dev/vulnerability/GHSA-gxr4",
        }
    ]
    assert report.links == ({"title": "OSV: jquery", "url": "https://osv.dev/list?q=jquery&ecosystem=npm"},)


def test_every_page_is_read_even_after_an_empty_one(osv: simulated.OSV) -> None:
    osv.records = [record(f"GHSA-{n}", "jquery", ("0", None)) for n in range(5)]
    osv.page = 2
    osv.fail("status", reply=Reply(200, {"next_page_token": "after-0"}))
    assert len(ask(osv).details["packages"][0]["issues"]) == 5
    assert len(osv.requests) == 4


def test_a_page_token_that_repeats_ends_the_reading(osv: simulated.OSV) -> None:
    osv.fail("status", times=None, reply=Reply(200, {"next_page_token": "again"}))
    assert ask(osv).verdict == "info"
    assert len(osv.requests) == 2


def test_every_package_of_a_combination_is_asked_about(osv: simulated.OSV) -> None:
    osv.records = [record("GHSA-1", "lodash", ("0", "4.17.21"), severity="HIGH")]
    report = ask(osv, "https://cdn.jsdelivr.net/combine/npm/jquery@3.4.1,npm/lodash@4.17.15")
    assert [row["purl"] for row in report.details["packages"]] == [
        "pkg:npm/jquery@3.4.1",
        "pkg:npm/lodash@4.17.15",
    ]
    assert report.verdict == "suspicious"


def test_a_combination_without_end_is_cut_and_says_so(osv: simulated.OSV) -> None:
    url = "https://cdn.jsdelivr.net/combine/" + ",".join(f"npm/package-{n}@1.0.0" for n in range(25))
    report = ask(osv, url)
    assert len(osv.requests) == 20
    assert "5 more packages of this URL were not looked up" in report.summary


def test_a_url_that_names_no_package_makes_no_request(osv: simulated.OSV) -> None:
    report = ask(osv, "https://shop.example.com/checkout/pay.js")
    assert (report.verdict, report.details, len(osv.requests)) == ("info", {"packages": []}, 0)


def test_malware_of_the_version_is_malicious(osv: simulated.OSV) -> None:
    osv.records = [record("MAL-2025-1", "jquery", ("0", None), versions=("3.4.1",))]
    assert ask(osv).verdict == "malicious"


@pytest.mark.parametrize(
    ("records", "verdict", "shown"),
    [
        ([record("MAL-2025-1", "lodash", ("0", None))], "malicious", 1),
        ([record("MAL-2025-1", "lodash", versions=("4.17.15",))], "info", 0),
        ([record("GHSA-1", "lodash", ("0", "4.17.21"), severity="CRITICAL")], "info", 0),
        ([record("MAL-2025-1", "lodash", ("0", "2.0.0"))], "info", 0),
    ],
)
def test_without_a_version_only_malware_of_every_version_counts(
    osv: simulated.OSV, records: list[dict[str, Any]], verdict: str, shown: int
) -> None:
    osv.records = records
    report = ask(osv, "https://unpkg.com/lodash/lodash.min.js")
    assert report.verdict == verdict
    row = report.details["packages"][0]
    assert (row["purl"], len(row["issues"])) == ("pkg:npm/lodash", shown)
    assert ("names no version" in (row["note"] or "")) == (shown == 0)


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        # One vulnerability under two ids, by alias in one direction or the other, or by a third name.
        ([record("CVE-1", "p"), record("GHSA-a", "p", aliases=("CVE-1",))], [("GHSA-a", ["CVE-1"])]),
        ([record("GHSA-a", "p"), record("CVE-1", "p", aliases=("GHSA-a",))], [("GHSA-a", ["CVE-1"])]),
        (
            [record("GHSA-a", "p", aliases=("CVE-1",)), record("SNYK-1", "p", aliases=("CVE-1",))],
            [("GHSA-a", ["CVE-1"])],
        ),
        # Two groups that a later record joins.
        (
            [record("GHSA-a", "p"), record("CVE-1", "p"), record("X-1", "p", aliases=("GHSA-a", "CVE-1"))],
            [("GHSA-a", ["CVE-1"])],
        ),
        ([record("GHSA-a", "p"), record("GHSA-b", "p")], [("GHSA-a", []), ("GHSA-b", [])]),
        ([record("GHSA-a", "p"), record("MAL-1", "p", aliases=("GHSA-a",))], [("MAL-1", [])]),
        ([record("GHSA-a", "p", withdrawn="2024-01-01T00:00:00Z")], []),
        ([{"summary": "no id"}, {"id": 5}], []),
    ],
)
def test_records_of_one_vulnerability_are_shown_once(
    records: list[dict[str, Any]], expected: list[tuple[str, list[str]]]
) -> None:
    shown = [(issue.id, list(issue.cves)) for issue in issues_of(records, "p", "1.0.0")]
    assert shown == expected


@pytest.mark.parametrize(
    ("known", "severity", "cvss"),
    [
        (record("A", "p", severity="MODERATE"), "medium", None),
        (record("A", "p", severity="critical"), "critical", None),
        (record("A", "p", vector=XSS), "medium", 6.9),
        (record("A", "p", vector="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"), "critical", 9.8),
        (
            record("A", "p", vector="CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"),
            "critical",
            9.3,
        ),
        (record("A", "p", severity="HIGH", vector=XSS), "high", 6.9),
        (record("A", "p", vector="CVSS:3.1/nonsense"), None, None),
        (record("A", "p", severity="UNKNOWN"), None, None),
        (record("A", "p", severity=5), None, None),
        (record("MAL-1", "p"), "critical", None),
    ],
)
def test_the_severity_is_the_databases_word_else_that_for_the_score(
    known: dict[str, Any], severity: str | None, cvss: float | None
) -> None:
    (issue,) = issues_of([known], "p", "1.0.0")
    assert (issue.severity, issue.cvss) == (severity, cvss)


@pytest.mark.parametrize(
    ("version", "fixed"), [("1.2.0", "1.12.3"), ("2.0.0", "2.2.5"), ("3.4.0", "3.4.1"), ("5.0.0", None)]
)
def test_the_fix_is_that_of_the_served_branch(version: str, fixed: str | None) -> None:
    known = record("A", "p", ("0", "1.12.3"), ("2.0.0", "2.2.5"), ("3.0.0", "3.4.1"), ("5.0.0", None))
    (issue,) = issues_of([known], "p", version)
    assert issue.fixed_in == fixed


def spanning(kind: str, *events: dict[str, str]) -> dict[str, Any]:
    """A record on package p with one range."""
    return {
        "id": "A",
        "affected": [{"package": {"name": "p"}, "ranges": [{"type": kind, "events": [*events]}]}],
    }


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (record("A", "p", ("1.0.0", "2.0.0")), True),
        (record("A", "p", ("1.6.0", "2.0.0")), False),
        (record("A", "p", ("1.0.0", "1.5.0")), False),
        (record("A", "p", ("0", None)), True),
        (record("A", "p", ("0", "1.2.0"), ("1.4.0", "1.6.0")), True),
        (record("A", "p", versions=("1.5.0",)), True),
        (record("A", "p", versions=("1.4.0",)), False),
        (record("A", "p"), True),
        (record("A", "another", ("9.0.0", None)), True),
        ({"id": "A"}, True),
        ({"id": "A", "affected": "odd"}, True),
        (spanning("SEMVER", {"introduced": "0"}, {"last_affected": "1.5.0"}), True),
        (spanning("SEMVER", {"introduced": "0"}, {"last_affected": "1.4.9"}), False),
        (spanning("SEMVER", {"introduced": "0"}, {"fixed": "1.0.0"}, {"introduced": "1.5.0-rc"}), True),
        (spanning("SEMVER", {"fixed": "1.4.0"}, {"introduced": "0"}), False),
        (spanning("GIT", {"introduced": "0"}), True),
    ],
)
def test_a_record_that_names_other_versions_only_does_not_concern_this_one(
    known: dict[str, Any], expected: bool
) -> None:
    assert concerns(known, "p", "1.5.0") is expected


@pytest.mark.parametrize(
    ("known", "whole"),
    [
        (record("MAL-1", "p", ("0", None)), True),
        (record("MAL-1", "p", ("0", "2.0.0")), False),
        (record("MAL-1", "p", ("1.0.0", None)), False),
        (record("MAL-1", "p", versions=("1.0.0",)), False),
        (record("MAL-1", "p", ("0", None), withdrawn="2025-01-01T00:00:00Z"), False),
        (record("GHSA-1", "p", ("0", None)), False),
    ],
)
def test_a_whole_package_is_malware_only_where_no_version_is_left_out(
    known: dict[str, Any], whole: bool
) -> None:
    assert is_whole_package(known, "p") is whole


odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["package", "name", "ranges", "events", "introduced", "fixed", "type", "score", "versions"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
KEYS = ["aliases", "severity", "affected", "database_specific", "summary", "details", "withdrawn"]


# A busy machine draws examples slowly: that is no finding.
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.dictionaries(st.sampled_from(["id", *KEYS]), odd | st.text(max_size=4)), max_size=4))
def test_odd_records_are_read_for_what_they_say(records: list[dict[str, Any]]) -> None:
    for issue in issues_of(records, "p", "1.0.0"):
        assert issue.row["url"].startswith("https://osv.dev/vulnerability/")


def test_a_wrong_query_is_said_in_osvs_words(osv: simulated.OSV) -> None:
    osv.fail("status", reply=Reply(400, {"code": 3, "message": "invalid query"}))
    with pytest.raises(Failure, match=r"refused the request \(HTTP 400\) \(OSV says: invalid query\)"):
        ask(osv)


def test_an_unknown_package_is_never_cleared(osv: simulated.OSV) -> None:
    report = ask(osv)
    assert report.verdict == "info"
    assert "does not clear it" in report.summary
