"""The generated passwords and keys: one file each, which only their owner reads.

What another service needs is in a folder of its own (`feeder/…`), which can be a volume that this service
alone gets to see beside the bootstrap.

A secret is in its file before a server knows it, so a run that is killed in between goes on with it.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from codedefender2th.errors import StateError

_BYTES = 24


class Vault:
    """A folder of secrets.

    Args:
        folder: is made where it is not there, with mode 0700.

    Raises (every method):
        StateError: the folder can't be used.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: list[str] = []
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise self._trouble(error) from None

    def read(self, name: str) -> str | None:
        """A secret; None where there is none yet."""
        try:
            secret = (self.folder / name).read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise self._trouble(error) from None
        if secret:
            self.known.append(secret)
        return secret or None

    def keep(self, name: str, secret: str) -> str:
        """Write a secret, whole or not at all; the secret."""
        self.known.append(secret)
        place = self.folder / name
        beside = place.with_name(f".{place.name}.new")
        try:
            place.parent.mkdir(mode=0o700, exist_ok=True)
            beside.unlink(missing_ok=True)
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secret + "\n")
                file.flush()
                os.fsync(file.fileno())
            beside.replace(place)
        except OSError as error:
            raise self._trouble(error) from None
        return secret

    def password(self, name: str) -> str:
        """The password of that name, made and written where there is none."""
        return self.read(name) or self.keep(name, secrets.token_urlsafe(_BYTES))

    def _trouble(self, error: Exception) -> StateError:
        reason = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
        return StateError(f"{self.folder}: {reason}. Give its owner (uid {os.getuid()}) the right to write.")
