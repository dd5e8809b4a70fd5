"""What keeps simulated services up until SIGTERM or SIGINT. Standard library only."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable


def stop_signals() -> Callable[[], None]:
    """From now on the two signals are noted; what is returned waits for one of them."""
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda sent, _: told.append(sent))

    def wait() -> None:
        # A handler runs when the main thread wakes, whichever thread the signal woke.
        while not told:
            time.sleep(0.2)

    return wait
