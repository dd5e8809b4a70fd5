"""What one feeding pass saw and did."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass
class Tally:
    """The counts of one pass.

    Attributes:
        read: messages.
        created: alerts that TheHive has now.
        existing: alerts that it had already.
        incomplete: alerts of incidents that could not be read fully, among those two.
        near_misses: attachments with an incident's fields under another title.
        failed: alerts that TheHive takes in no form, and messages that can't be had from Slack.
        refused: messages like incidents whose `ts` is not one of Slack's.
        reached: the oldest message read so far.
    """

    read: int = 0
    created: int = 0
    existing: int = 0
    incomplete: int = 0
    near_misses: int = 0
    failed: int = 0
    refused: int = 0
    reached: str | None = None

    @property
    def ok(self) -> bool:
        """Whether all that was seen is stored; near misses are no incidents, and warned about."""
        return self.failed == 0

    def counts(self) -> dict[str, int]:
        """The counts by name, in the order in which they are told."""
        return {name: count for name, count in asdict(self).items() if isinstance(count, int)}

    def __str__(self) -> str:
        return " ".join(f"{name}={count}" for name, count in self.counts().items())
