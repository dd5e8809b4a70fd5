"""`investigate` and `run` over what was fed: real analyzers and the real responder, simulated services."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import within
from codedefender2th.playbook import attempts as playbook
from program import Program
from simulators.known_flaws import JQUERY_OSV
from simulators.lab import ANALYZERS, RESPONDER, Lab
from simulators.messages import incident, ts_at
from simulators.thehive.store import Entity
from simulators.virustotal import attributes

SKIMMER = "https://cdn.evil.example/skim.js"
JQUERY = "https://code.jquery.com/jquery-3.4.1.min.js"
VIRUSTOTAL, SNYK, OSV, HYBRID = ANALYZERS


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(analyzers=(VIRUSTOTAL, OSV)) as lab:
        yield lab


@pytest.fixture
def program(lab: Lab, tmp_path: Path) -> Program:
    made = Program.between(lab.slack, lab.hive, tmp_path, FEEDER_INTERVAL="1")
    made.secrets = lab.secrets
    return made


def post(lab: Lab, *scripts: str, start: int = 0) -> None:
    for number, script in enumerate(scripts, start):
        lab.channel.post(incident(ts_at(number), script=f"`{script}`", risk="Medium"))


def verdicts(lab: Lab) -> dict[str, str | None]:
    """Verdict by script URL (the last one's where several alerts have it)."""
    found = {}
    for alert in lab.hive.store.alerts.values():
        data = next(
            o["data"]
            for o in lab.hive.store.observables_of(alert["_id"])
            if "code-defender:script" in o["tags"]
        )
        tags = [tag.rpartition("=")[2] for tag in alert["tags"] if ":verdict=" in tag]
        found[data] = tags[0] if tags else None
    return found


def settle(lab: Lab, program: Program, done: Callable[[], bool], seconds: float = 30) -> list[dict[str, int]]:
    """Investigate until something is so."""
    counts = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        counts.append(within.investigate(program).counts())
        if done():
            return counts
        wait_for_jobs(lab)
        time.sleep(0.02 * counts[-1]["waiting"])
    raise AssertionError(f"not settled: {counts[-3:]}")


def wait_for_jobs(lab: Lab) -> None:
    end = time.monotonic() + 20
    while any(
        e["status"] in {"Waiting", "InProgress"}
        for e in [*lab.hive.store.jobs.values(), *lab.hive.store.actions.values()]
    ):
        assert time.monotonic() < end, "jobs go on for ever"
        time.sleep(0.02)


def test_the_whole_story(lab: Lab, program: Program) -> None:
    content = "c0" * 32
    lab.virustotal.urls[SKIMMER] = attributes(content=content)
    lab.virustotal.files[content] = attributes(malicious=9, label="trojan.js/skimmer")
    lab.virustotal.urls["https://cdn.good.example/a.js"] = attributes(content="9f" * 32)
    lab.virustotal.files["9f" * 32] = attributes()
    lab.osv.records = list(JQUERY_OSV)
    post(lab, SKIMMER, JQUERY, "https://cdn.good.example/a.js", "https://new.example/x.js", "Anonymous")
    assert program.run("feed").counts["created"] == 5
    settle(lab, program, lambda: all(verdicts(lab).values()))
    assert verdicts(lab) == {
        SKIMMER: "malicious",
        JQUERY: "suspicious",
        "https://cdn.good.example/a.js": "clean",
        "https://new.example/x.js": "unknown",
        "Anonymous": "unknown",
    }
    [case] = lab.hive.store.cases.values()
    assert case["severity"] == 4
    lab.hive.requests.clear()
    after = program.run("investigate").counts
    assert (after["open"], after["started"], after["judged"]) == (0, 0, 0)
    assert {request.method for request in lab.hive.requests if not request.path.endswith("/query")} <= {"GET"}


def test_a_second_pass_starts_nothing_twice(lab: Lab, program: Program) -> None:
    lab.workers.delay = 1.0
    post(lab, SKIMMER)
    program.run("feed")
    first, second = program.run("investigate").counts, program.run("investigate").counts
    # Two analyzers on the script, one of them also on its host.
    assert (first["started"], second["started"]) == (3, 0)
    assert len(lab.hive.store.jobs) == 3


def test_what_an_analyst_has_started_is_not_started_again(lab: Lab, program: Program) -> None:
    post(lab, SKIMMER)
    program.run("feed")
    [alert] = lab.hive.store.alerts.values()
    script = lab.hive.store.observables_of(alert["_id"])[0]
    user = lab.hive.store.users["feeder@demo.local"]
    analyzer = lab.workers.find(VIRUSTOTAL)
    assert analyzer is not None
    lab.hive.connector.run(user, script, analyzer)
    wait_for_jobs(lab)
    assert program.run("investigate").counts["started"] == 2
    assert Counter(job["analyzerName"] for job in lab.hive.store.jobs.values()) == {VIRUSTOTAL: 2, OSV: 1}


def test_many_alerts_about_one_script_cost_one_look_up_and_one_case(lab: Lab, program: Program) -> None:
    lab.answer(VIRUSTOTAL, lambda data: "malicious")
    lab.answer(OSV, lambda data: "info")
    post(lab, *[SKIMMER] * 8)
    program.run("feed")
    settle(lab, program, lambda: all("malicious" in str(a["tags"]) for a in lab.hive.store.alerts.values()))
    assert Counter(name for name, _ in lab.workers.started if name != RESPONDER) == {VIRUSTOTAL: 2, OSV: 1}
    assert len(lab.hive.store.cases) == 1


def test_few_scripts_are_looked_up_at_once(lab: Lab, program: Program) -> None:
    lab.workers.broken |= {VIRUSTOTAL, OSV}
    post(lab, *[f"https://cdn.example/{number}.js" for number in range(9)])
    program.run("feed")
    # Four scripts, and the one host that serves them all.
    assert program.run("investigate").counts["started"] == 9
    again = program.run("investigate").counts
    assert (again["started"], again["running"], again["waiting"]) == (0, 4, 5)


def test_the_newest_come_first(lab: Lab, program: Program) -> None:
    lab.workers.delay = 3
    post(lab, *[f"https://cdn.example/{number}.js" for number in range(9)])
    program.run("feed")
    newest = sorted(lab.hive.store.alerts.values(), key=lambda alert: -alert["_createdAt"])[:4]
    program.run("investigate")
    started = {
        lab.hive.store.observables[job[".observable"]][".parent"] for job in lab.hive.store.jobs.values()
    }
    assert started == {alert["_id"] for alert in newest}


def age(entities: Any, minutes: float) -> None:
    for entity in entities:
        entity["startDate"] -= int(minutes * 60_000)
        if "endDate" in entity:
            entity["endDate"] -= int(minutes * 60_000)


def jobs_on(lab: Lab, data: str, analyzer: str) -> list[Entity]:
    """The jobs of an analyzer on something, of whichever alert."""
    found = [job for job in lab.hive.store.jobs.values() if job["analyzerName"] == analyzer]
    return [job for job in found if lab.hive.store.observables[job[".observable"]]["data"] == data]


def forget_waits(tmp_path: Path) -> None:
    for file in tmp_path.glob("*/investigations.json"):
        file.unlink()


def test_a_failed_job_is_tried_three_times_and_then_it_is_unknown(
    lab: Lab, program: Program, tmp_path: Path
) -> None:
    lab.answer(VIRUSTOTAL, lambda data: None)
    lab.answer(OSV, lambda data: "info")
    post(lab, SKIMMER)
    program.run("feed")
    for attempt in range(1, 4):
        program.run("investigate")
        wait_for_jobs(lab)
        early = program.run("investigate").counts
        failed = jobs_on(lab, SKIMMER, VIRUSTOTAL)
        assert len(failed) == attempt
        if attempt < 3:
            assert (early["started"], early["waiting"]) == (0, 1)
            age(lab.hive.store.jobs.values(), playbook.RETRY_AFTER_MS[attempt - 1] / 60_000 + 1)
            forget_waits(tmp_path)
    settle(lab, program, lambda: all(verdicts(lab).values()))
    assert verdicts(lab) == {SKIMMER: "unknown"}
    assert len(jobs_on(lab, SKIMMER, OSV)) == 1


def test_a_script_that_could_not_be_looked_up_is_not_tried_for_every_alert(
    lab: Lab, program: Program, tmp_path: Path
) -> None:
    lab.answer(VIRUSTOTAL, lambda data: None)
    lab.answer(OSV, lambda data: "info")
    post(lab, *[SKIMMER] * 5)
    program.run("feed")
    for _ in range(3):
        program.run("investigate")
        wait_for_jobs(lab)
        age(lab.hive.store.jobs.values(), 60)
        forget_waits(tmp_path)
    settle(lab, program, lambda: all("unknown" in str(a["tags"]) for a in lab.hive.store.alerts.values()))
    assert len(jobs_on(lab, SKIMMER, VIRUSTOTAL)) == 3


def test_a_hanging_job_counts_as_failed(lab: Lab, program: Program, tmp_path: Path) -> None:
    lab.workers.broken.add(VIRUSTOTAL)
    lab.answer(OSV, lambda data: "info")
    post(lab, SKIMMER)
    program.run("feed")
    program.run("investigate")
    assert program.run("investigate").counts["running"] == 1
    age(lab.hive.store.jobs.values(), 60)
    assert program.run("investigate").counts["started"] == 2


def test_a_responder_that_hangs_or_fails_is_run_again_more_and_more_seldom(
    lab: Lab, program: Program, tmp_path: Path
) -> None:
    lab.answer(VIRUSTOTAL, lambda data: "safe")
    lab.answer(OSV, lambda data: "info")
    lab.workers.stand_ins[RESPONDER] = lambda request: {
        "report": {"errorMessage": "no"},
        "errorMessage": "no",
        "status": "Failure",
    }
    post(lab, SKIMMER)
    program.run("feed")
    said = ""
    for attempt, minutes in enumerate((1, 5, 15), 1):
        for _ in range(3):
            result = program.run("investigate")
            said += result.err
            wait_for_jobs(lab)
        assert len(lab.hive.store.actions) == attempt
        assert result.counts["failed"] == (attempt == 3)
        age([*lab.hive.store.actions.values(), *lab.hive.store.jobs.values()], minutes + 0.5)
        forget_waits(tmp_path)
    assert said.count("mend the cause") == 1
    assert result.code == 1
    del lab.workers.stand_ins[RESPONDER]
    settle(lab, program, lambda: all(verdicts(lab).values()))


@pytest.mark.parametrize("state", ["closed", "imported", "judged"])
def test_what_a_person_has_dealt_with_is_left_or_followed(state: str, lab: Lab, program: Program) -> None:
    lab.answer(VIRUSTOTAL, lambda data: "malicious")
    lab.answer(OSV, lambda data: "info")
    post(lab, SKIMMER)
    program.run("feed")
    [alert] = lab.hive.store.alerts.values()
    user = lab.hive.store.users["feeder@demo.local"]
    if state == "closed":
        alert |= {"status": "FalsePositive", "stage": "Closed"}
    elif state == "judged":
        alert["tags"].append("code-defender:verdict=clean")
    else:
        case = lab.hive.cases.create(user, {"title": "t", "description": "d", "tags": []})
        lab.hive.cases.take_in(user, alert, case)
    for _ in range(6):
        program.run("investigate")
        wait_for_jobs(lab)
    if state == "imported":
        [case] = lab.hive.store.cases.values()
        assert "code-defender:verdict=malicious" in case["tags"]
    else:
        assert not lab.hive.store.jobs
        assert not lab.hive.store.cases


def test_above_tlp_2_nothing_is_analysed_but_judged(lab: Lab, program: Program) -> None:
    post(lab, SKIMMER)
    program.run("feed", FEEDER_TLP="3")
    results = [program.run("investigate")]
    settle(lab, program, lambda: all(verdicts(lab).values()))
    assert "not analysed" in results[0].err
    assert not lab.hive.store.jobs
    assert verdicts(lab) == {SKIMMER: "unknown"}


@pytest.mark.parametrize("missing", ["analyzers", "responder"])
def test_missing_workers_are_told(missing: str, lab: Lab, program: Program) -> None:
    post(lab, SKIMMER)
    program.run("feed")
    settings = {"FEEDER_ANALYZERS": "Nope_*"} if missing == "analyzers" else {"FEEDER_RESPONDER": "Nope_1_0"}
    result = program.run("investigate", **settings)
    assert result.code == 1
    assert "Nope" in result.err


def test_an_idle_pass_is_a_query_and_the_first_one_two(lab: Lab, program: Program) -> None:
    program.run("investigate")
    lab.hive.calls.clear()
    program.run("investigate")
    assert dict(lab.hive.calls) == {
        "GET /api/v1/user/current": 1,
        "GET /api/v1/status/public": 1,
        # What is open, and what was judged within a day: only the first pass of `run` asks for that, too.
        "POST /api/v1/query": 2,
    }


def test_a_lost_state_costs_nothing_but_requests(lab: Lab, program: Program, tmp_path: Path) -> None:
    lab.answer(VIRUSTOTAL, lambda data: "malicious")
    lab.answer(OSV, lambda data: "info")
    post(lab, SKIMMER, JQUERY, SKIMMER)
    program.run("feed")
    for _ in range(12):
        program.run("investigate")
        wait_for_jobs(lab)
        forget_waits(tmp_path)
        if all(verdicts(lab).values()):
            break
    assert set(verdicts(lab).values()) == {"malicious"}
    assert (
        max(
            Counter(
                (job[".observable"], job["analyzerName"]) for job in lab.hive.store.jobs.values()
            ).values()
        )
        == 1
    )


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "kind",
    [
        "reset_after",
        *(
            pytest.param(kind, marks=pytest.mark.slow)
            for kind in ("status", "status_after", "truncated", "html")
        ),
    ],
)
@pytest.mark.parametrize("path", [r".*/job", r".*/action", r".*/query", r".*/analyzer", r".*/action/.*"])
def test_a_fault_at_any_call_doubles_nothing(kind: str, path: str, lab: Lab, program: Program) -> None:
    lab.answer(VIRUSTOTAL, lambda data: "malicious")
    lab.answer(OSV, lambda data: "info")
    post(lab, SKIMMER)
    program.run("feed")
    lab.hive.fail(kind, path=path, after=0)
    settle(lab, program, lambda: all(verdicts(lab).values()))
    assert verdicts(lab) == {SKIMMER: "malicious"}
    assert len(lab.hive.store.jobs) == 3
    assert len(lab.hive.store.cases) == 1
    assert len(lab.hive.store.actions) <= 2


def test_run_goes_from_the_slack_post_to_the_case(lab: Lab, program: Program) -> None:
    lab.answer(VIRUSTOTAL, lambda data: "malicious")
    lab.answer(OSV, lambda data: "info")
    process = program.start("run")
    post(lab, SKIMMER)
    end = time.monotonic() + 20
    while not lab.hive.store.cases:
        assert time.monotonic() < end, "no case"
        time.sleep(0.05)
    process.terminate()
    result = program.ended(process)
    assert result.code == 0


def test_on_4_1_the_cases_that_analysts_make_are_investigated(tmp_path: Path) -> None:
    with Lab("4.1.24-1", analyzers=(VIRUSTOTAL, OSV)) as lab:
        lab.answer(VIRUSTOTAL, lambda data: "malicious")
        lab.answer(OSV, lambda data: "info")
        program = Program.between(lab.slack, lab.hive, tmp_path)
        post(lab, SKIMMER)
        program.run("feed")
        assert program.run("investigate").counts["open"] == 0
        [alert] = lab.hive.store.alerts.values()
        user = lab.hive.store.users["feeder@demo.local"]
        # An analyst ran the responder on the alert, where 4.1 knows nothing, and made a case of it.
        alert["tags"].append("code-defender:verdict=unknown")
        parts = {key: alert[key] for key in ("title", "description", "severity", "tags")}
        case: Entity = lab.hive.cases.create(user, parts)
        lab.hive.cases.take_in(user, alert, case)
        settle(lab, program, lambda: "code-defender:verdict=malicious" in case["tags"])
        assert case["severity"] == 4
        assert program.run("investigate").counts["open"] == 0
