"""Ends the process where it asks for an address that is not configured.

`simulators.guard` puts the addresses that are into `GUARD_ALLOWED`. An audit hook (PEP 578) sees what Python
code asks of the network, whichever library asks, and can't be taken off again.
"""

from __future__ import annotations

import os
import sys
from typing import Any

_TARGETS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_NAMES = {"socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}


def install() -> None:
    """Watch from now on, where the environment says what is allowed."""
    if "GUARD_ALLOWED" not in os.environ:
        return
    allowed = set(os.environ["GUARD_ALLOWED"].split())

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if not event.startswith("socket."):
            return
        address = _address(event, arguments)
        if address is not None and address not in allowed:
            os.write(2, f"guard: {event} of {address}, which is not configured\n".encode())
            # No exception: the product could catch it.
            os._exit(99)

    sys.addaudithook(watch)


def _address(event: str, arguments: tuple[Any, ...]) -> str | None:
    """The `host:port` that an event is about; None for an event that leads nowhere."""
    if event == "socket.getaddrinfo":
        host, port = arguments[:2]
    elif event in _NAMES:
        host, port = arguments[0], ""
    elif event in _TARGETS and arguments[1] is not None:
        target = arguments[1]
        host, port = target[:2] if isinstance(target, tuple) else (target, "")
    else:
        return None
    return f"{host.decode() if isinstance(host, bytes) else host}:{port}"
