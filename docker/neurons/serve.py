"""Runs Cortex's jobs in a container of their own: `serve.py SOCKET JOBS ROOT` until SIGTERM.

Asked through a Unix socket (by `relay.py`) for a command below ROOT and a job folder directly below JOBS, it
runs one on the other and sends back what is printed. Where the asker hangs up, the job is told to stop, and
killed if it does not. Standard library only.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import socketserver
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

MAX_REQUEST_BYTES = 64 * 1024
MAX_PRINTED_BYTES = 256 * 1024
GRACE_SECONDS = 10


class Refused(Exception):
    """What was asked for is no job; one sentence."""


class Server(socketserver.ThreadingUnixStreamServer):
    """Listens; one thread for each job.

    Args:
        listen: the socket's path; an old one there is removed.
        jobs: the folder of the job folders.
        root: the folder that commands are relative to.
    """

    daemon_threads = True
    # Cortex starts as many jobs at once as it has processors.
    request_queue_size = 64

    def __init__(self, listen: Path, jobs: Path, root: Path) -> None:
        self.jobs, self.root = jobs.resolve(), root.resolve()
        listen.unlink(missing_ok=True)
        super().__init__(str(listen), Handler)
        listen.chmod(0o600)

    def command(self, name: object) -> Path:
        """The program of that name; raises Refused."""
        path = (self.root / str(name)).resolve()
        inside = path.is_relative_to(self.root) and len(path.relative_to(self.root).parts) == 3
        if not inside or not os.access(path, os.X_OK) or not path.is_file():
            raise Refused(
                f"There is no command {str(name)[:100]}: build the images anew (docker compose build)."
            )
        return path

    def job(self, name: object) -> Path:
        """The job folder of that name; raises Refused."""
        path = Path(str(name)).resolve()
        if path.parent != self.jobs or not path.is_dir():
            raise Refused("What is to be run is no job folder of Cortex.")
        return path


class Handler(socketserver.StreamRequestHandler):
    """One job."""

    server: Server

    def handle(self) -> None:
        """Run what is asked for, or say why not."""
        try:
            asked = json.loads(self.rfile.readline(MAX_REQUEST_BYTES))
            command, job = self.server.command(asked["command"]), self.server.job(asked["job"])
            bundle = asked.get("ca_bundle")
        except (ValueError, KeyError, TypeError, AttributeError):
            return
        except Refused as refusal:
            self.wfile.write(str(refusal).encode())
            return
        environment = {**os.environ, **({"REQUESTS_CA_BUNDLE": str(bundle)} if bundle else {})}
        with subprocess.Popen(  # noqa: S603  (checked above)
            [str(command), str(job)],
            # As Cortex: the folder that the definition's command is relative to.
            cwd=command.parent.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            try:
                if process.stdout is not None:
                    self._watch(process, process.stdout)
            finally:
                # Whatever the job started ends with it.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    def _watch(self, process: subprocess.Popen[bytes], output: IO[bytes]) -> None:
        """Pass on what is printed until the job is over; stop it where nobody asks for it any more."""
        printed = 0
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            selector.register(self.connection, selectors.EVENT_READ)
            while process.poll() is None:
                for key, _ in selector.select(0.05):
                    if key.fileobj is self.connection:
                        # It sends nothing more, so it has hung up.
                        selector.unregister(self.connection)
                        self._stop(process)
                    elif part := os.read(output.fileno(), 65536):
                        printed += len(part)
                        self._send(part if printed <= MAX_PRINTED_BYTES else b"")
                    else:
                        selector.unregister(output)
        os.set_blocking(output.fileno(), False)
        with contextlib.suppress(BlockingIOError):
            self._send(os.read(output.fileno(), 65536))

    def _stop(self, process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        timer = threading.Timer(GRACE_SECONDS, process.kill)
        timer.daemon = True
        timer.start()

    def _send(self, part: bytes) -> None:
        with contextlib.suppress(OSError):
            self.connection.sendall(part)


def main(listen: Path, jobs: Path, root: Path) -> None:
    """Serve until told to stop."""
    with Server(listen, jobs, root) as server:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        print(f"waits for jobs at {listen}", flush=True)
        server.serve_forever(0.2)
    listen.unlink(missing_ok=True)


def answers(listen: Path) -> bool:
    """Whether somebody listens; for the health check."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        peer.settimeout(5)
        try:
            peer.connect(str(listen))
        except OSError:
            return False
    return True


if __name__ == "__main__":
    if sys.argv[1] == "--health":
        sys.exit(not answers(Path(sys.argv[2])))
    main(*(Path(argument) for argument in sys.argv[1:4]))
