"""What a confined process can no longer do, asked of the real one."""

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest

BEHAVIOUR = Path(__file__).parents[2] / "analyzers/CodeDefender/content/behaviour"

ESCAPE = """
import json, os, socket, sys
sys.path.insert(0, sys.argv[1])
from cell.confinement import confine, leave_network
held = leave_network()
import ctypes
confine(1.0)
def refused(run):
    try:
        run()
    except OSError:
        return True
    return False
answer = {
    "held": held,
    "open": refused(lambda: open("/etc/hostname")),
    "write": refused(lambda: open("/tmp/x", "w")),
    "socket": refused(lambda: socket.socket()),
    "fork": refused(lambda: os.fork() or os._exit(0)),
    "exec": refused(lambda: os.execv("/bin/true", ["true"])),
    "kill": refused(lambda: os.kill(os.getppid(), 0)),
}
os.write(1, json.dumps(answer).encode())
os._exit(0)
"""


@pytest.mark.skipif(
    platform.system() != "Linux" or platform.machine() not in {"x86_64", "aarch64"}, reason="Linux only"
)
def test_it_cannot_open_connect_or_start_anything() -> None:
    told = subprocess.run(
        [sys.executable, "-I", "-c", ESCAPE, str(BEHAVIOUR)], capture_output=True, timeout=30, check=True
    )
    answer = json.loads(told.stdout)
    assert "no system calls" in answer.pop("held")
    assert all(answer.values()), answer
