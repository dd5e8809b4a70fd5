"""What counts as evidence: which observables, which reports, which jobs."""

from typing import Any

import pytest

from triaging.evidence import (
    HOST_TAG,
    SCRIPT_HOST_TAG,
    SCRIPT_TAG,
    Finding,
    Observable,
    Outcome,
    counted,
    findings,
    newest,
)

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


def job(
    status: str, minutes_ago: float = 1, analyzer: str = VIRUSTOTAL, report: dict[str, Any] | None = None
) -> dict[str, Any]:
    shown = {"analyzerName": analyzer, "status": status, "startDate": int(NOW - minutes_ago * MINUTE)}
    return shown if report is None else {**shown, "report": report}


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
        # TheHive 4.1 has the report of a job from Cortex's cache a little later.
        ("Success", 0.2, Outcome.RUNNING),
    ],
)
def test_a_job_without_a_report_runs_or_has_failed(status: str, minutes_ago: float, outcome: Outcome) -> None:
    assert outcomes(observable(), job(status, minutes_ago)) == {outcome}


def test_a_success_that_never_gets_its_report_is_as_good_as_never_run() -> None:
    assert outcomes(observable(), job("Success", 0.3)) == set()
    assert outcomes(observable(), job("Success", 0.3), job("Failure", 9)) == {Outcome.FAILED}
    reported = observable(**{VIRUSTOTAL: ["safe"]})
    assert outcomes(reported, job("Success", 0.3), job("Success", 9, report={"full": {}})) == {Outcome.SAFE}


def test_a_report_that_is_on_its_way_is_waited_for_beside_an_older_one() -> None:
    entity = observable(**{VIRUSTOTAL: ["safe"]})
    jobs = job("Success", 0.2), job("Success", 9, report={"full": {}})
    assert outcomes(entity, *jobs) == {Outcome.SAFE, Outcome.RUNNING}


def test_a_success_with_a_report_but_without_a_taxonomy_has_failed() -> None:
    assert outcomes(observable(), job("Success", 1, report={"full": {"verdict": "safe"}})) == {Outcome.FAILED}


def test_a_report_is_told_in_its_own_words_or_by_its_labels() -> None:
    entity = observable(**{VIRUSTOTAL: ["malicious"]})
    [plain] = findings(entity, [], ("*",), NOW, 30)
    assert plain.said == ""
    entity["reports"][VIRUSTOTAL]["taxonomies"][0] |= {"predicate": "VirusTotal", "value": "23/90"}
    [labelled] = findings(entity, [], ("*",), NOW, 30)
    assert labelled.said == "VirusTotal=23/90"
    report = {"full": {"summary": "23 of 90 engines\n\u202eflag it."}}
    [told] = findings(entity, [job("Success", report=report)], ("*",), NOW, 30)
    assert told.said == "23 of 90 engines flag it."
    [failed] = findings(observable(), [job("Failure", report={"errorMessage": "Quota."})], ("*",), NOW, 30)
    assert (failed.outcome, failed.said) == (Outcome.FAILED, "Quota.")


@pytest.mark.parametrize(
    ("analyzer", "severities", "flaw"),
    [
        ("CodeDefender_OSV_1_0", ["low", "critical", "medium"], 4),
        ("CodeDefender_Snyk_1_0", ["MODERATE"], 2),
        ("CodeDefender_Snyk_1_0", [None, "odd", 5], None),
        ("CodeDefender_OSV_1_0", [], None),
        (VIRUSTOTAL, ["low"], None),
    ],
)
def test_the_worst_known_flaw_of_a_package_is_read(
    analyzer: str, severities: list[Any], flaw: int | None
) -> None:
    packages = [{"purl": "pkg:npm/a@1", "issues": [{"severity": each}]} for each in severities]
    entity = observable(**{analyzer: ["suspicious"]})
    done = job("Success", analyzer=analyzer, report={"full": {"packages": [*packages, 5, None]}})
    [found] = findings(entity, [done], ("*",), NOW, 30)
    assert found.flaw == flaw


def word(outcome: Outcome, moment: int, name: str = "~1") -> Finding:
    return Finding(
        VIRUSTOTAL, Observable(name, "url", "https://a.example/x", True, False), outcome, moment=moment
    )


def test_the_newest_word_on_a_thing_counts_whether_said_in_the_alert_or_in_the_case() -> None:
    old, new = word(Outcome.MALICIOUS, 5), word(Outcome.SAFE, 9, "~2")
    assert newest([old, new]) == newest([new, old]) == [new]
    # A copy without a job has no date: it is no newer than what has one.
    assert newest([word(Outcome.SAFE, 0, "~2"), old]) == [old]
    assert newest([word(Outcome.SAFE, 0), word(Outcome.MALICIOUS, 0, "~2")]) == [
        word(Outcome.MALICIOUS, 0, "~2")
    ]


def test_a_failure_in_the_alert_is_made_good_by_a_later_report_in_the_case() -> None:
    failed, good = word(Outcome.FAILED, 5), word(Outcome.SAFE, 9, "~2")
    assert newest([failed, good]) == [good]
    later = word(Outcome.FAILED, 12)
    assert newest([good, later]) == [good, later]
    running = word(Outcome.RUNNING, 0)
    assert newest([running, good]) == [good, running]


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
