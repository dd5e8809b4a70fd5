"""`run` is killed again and again, and its clock is set back and forth, while incidents are posted."""

from __future__ import annotations

import random
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from codedefender2th.playbook.health import ATTEMPTS
from faults.clock import set_clock
from kill.blow import WHOLE, Blow
from program import Program
from simulators.lab import Lab
from simulators.messages import incident, ts_at
from simulators.slack import ALL_SCOPES

LONGEST = 30.0
ANALYZER = "CodeDefender_OSV_1_0"
HOUR, YEAR = 3600.0, 365 * 86_400.0


def kill_run(seed: int, kills: int = 6) -> list[Blow]:
    """Kill `run` at random moments; then let it finish, and look."""
    chance = random.Random(seed)
    with _lab(FEEDER_REPLY="all") as (lab, program):
        lab.slack.scopes = f"{ALL_SCOPES},chat:write"
        for number in range(kills):
            _post(lab, number)
            process = program.start("run")
            time.sleep(chance.uniform(0.2, 1.6))
            process.send_signal(chance.choice([signal.SIGKILL, signal.SIGTERM]))
            process.communicate(timeout=LONGEST)
        outcome = _finish(lab, program, program.start("run"), kills, 1, told=1)
        return [Blow("run: SIGKILL or SIGTERM at random", f"seed {seed}", outcome)] * kills


def step_clock(seed: int, steps: int = 4) -> list[Blow]:
    """Step the clock of `run`, back and forth, while it works; then let it finish, and look."""
    chance = random.Random(seed)
    with _lab() as (lab, program):
        clock = Path(program.settings["CLOCK_STEP"])
        # Every look-up fails once, so that `run` waits for the time to try again.
        lab.answer(
            ANALYZER, lambda data: "malicious" if lab.workers.started.count((ANALYZER, data)) > 1 else None
        )
        process = program.start("run")
        for number in range(steps):
            _post(lab, number)
            time.sleep(chance.uniform(0.2, 1.2))
            set_clock(clock, chance.choice([-YEAR, -HOUR, -1.0, 1.0, HOUR]) * chance.random())
        set_clock(clock, -YEAR)
        outcome = _finish(lab, program, process, steps, ATTEMPTS)
        return [Blow("run: clock set back or forth", f"seed {seed}", outcome)] * steps


@contextmanager
def _lab(**more: str) -> Iterator[tuple[Lab, Program]]:
    with Lab(analyzers=(ANALYZER,)) as lab, tempfile.TemporaryDirectory() as home:
        clock = Path(home) / "clock"
        set_clock(clock, 0)
        lab.answer(ANALYZER, lambda data: "malicious")
        settings = {"FEEDER_INTERVAL": "1", "CLOCK_STEP": str(clock), **more}
        program = Program.between(lab.slack, lab.hive, Path(home) / "state", **settings)
        program.secrets = lab.secrets
        yield lab, program


def _post(lab: Lab, number: int) -> None:
    lab.channel.post(incident(ts_at(number), script=f"`https://cdn.example/{number}.js`"))


def _finish(
    lab: Lab, program: Program, process: subprocess.Popen[str], wanted: int, most: int, told: int = 0
) -> str:
    """Wait until all are judged, end `run`, and look.

    Args:
        lab, program, process: what runs.
        wanted: how many incidents there are.
        most: how often an analyzer may have run on one.
        told: how often a verdict is to be told in each incident's thread.
    """
    alerts, threads = lab.hive.store.alerts, lab.channel.replies

    def judged() -> int:
        return sum("verdict=malicious" in str(alert["tags"]) for alert in list(alerts.values()))

    in_time = _until(lambda: judged() == wanted)
    answered = _until(lambda: not told or sum(map(len, list(threads.values()))) >= told * wanted, 2 * LONGEST)
    healthy = _until(lambda: program.run("health").code == 0, 5)
    process.terminate()
    ended = program.ended(process, LONGEST)
    jobs = Counter((job[".observable"], job["analyzerName"]) for job in lab.hive.store.jobs.values())
    problems = {
        "lost": len(alerts) < wanted,
        "doubled": len(alerts) > wanted,
        f"{judged()} of {wanted} judged": not in_time,
        "too many jobs": max(jobs.values()) > most,
        f"{len(lab.hive.store.cases)} cases": len(lab.hive.store.cases) != wanted,
        f"told {[len(replies) for replies in threads.values()]}": not answered
        or any(len(replies) != told for replies in threads.values()),
        "not healthy": not healthy,
        f"exit code {ended.code}": ended.code != 0,
    }
    return ", ".join(name for name, is_so in problems.items() if is_so) or WHOLE


def _until(condition: Callable[[], bool], seconds: float = LONGEST) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True
