"""Cortex's jobs, handed from Cortex's container to the one that runs them; both sides as processes."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.jobs import Definition, ProcessRunner, Run, enable, load
from simulators.osv import OSV, record

ROOT = Path(__file__).parents[2]
JQUERY = "https://cdn.jsdelivr.net/npm/jquery@3.4.1/dist/jquery.min.js"
FLAW = record("GHSA-gxr4-xjj5-5px2", "jquery", ("1.2.0", "3.5.0"), severity="HIGH")


class Neurons:
    """The two sides: the definitions with the relay beside them, and the service.

    Attributes:
        cortex: the folder that Cortex's image has.
        root: the folder that the service's image has.
    """

    def __init__(self, folder: Path) -> None:
        self.cortex, self.root, self.jobs = folder / "cortex", folder / "neurons", folder / "jobs"
        for kind in ("analyzers", "responders"):
            shutil.copytree(
                ROOT / kind, self.root / kind, ignore=shutil.ignore_patterns("__pycache__", ".mypy_cache")
            )
            (self.cortex / kind / "CodeDefender").mkdir(parents=True)
            for file in (ROOT / kind / "CodeDefender").glob("*.json"):
                shutil.copy(file, self.cortex / kind / "CodeDefender")
        shutil.copy(ROOT / "docker" / "neurons" / "relay.py", self.cortex)
        place = ROOT / "docker" / "cortex" / "place.py"
        subprocess.run([sys.executable, str(place), str(self.cortex)], check=True)
        self.jobs.mkdir()
        self.socket = folder / "s"
        self.path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    def serve(self) -> subprocess.Popen[str]:
        """Start the service and wait until it listens."""
        command = [
            str(ROOT / "docker" / "neurons" / "serve.py"),
            str(self.socket),
            str(self.jobs),
            str(self.root),
        ]
        environment = {"PATH": self.path, "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            [sys.executable, *command], env=environment, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert "waits for jobs" in process.stdout.readline()
        return process

    def run(self, definition: Definition, data: object, timeout: float | None = None, **items: object) -> Run:
        """A job as Cortex runs it, which sees the relay only."""
        runner = ProcessRunner(self.jobs, {"NEURONS_SOCKET": str(self.socket)})
        kind = "thehive:alert" if definition.kind == "responder" else "url"
        return runner.run(definition, enable(definition, items), {"data": data, "dataType": kind}, timeout)

    def definition(self, name: str) -> Definition:
        """A definition as Cortex's image has it."""
        [file] = self.cortex.glob(f"*/CodeDefender/CodeDefender_{name}.json")
        return load(file)

    def instead(self, text: str) -> None:
        """Another program under the analyzers' command."""
        (self.root / "analyzers" / "CodeDefender" / "codedefender.py").write_text(text)


@pytest.fixture
def neurons(tmp_path: Path) -> Iterator[Neurons]:
    made = Neurons(tmp_path)
    process = made.serve()
    yield made
    process.terminate()
    assert process.wait(10) == 0


def test_a_job_is_run_on_the_other_side(neurons: Neurons) -> None:
    with OSV() as osv:
        osv.records = [FLAW]
        run = neurons.run(neurons.definition("OSV"), JQUERY, api_url=osv.url)
    assert run.job["status"] == "Success", run.printed
    assert run.job["report"]["full"]["packages"][0]["purl"] == "pkg:npm/jquery@3.4.1"


def test_the_responder_is_run_too(neurons: Neurons) -> None:
    triage = neurons.definition("Triage")
    run = neurons.run(triage, {"_id": "~1"}, thehive_url="http://127.0.0.1:9", thehive_key="k")
    assert run.job["status"] == "Failure"
    assert "TheHive" in run.job["errorMessage"]


def test_cortexs_side_has_nothing_but_the_relay(neurons: Neurons) -> None:
    programs = {file.read_bytes() for file in neurons.cortex.glob("*/CodeDefender/*.py")}
    assert programs == {(ROOT / "docker" / "neurons" / "relay.py").read_bytes()}


def test_what_a_crash_prints_comes_back(neurons: Neurons) -> None:
    neurons.instead("#!/usr/bin/env python3\nraise SystemExit('a word before the end')\n")
    run = neurons.run(neurons.definition("OSV"), JQUERY)
    assert (run.job["status"], run.job["errorMessage"]) == ("Failure", "a word before the end")


def test_cortexs_job_timeout_stops_the_job_and_all_that_it_started(neurons: Neurons, tmp_path: Path) -> None:
    neurons.instead(
        "#!/usr/bin/env python3\n"
        "import subprocess, time\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        f"open({str(tmp_path / 'child')!r}, 'w').write(str(child.pid))\n"
        "time.sleep(600)\n"
    )
    run = neurons.run(neurons.definition("OSV"), JQUERY, timeout=1.0)
    assert run.job["status"] == "Failure"
    assert run.seconds < 20
    child = int((tmp_path / "child").read_text())
    end = time.monotonic() + 5
    while Path(f"/proc/{child}").exists() and " Z " not in Path(f"/proc/{child}/stat").read_text():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_nobody_there_is_a_sentence(tmp_path: Path) -> None:
    neurons = Neurons(tmp_path)
    run = neurons.run(neurons.definition("OSV"), JQUERY)
    assert run.job["status"] == "Failure"
    assert "The service `neurons`, which runs the jobs, is not there" in run.job["errorMessage"]


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("command", "job"),
    [
        ("/bin/sh", "cortex-job-1"),
        ("../../../../bin/sh", "cortex-job-1"),
        ("analyzers/CodeDefender/codedefender.py", "/tmp"),
        ("analyzers/CodeDefender/codedefender.py", "../elsewhere"),
        ("analyzers/CodeDefender/CodeDefender_OSV.json", "cortex-job-1"),
    ],
)
def test_nothing_else_is_run(command: str, job: str, neurons: Neurons) -> None:
    (neurons.jobs / "cortex-job-1").mkdir()

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        peer.connect(str(neurons.socket))
        peer.sendall(json.dumps({"command": command, "job": str(neurons.jobs / job)}).encode() + b"\n")
        said = peer.makefile().read()
    assert "no command" in said or "no job folder" in said


def test_nonsense_is_not_answered_and_does_no_harm(neurons: Neurons) -> None:

    for nonsense in (b"\n", b"[]\n", b"null\n", b"{\n", b'{"command": 5, "job": {}}\n', b""):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
            peer.connect(str(neurons.socket))
            peer.sendall(nonsense)
            peer.shutdown(socket.SHUT_WR)
            peer.makefile().read()
    neurons.instead("#!/usr/bin/env python3\nraise SystemExit('still there')\n")
    assert neurons.run(neurons.definition("OSV"), JQUERY).job["errorMessage"] == "still there"


def test_the_health_check_sees_whether_it_listens(neurons: Neurons) -> None:
    serve = str(ROOT / "docker" / "neurons" / "serve.py")
    check = [sys.executable, serve, "--health"]
    assert subprocess.run([*check, str(neurons.socket)], check=False).returncode == 0
    assert subprocess.run([*check, "/nowhere"], check=False).returncode == 1
