"""The engine as the rest sees it: visits go in, records come out, in time.

What runs the script is a process of its own (`cell/`): it has an empty environment, limits on processor
time, memory, files and processes, no network where the kernel allows, and nothing but two pipes. It is
killed with all it started when its time is over.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from .program import program
from .record import Record, read

_START = "import runpy, sys; sys.path.insert(0, sys.argv[1]); runpy.run_module('cell', run_name='__main__')"
"""Runs the package `cell` alone: it needs, and finds, nothing else of ours."""

Visit = dict[str, Any]
"""What the page is made of (`page.given` in `page/*.js`)."""

CPU = 2.5
"""Seconds of processor time for one visit."""
MARGIN = 3.0
"""Seconds more that a busy machine may need until the process says what its visits saw."""
LONGEST_ANSWER = 32_000_000


class Engine(Protocol):
    """Runs visits; each knows nothing of the others."""

    def run(self, visits: list[Visit], seconds: float) -> list[Record]:
        """One record for each visit, in the same order; takes no longer than `seconds`, and never raises."""
        ...


class Cell:
    """The engine in its cell, for the time of a `with`. Where it dies, it is started again."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self.deaths = 0
        """How often it broke."""
        self.held: tuple[str, ...] = ()
        """What confines it besides limits, as it says itself."""

    def __enter__(self) -> Cell:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def run(self, visits: list[Visit], seconds: float) -> list[Record]:
        """Visits at the same time, each in a process of its own."""
        until = time.monotonic() + seconds
        try:
            if self._process is None:
                self._start(until)
            job = {"visits": visits, "cpu": min(CPU, seconds), "wall": max(0.05, seconds)}
            answer = self._ask(job, until + MARGIN)
            self.held = tuple(str(each) for each in answer["held"])
            records = [read(str(seen["record"]), str(seen["end"])) for seen in answer["seen"]]
        except TimeoutError:
            self._stop()
            return [Record(cut=True) for _ in visits]
        except (OSError, ValueError, KeyError, TypeError):
            self.deaths += 1
            self._stop()
            return [Record(cut=True, broken=True) for _ in visits]
        return records

    def _start(self, until: float) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", "-B", "-c", _START, str(Path(__file__).parent)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            close_fds=True,
            start_new_session=True,
        )
        self._ask({"program": program()}, max(until, time.monotonic() + 8) + MARGIN)

    def _ask(self, question: dict[str, Any], until: float) -> dict[str, Any]:
        """One line there, one line back. Raises: OSError, ValueError."""
        if self._process is None or self._process.stdin is None or self._process.stdout is None:
            raise OSError("there is no process")
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        self._process.stdin.flush()
        told = bytearray()
        source = self._process.stdout.fileno()
        with selectors.DefaultSelector() as waiting:
            waiting.register(source, selectors.EVENT_READ)
            while not told.endswith(b"\n"):
                if not waiting.select(max(0.0, until - time.monotonic())):
                    raise TimeoutError("no answer in time")
                if len(told) > LONGEST_ANSWER:
                    raise OSError("an answer without end")
                chunk = os.read(source, 1 << 16)
                if not chunk:
                    raise OSError("the process ended")
                told += chunk
        answer = json.loads(told)
        if not isinstance(answer, dict):
            raise ValueError("no answer")
        return answer

    def _stop(self) -> None:
        if self._process is None:
            return
        with contextlib.suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        self._process = None
