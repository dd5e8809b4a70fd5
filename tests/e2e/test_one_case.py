"""One script, one case: a process for each alert, all at once, against one TheHive."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from desk import HOST, VIRUSTOTAL, Desk
from simulators.jobs import ProcessRunner
from simulators.server import Reply, Request
from simulators.thehive import TheHive
from simulators.thehive.store import Entity

ESCALATING = "code-defender:escalating"
GROUPED = "`https://cdn.example.net/lib/main.[UNIQUE_ID].js`"


@pytest.fixture
def desk5(hive5: TheHive, tmp_path: Path) -> Desk:
    return Desk(hive5, ProcessRunner(tmp_path))


def malicious(desk: Desk, number: int, **incident: Any) -> Entity:
    """An alert whose script VirusTotal flags, or its host where nobody can look up the script."""
    alert = desk.alert(number, **incident)
    script = desk.observable(alert)
    if script["dataType"] == "url":
        desk.report(script, VIRUSTOTAL, "malicious")
    else:
        desk.report(desk.observable(alert, "code-defender:script-host"), HOST, "malicious")
    return alert


def at_once(desk: Desk, alerts: list[Entity], width: int) -> list[dict[str, Any]]:
    """Triage alerts, `width` processes at a time."""
    with ThreadPoolExecutor(width) as pool:
        return list(pool.map(desk.triage, alerts))


def check_one_case(desk: Desk, alerts: list[Entity]) -> Entity:
    [case] = desk.hive.store.cases.values()
    assert {alert["caseId"] for alert in alerts} == {case["_id"]}
    for entity in (case, *alerts):
        assert "code-defender:verdict=malicious" in entity["tags"]
        assert ESCALATING not in entity["tags"]
        assert entity["severity"] == 4
    return case


@pytest.mark.slow
@pytest.mark.parametrize("script", ["`https://cdn.example.net/a.js`", GROUPED])
def test_a_dozen_alerts_that_turn_malicious_at_once_are_one_case(script: str, desk5: Desk) -> None:
    # Real servers take their time: a case is not there the moment it is asked for.
    desk5.hive.latency = 0.05
    alerts = [malicious(desk5, number, script=script) for number in range(12 if "a.js" in script else 4)]
    reports = at_once(desk5, alerts, len(alerts))
    check_one_case(desk5, alerts)
    assert sum("created" in full["message"] for full in reports) == 1


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_hundred_alerts_at_once_are_one_case(desk5: Desk) -> None:
    desk5.hive.latency = 0.02
    alerts = [malicious(desk5, number) for number in range(100)]
    at_once(desk5, alerts, 25)
    check_one_case(desk5, alerts)


def test_another_script_is_another_case(desk5: Desk) -> None:
    scripts = ["`https://cdn.example.net/a.js`", "`https://cdn.example.net/b.js`"] * 3
    at_once(desk5, [malicious(desk5, number, script=script) for number, script in enumerate(scripts)], 6)
    assert len(desk5.hive.store.cases) == 2


def test_where_cases_are_not_joined_nobody_waits_for_another(desk5: Desk) -> None:
    alerts = [malicious(desk5, number) for number in range(2)]
    for alert in alerts:
        desk5.triage(alert, join_case=False)
    assert len(desk5.hive.store.cases) == 2


def test_a_lone_alert_waits_for_nobody_and_is_not_marked(desk5: Desk) -> None:
    seen = []
    desk5.hive.watch = lambda request: seen.append(request.body) if request.reply is None else None
    desk5.triage(malicious(desk5, 1))
    assert not [body for body in seen if b"escalating" in body and b"addTags" in body]


@pytest.mark.slow
def test_who_marked_first_and_died_holds_nobody_up_for_long(desk5: Desk) -> None:
    dead, alert = malicious(desk5, 1), malicious(desk5, 2)
    dead |= {"tags": [*dead["tags"], ESCALATING], "_updatedAt": 1}
    started = time.monotonic()
    desk5.triage(alert)
    assert time.monotonic() - started < 40
    # Run again, the first joins what there is by now.
    desk5.triage(dead)
    check_one_case(desk5, [dead, alert])


def between(desk: Desk, rival: Entity, older: bool) -> None:
    """Have another process make a case at the very moment that ours does: the turns have failed."""
    made = []

    def watch(request: Request) -> None:
        promotes = request.path.endswith("/case") and request.method == "POST"
        if promotes and not made and (request.reply is None) is older:
            made.append(desk.case_of(rival))

    desk.hive.watch = watch


@pytest.mark.parametrize(("older", "deletes"), [(True, True), (False, True), (True, False)])
def test_of_two_cases_made_at_once_the_younger_joins_the_older(
    older: bool, deletes: bool, desk5: Desk
) -> None:
    alert, rival = malicious(desk5, 1), malicious(desk5, 2)
    between(desk5, rival, older)
    if not deletes:
        desk5.hive.fail(
            "status",
            method="DELETE",
            path=r".*/case/[^/]+",
            times=None,
            reply=Reply(403, {"type": "AuthorizationError", "message": "Operation not permitted"}),
        )
    full = desk5.triage(alert)
    cases = list(desk5.hive.store.cases.values())
    assert alert["caseId"] == rival["caseId"]
    assert full["case"]["id"] == alert["caseId"]
    goes_on, *rest = [case for case in cases if case["stage"] != "Closed"]
    assert rest == []
    assert goes_on["number"] == 1
    assert ("deleted" if deletes else "closed as its double") in full["message"]
    assert [case["status"] for case in cases if case is not goes_on] == ([] if deletes else ["Duplicated"])


def test_an_analysts_case_is_joined_and_never_dissolved(desk5: Desk) -> None:
    alert, rival = malicious(desk5, 1), malicious(desk5, 2)
    desk5.hive.add_user("analyst@demo.local", "demo", "analyst", desk5.user["permissions"], "analysts-key")
    between(desk5, rival, older=False)
    made = desk5.hive.cases.create

    def create(user: Entity, body: dict[str, Any]) -> Entity:
        case = made(user, body)
        if case["number"] == 2:
            case["_createdBy"] = "analyst@demo.local"
        return case

    desk5.hive.cases.create = create  # type: ignore[method-assign]
    desk5.triage(alert)
    assert len(desk5.hive.store.cases) == 2


def test_a_thehive_that_cannot_take_an_alert_out_of_a_case_is_told(desk5: Desk) -> None:
    alert, rival = malicious(desk5, 1), malicious(desk5, 2)
    between(desk5, rival, older=True)
    desk5.hive.fail(
        "status",
        method="DELETE",
        times=None,
        reply=Reply(404, {"type": "NotFoundError", "message": "no route"}),
    )
    assert "could not be joined" in desk5.triage(alert)["message"]
    assert len(desk5.hive.store.cases) == 2


@pytest.mark.parametrize("kind", ["status", "status_after", "reset_after"])
def test_a_merge_that_meets_others_is_tried_again(kind: str, desk5: Desk) -> None:
    desk5.case_of(malicious(desk5, 1))
    alert = malicious(desk5, 2)
    reply = Reply(500, {"type": "Unknown", "message": "PermanentLockingException"})
    desk5.hive.fail(kind, path=r".*/merge/.*", times=2, reply=None if kind == "reset_after" else reply)
    assert "joined case #1" in desk5.triage(alert)["message"]
    assert len(desk5.hive.store.cases) == 1
