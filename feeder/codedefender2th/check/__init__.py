"""`check`: every requirement, one line each: ok, or what is wrong and how to mend it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

from codedefender2th.check.requirement import Requirement, fail, ok
from codedefender2th.check.slack import SlackRequirements
from codedefender2th.check.thehive import TheHiveRequirements
from codedefender2th.settings import Settings
from codedefender2th.workplace import connect_slack, connect_thehive


def requirements(settings: Settings, stop: threading.Event) -> Iterator[Requirement]:
    """Check them in the order in which data flows; what hangs on a failed one is left out."""
    yield from SlackRequirements(settings, connect_slack(settings, stop)).check()
    yield from TheHiveRequirements(settings, connect_thehive(settings, stop)).check()
    yield _state_folder(settings)


def _state_folder(settings: Settings) -> Requirement:
    folder = settings.state_dir
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return ok("state folder", str(folder))
    return fail("state folder", f"{folder} can't be written: mend its permissions or set FEEDER_STATE_DIR")
