"""`make kill`: every moment of feed and investigate, and random moments of run."""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from kill.moments import Killing, kill_at, kill_run, moments_of

RUNS = 24


def main() -> int:
    """Run it all; 0 where all is whole after every kill."""
    plan = [
        (name, moment, number)
        for name in ("feed", "investigate")
        for moment in range(1, moments_of(name) + 1)
        for number in (signal.SIGKILL, signal.SIGTERM)
    ]
    with ProcessPoolExecutor(max(4, 2 * (os.cpu_count() or 2))) as pool:
        killings = list(pool.map(kill_at, *zip(*plan, strict=True)))
        killings += [killing for found in pool.map(_run_killed, range(RUNS)) for killing in found]
    counts = Counter((killing.command, _name(killing), killing.outcome == "whole") for killing in killings)
    for (command, number, whole), count in sorted(counts.items()):
        print(f"{command:<12} {number:<18} {'whole' if whole else 'WRONG':<6} {count}")
    bad = [killing for killing in killings if killing.outcome != "whole"]
    for killing in bad:
        print(f"WRONG  {killing}")
    return 1 if bad else 0


def _run_killed(seed: int) -> list[Killing]:
    return list(kill_run(seed))


def _name(killing: Killing) -> str:
    return "random, six a run" if killing.command == "run" else signal.Signals(killing.number).name


if __name__ == "__main__":
    sys.exit(main())
