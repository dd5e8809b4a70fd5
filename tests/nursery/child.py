"""A forked program, seen from the test: `subprocess.Popen`'s interface, as far as tests use it."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, AnyStr, Generic

Fork = Callable[[Mapping[str, Any], Sequence[int]], None]
_CHUNK = 65536


class Child(Generic[AnyStr]):
    """A process that is no child of this one; a line tells its id and its end.

    Attributes:
        pid: its process id. returncode: as Popen's, None while it runs. args: what was started.
    """

    def __init__(self, args: Any, line: int, pipes: list[int], text: bool) -> None:
        self.args, self.returncode, self._text = args, None, text
        self._read: dict[int, bytearray] = {line: bytearray(), **{pipe: bytearray() for pipe in pipes}}
        self._line, self._pipes, self._open = line, pipes, {line, *pipes}
        while b"\n" not in self._read[line]:
            if not self._take(line):
                raise RuntimeError("the program's parent has died")
        self.pid = int(self._read[line].split(b"\n")[0])

    @classmethod
    def of(cls, fork: Fork, asked: Mapping[str, Any], merged: bool, text: bool) -> Any:
        """Start one; `merged` sends standard error where standard output goes."""
        with ExitStack() as given:

            def end(number: int) -> int:
                given.callback(os.close, number)
                return number

            nothing = end(os.open(os.devnull, os.O_RDONLY))
            line, its_line = os.pipe()
            out, its_out = os.pipe()
            pipes = [out]
            its_err = its_out
            if not merged:
                err, its_err = os.pipe()
                pipes.append(err)
                end(its_err)
            fork(asked, [nothing, end(its_out), its_err, end(its_line)])
        return cls([asked["program"], *asked["arguments"]], line, pipes, text)

    def poll(self) -> int | None:
        """The exit status, where it has ended."""
        return self._until(0, lambda: self.returncode is not None)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status; raises subprocess.TimeoutExpired."""
        self._until(timeout, lambda: self.returncode is not None)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[Any, Any]:
        """What it printed, when it has ended; raises subprocess.TimeoutExpired."""
        self._until(timeout, lambda: not self._open)
        if self._open:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        printed = [bytes(self._read[pipe]) for pipe in self._pipes]
        told = [text.decode().replace("\r\n", "\n") if self._text else text for text in printed]
        return told[0], told[1] if len(told) > 1 else None

    def send_signal(self, number: int) -> None:
        """Send a signal, where it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def _until(self, seconds: float | None, over: Callable[[], bool]) -> int | None:
        """Take what comes until something is so, or the time is up."""
        end = None if seconds is None else time.monotonic() + seconds
        with selectors.DefaultSelector() as ready:
            for number in self._open:
                ready.register(number, selectors.EVENT_READ)
            while self._open and not over():
                left = None if end is None else max(end - time.monotonic(), 0)
                events = ready.select(left)
                for key, _ in events:
                    if not self._take(key.fd):
                        ready.unregister(key.fd)
                        os.close(key.fd)
                        self._open.discard(key.fd)
                if not events and end is not None and time.monotonic() >= end:
                    break
        return self.returncode

    def _take(self, number: int) -> bool:
        """Take what a pipe holds; whether more may come."""
        chunk = os.read(number, _CHUNK)
        self._read[number] += chunk
        if number == self._line and self._read[number].count(b"\n") > 1:
            self.returncode = int(self._read[number].split(b"\n")[1])
        return bool(chunk)

    def __del__(self) -> None:
        for number in self._open:
            os.close(number)
