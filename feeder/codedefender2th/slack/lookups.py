"""What Slack said of a token and a channel's name, so that it need not be asked again."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from codedefender2th import disk


class Lookups:
    """What Slack said of a token and a channel name, so that it need not be asked again.

    The token itself is never stored: a lookup is known by a digest of it.
    """

    def __init__(self, root: Path, token: str, api_url: str, channel: str) -> None:
        self._path = root / "lookups.json"
        self._key = hashlib.sha256(f"{token}\n{api_url}\n{channel}".encode()).hexdigest()[:32]

    def load(self) -> tuple[str, str] | None:
        """Team and channel id, where they are known."""
        value = disk.read(self._path)
        known = value.get(self._key) if isinstance(value, dict) else None
        if isinstance(known, list) and len(known) == 2 and all(isinstance(part, str) for part in known):
            return known[0], known[1]
        return None

    def save(self, team: str, channel: str) -> None:
        """Remember team and channel id."""
        self._update(lambda known: known.update({self._key: [team, channel]}))

    def forget(self) -> None:
        """Ask again next time."""
        self._update(lambda known: known.pop(self._key, None))

    def _update(self, change: Any) -> None:
        value = disk.read(self._path)
        known = value if isinstance(value, dict) else {}
        change(known)
        with disk.errors_in_words(self._path.parent):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            disk.write(self._path, known)
