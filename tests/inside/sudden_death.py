"""kill -9 between two steps on the disk: before the `DIE_AT`-th opening or renaming of a file of `DIE_IN`."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any


def install() -> None:
    """Count from now on, where the environment says so."""
    if "DIE_AT" not in os.environ:
        return
    folder, left = os.environ["DIE_IN"], int(os.environ["DIE_AT"])

    def count(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        if event in {"open", "os.rename"} and str(arguments[0]).startswith(folder):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
