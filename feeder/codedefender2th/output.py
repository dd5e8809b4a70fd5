"""Results go to standard output or a file; what can't be written is said as what it is.

Nothing that comes from outside reaches a terminal as a control character: it could move the cursor, colour
or hide what else is said.
"""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from codedefender2th.errors import OutputError

# Controls, invisible formats such as bidirectional overrides, halves of surrogate pairs, line separators.
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def say(line: str) -> None:
    """Write a line of text.

    Raises:
        OutputError: standard output is closed, its reader is gone, or the disk behind it is full.
    """
    _write(printable(line))


def say_json(value: Any) -> None:
    """Write a value as one line of JSON, readable as far as a terminal may be trusted with it."""
    text = json.dumps(value, ensure_ascii=False)
    _write("".join(_escaped(c) if unicodedata.category(c) in _UNPRINTABLE else c for c in text))


def write(text: str) -> None:
    """Write text as it is, which is the caller's to make safe; raises OutputError as `say` does."""
    _write(text, new_line=False)


@contextmanager
def whole_file(path: Path) -> Iterator[Callable[[str], object]]:
    """Write a file that is there whole or, where the block is left by an exception, as it was before.

    Raises:
        OutputError: it can't be written; said before the block begins, where it is known then.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        if path.exists() and not path.is_file():
            raise OutputError(f"{path} is no file: name one, or leave --output away.")
        with beside.open("x", encoding="utf-8", newline="") as file:
            yield file.write
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        reason = error.strerror or "unknown"
        raise OutputError(f"{path} can't be written ({reason}): nothing was changed there.") from None
    finally:
        with suppress(OSError):
            beside.unlink()


def printable(text: str) -> str:
    """The text in one line, with a space for each character that a terminal would obey or hide."""
    return "".join(" " if unicodedata.category(c) in _UNPRINTABLE else c for c in text)


def _escaped(character: str) -> str:
    return json.dumps(character)[1:-1]


def _write(line: str, new_line: bool = True) -> None:
    # click writes nothing, and says nothing of it, where there is no standard output.
    if sys.stdout is None:
        raise OutputError("Standard output is closed: there is nowhere to write the result.")
    try:
        click.echo(line, nl=new_line)
    except BrokenPipeError:
        _give_up()
        raise OutputError("Whoever read the output has gone: what was to come is not written.") from None
    except OSError as error:
        _give_up()
        reason = error.strerror or "unknown"
        raise OutputError(f"Standard output can't be written ({reason}): the result is not whole.") from None


def _give_up() -> None:
    """Python would complain again of what is left to write, when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
