#!/usr/bin/env python3
"""What Cortex runs in its own container: hands the job to the service `neurons` and waits for its end.

Stands under the name of each definition's command (`analyzers/CodeDefender/codedefender.py`, …), so that
Cortex finds what the definition names. The job's folder is on a volume that both services see; the job
itself runs where no data store can be reached. Standard library only.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from pathlib import Path

SOCKET = "NEURONS_SOCKET"
ABSENT = "The service `neurons`, which runs the jobs, is not there: docker compose up -d --wait."


def main(command: Path, job: Path) -> None:
    """Ask for the job; what it prints is printed here. Raises OSError where nobody listens."""
    asked = {
        "command": "/".join(command.parts[-3:]),
        "job": str(job),
        # Cortex sets it where the analyzer has a CA of its own.
        "ca_bundle": os.environ.get("REQUESTS_CA_BUNDLE"),
    }
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        peer.connect(os.environ[SOCKET])
        # Told to stop (Cortex's job timeout), it says so by its silence and still waits for the end.
        signal.signal(signal.SIGTERM, lambda *_: peer.shutdown(socket.SHUT_WR))
        peer.sendall(json.dumps(asked).encode() + b"\n")
        while printed := peer.recv(65536):
            sys.stdout.buffer.write(printed)
        sys.stdout.flush()


def fail(job: Path) -> None:
    """The answer where there is nobody to run it."""
    answer = {"success": False, "errorMessage": ABSENT}
    (job / "output" / "output.json").write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    try:
        main(Path(__file__).absolute(), folder)
    except OSError:
        fail(folder)
