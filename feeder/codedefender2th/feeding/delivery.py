"""Alerts → TheHive, several at once; each in the fullest form that TheHive takes.

One alert's trouble is that alert's: while others pass, one that keeps failing is set aside. Where nothing
passes, the trouble is TheHive's, and nothing more is sent.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from codedefender2th.errors import FeederError, KeyRefused, Refusal, Stopped, Unavailable
from codedefender2th.incident.alert import Alert, bare, without_observables
from codedefender2th.thehive.client import IN_FLIGHT, Stored, TheHive
from codedefender2th.thehive.refusals import Blocked, NoSuchPath, Rejected

log = logging.getLogger(__name__)

# So many alerts may be set aside before any has passed: then it is not they that are in trouble.
_WITHOUT_WITNESS = 3
# HTTP statuses that speak of the server or the way to it, not of the request.
_OF_THE_SERVER = {429, 502, 503, 504}
_MOST_FORMS = 32


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


@dataclass
class Deliveries:
    """The deliveries of a batch.

    Attributes:
        done: what was sent and became of it.
        fault: what ended the batch early, if anything.
    """

    done: list[Delivery] = field(default_factory=list)
    fault: BaseException | None = None


class Courier:
    """Stores alerts in a TheHive.

    Args:
        thehive: where to.
        stop: after it is set, no more are begun.
        moved: called after each alert.
    """

    def __init__(self, thehive: TheHive, stop: threading.Event, moved: Callable[[], None]) -> None:
        self._thehive, self._stop, self._moved = thehive, stop, moved
        self._aside_unwitnessed = 0

    def deliver(self, alerts: Iterable[Alert]) -> Deliveries:
        """Store alerts, IN_FLIGHT at once."""
        result, left = Deliveries(), list(alerts)
        while left:
            batch = _Batch(self._thehive, self._stop, self._moved)
            batch.send(left)
            result.done += batch.done
            if batch.fault is None and batch.troubled:
                self._look_into(batch, result)
            result.fault = result.fault or batch.fault
            if result.fault is not None or not batch.troubled:
                break
            left = batch.untouched
        if any(delivery.stored for delivery in result.done):
            self._aside_unwitnessed = 0
        return result

    def try_again(self, alerts: Sequence[Alert]) -> list[Delivery]:
        """Try each of those that failed before once more, without waiting for anything."""
        deliveries = []
        for alert in alerts:
            if self._stop.is_set():
                break
            try:
                delivery = _in_some_form(self._thehive, alert, patient=False)
            except KeyRefused:
                raise
            except (Refusal, Unavailable) as fault:
                delivery = Delivery(alert, None, str(fault))
            deliveries.append(delivery)
            self._moved()
        return deliveries

    def _look_into(self, batch: _Batch, result: Deliveries) -> None:
        """Tell those in trouble of their own from a TheHive in trouble."""
        first = _gravest([fault for _, fault in batch.troubled])
        if not self._thehive.answers():
            result.fault = first
            return
        aside: list[tuple[Alert, FeederError]] = []
        for alert, _ in batch.troubled:
            try:
                result.done.append(self._once_more(alert))
            except (KeyRefused, Stopped) as end:
                result.fault = end
                return
            except (Refusal, Unavailable) as fault:
                aside.append((alert, fault))
        if not any(delivery.stored for delivery in result.done):
            self._aside_unwitnessed += len(aside)
            few = self._aside_unwitnessed <= _WITHOUT_WITNESS
            if not (few and all(_is_of_the_request(fault) for _, fault in aside)):
                result.fault = first
                return
        result.done += [Delivery(alert, None, str(fault)) for alert, fault in aside]

    def _once_more(self, alert: Alert) -> Delivery:
        """TheHive is well: the whole alert again, then the least of it, which may lack what is in the way."""
        try:
            return _in_some_form(self._thehive, alert, patient=False)
        except KeyRefused:
            raise
        except (Refusal, Unavailable) as fault:
            if not _is_of_the_request(fault):
                raise
            try:
                stored = self._thehive.store(bare(alert), patient=False)
            except Rejected as rejection:
                return Delivery(alert, None, str(rejection))
            return _reduced(alert, stored, str(fault))


class _Batch:
    """One round: all that can be sent.

    Attributes:
        done: what was stored, or taken in no form.
        troubled: what met a fault that waiting did not mend.
        untouched: what was not begun.
        fault: what ends the work.
    """

    def __init__(self, thehive: TheHive, stop: threading.Event, moved: Callable[[], None]) -> None:
        self._thehive, self._stop, self._moved = thehive, stop, moved
        self.done: list[Delivery] = []
        self.troubled: list[tuple[Alert, FeederError]] = []
        self.untouched: list[Alert] = []
        self.fault: BaseException | None = None
        self._lock = threading.Lock()
        # Faults since the last success.
        self._streak = 0
        self._faults: list[BaseException] = []

    def send(self, alerts: list[Alert]) -> None:
        """Send them; where nothing passes any more, no more are begun."""
        with ThreadPoolExecutor(IN_FLIGHT) as pool:
            list(pool.map(self._send, alerts))
        if self._stop.is_set() and self.untouched:
            self._faults.append(Stopped("Stopped before all alerts were sent."))
        self.fault = _gravest(self._faults) if self._faults else None

    def _send(self, alert: Alert) -> None:
        if self._stop.is_set() or self._faults or self._streak >= IN_FLIGHT:
            with self._lock:
                self.untouched.append(alert)
            return
        try:
            delivery = _in_some_form(self._thehive, alert)
        except (Refusal, Unavailable) as fault:
            with self._lock:
                if isinstance(fault, KeyRefused):
                    self._faults.append(fault)
                self._streak += 1
                self.troubled.append((alert, fault))
        except Exception as fault:
            with self._lock:
                self._faults.append(fault)
        else:
            with self._lock:
                self._streak = 0
                self.done.append(delivery)
            self._moved()


def _in_some_form(thehive: TheHive, alert: Alert, patient: bool = True) -> Delivery:
    reason = None
    for form in _forms(alert):
        try:
            stored = thehive.store(form, patient)
        except Rejected as rejection:
            reason = reason or str(rejection)
            continue
        return _reduced(alert, stored, reason) if reason else Delivery(alert, stored)
    return Delivery(alert, None, reason)


def _reduced(alert: Alert, stored: Stored, reason: str) -> Delivery:
    log.warning("%s is stored in a reduced form (%s).", alert["sourceRef"], reason.rstrip("."))
    return Delivery(alert, stored, reason)


def _forms(alert: Alert) -> Iterator[Alert]:
    """The alert; then without one observable, two, …, all of them; then the least of it."""
    yield alert
    observables = alert["observables"]
    fewer = itertools.chain.from_iterable(
        itertools.combinations(observables, count) for count in range(1, len(observables))
    )
    for refused in itertools.islice(fewer, _MOST_FORMS):
        yield without_observables(alert, list(refused))
    if observables:
        yield without_observables(alert, observables)
    yield bare(alert)


def _is_of_the_request(fault: FeederError) -> bool:
    """Whether there was an answer to this request that says nothing of the server."""
    if isinstance(fault, Unavailable):
        return fault.status is not None and fault.status not in _OF_THE_SERVER
    return isinstance(fault, (Blocked, NoSuchPath))


def _gravest(faults: Sequence[BaseException]) -> BaseException:
    """The one to tell: of the key, then a refusal, then what is temporary."""
    for kind in (KeyRefused, Refusal, Unavailable):
        for fault in faults:
            if isinstance(fault, kind):
                return fault
    return faults[0]
