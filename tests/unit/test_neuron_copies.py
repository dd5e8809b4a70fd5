"""What analyzers and responder share is the same in both: Cortex loads each folder alone."""

from filecmp import dircmp
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_both_folders_have_the_same_neuron() -> None:
    compared = dircmp(
        ROOT / "analyzers/CodeDefender/neuron",
        ROOT / "responders/CodeDefender/neuron",
        ignore=["__pycache__", ".mypy_cache", ".ruff_cache"],
    )
    assert not (compared.left_only or compared.right_only or compared.diff_files), "run `make neuron`"
    assert "job.py" in compared.same_files


@pytest.mark.parametrize("name", ["shared_hosts.py", "shared-hosts.tsv", "suffixes.py"])
def test_the_feeder_has_the_same_knowledge_of_hosts(name: str) -> None:
    original = ROOT / "analyzers/CodeDefender/neuron" / name
    copy = ROOT / "feeder/codedefender2th/playbook" / name
    assert copy.read_bytes() == original.read_bytes(), "run `make neuron`"
