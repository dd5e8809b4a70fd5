"""The secrets of tests are canaries: values that nothing else holds, searched for where none may be."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

# Half a key is a leak, too: it is what a cut-off text shows.
SHORTEST = 8


def traces(secrets: Iterable[str], *texts: str) -> list[str]:
    """The secrets of which something is in a text: the whole or a half of it, as it is or encoded."""
    whole = "\n".join(texts)
    return [secret for secret in secrets if any(form in whole for form in _forms(secret))]


class Lookout:
    """Looks at the command lines of this process's descendants, which every user of a machine may read.

    Attributes:
        found: the secrets that were seen there.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = list(secrets)
        self.found: set[str] = set()

    def look(self) -> None:
        """Look now."""
        self.found |= set(traces(self._secrets, *_command_lines(os.getpid())))


def _forms(secret: str) -> Iterator[str]:
    yield secret
    half = len(secret) // 2
    if half >= SHORTEST:
        yield from (secret[:half], secret[half:])
    yield quote(secret, safe="")
    yield secret.encode().hex()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + secret.encode()).decode()
        # The first and last characters also depend on what stands around it.
        yield encoded[4:-4]


def _command_lines(pid: int) -> Iterator[str]:
    """Processes may end while they are looked at."""
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                with suppress(OSError):
                    yield Path(f"/proc/{child}/cmdline").read_bytes().decode("utf-8", "replace")
                yield from _command_lines(int(child))
