"""One pass over what is open: what became of it, what comes next about each, and who waits.

It costs a query for each thousand of what is open, one for what was judged lately, and some for what has
changed.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from codedefender2th.errors import Unavailable
from codedefender2th.logs import fields
from codedefender2th.playbook.lessons import evidence
from codedefender2th.playbook.memory import Memory, Note
from codedefender2th.playbook.progress import Progress
from codedefender2th.playbook.roster import Roster, Workers
from codedefender2th.playbook.rules import next_jobs
from codedefender2th.playbook.slots import Slots
from codedefender2th.playbook.steps import Steps, milliseconds, with_jobs
from codedefender2th.playbook.survey import Entity, Survey
from codedefender2th.playbook.targets import TAGS, Key, Selection, select
from codedefender2th.playbook.verdicts import Verdict, verdict_of
from codedefender2th.thehive.client import TheHive
from codedefender2th.thehive.connector import Cortex, Trouble

log = logging.getLogger(__name__)

# How many are looked at in one pass because they wait, and of how many it is found out what they are about.
_LOOKS, _SURVEYED = 60, 100
# How many of those judged within a day are looked at again in one pass: one query.
_WATCHED = 25
# A pass begins nothing more after so long, so that the next one sees what is new.
_PASS_SECONDS = 60.0
# When what TheHive refuses is tried again.
_TROUBLE_SECONDS = (300.0, 1800.0, 7200.0, 21_600.0)
# The same after a fault: the first time in the next pass.
_FAULT_SECONDS = (0.0, 60.0, 300.0, 1800.0)
# So many one after the other, and it is not theirs but TheHive's trouble.
_UNAVAILABLE = 2


def _created(entity: Entity) -> int:
    """When an alert or a case came to be, in milliseconds since the epoch."""
    created = entity.get("_createdAt")
    return created if isinstance(created, int) else 0


class Pass:
    """One pass over what was fed into one TheHive.

    Args:
        thehive: where the alerts and cases are.
        memory: what earlier passes know; changed.
        roster: tells what to run.
        progress: what the pass does, counted as it goes.
        lookups: how many distinct scripts are looked up at once.
        stop: set when the pass is to end soon.
        on_verdict: told of each verdict that arrives.
    """

    def __init__(
        self,
        thehive: TheHive,
        memory: Memory,
        roster: Roster,
        progress: Progress,
        lookups: int,
        stop: threading.Event,
        on_verdict: Callable[[Verdict], None],
    ) -> None:
        self.memory, self.roster, self.progress = memory, roster, progress
        self.stop, self.on_verdict = stop, on_verdict
        self.cortex, self.survey, self.slots = Cortex(thehive), Survey(thehive), Slots(lookups)
        self.ends = time.monotonic() + _PASS_SECONDS
        self.listed: dict[str, Entity] = {}
        self.looked: set[str] = set()
        self.unavailable = 0

    def run(self, is_first: bool) -> None:
        """Do what can be done now.

        Args:
            is_first: whether no pass was made before by this process.

        Raises:
            Refusal, Unavailable, Stopped, MissingWorkers: what was started goes on.
        """
        self.listed = {str(entity["_id"]): entity for entity in self.survey.without_verdict()}
        self.progress.open = len(self.listed)
        self.memory.forget_old()
        self._see_what_became()
        if is_first:
            self._adopt()
        fresh = [name for name in self.listed if name not in self.memory.notes]
        self.memory.notes |= {name: Note() for name in fresh}
        notes = self.memory.notes
        judging: dict[Key, set[str]] = {}
        for name, note in notes.items():
            for target in note.known_targets if note.judging and note.flagged else ():
                if target.is_script:
                    judging.setdefault(target.key, set()).add(name)
        self.steps = Steps(
            self.cortex,
            self.survey,
            self.memory,
            self.progress,
            self.slots,
            {name: verdict_of(entity) for name, entity in self.listed.items()},
            judging,
        )
        self._look([name for name, note in notes.items() if note.running or note.judging])
        self.slots.settle()
        self._look_at_those_waiting(set(fresh))
        self._watch()
        for name in self.steps.done:
            self._is_done(name)

    def _see_what_became(self) -> None:
        """See what has become of those that are no longer without a verdict."""
        notes = self.memory.notes
        gone = [n for n, note in notes.items() if n not in self.listed and (not note.verdict or note.judging)]
        entities = self.survey.by_id(gone) if gone else {}
        for name in gone:
            entity = entities.get(name)
            if entity is None or (verdict_of(entity) is None and not self.survey.is_open(entity)):
                del notes[name]
            elif verdict_of(entity) not in {None, notes[name].verdict}:
                self._has_arrived(name, entity)
        for name in [n for n, note in notes.items() if note.verdict and not note.is_watched]:
            if name not in self.listed:
                del notes[name]

    def _has_arrived(self, name: str, entity: Entity) -> None:
        note = self.memory.notes[name]
        verdict = self.survey.told(entity, note.verdict)
        note.verdict, note.judged_at, note.judging, note.failures = verdict.verdict, time.time(), False, 0
        case = entity.get("caseId")
        if verdict.verdict == "malicious" and isinstance(case, str):
            scripts = [target.key for target in note.known_targets if target.is_script]
            self.memory.cases |= {key: (case, time.time()) for key in scripts}
        self.progress.verdicts += 1
        told = fields(
            verdict=verdict.verdict, kind=verdict.kind, id=verdict.id, link=verdict.page, case=verdict.case
        )
        log.info("%s: %s  %s", verdict.verdict, verdict.title, verdict.page, extra=told)
        self.on_verdict(verdict)

    def _is_done(self, name: str) -> None:
        """The responder has judged what there is."""
        note, entity = self.memory.notes[name], self.listed.get(name)
        if entity is not None and verdict_of(entity) not in {None, note.verdict}:
            self._has_arrived(name, entity)

    def _adopt(self) -> None:
        """Watch those that were judged within a day, whoever had it done."""
        for entity in self.survey.judged_lately():
            note = Note(verdict=verdict_of(entity), judged_at=_created(entity) / 1000)
            self.memory.notes.setdefault(str(entity["_id"]), note)

    def _look_at_those_waiting(self, fresh: set[str]) -> None:
        """The newest first, as far as there are slots."""
        notes = self.memory.notes
        waiting = []
        for name in self.listed:
            note = notes[name]
            if name in self.looked or note.verdict is not None:
                continue
            if note.is_paused:
                self.progress.set_aside += note.troubles > 0
                self.progress.failed += note.fails
                self.progress.waiting += not (note.troubles or note.fails)
            else:
                waiting.append(name)
        if not waiting:
            return
        workers = self._workers()
        unknown = [name for name in waiting if notes[name].targets is None][:_SURVEYED]
        found = self._selections(unknown)
        now, busy = milliseconds(), set(self.slots.busy)
        looked: list[str] = []
        for name in waiting:
            note = notes[name]
            if note.targets is None or len(looked) >= _LOOKS or self._is_late():
                self.progress.waiting += 1
                continue
            around = self.steps.around(note, now)
            todo = next_jobs(note.known_targets, workers.analyzers, around)
            what = {(each.analyzer.name, each.target.key) for each in todo.start} - busy
            news = what - self.memory.looked_up.keys()
            script = note.known_targets[0].key if note.targets else ("", "")
            if (what or todo.over) and (not news or self.slots.could_admit(script, name in fresh, now)):
                # What Cortex's cache answers may run for many at once; on 4.1 it may not.
                busy |= what if self.survey.kind == "case" else news
                looked.append(name)
            else:
                self.progress.waiting += 1
        self._look(looked, found, fresh)

    def _watch(self) -> None:
        """Whatever arrives within a day after a verdict is judged again."""
        notes = self.memory.notes
        judged = [name for name, note in notes.items() if note.verdict and name not in self.looked]
        judged.sort(key=lambda name: notes[name].looked_at)
        due = {name for name in judged if notes[name].not_before and not notes[name].is_paused}
        looked = [*due, *(name for name in judged if name not in due)][: max(_WATCHED, len(due))]
        if not looked:
            return
        found = self._selections(looked)
        changed = [
            name
            for name in looked
            if found[name].targets and (name in due or evidence(found[name].targets) != notes[name].evidence)
        ]
        there = self.survey.by_id(changed) if changed else {}
        for name in changed:
            if name not in there or not self.survey.is_open(there[name]):
                del notes[name]
        # Whoever has been tried least finds out whether an analyzer is well again; of those, the newest.
        kept = [name for name in changed if name in notes]
        kept.sort(key=lambda name: (len(notes[name].jobs), -_created(there[name])))
        self._look(kept, found)

    def _look(
        self, names: list[str], found: dict[str, Selection] | None = None, fresh: set[str] | None = None
    ) -> None:
        """Do what comes next about each of these."""
        if not names:
            return
        workers = self._workers()
        self.looked.update(names)
        found = {**self._selections([n for n in names if n not in (found or {})]), **(found or {})}
        parents = {name: [target.id for target in found[name].targets] for name in names}
        known = {job: owner for name in names for job, owner in self.memory.notes[name].jobs.items()}
        asked = {name: targets for name, targets in parents.items() if targets}
        jobs = self.cortex.jobs(self.survey.kind, asked, TAGS, known)
        for name in names:
            if self.stop.is_set() or self._is_late():
                self.progress.waiting += 1
                continue
            try:
                targets = with_jobs(found[name].targets, jobs)
                self.steps.next(name, targets, workers, name in (fresh or ()))
                self.memory.notes[name].trouble, self.memory.notes[name].troubles = "", 0
                self.unavailable = 0
            except Trouble as trouble:
                self._set_aside(name, str(trouble))
            except Unavailable as fault:
                self.unavailable += 1
                if self.unavailable >= _UNAVAILABLE:
                    raise
                self._set_aside(name, str(fault), _FAULT_SECONDS)

    def _selections(self, names: list[str]) -> dict[str, Selection]:
        """What of these is looked up."""
        if not names:
            return {}
        found = self.cortex.observables(self.survey.kind, names, TAGS)
        selections = {}
        for name in names:
            entity = self.listed.get(name, {})
            tags = entity.get("tags")
            selection = select(
                found[name], [str(tag) for tag in tags] if isinstance(tags, list) else [], entity.get("pap")
            )
            note, selections[name] = self.memory.notes[name], selection
            if note.targets is None and selection.secret:
                log.warning("Above TLP or PAP 2, not analysed: %s", ", ".join(selection.secret))
            note.targets = [
                (each.id, each.data_type, each.data, each.is_script) for each in selection.targets
            ]
            note.looked_at = time.time()
        return selections

    def _set_aside(self, name: str, reason: str, pauses: tuple[float, ...] = _TROUBLE_SECONDS) -> None:
        """One alert's or case's trouble keeps no other back; it is said once."""
        note = self.memory.notes[name]
        note.running = note.judging = False
        seconds = pauses[min(note.troubles, len(pauses) - 1)]
        note.troubles += 1
        note.pause(until=time.time() + seconds)
        self.progress.set_aside += 1
        if note.trouble != reason:
            note.trouble = reason
            log.warning(
                "Set aside, to be tried again in %.0f s: %s  %s",
                seconds,
                self.survey.page(name),
                reason,
            )

    def _workers(self) -> Workers:
        names = [*self.listed, *self.memory.notes]
        return self.roster.workers(self.survey.kind, names)

    def _is_late(self) -> bool:
        return time.monotonic() > self.ends
