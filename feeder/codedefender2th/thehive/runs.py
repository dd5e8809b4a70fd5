"""What TheHive shows of Cortex: workers, and their runs on observables (jobs), alerts and cases (actions).

Source: TheHive 5.7's OpenAPI description (`OutputJob`, `OutputAction`, `OutputWorker`) and a recorded 4.1.24.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

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
        started: milliseconds since the epoch; where Cortex answered from its cache, of the run of that time.
        ended: the same; None while it runs.
        id: TheHive's id of it.
        has_report: whether TheHive has fetched the report, which it does some seconds after the end.
    """

    analyzer: str
    status: str
    started: int
    ended: int | None
    id: str = ""
    has_report: bool = True


@dataclass(frozen=True)
class Action:
    """One run of a responder on an alert or a case; attributes as a job's.

    Attributes:
        decision: what the triage responder came to, `waiting` among it; None while it runs.
        left_alone: whether it touched nothing, since a person closed the case that the alert is in.
    """

    responder: str
    status: str
    started: int
    ended: int | None
    decision: str | None = None
    left_alone: bool = False


def job(entry: Mapping[str, Any]) -> Job:
    """A job as TheHive shows it."""
    name = entry.get("_id") or entry.get("id")
    status, started, ended = _run(entry)
    return Job(str(entry.get("analyzerName")), status, started, ended, str(name), bool(entry.get("report")))


def action(entry: Mapping[str, Any]) -> Action:
    """An action as TheHive shows it: its report is JSON in a text."""
    status, started, ended = _run(entry)
    try:
        full = json.loads(str(entry.get("report")))["full"]
        decision, left_alone = full["decision"], full.get("left_alone") is True
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        decision, left_alone = None, False
    name = str(entry.get("responderName"))
    return Action(name, status, started, ended, decision and str(decision), left_alone)


def workers(entries: list[Any]) -> list[Worker]:
    """The workers in a list of them."""
    return [
        Worker(
            entry["id"],
            entry["name"],
            frozenset(_texts(entry.get("dataTypeList"))),
            next(iter(_texts(entry.get("cortexIds"))), None),
        )
        for entry in entries
        if isinstance(entry, dict) and isinstance(entry.get("id"), str) and isinstance(entry.get("name"), str)
    ]


def chosen(found: list[Worker], globs: tuple[str, ...]) -> list[Worker]:
    """The workers whose name a glob takes and no glob with `!` leaves out."""
    wanted = [glob for glob in globs if not glob.startswith("!")]
    unwanted = [glob[1:] for glob in globs if glob.startswith("!")]
    return [
        worker
        for worker in found
        if any(fnmatchcase(worker.name, glob) for glob in wanted)
        and not any(fnmatchcase(worker.name, glob) for glob in unwanted)
    ]


def _run(entry: Mapping[str, Any]) -> tuple[str, int, int | None]:
    started, ended = entry.get("startDate"), entry.get("endDate")
    status = str(entry.get("status"))
    over = isinstance(ended, int) and status not in RUNNING
    return status, started if isinstance(started, int) else 0, ended if over else None


def _texts(value: Any) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
