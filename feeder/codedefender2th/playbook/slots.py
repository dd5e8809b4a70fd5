"""Who may look something up now: so many distinct scripts at once, each thing by one analyzer once at a time.

Free quotas are a few requests a minute. Only what moves holds a slot: what waits, hangs or has failed holds
none, and where all slots are full the newest alert gets in all the same, as does one a pass where nothing
has come to an end for a while.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from codedefender2th.playbook.memory import What
from codedefender2th.playbook.targets import Key

LINGERS_AFTER_MS = 60_000


@dataclass
class Slots:
    """The slots of one pass.

    Attributes:
        size: how many there are.
        busy: what runs: analyzers' names, with what they look up.
        moving: the scripts that hold a slot, each with the start of its newest job.
    """

    size: int
    busy: set[What] = field(default_factory=set)
    moving: dict[Key, int] = field(default_factory=dict)
    were_full: bool = False
    _extra: bool = True

    def hold(self, script: Key, started: int) -> None:
        """Jobs for a script are on their way."""
        self.moving[script] = max(started, self.moving.get(script, 0))

    def settle(self) -> None:
        """What is under way has been seen: from here on it is about who gets in."""
        self.were_full = len(self.moving) >= self.size

    def admits(self, script: Key, is_new: bool, now: int) -> bool:
        """Whether another script may be looked up; takes the slot.

        Args:
            script: the script.
            is_new: whether its alert is seen for the first time.
            now: milliseconds since the epoch.
        """
        if not self.could_admit(script, is_new, now):
            return False
        if script not in self.moving and len(self.moving) >= self.size:
            self._extra = False
        self.hold(script, now)
        return True

    def could_admit(self, script: Key, is_new: bool, now: int) -> bool:
        """Whether `admits` would say so."""
        if script in self.moving or len(self.moving) < self.size:
            return True
        lingers = now - max(self.moving.values()) > LINGERS_AFTER_MS
        return self._extra and self.were_full and (is_new or lingers)
