"""`run`'s numbers, served to Prometheus where FEEDER_METRICS names an address; elsewhere nothing is counted.

Everything is in a registry of its own. Names and labels are few and fixed: nothing that comes from a post,
a script or a server becomes one.
"""

from __future__ import annotations

import logging
import socket
import socketserver
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from codedefender2th.errors import SettingError
from codedefender2th.playbook.verdicts import VERDICTS, Verdict
from codedefender2th.state.heartbeat import FEEDING, INVESTIGATING, Heartbeat

if TYPE_CHECKING:
    from prometheus_client import MetricsHandler

log = logging.getLogger(__name__)

PREFIX = "codedefender2th_"
# How long a client may take to ask.
_PATIENCE_SECONDS = 10


class Numbers:
    """What is told of `run`'s work; this one takes no notice."""

    def fed(self, counts: Mapping[str, int]) -> None:
        """A feeding pass ended with these counts (`Tally.counts`)."""

    def investigated(self, counts: Mapping[str, int]) -> None:
        """An investigating pass ended with these counts (`Progress.counts`)."""

    def judged(self, verdict: Verdict) -> None:
        """A verdict has arrived."""

    def request(self, service: str, outcome: str) -> None:
        """A request to a service ended so (web/transport.py has the outcomes)."""

    def close(self) -> None:
        """No more is served."""


class _Server(socketserver.ThreadingTCPServer):
    """Listens. `http.server`'s own class asks for the host's name first, which may take long."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, host: str, port: int, handler: type[MetricsHandler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        handler.timeout = _PATIENCE_SECONDS
        super().__init__((host, port), handler)


class Metrics(Numbers):
    """Counts, and serves what it has counted at `/metrics`.

    Args:
        address: host and port to listen on.
        beat: knows when the last good passes ended.

    Raises:
        SettingError: nobody can listen there.
    """

    def __init__(self, address: tuple[str, int], beat: Heartbeat) -> None:
        # Where nobody asks for it, the program starts without it.
        from prometheus_client import CollectorRegistry, Counter, Gauge, MetricsHandler  # noqa: PLC0415

        registry = CollectorRegistry()

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(PREFIX + name, text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(PREFIX + name, text, labels, registry=registry)

        fed = counter("alerts_fed", "Incidents that are alerts in TheHive: made, or there already.", "result")
        self._counted = {
            "read": counter("messages_read", "Slack messages looked at."),
            "created": fed.labels("created"),
            "existing": fed.labels("existing"),
            "incomplete": counter("alerts_incomplete", "Fed alerts that lack a field."),
            "near_misses": counter("near_misses", "Posts with an incident's fields under another title."),
            "refused": counter("messages_refused", "Messages whose time is not of Slack's form."),
            "started": counter("jobs_started", "Analyzer jobs started."),
            "judged": counter("responder_runs", "Responder runs started."),
        }
        failed = gauge(
            "failed", "What is stuck now: incidents not stored, alerts whose responder fails.", "work"
        )
        self._failed = {work: failed.labels(work) for work in (FEEDING, INVESTIGATING)}
        self._standing = {
            "open": gauge("alerts_open", "Alerts (TheHive 4.1: cases) without a verdict."),
            "running": gauge("alerts_running", "Those of them whose jobs or responder run."),
            "waiting": gauge("alerts_waiting", "Those of them whose turn, or next try, comes later."),
            "set_aside": gauge("alerts_set_aside", "Those of them about which TheHive refuses something."),
        }
        self._verdicts = counter("verdicts", "Verdicts that have arrived.", "verdict")
        for verdict in VERDICTS:
            self._verdicts.labels(verdict)
        self._requests = counter("requests", "Requests by service and how they ended.", "service", "outcome")
        age = gauge(
            "last_good_pass_age_seconds",
            "Since a pass of this work last ended well; before the first, since run started.",
            "work",
        )
        age.labels(FEEDING).set_function(lambda: beat.age(FEEDING))
        age.labels(INVESTIGATING).set_function(lambda: beat.age(INVESTIGATING))
        host, port = address
        shown = f"{f'[{host}]' if ':' in host else host}:{port}"
        try:
            self._server = _Server(host, port, MetricsHandler.factory(registry))
        except OSError as error:
            reason = error.strerror or "unknown"
            raise SettingError(
                f"FEEDER_METRICS (--metrics): nobody can listen on {shown} ({reason}): choose another."
            ) from None
        threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True).start()
        log.info("Metrics are served at http://%s/metrics.", shown)

    def fed(self, counts: Mapping[str, int]) -> None:
        """A feeding pass ended with these counts."""
        self._note(FEEDING, counts)

    def investigated(self, counts: Mapping[str, int]) -> None:
        """An investigating pass ended with these counts."""
        self._note(INVESTIGATING, counts)

    def judged(self, verdict: Verdict) -> None:
        """A verdict has arrived."""
        self._verdicts.labels(verdict.verdict).inc()

    def request(self, service: str, outcome: str) -> None:
        """A request ended."""
        self._requests.labels(service, outcome).inc()

    def close(self) -> None:
        """Give the port back."""
        self._server.shutdown()
        self._server.server_close()

    def _note(self, work: str, counts: Mapping[str, int]) -> None:
        for name, count in counts.items():
            if name in self._counted:
                self._counted[name].inc(count)
            elif name in self._standing:
                self._standing[name].set(count)
        self._failed[work].set(counts["failed"])


def serve(address: tuple[str, int] | None, beat: Heartbeat) -> Numbers:
    """What counts and serves, where there is an address to serve at; raises SettingError."""
    return Numbers() if address is None else Metrics(address, beat)
