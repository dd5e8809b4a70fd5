"""Starts the product's programs without the half second in which Python imports their libraries.

A test process has one parent for each program (`parent.py`): a Python that has imported what the program
imports and then forks into it. Each run is still a process of its own, with its own arguments,
environment, folder and pipes, killed by its own process id; it only starts in 20 ms. What can't be had by
a fork (another interpreter, variables that Python reads when it starts) is started as ever.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nursery.child import Child
from simulators.guard import FOLDER
from simulators.jobs import ProcessRunner

ROOT = Path(__file__).parents[2]
ANALYZERS, RESPONDERS = ROOT / "analyzers/CodeDefender", ROOT / "responders/CodeDefender"
_PARENT = Path(__file__).with_name("parent.py")
# What Python itself reads when it starts.
_READ_AT_START = ("PYTHON", "LANG", "LC_", "MALLOC_", "LD_")
_GIVEN = {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}


class _Parent:
    """A Python that has imported a program's libraries, and forks into it when told to.

    Args:
        folder: what stands first in its `sys.path`, if anything does.
        modules: what it imports.
    """

    def __init__(self, folder: Path | None, modules: Sequence[str]) -> None:
        self._ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        kept = {name: value for name, value in os.environ.items() if name not in _GIVEN}
        with its:
            self._process = subprocess.Popen(
                [sys.executable, str(_PARENT), str(its.fileno()), str(folder or ""), *modules],
                pass_fds=[its.fileno()],
                env=kept,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
            )
        atexit.register(self.close)

    def fork(self, asked: Mapping[str, Any], ends: Sequence[int]) -> None:
        """Fork into a program; it takes over `ends`: standard input, output, error, the line that tells."""
        with self._lock:
            socket.send_fds(self._ours, [json.dumps(asked).encode("utf-8", "surrogatepass")], list(ends))

    def close(self) -> None:
        """Let it end."""
        self._ours.close()
        self._process.wait()


def _modules(folder: Path) -> list[str]:
    return sorted(file.stem for file in folder.glob("*.py") if file.stem != "__init__")


_PARENTS: dict[str, _Parent] = {}
_LOCK = threading.Lock()
_PROGRAMS: dict[str, tuple[Path | None, tuple[str, ...]]] = {
    "codedefender2th": (None, ("codedefender2th.cli",)),
    str(ANALYZERS / "codedefender.py"): (
        ANALYZERS,
        ("codedefender", *(f"services.{name}" for name in _modules(ANALYZERS / "services"))),
    ),
    str(RESPONDERS / "triage.py"): (RESPONDERS, ("triage",)),
    str(RESPONDERS / "deny.py"): (RESPONDERS, ("deny",)),
    "bootstrap": (
        ROOT / "docker",
        tuple(f"bootstrap.{name}" for name in _modules(ROOT / "docker/bootstrap") if name != "__main__"),
    ),
}


def adopt() -> None:
    """Analyzers and responders are started here too, by whichever simulated Cortex."""
    ProcessRunner.start = staticmethod(start)


def start(
    arguments: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | str | None = None,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
    text: bool = False,
) -> Any:
    """A started program: what `subprocess.Popen` gives, with pipes for what it prints and no input."""
    program, given = _split(arguments)
    piped = (stdin, stdout) == (subprocess.DEVNULL, subprocess.PIPE)
    if sys.platform != "linux" or not piped or program not in _PROGRAMS or not _is_ordinary(env):
        return subprocess.Popen(
            arguments,
            env=dict(env),
            cwd=cwd,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            text=text,
        )
    with _LOCK:
        if program not in _PARENTS:
            _PARENTS[program] = _Parent(*_PROGRAMS[program])
    asked = {"program": program, "arguments": given, "env": dict(env), "cwd": str(cwd or Path.cwd())}
    return Child.of(_PARENTS[program].fork, asked, merged=stderr == subprocess.STDOUT, text=text)


def _is_ordinary(env: Mapping[str, str]) -> bool:
    """Whether Python would start in this environment as it does in ours, with the same libraries."""
    found = set(filter(None, env.get("PYTHONPATH", "").split(os.pathsep)))
    return found <= {*sys.path, str(FOLDER)} and not any(
        name.startswith(_READ_AT_START) and name not in _GIVEN and os.environ.get(name, "") != value
        for name, value in env.items()
    )


def _split(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The program that a command line starts, by module or file, and what is left for it."""
    if list(arguments[:2]) == [sys.executable, "-m"]:
        return arguments[2], list(arguments[3:])
    return arguments[0], list(arguments[1:])
