"""What the README says of commands, settings, targets and files is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from codedefender2th.cli import cli
from codedefender2th.settings import SETTINGS
from demo import story

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / name
    for name in (
        "README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "docker/README.md",
        "tests/README.md",
        "analyzers/CodeDefender/README.md",
        "responders/CodeDefender/README.md",
    )
]
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()


def test_the_help_in_it_is_the_programs() -> None:
    shown = CliRunner().invoke(cli, ["--help"], prog_name="codedefender2th", terminal_width=80)
    [block] = re.findall(r"```console\n\$ codedefender2th --help\n(.*?)```", README, re.S)
    assert block == shown.output


def test_every_setting_is_in_its_table_with_option_and_default() -> None:
    for setting in SETTINGS:
        [row] = [
            line for line in README.splitlines() if f"`{setting.variable}`" in line[:60] and line[0] == "|"
        ]
        assert setting.secret == ("†" in row)
        assert setting.secret or f"`{setting.option}`" in row
        if setting.default and setting.variable not in {"FEEDER_TITLES"}:
            assert setting.default in row


def test_the_scripts_of_the_demonstration_are_those_in_its_picture() -> None:
    for script in (story.SKIMMER, story.LISTED, story.JQUERY, story.CLEAN, story.NEW):
        assert script.removeprefix("https://")[:30] in README


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_and_every_target_exists(page: Path) -> None:
    text = page.read_text()
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (page.parent / target).exists(), target
    for target in re.findall(r"`(?:make |\$ make )([a-z-]+)", text):
        assert re.search(rf"^{target}:", MAKEFILE, re.M), target
    for path in re.findall(r"`((?:feeder|analyzers|responders|tests|docker)/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_table_is_one(page: Path) -> None:
    """A blank line within would show the rest as it is typed."""
    lines = ["", *page.read_text().splitlines(), ""]
    for number, line in enumerate(lines):
        if line.startswith("|") and not lines[number - 1].startswith("|"):
            assert re.fullmatch(r"\|[-:| ]+\|", lines[number + 1]), line
