"""The state folder damaged: the disk full after any byte, every file cut at every byte."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import within
from codedefender2th.errors import FeederError
from codedefender2th.settings import read_settings
from codedefender2th.state.heartbeat import FEEDING, INVESTIGATING
from codedefender2th.workplace import heartbeat
from faults.scenarios import Feeding, Investigating, scenario
from kill.blow import WHOLE, Blow, after_restart
from program import Program
from simulators.lab import Lab
from simulators.messages import incident, ts_at
from simulators.server import Reply

REFUSED = Reply(400, {"type": "BadRequest", "message": "no such data type"})
FILES = (
    "checkpoint.json",
    "checkpoint.previous.json",
    "failures.json",
    "investigations.json",
)
BOTH = "both checkpoints"
HEARTBEAT = "heartbeat"


def full_disk(name: str, size: int) -> Blow:
    """Run a command on a disk that takes `size` bytes a file, then on a good one, and look."""
    kind = f"{name}: disk full"
    with scenario(name) as work:
        assert isinstance(work, (Feeding, Investigating))
        # Python's own cache of compiled modules must not be cut.
        full = {"DISK_FULL_AT": str(size), "PYTHONDONTWRITEBYTECODE": "1"}
        ran = replace(work.program, settings={**work.program.settings, **full}).run(*work.arguments)
        if ran.code == 1 and "state folder" not in ran.err:
            return Blow(kind, f"{size} bytes", f"not told: {ran.err[-200:]}")
        return Blow(kind, f"{size} bytes", after_restart(work))


@dataclass
class Half:
    """A channel that is half fed, with a list of failures: what TheHive and the state folder hold then."""

    lab: Lab
    program: Program
    folder: Path
    saved: Path
    alerts: dict[str, Any]
    references: Any

    @property
    def files(self) -> list[Path]:
        """The state files as they were saved, all but the lock."""
        return [path for path in sorted(self.saved.rglob("*")) if path.is_file() and path.name != "lock"]

    def restore(self) -> None:
        """Go back to where the channel is half fed."""
        shutil.rmtree(self.folder)
        shutil.copytree(self.saved, self.folder)
        store = self.lab.hive.store
        store.alerts.clear()
        store.alerts.update(self.alerts)
        store.references.clear()
        store.references.update(self.references)

    def outcome(self) -> str:
        """Feed the rest, and look."""
        try:
            within.feed(self.program)
        except FeederError as told:
            return f"refused: {told}"
        wanted = [f"{self.lab.channel.id}-{ts}" for ts, _ in self.lab.channel.posts]
        found = [alert["sourceRef"] for alert in self.lab.hive.store.alerts.values()]
        return WHOLE if sorted(found) == sorted(wanted) else f"{len(found)} alerts for {len(wanted)} posts"


@contextmanager
def half_fed() -> Iterator[Half]:
    """A page of three read, one that is not, and above them a refused alert on the list of failures."""
    with Lab() as lab, tempfile.TemporaryDirectory() as home:
        folder, saved = Path(home) / "state", Path(home) / "saved"
        program = Program.between(lab.slack, lab.hive, folder)
        lab.slack.page_limit = 3
        for number in range(6):
            lab.channel.post(incident(ts_at(number)))
        within.feed(program, pages=1)
        _beat(program)
        within.investigate(program)
        lab.channel.post(incident(ts_at(6)))
        lab.hive.fail("status", method="POST", path="/api/v1/alert", times=None, reply=REFUSED)
        within.feed(program, pages=1)
        lab.hive.faults.clear()
        shutil.copytree(folder, saved)
        store = lab.hive.store
        yield Half(lab, program, folder, saved, dict(store.alerts), store.references.copy())


def cut_files(name: str, step: int = 1, first: int = 0) -> list[Blow]:
    """Cut state files after every `step`-th byte, feed what is left to feed, and look.

    Args:
        name: one of FILES, BOTH or HEARTBEAT.
        step: 1 for every byte.
        first: the first length.
    """
    names = {BOTH: FILES[:2]}.get(name, (name,))
    with half_fed() as half:
        chosen = [path for path in half.files if path.name.startswith(names)]
        assert chosen, f"{name} is not among {half.files}"
        blows = []
        for length in range(first, max(path.stat().st_size for path in chosen), step):
            half.restore()
            for path in chosen:
                (half.folder / path.relative_to(half.saved)).write_bytes(path.read_bytes()[:length])
            outcome = _health(half.program) if name == HEARTBEAT else half.outcome()
            blows.append(Blow(f"{name} cut", f"{length} bytes", outcome))
        return blows


def _beat(program: Program) -> None:
    beat = heartbeat(read_settings(program.settings, {}))
    for work in (FEEDING, INVESTIGATING):
        beat.good(work)


def _health(program: Program) -> str:
    """A cut heartbeat is none."""
    well, _ = heartbeat(read_settings(program.settings, {})).verdict()
    return "taken for a good one" if well else WHOLE
