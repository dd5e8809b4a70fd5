"""Why a verdict is what it is, where the analyst reads it, and what the SOC decided before."""

import json
from pathlib import Path
from typing import Any

import pytest

from desk import HOST, HYBRID, OSV, SCRIPT, SNYK, VIRUSTOTAL, Desk
from simulators.jobs import ProcessRunner
from simulators.server import Reply
from simulators.thehive import TheHive
from simulators.thehive.store import Entity, now

DAY = 86_400_000
FLAGGED = "23 of 90 engines flag what this address served on 24 Nov; the address itself is on no list."
NOBODY = "The URL names no public package."


@pytest.fixture
def desk5(hive5: TheHive, tmp_path: Path) -> Desk:
    return Desk(hive5, ProcessRunner(tmp_path))


@pytest.fixture
def desk4(tmp_path: Path) -> Any:
    with TheHive("4.1.24-1") as hive:
        yield Desk(hive, ProcessRunner(tmp_path))


def flag(desk: Desk, parent: Entity, summary: str = FLAGGED) -> None:
    """A script that VirusTotal flags, Hybrid Analysis could not be asked about, and no package."""
    script = desk.observable(parent)
    desk.report(script, VIRUSTOTAL, "malicious", summary=summary)
    desk.failed(script, HYBRID, "The quota of the Hybrid Analysis key is used up: try again later.")
    desk.report(script, SNYK, "info", summary=NOBODY)
    desk.report(script, OSV, "info", summary=NOBODY)


def test_the_reason_says_what_each_finding_says_and_what_nobody_could_say(desk5: Desk) -> None:
    alert = desk5.alert()
    flag(desk5, alert)
    desk5.report(
        desk5.observable(alert, "code-defender:script-host"), HOST, "info", summary="Registered in 2009."
    )
    reason = desk5.triage(alert)["reason"]
    assert reason == (
        f"malicious: VirusTotal: {FLAGGED} Hybrid Analysis could not say: The quota of the Hybrid Analysis "
        f"key is used up: try again later. OSV and Snyk: {NOBODY} Host on the host cdn.example.net: "
        "Registered in 2009."
    )


def test_what_nobody_looked_at_is_named(desk5: Desk) -> None:
    reason = desk5.triage(desk5.alert())["reason"]
    assert reason.startswith("unknown: ")
    assert f"No analyzer has reported on the script {SCRIPT}." in reason


def test_jobs_that_run_are_named_and_nothing_is_left_behind(desk5: Desk) -> None:
    alert = desk5.alert()
    desk5.job(desk5.observable(alert), OSV, "InProgress")
    full = desk5.triage(alert)
    assert (full["decision"], "OSV has not answered yet" in full["reason"]) == ("waiting", True)
    assert desk5.writes() == []


def test_the_reason_is_left_on_the_alert_once_per_verdict(desk5: Desk) -> None:
    alert = desk5.alert()
    for _ in range(2):
        desk5.triage(alert)
    [unknown] = desk5.comments(alert)
    assert unknown.startswith(f"**Code Defender: unknown** on `{SCRIPT}`\n\n- ")
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "suspicious", summary="1 of 90 engines flags it.")
    for _ in range(2):
        desk5.triage(alert)
    suspicious = desk5.comments(alert)[1]
    assert "**Code Defender: suspicious**" in suspicious
    assert "- VirusTotal: 1 of 90 engines flags it." in suspicious
    assert len(desk5.comments(alert)) == 2


def test_a_malicious_alerts_reason_is_left_in_its_case(desk5: Desk) -> None:
    alert = desk5.alert()
    flag(desk5, alert)
    for _ in range(2):
        desk5.triage(alert)
    [case] = desk5.hive.store.cases.values()
    [left] = desk5.comments(alert, case)
    assert left == desk5.comments(case)[0]
    assert f"- VirusTotal: {FLAGGED}" in left


def test_what_joins_a_case_about_the_same_script_says_it_no_second_time(desk5: Desk) -> None:
    for number in range(1, 4):
        alert = desk5.alert(number)
        flag(desk5, alert)
        desk5.triage(alert)
    [case] = desk5.hive.store.cases.values()
    assert len(desk5.comments(case, *desk5.hive.store.alerts.values())) == 1


@pytest.mark.parametrize(
    "reply", [Reply(403, {"type": "AuthorizationError", "message": "no"}), Reply(404, {})]
)
def test_a_comment_that_thehive_refuses_costs_nothing_but_itself(reply: Reply, desk5: Desk) -> None:
    alert = desk5.alert()
    flag(desk5, alert)
    desk5.hive.fail("status", path=r".*/comment", times=None, reply=reply)
    full = desk5.triage(alert)
    assert "could not be left" in full["message"]
    assert "code-defender:verdict=malicious" in alert["tags"]


def test_on_4_1_the_reason_stands_in_the_cases_description_between_two_marks(desk4: Desk) -> None:
    case = desk4.case_of(desk4.alert())
    before = case["description"]
    desk4.triage(case, "case")
    first = case["description"]
    assert first.endswith(f"\n\n{before}")
    assert "**Code Defender: unknown**" in first
    desk4.triage(case, "case")
    assert case["description"] == first
    case["description"] = f"The analyst's own words.\n\n{first}\n\nAnd more."
    flag(desk4, case)
    desk4.triage(case, "case")
    after = case["description"]
    assert after.startswith("The analyst's own words.\n\n[")
    assert after.endswith(f"\n\n{before}\n\nAnd more.")
    assert f"- VirusTotal: {FLAGGED}" in after
    assert after.count("**Code Defender: ") == 1


def test_on_4_1_an_incident_cannot_forge_the_marks(desk4: Desk) -> None:
    """The marks name the case's id, which nobody who writes into an incident knows."""
    case = desk4.case_of(desk4.alert())
    forged = "[code-defender ~1 begins]: # (note)\n\nevidence\n\n[code-defender ~1 ends]: # (note)"
    case["description"] = forged
    desk4.triage(case, "case")
    assert case["description"].endswith(forged)


def test_on_4_1_a_description_without_room_keeps_what_it_has(desk4: Desk) -> None:
    case = desk4.case_of(desk4.alert())
    case["description"] = "x" * 249_990
    full = desk4.triage(case, "case")
    assert case["description"] == "x" * 249_990
    assert "no room" in full["message"]


def test_what_comes_again_is_told_with_what_was_decided(desk5: Desk) -> None:
    old = []
    for number in range(1, 5):
        alert = desk5.alert(number)
        alert["date"] = 1_772_500_000_000 + number * DAY
        alert["tags"] = [tag for tag in alert["tags"] if "host=" not in tag]
        alert["tags"] += [f"code-defender:host=shop{number % 2}.example"]
        old.append(alert)
    old[0] |= {
        "status": "FalsePositive",
        "stage": "Closed",
        "closedDate": 1_793_600_000_000,
        "_updatedBy": "analyst@soc.example",
        "summary": "Our own tag,\nsee CHG-17",
    }
    case = desk5.case_of(old[1])
    case |= {
        "status": "TruePositive",
        "stage": "Closed",
        "closedDate": 1_793_700_000_000,
        "_updatedBy": "lead@soc.example",
    }
    full = desk5.triage(old[3])
    assert (
        "Seen 4 times since 4 March 2026 on 2 sites. Case #1 was closed as true positive on "
        "3 November 2026 by lead@soc.example. An alert was closed as false positive on 2 November 2026 by "
        "analyst@soc.example: “Our own tag, see CHG-17”."
    ) in full["reason"]
    # It is told, and decides nothing.
    assert full["decision"] == "unknown"


def test_on_4_1_too(desk4: Desk) -> None:
    first, second = desk4.case_of(desk4.alert(1)), desk4.case_of(desk4.alert(2))
    first |= {
        "status": "Resolved",
        "resolutionStatus": "FalsePositive",
        "endDate": 1_793_600_000_000,
        "_updatedBy": "analyst@soc.example",
        "summary": "Harmless.",
    }
    reason = desk4.triage(second, "case")["reason"]
    assert "Seen 2 times" in reason
    assert (
        "Case #1 was closed as false positive on 2 November 2026 by analyst@soc.example: “Harmless.”"
        in reason
    )


def test_what_was_closed_without_asking_is_no_decision_of_the_soc(desk5: Desk) -> None:
    first, second = desk5.alert(1), desk5.alert(2)
    desk5.report(desk5.observable(first), VIRUSTOTAL, "safe")
    desk5.triage(first, when_clean="close")
    assert first["status"] == "Ignored"
    reason = desk5.triage(second)["reason"]
    assert "Seen 2 times" in reason
    assert "closed" not in reason


def test_a_history_that_cannot_be_had_costs_nothing_but_itself(desk5: Desk) -> None:
    alert = desk5.alert()

    def without_lists(request: Any) -> None:
        if request.reply is None and b"listObservable" in request.body:
            request.body = json.dumps({"query": [{"_name": "nonsense"}]}).encode()

    desk5.hive.watch = without_lists
    full = desk5.triage(alert)
    assert "What was decided before could not be looked up" in full["reason"]
    assert "code-defender:verdict=unknown" in alert["tags"]


def test_a_year_of_one_script_costs_no_more_requests(desk5: Desk) -> None:
    counts = []
    for many in (2, 60):
        for number in range(len(desk5.hive.store.alerts), many):
            desk5.alert(number)
        desk5.hive.requests.clear()
        reason = desk5.triage(desk5.alert(1000 + many))["reason"]
        assert "Seen" in reason
        counts.append(len(desk5.hive.requests))
    assert counts[0] == counts[1] <= 13


def test_a_person_who_closed_the_case_is_not_overruled(desk5: Desk) -> None:
    alert = desk5.alert()
    case = desk5.case_of(alert)
    case |= {"status": "FalsePositive", "stage": "Closed"}
    flag(desk5, alert)
    for entity, kind in ((alert, "alert"), (case, "case")):
        desk5.writes()
        full = desk5.triage(entity, kind)
        assert full["decision"] == "malicious"
        assert full["left_alone"] is True
        assert "a person closed case #1" in full["message"]
        assert "tag code-defender:verdict=malicious" in full["message"]
        assert desk5.writes() == []


def test_a_closed_case_of_4_1_is_left_alone_too(desk4: Desk) -> None:
    case = desk4.case_of(desk4.alert())
    case |= {"status": "Resolved", "endDate": now()}
    flag(desk4, case)
    desk4.triage(case, "case")
    assert desk4.writes() == []


def test_a_close_that_thehive_refuses_becomes_a_follow_up(desk5: Desk) -> None:
    alert = desk5.alert()
    desk5.hive.mandatory_fields = ["business-unit"]
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "safe")
    full = desk5.triage(alert, when_clean="close")
    assert (alert["status"], full["decision"]) == ("New", "clean")
    assert {"code-defender:follow-up", "code-defender:verdict=clean"} <= set(alert["tags"])
    assert "refused to close the alert" in full["message"]
    assert "business-unit" in full["message"]
    desk5.writes()
    desk5.triage(alert, when_clean="close")
    assert desk5.writes() == []


def test_what_was_closed_as_clean_is_opened_again_when_it_is_not(desk5: Desk) -> None:
    alert = desk5.alert()
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "safe", minutes_ago=9)
    desk5.triage(alert, when_clean="close")
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "suspicious")
    desk5.triage(alert, when_clean="close")
    assert (alert["status"], alert["severity"]) == ("New", 3)
    alert |= {"status": "Ignored", "stage": "Closed"}
    desk5.writes()
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "info")
    desk5.triage(alert, when_clean="close")
    # This time a person closed it.
    assert desk5.writes() == []


@pytest.mark.parametrize(
    ("severity", "analyzer", "expected"), [("medium", OSV, 2), ("high", SNYK, 3), ("critical", SNYK, 3)]
)
def test_known_flaws_raise_to_their_own_severity(
    severity: str, analyzer: str, expected: int, desk5: Desk
) -> None:
    alert = desk5.alert(risk="Low")
    packages = [{"purl": "pkg:npm/jquery@3.4.1", "issues": [{"id": "CVE-1", "severity": severity}]}]
    desk5.report(desk5.observable(alert), analyzer, "suspicious", packages=packages)
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "info")
    desk5.triage(alert)
    assert alert["severity"] == expected


def test_what_comes_later_raises_further_and_what_a_person_lowered_stays(desk5: Desk) -> None:
    alert = desk5.alert(risk="Low")
    packages = [{"purl": "pkg:npm/jquery@3.4.1", "issues": [{"id": "CVE-1", "severity": "medium"}]}]
    desk5.report(desk5.observable(alert), OSV, "suspicious", packages=packages)
    desk5.triage(alert)
    assert alert["severity"] == 2
    # VirusTotal's word arrives after the verdict.
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "suspicious", minutes_ago=-0.1)
    desk5.triage(alert)
    assert alert["severity"] == 3
    alert |= {"severity": 1, "_updatedAt": now() + 60_000}
    desk5.writes()
    desk5.triage(alert)
    assert (alert["severity"], desk5.writes()) == (1, [])


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("`https://cdn.jsdelivr.net/npm/x@1/x.js`", "public CDN"),
        ("`https://static.example.com/x.js`", "customer's own"),
    ],
)
def test_a_host_that_is_shared_or_the_customers_own_says_nothing(script: str, why: str, desk5: Desk) -> None:
    alert = desk5.alert(script=script)
    desk5.report(desk5.observable(alert, "code-defender:script-host"), VIRUSTOTAL, "malicious")
    desk5.failed(desk5.observable(alert, "code-defender:script-host"), HYBRID, "no")
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "safe")
    full = desk5.triage(alert)
    assert full["decision"] == "clean"
    assert "counts for nothing" in full["reason"]
    assert why in full["reason"]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("word", ["malicious", "suspicious", "failed", "running"])
@pytest.mark.parametrize(
    ("script", "host", "why"),
    [
        ("`https://cdn.jsdelivr.net/npm/x@1/x.js`", "cdn.jsdelivr.net", "public CDN"),
        ("`https://static.example.com/js/app.js`", "static.example.com", "customer's own"),
        ("`https://www.example.com/js/app.js`", "www.example.com", "customer's own"),
    ],
)
def test_of_a_script_there_the_word_on_its_host_says_nothing_either(
    script: str, host: str, why: str, word: str, desk5: Desk
) -> None:
    alert = desk5.alert(script=script)
    observable = desk5.observable(alert)
    if word == "failed":
        desk5.failed(observable, HOST, "no")
    elif word == "running":
        desk5.job(observable, HOST, "InProgress")
    else:
        desk5.report(observable, HOST, word, host={"name": host, "listed": [{"entry": host}]})
    desk5.report(observable, VIRUSTOTAL, "safe")
    full = desk5.triage(alert)
    assert (full["decision"], full["severity"]["after"]) == ("clean", 2)
    assert full["reason"].count(f"What is known of the host {host} counts for nothing: ") == 1
    assert why in full["reason"]
    assert [each["analyzer"] for each in full["evidence"]] == [VIRUSTOTAL]


def test_what_else_is_said_of_a_script_there_counts(desk5: Desk) -> None:
    alert = desk5.alert(script="`https://www.example.com/js/app.js`")
    observable = desk5.observable(alert)
    desk5.report(observable, HOST, "info")
    desk5.report(observable, VIRUSTOTAL, "suspicious")
    assert desk5.triage(alert)["decision"] == "suspicious"


def test_a_list_that_names_the_scripts_own_path_speaks_of_the_script(desk5: Desk) -> None:
    alert = desk5.alert(script="`https://cdn.jsdelivr.net/gh/evil/x.js`")
    entry = {"list": "x", "entry": "https://cdn.jsdelivr.net/gh/evil/x.js", "as_of": "2026-11-01"}
    desk5.report(desk5.observable(alert), HOST, "malicious", host={"listed": [entry]})
    assert desk5.triage(alert)["decision"] == "malicious"
