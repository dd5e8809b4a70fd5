"""What TheHive shows to run, asked for every few minutes: the analyzers, and the responder."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from codedefender2th.errors import MissingResponder, MissingWorkers
from codedefender2th.thehive.client import TheHive
from codedefender2th.thehive.connector import Cortex, Trouble
from codedefender2th.thehive.runs import Worker, chosen

_WORKERS_SECONDS = 300.0
# TheHive 4.1 tells the responders for one case only: so many are asked about at most.
_ASKED = 10


@dataclass
class Workers:
    """The analyzers to run, and the responder; None where TheHive shows it not."""

    analyzers: list[Worker]
    responder: Worker | None


@dataclass
class Roster:
    """What to run, as it was last seen.

    Attributes:
        thehive: who is asked.
        analyzers: globs of the analyzers to run.
        responder: the responder's name.
    """

    thehive: TheHive
    analyzers: tuple[str, ...]
    responder: str
    _workers: Workers | None = field(init=False, default=None)
    _seen_at: float = field(init=False, default=0.0)

    def workers(self, kind: str, names: Iterable[str]) -> Workers:
        """What to run.

        Args:
            kind: `alert` or `case`.
            names: ids of such; on 4.1 the responders for these are asked for.

        Raises:
            MissingWorkers: TheHive shows no analyzer to run.
            Refusal, Unavailable: TheHive's.
        """
        if self._workers is None or time.monotonic() - self._seen_at > _WORKERS_SECONDS:
            cortex = Cortex(self.thehive)
            analyzers = chosen(cortex.analyzers(), self.analyzers)
            if not analyzers:
                self._workers = None
                raise MissingWorkers(
                    f"TheHive shows no analyzer that FEEDER_ANALYZERS ({','.join(self.analyzers)}) names: "
                    "enable them in Cortex and connect TheHive to it."
                )
            asked = itertools.islice(names, _ASKED if self.thehive.is_4 else 1)
            responders = next(filter(None, (_responders(cortex, kind, name) for name in asked)), [])
            responder = next((each for each in responders if each.name == self.responder), None)
            self._workers, self._seen_at = Workers(analyzers, responder), time.monotonic()
        return self._workers

    def look_again(self) -> None:
        """Where the responder was missing, ask anew at once."""
        if self._lacks_responder:
            self._seen_at = -math.inf

    def require_responder(self) -> None:
        """Raises MissingResponder where TheHive shows analyzers, but not the responder."""
        if self._lacks_responder:
            raise MissingResponder(
                f"TheHive shows no responder {self.responder}, so nothing is judged: enable it in Cortex, or "
                "set FEEDER_RESPONDER."
            )

    @property
    def _lacks_responder(self) -> bool:
        return self._workers is not None and self._workers.responder is None


def _responders(cortex: Cortex, kind: str, name: str) -> list[Worker]:
    """The responders for an alert or a case; none where it has just gone."""
    try:
        return cortex.responders(kind, name)
    except Trouble:
        return []
