"""What the search for secrets finds: the whole, halves, encoded forms, and command lines."""

import base64
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from canary import Lookout, traces

KEY = "xoxb-12/34+canary~aB9"


@pytest.mark.parametrize(
    "form",
    [
        KEY,
        KEY[: len(KEY) // 2],
        KEY[len(KEY) // 2 :],
        quote(KEY, safe=""),
        KEY.encode().hex(),
        base64.b64encode(KEY.encode()).decode(),
        base64.b64encode(f"user:{KEY}".encode()).decode(),
        base64.b64encode(f"a user:{KEY}:more".encode()).decode(),
    ],
)
def test_a_secret_is_found_in_every_form(form: str) -> None:
    assert traces([KEY, "another-key-0000"], f"before{form}after") == [KEY]


def test_nothing_is_found_where_nothing_is() -> None:
    assert not traces([KEY], "xoxb- canary 12/34 and an aB9", "")


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="this system shows no processes in /proc")
def test_a_secret_on_a_descendants_command_line_is_seen() -> None:
    lookout = Lookout([KEY])
    lookout.look()
    assert not lookout.found
    code = "print(flush=True); input()"
    child = subprocess.Popen(
        [sys.executable, "-c", code, KEY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    child.stdout.readline()
    lookout.look()
    child.communicate("\n")
    assert lookout.found == {KEY}
