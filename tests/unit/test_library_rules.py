"""The data that is shipped is what its source makes, and its licence lies beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import re2

from content.identity import tables

SOURCES = Path(__file__).parents[1] / "data" / "libraries"


def test_the_shipped_table_is_what_its_source_makes() -> None:
    assert tables.TABLE.read_text(encoding="utf-8") == tables.table(SOURCES)


def test_the_rules_are_made_as_the_builder_makes_them() -> None:
    repository = {
        "jquery": {"npmname": "jquery", "extractors": {"filecontent": ["/\\*!? jQuery v(§§version§§)"]}},
        "dont check": {"extractors": {"filecontent": ["x"]}},
        "threejs": {
            "npmname": "three",
            "extractors": {"filecontentreplace": ["/REVISION=.([0-9]+)/0.$1.0/"], "func": ["THREE.REVISION"]},
        },
    }
    assert tables.rules(repository) == [
        {"package": "jquery", "pattern": "/\\*!? jQuery v([0-9][0-9.a-z_\\-]+)"},
        {"package": "three", "pattern": "REVISION=.([0-9]+)", "version": "0.$1.0"},
    ]


@pytest.mark.parametrize(
    ("pattern", "wider"),
    [
        ("a{1,200}", "a{1,200}"),
        ("a[\\s\\S]{0,1800}?b", "a[\\s\\S]{0,1000}?b"),
        ('="(1)(?<=[0-9]{1,2}\\.)"x', '="(1)"x'),
        ("(.)x=(\\2)\\.y", "(.)x=(.)\\.y"),
    ],
)
def test_what_re2_does_not_know_is_made_wider(pattern: str, wider: str) -> None:
    assert tables.widened(pattern) == wider


def test_every_shipped_rule_is_one_that_re2_takes() -> None:
    shipped = json.loads((tables.TABLE).read_text(encoding="utf-8"))
    assert len(shipped["rules"]) > 150
    assert (shipped["commit"], shipped["as_of"]) == (tables.COMMIT, tables.DATE)
    for rule in shipped["rules"]:
        assert re2.compile(rule["pattern"].encode("latin-1")).groups >= 1
        assert set(rule) <= {"package", "pattern", "version"}


def test_licence_and_notice_lie_beside_the_rules() -> None:
    for name, words in (("LICENSE", "Apache License"), ("NOTICE", "Erlend Oftedal")):
        text = (tables.TABLE.parent / f"library-rules.{name}.md").read_text(encoding="utf-8")
        assert words in text
