"""What a pass found and did."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass
class Progress:
    """What one pass found and did.

    Attributes:
        open: alerts or cases without a verdict.
        started: analyzer jobs started.
        running: alerts or cases whose jobs or responder run.
        waiting: those for which it is not their turn, or not the time to try again.
        judged: responder runs started.
        verdicts: verdicts that have arrived since the last pass.
        failed: those whose responder keeps failing.
        set_aside: those about which TheHive refuses something; they are tried again later.
    """

    open: int = 0
    started: int = 0
    running: int = 0
    waiting: int = 0
    judged: int = 0
    verdicts: int = 0
    failed: int = 0
    set_aside: int = 0

    def counts(self) -> dict[str, int]:
        """The counts by name, in the order in which they are told."""
        return asdict(self)

    def __str__(self) -> str:
        return " ".join(f"{name}={count}" for name, count in self.counts().items())

    @property
    def ok(self) -> bool:
        """Whether nothing is stuck."""
        return self.failed == self.set_aside == 0
