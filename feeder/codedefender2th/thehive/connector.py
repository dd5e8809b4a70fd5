"""Cortex as TheHive shows it: analyzers and responders, jobs and actions.

Source: TheHive 5.7's OpenAPI description (tag Cortex). 4.1 has the same under /api/connector/cortex
(its source, CortexRouter), except that responders are listed for one entity only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import quote

from codedefender2th.errors import Unavailable
from codedefender2th.thehive.client import TheHive

_MOST_JOBS = 200
RUNNING = {"Waiting", "InProgress"}


@dataclass(frozen=True)
class Worker:
    """An analyzer or a responder that is enabled in Cortex.

    Attributes:
        id: Cortex's id of it.
        name: its name with the version, such as `CodeDefender_OSV_1_0`.
        data_types: what it takes.
        cortex: the Cortex server to use, as TheHive calls it.
    """

    id: str
    name: str
    data_types: frozenset[str]
    cortex: str | None


@dataclass(frozen=True)
class Job:
    """One run of an analyzer on an observable.

    Attributes:
        analyzer: the analyzer's name.
        status: Waiting, InProgress, Success, Failure or Deleted.
        started: milliseconds since the epoch.
        ended: the same; None while it runs.
    """

    analyzer: str
    status: str
    started: int
    ended: int | None


@dataclass(frozen=True)
class Action:
    """One run of a responder on an alert or a case; attributes as a job's."""

    responder: str
    status: str
    started: int
    ended: int | None


class Cortex:
    """The Cortex connector of a TheHive."""

    def __init__(self, thehive: TheHive) -> None:
        self._thehive = thehive

    @property
    def root(self) -> str:
        """The path below which the connector's endpoints are."""
        return "/api/connector/cortex" if self._thehive.is_4 else "/api/v1/connector/cortex"

    def analyzers(self) -> list[Worker]:
        """The analyzers that are enabled."""
        return self._workers(f"{self.root}/analyzer?range=all")

    def responders(self, kind: str, entity_id: str | None) -> list[Worker]:
        """The responders for a kind of entity (`alert`, `case`); 4.1 wants one of them named."""
        if self._thehive.is_4:
            return self._workers(f"{self.root}/responder/{kind}/{quote(entity_id or '')}")
        return self._workers(f"{self.root}/responders/{kind}")

    def jobs_of(self, observable_id: str) -> list[Job]:
        """The jobs of an observable, newest first."""
        found = self._thehive.query(
            {"_name": "getObservable", "idOrName": observable_id},
            {"_name": "jobs"},
            {"_name": "sort", "_fields": [{"startDate": "desc"}]},
            {"_name": "page", "from": 0, "to": _MOST_JOBS},
        )
        return [Job(*_run(entry, "analyzerName")) for entry in found]

    def start_job(self, observable_id: str, analyzer: Worker, known: int) -> None:
        """Run an analyzer on an observable, once, whatever happens to the answer.

        Args:
            observable_id: the observable.
            analyzer: what to run.
            known: how many of its jobs the observable has.
        """
        body = {"analyzerId": analyzer.id, "cortexId": analyzer.cortex, "artifactId": observable_id}

        def jobs() -> int:
            return sum(job.analyzer == analyzer.name for job in self.jobs_of(observable_id))

        self._once(lambda: self._thehive.request("POST", f"{self.root}/job", body), jobs, known)

    def actions_on(self, kind: str, entity_id: str, responder: Worker) -> list[Action]:
        """The runs of a responder on an entity."""
        path = f"{self.root}/action/{kind}/{quote(entity_id)}"
        found = self._thehive.ask(lambda: _list(self._thehive.request("GET", path)))
        actions = [Action(*_run(entry, "responderName")) for entry in found if isinstance(entry, dict)]
        return [action for action in actions if action.responder == responder.name]

    def start_action(self, kind: str, entity_id: str, responder: Worker, known: int) -> None:
        """Run a responder on an entity, once, whatever happens to the answer.

        Args:
            kind: `alert` or `case`.
            entity_id: which one.
            responder: what to run.
            known: how many of its actions the entity has.
        """
        body = {"responderId": responder.id, "objectType": kind, "objectId": entity_id}
        if responder.cortex:
            body["cortexId"] = responder.cortex

        def actions() -> int:
            return len(self.actions_on(kind, entity_id, responder))

        self._once(lambda: self._thehive.request("POST", f"{self.root}/action", body), actions, known)

    def _once(self, post: Callable[[], Any], count: Callable[[], int], known: int) -> None:
        """Post; where an answer was lost, look whether it was acted on before posting again."""
        lost = False

        def attempt() -> None:
            nonlocal lost
            if lost and count() > known:
                return
            try:
                post()
            except Unavailable as fault:
                lost = lost or fault.acted
                raise

        self._thehive.ask(attempt)

    def _workers(self, path: str) -> list[Worker]:
        return self._thehive.ask(lambda: _workers(self._thehive.request("GET", path)))


def chosen(workers: list[Worker], globs: tuple[str, ...]) -> list[Worker]:
    """The workers whose name a glob takes and no glob with `!` leaves out."""
    wanted = [glob for glob in globs if not glob.startswith("!")]
    unwanted = [glob[1:] for glob in globs if glob.startswith("!")]
    return [
        worker
        for worker in workers
        if any(fnmatchcase(worker.name, glob) for glob in wanted)
        and not any(fnmatchcase(worker.name, glob) for glob in unwanted)
    ]


def _list(answer: Any) -> list[Any]:
    if not isinstance(answer, list):
        raise Unavailable("TheHive's answer is not of its form.")
    return answer


def _texts(value: Any) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _run(entry: dict[str, Any], name: str) -> tuple[str, str, int, int | None]:
    """What a job and an action have in common."""
    started, ended = entry.get("startDate"), entry.get("endDate")
    status = str(entry.get("status"))
    over = isinstance(ended, int) and status not in RUNNING
    return (
        str(entry.get(name)),
        status,
        started if isinstance(started, int) else 0,
        ended if over and isinstance(ended, int) else None,
    )


def _workers(answer: Any) -> list[Worker]:
    return [
        Worker(
            entry["id"],
            entry["name"],
            frozenset(_texts(entry.get("dataTypeList"))),
            next(iter(_texts(entry.get("cortexIds"))), None),
        )
        for entry in _list(answer)
        if isinstance(entry, dict) and isinstance(entry.get("id"), str) and isinstance(entry.get("name"), str)
    ]
