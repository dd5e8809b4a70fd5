"""The program in which hostile scripts run: told on stdin what to visit, it answers on stdout what was seen.

One line of JSON in: `{"program": str}` once, then `{"visits": [given, …], "cpu": s, "wall": s}` each time.
One line out for each: `{"seen": [{"record": str, "end": "done" | "time" | "killed"}, …], "held": [names of
what confines]}`. The page's program is compiled once; every visit is a process forked from here, confined
before it sees the script.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import sys
import time
from typing import Any

from .confinement import confine, leave_network
from .page_engine import PageEngine

LONGEST_RECORD = 8_000_000
"""Bytes of a record after which nothing more is read of it."""


def main() -> None:
    """Answer line after line until there are no more."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    held = leave_network()
    engine = PageEngine(json.loads(sys.stdin.readline())["program"])
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        visits = [_fork(engine, given, job["cpu"]) for given in job["visits"]]
        seen = _watch(visits, time.monotonic() + job["wall"])
        print(json.dumps({"seen": seen, "held": held}), flush=True)


def _fork(engine: PageEngine, given: dict[str, Any], cpu: float) -> tuple[int, int]:
    """A visit under way: its process, and the end of the pipe on which it tells."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    status = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.dup2(0, 1)
        os.closerange(3, writing)
        os.closerange(writing + 1, writing + 64)
        confine(cpu)
        engine.visit(given, cpu, lambda text: _write(writing, text))
        status = 0
    finally:
        os._exit(status)


def _write(to: int, text: str) -> None:
    data = text.encode("utf-8", "replace")
    while data:
        data = data[os.write(to, data) :]


def _watch(visits: list[tuple[int, int]], until: float) -> list[dict[str, str]]:
    """What each visit told until it ended, or was ended."""
    told = {reading: bytearray() for _, reading in visits}
    with selectors.DefaultSelector() as waiting:
        for _, reading in visits:
            waiting.register(reading, selectors.EVENT_READ)
        while waiting.get_map():
            ready = waiting.select(max(0.0, until - time.monotonic()))
            if not ready:
                break
            for key, _ in ready:
                chunk = os.read(key.fd, 1 << 16)
                told[key.fd] += chunk
                if not chunk or len(told[key.fd]) > LONGEST_RECORD:
                    waiting.unregister(key.fd)
        late = {key.fd for key in waiting.get_map().values()}
    return [_end(child, reading, bytes(told[reading]), reading in late) for child, reading in visits]


def _end(child: int, reading: int, told: bytes, late: bool) -> dict[str, str]:
    os.close(reading)
    os.kill(child, signal.SIGKILL) if late else None
    _, status = os.waitpid(child, 0)
    end = "time" if late else "done" if status == 0 else "killed"
    return {"record": told.decode("utf-8", "replace"), "end": end}


if __name__ == "__main__":
    main()
