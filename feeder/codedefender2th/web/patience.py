"""How long to go on trying: one rule for every request to every service."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from codedefender2th.errors import Stopped, TooMuch, Unavailable

log = logging.getLogger(__name__)

T = TypeVar("T")

LONGEST_RETRY_AFTER = 120.0
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 8.0
_ANNOUNCED_FROM = 2.0


class Patience:
    """Waits out temporary faults.

    Args:
        seconds: how long one call may take, its retries included.
        stop: set when the program is to end; a wait ends at once then.
    """

    def __init__(self, seconds: float, stop: threading.Event) -> None:
        self.seconds = seconds
        self.stop = stop

    def call(self, attempt: Callable[[], T]) -> T:
        """What `attempt` returns, tried again while it raises `Unavailable` and time is left.

        Where the service says by `Retry-After` when to come again, it is obeyed, and the time
        allowed is LONGEST_RETRY_AFTER if that is more.

        Raises:
            Unavailable: the last one, when time is up.
            TooMuch: at once; the same question has the same answer.
            Stopped: `stop` was set while waiting.
        """
        started, wait = time.monotonic(), _FIRST_WAIT
        while True:
            try:
                return attempt()
            except TooMuch:
                raise
            except Unavailable as fault:
                pause, allowed = random.uniform(wait / 2, wait), self.seconds
                wait = min(wait * 2, _LONGEST_WAIT)
                if fault.retry_after is not None:
                    pause = max(fault.retry_after, pause)
                    allowed = max(allowed, LONGEST_RETRY_AFTER)
                if time.monotonic() - started + pause > allowed:
                    raise
                self.pause(pause, fault)

    def pause(self, seconds: float, fault: Unavailable) -> None:
        """Wait, having said so where it takes long; raises Stopped."""
        level = logging.INFO if seconds >= _ANNOUNCED_FROM else logging.DEBUG
        log.log(level, "%s Waiting %.0f s before the next try.", fault, seconds)
        if self.stop.wait(seconds):
            raise Stopped("Stopped while waiting.")
