"""Loaded by every analyzer process of the tests: notes each address that it asks for.

None but loopback is let through. The environment's `SOCKET_LOG` names the file that the addresses go to,
one `host:port` a line.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

_connect, _getaddrinfo = socket.socket.connect, socket.getaddrinfo


def _note(host: Any, port: Any) -> None:
    name = host.decode() if isinstance(host, bytes) else str(host)
    with Path(os.environ["SOCKET_LOG"]).open("a", encoding="utf-8") as log:
        log.write(f"{name}:{port}\n")
    if name != "127.0.0.1":
        raise OSError(f"not loopback: {name}")


def _noting_connect(self: socket.socket, address: Any) -> None:
    _note(*address[:2])
    _connect(self, address)


def _noting_getaddrinfo(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
    _note(host, port)
    return _getaddrinfo(host, port, *rest, **options)


if "SOCKET_LOG" in os.environ:
    socket.socket.connect = _noting_connect  # type: ignore[method-assign, assignment]  # a guard replaces it
    socket.getaddrinfo = _noting_getaddrinfo
