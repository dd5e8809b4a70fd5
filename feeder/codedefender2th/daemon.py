"""`run`: feed and investigate, pass after pass until told to stop; what is temporary is waited out."""

from __future__ import annotations

import logging
import threading

from codedefender2th.errors import MissingWorkers, StateError, Stopped, Unavailable
from codedefender2th.feeding.feed import Feeder
from codedefender2th.playbook.investigate import Investigator
from codedefender2th.settings import Settings
from codedefender2th.slack.unread import Unread
from codedefender2th.workplace import Workplace, heartbeat, open_workplace

log = logging.getLogger(__name__)


def run(settings: Settings, stop: threading.Event) -> None:
    """Feed and investigate again and again; returns when `stop` is set.

    Raises:
        Refusal: a service refuses and will go on refusing.
        Busy: another run holds the state folder.
    """
    workplace = _open(settings, stop)
    if workplace is not None:
        with workplace.state.locked():
            _Daemon(settings, workplace, stop).run()


def _open(settings: Settings, stop: threading.Event) -> Workplace | None:
    """The workplace as soon as both services answer; None where told to stop before."""
    while not stop.is_set():
        try:
            return open_workplace(settings, stop)
        except (Unavailable, StateError) as fault:
            log.error("%s Trying again in %d s.", fault, settings.interval)
            stop.wait(settings.interval)
        except Stopped:
            break
    return None


class _Daemon:
    """The endless passes."""

    def __init__(self, settings: Settings, workplace: Workplace, stop: threading.Event) -> None:
        self.settings, self.stop = settings, stop
        self.heartbeat = heartbeat(settings)
        self.feeder = Feeder(
            workplace.channel,
            workplace.thehive,
            workplace.state,
            workplace.marking,
            stop,
            progress=lambda tally: self.heartbeat.beat(),
        )
        self.investigator = Investigator(
            workplace.thehive, workplace.state, settings.analyzers, settings.responder, stop
        )
        self.complaint = ""

    def run(self) -> None:
        """Pass after pass."""
        while not self.stop.is_set():
            fed, investigated = self._feed(), self._investigate()
            if fed and investigated:
                self.heartbeat.beat()
            if not (fed and self.feeder.unfinished):
                self.stop.wait(self.settings.interval)

    def _feed(self) -> bool:
        """A feeding pass; whether it went well."""
        try:
            tally = self.feeder.run(Unread.since(self.settings.since.after), seconds=self.settings.interval)
        except (Unavailable, StateError) as fault:
            log.error("%s The pass ended early; the next one goes on from there.", fault)
            return False
        except Stopped:
            return False
        log.log(logging.INFO if tally.read else logging.DEBUG, "Fed: %s", tally)
        return True

    def _investigate(self) -> bool:
        """An investigating pass; whether it went well. Feeding goes on without Cortex."""
        try:
            progress = self.investigator.run()
        except MissingWorkers as missing:
            if str(missing) != self.complaint:
                log.warning("Alerts are fed but not investigated. %s", missing)
            self.complaint = str(missing)
            return True
        except (Unavailable, StateError) as fault:
            log.error("%s The pass ended early; the next one goes on from there.", fault)
            return False
        except Stopped:
            return False
        self.complaint = ""
        busy = progress.started or progress.judged or progress.verdicts
        log.log(logging.INFO if busy else logging.DEBUG, "Investigated: %s", progress)
        return True
