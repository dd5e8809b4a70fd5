"""A pass within this process: for tests that make hundreds, and for faults that only a patch can make."""

from __future__ import annotations

import threading
from dataclasses import replace

from codedefender2th.feeding.feed import Feeder
from codedefender2th.feeding.tally import Tally
from codedefender2th.playbook.investigate import Investigator
from codedefender2th.playbook.progress import Progress
from codedefender2th.settings import read_settings
from codedefender2th.slack.unread import Unread
from codedefender2th.workplace import Workplace, open_workplace
from program import Program

EVERYTHING = Unread.since(None)


def feed(program: Program, patience: float = 10, again: bool = False, pages: int | None = None) -> Tally:
    """Feed as `program` would, within this process.

    Args:
        program: its settings hold.
        patience: seconds for which a call waits out a fault.
        again: read all of the channel again.
        pages: stop after so many.
    """
    place, stop = workplace(program, patience), threading.Event()
    seen: list[None] = []

    def progress(tally: Tally) -> None:
        seen.append(None)
        if len(seen) == pages:
            stop.set()

    with place.state.locked():
        feeder = Feeder(place.channel, place.thehive, place.state, place.marking, stop, progress)
        return feeder.run(EVERYTHING, EVERYTHING if again else None)


def investigate(program: Program, patience: float = 10, **chosen: object) -> Progress:
    """Investigate as `program` would, within this process; `chosen` are other settings."""
    settings = replace(read_settings(program.settings, {}), **chosen)  # type: ignore[arg-type]  # by name
    place = workplace(program, patience)
    with place.state.locked():
        return Investigator(
            place.thehive, place.state, settings.analyzers, settings.responder, threading.Event()
        ).run()


def workplace(program: Program, patience: float) -> Workplace:
    """What `program` works with, in this process."""
    users = read_settings(program.settings, {})
    patient = replace(users, timeout=patience)  # type: ignore[arg-type]  # whole seconds for users only
    return open_workplace(patient, threading.Event())
