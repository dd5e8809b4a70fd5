"""The time that one run may take, waiting for quota and polling included."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

GRACE_SECONDS = 0.5


class Deadline:
    """A number of seconds from now.

    Args:
        seconds: how long the run may take, greater than 0.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left; 0 when the time is over."""
        return max(0.0, self._end - time.monotonic())

    def pause(self, seconds: float) -> bool:
        """Sleep where there is time left afterwards; else return False at once."""
        if seconds >= self.left():
            return False
        time.sleep(seconds)
        return True

    def looks(self) -> Iterator[None]:
        """Wait, yield, wait longer, yield, … until the time would be over: when to look at slow work.

        Each look may cost quota, so there are few: the first after a twelfth of the whole time (10 of
        120 seconds), each later pause half as long again.
        """
        pause = self.seconds / 12
        while self.pause(pause):
            yield
            pause *= 1.5

    def enforce(self, give_up: Callable[[], None]) -> None:
        """Call `give_up` from another thread shortly after the time is over.

        The last bound, for what no timeout covers: a name server that is silent, an answer that
        comes a byte at a time. A signal would not do, since it is not seen while a name is resolved.
        """
        watchdog = threading.Timer(self.left() + GRACE_SECONDS, give_up)
        watchdog.daemon = True
        watchdog.start()
