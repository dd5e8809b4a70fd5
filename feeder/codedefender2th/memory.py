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
        not_before: seconds since the epoch; until then there is nothing to do about it.
        judging: whether the responder was started.
        given_up: whether looking its scripts up failed for good.
    """

    keys: list[Key] = field(default_factory=list)
    not_before: float = 0.0
    judging: bool = False
    given_up: bool = False


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
        """Drop what Cortex's cache no longer holds."""
        oldest = time.time() - SETTLED_FOR_SECONDS
        self.settled = {key: entry for key, entry in self.settled.items() if entry[0] > oldest}

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
