"""A service that goes away: the connection breaks, and for a while nothing listens at its address."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass
from typing import Any

from simulators.server import Fault, Request, Simulator

SECONDS = 0.8


@dataclass
class Absence(Fault):
    """A fault that begins at a request; new connections are refused for SECONDS.

    simulator: the service.
    """

    simulator: Simulator | None = None

    def strikes(self, request: Request) -> bool:
        """As any fault; the one that strikes takes the service away."""
        struck = super().strikes(request)
        if struck and self.simulator is not None:
            # Not in this thread, which holds the simulator's lock.
            threading.Thread(target=_stay_away, args=(self.simulator,), daemon=True).start()
        return struck


def plan_absence(simulator: Simulator, **options: Any) -> Absence:
    """Have a service go away at a request; options as `Fault`'s."""
    fault = Absence("reset_before", simulator=simulator, **options)
    with simulator.lock:
        simulator.faults.append(fault)
    return fault


def wait_until_back(simulator: Simulator) -> None:
    """Return when the service takes connections; raises OSError where it does not come back."""
    end = time.monotonic() + 5 * SECONDS
    while True:
        try:
            socket.create_connection((simulator.host, simulator.port), timeout=1).close()
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


def _stay_away(simulator: Simulator) -> None:
    listening = simulator._server
    listening.shutdown()
    listening.server_close()
    # Nothing listens, but the port stays taken: another program of the machine could get it meanwhile.
    with socket.socket() as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind((simulator.host, simulator.port))
        stopped = simulator.stopping.wait(SECONDS)
    if not stopped:
        simulator._server = type(listening)((simulator.host, simulator.port), simulator)
        simulator.start()
