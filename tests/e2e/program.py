"""The program as a user runs it, in a process of its own, guarded, and searched for secrets when it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nursery
from canary import traces
from simulators.guard import EXIT_CODE, guarded
from simulators.slack import Slack
from simulators.thehive import TheHive

COMMAND = [sys.executable, "-m", "codedefender2th"]


@dataclass
class Result:
    """What a run left behind."""

    code: int
    out: str
    err: str

    @property
    def counts(self) -> dict[str, int]:
        """The summary line of `feed` or `investigate`."""
        last = self.out.strip().splitlines()[-1]
        return {name: int(value) for name, _, value in (pair.partition("=") for pair in last.split())}


@dataclass
class Program:
    """The program with its environment; `settings` are environment variables."""

    settings: dict[str, str]
    secrets: list[str] = field(default_factory=list)

    @classmethod
    def between(cls, slack: Slack, hive: TheHive, state: Path, **settings: str) -> Program:
        """One that feeds the channel `code-defender` into this TheHive."""
        return cls(
            {
                "SLACK_BOT_TOKEN": slack.token,
                "SLACK_CHANNEL": "#code-defender",
                "SLACK_API_URL": slack.api_url,
                "THEHIVE_URL": hive.root,
                "THEHIVE_API_KEY": hive.key,
                "FEEDER_STATE_DIR": str(state),
                "FEEDER_TIMEOUT": "2",
                # The simulated posts are of 2020.
                "FEEDER_SINCE": "all",
                **settings,
            },
            [slack.token, hive.key],
        )

    @property
    def environ(self) -> dict[str, str]:
        """The whole environment."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        whole = {**kept, "PYTHONPATH": os.pathsep.join(sys.path), **self.settings}
        return guarded(whole, self.settings.values())

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command."""
        process: subprocess.Popen[str] = nursery.start([*COMMAND, *arguments], env=self.environ, text=True)
        return process

    def run(self, *arguments: str, seconds: float = 60, **settings: str) -> Result:
        """Run a command to its end; `settings` are for this run alone."""
        process = Program({**self.settings, **settings}, self.secrets).start(*arguments)
        return self.ended(process, seconds)

    def ended(self, process: subprocess.Popen[str], seconds: float = 30) -> Result:
        """What a started command left when it ended."""
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"still running after {seconds} s\n{out}\n{err}") from None
        assert process.returncode != EXIT_CODE, err
        assert not traces(self.secrets, out, err, state_text(Path(self.settings["FEEDER_STATE_DIR"])))
        assert "Traceback" not in out + err
        assert "Internal error" not in err, err
        return Result(process.returncode, out, err)


def alerts_by_ref(hive: TheHive) -> dict[str, dict[str, Any]]:
    """The alerts that a TheHive holds; fails where two have one reference."""
    found: dict[str, dict[str, Any]] = {}
    for alert in hive.store.alerts.values():
        assert alert["sourceRef"] not in found, f"two alerts for {alert['sourceRef']}"
        found[alert["sourceRef"]] = alert
    return found


def state_text(state: Path) -> str:
    """All that the state folder holds."""
    held = {}
    for path in state.rglob("*"):
        # A program that runs puts files in each other's place.
        with suppress(FileNotFoundError, IsADirectoryError):
            held[str(path)] = path.read_text(errors="replace")
    return json.dumps(held)
