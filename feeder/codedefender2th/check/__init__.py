"""`check`: every requirement, one line each: ok, or what is wrong and how to mend it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from codedefender2th.check.live import LiveCheck
from codedefender2th.check.requirement import Requirement, fail, ok
from codedefender2th.check.slack import SlackRequirements
from codedefender2th.check.thehive import TheHiveRequirements
from codedefender2th.settings import Settings
from codedefender2th.workplace import connect_slack, connect_thehive

_PATIENCE_SECONDS = 6


def requirements(settings: Settings, stop: threading.Event) -> Iterator[Requirement]:
    """Check them in the order in which data flows; what hangs on a failed one is left out."""
    # Who asks wants an answer soon, also where nobody is there: both sides at once, with little patience.
    soon = replace(settings, timeout=min(settings.timeout, _PATIENCE_SECONDS))
    with ThreadPoolExecutor(2) as pool:
        sides = [
            pool.submit(lambda: list(SlackRequirements(soon, connect_slack(soon, stop)).check())),
            pool.submit(lambda: list(TheHiveRequirements(soon, connect_thehive(soon, stop)).check())),
        ]
        for side in sides:
            yield from side.result()
    yield _state_folder(settings)


def live_requirements(settings: Settings, stop: threading.Event) -> Iterator[Requirement]:
    """Bring one marked alert through everything, and take it away again; raises as TheHive does."""
    thehive = connect_thehive(settings, stop)
    yield from LiveCheck(settings, thehive, stop).run()


def _state_folder(settings: Settings) -> Requirement:
    folder = settings.state_dir
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return ok("state folder", str(folder))
    return fail("state folder", f"{folder} can't be written: mend its permissions or set FEEDER_STATE_DIR")
