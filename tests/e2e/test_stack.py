"""The stack's own test, on a simulated TheHive and Cortex in place of real ones."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from simulators.cortex.server import Cortex
from simulators.thehive import TheHive

TESTS = Path(__file__).parents[1]
Run = subprocess.CompletedProcess[str]


@pytest.fixture
def cortex() -> Iterator[Cortex]:
    with Cortex() as server:
        yield server
        server.workers.close()


def orgadmin_key(cortex: Cortex) -> str:
    """Set the server up as far as an administrator would; the key of an orgadmin."""

    def ask(path: str, key: str | None, body: Any = None) -> str:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        answer = requests.post(f"{cortex.url}/api/{path}", json=body, headers=headers, timeout=5)
        assert answer.ok, answer.text
        return answer.text

    ask("maintenance/migrate", None)
    admin = {"login": "admin", "name": "admin", "roles": ["superadmin"], "organization": "cortex"}
    ask("user", None, admin)
    cortex.keys["admin-key"] = "admin"
    ask("organization", "admin-key", {"name": "demo", "description": "demo"})
    roles = ["read", "analyze", "orgadmin"]
    ask("user", "admin-key", {"login": "boss", "name": "boss", "roles": roles, "organization": "demo"})
    return ask("user/boss/key/renew", "admin-key")


def run(*arguments: str, **settings: str) -> Run:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path]), **settings}
    return subprocess.run(
        [sys.executable, "-m", "stack", *arguments],
        env=environ,
        cwd=TESTS,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.slow
@pytest.mark.parametrize("version", ["5.7.3", "4.1.24-1"])
def test_the_story_is_told_on_servers_that_run_already(version: str, cortex: Cortex) -> None:
    with TheHive(version) as hive:
        assert_told(hive, cortex)


def assert_told(hive: TheHive, cortex: Cortex) -> None:
    hive.cortex = cortex.workers
    key = orgadmin_key(cortex)
    settings = {
        "STACK_THEHIVE_URL": hive.root,
        "STACK_THEHIVE_KEY": hive.key,
        "STACK_CORTEX_URL": cortex.url,
        "STACK_CORTEX_KEY": key,
    }
    done = run(**settings)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "triage: code-defender:verdict=malicious, severity 4" in done.stdout
    assert "case #1" in done.stdout
    assert not cortex.enabled
    assert key not in done.stdout + done.stderr


def test_what_is_enabled_already_is_left_alone(hive5: TheHive, cortex: Cortex) -> None:
    key = orgadmin_key(cortex)
    requests.post(
        f"{cortex.url}/api/organization/analyzer/CodeDefender_OSV_1_0",
        json={"name": "CodeDefender_OSV_1_0", "configuration": {}},
        headers={"Authorization": f"Bearer {key}"},
        timeout=5,
    )
    done = run(
        STACK_THEHIVE_URL=hive5.root,
        STACK_THEHIVE_KEY=hive5.key,
        STACK_CORTEX_URL=cortex.url,
        STACK_CORTEX_KEY=key,
    )
    assert done.returncode == 1
    assert "CodeDefender_OSV_1_0 is enabled in Cortex already" in done.stderr
    assert len(cortex.enabled) == 1


def test_without_docker_it_says_why_it_skips(tmp_path: Path) -> None:
    done = run(PATH=str(tmp_path))
    assert done.returncode == 0
    assert done.stdout.startswith("Skipped: there is no docker command.")
    assert "STACK_CORTEX_URL" in done.stdout
