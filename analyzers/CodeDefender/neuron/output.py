"""The job's `output.json`: always whole, always valid, never with a secret.

Cortex leaves a job in progress for ever when the file is cut off or no JSON. So it is written under
another name and renamed, and the first answer stays.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from neuron.reading import mapping
from neuron.scrub import clean, secrets_of, without_secret_items


class Output:
    """The one answer of one job."""

    def __init__(self) -> None:
        self._written = threading.Event()

    def write(self, answer: dict[str, Any], job: object, job_directory: str | None) -> None:
        """Write a job's answer; a failure's carries the job's input without its secrets.

        Args:
            answer: as Cortex reads it, `success` at least.
            job: the job's input, whatever it is.
            job_directory: Cortex's; None for standard output (the job came on standard input).

        Raises:
            OSError: the job's folder can not be written.
        """
        if self._written.is_set():
            return
        encoded = _encoded(answer, job)
        if job_directory is None:
            print(encoded, flush=True)
        else:
            _write_whole(Path(job_directory, "output"), encoded)
        self._written.set()

    def write_or_say(self, answer: dict[str, Any], job: object, job_directory: str | None) -> None:
        """Write; where that is not possible say so on standard error, which Cortex then shows."""
        try:
            self.write(answer, job, job_directory)
        except OSError as error:
            print(f"The job's output can not be written: {error.strerror}.", file=sys.stderr)


def _encoded(answer: dict[str, Any], job: object) -> str:
    try:
        items = mapping(mapping(job).get("config"))
        if not answer["success"]:
            answer = {**answer, "input": {**mapping(job), "config": without_secret_items(items)}}
        # Pure ASCII, which every locale can write; no NaN, which is no JSON.
        return json.dumps(clean(answer, secrets_of(items)), allow_nan=False)
    except Exception as error:
        # Without an answer Cortex would show the traceback, and with it perhaps a secret.
        sorry = f"The analyzer's answer could not be put together ({type(error).__name__}): please report it."
        return json.dumps({"success": False, "errorMessage": sorry})


def _write_whole(folder: Path, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # A name of its own for each thread: the watchdog may write while the job does.
    whole = folder / f".output-{os.getpid()}-{threading.get_ident()}"
    whole.write_text(text, encoding="ascii")
    whole.replace(folder / "output.json")
