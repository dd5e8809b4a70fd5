"""The bootstrap as the stack runs it, against simulated servers."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import nursery
from canary import traces
from program import Result
from simulators.cortex.server import Cortex
from simulators.cortex.workers import Worker
from simulators.guard import EXIT_CODE, guarded
from simulators.thehive import TheHive

ROOT = Path(__file__).parents[2]
TEMPLATE = "<div>{{content.summary}}</div>"
VIRUSTOTAL_KEY = "virustotal-key-in-the-settings"


@dataclass
class SettingUp:
    """A TheHive and a Cortex that nobody has touched, and the program that sets them up."""

    hive: TheHive
    cortex: Cortex
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hive.reachable = [self.cortex]
        for name in ("CodeDefender_OSV_1_0", "CodeDefender_VirusTotal_1_0"):
            (self.folder / "templates" / name).mkdir(parents=True)
            (self.folder / "templates" / name / "long.html").write_text(TEMPLATE)

    @property
    def vault(self) -> Path:
        """The folder of secrets."""
        return self.folder / "secrets"

    def secret(self, name: str) -> str:
        """A secret's file."""
        return (self.vault / name).read_text().strip()

    def start(self, *stages: str, **settings: str) -> subprocess.Popen[str]:
        """Start it."""
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join([str(ROOT / "docker"), *sys.path]),
            "THEHIVE_URL": self.hive.root,
            "CORTEX_URL": self.cortex.url,
            "BOOTSTRAP_SECRETS_DIR": str(self.vault),
            "BOOTSTRAP_TEMPLATES_DIR": str(self.folder / "templates"),
            "BOOTSTRAP_TIMEOUT": "5",
            "VIRUSTOTAL_KEY": VIRUSTOTAL_KEY,
            **self.settings,
            **settings,
        }
        command = [sys.executable, "-m", "bootstrap", *stages]
        process: subprocess.Popen[str] = nursery.start(
            command, env=guarded(environ, environ.values()), text=True
        )
        return process

    def run(self, *stages: str, **settings: str) -> Result:
        """Run it to its end and look for secrets in what it says."""
        out, err = (process := self.start(*stages, **settings)).communicate(timeout=30)
        secrets = [VIRUSTOTAL_KEY, *(file.read_text().strip() for file in self.vault.rglob("*.[kp]*"))]
        assert not traces(secrets, out, err)
        assert process.returncode != EXIT_CODE, err
        assert "Traceback" not in err
        return Result(process.returncode, out, err)

    def writes(self) -> list[str]:
        """The requests since the last call that change something."""
        found = [
            f"{request.method} {request.path}"
            for server in (self.cortex, self.hive)
            for request in server.requests
            if request.method != "GET" and not request.path.endswith("/login")
        ]
        self.cortex.requests.clear()
        self.hive.requests.clear()
        return found

    def assert_whole(self) -> None:
        """Everything is there once, and every secret works."""
        store = self.hive.store
        assert self.hive.passwords["admin@thehive.local"] == self.secret("thehive-admin.password")
        analyst = "analyst@code-defender.local"
        assert self.hive.passwords[analyst] == self.secret("thehive-analyst.password")
        for name, file in (("feeder", "feeder/thehive-feeder.key"), ("triage", "thehive-triage.key")):
            holder = self.hive.keys[self.secret(file)]
            assert (holder["login"], holder["profile"]) == (f"{name}@code-defender.local", "analyst")
        assert store.users[analyst]["organisation"] == "code-defender"
        assert set(self.cortex.users) == {"admin", "orgadmin", "thehive"}
        assert self.cortex.passwords["admin"] == self.secret("cortex-admin.password")
        for name in ("orgadmin", "thehive"):
            assert self.cortex.keys[self.secret(f"cortex-{name}.key")] == name
        assert self.cortex.users["thehive"]["roles"] == ["read", "analyze"]
        assert sorted(worker["name"] for worker in self.cortex.enabled.values()) == [
            "CodeDefender_Content_1_0",
            "CodeDefender_Host_1_0",
            "CodeDefender_OSV_1_0",
            "CodeDefender_Triage_1_0",
            "CodeDefender_VirusTotal_1_0",
        ]
        if not self.hive.is_4:
            [connected] = self.hive.administration.configuration["servers"]
            assert self.cortex.keys[connected["auth"]["key"]] == "thehive"
        assert list(store.case_templates) == ["Code Defender incident"]
        assert set(store.report_templates.values()) == {TEMPLATE}
        for file in self.vault.rglob("*"):
            assert file.stat().st_mode & 0o777 == (0o700 if file.is_dir() else 0o600)
        # What the feeder and TheHive 4.1 get to see.
        assert [file.name for file in (self.vault / "feeder").iterdir()] == ["thehive-feeder.key"]
        assert [file.name for file in (self.vault / "thehive4").iterdir()] == ["cortex.conf"]

    def worker(self, name: str) -> Worker:
        """What is enabled under a name."""
        [found] = [each for each in self.cortex.workers.enabled.values() if each.name == name]
        return found
