"""`demo`: starts the checkout's demonstration; the package itself holds no simulated service."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from codedefender2th.errors import SettingError

_SCRIPT = Path(__file__).parents[2] / "tests" / "demo" / "show.py"


def run_demo() -> int:
    """Run it; its exit code.

    Raises:
        SettingError: where there is no checkout.
    """
    if not _SCRIPT.is_file():
        raise SettingError("demo needs a checkout of the repository: clone it and run `make demo` in it.")
    demonstration = subprocess.run([sys.executable, str(_SCRIPT)], check=False)  # noqa: S603 (our own script)
    return demonstration.returncode
