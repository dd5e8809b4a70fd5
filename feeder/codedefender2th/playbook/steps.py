"""The next step for one alert or case: start its jobs, or have it judged."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from codedefender2th.playbook.attempts import MINUTE_MS
from codedefender2th.playbook.lessons import evidence, learn
from codedefender2th.playbook.memory import Memory, Note
from codedefender2th.playbook.progress import Progress
from codedefender2th.playbook.roster import Workers
from codedefender2th.playbook.rules import Around, Judging, Next, next_action, next_jobs
from codedefender2th.playbook.slots import Slots
from codedefender2th.playbook.survey import Survey
from codedefender2th.playbook.targets import Key, Target
from codedefender2th.thehive.connector import Cortex
from codedefender2th.thehive.runs import Job, Worker

log = logging.getLogger(__name__)

_FLAGGED = {"malicious", "suspicious"}
# When what is to be judged is looked at again, where there is no responder.
_NO_RESPONDER_MS = 2 * MINUTE_MS


@dataclass
class Steps:
    """What is done in one pass, one alert or case after the other.

    Attributes:
        carried: the verdicts that those without a verdict of ours carry: on 4.1 a case inherits `unknown`.
        judging: scripts that a report calls malicious, of which an alert is being judged: others wait, so
            that the case is there when they look for one to join. By script, the ids of those alerts.
        done: those on which the responder has judged what there is.
    """

    cortex: Cortex
    survey: Survey
    memory: Memory
    progress: Progress
    slots: Slots
    carried: Mapping[str, str | None]
    judging: dict[Key, set[str]]
    done: list[str] = field(default_factory=list)
    _open_cases: dict[str, bool] = field(default_factory=dict)

    def next(self, name: str, targets: list[Target], workers: Workers, is_new: bool = False) -> None:
        """Do what comes next about an alert or a case.

        Args:
            name: its id.
            targets: with their reports and jobs.
            workers: what to run.
            is_new: whether it is seen for the first time.

        Raises:
            Trouble, Refusal, Unavailable: TheHive's.
        """
        note, now = self.memory.notes[name], milliseconds()
        learn(self.memory, note, targets, now)
        levels = {level for target in targets for level in target.reports.values()}
        note.looked_at, note.flagged = now / 1000, "malicious" in levels
        note.wake()
        todo = next_jobs(targets, workers.analyzers, self.around(note, now))
        if note.verdict is not None and not note.held:
            # What has been judged is not looked up again, but what runs there is waited for.
            todo = Next(running=todo.running, moving=todo.moving)
        # Who was held is so until all is over, a retry or another alert's look-up included.
        note.held = todo.given_up or (note.held and note.verdict is not None and not todo.over)
        note.running = todo.running
        self._hold(targets, todo, workers)
        if todo.start and not self._may_start(targets[0].key, todo, is_new, now):
            self.progress.waiting += note.verdict is None
            # Where there is a verdict, the next pass is to come back to it.
            note.held = note.verdict is not None
            note.pause(until=now / 1000)
            return
        self._start(note, todo)
        self._occupy(targets, todo)
        again = None
        over = todo.over or bool(levels & _FLAGGED and not (todo.start or todo.running or todo.elsewhere))
        if over and workers.responder is not None:
            again = self._judge(name, note, targets, workers.responder, now)
        elif over:
            self.progress.waiting += note.verdict is None
            again = now + _NO_RESPONDER_MS
        elif note.running:
            self.progress.running += 1
        else:
            self.progress.waiting += note.verdict is None
        moments = [moment for moment in (todo.retry_at, todo.later, again) if moment is not None]
        if todo.elsewhere and note.held and note.verdict is not None:
            # The next pass is to come back to it.
            moments.append(now)
        if moments:
            note.pause(until=min(moments) / 1000)

    def around(self, note: Note, now: int) -> Around:
        """What is known beyond an alert or case."""
        return Around(
            now, frozenset(self.slots.busy), self.memory.failures, self.memory.health, dict(note.seen)
        )

    def _hold(self, targets: list[Target], todo: Next, workers: Workers) -> None:
        """What moves holds a slot, unless Cortex's cache has the answer."""
        news = any(
            target.data_type in analyzer.data_types
            and (analyzer.name, target.key) not in self.memory.looked_up
            for target in targets
            for analyzer in workers.analyzers
        )
        if todo.moving and news:
            self.slots.hold(targets[0].key, max(job.started for target in targets for job in target.jobs))

    def _may_start(self, script: Key, todo: Next, is_new: bool, now: int) -> bool:
        news = any((each.analyzer.name, each.target.key) not in self.memory.looked_up for each in todo.start)
        return not news or self.slots.admits(script, is_new, now)

    def _start(self, note: Note, todo: Next) -> None:
        started: dict[str, list[str]] = {}
        for each in todo.start:
            name = self.cortex.start_job(each.target.id, each.analyzer, each.known, each.attempt)
            self.progress.started += 1
            note.running = True
            if name is not None:
                note.jobs[name], note.seen[name] = each.target.id, milliseconds()
            if each.probes:
                self.memory.health_of(each.analyzer.name).is_tried(milliseconds())
            failures = self.memory.failures.get((each.analyzer.name, each.target.key))
            if failures is not None:
                failures.again = False
            started.setdefault(each.target.data, []).append(each.analyzer.name)
        for data, names in started.items():
            log.info("Started on %s: %s", data, ", ".join(names))

    def _occupy(self, targets: list[Target], todo: Next) -> None:
        """Keep others from looking the same up at the same time.

        On 4.1 also what the cache answers: of several jobs on one answer a single one gets the report.
        """
        what = [(each.analyzer.name, each.target.key) for each in todo.start]
        if todo.moving:
            what += [
                (job.analyzer, target.key)
                for target in targets
                for job in target.jobs
                if job.analyzer not in target.reports and not (job.status == "Success" and job.has_report)
            ]
        strict = self.survey.kind == "case"
        self.slots.busy.update(each for each in what if strict or each not in self.memory.looked_up)

    def _judge(self, name: str, note: Note, targets: list[Target], responder: Worker, now: int) -> int | None:
        """Every job is over: have the responder decide; when to look again, where it could not."""
        digest, kind = evidence(targets), self.survey.kind
        if note.verdict is not None and digest == note.evidence and not note.judging:
            return None
        actions = self.cortex.actions_on(kind, name, responder)
        if note.verdict is not None and not actions:
            # A person has judged it.
            note.evidence = digest
            return None
        judged = note.verdict is not None or self.carried.get(name) is not None
        turn = next_action(actions, targets, judged, now)
        scripts = {target.key for target in targets if target.is_script}
        if turn.judging is Judging.START and note.flagged and not self._may_judge(name, scripts):
            self.progress.waiting += 1
            return None
        note.judging = turn.judging in {Judging.START, Judging.WAIT}
        if turn.judging is Judging.START:
            self.cortex.start_action(kind, name, responder, len(actions))
            self.progress.judged += 1
        if turn.judging is Judging.LATER:
            self._put_off(name, note, responder, turn.failed)
            return turn.at
        note.failures = 0 if turn.judging is Judging.DONE else note.failures
        note.evidence = digest
        if note.judging:
            self.progress.running += 1
            for script in scripts if note.flagged else ():
                self.judging.setdefault(script, set()).add(name)
        else:
            self.done.append(name)
        return None

    def _may_judge(self, name: str, scripts: set[Key]) -> bool:
        """Whether the responder may make a case, or finds one to join."""
        others = any(self.judging.get(script, set()) - {name} for script in scripts)
        if self.survey.kind == "case" or not others:
            return True
        return any(self._has_open_case(key) for key in scripts)

    def _has_open_case(self, script: Key) -> bool:
        name, _ = self.memory.cases.get(script, ("", 0.0))
        if name and name not in self._open_cases:
            case = self.survey.by_id([name], "case").get(name)
            self._open_cases[name] = case is not None and self.survey.is_open(case)
        return self._open_cases.get(name, False)

    def _put_off(self, name: str, note: Note, responder: Worker, failed: int) -> None:
        """The responder could not judge."""
        before, note.failures = note.failures, failed
        if not note.fails:
            self.progress.waiting += 1
            return
        self.progress.failed += 1
        if before == failed:
            return
        log.error(
            "%s has failed %d times on %s: see its report there and mend the cause; it is tried again.",
            responder.name,
            failed,
            self.survey.page(name),
        )


def with_jobs(targets: tuple[Target, ...], jobs: Mapping[str, list[Job]]) -> list[Target]:
    """The targets with what was found of their jobs."""
    return [replace(target, jobs=tuple(jobs.get(target.id, ()))) for target in targets]


def milliseconds() -> int:
    """Now, since the epoch."""
    return int(time.time() * 1000)
