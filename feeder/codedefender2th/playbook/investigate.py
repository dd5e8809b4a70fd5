"""The playbook over what was fed: analyzers on the scripts, then the responder, pass by pass.

TheHive's own automation needs a Platinum licence, so this does it through the API for everyone. A
pass starts what can be started and looks at what runs; it waits for nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from thehive4py.query.filters import In

from codedefender2th.errors import MissingWorkers
from codedefender2th.incident.alert import HOST_TAG, SCRIPT_TAG, SOURCE, TAG, TYPE
from codedefender2th.playbook.memory import SETTLED_FOR_SECONDS, Key, Memory, Note
from codedefender2th.playbook.rules import Judging, Next, Target, is_too_secret, next_action, next_jobs
from codedefender2th.state.checkpoint import State
from codedefender2th.thehive.client import Rejected, TheHive
from codedefender2th.thehive.connector import Cortex, Worker, chosen

log = logging.getLogger(__name__)

VERDICT_TAGS = [f"{TAG}:verdict={verdict}" for verdict in ("malicious", "suspicious", "clean", "unknown")]
# How many distinct scripts are looked up at once: free quotas are a few requests a minute.
LOOK_UPS = 4
# How many subjects are looked at in one pass, so that it ends.
LOOKS = 60
# The newest that are open: enough work for any pass.
_LISTED = 500
_PAUSE_SECONDS = 3600.0


@dataclass
class Progress:
    """What one pass found and did.

    Attributes:
        open: alerts or cases without a verdict (500 at most).
        started: analyzer jobs started.
        running: alerts or cases whose jobs or responder run.
        waiting: those for which it is not their turn, or not the time to try again.
        judged: responder runs started.
        verdicts: verdicts that have arrived since the last pass.
        failed: those whose responder failed too often.
    """

    open: int = 0
    started: int = 0
    running: int = 0
    waiting: int = 0
    judged: int = 0
    verdicts: int = 0
    failed: int = 0

    def counts(self) -> dict[str, int]:
        """The counts by name, in the order in which they are told."""
        return asdict(self)

    def __str__(self) -> str:
        return " ".join(f"{name}={count}" for name, count in self.counts().items())

    @property
    def ok(self) -> bool:
        """Whether nothing is stuck."""
        return self.failed == 0


@dataclass
class Investigator:
    """Investigates what was fed into one TheHive.

    Attributes:
        state: the state folder; the caller holds its lock.
        analyzers: globs of the analyzers to run.
        responder: the responder's name.
        stop: set when the pass is to end soon.
        progress: what the pass has done so far, also when it raised.
    """

    thehive: TheHive
    state: State
    analyzers: tuple[str, ...]
    responder: str
    stop: threading.Event
    progress: Progress = field(init=False, default_factory=Progress)

    def run(self) -> Progress:
        """One pass.

        Raises:
            Refusal, Unavailable, Stopped: what was started goes on; the next pass sees it.
            MissingWorkers: TheHive shows no analyzer to run, or not the responder.
        """
        self.progress = Progress()
        memory = Memory.from_json(self.state.load_memory())
        before = memory.as_json()
        try:
            _Pass(self, memory).run()
        finally:
            if memory.as_json() != before:
                self.state.save_memory(memory.as_json())
        return self.progress


class _Pass:
    """One pass over what has no verdict."""

    def __init__(self, investigator: Investigator, memory: Memory) -> None:
        self.thehive, self.stop = investigator.thehive, investigator.stop
        self.globs, self.responder_name = investigator.analyzers, investigator.responder
        self.progress, self.memory = investigator.progress, memory
        self.cortex = Cortex(self.thehive)
        # TheHive 4.1 analyses observables of cases only.
        self.kind = "case" if self.thehive.is_4 else "alert"
        self.busy: set[Key] = set()
        self.looks = 0
        self.analyzers: list[Worker] = []

    def run(self) -> None:
        """Do what can be done now."""
        subjects = self._without_verdict()
        self.progress.open = len(subjects)
        self._notice_verdicts({str(subject["_id"]) for subject in subjects})
        if not subjects:
            return
        self.analyzers = self._find_analyzers()
        self.responder = self._find_responder(str(subjects[0]["_id"]))
        # First what is under way: no other alert may begin to look the same script up beside it.
        for subject in sorted(subjects, key=lambda each: each["_id"] not in self.memory.notes):
            if self.stop.is_set():
                return
            self._attend_to(subject)

    def _without_verdict(self) -> list[dict[str, Any]]:
        """The newest that have no verdict and that nobody has closed."""
        if self.thehive.is_4:
            # `unknown` is all that 4.1 can say of an alert, and a case made of it inherits that.
            filters = In("tags", [TAG]) & In("status", ["Open"]) & ~In("tags", VERDICT_TAGS[:-1])
        else:
            ours = In("type", [TYPE]) & In("source", [SOURCE]) & ~In("tags", VERDICT_TAGS)
            filters = ours & In("stage", ["New", "InProgress", "Imported"])
        return self.thehive.query(
            {"_name": "listCase" if self.thehive.is_4 else "listAlert"},
            {"_name": "filter", **filters},
            {"_name": "sort", "_fields": [{"_createdAt": "desc"}]},
            {"_name": "page", "from": 0, "to": _LISTED},
            without=("description",),
        )

    def _notice_verdicts(self, listed: set[str]) -> None:
        """See what has become of those that are no longer without a verdict."""
        self.memory.forget_old()
        for name, note in list(self.memory.notes.items()):
            if name in listed:
                continue
            if note.judging:
                self._notice_verdict(name, note)
            del self.memory.notes[name]

    def _notice_verdict(self, name: str, note: Note) -> None:
        try:
            entity = self.thehive.ask(lambda: self.thehive.request("GET", f"/api/v1/{self.kind}/{name}"))
        except Rejected:
            return
        verdict = _verdict(entity)
        if verdict is not None:
            self.memory.settle(note.keys, note.given_up)
            self.progress.verdicts += 1
            word = verdict.rpartition("=")[2]
            log.info("%s: %s  %s", word, entity.get("title"), self.thehive.page(self.kind, name))

    def _find_analyzers(self) -> list[Worker]:
        found = chosen(self.cortex.analyzers(), self.globs)
        if not found:
            raise MissingWorkers(
                f"TheHive shows no analyzer that FEEDER_ANALYZERS ({','.join(self.globs)}) names: "
                "enable them in Cortex and connect TheHive to it."
            )
        return found

    def _find_responder(self, entity_id: str) -> Worker:
        for worker in self.cortex.responders(self.kind, entity_id):
            if worker.name == self.responder_name:
                return worker
        raise MissingWorkers(
            f"TheHive shows no responder {self.responder_name}: enable it in Cortex, or set FEEDER_RESPONDER."
        )

    def _attend_to(self, subject: Mapping[str, Any]) -> None:
        """Do the next thing for one alert or case, if it is its turn."""
        name = str(subject["_id"])
        note = self.memory.notes.get(name)
        if note is not None and note.is_paused:
            self._occupy(note.keys)
            self.progress.waiting += 1
        elif self.looks >= LOOKS or (note is not None and not self._is_free(note.keys)):
            self.progress.waiting += 1
        else:
            self.looks += 1
            self._look_at(subject, self.memory.notes.setdefault(name, Note()))

    def _look_at(self, subject: Mapping[str, Any], note: Note) -> None:
        scripts = self._scripts(str(subject["_id"]))
        note.keys = [(str(each["dataType"]), str(each["data"])) for each in scripts]
        if not self._is_free(note.keys):
            self.progress.waiting += 1
            return
        targets = [self._target(each) for each in scripts if not self._is_withheld(each)]
        hopeless = any(self.memory.has_failed(key) for key in note.keys)
        now = int(time.time() * 1000)
        todo = Next(given_up=True) if hopeless else next_jobs(targets, self.analyzers, now)
        note.given_up = todo.given_up
        for target, analyzer, known in todo.start:
            self.cortex.start_job(target.id, analyzer, known)
            self.progress.started += 1
        for data in dict.fromkeys(target.data for target, _, _ in todo.start):
            names = [analyzer.name for target, analyzer, _ in todo.start if target.data == data]
            log.info("Started on %s: %s", data, ", ".join(names))
        if todo.over:
            self._judge(subject, note, targets, now)
            return
        self._occupy(note.keys)
        if todo.start or todo.running:
            self.progress.running += 1
        else:
            note.pause(until=(todo.retry_at or 0) / 1000)
            self.progress.waiting += 1

    def _judge(self, subject: Mapping[str, Any], note: Note, targets: list[Target], now: int) -> None:
        """Every job is over: have the responder decide."""
        name = str(subject["_id"])
        actions = self.cortex.actions_on(self.kind, name, self.responder)
        judged = _verdict(subject) is not None
        judging = next_action(actions, targets, judged, now)
        if judging is Judging.START:
            self.cortex.start_action(self.kind, name, self.responder, len(actions))
            self.progress.judged += 1
            note.judging = True
        if judging in {Judging.START, Judging.WAIT}:
            self._occupy(note.keys)
            self.progress.running += 1
            note.judging = True
        elif judging is Judging.DONE:
            self._settle_case(subject, note)
        else:
            self.progress.failed += 1
            note.pause(until=time.time() + _PAUSE_SECONDS)
            log.error(
                "%s has failed %d times on %s: see its report there, mend the cause and run it by hand.",
                self.responder_name,
                len(actions),
                self.thehive.page(self.kind, name),
            )

    def _settle_case(self, subject: Mapping[str, Any], note: Note) -> None:
        """A case of 4.1 stays listed with its verdict `unknown`; look at it again tomorrow."""
        if note.judging:
            self.progress.verdicts += 1
            log.info("unknown: %s  %s", subject.get("title"), self.thehive.page("case", str(subject["_id"])))
        self.memory.settle(note.keys, note.given_up)
        note.judging = False
        note.pause(until=time.time() + SETTLED_FOR_SECONDS)

    def _scripts(self, name: str) -> list[dict[str, Any]]:
        """The script observables of an alert or a case."""
        found = self.thehive.query(
            {"_name": f"get{self.kind.capitalize()}", "idOrName": name},
            {"_name": "observables"},
            {"_name": "page", "from": 0, "to": _LISTED},
        )
        return [each for each in found if _is_script(each)]

    def _target(self, observable: Mapping[str, Any]) -> Target:
        reports = observable.get("reports")
        return Target(
            id=str(observable["_id"]),
            data_type=str(observable["dataType"]),
            data=str(observable["data"]),
            reported=frozenset(reports) if isinstance(reports, dict) else frozenset(),
            jobs=tuple(self.cortex.jobs_of(str(observable["_id"]))),
        )

    def _is_withheld(self, observable: Mapping[str, Any]) -> bool:
        if not is_too_secret(observable):
            return False
        log.warning("%s is above TLP or PAP 2: it is not analysed.", observable.get("data"))
        return True

    def _is_free(self, keys: list[Key]) -> bool:
        """Whether these scripts may be looked up now."""
        if any(key in self.busy for key in keys):
            return False
        return all(map(self.memory.is_settled, keys)) or len(self.busy) < LOOK_UPS

    def _occupy(self, keys: list[Key]) -> None:
        """Keep others from looking these scripts up, until a verdict has settled them.

        That also makes the first alert's case exist before the next alert looks for one to join.
        """
        self.busy |= {key for key in keys if not self.memory.is_settled(key)}


def _verdict(entity: Any) -> str | None:
    """The verdict tag of an alert or a case."""
    tags = entity.get("tags") if isinstance(entity, dict) else None
    return next((tag for tag in tags if tag in VERDICT_TAGS), None) if isinstance(tags, list) else None


def _is_script(observable: Mapping[str, Any]) -> bool:
    tags = observable.get("tags")
    if not isinstance(tags, list) or SCRIPT_TAG not in tags or HOST_TAG in tags:
        return False
    return all(isinstance(observable.get(name), str) for name in ("dataType", "data"))
