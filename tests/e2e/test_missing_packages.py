"""A Python without the packages that the neurons need, or with other versions: one sentence, no traceback."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRIAGE = ROOT / "responders" / "CodeDefender" / "triage.py"
ANALYZER = ROOT / "analyzers" / "CodeDefender" / "codedefender.py"


def run(command: Path, job: Path, packages: Path) -> str:
    """What Cortex shows of a job: the answer's sentence, or all that was printed."""
    for part in ("input", "output"):
        (job / part).mkdir(parents=True)
    kind = "thehive:alert" if command is TRIAGE else "url"
    data = {"_id": "~1"} if command is TRIAGE else "https://cdn.example/x.js"
    config = {"service": "snyk", "key": "k", "org_id": "11111111-2222-4333-8444-555555555555"}
    (job / "input" / "input.json").write_text(json.dumps({"dataType": kind, "data": data, "config": config}))
    done = subprocess.run(
        [sys.executable, str(command), str(job)],
        env={"PYTHONPATH": str(packages)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    answer = job / "output" / "output.json"
    said = json.loads(answer.read_text())["errorMessage"] if answer.exists() else done.stdout + done.stderr
    assert len(said.strip().splitlines()) == 1
    return str(said)


def without(folder: Path, package: str) -> Path:
    """A path on which the package can't be found, whatever else is installed."""
    folder.mkdir()
    (folder / f"{package}.py").write_text(
        f"raise ModuleNotFoundError(\"No module named '{package}'\", name='{package}')\n"
    )
    return folder


@pytest.mark.parametrize("package", ["cortexutils", "thehive4py", "requests"])
def test_the_responder_says_which_package_is_missing(package: str, tmp_path: Path) -> None:
    said = run(TRIAGE, tmp_path / "job", without(tmp_path / "packages", package))
    assert f"The Python package {package} is missing: pip install -r requirements.txt." in said


@pytest.mark.parametrize("package", ["cortexutils", "requests"])
def test_the_analyzer_says_which_package_is_missing(package: str, tmp_path: Path) -> None:
    said = run(ANALYZER, tmp_path / "job", without(tmp_path / "packages", package))
    assert f"The Python package {package} is missing: pip install -r requirements.txt." in said


def test_an_old_thehive4py_is_told_as_that(tmp_path: Path) -> None:
    """Version 1.8, which four official responders pin, has `api` and no `client`."""
    old = tmp_path / "packages" / "thehive4py"
    old.mkdir(parents=True)
    (old / "__init__.py").touch()
    (old / "api.py").touch()
    said = run(TRIAGE, tmp_path / "job", old.parent)
    assert "thehive4py" in said
    assert "is another version than requirements.txt pins" in said
    assert "a Python of their own" in said
