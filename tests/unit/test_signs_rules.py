"""Every rule shows its sign, and leaves its benign twin alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from content.signs import read
from content.signs.risks import RISKS
from content.signs.rules import RULES

DATA = Path(__file__).parents[1] / "data" / "signs"
MATCHES, TWIN = "// shows it\n", "// does not\n"


def seen(script: str) -> set[str]:
    return {sign.rule.id for sign in read(script, 60).signs}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_tells_its_example_from_the_benign_twin(rule):
    example, twin = (DATA / f"{rule.id}.js").read_text().split(TWIN)
    assert rule.id in seen(example.replace(MATCHES, ""))
    assert rule.id not in seen(twin)


def test_every_rule_has_a_file_and_every_file_a_rule():
    assert {path.stem for path in DATA.glob("*.js")} == {rule.id for rule in RULES}


def test_every_rule_says_what_it_means():
    assert len({rule.id for rule in RULES}) == len({rule.meaning for rule in RULES}) == len(RULES)


def test_risks_are_made_of_rules_that_there_are():
    known = {rule.id for rule in RULES}
    assert not {name for risk in RISKS for need in risk.needs for name in need} - known


def test_no_rule_repeats_without_bound():
    """An unbounded repetition that is followed by something makes a search quadratic."""
    for rule in RULES:
        for pattern in rule.patterns:
            plain = pattern.replace(r"\+", "").replace(r"\*", "").replace("[^;]", "")
            assert "+" not in plain.replace("/+=", "").replace("\\/+", ""), pattern
            assert "*" not in plain.replace("|*", ""), pattern
