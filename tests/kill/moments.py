"""A command of the feeder is killed at its n-th moment, for every n, and run again: all is there, once.

A moment is when a simulated server gets a request, and when it has acted on it but not yet answered: between
two of them the program changes nothing that anybody but itself can see, but for its state file, which is
killed at every byte in `tests/unit/test_checkpoint.py`.
"""

from __future__ import annotations

import os
import random
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from faults.scenarios import Command, Feeding, Investigating, scenario
from program import Program
from simulators.lab import Lab
from simulators.messages import incident, ts_at

LONGEST = 30.0


@dataclass(frozen=True)
class Killing:
    """What came of one kill: `again` is what the run after it did."""

    command: str
    moment: int
    number: int
    outcome: str


class Moments:
    """Counts the moments of a process and kills it at one of them."""

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


def moments_of(name: str) -> int:
    """How many moments a command has."""
    with scenario(name) as work:
        assert isinstance(work, Command)
        counted = Moments(work, None, signal.SIGKILL)
        process = work.program.start(*work.arguments)
        process.communicate(timeout=LONGEST)
        return counted.count


def kill_at(name: str, moment: int, number: int = signal.SIGKILL) -> Killing:
    """Kill a command at a moment, run it again, and look."""
    with scenario(name) as work:
        assert isinstance(work, (Feeding, Investigating))
        watching = Moments(work, moment, number)
        process = work.program.start(*work.arguments)
        watching.pid = process.pid
        process.communicate(timeout=LONGEST)
        for server in work.servers.values():
            server.watch = None
        if number == signal.SIGTERM and process.returncode not in {0, 1, -signal.SIGTERM}:
            return Killing(name, moment, number, f"exit code {process.returncode}")
        return Killing(name, moment, number, _run_again(work))


def _run_again(work: Command) -> str:
    try:
        again = work.run()
        work.check()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "whole" if again.ok else f"failed: {again.said[-200:]}"


def kill_run(seed: int, kills: int = 6) -> Iterator[Killing]:
    """Kill `run` at random moments, again and again, while incidents are posted; then let it finish."""
    chance = random.Random(seed)
    with Lab(analyzers=("CodeDefender_OSV_1_0",)) as lab, tempfile.TemporaryDirectory() as state:
        lab.answer("CodeDefender_OSV_1_0", lambda data: "malicious")
        program = Program.between(lab.slack, lab.hive, Path(state), FEEDER_INTERVAL="1")
        for number in range(kills):
            lab.channel.post(incident(ts_at(number), script=f"`https://cdn.example/{number}.js`"))
            process = program.start("run")
            time.sleep(chance.uniform(0.2, 1.6))
            process.send_signal(chance.choice([signal.SIGKILL, signal.SIGTERM]))
            process.communicate(timeout=LONGEST)
        yield Killing("run", seed, kills, _finish_run(lab, program, kills))


def _finish_run(lab: Lab, program: Program, wanted: int) -> str:
    process = program.start("run")
    end = time.monotonic() + LONGEST
    alerts = lab.hive.store.alerts
    while time.monotonic() < end:
        judged = sum("verdict=malicious" in str(alert["tags"]) for alert in list(alerts.values()))
        if judged == wanted:
            break
        time.sleep(0.1)
    process.terminate()
    process.communicate(timeout=LONGEST)
    jobs = [(job[".observable"], job["analyzerName"]) for job in lab.hive.store.jobs.values()]
    problems = {
        "lost": len(alerts) < wanted,
        "doubled": len(alerts) > wanted,
        "not judged": judged < wanted,
        "jobs doubled": len(set(jobs)) < len(jobs),
        "cases": len(lab.hive.store.cases) != wanted,
    }
    return ", ".join(name for name, is_so in problems.items() if is_so) or "whole"
