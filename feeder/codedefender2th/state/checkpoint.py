"""How far we have read, and what TheHive would not take: on disk, safe against a kill at any moment.

Where a file is damaged all the same, the one before it is used, which only makes the feeder read a page
again.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from codedefender2th import disk
from codedefender2th.errors import Busy
from codedefender2th.incident.alert import Alert
from codedefender2th.slack.ts import is_ts, just_before
from codedefender2th.slack.unread import Unread

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """What a checkpoint belongs to: another channel or another TheHive has another one."""

    team: str
    channel: str
    thehive: str
    organisation: str

    @property
    def folder(self) -> str:
        """A name for it in the file system."""
        place = f"{self.thehive}\n{self.organisation}".encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(place).hexdigest()[:12]
        return "-".join(re.sub(r"[^A-Za-z0-9]", "_", part) for part in (self.team, self.channel, digest))


@dataclass(frozen=True)
class Checkpoint:
    """What is known of the channel.

    Attributes:
        unread: what is still to be read.
        in_flight: alerts were being sent when this was written; they may have arrived.
        senders: who has posted incidents: `bot_id` to a name.
        refused: the messages (`ts`) whose alerts are on the list of failures.
        unreadable: the messages (`ts`) that could not be had from Slack.
    """

    unread: Unread
    in_flight: bool = False
    senders: dict[str, str] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failure:
    """An alert that TheHive took in no form.

    Attributes:
        ts: the message it comes from.
        alert: its body.
        reason: what TheHive said.
    """

    ts: str
    alert: Alert
    reason: str


class State:
    """The state folder of one place.

    Attributes:
        saved: the checkpoint that was written last.

    Use `locked` before anything is written. Every method raises StateError where the disk does not
    do what it should.
    """

    def __init__(self, root: Path, place: Place) -> None:
        self.folder = root / place.folder
        self._checkpoint = self.folder / "checkpoint.json"
        self._previous = self.folder / "checkpoint.previous.json"
        self._failures = self.folder / "failures.json"
        self._memory = self.folder / "investigations.json"
        self._replies = self.folder / "replies.json"
        self.saved: Checkpoint | None = None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder; raises Busy where another run does."""
        with disk.errors_in_words(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = (self.folder / "lock").open("a")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise Busy(
                    f"Another run works on this channel and TheHive (lock in {self.folder})."
                ) from None
            yield

    def load(self) -> Checkpoint | None:
        """The checkpoint; None where there has never been one.

        A damaged checkpoint gives way to the one before it; where that is damaged too, all of the
        channel counts as unread: it costs time, never an alert. So does a list of failures that has
        lost an entry, from that message on.
        """
        if not self._checkpoint.exists() and not self._previous.exists():
            return None
        checkpoint = self.saved = self._load_either()
        listed = {failure.ts for failure in self.failures()}
        lost = [ts for ts in checkpoint.refused if ts not in listed]
        if not lost:
            return checkpoint
        log.warning("The list of refused alerts is damaged: reading again from the first one lost.")
        kept = tuple(ts for ts in checkpoint.refused if ts in listed)
        return replace(checkpoint, unread=checkpoint.unread.also_since(just_before(min(lost))), refused=kept)

    def _load_either(self) -> Checkpoint:
        for path in (self._checkpoint, self._previous):
            try:
                return _checkpoint(disk.read(path))
            except (KeyError, TypeError, ValueError):
                log.warning("The state file %s is damaged or missing.", path)
        log.warning("Both checkpoints are unusable: reading the whole channel again (nothing doubles).")
        return Checkpoint(Unread.since(None))

    def save(self, checkpoint: Checkpoint) -> None:
        """Make this the checkpoint."""
        content = {
            "unread": checkpoint.unread.as_json(),
            "seen": sorted(checkpoint.unread.seen),
            "seen_after": checkpoint.unread.seen_after,
            "in_flight": checkpoint.in_flight,
            "senders": checkpoint.senders,
            "refused": list(checkpoint.refused),
            "unreadable": list(checkpoint.unreadable),
        }
        with disk.errors_in_words(self.folder):
            if disk.read(self._checkpoint) is not None:
                self._checkpoint.replace(self._previous)
            disk.write(self._checkpoint, content)
        self.saved = checkpoint

    def failures(self) -> list[Failure]:
        """The alerts that TheHive took in no form."""
        value = disk.read(self._failures)
        try:
            return [Failure(entry["ts"], entry["alert"], entry["reason"]) for entry in value or ()]
        except (KeyError, TypeError):
            return []

    def save_failures(self, failures: list[Failure]) -> None:
        """Make these the refused alerts."""
        with disk.errors_in_words(self.folder):
            disk.write(self._failures, [asdict(failure) for failure in failures])

    def load_replies(self) -> Any:
        """What is to be told in Slack, and what was; None where there is nothing."""
        return disk.read(self._replies)

    def save_replies(self, replies: Any) -> None:
        """Make this what is to be told in Slack, and what was."""
        with disk.errors_in_words(self.folder):
            disk.write(self._replies, replies)

    def load_memory(self) -> Any:
        """What `investigate` remembers; None where there is nothing."""
        return disk.read(self._memory)

    def save_memory(self, memory: Any) -> None:
        """Make this what `investigate` remembers."""
        with disk.errors_in_words(self.folder):
            disk.write(self._memory, memory)


def _checkpoint(value: Any) -> Checkpoint:
    if not isinstance(value["in_flight"], bool) or not isinstance(value["senders"], dict):
        raise ValueError("not a checkpoint")
    # The later ones are missing where an earlier version wrote it.
    refused, unreadable = tuple(value["refused"]), tuple(value.get("unreadable", ()))
    if not all(is_ts(ts) for ts in refused + unreadable):
        raise ValueError("not a checkpoint")
    unread = Unread.from_json(value["unread"], value.get("seen", ()), value.get("seen_after"))
    return Checkpoint(unread, value["in_flight"], value["senders"], refused, unreadable)
