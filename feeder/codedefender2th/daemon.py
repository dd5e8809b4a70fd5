"""`run`: feed and investigate side by side, pass after pass until told to stop.

The two share the stop signal, the state folder's lock and the logbook, nothing else: each has a thread and
a TheHive of its own, so that a slow Cortex delays no alert. What goes wrong is waited out; only a key that
is refused ends both.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from codedefender2th import __version__
from codedefender2th.errors import Busy, FeederError, KeyRefused, MissingResponder, MissingWorkers, Stopped
from codedefender2th.feeding.feed import Feeder
from codedefender2th.logbook import HOUR, Logbook
from codedefender2th.logs import fields, internal
from codedefender2th.metrics import Numbers, serve
from codedefender2th.playbook.investigate import Investigator
from codedefender2th.playbook.verdicts import Verdict
from codedefender2th.replying.replies import Posting, Replies
from codedefender2th.settings import Settings
from codedefender2th.slack.channel import Channel
from codedefender2th.slack.unread import Unread
from codedefender2th.state.checkpoint import State
from codedefender2th.state.heartbeat import FEEDING, INVESTIGATING, Heartbeat
from codedefender2th.workplace import (
    Workplace,
    connect_thehive,
    heartbeat,
    note_channel,
    open_replies,
    open_workplace,
    state_of,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Shared:
    """What both kinds of work share, besides the state folder's lock."""

    settings: Settings
    stop: threading.Event
    logbook: Logbook
    beat: Heartbeat
    numbers: Numbers


def run(settings: Settings, stop: threading.Event) -> None:
    """Feed and investigate again and again; returns when `stop` is set.

    Raises:
        KeyRefused: a service does not take the token or key.
        Busy: another run holds the state folder.
        SettingError: metrics can't be served where they are to be.
    """
    beat = heartbeat(settings)
    numbers = serve(settings.metrics, beat)
    shared = _Shared(settings, stop, Logbook((FEEDING, INVESTIGATING)), beat, numbers)
    log.info("codedefender2th %s starts: a pass every %d s.", __version__, settings.interval)
    try:
        with ExitStack() as locks:
            workplace = _open(shared, locks)
            if workplace is not None:
                _side_by_side(shared, workplace, locks)
    finally:
        shared.logbook.end()
        numbers.close()


def _open(shared: _Shared, locks: ExitStack) -> Workplace | None:
    """The workplace, locked, as soon as both services answer; None where told to stop before."""
    interval = shared.settings.interval
    while not shared.stop.is_set():
        try:
            workplace = open_workplace(shared.settings, shared.stop, shared.numbers.request)
            locks.enter_context(workplace.state.locked())
            note_channel(shared.settings, workplace)
        except (KeyRefused, Busy):
            raise
        except Stopped:
            break
        except FeederError as fault:
            shared.logbook.trouble(FEEDING, f"{fault} Trying again every {interval} s.")
            shared.beat.bad(FEEDING, str(fault))
            _wait(shared, interval)
        else:
            shared.logbook.well(FEEDING)
            log.info("%s.", workplace)
            return workplace
    return None


def _wait(shared: _Shared, seconds: float) -> None:
    """Wait, or until told to stop; where an hour is over, say how it is."""
    if not shared.stop.wait(seconds):
        shared.logbook.hourly()


def _side_by_side(shared: _Shared, workplace: Workplace, locks: ExitStack) -> None:
    """Both kinds of work, until told to stop or one's key is refused."""
    replies = open_replies(shared.settings, workplace, shared.stop, shared.numbers.request)
    works = [
        _Passes(FEEDING, _Feeding(shared, workplace, locks), shared),
        _Passes(INVESTIGATING, _Investigating(shared, workplace, replies), shared),
    ]
    posting = Posting(replies, shared.settings.interval, shared.stop) if replies else None
    for work in (*works, *([posting] if posting else [])):
        work.start()
    while not shared.stop.is_set():
        _wait(shared, shared.logbook.until_next())
    for work in (*works, *([posting] if posting else [])):
        work.join()
    for work in works:
        if work.refusal is not None:
            raise work.refusal


class _Passes(threading.Thread):
    """One kind of work, pass after pass.

    Args:
        work: what it is called.
        one: makes one pass; says whether the next is to follow at once.
        shared: see there.

    Attributes:
        refusal: what ended it, where that is no stop signal.
    """

    def __init__(self, work: str, one: Callable[[], bool], shared: _Shared) -> None:
        super().__init__(name=work)
        self.work, self.one, self.shared = work, one, shared
        self.refusal: KeyRefused | None = None

    def run(self) -> None:
        """Pass after pass."""
        while not self.shared.stop.is_set():
            if not self._pass():
                self.shared.stop.wait(self.shared.settings.interval)

    def _pass(self) -> bool:
        """One pass, whatever becomes of it; whether the next is to follow at once."""
        logbook, beat = self.shared.logbook, self.shared.beat
        try:
            at_once = self.one()
        except KeyRefused as refusal:
            self.refusal = refusal
            self.shared.stop.set()
        except Stopped:
            pass
        except MissingWorkers as missing:
            logbook.trouble(self.work, f"alerts are fed but not investigated. {missing}", logging.WARNING)
            beat.idle(self.work, str(missing))
        except FeederError as fault:
            self._trouble(f"{fault} The next pass goes on from there.")
        except Exception as error:
            # A bug in one kind of work must not end the other.
            self._trouble(internal(error))
        else:
            logbook.well(self.work)
            beat.good(self.work)
            return at_once
        return False

    def _trouble(self, text: str) -> None:
        self.shared.logbook.trouble(self.work, text)
        self.shared.beat.bad(self.work, text)


class _Feeding:
    """Makes feeding passes.

    Args:
        shared: see there.
        workplace: what is fed into what.
        locks: keeps the lock of another channel's state folder, should one take this one's name.
    """

    def __init__(self, shared: _Shared, workplace: Workplace, locks: ExitStack) -> None:
        self.shared, self.workplace, self.locks = shared, workplace, locks
        self.settings, self.logbook, self.numbers = shared.settings, shared.logbook, shared.numbers
        self.looked = time.monotonic()
        self.feeder = self._feeder(workplace.channel, workplace.state)

    def _feeder(self, channel: Channel, state: State) -> Feeder:
        return Feeder(
            channel,
            self.workplace.thehive,
            state,
            self.workplace.marking,
            self.shared.stop,
            moved=lambda: self.shared.beat.moved(FEEDING),
        )

    def _look_again(self) -> None:
        """Once an hour, see whether the channel is still the one that SLACK_CHANNEL means."""
        if time.monotonic() - self.looked < HOUR:
            return
        other = self.feeder.channel.look_again()
        if other is not None:
            state = state_of(self.settings, other, self.workplace.user)
            self.locks.enter_context(state.locked())
            self.feeder = self._feeder(other, state)
        self.looked = time.monotonic()

    def __call__(self) -> bool:
        """One pass; it ends after an interval, so that what is new is not kept waiting by a backlog."""
        self._look_again()
        try:
            tally = self.feeder.run(Unread.since(self.settings.since.after), seconds=self.settings.interval)
        finally:
            # Those that failed are not of this pass alone.
            counts = self.feeder.tally.counts()
            self.logbook.count(FEEDING, {name: n for name, n in counts.items() if name != "failed"})
            self.numbers.fed(counts)
        if tally.failed:
            self.logbook.trouble(
                "failures",
                f"{tally.failed} alerts that TheHive takes in no form, named above; they are tried again.",
            )
        else:
            self.logbook.well("failures")
        level = logging.INFO if tally.read else logging.DEBUG
        log.log(level, "Fed: %s", tally, extra=fields(**tally.counts()))
        return self.feeder.unfinished


class _Investigating:
    """Makes investigating passes."""

    def __init__(self, shared: _Shared, workplace: Workplace, replies: Replies | None) -> None:
        self.logbook, self.numbers, settings = shared.logbook, shared.numbers, shared.settings
        self.replies = replies
        thehive = connect_thehive(
            settings, shared.stop, lambda: shared.beat.moved(INVESTIGATING), shared.numbers.request
        )
        self.investigator = Investigator(
            thehive,
            workplace.state,
            settings.analyzers,
            settings.responder,
            shared.stop,
            settings.lookups,
            on_verdict=self._hear,
        )

    def _hear(self, verdict: Verdict) -> None:
        """A verdict has arrived: counted, and told where it is to be."""
        self.numbers.judged(verdict)
        if self.replies:
            self.replies.hear(verdict)

    def __call__(self) -> bool:
        """One pass; what it has begun goes on by itself."""
        try:
            self.investigator.run()
        except MissingResponder:
            self._tell()
            raise
        self._tell()
        return False

    def _tell(self) -> None:
        """What the pass has done."""
        progress = self.investigator.progress
        done = {name: getattr(progress, name) for name in ("started", "judged", "verdicts")}
        self.logbook.count(INVESTIGATING, done)
        self.numbers.investigated(progress.counts())
        level = logging.INFO if any(done.values()) else logging.DEBUG
        log.log(level, "Investigated: %s", progress, extra=fields(**progress.counts()))
