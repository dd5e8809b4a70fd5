"""What a rule is: one thing that a script can be seen to do, and what it means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from .layers import Layer

_MOST = 30  # places at which one rule is told in one layer


class Side(Enum):
    """What a sign can say. Neither says anything alone: honest scripts do each of them."""

    CAPABILITY = "capability"
    THREAT = "threat"


class Specificity(Enum):
    """How much of what does this is a skimmer."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True)
class Rule:
    """A rule.

    Attributes:
        id: its name, as in reports.
        side: whether it is a means, or what turns means into harm.
        specificity: how much of what does this is a skimmer.
        meaning: in words that fit into a ticket, with the script as what is spoken of.
        patterns: any of them in a layer's text in lower case. Each repetition in them is bounded, so
            that the time is linear in the text.
        in_strings: whether a place counts only in a string.
        decoded_only: whether a place counts only where the file does not say it as it stands.
    """

    id: str
    side: Side
    specificity: Specificity
    meaning: str
    patterns: tuple[str, ...]
    in_strings: bool = False
    decoded_only: bool = False

    def __post_init__(self) -> None:
        compiled = re.compile("|".join(f"(?:{pattern})" for pattern in self.patterns))
        object.__setattr__(self, "_pattern", compiled)

    def places(self, layer: Layer) -> Iterator[re.Match[str]]:
        """Where in a layer's text it is seen; the first few."""
        pattern: re.Pattern[str] = self._pattern  # type: ignore[attr-defined]
        count = 0
        for match in pattern.finditer(layer.lower):
            if self.in_strings and not layer.in_string(match.start()):
                continue
            yield match
            count += 1
            if count >= _MOST:
                return
