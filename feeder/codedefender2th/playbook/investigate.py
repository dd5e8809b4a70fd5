"""The playbook over what was fed: analyzers on the scripts and their hosts, then the responder, pass by pass.

TheHive's own automation needs a Platinum licence, so this does it through the API for everyone. A pass
starts what can be started and looks at what runs; it waits for nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from codedefender2th.playbook.memory import Memory
from codedefender2th.playbook.one_pass import Pass
from codedefender2th.playbook.progress import Progress
from codedefender2th.playbook.roster import Roster
from codedefender2th.playbook.verdicts import Verdict
from codedefender2th.state.checkpoint import State
from codedefender2th.thehive.client import TheHive

LOOKUPS = 4


def _nobody(verdict: Verdict) -> None:
    """Nobody is to be told."""


@dataclass
class Investigator:
    """Investigates what was fed into one TheHive.

    Attributes:
        state: the state folder; the caller holds its lock.
        analyzers: globs of the analyzers to run.
        responder: the responder's name.
        stop: set when the pass is to end soon.
        lookups: how many distinct scripts are looked up at once.
        on_verdict: told of each verdict that arrives; it is not to raise, nor to wait for long.
        progress: what the pass has done so far, also when it raised.
    """

    thehive: TheHive
    state: State
    analyzers: tuple[str, ...]
    responder: str
    stop: threading.Event
    lookups: int = LOOKUPS
    on_verdict: Callable[[Verdict], None] = _nobody
    progress: Progress = field(init=False, default_factory=Progress)
    _roster: Roster = field(init=False)
    _is_first: bool = field(init=False, default=True)

    def __post_init__(self) -> None:
        self._roster = Roster(self.thehive, self.analyzers, self.responder)

    def run(self) -> Progress:
        """One pass.

        Raises:
            Refusal, Unavailable, Stopped: what was started goes on; the next pass sees it.
            MissingWorkers: TheHive shows no analyzer to run.
            MissingResponder: it shows analyzers, but not the responder; what could be looked up was.
        """
        self.progress = Progress()
        memory = Memory.from_json(self.state.load_memory())
        before = memory.as_json()
        self._roster.look_again()
        try:
            self._pass(memory).run(self._is_first)
            self._is_first = False
        finally:
            if memory.as_json() != before:
                self.state.save_memory(memory.as_json())
        self._roster.require_responder()
        return self.progress

    def _pass(self, memory: Memory) -> Pass:
        return Pass(
            self.thehive, memory, self._roster, self.progress, self.lookups, self.stop, self.on_verdict
        )
