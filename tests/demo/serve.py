"""Slack and the look-up services of the demonstration on fixed ports, for the stack's profile `simulate`.

`python -m demo.serve [first port] [host]` until SIGTERM: Slack, VirusTotal, Snyk, OSV, Hybrid Analysis,
registries, urlscan.io, npm, jsDelivr, the Wayback Machine and HUMAN, in this order, on the loopback address
unless another is given (a container's needs 0.0.0.0). The channel holds the story's posts; more are posted to
Slack's incoming webhook `/services/T0SIMULATED/<bot id>/incident`.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack

from demo import story
from simulators.outside import Outside
from simulators.stopping import stop_signals

FIRST_PORT = 8001


def main() -> int:
    """Serve until told to stop."""
    wait = stop_signals()
    first_port, host = [*sys.argv[1:], *("", "")][:2]
    outside = Outside(first_port=int(first_port or FIRST_PORT), host=host or "127.0.0.1")
    story.teach(outside)
    story.fill(outside)
    with ExitStack() as stack:
        for server in outside.servers():
            stack.enter_context(server)
            print(f"{type(server).__name__} listens on port {server.port}", flush=True)
        wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
