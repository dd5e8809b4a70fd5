"""What is to be done next about an alert: start, wait, try again, or have it judged."""

import itertools
import json
from dataclasses import replace

import pytest

from codedefender2th.playbook.attempts import (
    HANGS_AFTER_MS,
    LOST_AGAIN_MS,
    LOST_AT_ONCE,
    MINUTE_MS,
    RETRY_AFTER_MS,
)
from codedefender2th.playbook.health import ATTEMPTS, PROBE_AFTER_MS, PROBED_FOR_MS, Failures, Health
from codedefender2th.playbook.lessons import evidence, learn
from codedefender2th.playbook.memory import LOOKED_UP_SECONDS, Memory, Note
from codedefender2th.playbook.rules import (
    ACTION_HANGS_AFTER_MS,
    MOVES_FOR_MS,
    REPORT_ARRIVES_MS,
    Around,
    Judging,
    Next,
    next_action,
    next_jobs,
)
from codedefender2th.playbook.slots import Slots
from codedefender2th.playbook.targets import Target, is_too_secret, registrable, select
from codedefender2th.thehive.runs import Action, Job, Worker, chosen
from codedefender2th.thehive.runs import action as action_of
from simulators.clock import Clock

NOW = 1_700_000_000_000
OSV = Worker("1", "CodeDefender_OSV_1_0", frozenset({"url"}), "local")
VIRUSTOTAL = Worker("2", "CodeDefender_VirusTotal_1_0", frozenset({"url", "domain"}), "local")
SCRIPT = ("url", "https://cdn.example/a.js")
IDS = itertools.count()


def target(*jobs: Job, reported: tuple[str, ...] = (), data_type: str = "url") -> Target:
    return Target("~1", data_type, SCRIPT[1], True, dict.fromkeys(reported, "info"), jobs)


def job(
    status: str, ago: int = 1000, analyzer: Worker = OSV, ended: int | None = None, report: bool = True
) -> Job:
    over = NOW - ended if ended is not None else None
    return Job(analyzer.name, status, NOW - ago, over, f"~{next(IDS)}", report)


def what_next(*targets: Target, analyzers: tuple[Worker, ...] = (OSV,), around: Around | None = None) -> Next:
    return next_jobs(targets, analyzers, around or Around(NOW))


def test_what_was_never_run_is_started() -> None:
    todo = what_next(target(), analyzers=(OSV, VIRUSTOTAL))
    assert [(each.analyzer.name, each.known) for each in todo.start] == [(OSV.name, 0), (VIRUSTOTAL.name, 0)]
    assert not todo.over


def test_an_analyzer_is_not_run_on_what_it_does_not_take() -> None:
    assert what_next(target(data_type="other")).over


def test_a_job_is_never_started_beside_another() -> None:
    todo = what_next(target(job("InProgress")))
    assert (todo.start, todo.running, todo.moving, todo.over) == ([], True, True, False)


def test_nor_beside_one_of_another_alert() -> None:
    todo = what_next(target(), around=Around(NOW, busy=frozenset({(OSV.name, SCRIPT)})))
    assert (todo.start, todo.elsewhere, todo.over) == ([], True, False)


def test_what_runs_for_long_is_waited_for_but_does_not_move() -> None:
    todo = what_next(target(job("InProgress", ago=MOVES_FOR_MS + 1)))
    assert (todo.running, todo.moving) == (True, False)


@pytest.mark.parametrize("done", [target(job("Success")), target(reported=(OSV.name,))])
def test_what_has_succeeded_is_over(done: Target) -> None:
    assert what_next(done).over


def test_what_succeeded_without_its_report_is_waited_for_a_little_and_then_as_good_as_never_run() -> None:
    lost = job("Success", ended=10**8, report=False)
    early = what_next(target(lost), around=Around(NOW, seen={lost.id: NOW - REPORT_ARRIVES_MS}))
    assert (early.running, early.start) == (True, [])
    late = what_next(target(lost), around=Around(NOW, seen={lost.id: NOW - REPORT_ARRIVES_MS - 1}))
    assert [(each.known, each.attempt) for each in late.start] == [(1, 0)]


def test_the_second_time_it_is_started_past_cortexs_cache_and_then_more_and_more_seldom() -> None:
    lost = [job("Success", ended=10**8, report=False) for _ in range(LOST_AT_ONCE + 1)]
    for count, pause in (
        (1, 0),
        (2, 0),
        (LOST_AT_ONCE, LOST_AGAIN_MS[0]),
        (LOST_AT_ONCE + 1, LOST_AGAIN_MS[1]),
    ):
        some = lost[:count]
        seen = {each.id: NOW - REPORT_ARRIVES_MS - 1 for each in some}
        soon = what_next(target(*some), around=Around(NOW, seen=seen))
        at_once = not pause
        assert (bool(soon.start), soon.given_up, soon.over) == (at_once, not at_once, not at_once)
        later = what_next(target(*some), around=Around(NOW + pause, seen=seen))
        attempt = (NOW + pause) // 1000 if count > 1 else 0
        assert [(each.known, each.attempt) for each in later.start] == [(count, attempt)]


def test_it_uses_up_no_attempt_and_teaches_nobody_that_the_analyzer_failed() -> None:
    lost = [job("Success", ended=10**8, report=False) for _ in range(2)]
    failed = [job("Failure", ended=RETRY_AFTER_MS[1]) for _ in range(2)]
    seen = {each.id: NOW - 10**6 for each in [*lost, *failed]}
    assert what_next(target(*lost, *failed), around=Around(NOW, seen=seen)).start
    memory, note = Memory(), Note(seen=seen)
    learn(memory, note, [target(*lost)], NOW)
    assert not memory.failures
    assert not memory.health_of(OSV.name).failed


def test_a_failed_job_is_tried_again_later() -> None:
    early = what_next(target(job("Failure", ended=RETRY_AFTER_MS[0] - 1)))
    assert (early.start, early.retry_at, early.over) == ([], NOW + 1, False)
    late = what_next(target(job("Failure", ended=RETRY_AFTER_MS[0])))
    assert [each.known for each in late.start] == [1]


def test_a_job_that_hangs_counts_as_failed_and_is_started_past_cortexs_cache() -> None:
    hung = target(job("Waiting", ago=HANGS_AFTER_MS + RETRY_AFTER_MS[0] + 1))
    assert [(each.known, each.attempt) for each in what_next(hung).start] == [(1, 1)]
    elsewhere = {(OSV.name, SCRIPT): Failures({"~9": 1}, 1, stuck=1)}
    assert [each.attempt for each in what_next(target(), around=Around(NOW, failures=elsewhere)).start] == [1]


def test_after_three_failures_it_is_given_up() -> None:
    todo = what_next(target(*(job("Failure", ended=10**9) for _ in range(ATTEMPTS))))
    assert (todo.over, todo.given_up, todo.later) == (True, True, None)


def test_what_has_failed_on_another_alert_is_left_to_that_one_and_given_up_with_it() -> None:
    def other(count: int, ago: int) -> Around:
        jobs = {f"~other{number}": NOW - ago - number for number in range(count)}
        return Around(NOW, failures={(OSV.name, SCRIPT): Failures(jobs, NOW - ago)})

    waiting = what_next(target(), around=other(1, 1000))
    assert (waiting.start, waiting.over) == ([], False)
    assert what_next(target(), around=other(1, RETRY_AFTER_MS[0] + MINUTE_MS)).start
    given_up = what_next(target(), analyzers=(OSV, VIRUSTOTAL), around=other(ATTEMPTS, 1000))
    assert [each.analyzer for each in given_up.start] == [VIRUSTOTAL]
    assert given_up.given_up


def test_others_jobs_do_not_count() -> None:
    assert len(what_next(target(*(job("Failure", analyzer=VIRUSTOTAL) for _ in range(3)))).start) == 1


def test_while_an_analyzer_is_down_the_attempts_are_kept_and_nothing_waits_for_it() -> None:
    down = Health(failed=["a", "b"], since=NOW - 10**6, probe_at=NOW + 1000)
    around = Around(NOW, health={OSV.name: down})
    failed = target(job("Failure", ended=RETRY_AFTER_MS[0]))
    held = what_next(failed, around=around)
    assert (held.start, held.over, held.given_up, held.later) == ([], True, True, NOW + 1000)
    assert what_next(failed, around=replace(around, now=NOW + 1000)).start
    assert what_next(target(), around=around).start


def test_also_what_has_had_its_attempts_finds_out_whether_it_is_well_again_one_thing_at_a_time() -> None:
    down = Health(failed=["a", "b"], since=NOW - 10**7, probe_at=NOW)
    around = Around(NOW, health={OSV.name: down})
    spent = [target(*(job("Failure", ended=10**6) for _ in range(ATTEMPTS))) for _ in range(2)]
    todo = what_next(*spent, around=around)
    assert [each.probes for each in todo.start] == [True]
    too_long = Health(failed=["a", "b"], since=NOW - PROBED_FOR_MS - 1, probe_at=NOW)
    todo = what_next(*spent, around=Around(NOW, health={OSV.name: too_long}))
    assert (todo.start, todo.later, todo.over) == ([], None, True)


def test_once_an_analyzer_is_well_again_what_failed_meanwhile_is_as_good_as_never_tried() -> None:
    memory, note = Memory(), Note()
    failed = target(*(job("Failure", ended=200 + number) for number in range(ATTEMPTS)))
    learn(memory, note, [failed], NOW)
    memory.forgive(OSV.name, NOW - 10**4, NOW - 100, alone=False)
    assert what_next(failed, around=Around(NOW, failures=memory.failures)).start
    earlier = Memory()
    learn(earlier, note, [failed], NOW)
    earlier.forgive(OSV.name, NOW - 150, NOW - 100, alone=False)
    assert not what_next(failed, around=Around(NOW, failures=earlier.failures)).start


def test_an_analyzer_that_failed_alone_on_one_thing_all_its_attempts_is_down_for_an_hour_at_least() -> None:
    memory = Memory()
    for count in range(1, ATTEMPTS + 1):
        failed = target(*(Job(OSV.name, "Failure", NOW, NOW + n, f"~x{n}") for n in range(count)))
        for _ in range(2):
            learn(memory, Note(), [failed], NOW + 10)
        assert memory.health[OSV.name].is_down is (count == ATTEMPTS)
    assert memory.health[OSV.name].probe_at == NOW + 10 + PROBE_AFTER_MS[-1]


def test_an_analyzer_that_fails_on_two_scripts_in_a_row_is_down_until_it_answers() -> None:
    health = Health()
    health.has_failed("a", 1000)
    health.has_failed("a", 2000)
    assert not health.is_down
    health.has_failed("b", 3000)
    assert health.is_down
    health.has_answered(500)
    assert health.is_down
    health.has_answered(4000)
    assert (health.is_down, health.mended) == (False, 4000)
    health.has_failed("a", 3000)
    assert health.since == 0


def action(status: str, ago: int, ended: int | None = None, decision: str | None = None) -> Action:
    over = NOW - ended if ended is not None else None
    return Action("CodeDefender_Triage_1_0", status, NOW - ago, over, decision)


def test_what_the_responder_left_alone_is_done_without_a_verdict() -> None:
    long_ago = 10 * 24 * 60 * MINUTE_MS
    told = {"full": {"decision": "malicious", "left_alone": True}}
    entry = {"status": "Success", "startDate": NOW - long_ago, "report": json.dumps(told)}
    assert next_action([action_of(entry)], [], judged=False, now=NOW).judging is Judging.DONE


JUDGED = [target(job("Success", ago=600_000, ended=500_000))]
FAILED = action("Failure", 1000, 500)
WAITING = action("Success", 70_000, 61_000, "waiting")


@pytest.mark.parametrize(
    ("actions", "judged", "expected"),
    [
        ([], False, Judging.START),
        ([action("Waiting", 1000)], False, Judging.WAIT),
        ([action("InProgress", ACTION_HANGS_AFTER_MS + 1)], False, Judging.START),
        ([FAILED], False, Judging.LATER),
        ([action("Failure", 70_000, 60_000)], False, Judging.START),
        ([action("Failure", 70_000, 60_000)] * 2, False, Judging.LATER),
        ([action("Failure", 900_000, 800_000)] * 9, False, Judging.START),
        ([action("Success", 1000, 500)], False, Judging.WAIT),
        ([action("Success", 200_000, 190_000)], False, Judging.START),
        ([action("Success", 200_000, 190_000)], True, Judging.DONE),
        ([action("Success", 900_000, 890_000)], True, Judging.START),
        ([WAITING], False, Judging.START),
        ([WAITING] * 2, True, Judging.LATER),
        ([FAILED, WAITING], False, Judging.LATER),
    ],
)
def test_when_the_responder_runs(actions: list[Action], judged: bool, expected: Judging) -> None:
    assert next_action(actions, JUDGED, judged, NOW).judging is expected


def test_waiting_is_an_answer_and_no_failed_attempt() -> None:
    assert next_action([WAITING] * 9, JUDGED, False, NOW).failed == 0
    assert next_action([FAILED] * 3, JUDGED, False, NOW).failed == 3


@pytest.mark.parametrize(
    ("globs", "names"),
    [
        (("CodeDefender_*", "!*_Scan_*"), [OSV.name, VIRUSTOTAL.name]),
        (("*OSV*",), [OSV.name]),
        (("*", "!*OSV*"), [VIRUSTOTAL.name, "CodeDefender_VirusTotal_Scan_1_0"]),
        (("!*",), []),
    ],
)
def test_analyzers_are_chosen_by_globs(globs: tuple[str, ...], names: list[str]) -> None:
    scan = Worker("3", "CodeDefender_VirusTotal_Scan_1_0", frozenset({"url"}), "local")
    assert [worker.name for worker in chosen([OSV, VIRUSTOTAL, scan], globs)] == names


@pytest.mark.parametrize(("tlp", "pap", "secret"), [(2, 2, False), (3, 2, True), (2, 3, True), (4, 0, True)])
def test_what_is_above_tlp_or_pap_2_is_not_shown_to_services(tlp: int, pap: int, secret: bool) -> None:
    assert is_too_secret({"tlp": tlp, "pap": pap}) is secret


@pytest.mark.parametrize(
    ("own", "above", "secret"), [(None, 3, True), (2, 3, False), (3, 2, True), (None, None, False)]
)
def test_an_observable_without_a_pap_has_that_of_its_alert_or_case(
    own: int | None, above: int | None, secret: bool
) -> None:
    script = observable("script", "x", "url", tlp=2, **({} if own is None else {"pap": own}))
    assert bool(select([script], [], above).secret) is secret


def observable(tag: str, data: str, data_type: str = "domain", **more: object) -> dict[str, object]:
    return {"_id": data, "dataType": data_type, "data": data, "tags": [f"code-defender:{tag}"], **more}


@pytest.mark.parametrize(
    ("host", "site", "looked_up"),
    [
        ("cdn.evil.example", "shop.example.co.uk", True),
        ("static.example.co.uk", "shop.example.co.uk", False),
        ("EXAMPLE.co.uk", "shop.example.co.uk", False),
        ("other.co.uk", "shop.example.co.uk", True),
        ("cdn.jsdelivr.net", "shop.example.co.uk", False),
        ("somebody.github.io", "somebody-else.github.io", True),
        ("192.0.2.7", "192.0.2.8", True),
        ("192.0.2.7", "192.0.2.7", False),
        ("localhost", "shop.example", True),
    ],
)
def test_hosts_are_looked_up_unless_they_are_the_customers_or_shared(
    host: str, site: str, looked_up: bool
) -> None:
    script = observable("script", f"https://{host}/a.js", "url")
    for given, tags in (
        ([script, observable("script-host", host), observable("host", site)], []),
        ([observable("script-host", host), script], [f"code-defender:host={site}"]),
    ):
        found = [each.data for each in select(given, tags).targets]
        assert found == [f"https://{host}/a.js", *([host] if looked_up else [])]


def test_the_customers_own_site_and_what_is_secret_are_no_targets() -> None:
    found = select([observable("host", "shop.example"), observable("script", "x", "url", tlp=3)], [])
    assert (found.targets, found.secret) == ((), ("x",))


@pytest.mark.parametrize(
    ("host", "domain"),
    [("a.b.example.com", "example.com"), ("co.uk", None), ("::1", "::1"), ("", None), ("." * 300, None)],
)
def test_the_registrable_domain_of_any_text(host: str, domain: str | None) -> None:
    assert registrable(host) == domain


def test_slots_are_for_what_moves_and_the_newest_gets_in() -> None:
    slots = Slots(2)
    keys = [("url", f"https://cdn.example/{number}.js") for number in range(6)]
    assert [slots.admits(key, True, NOW) for key in keys[:3]] == [True, True, False]
    full = Slots(2, moving=dict.fromkeys(keys[:2], NOW - 1000))
    full.settle()
    assert [
        full.admits(key, new, NOW) for key, new in ((keys[2], False), (keys[3], True), (keys[4], True))
    ] == [
        False,
        True,
        False,
    ]
    lingering = Slots(2, moving=dict.fromkeys(keys[:2], NOW - 61_000))
    lingering.settle()
    assert [lingering.admits(key, False, NOW) for key in keys[2:4]] == [True, False]
    assert lingering.admits(keys[0], False, NOW)


FAR_AHEAD = -365 * 86_400_000


def test_a_job_that_starts_far_ahead_of_the_clock_is_not_waited_for() -> None:
    """The clock was set back by a year."""
    assert len(what_next(target(job("InProgress", ago=FAR_AHEAD))).start) == 1
    assert len(what_next(target(job("Failure", ago=FAR_AHEAD, ended=FAR_AHEAD))).start) == 1


def test_a_job_that_starts_a_little_ahead_of_the_clock_is() -> None:
    assert what_next(target(job("InProgress", ago=-60_000))).running


@pytest.mark.parametrize("status", ["InProgress", "Success"])
def test_a_responder_far_ahead_of_the_clock_is_not_waited_for(status: str) -> None:
    ended = None if status == "InProgress" else FAR_AHEAD
    turn = next_action([action(status, FAR_AHEAD, ended)], JUDGED, False, NOW)
    assert turn.judging is Judging.START
    ahead = [target(job("Success", ago=FAR_AHEAD, ended=FAR_AHEAD))]
    assert next_action([action("Success", 1000, 500)], ahead, True, NOW).judging is Judging.DONE


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("codedefender2th.playbook.memory.time", clock)
    return clock


def test_a_pause_ends_when_its_time_is_over_or_the_clock_is_set_back(clock: Clock) -> None:
    clock.now = 1000.0
    note = Note()
    assert not note.is_paused
    note.pause(until=1300)
    for now, paused in ((1000, True), (1299, True), (1300, False), (999, False), (0, False)):
        clock.now = now
        assert note.is_paused is paused


def test_what_is_a_day_old_or_ahead_of_the_clock_is_forgotten(clock: Clock) -> None:
    what = (OSV.name, SCRIPT)
    for moment, kept in ((0, True), (-LOOKED_UP_SECONDS, False), (60, True), (365 * 86_400, False)):
        clock.now = 10.0**6
        memory = Memory(looked_up={what: clock.now + moment}, health={"x": Health(probe_at=NOW + 10**9)})
        memory.forget_old()
        assert (what in memory.looked_up) is kept
        assert not memory.health


def test_lessons_of_one_alert_serve_the_others() -> None:
    memory, held = Memory(), Note(held=True, paused_at=0, not_before=10.0**12)
    memory.notes["~2"] = held
    failing = [target(job("Failure", analyzer=VIRUSTOTAL, ago=9000, ended=8000))]
    learn(memory, Note(), failing, NOW)
    assert len(memory.failures[VIRUSTOTAL.name, SCRIPT].jobs) == 1
    note = Note()
    learn(memory, note, [target(job("Success", analyzer=VIRUSTOTAL, ago=5000, ended=1000))], NOW)
    assert not memory.failures[VIRUSTOTAL.name, SCRIPT].jobs
    assert what_next(failing[0], analyzers=(VIRUSTOTAL,), around=Around(NOW, failures=memory.failures)).start
    assert memory.health[VIRUSTOTAL.name].mended == NOW - 5000
    assert (VIRUSTOTAL.name, SCRIPT) in memory.looked_up
    assert not held.is_paused
    assert list(note.jobs.values()) == ["~1"]


def test_an_old_answer_from_cortexs_cache_does_not_tell_that_an_analyzer_is_well() -> None:
    memory = Memory()
    learn(memory, Note(), [target(job("Failure", ago=9000, ended=8000))], NOW)
    learn(memory, Note(), [target(job("Success", ago=10**7, ended=1000))], NOW)
    assert memory.health[OSV.name].mended == 0


def test_evidence_is_what_the_reports_say() -> None:
    said = evidence([target(reported=(OSV.name,))])
    assert evidence([target()]) == ""
    assert said == evidence([target(job("Failure"), reported=(OSV.name,))])
    assert said != evidence([target(reported=(OSV.name, VIRUSTOTAL.name))])


def test_memory_survives_its_file_and_damage() -> None:
    what = (OSV.name, SCRIPT)
    memory = Memory(
        {
            "~1": Note([("~2", *SCRIPT, True)], {"~3": "~2"}, {"~3": 5}, 4.0, 5.0, True, verdict="unknown"),
            "~4": Note(),
        },
        {what: 1.5},
        {what: Failures({"~7": 2}, 3, 4, 5, True)},
        {OSV.name: Health(["a"], 1, 2, True, 3, 4)},
        {SCRIPT: ("~9", 1.0)},
    )
    assert Memory.from_json(memory.as_json()) == memory
    for damaged in (None, [], {"notes": 5}, {**memory.as_json(), "notes": {"~1": {}}}):
        assert Memory.from_json(damaged) == Memory()


def test_what_an_analyzer_still_owes_is_waited_for_for_a_week_else_for_a_day(clock: Clock) -> None:
    clock.now = 10.0**6
    for days, held, watched in (
        (0.9, False, True),
        (1.1, False, False),
        (6.9, True, True),
        (7.1, True, False),
    ):
        note = Note(verdict="unknown", held=held, judged_at=clock.now - days * 86_400)
        assert note.is_watched is watched
