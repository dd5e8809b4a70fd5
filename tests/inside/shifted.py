"""A wall clock that tests move: everything in this process that asks for the time is told a later one."""

from __future__ import annotations

import time
from types import TracebackType


class Shifted:
    """While it is entered, `time.time` is ahead by `seconds`; `time.monotonic` is as ever."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._true = time.time

    def pass_by(self, seconds: float) -> None:
        """Let so much time pass at once."""
        self.seconds += seconds

    def __enter__(self) -> Shifted:
        time.time = lambda: self._true() + self.seconds
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        time.time = self._true
