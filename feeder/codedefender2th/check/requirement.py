"""One line of `check`'s report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


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
        return f"{self.mark.value:<4}  {self.name:<20}  {self.text}"

    def as_json(self) -> dict[str, str]:
        """For a program."""
        return {"result": self.mark.value.lower(), "requirement": self.name, "text": self.text}


def ok(name: str, text: str) -> Requirement:
    """It is as it should be."""
    return Requirement(Mark.OK, name, text)


def warn(name: str, text: str) -> Requirement:
    """It works, but look at this."""
    return Requirement(Mark.WARN, name, text)


def fail(name: str, text: object) -> Requirement:
    """It is wrong; `text` says how to mend it."""
    return Requirement(Mark.FAIL, name, " ".join(str(text).split()))
