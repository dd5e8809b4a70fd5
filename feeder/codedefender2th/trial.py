"""`try`: what scripts do, for people without Cortex. The library is the analyzers' own (`content`).

Nothing of a script reaches a terminal as it is: what is printed has no control characters and no
characters that turn the direction of reading, and JSON has them escaped.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from codedefender2th.errors import SettingError

SECONDS = 60.0
"""What looking at one file may take."""

LARGEST = 100_000_000
"""Bytes; what is larger is no script."""

FLAGGED = frozenset(("suspicious", "malicious"))

_COLOURS = {"malicious": "bold red", "suspicious": "bold yellow", "info": "bold green"}
_MOST_SIGNS = 12


@dataclass(frozen=True)
class Tried:
    """What is known of a file.

    Attributes:
        file: its path, as given.
        sha256, size: of its bytes.
        level: `malicious`, `suspicious` or `info`.
        sentences: what was found, the worst first.
        behaviour: the same as data, as in the analyzer's report.
        hidden_hosts: hosts that its code hides.
    """

    file: str
    sha256: str
    size: int
    level: str
    sentences: list[str]
    behaviour: dict[str, Any]
    hidden_hosts: list[str]

    @property
    def flagged(self) -> bool:
        """Whether something was found."""
        return self.level in FLAGGED

    def as_json(self) -> str:
        """One object in one line, in ASCII."""
        return json.dumps(asdict(self))


def tried(files: tuple[str, ...]) -> Iterator[Tried]:
    """Look at files, one after the other.

    Raises:
        SettingError: one of them can't be read, or something that is needed is not installed; before
            the first is looked at, as far as that can be told.
    """
    examine = _library()
    for file in files:
        _check(file)
    for file in files:
        content = _read(file)
        found = examine(content, None, SECONDS)
        yield Tried(
            file,
            hashlib.sha256(content).hexdigest(),
            len(content),
            found.level,
            list(found.sentences),
            found.behaviour,
            list(found.hidden_hosts),
        )


def _library() -> Any:
    """The examination; imported here, since nothing else needs the engine."""
    try:
        importlib.import_module("quickjs")
        return importlib.import_module("codedefender2th.content.examination").examine
    except ImportError as error:
        missing = {"quickjs": "quickjs-ng"}.get(error.name or "", error.name)
        message = f"try needs the package {missing}, which is not installed here: pip install {missing}"
        raise SettingError(message) from None


def _check(file: str) -> None:
    """Say what is wrong with a file before any is looked at."""
    path = Path(file)
    try:
        if not path.exists():
            raise SettingError(f"There is no file {inert(file)}.")
        if not path.is_file():
            raise SettingError(f"{inert(file)} is not a file.")
        if path.stat().st_size > LARGEST:
            raise SettingError(f"{inert(file)} is too large for a script: more than {LARGEST:,} bytes.")
        with path.open("rb"):
            pass
    except (OSError, ValueError) as error:
        raise SettingError(_unreadable(file, error)) from None


def _read(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise SettingError(_unreadable(file, error)) from None


def _unreadable(file: str, error: Exception) -> str:
    reason = getattr(error, "strerror", None) or "no such name is possible"
    return f"{inert(file)} can't be read: {reason}."


def inert(text: str) -> str:
    """A text in one line, that no terminal obeys."""
    return "".join(character if character.isprintable() else "\ufffd" for character in " ".join(text.split()))


def show(found: Tried) -> None:
    """Print the report on a file: in colours on a terminal, else plain."""
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)

    def line(text: str, style: str = "", start: str = "") -> None:
        console.print(Text(start + inert(text), style=style))

    heading = Text(inert(found.file), style="bold")
    heading.append(": ")
    heading.append(found.level, style=_COLOURS.get(found.level, ""))
    console.print(heading)
    line(f"{found.size:,} bytes, SHA-256 {found.sha256}", "dim", "  ")
    for sentence in found.sentences:
        line(sentence, start="  - ")
    signs = found.behaviour["signs"][:_MOST_SIGNS]
    if signs:
        line("What was read in it:", start="  ")
    for sign in signs:
        how = f", {sign['how']}" if sign["how"] else ""
        line(f"{sign['id']} at character {sign['offset']}{how}: it {sign['meaning']}", start="    ")
        line(sign["excerpt"], "dim", "      ")
    console.print()
