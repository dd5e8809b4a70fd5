"""Files that are whole or not there: written beside the old one, flushed, renamed over it.

Rename is atomic (POSIX); a file that is damaged all the same is noticed by its checksum.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from codedefender2th.errors import StateError


def read(path: Path) -> Any:
    """The content of a state file; None where it is missing or damaged."""
    try:
        wrapped = json.loads(path.read_bytes())
        content = wrapped["content"]
        return content if wrapped["sha256"] == _checksum(content) else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def write(path: Path, content: Any) -> None:
    """Make this the content of a state file; raises OSError."""
    whole = json.dumps({"content": content, "sha256": _checksum(content)}, indent=1).encode()
    beside = path.with_suffix(".new")
    with beside.open("wb") as file:
        file.write(whole)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def errors_in_words(folder: Path) -> Iterator[None]:
    """Raises StateError for what the disk does not do."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or "unknown"
        raise StateError(f"The state folder {folder} can't be written ({reason}): mend that.") from None


def _checksum(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
