"""The pass: channel → incident → alert → TheHive → checkpoint."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from codedefender2th.errors import KeyRefused, Refusal, Stopped, Unavailable
from codedefender2th.feeding.delivery import Courier, Delivery
from codedefender2th.feeding.doubles import Doubles
from codedefender2th.feeding.notices import tell
from codedefender2th.feeding.pace import Pace
from codedefender2th.feeding.reading import Marking
from codedefender2th.feeding.tally import Tally
from codedefender2th.incident.alert import INCOMPLETE_TAG, Alert
from codedefender2th.incident.message import Reading
from codedefender2th.logs import fields
from codedefender2th.slack.channel import Channel, Step
from codedefender2th.slack.unread import Unread
from codedefender2th.state.checkpoint import Checkpoint, Failure, State
from codedefender2th.thehive.client import LATE_SECONDS, TheHive

log = logging.getLogger(__name__)


@dataclass
class Feeder:
    """Feeds one channel into one TheHive.

    Attributes:
        state: the state folder; the caller holds its lock.
        stop: set when the pass is to end soon.
        progress: called with the tally after every page.
        moved: called after every step, which may be a single alert.
        tally: what the pass has done so far, also when it raised.
        checkpoint: where the channel has been read to.
    """

    channel: Channel
    thehive: TheHive
    state: State
    marking: Marking
    stop: threading.Event
    progress: Callable[[Tally], None] = lambda tally: None
    moved: Callable[[], None] = lambda: None
    tally: Tally = field(init=False, default_factory=Tally)
    checkpoint: Checkpoint = field(init=False)

    def __post_init__(self) -> None:
        self._courier = Courier(self.thehive, self.stop, self.moved)
        self._doubles = Doubles(self.thehive)
        self._failures_pace, self._unreadable_pace = Pace(), Pace()
        # What has been said of each failure.
        self._said: dict[str, str] = {}
        # Whether it may be that a run before ended a moment ago, with alerts on their way.
        self._just_started = True

    def run(self, first: Unread, again: Unread | None = None, seconds: float | None = None) -> Tally:
        """One pass: every incident not yet fed becomes an alert.

        Args:
            first: what is unread when there is no checkpoint.
            again: what to read again, too.
            seconds: end after the page in hand when so much time is over; the next pass goes on.

        Raises:
            Refusal, Unavailable, StateError, Stopped: the checkpoint is where it was before the page.
        """
        self.tally = Tally()
        self.checkpoint = self.state.load() or Checkpoint(first)
        if again is not None:
            self._save(unread=self.checkpoint.unread.also_since(again.top.after))
        unsure = self.checkpoint.in_flight
        self._count_aside()
        passed_before = self.checkpoint.unreadable
        end = None if seconds is None else time.monotonic() + seconds
        for step in self.channel.walk(self.checkpoint.unread):
            self._deal_with(step, unsure)
            self.progress(self.tally)
            self.moved()
            if self.stop.is_set() or (end is not None and time.monotonic() > end):
                break
        self._retry_unreadable(passed_before)
        self._retry_failures()
        self._doubles.look()
        self._save(in_flight=unsure and self.unfinished)
        return self.tally

    @property
    def unfinished(self) -> bool:
        """Whether the last pass left a backlog."""
        return self.checkpoint.unread.backlog is not None

    def _deal_with(self, step: Step, unsure: bool) -> None:
        """Store the alerts of a page; then, and only then, it counts as read."""
        if step.unreadable is not None:
            log.error(
                "The message %s in %s can't be had from Slack: it is passed over and asked for again later.",
                step.unreadable,
                self.channel,
            )
            passed = {*self.checkpoint.unreadable, step.unreadable}
            self._save(unread=step.unread, unreadable=tuple(sorted(passed)))
            self._count_aside()
            return
        self._feed(step.messages, unsure)
        self.tally.reached = step.oldest or self.tally.reached
        self._save(in_flight=unsure, unread=step.unread)

    def _feed(self, messages: list[Any], unsure: bool) -> None:
        """Store the alerts of messages."""
        found = [self.marking.read(message, self.channel) for message in messages]
        self.tally.read += len(found)
        readings = [each.reading for each in found]
        tell(readings, self.tally)
        for reading in readings:
            if reading.incidents:
                self._notice_sender(reading)
        alerts = [pair for each in found for pair in each.alerts]
        if alerts:
            self._save(in_flight=True)
            self._store(alerts, unsure)

    def _store(self, alerts: list[tuple[str, Alert]], unsure: bool) -> None:
        """Store alerts.

        Args:
            alerts: each with the `ts` of its message.
            unsure: a run before may have sent them and not have seen the answers.
        """
        self.tally.incomplete += sum(INCOMPLETE_TAG in alert["tags"] for _, alert in alerts)
        known = self._known([alert["sourceRef"] for _, alert in alerts]) if unsure else set()
        self.tally.existing += len(known)
        places = {alert["sourceRef"]: ts for ts, alert in alerts if alert["sourceRef"] not in known}
        deliveries = self._courier.deliver(alert for _, alert in alerts if alert["sourceRef"] in places)
        self._count(deliveries.done)
        failures = [
            Failure(places[delivery.alert["sourceRef"]], delivery.alert, delivery.reason or "")
            for delivery in deliveries.done
            if delivery.stored is None
        ]
        if failures:
            self._keep_failures([*self.state.failures(), *failures])
        if deliveries.fault is not None:
            raise deliveries.fault
        self._doubles.look()

    def _known(self, refs: list[str]) -> set[str]:
        """Those that are in TheHive; after an unclean stop, 4.1 may take seconds to show the last of them."""
        known = self.thehive.existing(refs)
        if self.thehive.is_4 and self._just_started and len(known) < len(set(refs)):
            if self.stop.wait(LATE_SECONDS):
                raise Stopped("Stopped before all alerts were sent.")
            known = self.thehive.existing(refs)
        self._just_started = False
        return known

    def _retry_unreadable(self, passed: tuple[str, ...]) -> None:
        """Ask again for messages that were passed over before this pass."""
        if not passed or not self._unreadable_pace.is_due or self.stop.is_set():
            return
        had = set()
        for ts in passed:
            try:
                message = self.channel.fetch(ts)
            except KeyRefused:
                raise
            except (Refusal, Unavailable) as fault:
                log.debug("The message %s still can't be had: %s", ts, fault)
                continue
            if message is None:
                log.warning("The message %s, which could not be had, is gone from Slack.", ts)
            else:
                self._feed([message], unsure=True)
            had.add(ts)
        self._unreadable_pace.tried(bool(had))
        self._save(unreadable=tuple(ts for ts in self.checkpoint.unreadable if ts not in had))
        self._count_aside()

    def _retry_failures(self) -> None:
        """Send the alerts again that TheHive took in no form; what caused it may be mended.

        After the new ones, once each, and in `run` ever more rarely while none gets through: they may be
        slow to fail.
        """
        failures = self.state.failures()
        if not failures or not self._failures_pace.is_due or self.stop.is_set():
            return
        deliveries = self._courier.try_again([failure.alert for failure in failures])
        self._count(deliveries)
        stored = {each.alert["sourceRef"] for each in deliveries if each.stored is not None}
        self._failures_pace.tried(bool(stored))
        self._keep_failures([each for each in failures if each.alert["sourceRef"] not in stored])

    def _count_aside(self) -> None:
        self.tally.failed = len(self.state.failures()) + len(self.checkpoint.unreadable)

    def _count(self, deliveries: list[Delivery]) -> None:
        self._doubles.watch(each.alert["sourceRef"] for each in deliveries if each.stored is not None)
        for delivery in deliveries:
            stored = delivery.stored
            if stored is None:
                continue
            self.tally.created += stored.created
            self.tally.existing += not stored.created
            if stored.id is not None:
                alert, page = delivery.alert, self.thehive.page("alert", stored.id)
                told = fields(id=stored.id, sourceRef=alert["sourceRef"], link=page, created=stored.created)
                log.info("%s  %s", alert["title"], page, extra=told)

    def _keep_failures(self, failures: list[Failure]) -> None:
        """Write the list of failures, first the list itself and then what the checkpoint knows of it."""
        distinct = {failure.alert["sourceRef"]: failure for failure in failures}
        self.state.save_failures(list(distinct.values()))
        self._save(refused=tuple(sorted({failure.ts for failure in distinct.values()})))
        self._count_aside()
        for ref, failure in distinct.items():
            if self._said.get(ref) != failure.reason:
                log.error(
                    "TheHive takes %s in no form (%s); it is tried again later.",
                    ref,
                    failure.reason,
                    extra=fields(sourceRef=ref, reason=failure.reason),
                )
        self._said = {ref: failure.reason for ref, failure in distinct.items()}

    def _notice_sender(self, reading: Reading) -> None:
        known, sender = self.checkpoint.senders, reading.sender
        if sender is None or sender.bot_id in known:
            return
        if known and not self.marking.rules.senders:
            log.warning(
                "A further bot posts incidents: %s, beside %s. If it is not Code Defender's, name the right "
                "one in FEEDER_SENDERS.",
                sender,
                ", ".join(known.values()),
            )
        else:
            log.info("Incidents are posted by %s.", sender)
        self.checkpoint = replace(self.checkpoint, senders={**known, sender.bot_id: str(sender)})

    def _save(
        self,
        unread: Unread | None = None,
        in_flight: bool | None = None,
        refused: tuple[str, ...] | None = None,
        unreadable: tuple[str, ...] | None = None,
    ) -> None:
        before = self.checkpoint
        self.checkpoint = replace(
            before,
            unread=before.unread if unread is None else unread,
            in_flight=before.in_flight if in_flight is None else in_flight,
            refused=before.refused if refused is None else refused,
            unreadable=before.unreadable if unreadable is None else unreadable,
        )
        if self.checkpoint != self.state.saved:
            self.state.save(self.checkpoint)
