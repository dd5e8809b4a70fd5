"""The triage responder through the job directory, against both TheHives."""

from pathlib import Path
from typing import Any

import pytest

from desk import HYBRID, OSV, SNYK, VIRUSTOTAL, Desk
from simulators.jobs import ProcessRunner
from simulators.server import Reply
from simulators.thehive import TheHive
from simulators.thehive.store import Entity

FOLLOW_UP = "code-defender:follow-up"


def verdict_of(entity: Entity) -> list[str]:
    return [tag.rpartition("=")[2] for tag in entity["tags"] if tag.startswith("code-defender:verdict=")]


@pytest.fixture
def desk(hive: TheHive, tmp_path: Path) -> Desk:
    return Desk(hive, ProcessRunner(tmp_path))


@pytest.fixture
def desk5(hive5: TheHive, tmp_path: Path) -> Desk:
    return Desk(hive5, ProcessRunner(tmp_path))


# What was found, the decision, the severity after (2 before), whether it is marked for follow-up.
ROWS: list[tuple[dict[str, str], str, int, bool]] = [
    ({VIRUSTOTAL: "malicious", OSV: "info"}, "malicious", 4, False),
    ({OSV: "suspicious", VIRUSTOTAL: "safe"}, "suspicious", 3, False),
    ({VIRUSTOTAL: "safe", OSV: "InProgress"}, "waiting", 2, False),
    ({VIRUSTOTAL: "safe", OSV: "info"}, "clean", 2, True),
    ({HYBRID: "safe", VIRUSTOTAL: "info"}, "clean", 2, True),
    ({VIRUSTOTAL: "safe", OSV: "Failure"}, "unknown", 2, True),
    ({VIRUSTOTAL: "info", SNYK: "info"}, "unknown", 2, True),
    ({}, "unknown", 2, True),
]


def put_evidence(desk: Desk, observable: Entity, found: dict[str, str]) -> None:
    for analyzer, what in found.items():
        if what[0].isupper():
            desk.job(observable, analyzer, what)
        else:
            desk.report(observable, analyzer, what)


@pytest.mark.parametrize(("found", "decision", "severity", "follow_up"), ROWS)
@pytest.mark.parametrize("kind", ["alert", "case_artifact"])
def test_each_row_on_an_alert_and_its_observable(
    kind: str, found: dict[str, str], decision: str, severity: int, follow_up: bool, desk5: Desk
) -> None:
    alert = desk5.alert()
    script = desk5.observable(alert)
    put_evidence(desk5, script, found)
    full = desk5.triage(script if kind == "case_artifact" else alert, kind)
    assert full["decision"] == decision
    assert full["severity"] == {"before": 2, "after": severity}
    assert alert["severity"] == severity
    assert verdict_of(alert) == ([] if decision == "waiting" else [decision])
    assert (FOLLOW_UP in alert["tags"]) is follow_up
    assert script["ioc"] is (decision == "malicious")
    assert (full["case"] is not None) is (decision == "malicious")
    assert {(each["analyzer"], each["outcome"]) for each in full["evidence"]} >= {
        (analyzer, what) for analyzer, what in found.items() if what[0].islower()
    }


@pytest.mark.sampled(4)
@pytest.mark.parametrize(("found", "decision", "severity", "follow_up"), ROWS)
@pytest.mark.parametrize("kind", ["case", "case_artifact"])
def test_each_row_on_a_case_and_its_observable(
    kind: str, found: dict[str, str], decision: str, severity: int, follow_up: bool, desk: Desk
) -> None:
    case = desk.case_of(desk.alert())
    script = desk.observable(case)
    put_evidence(desk, script, found)
    full = desk.triage(script if kind == "case_artifact" else case, kind)
    assert full["decision"] == decision
    assert case["severity"] == severity
    assert verdict_of(case) == ([] if decision == "waiting" else [decision])
    assert (FOLLOW_UP in case["tags"]) is follow_up
    assert script["ioc"] is (decision == "malicious")
    assert len(desk.hive.store.cases) == 1


@pytest.mark.sampled(4)
@pytest.mark.parametrize(("found", "decision", "severity", "follow_up"), ROWS)
def test_running_again_changes_nothing(
    found: dict[str, str], decision: str, severity: int, follow_up: bool, desk: Desk
) -> None:
    subject, kind = (desk.case_of(desk.alert()), "case") if desk.hive.is_4 else (desk.alert(), "alert")
    put_evidence(desk, desk.observable(subject), found)
    desk.triage(subject, kind)
    desk.writes()
    again = desk.triage(subject, kind)
    assert again["decision"] == decision
    assert desk.writes() == []


def test_an_alert_of_4_1_that_is_in_no_case_ends_unknown(tmp_path: Path) -> None:
    with TheHive("4.1.24-1") as hive:
        desk = Desk(hive, ProcessRunner(tmp_path))
        alert = desk.alert()
        assert desk.triage(alert)["decision"] == "unknown"
        assert verdict_of(alert) == ["unknown"]


def test_an_alert_of_4_1_is_followed_into_its_case(tmp_path: Path) -> None:
    with TheHive("4.1.24-1") as hive:
        desk = Desk(hive, ProcessRunner(tmp_path))
        alert = desk.alert()
        case = desk.case_of(alert)
        desk.report(desk.observable(case), VIRUSTOTAL, "malicious")
        full = desk.triage(alert)
        assert (full["decision"], alert["severity"], case["severity"]) == ("malicious", 4, 4)
        assert (verdict_of(alert), verdict_of(case)) == (["malicious"], ["malicious"])
        assert desk.observable(case)["ioc"] is True


def test_the_case_of_a_malicious_script_carries_severity_tags_and_observables(desk5: Desk) -> None:
    alert = desk5.alert()
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "malicious")
    full = desk5.triage(alert)
    [case] = desk5.hive.store.cases.values()
    assert full["case"] == {"id": case["_id"], "number": 1}
    assert "case #1 created" in full["message"]
    assert case["severity"] == 4
    assert set(case["tags"]) >= {"code-defender", "code-defender:verdict=malicious"}
    assert desk5.observable(case)["ioc"] is True
    assert alert["caseId"] == case["_id"]


def test_the_same_skimmer_on_many_pages_is_one_case(desk5: Desk) -> None:
    for number in range(1, 5):
        alert = desk5.alert(number)
        desk5.report(desk5.observable(alert), VIRUSTOTAL, "malicious")
        desk5.triage(alert)
    assert len(desk5.hive.store.cases) == 1
    assert len({alert["caseId"] for alert in desk5.hive.store.alerts.values()}) == 1


@pytest.mark.parametrize("why", ["closed", "another script", "not ours", "join_case"])
def test_another_case_is_not_joined(why: str, desk5: Desk) -> None:
    first = desk5.alert(
        1,
        script="`https://other.example/b.js`"
        if why == "another script"
        else "`https://cdn.example.net/a.js`",
    )
    case = desk5.case_of(first)
    if why == "closed":
        case |= {"status": "TruePositive", "stage": "Closed"}
    if why == "not ours":
        case["tags"] = ["phishing"]
    alert = desk5.alert(2)
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "malicious")
    desk5.triage(alert, join_case=why != "join_case")
    assert len(desk5.hive.store.cases) == 2


def test_a_joined_case_is_raised_to_the_alert(desk5: Desk) -> None:
    case = desk5.case_of(desk5.alert(1))
    alert = desk5.alert(2)
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "malicious")
    full = desk5.triage(alert)
    assert f"joined case #{case['number']}" in full["message"]
    assert case["severity"] == 4
    assert verdict_of(case) == ["malicious"]


def test_no_case_where_none_is_wanted(desk5: Desk) -> None:
    alert = desk5.alert()
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "malicious")
    assert desk5.triage(alert, create_case=False)["case"] is None
    assert verdict_of(alert) == ["malicious"]
    assert not desk5.hive.store.cases


def test_a_case_template_is_used_and_does_without_where_it_is_not_there(desk5: Desk) -> None:
    alert = desk5.alert()
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "malicious")
    assert "without the case template Nope" in desk5.triage(alert, case_template="Nope")["message"]
    desk5.hive.store.case_templates["Skimmer"] = {"name": "Skimmer"}
    other = desk5.alert(2, script="`https://other.example/b.js`")
    desk5.report(desk5.observable(other), VIRUSTOTAL, "malicious")
    desk5.triage(other, case_template="Skimmer")
    assert [case[".template"] for case in desk5.hive.store.cases.values()] == [None, "Skimmer"]


@pytest.mark.parametrize("status", ["Duplicate", "FalsePositive", "Ignored"])
def test_what_a_person_closed_stays_closed(status: str, desk5: Desk) -> None:
    alert = desk5.alert()
    alert |= {"status": status, "stage": "Closed"}
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "malicious")
    full = desk5.triage(alert)
    assert (alert["status"], alert["severity"], verdict_of(alert)) == (status, 2, [])
    assert not desk5.hive.store.cases
    assert desk5.writes() == []
    assert full["decision"] == "malicious"
    for words in ("a person closed the alert", "raise the severity 2 → 4", "make it a case"):
        assert words in full["message"]


def test_what_a_person_imported_is_followed_into_the_case(desk5: Desk) -> None:
    alert = desk5.alert()
    case = desk5.case_of(alert)
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "malicious")
    full = desk5.triage(alert)
    assert (case["severity"], verdict_of(case), full["case"]["id"]) == (4, ["malicious"], case["_id"])
    assert len(desk5.hive.store.cases) == 1
    assert desk5.observable(case)["ioc"] is True


@pytest.mark.parametrize("found", ["safe", "malicious"])
def test_a_clean_alert_is_closed_where_that_is_wanted(found: str, desk: Desk) -> None:
    if desk.hive.is_4:
        subject = desk.case_of(desk.alert())
        desk.report(desk.observable(subject), VIRUSTOTAL, "safe")
        desk.triage(subject, "case", when_clean="close")
        assert (subject["status"], verdict_of(subject), FOLLOW_UP in subject["tags"]) == (
            "Open",
            ["clean"],
            False,
        )
        return
    alert = desk.alert()
    desk.report(desk.observable(alert), VIRUSTOTAL, "safe")
    desk.triage(alert, when_clean="close")
    assert (alert["status"], verdict_of(alert), FOLLOW_UP in alert["tags"]) == ("Ignored", ["clean"], False)
    if found == "malicious":
        # VirusTotal knows better now: what was closed as clean escalates all the same.
        desk.report(desk.observable(alert), VIRUSTOTAL, "malicious")
        desk.triage(alert, when_clean="close")
        assert (alert["stage"], verdict_of(alert)) == ("Imported", ["malicious"])
    else:
        alert |= {"status": "InProgress", "stage": "InProgress"}
        desk.triage(alert, when_clean="close")
        assert alert["status"] == "InProgress"


def test_a_severity_that_a_person_lowered_stays(desk5: Desk) -> None:
    alert = desk5.alert()
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "malicious")
    desk5.triage(alert)
    alert["severity"] = 1
    desk5.triage(alert)
    assert alert["severity"] == 1


def test_the_severities_are_the_administrators(desk5: Desk) -> None:
    alert = desk5.alert(risk="Low")
    desk5.report(desk5.observable(alert), OSV, "suspicious")
    desk5.triage(alert, suspicious_severity=2)
    assert alert["severity"] == 2


def test_the_customers_own_host_says_nothing(desk5: Desk) -> None:
    alert = desk5.alert()
    desk5.report(desk5.observable(alert, "code-defender:host"), VIRUSTOTAL, "malicious")
    assert desk5.triage(alert)["decision"] == "unknown"


def test_a_safe_host_does_not_clear_a_script(desk5: Desk) -> None:
    alert = desk5.alert()
    desk5.report(desk5.observable(alert, "code-defender:script-host"), VIRUSTOTAL, "safe")
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "info")
    assert desk5.triage(alert)["decision"] == "unknown"


def test_a_hanging_job_counts_as_failed_after_its_time(desk5: Desk) -> None:
    alert = desk5.alert()
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "safe")
    desk5.job(desk5.observable(alert), OSV, "InProgress", minutes_ago=20)
    assert desk5.triage(alert)["decision"] == "waiting"
    assert desk5.triage(alert, job_minutes=10)["decision"] == "unknown"


def test_only_the_id_of_what_is_handed_over_is_believed(desk5: Desk) -> None:
    alert = desk5.alert()
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "malicious")
    forged = {
        **alert,
        "tags": ["code-defender:verdict=clean"],
        "severity": 4,
        "caseId": "~1",
        "status": "Imported",
    }
    assert desk5.triage(forged)["decision"] == "malicious"
    assert alert["severity"] == 4


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ({"thehive_key": "wrong-key-wrong"}, "thehive_key"),
        ({"thehive_organisation": "nowhere"}, "thehive_organisation"),
        ({"thehive_url": "http://127.0.0.1:1"}, "thehive_url"),
        ({"thehive_url": "thehive:9000"}, "thehive_url"),
        ({"malicious_severity": 7}, "malicious_severity"),
        ({"when_clean": "delete"}, "when_clean"),
    ],
)
def test_a_wrong_configuration_is_told_in_words(
    configuration: dict[str, Any], words: str, desk: Desk
) -> None:
    run = desk.run(desk.alert(), **configuration)
    assert run.job["status"] == "Failure"
    assert words in run.job["errorMessage"]
    assert desk.hive.key not in f"{run.output!r}{run.printed}"


def test_a_user_who_may_not_is_told(desk5: Desk) -> None:
    alert = desk5.alert()
    desk5.user["permissions"] = []
    run = desk5.run(alert)
    assert "not permit" in run.job["errorMessage"]


def test_an_alert_that_is_gone_is_told(desk5: Desk) -> None:
    alert = desk5.alert()
    del desk5.hive.store.alerts[alert["_id"]]
    assert "deleted" in desk5.run(alert).job["errorMessage"]


REQUESTS = [
    r".*/query",
    r".*/alert/[^/]+",
    r".*/alert/[^/]+/case",
    r".*/case/[^/]+",
    r".*/observable/[^/]+",
    r".*/status/public",
]


@pytest.mark.sampled(6)
@pytest.mark.parametrize("path", REQUESTS)
@pytest.mark.parametrize(
    "kind",
    [
        "reset_after",
        "html",
        *(
            pytest.param(kind, marks=pytest.mark.slow)
            for kind in ("status", "status_after", "reset_before", "truncated")
        ),
    ],
)
def test_a_fault_in_the_middle_is_told_and_a_rerun_finishes_the_work(
    kind: str, path: str, desk5: Desk
) -> None:
    alert = desk5.alert()
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "malicious")
    planned = desk5.hive.fail(
        kind,
        path=path,
        times=4,
        reply=Reply(409, {"type": "x", "message": "y"}) if kind == "status" else None,
    )
    run = desk5.run(alert)
    assert planned.seen
    if run.job["status"] == "Failure":
        assert run.job["errorMessage"].endswith(".")
    desk5.hive.faults.clear()
    desk5.triage(alert)
    [case] = desk5.hive.store.cases.values()
    assert (alert["severity"], case["severity"], alert["caseId"]) == (4, 4, case["_id"])
    assert (verdict_of(alert), verdict_of(case)) == (["malicious"], ["malicious"])
