"""Starts the product's programs without the half second in which Python imports their libraries.

A test run has one parent for each program (`parent.py`): a Python that has imported what the program
imports and then forks into it, for whichever of pytest's workers asks. Each run is still a process of its
own, with its own arguments, environment, folder and pipes, killed by its own process id; it only starts in
20 ms. What can't be had by a fork (another interpreter, variables that Python reads when it starts) is
started as ever.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import uuid
import zlib
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
# Where the workers of a test run find its parents.
_RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
_MEETING = Path(tempfile.gettempdir()) / f"nursery-{_RUN}"


class _Parent:
    """The way to a Python that has imported a program's libraries, and forks into it when told to.

    Args:
        program: the program.
        folder: what stands first in its `sys.path`, if anything does.
        modules: what it imports.
    """

    def __init__(self, program: str, folder: Path | None, modules: Sequence[str]) -> None:
        _MEETING.mkdir(mode=0o700, exist_ok=True)
        place = _MEETING / f"{zlib.crc32(program.encode()):08x}"
        self._lock = threading.Lock()
        self._ours = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with place.with_suffix(".lock").open("w") as one_at_a_time:
            fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
            try:
                self._ours.connect(str(place))
            except (FileNotFoundError, ConnectionRefusedError):
                place.unlink(missing_ok=True)
                self._process = _start_parent(place, folder, modules)
                self._ours.connect(str(place))

    def fork(self, asked: Mapping[str, Any], ends: Sequence[int]) -> None:
        """Fork into a program; it takes over `ends`: standard input, output, error, the line that tells."""
        with self._lock:
            socket.send_fds(self._ours, [json.dumps(asked).encode("utf-8", "surrogatepass")], list(ends))


def _start_parent(place: Path, folder: Path | None, modules: Sequence[str]) -> subprocess.Popen[bytes]:
    """It listens at once, and answers when it has imported all; it ends with the last who is connected."""
    kept = {name: value for name, value in os.environ.items() if name not in _GIVEN}
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        door.bind(str(place))
        door.listen()
        return subprocess.Popen(
            [sys.executable, str(_PARENT), str(door.fileno()), str(folder or ""), *modules],
            pass_fds=[door.fileno()],
            env=kept,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
        )


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
            _PARENTS[program] = _Parent(program, *_PROGRAMS[program])
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
