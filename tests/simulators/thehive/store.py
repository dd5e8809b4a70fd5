"""What a simulated TheHive holds: entities by id, each in an organisation."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

Entity = dict[str, Any]

FEEDER_PERMISSIONS = [
    "manageAlert",
    "manageCase",
    "manageObservable",
    "manageAnalyse",
    "manageAction",
    "manageTag",
    "manageComment",
]

LABELS = {
    "severity": {1: "LOW", 2: "MEDIUM", 3: "HIGH", 4: "CRITICAL"},
    "tlp": {0: "CLEAR", 1: "GREEN", 2: "AMBER", 3: "AMBER+STRICT", 4: "RED"},
    "pap": {0: "CLEAR", 1: "GREEN", 2: "AMBER", 3: "RED"},
}


@dataclass
class Store:
    """Entities are kept in v1 form; names that begin with a dot are the simulator's own.

    `.organisation` is where an entity belongs, `.parent` an observable's alert or case.
    """

    alerts: dict[str, Entity] = field(default_factory=dict)
    cases: dict[str, Entity] = field(default_factory=dict)
    observables: dict[str, Entity] = field(default_factory=dict)
    comments: dict[str, Entity] = field(default_factory=dict)
    jobs: dict[str, Entity] = field(default_factory=dict)
    actions: dict[str, Entity] = field(default_factory=dict)
    users: dict[str, Entity] = field(default_factory=dict)
    organisations: dict[str, Entity] = field(default_factory=dict)
    case_templates: dict[str, Entity] = field(default_factory=dict)
    report_templates: dict[str, str] = field(default_factory=dict)
    references: set[tuple[str, str, str, str]] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _last_id: int = 4096
    _last_case: int = 0
    _marked: tuple[int, int] = (0, 0)
    _by_parent: dict[str, list[Entity]] = field(default_factory=dict)

    def new(self, kind: str, by: str, owner: str, **content: Any) -> Entity:
        """An entity with an id of its own, made by a user in the organisation `owner`."""
        with self.lock:
            self._last_id += 8
            return {
                "_id": f"~{self._last_id}",
                "_type": kind,
                "_createdBy": by,
                "_createdAt": now(),
                ".organisation": owner,
                **content,
            }

    def next_case_number(self) -> int:
        """Cases are numbered from 1."""
        with self.lock:
            self._last_case += 1
            return self._last_case

    def observables_of(self, parent: str) -> list[Entity]:
        """The observables of an alert or a case."""
        with self.lock:
            mark = (len(self.observables), self._last_id)
            if mark != self._marked:
                self._marked, self._by_parent = mark, {}
                for each in self.observables.values():
                    self._by_parent.setdefault(each[".parent"], []).append(each)
            return list(self._by_parent.get(parent, ()))


def now() -> int:
    """Milliseconds since the epoch."""
    return int(time.time() * 1000)


def public(entity: Entity) -> Entity:
    """What the API shows: no simulator's own, no absent options."""
    return {name: value for name, value in entity.items() if name[0] != "." and value is not None}
