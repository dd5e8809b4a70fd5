"""What is to be done next about an alert: start, wait, try again, or have it judged."""

import pytest

from codedefender2th.playbook.memory import Memory, Note
from codedefender2th.playbook.rules import (
    ATTEMPTS,
    HANGS_AFTER_MS,
    RETRY_AFTER_MS,
    Judging,
    Target,
    is_too_secret,
    next_action,
    next_jobs,
)
from codedefender2th.thehive.connector import Action, Job, Worker, chosen
from simulators.clock import Clock

NOW = 1_700_000_000_000
OSV = Worker("1", "CodeDefender_OSV_1_0", frozenset({"url"}), "local")
VIRUSTOTAL = Worker("2", "CodeDefender_VirusTotal_1_0", frozenset({"url", "domain"}), "local")


def target(*jobs: Job, reported: tuple[str, ...] = (), data_type: str = "url") -> Target:
    return Target("~1", data_type, "https://cdn.example/a.js", frozenset(reported), jobs)


def job(status: str, ago: int = 1000, analyzer: Worker = OSV, ended: int | None = None) -> Job:
    return Job(analyzer.name, status, NOW - ago, NOW - ended if ended is not None else None)


def test_what_was_never_run_is_started() -> None:
    todo = next_jobs([target()], [OSV, VIRUSTOTAL], NOW)
    assert [(analyzer.name, known) for _, analyzer, known in todo.start] == [
        (OSV.name, 0),
        (VIRUSTOTAL.name, 0),
    ]
    assert not todo.over


def test_an_analyzer_is_not_run_on_what_it_does_not_take() -> None:
    assert next_jobs([target(data_type="other")], [OSV], NOW).over


def test_a_job_is_never_started_beside_another() -> None:
    todo = next_jobs([target(job("InProgress"))], [OSV], NOW)
    assert (todo.start, todo.running, todo.over) == ([], True, False)


@pytest.mark.parametrize("done", [target(job("Success")), target(reported=(OSV.name,))])
def test_what_has_succeeded_is_over(done: Target) -> None:
    assert next_jobs([done], [OSV], NOW).over


def test_a_failed_job_is_tried_again_later() -> None:
    early = next_jobs([target(job("Failure", ended=RETRY_AFTER_MS[0] - 1))], [OSV], NOW)
    assert (early.start, early.retry_at, early.over) == ([], NOW + 1, False)
    late = next_jobs([target(job("Failure", ended=RETRY_AFTER_MS[0]))], [OSV], NOW)
    assert [known for _, _, known in late.start] == [1]


def test_a_job_that_hangs_counts_as_failed() -> None:
    hung = target(job("Waiting", ago=HANGS_AFTER_MS + RETRY_AFTER_MS[0] + 1))
    assert [known for _, _, known in next_jobs([hung], [OSV], NOW).start] == [1]


def test_after_three_failures_it_is_given_up() -> None:
    todo = next_jobs([target(*[job("Failure", ended=10**9)] * ATTEMPTS)], [OSV], NOW)
    assert todo.over
    assert todo.given_up


def test_others_jobs_do_not_count() -> None:
    todo = next_jobs([target(*[job("Failure", analyzer=VIRUSTOTAL, ended=10**9)] * 3)], [OSV], NOW)
    assert len(todo.start) == 1


def action(status: str, ago: int, ended: int | None = None) -> Action:
    return Action("CodeDefender_Triage_1_0", status, NOW - ago, NOW - ended if ended is not None else None)


JUDGED = [target(job("Success", ago=600_000, ended=500_000))]


@pytest.mark.parametrize(
    ("actions", "judged", "expected"),
    [
        ([], False, Judging.START),
        ([action("Waiting", 1000)], False, Judging.WAIT),
        ([action("InProgress", HANGS_AFTER_MS + 1)], False, Judging.START),
        ([action("Failure", 1000, 500)], False, Judging.START),
        ([action("Failure", 1000, 500)] * 3, False, Judging.EXHAUSTED),
        ([action("Failure", 900_000, 800_000)] * 3, False, Judging.START),
        ([action("Success", 1000, 500)], False, Judging.WAIT),
        ([action("Success", 200_000, 190_000)], False, Judging.START),
        ([action("Success", 200_000, 190_000)] * 3, False, Judging.EXHAUSTED),
        ([action("Success", 200_000, 190_000)], True, Judging.DONE),
        ([action("Success", 900_000, 890_000)], True, Judging.START),
    ],
)
def test_when_the_responder_runs(actions: list[Action], judged: bool, expected: Judging) -> None:
    assert next_action(actions, JUDGED, judged, NOW) is expected


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


FAR_AHEAD = -365 * 86_400_000


def test_a_job_that_starts_far_ahead_of_the_clock_is_not_waited_for() -> None:
    """The clock was set back by a year."""
    assert len(next_jobs([target(job("InProgress", ago=FAR_AHEAD))], [OSV], NOW).start) == 1
    assert len(next_jobs([target(job("Failure", ago=FAR_AHEAD, ended=FAR_AHEAD))], [OSV], NOW).start) == 1


def test_a_job_that_starts_a_little_ahead_of_the_clock_is() -> None:
    assert next_jobs([target(job("InProgress", ago=-60_000))], [OSV], NOW).running


@pytest.mark.parametrize("status", ["InProgress", "Success"])
def test_a_responder_far_ahead_of_the_clock_is_not_waited_for(status: str) -> None:
    ended = None if status == "InProgress" else FAR_AHEAD
    assert next_action([action(status, FAR_AHEAD, ended)], JUDGED, False, NOW) is Judging.START


def test_a_pause_ends_when_its_time_is_over_or_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    clock.now = 1000.0
    monkeypatch.setattr("codedefender2th.playbook.memory.time", clock)
    note = Note()
    assert not note.is_paused
    note.pause(until=1300)
    for now, paused in ((1000, True), (1299, True), (1300, False), (999, False), (0, False)):
        clock.now = now
        assert note.is_paused is paused


def test_what_was_settled_ahead_of_the_clock_is_looked_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("codedefender2th.playbook.memory.time", clock)
    for settled_at, kept in ((0, True), (-86_400, False), (1, False), (365 * 86_400, False)):
        memory, key = Memory(), ("url", "https://a.example")
        clock.now = settled_at
        memory.settle([key], failed=True)
        clock.now = 0
        memory.forget_old()
        assert memory.has_failed(key) is kept


def test_memory_survives_its_file_and_damage() -> None:
    memory = Memory({"~1": Note([("url", "https://a.example")], 4.0, 5.0, True, True)})
    memory.settle([("url", "https://b.example")], failed=True)
    again = Memory.from_json(memory.as_json())
    assert again == memory
    assert again.has_failed(("url", "https://b.example"))
    for damaged in (None, [], {"notes": 5}, {"notes": {"~1": {}}, "settled": []}):
        assert Memory.from_json(damaged) == Memory()
