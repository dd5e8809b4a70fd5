"""Which channel was read under a name: another may take it while nobody looks."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path

from codedefender2th import disk
from codedefender2th.state.checkpoint import Place


def read_before(root: Path, place: Place, name: str) -> str | None:
    """The id of the other channel that was read last under this name; notes that it is this one now.

    Args:
        root: the folder of all state folders.
        place: the channel's, whose folder the caller has locked.
        name: as SLACK_CHANNEL has it.

    Raises:
        StateError: the note can't be written.
    """
    own = asdict(place) | {"name": name}
    found = []
    for file in root.glob("*/channel.json"):
        noted = disk.read(file)
        if not isinstance(noted, dict) or not isinstance(noted.get("read"), float):
            continue
        if all(noted.get(key) == value for key, value in own.items() if key != "channel"):
            found.append((noted["read"], str(noted.get("channel"))))
    folder = root / place.folder
    with disk.errors_in_words(folder):
        disk.write(folder / "channel.json", own | {"read": time.time()})
    last = max(found, default=(0.0, place.channel))[1]
    return None if last == place.channel else last
