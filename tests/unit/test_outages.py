"""An analyzer that is down for hours: who finds out that it is well again, and at what cost.

The real steps, minute by minute, over a Cortex whose jobs end within the minute.
"""

import itertools
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from codedefender2th.playbook.attempts import MINUTE_MS
from codedefender2th.playbook.health import ATTEMPTS
from codedefender2th.playbook.memory import Memory, Note
from codedefender2th.playbook.progress import Progress
from codedefender2th.playbook.slots import Slots
from codedefender2th.playbook.steps import Steps, Workers
from codedefender2th.playbook.targets import Target
from codedefender2th.thehive.runs import Action, Job, Worker
from simulators.clock import Clock

HOUR = 60
OSV = Worker("1", "CodeDefender_OSV_1_0", frozenset({"url"}), "local")
TRIAGE = Worker("9", "CodeDefender_Triage_1_0", frozenset(), "local")
KEPT_FOR_MS = 4 * 60 * MINUTE_MS


@dataclass
class Desk:
    """Alerts on scripts, one analyzer, one responder that always says `unknown`.

    Attributes:
        is_down: whether the analyzer fails.
        poison: scripts on which it fails always.
        alerts: the script of each, the oldest first; None where a person has closed it.
        started: each job's minute, its script, and whether the analyzer was down.
    """

    clock: Clock
    lookups: int = 4
    is_down: bool = False
    poison: set[str] = field(default_factory=set)
    alerts: list[str | None] = field(default_factory=list)
    jobs: dict[str, list[Job]] = field(default_factory=dict)
    actions: dict[str, list[Action]] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    started: list[tuple[int, str, bool]] = field(default_factory=list)
    cache: dict[str, int] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    minute: int = 0
    kind: str = "alert"

    @property
    def now(self) -> int:
        return int(self.clock.now * 1000)

    def post(self, *scripts: str) -> None:
        self.alerts += scripts

    def start_job(self, name: str, analyzer: Worker, known: int, attempt: int = 0) -> str:
        script = self.alerts[int(name)]
        assert script is not None
        before = self.jobs.setdefault(name, [])
        assert known == len(before)
        made = f"~{name}-{len(before)}"
        if self.now - self.cache.get(script, -KEPT_FOR_MS) < KEPT_FOR_MS:
            began = self.cache[script]
            before.append(Job(analyzer.name, "Success", began, began + 1, made))
            return made
        fails = self.is_down or script in self.poison
        before.append(Job(analyzer.name, "Failure" if fails else "Success", self.now, self.now + 1, made))
        if not fails:
            self.cache[script] = self.now
        self.started.append((self.minute, script, self.is_down))
        return made

    def actions_on(self, kind: str, name: str, responder: Worker) -> list[Action]:
        return self.actions.get(name, [])

    def start_action(self, kind: str, name: str, responder: Worker, known: int) -> None:
        over = Action(responder.name, "Success", self.now + 1, self.now + 2, "unknown")
        self.actions.setdefault(name, []).append(over)

    def pass_(self) -> None:
        """As an investigating pass goes about it."""
        notes, anything = self.memory.notes, self
        # What is no longer watched is listed no more, for it has its verdict.
        fresh = {str(n) for n, script in enumerate(self.alerts) if script and str(n) not in self.known}
        self.known |= fresh
        notes |= {name: Note() for name in fresh}
        self.memory.forget_old()
        for name, note in list(notes.items()):
            if note.judging and self.actions.get(name):
                note.verdict, note.judging = "unknown", False
                note.judged_at = note.judged_at or self.clock.now
            if self.alerts[int(name)] is None or (note.verdict and not note.is_watched):
                del notes[name]
        fake: Any = anything
        steps = Steps(fake, fake, self.memory, Progress(), Slots(self.lookups), {}, set())
        moving = [name for name, note in notes.items() if note.running or note.judging]
        self.look(steps, moving, fresh)
        steps.slots.settle()
        waiting = [name for name, note in notes.items() if not (note.verdict or note.is_paused)]
        waiting.sort(key=int, reverse=True)
        self.look(steps, [name for name in waiting if name not in moving], fresh)
        due = [
            name for name, note in notes.items() if note.verdict and note.not_before and not note.is_paused
        ]
        due.sort(key=lambda name: (len(notes[name].jobs), -int(name)))
        self.look(steps, [name for name in due if name not in moving], fresh)

    def look(self, steps: Steps, names: list[str], fresh: set[str]) -> None:
        for name in names:
            script = self.alerts[int(name)]
            assert script is not None
            target = Target(name, "url", script, jobs=tuple(self.jobs.get(name, ())))
            if any(job.status == "Success" for job in target.jobs):
                target = replace(target, reports={OSV.name: "info"})
            self.memory.notes[name].targets = [target.place]
            steps.next(name, [target], Workers([OSV], TRIAGE), name in fresh)

    def pass_by(self, minutes: int) -> None:
        for _ in range(minutes):
            self.pass_()
            self.minute += 1
            self.clock.now += 60

    def answered(self) -> set[str]:
        return {
            str(self.alerts[int(name)])
            for name, jobs in self.jobs.items()
            if any(job.status == "Success" for job in jobs)
        }

    def unjudged(self) -> list[str]:
        """The alerts on which the responder has not run since their script was answered."""
        return [
            name
            for name, jobs in self.jobs.items()
            if not any(run.started > jobs[-1].started for run in self.actions.get(name, []))
        ]

    def count(self, script: str, down: bool | None = None) -> int:
        return sum(each == script and down in {None, was} for _, each, was in self.started)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    clock = Clock()
    clock.now = 1_700_000_000.0
    for module in ("memory", "steps"):
        monkeypatch.setattr(f"codedefender2th.playbook.{module}.time", clock)
    return Desk(clock)


def scripts(count: int) -> list[str]:
    return [f"https://cdn{number}.example/a.js" for number in range(count)]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("hours", [1, 4, 12, 30])
@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 40])
def test_once_an_analyzer_is_mended_all_is_made_good_within_an_hour(
    count: int, hours: int, desk: Desk
) -> None:
    desk.is_down = True
    desk.post(*scripts(count))
    desk.pass_by(hours * HOUR)
    assert all(note.verdict for note in desk.memory.notes.values())
    # Each script once (a single one three times), and then one try each 5, 10, 20, 40, 60, 60 … minutes.
    assert len(desk.started) <= max(count, ATTEMPTS) + 4 + hours
    tries = [minute for minute, _, _ in desk.started if minute > count]
    assert all(later - earlier >= 5 for earlier, later in itertools.pairwise(tries))
    most = max(desk.count(script) for script in scripts(count))
    assert most <= ATTEMPTS + -(-hours // count) + 1
    before = len(desk.started)
    desk.is_down = False
    desk.pass_by(65)
    assert desk.answered() == set(scripts(count))
    assert len(desk.started) - before <= count + 1
    assert desk.unjudged() == []
    desk.pass_by(8 * HOUR)
    assert len(desk.started) - before <= count + 1


def test_alerts_with_one_script_are_all_judged_again_when_it_is_answered_after_more_than_a_day(
    desk: Desk,
) -> None:
    desk.is_down = True
    desk.post(*(["x"] * 5), "y")
    desk.pass_by(30 * HOUR)
    desk.is_down = False
    desk.pass_by(75)
    assert all(any(job.status == "Success" for job in desk.jobs[str(name)]) for name in range(6))
    assert desk.unjudged() == []


def test_while_it_is_down_whoever_comes_new_is_tried_and_the_rest_keep_their_pace(desk: Desk) -> None:
    desk.is_down = True
    for script in scripts(12):
        desk.post(script)
        desk.pass_by(2 * HOUR)
    assert len(desk.started) <= 12 + 4 + 24
    desk.is_down = False
    desk.pass_by(70)
    assert desk.answered() == set(scripts(12))


@pytest.mark.parametrize("poisoned", [1, 3])
def test_scripts_on_which_it_always_fails_keep_nothing_from_being_made_good(
    poisoned: int, desk: Desk
) -> None:
    desk.is_down = True
    desk.post(*scripts(6))
    desk.poison = set(scripts(6)[-poisoned:])
    desk.pass_by(12 * HOUR)
    desk.is_down = False
    desk.pass_by((poisoned + 2) * HOUR)
    assert desk.answered() == set(scripts(6)) - desk.poison


def test_a_script_on_which_it_fails_while_it_is_well_for_others_has_three_jobs_over_all_alerts(
    desk: Desk,
) -> None:
    script = "https://cdn.poison.example/p.js"
    desk.poison = {script}
    desk.post(*scripts(3), script)
    for number in range(3, 40):
        desk.post(f"https://cdn{number}.example/a.js", *([script] if number % 4 == 0 else []))
        desk.pass_by(37)
    assert desk.count(script) == ATTEMPTS
    assert len(desk.answered()) == 40


def test_what_failed_on_an_alert_that_a_person_closed_counts_for_the_next(desk: Desk) -> None:
    desk.poison = {"x"}
    desk.post("well", "x")
    desk.pass_by(10)
    assert desk.count("x") == 2
    desk.alerts[1] = None
    desk.post("well too")
    desk.pass_by(2)
    desk.post("x")
    desk.pass_by(2 * HOUR)
    assert desk.count("x") == ATTEMPTS
    desk.alerts[3] = None
    desk.post("x")
    desk.pass_by(30 * HOUR)
    assert desk.count("x") == ATTEMPTS


def test_a_single_script_that_failed_alone_is_looked_up_once_more_when_another_is_answered(
    desk: Desk,
) -> None:
    desk.poison = {"x"}
    desk.post("x")
    desk.pass_by(3 * HOUR)
    before = desk.count("x")
    assert ATTEMPTS < before <= ATTEMPTS + 3
    for number in range(20):
        desk.post(f"other{number}")
        desk.pass_by(2 * HOUR)
    assert desk.count("x") == before + 1


def test_a_single_script_that_always_fails_is_tried_hourly_for_a_week_at_most(desk: Desk) -> None:
    desk.poison = {"x"}
    desk.post("x")
    desk.pass_by(10 * 24 * HOUR)
    assert desk.count("x") <= ATTEMPTS + 7 * 24
    assert desk.started[-1][0] < 7 * 24 * HOUR + HOUR


def test_outage_after_outage_all_is_made_good_and_memory_stays_small(desk: Desk) -> None:
    for round_ in range(8):
        desk.post(*(f"https://cdn{round_}.example/{number}.js" for number in range(4)))
        desk.is_down = True
        desk.pass_by(7 * HOUR)
        desk.is_down = False
        desk.pass_by(65)
        assert len(desk.answered()) == 4 * (round_ + 1)
    assert all(len(each.jobs) <= ATTEMPTS for each in desk.memory.failures.values())
    assert Memory.from_json(desk.memory.as_json()) == desk.memory
