"""`run`: pass after pass until told to stop; what is temporary is waited out."""

from __future__ import annotations

import logging
import threading

from codedefender2th.errors import StateError, Stopped, Unavailable
from codedefender2th.feed import Feeder
from codedefender2th.heartbeat import Heartbeat
from codedefender2th.settings import Settings
from codedefender2th.unread import Unread
from codedefender2th.workplace import Workplace, open_workplace

log = logging.getLogger(__name__)


def run(settings: Settings, stop: threading.Event) -> None:
    """Feed again and again; returns when `stop` is set.

    Raises:
        Refusal: a service refuses and will go on refusing.
        Busy: another run holds the state folder.
    """
    heartbeat = Heartbeat(settings)
    workplace = _open(settings, stop)
    if workplace is None:
        return
    with workplace.state.locked():
        feeder = Feeder(
            workplace.channel,
            workplace.thehive,
            workplace.state,
            workplace.marking,
            stop,
            progress=lambda tally: heartbeat.beat(),
        )
        while not stop.is_set():
            if _pass(feeder, settings):
                heartbeat.beat()
                if feeder.unfinished:
                    continue
            stop.wait(settings.interval)


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


def _pass(feeder: Feeder, settings: Settings) -> bool:
    """One pass; whether it went well."""
    try:
        tally = feeder.run(Unread.since(settings.since.after), seconds=settings.interval)
    except (Unavailable, StateError) as fault:
        log.error("%s The pass ended early; the next one goes on from there.", fault)
        return False
    except Stopped:
        return False
    log.log(logging.INFO if tally.read else logging.DEBUG, "Pass: %s", tally)
    return True
