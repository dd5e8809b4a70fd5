"""`report` over a hundred and ten thousand alerts of a hundred scripts: requests, seconds and peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from row import Row

from desk import Desk
from simulators.jobs import ProcessRunner
from simulators.thehive import TheHive

COUNTS, SCRIPTS = (100, 10_000), 100
MEASURE = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-m", "codedefender2th", "report"], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


def run() -> Iterator[Row]:
    """The rows of the report."""
    peaks = []
    for count in COUNTS:
        with TheHive() as hive, tempfile.TemporaryDirectory() as folder:
            desk = Desk(hive, ProcessRunner(Path(folder)))
            for number in range(count):
                alert = desk.alert(number, script=f"`https://cdn.example.net/{number % SCRIPTS}.js`")
                alert["tags"].append("code-defender:verdict=unknown")
            peak, seconds = _in_a_process(hive, folder)
            peaks.append(peak)
            asked = hive.calls["POST /api/v1/query"]
        yield Row(
            f"a report of {count:,} alerts on {SCRIPTS} scripts",
            f"{asked} requests, {seconds:.0f} s, peak {peak} MiB",
            limit="a query for 500 alerts, for 25 alerts' observables, for 50 alerts' comments",
        )
    yield Row("peak memory of the longer less that of the shorter", f"{peaks[-1] - peaks[0]} MiB")


def _in_a_process(hive: TheHive, folder: str) -> tuple[int, float]:
    """Peak memory in MiB and seconds of one `report`."""
    environ = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "THEHIVE_URL": hive.root,
        "THEHIVE_API_KEY": hive.key,
        "FEEDER_SINCE": "all",
        "FEEDER_STATE_DIR": folder,
        "FEEDER_TIMEOUT": "600",
    }
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], env=environ, capture_output=True, text=True, check=True
    )
    return int(done.stdout), time.monotonic() - started


if __name__ == "__main__":
    for row in run():
        print(row, flush=True)
