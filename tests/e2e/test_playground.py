"""`demo --serve`: the simulated services stay up, and the printed lines work as they stand."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_is_printed_works_as_it_stands(tmp_path: Path) -> None:
    out = tmp_path / "out.txt"
    with out.open("w") as file:
        process = subprocess.Popen([sys.executable, "-m", "codedefender2th", "demo", "--serve"], stdout=file)
    try:
        end = time.monotonic() + 500
        while "incident by hand" not in out.read_text() and time.monotonic() < end:
            assert process.poll() is None
            time.sleep(1)
        told = out.read_text().partition("stay up until")[2]
        exports = dict(re.findall(r"^export (\w+)=(.*)$", told, re.M))
        environ = {**os.environ, **{name: shlex.split(value)[0] for name, value in exports.items()}}
        command = [sys.executable, "-m", "codedefender2th"]
        assert subprocess.run([*command, "check"], env=environ, check=False).returncode == 0
        first = subprocess.run([*command, "feed"], env=environ, capture_output=True, text=True, check=True)
        assert "existing=" in first.stdout
        [post] = re.findall(r"^curl .*$", told, re.M)
        posted = subprocess.run(post, shell=True, capture_output=True, text=True, check=True)
        assert posted.stdout.strip() == "ok"
        second = subprocess.run([*command, "feed"], env=environ, capture_output=True, text=True, check=True)
        assert "created=1" in second.stdout
        # By whom the others were posted, so that nothing is asked about that.
        assert "further bot" not in second.stderr
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(20) in {0, 1}
