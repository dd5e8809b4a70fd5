"""What `investigate` remembers between passes, so that it need not ask again.

Nothing here is needed: TheHive knows the jobs and the verdicts. Without it a pass costs more requests, and
what an analyzer's failures had in common is learnt anew. Everything is dropped after a day or a week.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import Any

from codedefender2th.playbook.health import Failures, Health
from codedefender2th.playbook.targets import Key, Target

# For so long what arrives after a verdict is judged again.
WATCHED_SECONDS = 24 * 3600
# For so long it is remembered what an analyzer that was down still owes: no outage of a key is longer.
HELD_SECONDS = 7 * 24 * 3600
# The shortest cache of the bundled set-up: after it a look-up is a look-up again.
LOOKED_UP_SECONDS = 4 * 3600

_CLOCKS_DIFFER_SECONDS = 30 * 60
_FAILS = 3

What = tuple[str, Key]


@dataclass
class Note:
    """What is known of an alert or a case.

    Attributes:
        targets: what is looked up; None as long as nobody has looked.
        jobs: the observable of each job.
        seen: when each job was first seen, in milliseconds since the epoch.
        paused_at, not_before: seconds since the epoch; between the two there is nothing to do about it.
        running: whether jobs were running when it was last looked at.
        judging: whether the responder was started, and its verdict is awaited.
        held: whether an analyzer was given up for now.
        flagged: whether a report says malicious.
        verdict: the last one; None while there is none.
        judged_at: when that came, in seconds since the epoch.
        evidence: a digest of the reports that the responder was last started on.
        looked_at: when it was last looked at, in seconds since the epoch.
        failures: how often in a row the responder has failed on the same evidence.
        trouble, troubles: what TheHive refuses about it, and how often in a row.
    """

    targets: list[tuple[str, str, str, bool]] | None = None
    jobs: dict[str, str] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    paused_at: float = 0.0
    not_before: float = 0.0
    running: bool = False
    judging: bool = False
    held: bool = False
    flagged: bool = False
    verdict: str | None = None
    judged_at: float = 0.0
    evidence: str = ""
    looked_at: float = 0.0
    failures: int = 0
    trouble: str = ""
    troubles: int = 0

    def pause(self, until: float) -> None:
        """There is nothing to do about it until then, in seconds since the epoch."""
        self.paused_at, self.not_before = time.time(), until

    def wake(self) -> None:
        """It is not paused."""
        self.paused_at = self.not_before = 0.0

    @property
    def is_paused(self) -> bool:
        """Whether it is paused now; where the clock was set back behind the pause's beginning it is not."""
        return self.paused_at <= time.time() < self.not_before

    @property
    def fails(self) -> bool:
        """Whether the responder has failed so often that it is to be said."""
        return self.failures >= _FAILS

    @property
    def is_watched(self) -> bool:
        """Whether it was judged less than a day ago, or an analyzer still owes its answer."""
        seconds = HELD_SECONDS if self.held or self.judging else WATCHED_SECONDS
        return self.verdict is not None and _is_recent(self.judged_at, seconds)

    @property
    def known_targets(self) -> list[Target]:
        """What is looked up, without what has become of it."""
        return [Target(*each) for each in self.targets or ()]


@dataclass
class Memory:
    """Notes by entity id, and what is known of analyzers and scripts.

    Attributes:
        looked_up: when each analyzer had an answer on something: its cache serves it.
        failures: what has failed on what.
        health: of each analyzer, by name.
        cases: the case that each malicious thing is in, and when that was seen.
    """

    notes: dict[str, Note] = field(default_factory=dict)
    looked_up: dict[What, float] = field(default_factory=dict)
    failures: dict[What, Failures] = field(default_factory=dict)
    health: dict[str, Health] = field(default_factory=dict)
    cases: dict[Key, tuple[str, float]] = field(default_factory=dict)

    def health_of(self, analyzer: str) -> Health:
        """How an analyzer does."""
        return self.health.setdefault(analyzer, Health())

    def wake(self) -> None:
        """An analyzer is well again: look at what was given up."""
        for note in self.notes.values():
            if note.held:
                note.pause(until=time.time())

    def forgive(self, analyzer: str, began: int, mended: int, alone: bool) -> None:
        """What an analyzer failed on while it was down does not tell what it can do now."""
        for (name, _), failures in self.failures.items():
            if name == analyzer:
                failures.forgive(began, mended, alone)

    def forget_old(self) -> None:
        """Drop what is a day old, and what the clock, set back, has still before it."""
        self.looked_up = {k: t for k, t in self.looked_up.items() if _is_recent(t, LOOKED_UP_SECONDS)}
        self.failures = {k: f for k, f in self.failures.items() if _is_recent(f.last / 1000, HELD_SECONDS)}
        self.cases = {k: c for k, c in self.cases.items() if _is_recent(c[1], WATCHED_SECONDS)}
        ahead = (time.time() + 2 * _CLOCKS_DIFFER_SECONDS) * 1000
        self.health = {k: h for k, h in self.health.items() if max(h.since, h.mended, h.probe_at) < ahead}

    def as_json(self) -> dict[str, Any]:
        """For the state file."""
        return {
            "notes": {name: asdict(note) for name, note in self.notes.items()},
            "looked_up": [[name, *key, moment] for (name, key), moment in self.looked_up.items()],
            "failures": [[name, *key, asdict(each)] for (name, key), each in self.failures.items()],
            "health": {name: asdict(each) for name, each in self.health.items()},
            "cases": [[*key, *case] for key, case in self.cases.items()],
        }

    @classmethod
    def from_json(cls, value: Any) -> Memory:
        """From the state file; empty where the value is not of `as_json`'s form."""
        try:
            return cls(
                {str(name): _note(note) for name, note in value["notes"].items()},
                {(str(n), (str(k), str(d))): float(t) for n, k, d, t in value["looked_up"]},
                {(str(n), (str(k), str(d))): _failures(f) for n, k, d, f in value["failures"]},
                {str(name): _health(each) for name, each in value["health"].items()},
                {(str(k), str(d)): (str(case), float(t)) for k, d, case, t in value["cases"]},
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            return cls()


def _note(value: dict[str, Any]) -> Note:
    targets = value["targets"]
    return Note(
        targets=None if targets is None else [(str(n), str(k), str(d), bool(s)) for n, k, d, s in targets],
        jobs={str(job): str(name) for job, name in value["jobs"].items()},
        seen=_numbers(value["seen"]),
        paused_at=float(value["paused_at"]),
        not_before=float(value["not_before"]),
        running=bool(value["running"]),
        judging=bool(value["judging"]),
        held=bool(value["held"]),
        flagged=bool(value["flagged"]),
        verdict=None if value["verdict"] is None else str(value["verdict"]),
        judged_at=float(value["judged_at"]),
        evidence=str(value["evidence"]),
        looked_at=float(value["looked_at"]),
        failures=int(value["failures"]),
        trouble=str(value["trouble"]),
        troubles=int(value["troubles"]),
    )


def _failures(value: dict[str, Any]) -> Failures:
    return Failures(
        jobs=_numbers(value["jobs"]),
        last=int(value["last"]),
        stuck=int(value["stuck"]),
        forgiven=int(value["forgiven"]),
        again=bool(value["again"]),
    )


def _health(value: dict[str, Any]) -> Health:
    return Health(
        failed=[str(name) for name in value["failed"]],
        since=int(value["since"]),
        mended=int(value["mended"]),
        alone=bool(value["alone"]),
        probes=int(value["probes"]),
        probe_at=int(value["probe_at"]),
    )


def _numbers(value: dict[str, Any]) -> dict[str, int]:
    return {str(name): int(number) for name, number in value.items()}


def _is_recent(moment: float, seconds: float) -> bool:
    """Whether a moment is not long past, nor so far ahead that the clock must have been set back."""
    return -_CLOCKS_DIFFER_SECONDS <= time.time() - moment < seconds
