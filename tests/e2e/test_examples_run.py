"""The examples run as they stand."""

import configparser
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from codedefender2th.settings import SETTINGS
from simulators.known_flaws import JQUERY_OSV
from simulators.osv import OSV

EXAMPLES = Path(__file__).parents[2] / "examples"
JQUERY = "https://code.jquery.com/jquery-3.4.1.min.js"


def run(name: str, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments],
        input=given,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(EXAMPLES.parent / "feeder")},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_a_message_becomes_an_alert() -> None:
    sample = EXAMPLES.parent / "tests" / "data" / "messages" / "001-seed-sample.json"
    done = run("message_to_alert.py", given=sample.read_text())
    assert json.loads(done.stdout)["type"] == "code-defender"
    assert "no incident" in run("message_to_alert.py", given='{"ts": "1.0", "text": "hello"}').stderr


def test_the_package_of_a_script_is_named() -> None:
    out = run("which_package.py", JQUERY, "https://shop.example/app.js").stdout
    assert "pkg:npm/jquery@3.4.1  (proven)" in out
    assert "names no known package" in out


def test_an_analyzer_runs_without_cortex() -> None:
    with OSV() as osv:
        osv.records = list(JQUERY_OSV)
        done = run("look_up.py", "CodeDefender_OSV", JQUERY, json.dumps({"api_url": osv.url}))
        assert done.stdout.startswith("suspicious: OSV knows 1 vulnerability")
        refused = run("look_up.py", "CodeDefender_OSV", "no url", json.dumps({"api_url": osv.url}))
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1


def test_the_service_sets_what_the_program_knows() -> None:
    unit = configparser.RawConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # names as they are
    text = (EXAMPLES / "systemd" / "codedefender2th.service").read_text()
    unit.read_string(text)
    assert unit["Service"]["ExecStart"].endswith("codedefender2th run")
    known = {setting.variable for setting in SETTINGS}
    given = set(re.findall(r"^Environment=([A-Z_]+)=", text, re.M))
    assert {name.removesuffix("_FILE") for name in given} <= known
    assert {s.variable for s in SETTINGS if s.required} <= {name.removesuffix("_FILE") for name in given}
