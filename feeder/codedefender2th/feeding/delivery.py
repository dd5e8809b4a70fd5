"""Alerts → TheHive, several at once; each in the fullest form that TheHive takes."""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from codedefender2th.errors import FeederError, Refusal, Stopped, Unavailable
from codedefender2th.incident.alert import Alert, bare, without_observables
from codedefender2th.thehive.client import IN_FLIGHT, Rejected, Stored, TheHive

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delivery:
    """What became of an alert.

    Attributes:
        alert: as it was to be sent.
        stored: that it is in TheHive, and how; None where TheHive takes it in no form.
        reason: what TheHive said against the alert as it was, where it said something.
    """

    alert: Alert
    stored: Stored | None
    reason: str | None = None


class Deliveries:
    """The deliveries of a batch, in its order, and the fault that ended it early, if any."""

    def __init__(self, done: list[Delivery], faults: Sequence[BaseException]) -> None:
        self.done = done
        ordered = [fault for kind in (Refusal, Unavailable) for fault in faults if isinstance(fault, kind)]
        self.fault = next(iter([*ordered, *faults]), None)


def deliver(thehive: TheHive, alerts: Iterable[Alert], stop: threading.Event) -> Deliveries:
    """Store alerts, IN_FLIGHT at once; after the first fault, or `stop`, no more are begun."""
    abort = threading.Event()

    def send(alert: Alert) -> Delivery:
        if abort.is_set() or stop.is_set():
            raise Stopped("Stopped before all alerts were sent.")
        try:
            return _in_some_form(thehive, alert)
        except FeederError:
            abort.set()
            raise

    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        futures = [pool.submit(send, alert) for alert in alerts]
    faults = [fault for future in futures if (fault := future.exception()) is not None]
    return Deliveries([future.result() for future in futures if future.exception() is None], faults)


def _in_some_form(thehive: TheHive, alert: Alert) -> Delivery:
    reason = None
    for form in _forms(alert):
        try:
            stored = thehive.store(form)
        except Rejected as rejection:
            reason = reason or str(rejection)
            continue
        if reason:
            log.warning("%s is stored in a reduced form: TheHive said %s.", alert["sourceRef"], reason)
        return Delivery(alert, stored, reason)
    return Delivery(alert, None, reason)


def _forms(alert: Alert) -> Iterator[Alert]:
    """The alert; then without one observable, two, …, all of them; then the least of it."""
    yield alert
    for count in range(1, len(alert["observables"]) + 1):
        for refused in itertools.combinations(alert["observables"], count):
            yield without_observables(alert, list(refused))
    yield bare(alert)
