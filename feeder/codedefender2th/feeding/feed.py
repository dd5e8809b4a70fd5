"""The pass: channel → incident → alert → TheHive → checkpoint."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace

from codedefender2th.feeding.delivery import Courier, Delivery
from codedefender2th.incident.alert import INCOMPLETE_TAG, Alert, build_alert
from codedefender2th.incident.message import Incident, Outcome, Reading, Rules, read_message
from codedefender2th.slack.channel import Channel, Step
from codedefender2th.slack.unread import Unread
from codedefender2th.state.checkpoint import Checkpoint, Failure, State
from codedefender2th.thehive.client import TheHive

log = logging.getLogger(__name__)

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 15.0, 3600.0


@dataclass
class Tally:
    """What one pass saw and did.

    Attributes:
        read: messages.
        created: alerts that TheHive has now.
        existing: alerts that it had already.
        incomplete: alerts of incidents that could not be read fully, among those two.
        near_misses: attachments with an incident's fields under another title.
        failed: alerts that TheHive takes in no form: the list of failures.
        refused: messages like incidents whose `ts` is not one of Slack's.
        reached: the oldest message read so far.
    """

    read: int = 0
    created: int = 0
    existing: int = 0
    incomplete: int = 0
    near_misses: int = 0
    failed: int = 0
    refused: int = 0
    reached: str | None = None

    @property
    def ok(self) -> bool:
        """Whether all that was seen is stored.

        Near misses and no incident at all: the vendor has renamed its title, and nothing is stored.
        """
        renamed = self.near_misses > 0 and self.created + self.existing == 0
        return self.failed == 0 and not renamed

    def counts(self) -> dict[str, int]:
        """The counts by name, in the order in which they are told."""
        return {name: count for name, count in asdict(self).items() if isinstance(count, int)}

    def __str__(self) -> str:
        return " ".join(f"{name}={count}" for name, count in self.counts().items())


@dataclass(frozen=True)
class Marking:
    """What makes an alert of an incident: the rules that say what one is, TLP and PAP."""

    rules: Rules
    tlp: int
    pap: int

    def alert(self, incident: Incident, channel: Channel) -> Alert:
        """The alert of an incident."""
        return build_alert(incident, channel.id, self.tlp, self.pap, channel.workspace)


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
        # When what TheHive took in no form is tried again, by the clock that only goes forward; the pause
        # after that; and what has been said of each.
        self._retry_at, self._pause = 0.0, _FIRST_PAUSE_SECONDS
        self._said: dict[str, str] = {}

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
        self.tally.failed = len(self.state.failures())
        end = None if seconds is None else time.monotonic() + seconds
        for step in self.channel.walk(self.checkpoint.unread):
            self._deal_with(step, unsure)
            self.progress(self.tally)
            self.moved()
            if self.stop.is_set() or (end is not None and time.monotonic() > end):
                break
        self._retry_failures()
        self._save(in_flight=unsure and self.unfinished)
        return self.tally

    @property
    def unfinished(self) -> bool:
        """Whether the last pass left a backlog."""
        return self.checkpoint.unread.backlog is not None

    def _deal_with(self, step: Step, unsure: bool) -> None:
        """Store the alerts of a page; then, and only then, it counts as read."""
        readings = [read_message(message, self.marking.rules) for message in step.messages]
        self.tally.read += len(readings)
        self._report(readings)
        incidents = list(itertools.chain.from_iterable(reading.incidents for reading in readings))
        if incidents:
            self._save(in_flight=True)
            self._store(incidents, unsure)
        self.tally.reached = step.oldest or self.tally.reached
        self._save(in_flight=unsure, unread=step.unread)

    def _store(self, incidents: list[Incident], unsure: bool) -> None:
        """Store the alerts of incidents.

        Args:
            incidents: of one page.
            unsure: a run before may have sent them and not have seen the answers.
        """
        made = [(incident.ts, self.marking.alert(incident, self.channel)) for incident in incidents]
        self.tally.incomplete += sum(INCOMPLETE_TAG in alert["tags"] for _, alert in made)
        known = self.thehive.existing(alert["sourceRef"] for _, alert in made) if unsure else set()
        self.tally.existing += len(known)
        places = {alert["sourceRef"]: ts for ts, alert in made if alert["sourceRef"] not in known}
        deliveries = self._courier.deliver(alert for _, alert in made if alert["sourceRef"] in places)
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

    def _retry_failures(self) -> None:
        """Send the alerts again that TheHive took in no form; what caused it may be mended.

        After the new ones, once each, and in `run` ever more rarely while none gets through: they may be
        slow to fail.
        """
        failures = self.state.failures()
        if not failures:
            self._pause = _FIRST_PAUSE_SECONDS
            return
        if time.monotonic() < self._retry_at or self.stop.is_set():
            return
        deliveries = self._courier.try_again([failure.alert for failure in failures])
        self._count(deliveries)
        stored = {each.alert["sourceRef"] for each in deliveries if each.stored is not None}
        self._pause = _FIRST_PAUSE_SECONDS if stored else min(2 * self._pause, _LONGEST_PAUSE_SECONDS)
        self._retry_at = time.monotonic() + self._pause
        self._keep_failures([each for each in failures if each.alert["sourceRef"] not in stored])

    def _count(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            stored = delivery.stored
            if stored is None:
                continue
            self.tally.created += stored.created
            self.tally.existing += not stored.created
            if stored.id is not None:
                log.info("%s  %s", delivery.alert["title"], self.thehive.page("alert", stored.id))

    def _keep_failures(self, failures: list[Failure]) -> None:
        """Write the list of failures, first the list itself and then what the checkpoint knows of it."""
        distinct = {failure.alert["sourceRef"]: failure for failure in failures}
        self.state.save_failures(list(distinct.values()))
        self._save(refused=tuple(sorted({failure.ts for failure in distinct.values()})))
        self.tally.failed = len(distinct)
        for ref, failure in distinct.items():
            if self._said.get(ref) != failure.reason:
                log.error("TheHive takes %s in no form (%s); it is tried again later.", ref, failure.reason)
        self._said = {ref: failure.reason for ref, failure in distinct.items()}

    def _report(self, readings: list[Reading]) -> None:
        """Say what in a page is not an incident but looks like one, and who posts incidents."""
        outcomes = Counter(reading.outcome for reading in readings)
        self.tally.refused += outcomes[Outcome.BAD_TS]
        for outcome in (Outcome.NOT_A_BOT, Outcome.NOT_ALLOWED, Outcome.BAD_TS, Outcome.UNFURL):
            if outcomes[outcome]:
                log.warning("Ignored: %d that %s.", outcomes[outcome], outcome.value)
        titles = Counter(itertools.chain.from_iterable(reading.near_misses for reading in readings))
        self.tally.near_misses += titles.total()
        for title, count in titles.items():
            log.warning(
                "%d near misses, with an incident's fields but the title %r: if that is Code Defender's, add "
                "it to FEEDER_TITLES and feed again with --since.",
                count,
                title,
            )
        for incident, reading in ((i, r) for r in readings for i in r.incidents):
            if incident.refused_link:
                log.warning("%s: the console link does not lead to HUMAN's console.", incident.ts)
            if incident.missing:
                log.warning("%s: %s missing or unreadable.", incident.ts, ", ".join(incident.missing))
            self._notice_sender(reading)

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
    ) -> None:
        before = self.checkpoint
        self.checkpoint = replace(
            before,
            unread=before.unread if unread is None else unread,
            in_flight=before.in_flight if in_flight is None else in_flight,
            refused=before.refused if refused is None else refused,
        )
        if self.checkpoint != self.state.saved:
            self.state.save(self.checkpoint)
