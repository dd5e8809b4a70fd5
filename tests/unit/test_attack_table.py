"""The table of attacks in tests/README.md names tests that exist."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
ROWS = re.search(r"## Attacks\n(.*?)\n## ", (TESTS / "README.md").read_text(), re.DOTALL)


def test_each_line_of_the_attack_table_is_a_test() -> None:
    assert ROWS
    lines = [line for line in ROWS[1].splitlines() if line.startswith("| ") and "::" in line]
    assert len(lines) >= 10
    assert len(lines) == sum(line.startswith("| ") for line in ROWS[1].splitlines()) - 1
    for line in lines:
        for file, name in re.findall(r"`(\S+)::(\w+)`", line):
            assert f"\ndef {name}(" in (TESTS / file).read_text(), f"{file}::{name}"
