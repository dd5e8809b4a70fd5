"""The stack of docker-compose.yml as .env.simulate has it, up for the test and down after."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stack.site import Site
from stack.thehive import Trouble

ROOT = Path(__file__).parents[2]
PROJECT = "codedefender2th-test"
PORTS = {"THEHIVE_PORT": "19000", "CORTEX_PORT": "19001", "SIMULATED_SLACK_PORT": "18001"}
UP_SECONDS = 1200


def why_not() -> str | None:
    """Why the stack can not be brought up here; None where it can."""
    if shutil.which("docker") is None:
        return "there is no docker command"
    for command, trouble in (
        (["docker", "info"], "no Docker engine answers"),
        (["docker", "compose", "version"], "docker has no compose plugin"),
    ):
        if subprocess.run(command, capture_output=True, check=False, timeout=60).returncode:
            return trouble
    return None


@contextmanager
def bundled(thehive4: bool) -> Iterator[Site]:
    """The stack, up; without its volumes afterwards."""
    files = ["docker-compose.yml", *(["docker-compose.thehive4.yml"] if thehive4 else [])]
    compose = [
        *("docker", "compose", "--project-name", PROJECT, "--env-file", ".env.simulate"),
        *(part for file in files for part in ("--file", file)),
    ]

    def run(*arguments: str, seconds: float = 300) -> str:
        done = subprocess.run(
            [*compose, *arguments],
            cwd=ROOT,
            env={**os.environ, **PORTS},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            timeout=seconds,
        )
        if done.returncode:
            raise Trouble(f"`docker compose {' '.join(arguments)}` ended with {done.returncode}; see above.")
        return done.stdout

    try:
        run("up", "--build", "--detach", "--wait", "--wait-timeout", str(UP_SECONDS), seconds=2 * UP_SECONDS)
        key = run("exec", "-T", "feeder", "cat", "/secrets/thehive-feeder.key").strip()
        yield Site(
            thehive_url=f"http://127.0.0.1:{PORTS['THEHIVE_PORT']}",
            thehive_key=key,
            slack_url=f"http://127.0.0.1:{PORTS['SIMULATED_SLACK_PORT']}",
            work=lambda: None,
        )
    except BaseException:
        subprocess.run([*compose, "logs", "--tail", "40"], cwd=ROOT, check=False, timeout=60)
        raise
    finally:
        run("down", "--volumes", "--timeout", "20")
