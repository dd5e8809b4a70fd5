"""`demo`: starts the checkout's demonstration; the package itself holds no simulated service."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from codedefender2th.errors import SettingError

_SCRIPT = Path(__file__).parents[2] / "tests" / "demo" / "show.py"


def run_demo(serve: bool = False) -> int:
    """Run it; its exit code.

    Args:
        serve: whether to keep the simulated services up afterwards, until a stop signal.

    Raises:
        SettingError: where there is no checkout.
    """
    if not _SCRIPT.is_file():
        raise SettingError("demo needs a checkout of the repository: clone it and run `make demo` in it.")
    demonstration = subprocess.Popen(  # noqa: S603 (our own script)
        [sys.executable, str(_SCRIPT), *(["--serve"] if serve else [])]
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda sent, _: demonstration.send_signal(sent))
    return demonstration.wait()
