"""Sets the clock of a running program (see `inside/stepping_clock.py`) from outside."""

from __future__ import annotations

from pathlib import Path


def set_clock(file: Path, seconds: float) -> None:
    """From now on it is so many seconds ahead; whoever reads meanwhile finds the old step or the new."""
    beside = file.with_suffix(".new")
    beside.write_text(str(seconds))
    beside.replace(file)
