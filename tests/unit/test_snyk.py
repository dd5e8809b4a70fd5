"""Snyk: what is asked, page by page, and what an issue says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from identification.packages import Package
from lookup.verdict import Report
from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from services.snyk import Snyk, read_issue
from simulators.server import Reply
from simulators.snyk import Snyk as Simulated
from simulators.snyk import failure, issue

JQUERY = "https://cdn.jsdelivr.net/npm/jquery@3.4.1/dist/jquery.min.js"
PURL = "pkg:npm/jquery@3.4.1"


@pytest.fixture
def snyk() -> Iterator[Simulated]:
    with Simulated() as simulated:
        yield simulated


def ask(snyk: Simulated, url: str = JQUERY, **items: Any) -> Report:
    given_items = {"key": snyk.token, "org_id": snyk.organisation, "api_url": snyk.url, **items}
    return Snyk(Configuration(given_items), Deadline(5)).look_up("url", url)


def test_an_issue_has_severity_score_cves_fix_and_page(snyk: Simulated) -> None:
    snyk.issues[PURL] = [
        issue("SNYK-JS-JQUERY-567880", "medium", cves=("CVE-2020-11022",), fixed="3.5.0", score=6.5)
    ]
    report = ask(snyk, min_severity="medium")
    assert report.verdict == "suspicious"
    assert report.details["packages"][0]["issues"] == [
        {
            "id": "SNYK-JS-JQUERY-567880",
            "title": "Cross-site Scripting (XSS)",
            "severity": "medium",
            "cvss": 6.5,
            "cves": ["CVE-2020-11022"],
            "fixed_in": "3.5.0",
            "url": "https://security.snyk.io/vuln/SNYK-JS-JQUERY-567880",
        }
    ]
    assert report.links[0]["url"] == "https://security.snyk.io/package/npm/jquery/3.4.1"


def test_a_scoped_packages_purl_is_one_quoted_segment_of_the_path(snyk: Simulated) -> None:
    snyk.issues["pkg:npm/%40babel/core@7.0.0"] = [issue("SNYK-JS-1")]
    report = ask(snyk, "https://unpkg.com/@babel/core@7.0.0/lib/index.js")
    assert snyk.requests[0].path.endswith("/packages/pkg%3Anpm%2F%2540babel%2Fcore%407.0.0/issues")
    assert report.verdict == "suspicious"
    assert report.links[0]["url"] == "https://security.snyk.io/package/npm/%40babel%2Fcore/7.0.0"


@pytest.mark.parametrize("title", ["Malicious Package", "malicious package"])
def test_a_malicious_package_is_malicious(snyk: Simulated, title: str) -> None:
    snyk.issues[PURL] = [issue("SNYK-JS-1", "low", title=title)]
    assert ask(snyk, min_severity="critical").verdict == "malicious"


def test_embedded_malicious_code_is_malicious_whatever_its_title(snyk: Simulated) -> None:
    snyk.issues[PURL] = [issue("SNYK-JS-1", "low", title="Embedded Malicious Code", cwe="CWE-506")]
    assert ask(snyk).verdict == "malicious"


def test_every_page_is_read(snyk: Simulated) -> None:
    snyk.issues[PURL] = [issue(f"SNYK-JS-{n}") for n in range(5)]
    snyk.page = 2
    assert len(ask(snyk).details["packages"][0]["issues"]) == 5
    assert [request.query["offset"] for request in snyk.requests] == ["0", "2", "4"]


@pytest.mark.parametrize(
    "following",
    [
        "/orgs/x?offset=0",
        "/orgs/x?offset=-1",
        "/orgs/x?offset=many",
        "/orgs/x?offset=" + "9" * 40,
        "/orgs/x",
        "//[bad?offset=5",
        5,
        {"href": None},
        [],
    ],
)
def test_a_next_link_that_leads_nowhere_ends_the_reading(snyk: Simulated, following: Any) -> None:
    snyk.fail("status", times=None, reply=Reply(200, {"data": [], "links": {"next": following}}))
    assert ask(snyk).verdict == "info"
    assert len(snyk.requests) == 1


@pytest.mark.parametrize("form", ["{}", {"href": "{}"}])
def test_of_a_next_link_only_the_number_is_taken_never_its_host(snyk: Simulated, form: Any) -> None:
    with Simulated() as elsewhere:
        address = f"{elsewhere.url}/rest/steal?offset=1"
        link = {"href": address} if isinstance(form, dict) else address
        snyk.fail("status", reply=Reply(200, {"data": [], "links": {"next": link}}))
        ask(snyk)
        assert not elsewhere.requests
    assert [request.query["offset"] for request in snyk.requests] == ["0", "1"]


def test_paging_without_end_is_bounded(snyk: Simulated) -> None:
    snyk.issues[PURL] = [issue(f"SNYK-JS-{n}") for n in range(50)]
    snyk.page = 1
    ask(snyk)
    assert len(snyk.requests) == 20


def test_a_package_without_a_version_is_not_asked_about(snyk: Simulated) -> None:
    report = ask(snyk, "https://unpkg.com/lodash/lodash.min.js")
    assert (report.verdict, len(snyk.requests)) == ("info", 0)
    row = report.details["packages"][0]
    assert row["purl"] == "pkg:npm/lodash"
    assert "exact version" in row["note"]


def test_a_kind_of_package_that_snyk_does_not_cover_is_said(
    snyk: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    gh = Package("github", "jquery/jquery", "3.4.1", "e", True)
    monkeypatch.setattr("services.snyk.identify", lambda url: (gh,))
    assert "does not cover packages of type github" in ask(snyk).summary


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"key": "wrong-token"}, "does not accept the key"),
        ({"org_id": "99999999-2222-4333-8444-555555555555"}, "org_id"),
    ],
)
def test_a_refusal_says_which_item_to_mend(snyk: Simulated, setting: dict[str, str], words: str) -> None:
    with pytest.raises(Failure, match=words):
        ask(snyk, **setting)


def test_a_plan_without_the_api_is_said(snyk: Simulated) -> None:
    snyk.entitled = False
    with pytest.raises(Failure, match="Enterprise plan"):
        ask(snyk)


def test_a_used_up_quota_is_called_that(snyk: Simulated) -> None:
    snyk.over_quota = True
    with pytest.raises(Failure, match="quota"):
        ask(snyk)


@pytest.mark.parametrize(
    "reply", [failure(404, "not found"), failure(400, "bad version"), Reply(200, {"data": {}})]
)
def test_an_answer_that_is_no_list_of_issues_is_a_failure(snyk: Simulated, reply: Reply) -> None:
    snyk.fail("status", reply=reply)
    with pytest.raises(Failure):
        ask(snyk)


def test_an_address_that_ends_in_rest_is_understood(snyk: Simulated) -> None:
    assert ask(snyk, api_url=f"{snyk.url}/rest/").verdict == "info"


@pytest.mark.parametrize(
    ("attributes", "severity"),
    [
        ({"effective_severity_level": "high", "severity": "low"}, "high"),
        ({"severity": "low"}, "low"),
        ({"severities": [{"level": "medium"}, {"level": "high"}, {"level": 5}]}, "high"),
        ({"effective_severity_level": "severe"}, None),
        ({}, None),
    ],
)
def test_the_effective_severity_counts_first(attributes: dict[str, Any], severity: str | None) -> None:
    assert read_issue({"id": "X", "attributes": attributes}, "1.0.0").severity == severity


def test_the_fix_is_that_of_the_served_branch() -> None:
    remedies = [{"details": {"upgrade_package": fix}} for fix in ("3.4.1", "1.12.3", 5, None)]
    row = {"id": "X", "attributes": {"coordinates": [{"remedies": remedies}, "odd"]}}
    assert read_issue(row, "1.9.0").fixed_in == "1.12.3"
    assert read_issue(row, "2.0.0").fixed_in == "3.4.1"


odd = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "level", "score", "remedies", "details", "upgrade_package"]), inner
        )
    ),
    max_leaves=8,
)
ATTRIBUTES = ["title", "key", "problems", "severities", "coordinates", "effective_severity_level", "severity"]


# A busy machine draws examples slowly: that is no finding.
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(["id", "attributes"]), odd | st.dictionaries(st.sampled_from(ATTRIBUTES), odd)
    )
)
def test_odd_issues_are_read_for_what_they_say(row: dict[str, Any]) -> None:
    found = read_issue(row, "1.0.0")
    assert found.id
    assert found.url.startswith("https://security.snyk.io/vuln/")
