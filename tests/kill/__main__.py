"""`make kill`: hundreds of blows; after each a restart, and a look whether all is there once."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any

import nursery
from kill.blow import WHOLE, Blow, table
from kill.daemon import kill_run, step_clock
from kill.damage import BOTH, FILES, HEARTBEAT, cut_files, full_disk
from kill.moments import kill_at_file, kill_at_request, requests_of

COMMANDS = ("feed", "feed on TheHive 4.1", "investigate")
RUNS, CLOCKS = 24, 12
FILE_MOMENTS = range(1, 61)
DISK_SIZES = range(0, 1000, 50)
# Among how many tasks the lengths of a cut file are divided.
SHARES = 8


def main() -> int:
    """Run it all; 0 where all is whole after every blow."""
    started = time.monotonic()
    with ProcessPoolExecutor(max(4, 2 * (os.cpu_count() or 2)), initializer=_prepare) as pool:
        blows = [blow for future in list(_planned(pool)) for blow in future.result()]
    print(table(blows))
    print(f"{time.monotonic() - started:.0f} s")
    bad = [blow for blow in blows if blow.outcome != WHOLE]
    for blow in bad:
        print(f"WRONG  {blow.kind}, {blow.moment}: {blow.outcome}")
    return 1 if bad else 0


def _prepare() -> None:
    logging.disable()
    nursery.adopt()


def _planned(pool: ProcessPoolExecutor) -> Iterator[Future[list[Blow]]]:
    for name in COMMANDS:
        for moment in range(1, requests_of(name) + 1):
            for number in (signal.SIGKILL, signal.SIGTERM):
                yield pool.submit(_strike, kill_at_request, name, moment, number)
        for moment in FILE_MOMENTS:
            yield pool.submit(_strike, kill_at_file, name, moment)
        for size in DISK_SIZES:
            yield pool.submit(_strike, full_disk, name, size)
    for file in (*FILES, BOTH, HEARTBEAT):
        for first in range(SHARES):
            yield pool.submit(_strike, cut_files, file, SHARES, first)
    for seed in range(RUNS):
        yield pool.submit(_strike, kill_run, seed)
    for seed in range(CLOCKS):
        yield pool.submit(_strike, step_clock, seed)


def _strike(blow: Callable[..., Blow | list[Blow] | None], *given: Any) -> list[Blow]:
    """One task's trouble is one task's."""
    try:
        struck = blow(*given)
    except Exception as error:
        return [Blow(blow.__name__, str(given), f"broke off: {error!r}")]
    return struck if isinstance(struck, list) else [struck] if struck else []


if __name__ == "__main__":
    sys.exit(main())
