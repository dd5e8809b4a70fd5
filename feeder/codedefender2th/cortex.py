"""Cortex as TheHive shows it: analyzers and responders, jobs and actions.

Source: TheHive 5.7's OpenAPI description (tag Cortex). 4.1 has the same under /api/connector/cortex
(its source, CortexRouter), except that responders are listed for one entity only.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import quote

from codedefender2th.errors import Unavailable
from codedefender2th.thehive import TheHive


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


class Cortex:
    """The Cortex connector of a TheHive."""

    def __init__(self, thehive: TheHive) -> None:
        self._thehive = thehive

    @property
    def root(self) -> str:
        """The path below which the connector's endpoints are."""
        return "/api/connector/cortex" if self._thehive.is_4 else "/api/v1/connector/cortex"

    def analyzers(self, data_type: str) -> list[Worker]:
        """The analyzers that take observables of a type."""
        return self._workers(f"{self.root}/analyzer/type/{quote(data_type)}")

    def responders(self, kind: str, entity_id: str | None) -> list[Worker]:
        """The responders for a kind of entity (`alert`, `case`); 4.1 wants one of them named."""
        if self._thehive.is_4:
            return self._workers(f"{self.root}/responder/{kind}/{quote(entity_id or '')}")
        return self._workers(f"{self.root}/responders/{kind}")

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


def _workers(answer: Any) -> list[Worker]:
    if not isinstance(answer, list):
        raise Unavailable("TheHive's list of analyzers or responders is not of its form.")
    return [
        Worker(
            entry["id"],
            entry["name"],
            frozenset(text for text in entry.get("dataTypeList") or () if isinstance(text, str)),
            next((name for name in entry.get("cortexIds") or () if isinstance(name, str)), None),
        )
        for entry in answer
        if isinstance(entry, dict) and isinstance(entry.get("id"), str) and isinstance(entry.get("name"), str)
    ]
