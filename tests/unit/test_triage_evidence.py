"""What counts as evidence: which observables, which reports, which jobs."""

from typing import Any

import pytest

from triaging.evidence import HOST_TAG, SCRIPT_HOST_TAG, SCRIPT_TAG, Outcome, counted, findings

NOW = 1_700_000_000_000
MINUTE = 60_000
VIRUSTOTAL = "CodeDefender_VirusTotal_1_0"


def observable(*tags: str, **reports: list[str]) -> dict[str, Any]:
    return {
        "_id": "~1",
        "dataType": "url",
        "data": "https://cdn.example/a.js",
        "tags": list(tags) or [SCRIPT_TAG],
        "ioc": False,
        "reports": {
            name: {"taxonomies": [{"level": level} for level in levels]} for name, levels in reports.items()
        },
    }


def job(status: str, minutes_ago: float = 1, analyzer: str = VIRUSTOTAL) -> dict[str, Any]:
    return {"analyzerName": analyzer, "status": status, "startDate": int(NOW - minutes_ago * MINUTE)}


def outcomes(
    entity: dict[str, Any], *jobs: dict[str, Any], globs: tuple[str, ...] = ("CodeDefender_*",)
) -> set[Outcome]:
    return {each.outcome for each in findings(entity, jobs, globs, NOW, 30)}


@pytest.mark.parametrize(
    ("tags", "counts"),
    [
        ([SCRIPT_TAG], True),
        ([SCRIPT_HOST_TAG], True),
        ([HOST_TAG], False),
        ([HOST_TAG, SCRIPT_HOST_TAG], False),
        (["other"], False),
    ],
)
def test_only_scripts_and_their_hosts_count(tags: list[str], counts: bool) -> None:
    assert (counted(observable(*tags)) is not None) is counts


@pytest.mark.parametrize(
    ("levels", "outcome"),
    [
        (["safe"], Outcome.SAFE),
        (["info", "safe"], Outcome.SAFE),
        (["safe", "suspicious"], Outcome.SUSPICIOUS),
        (["suspicious", "malicious", "info"], Outcome.MALICIOUS),
        (["bogus"], Outcome.FAILED),
        ([], Outcome.FAILED),
    ],
)
def test_a_report_counts_by_its_worst_level(levels: list[str], outcome: Outcome) -> None:
    entity = observable(**{VIRUSTOTAL: levels})
    assert outcomes(entity, job("Success")) == {outcome}
    assert outcomes(entity) == {outcome}


@pytest.mark.parametrize(
    ("status", "minutes_ago", "outcome"),
    [
        ("Waiting", 1, Outcome.RUNNING),
        ("InProgress", 29, Outcome.RUNNING),
        ("InProgress", 31, Outcome.FAILED),
        # The clock was set back: a little, and by so much that nobody can say how long the job has run.
        ("InProgress", -1, Outcome.RUNNING),
        ("InProgress", -31, Outcome.FAILED),
        ("Waiting", 1000, Outcome.FAILED),
        ("Failure", 1, Outcome.FAILED),
        ("Deleted", 1, Outcome.FAILED),
        ("Success", 1, Outcome.FAILED),
    ],
)
def test_a_job_without_a_report_runs_or_has_failed(status: str, minutes_ago: float, outcome: Outcome) -> None:
    assert outcomes(observable(), job(status, minutes_ago)) == {outcome}


def test_a_newer_failure_stands_beside_an_older_report() -> None:
    entity = observable(**{VIRUSTOTAL: ["malicious"]})
    assert outcomes(entity, job("Failure", 1), job("Success", 9)) == {Outcome.MALICIOUS, Outcome.FAILED}


def test_an_older_failure_is_made_good_by_a_newer_success() -> None:
    entity = observable(**{VIRUSTOTAL: ["safe"]})
    assert outcomes(entity, job("Failure", 9), job("Success", 1)) == {Outcome.SAFE}


def test_only_the_analyzers_named_count() -> None:
    entity = observable(**{"Other_1_0": ["malicious"], VIRUSTOTAL: ["safe"]})
    assert outcomes(entity, job("Failure", analyzer="Another_2_0")) == {Outcome.SAFE}
    assert outcomes(entity, globs=("Other_*",)) == {Outcome.MALICIOUS}


@pytest.mark.parametrize(
    "damage", [{"reports": None}, {"reports": {VIRUSTOTAL: None}}, {"tags": None}, {"data": None}]
)
def test_odd_answers_are_read_for_what_they_say(damage: dict[str, Any]) -> None:
    entity = {**observable(**{VIRUSTOTAL: ["malicious"]}), **damage}
    found = findings(entity, [{"analyzerName": 5}, {"status": []}], ("*",), NOW, 30)
    assert all(each.outcome is not Outcome.MALICIOUS for each in found)
