"""`check`: every requirement, one line each."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from codedefender2th.settings import Settings


class Mark(Enum):
    """How a requirement stands."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True)
class Requirement:
    """One line of the report."""

    mark: Mark
    name: str
    text: str

    def as_line(self) -> str:
        """For a person."""
        return f"{self.mark.value:<4}  {self.name:<22} {self.text}"

    def as_json(self) -> dict[str, str]:
        """For a program."""
        return {"result": self.mark.value.lower(), "requirement": self.name, "text": self.text}


def requirements(settings: Settings, stop: threading.Event) -> Iterator[Requirement]:
    """Check them in the order in which data flows."""
    yield Requirement(Mark.OK, "settings", "read")
