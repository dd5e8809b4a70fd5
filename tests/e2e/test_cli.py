"""The command line: exit codes, one line for a mistake, help that a person can work from."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from canary import traces
from codedefender2th.cli import main
from codedefender2th.settings import SETTINGS
from program import COMMAND, Program
from simulators.messages import incident, ts_at
from simulators.slack import Channel, Slack
from simulators.thehive import TheHive

COMMANDS = ["check", "feed", "investigate", "run", "health", "try", "demo"]


@pytest.fixture
def program(slack: Slack, hive5: TheHive, tmp_path: Path) -> Program:
    return Program.between(slack, hive5, tmp_path)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, program: Program) -> None:
    result = program.run(command, "--help")
    assert result.code == 0
    assert "Usage:" in result.out


def test_help_names_every_setting_with_its_variable(program: Program) -> None:
    text = " ".join(program.run("run", "--help").out.split())
    for setting in SETTINGS:
        assert setting.variable in text
        assert (setting.option in text) is not setting.secret


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("arguments", "settings", "words"),
    [
        (["feed", "--bogus"], {}, "--bogus"),
        (["bogus"], {}, "bogus"),
        (["feed", "xoxb-simulated-token"], {}, "Arguments are not taken"),
        (["feed", "--tlp", "9"], {}, "FEEDER_TLP"),
        (["feed"], {"FEEDER_SINCE": "tomorrow"}, "FEEDER_SINCE"),
        (["feed"], {"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN"),
        (["feed"], {"LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
        (["run"], {"THEHIVE_URL": ""}, "THEHIVE_URL"),
        (["health"], {"FEEDER_INTERVAL": "soon"}, "FEEDER_INTERVAL"),
        (["check"], {"THEHIVE_API_KEY_FILE": "/nowhere"}, "THEHIVE_API_KEY"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(
    arguments: list[str], settings: dict[str, str], words: str, program: Program
) -> None:
    result = program.run(*arguments, **settings)
    assert result.code == 2
    assert words in result.err
    assert len(result.err.splitlines()) == 1


def test_without_a_command_help_is_shown(program: Program) -> None:
    result = program.run()
    assert result.code == 2
    assert "Commands:" in result.err


def test_options_stand_for_variables(program: Program) -> None:
    result = program.run("check", "--tlp", "3", "--slack-channel", "nowhere")
    assert "TLP 3" in result.out
    assert "nowhere" in result.out


def test_the_version_is_told(program: Program) -> None:
    assert re.fullmatch(r"codedefender2th, version \d+\.\d+\.\d+\n", program.run("--version").out)


def test_no_secret_appears_at_the_most_talkative_level(program: Program, slack: Slack) -> None:
    slack.fail("status", path="/api/conversations.history")
    result = program.run("feed", LOG_LEVEL="DEBUG")
    assert result.code == 0


def test_an_error_of_its_own_is_one_line_without_what_it_holds(
    program: Program, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its text and its traceback may hold anything, a key too."""

    def crash(settings: object, stop: object) -> None:
        raise RuntimeError(f"sent {program.settings['THEHIVE_API_KEY']} to nowhere: {settings!r}")

    for name, value in program.settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("codedefender2th.cli.open_workplace", crash)
    monkeypatch.setattr("sys.argv", ["codedefender2th", "feed"])
    with pytest.raises(SystemExit) as end:
        main()
    out, err = capsys.readouterr()
    assert end.value.code == 1
    assert "Internal error, please report it: RuntimeError at test_cli.py" in err
    assert len(err.splitlines()) == 1
    assert not traces(program.secrets, out, err)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("command", [["check"], ["feed"], ["feed", "--dry-run"], ["health"]])
@pytest.mark.parametrize("where", ["full", "closed"])
def test_an_output_that_cannot_be_written_is_said_as_that(
    where: str, command: list[str], program: Program, channel: Channel
) -> None:
    channel.post(incident(ts_at(1)))
    target = "/dev/full" if where == "full" else "&-"
    ended = subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" >{target}', "sh", *COMMAND, *command],
        env=program.environ,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    last = ended.stderr.strip().splitlines()[-1]
    assert last.startswith("codedefender2th: Standard output")
    assert ("No space left" in last) is (where == "full")
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr


def test_what_is_printed_holds_nothing_that_a_terminal_obeys(program: Program, channel: Channel) -> None:
    evil = "\x1b]0;owned\x07\x9b31m\u202etext"
    channel.post(incident(ts_at(1), category=evil, username=evil))
    unlike = incident(ts_at(2), category=evil)
    unlike["attachments"][0]["title"] = evil
    channel.post(unlike)
    preview = program.run("feed", "--dry-run")
    fed = program.run("feed")
    for text in (preview.out, preview.err, fed.out, fed.err):
        assert text.replace("\n", "").isprintable()
    assert "owned" in json.loads(preview.out)["description"]
