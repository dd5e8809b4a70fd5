"""A folder of this user's own where answers are kept between jobs, so that each source is asked once a day.

What can't be kept is asked for again: a folder that can't be written, or that others can write, is not used.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
import time
from pathlib import Path

from neuron.failure import Failure

DAY_SECONDS = 86_400.0
PATIENCE_SECONDS = 60.0
MOST_FILES = 2_000  # some 100 MB at the very most, mostly of a few kB each
FOLDER = "codedefender"


class Keeping:
    """Files by name, each with the time that it was written.

    Args:
        folder: where; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    @classmethod
    def of_this_user(cls) -> Keeping:
        """The one in the user's cache (`XDG_CACHE_HOME`, `~/.cache`), else one among the temporary files."""
        cache = os.environ.get("XDG_CACHE_HOME", "")
        home = os.environ.get("HOME", "")
        places = [Path(cache)] if cache else [Path(home, ".cache")] if home else []
        own = Path(tempfile.gettempdir(), f"{FOLDER}-{os.getuid()}")
        for folder in (*(place / FOLDER for place in places), own):
            if _is_ours(folder):
                return cls(folder)
        return cls(None)

    def read(self, name: str, within: float) -> bytes | None:
        """What was kept under a name, where it is no older than `within` seconds."""
        written = self.written(name)
        # A clock that was set back makes it from the future: as good as old.
        if written is None or not -60 < time.time() - written <= within:
            return None
        try:
            return self._file(name).read_bytes()
        except OSError:
            return None

    def written(self, name: str) -> float | None:
        """When it was kept, in seconds since 1970; None where nothing is."""
        try:
            return self._file(name).stat().st_mtime
        except OSError:
            return None

    def write(self, name: str, content: bytes) -> None:
        """Keep it, whole or not at all."""
        try:
            file = self._file(name)
            self._make_room(file.parent)
            draft = file.with_name(f".{file.name}-{os.getpid()}")
            draft.write_bytes(content)
            draft.replace(file)
        except OSError:
            return

    def check_patience(self, url: str) -> None:
        """Raise the `Failure` of a moment ago: what is down keeps no second job waiting."""
        said = self.read(f"failed {url}", PATIENCE_SECONDS)
        if said:
            raise Failure(said.decode("utf-8", "replace"))

    def be_patient(self, url: str, failure: Failure) -> None:
        """Remember that an address could not be asked."""
        if self.read(f"failed {url}", PATIENCE_SECONDS) is None:
            self.write(f"failed {url}", str(failure).encode())

    def _file(self, name: str) -> Path:
        """A readable name, and a hash that keeps names apart."""
        if self._folder is None:
            raise FileNotFoundError
        digest = hashlib.sha256(name.encode()).hexdigest()[:16]
        return self._folder / f"{re.sub('[^a-z0-9.-]', '_', name.lower())[:60]}-{digest}"

    @staticmethod
    def _make_room(folder: Path) -> None:
        """Remove the oldest files where there are too many."""
        files = [Path(entry.path) for entry in os.scandir(folder)]
        if len(files) < MOST_FILES:
            return
        by_age = sorted(files, key=lambda file: file.stat().st_mtime)
        for file in by_age[: len(files) - MOST_FILES // 2]:
            file.unlink(missing_ok=True)


def _is_ours(folder: Path) -> bool:
    """Whether the folder is there, or can be made, and nobody else can write in it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return False
    others = stat.S_IWGRP | stat.S_IWOTH
    return (
        stat.S_ISDIR(found.st_mode)
        and found.st_uid == os.getuid()
        and not found.st_mode & others
        and os.access(folder, os.W_OK)
    )
