"""What `investigate` remembers between passes, so that it need not ask again.

Nothing here is needed: TheHive knows the jobs and the verdicts. Without it a pass costs more requests.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import Any

Key = tuple[str, str]

# As long as Cortex's cache in the bundled set-up: after it a look-up is a look-up again.
SETTLED_FOR_SECONDS = 24 * 3600


@dataclass
class Note:
    """What is known of an alert or a case under investigation.

    Attributes:
        keys: its scripts, as (data type, data).
        paused_at, not_before: seconds since the epoch; between the two there is nothing to do about it.
        judging: whether the responder was started.
        given_up: whether looking its scripts up failed for good.
    """

    keys: list[Key] = field(default_factory=list)
    paused_at: float = 0.0
    not_before: float = 0.0
    judging: bool = False
    given_up: bool = False

    def pause(self, until: float) -> None:
        """There is nothing to do about it until then, in seconds since the epoch."""
        self.paused_at, self.not_before = time.time(), until

    @property
    def is_paused(self) -> bool:
        """Whether it is paused now; where the clock was set back behind the pause's beginning it is not."""
        return self.paused_at <= time.time() < self.not_before


@dataclass
class Memory:
    """Notes by entity id, and the scripts that have been looked up.

    Attributes:
        settled: when each script was settled, and whether its look-ups failed for good.
    """

    notes: dict[str, Note] = field(default_factory=dict)
    settled: dict[Key, tuple[float, bool]] = field(default_factory=dict)

    def settle(self, keys: list[Key], failed: bool) -> None:
        """These scripts have been looked up, or could not be."""
        for key in keys:
            self.settled[key] = (time.time(), failed)

    def is_settled(self, key: Key) -> bool:
        """Whether Cortex's cache serves the script."""
        return key in self.settled

    def has_failed(self, key: Key) -> bool:
        """Whether looking the script up failed for good."""
        return self.settled.get(key, (0.0, False))[1]

    def forget_old(self) -> None:
        """Drop what Cortex's cache no longer holds, and what the clock, set back, has still before it."""
        now = time.time()
        self.settled = {
            key: entry for key, entry in self.settled.items() if 0 <= now - entry[0] < SETTLED_FOR_SECONDS
        }

    def as_json(self) -> dict[str, Any]:
        """For the state file."""
        return {
            "notes": {name: asdict(note) for name, note in self.notes.items()},
            "settled": [[*key, moment, failed] for key, (moment, failed) in self.settled.items()],
        }

    @classmethod
    def from_json(cls, value: Any) -> Memory:
        """From the state file; empty where the value is not of `as_json`'s form."""
        try:
            notes = {
                str(name): Note(
                    [(str(kind), str(data)) for kind, data in note["keys"]],
                    float(note["paused_at"]),
                    float(note["not_before"]),
                    bool(note["judging"]),
                    bool(note["given_up"]),
                )
                for name, note in value["notes"].items()
            }
            settled = {(str(k), str(d)): (float(m), bool(f)) for k, d, m, f in value["settled"]}
        except (KeyError, TypeError, ValueError, AttributeError):
            return cls()
        return cls(notes, settled)
