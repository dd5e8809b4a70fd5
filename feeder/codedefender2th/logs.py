"""Logs go to stderr, as text or as one JSON object a line; no secret gets into them."""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path

from codedefender2th.output import printable

TEXT, JSON = "text", "json"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class Scrubber:
    """Replaces secrets in whatever is to be printed."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted({secret for secret in secrets if secret}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text without them."""
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        return text


def fields(**values: object) -> dict[str, dict[str, object]]:
    """What a record has beside its sentence, as `extra`: fields of its line in JSON."""
    return {"fields": values}


def json_line(
    level: int, name: str, message: str, more: Mapping[str, object], moment: float | None = None
) -> str:
    """A record as one JSON object.

    Args:
        level: one of logging's.
        name: the logger's.
        message: the sentence.
        more: its fields.
        moment: when, in seconds since the epoch; None for now.
    """
    when = _moment(time.time() if moment is None else moment)
    told = {"time": when, "level": logging.getLevelName(level), "logger": name, "message": message}
    return json.dumps({**told, **{key: value for key, value in more.items() if key not in told}}, default=str)


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class _Formatter(logging.Formatter):
    """One line a record: no traceback, and no line break that a server's text could forge a record with."""

    def __init__(self, style: str, scrub: Scrubber) -> None:
        super().__init__()
        self._style_name, self._scrub = style, scrub

    def format(self, record: logging.LogRecord) -> str:
        """The record's line."""
        message = printable(" ".join(record.getMessage().splitlines()))
        if self._style_name == JSON:
            more = getattr(record, "fields", {})
            line = json_line(record.levelno, record.name, message, more, record.created)
        else:
            line = f"{_moment(record.created)} {record.levelname:<7} {message}"
        return self._scrub(line)


class _Stderr(logging.StreamHandler):  # type: ignore[type-arg]  # generic only for type checkers
    """Writes to what `sys.stderr` is now: a progress bar puts itself in its place for a while."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        self.stream = sys.stderr
        super().emit(record)


def configure(level: str, style: str, scrub: Scrubber) -> None:
    """Send the program's own logs to stderr.

    Args:
        level: one of LEVELS.
        style: TEXT or JSON.
        scrub: takes secrets out.
    """
    handler = _Stderr()
    handler.setFormatter(_Formatter(style, scrub))
    root = logging.getLogger()
    root.handlers = [handler]
    # Other libraries' debug output may hold headers: it is never wanted.
    root.setLevel(logging.WARNING)
    logging.getLogger("codedefender2th").setLevel(level)
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    logging.raiseExceptions = False


def internal(error: Exception) -> str:
    """An error that nobody foresaw: its kind and the lines it passed; its own text may hold anything."""
    frames = reversed(traceback.extract_tb(error.__traceback__)[-4:])
    where = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    return f"Internal error, please report it: {type(error).__name__} at {where}."
