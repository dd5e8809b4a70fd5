"""`parent.py SOCKET FOLDER MODULE…`: imports the modules, then forks into each program that it is asked for.

Whoever connects to the listening socket may ask; when nobody is connected any more, it ends. A request is a
message with four descriptors: standard input, output, error, and a line on which the process id is told at
once and the exit status at the end.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import socket
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

_HERE = sys.path.pop(0)
_MOST_BYTES = 1 << 20


def serve() -> dict[str, Any]:
    """Fork when told to; returns in each child, with what it was told. The parent never returns."""
    door, folder, modules = socket.socket(fileno=int(sys.argv[1])), sys.argv[2], sys.argv[3:]
    base = list(sys.path)
    sys.path[:0] = [folder] if folder else []
    for module in modules:
        importlib.import_module(module)
    sys.path[:] = base
    gc.freeze()
    asking: dict[int, socket.socket] = {}
    running: dict[int, tuple[int, int]] = {}
    waiting = select.poll()
    waiting.register(door, select.POLLIN)
    while True:
        for ready, _ in waiting.poll():
            if ready in running:
                waiting.unregister(ready)
                _tell_the_end(ready, *running.pop(ready))
                continue
            if ready == door.fileno():
                line, _ = door.accept()
                asking[line.fileno()] = line
                waiting.register(line, select.POLLIN)
                continue
            message, ends, _, _ = socket.recv_fds(asking[ready], _MOST_BYTES, 4)
            if not message:
                waiting.unregister(ready)
                asking.pop(ready).close()
                if not asking:
                    _remove(Path(door.getsockname()))
                    # Who was at the door before it was gone is let in.
                    if not select.select([door], [], [], 0)[0]:
                        os._exit(0)
                continue
            child = os.fork()
            if not child:
                for other in (door, *asking.values()):
                    other.close()
                # A line is at its end when all who hold it have let go of it.
                for ended, (_, end) in running.items():
                    os.close(ended)
                    os.close(end)
                _take_over(ends)
                return dict(json.loads(message.decode("utf-8", "surrogatepass")))
            for end in ends[:3]:
                os.close(end)
            os.write(ends[3], f"{child}\n".encode())
            ended = os.pidfd_open(child)
            running[ended] = (child, ends[3])
            waiting.register(ended, select.POLLIN)


def _remove(place: Path) -> None:
    for file in (place, place.with_suffix(".lock")):
        file.unlink(missing_ok=True)
    with suppress(OSError):
        place.parent.rmdir()


def _take_over(ends: list[int]) -> None:
    for number, end in enumerate(ends[:3]):
        os.dup2(end, number)
    for end in ends:
        os.close(end)


def _tell_the_end(ended: int, child: int, end: int) -> None:
    _, status = os.waitpid(child, 0)
    with suppress(BrokenPipeError):
        os.write(end, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os.close(ended)
    os.close(end)


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


def run(asked: dict[str, Any]) -> int:
    """Run the program as the main one; its exit status, as Python would have it."""
    try:
        if Path(asked["program"]).is_absolute():
            runpy.run_path(asked["program"], run_name="__main__")
        else:
            runpy.run_module(asked["program"], run_name="__main__", alter_sys=True)
    except SystemExit as told:
        if told.code is None or isinstance(told.code, int):
            return int(told.code or 0) & 0xFF
        print(told.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def main() -> None:
    """Serve; in each child, run the program.

    The interpreter's own end would touch, and so copy, all that was imported: what a program may notice of it
    is done here.
    """
    asked = serve()
    become(asked)
    status = run(asked)
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
