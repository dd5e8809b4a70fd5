"""A command of the feeder is killed at its n-th moment, for every n, and run again: all is there, once.

A moment is when a simulated server gets a request, when it has acted on it but not yet answered, and when a
file of the state folder is opened or renamed. Between two of them the program changes nothing that anybody
but itself can see, save the bytes of a state file, see `damage.py`.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import replace

from faults.scenarios import Command, Feeding, Investigating, scenario
from kill.blow import Blow, after_restart

LONGEST = 30.0
LATE = 0.8
# More than a command has.
MANY = 10_000


class _Requests:
    """Counts the moments of a process at the servers and kills it at one of them."""

    def __init__(self, work: Command, last: int | None, number: int) -> None:
        self.count = 0
        self._last, self._number = last, number
        self._lock = threading.Lock()
        self.pid: int | None = None
        for server in work.servers.values():
            server.watch = lambda request: self._pass()

    def _pass(self) -> None:
        with self._lock:
            self.count += 1
            if self.count == self._last and self.pid is not None:
                os.kill(self.pid, self._number)
                if self._number == signal.SIGKILL:
                    # The answer may still be written; nobody reads it.
                    time.sleep(0.01)


def requests_of(name: str) -> int:
    """How many moments a command has at the servers."""
    with scenario(name) as work:
        assert isinstance(work, Command)
        counted = _Requests(work, None, signal.SIGKILL)
        work.program.start(*work.arguments).communicate(timeout=LONGEST)
        return counted.count


def kill_at_request(name: str, moment: int, number: int = signal.SIGKILL) -> Blow:
    """Kill a command at a moment at the servers, run it again, and look."""
    kind = f"{name}: {signal.Signals(number).name} at a request"
    with scenario(name) as work:
        assert isinstance(work, (Feeding, Investigating))
        # What is on its way when the program dies is stored after it has begun again (4.1 alone).
        work.lab.hive.commit_seconds = LATE
        watching = _Requests(work, moment, number)
        process = work.program.start(*work.arguments)
        watching.pid = process.pid
        process.communicate(timeout=LONGEST)
        for server in work.servers.values():
            server.watch = None
        if number == signal.SIGTERM and process.returncode not in {0, 1, -signal.SIGTERM}:
            return Blow(kind, str(moment), f"exit code {process.returncode}")
        return Blow(kind, str(moment), after_restart(work))


def kill_at_file(name: str, moment: int) -> Blow | None:
    """Kill a command at a moment on the disk, run it again, and look; None where it has not so many."""
    with scenario(name) as work:
        assert isinstance(work, (Feeding, Investigating))
        state = work.program.settings["FEEDER_STATE_DIR"]
        dying = {**work.program.settings, "DIE_IN": state, "DIE_AT": str(moment)}
        process = replace(work.program, settings=dying).start(*work.arguments)
        process.communicate(timeout=LONGEST)
        if process.returncode != -signal.SIGKILL:
            return None
        return Blow(f"{name}: SIGKILL at a file", str(moment), after_restart(work))
