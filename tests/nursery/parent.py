"""`parent.py SOCKET FOLDER MODULE…`: imports the modules, then forks into each program that it is asked for.

A request is a message on the socket, with four descriptors: standard input, output, error, and a line on
which the process id is told at once and the exit status at the end. The child leaves `main` and runs as the
main program of its own interpreter, so that it also ends as one.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

_HERE = sys.path.pop(0)
_MOST_BYTES = 1 << 20


def serve() -> dict[str, Any]:
    """Fork when told to; returns in each child, with what it was told. The parent never returns."""
    line, folder, modules = socket.socket(fileno=int(sys.argv[1])), sys.argv[2], sys.argv[3:]
    base = list(sys.path)
    sys.path[:0] = [folder] if folder else []
    for module in modules:
        importlib.import_module(module)
    sys.path[:] = base
    gc.freeze()
    while True:
        message, ends, _, _ = socket.recv_fds(line, _MOST_BYTES, 4)
        if not message:
            os._exit(0)
        watcher = os.fork()
        if not watcher and _watched(line, ends):
            return dict(json.loads(message.decode("utf-8", "surrogatepass")))
        for end in ends:
            os.close(end)
        # A watcher that is left from before.
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _watched(line: socket.socket, ends: list[int]) -> bool:
    """In the watcher: fork again, tell of the child, wait, tell how it ended. Returns in the child."""
    line.close()
    child = os.fork()
    if not child:
        for number, end in enumerate(ends[:3]):
            os.dup2(end, number)
        for end in ends:
            os.close(end)
        return True
    for end in ends[:3]:
        os.close(end)
    os.write(ends[3], f"{child}\n".encode())
    _, status = os.waitpid(child, 0)
    with suppress(BrokenPipeError):
        os.write(ends[3], f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def become(asked: dict[str, Any]) -> None:
    """The environment, folder and arguments of the program."""
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["cwd"])
    given = [part for part in asked["env"].get("PYTHONPATH", "").split(os.pathsep) if part]
    program = Path(asked["program"])
    sys.path[:0] = [str(program.parent) if program.is_absolute() else asked["cwd"], *given]
    sys.argv[:] = [asked["program"], *asked["arguments"]]
    sys.modules.pop("sitecustomize", None)
    with suppress(ImportError):
        importlib.import_module("sitecustomize")


def main() -> None:
    """Serve; in each child, run the program."""
    asked = serve()
    become(asked)
    if Path(asked["program"]).is_absolute():
        runpy.run_path(asked["program"], run_name="__main__")
    else:
        runpy.run_module(asked["program"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
