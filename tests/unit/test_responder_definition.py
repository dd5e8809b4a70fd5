"""The responder's definition: what Cortex needs, what the contract names, and what the image is made of."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

from simulators.jobs import load

FOLDER = Path(__file__).parents[2] / "responders" / "CodeDefender"
ITEMS: dict[str, Any] = {
    "thehive_url": None,
    "thehive_key": None,
    "thehive_organisation": None,
    "analyzers": ["CodeDefender_*"],
    "malicious_severity": 4,
    "suspicious_severity": 3,
    "create_case": True,
    "join_case": True,
    "case_template": None,
    "job_minutes": 30,
    "when_clean": "follow-up",
}
SPEC = load(FOLDER / "CodeDefender_Triage.json").spec


def test_it_is_as_the_contract_names_it() -> None:
    assert (SPEC["name"], SPEC["version"], SPEC["baseConfig"]) == (
        "CodeDefender_Triage",
        "1.0",
        "CodeDefender",
    )
    assert SPEC["dataTypeList"] == ["thehive:alert", "thehive:case", "thehive:case_artifact"]
    assert {item["name"]: item.get("defaultValue") for item in SPEC["configurationItems"]} == ITEMS
    required = {item["name"] for item in SPEC["configurationItems"] if item["required"]}
    assert required == {"thehive_url", "thehive_key"}


def test_it_holds_what_the_official_repository_asks_for() -> None:
    assert SPEC["license"] == "AGPL-V3"
    for flag in ("registration_required", "subscription_required", "free_subscription"):
        assert isinstance(SPEC[flag], bool)
    assert SPEC["service_homepage"].startswith("https://")
    assert (FOLDER / SPEC["service_logo"]["path"]).is_file()
    assert SPEC["service_logo"]["caption"]
    for item in SPEC["configurationItems"]:
        assert {"name", "description", "type", "multi", "required"} <= set(item)


def test_its_command_and_its_image_are_those_of_the_folder() -> None:
    command = FOLDER.parent / SPEC["command"]
    assert os.access(command, os.X_OK)
    assert command.read_text().startswith("#!/usr/bin/env python3\n")
    assert SPEC["dockerImage"].startswith("localhost/")
    assert f"docker build -t {SPEC['dockerImage']} " in (FOLDER / "Dockerfile").read_text()


def test_every_item_is_in_the_readme() -> None:
    readme = (FOLDER / "README.md").read_text()
    assert not [name for name in ITEMS if f"`{name}`" not in readme]


def test_what_is_installed_is_pinned() -> None:
    lines = (FOLDER / "requirements.txt").read_text().split()
    assert {line.partition("==")[0] for line in lines} == {
        "cortexutils",
        "publicsuffixlist",
        "requests",
        "thehive4py",
    }
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9.]+", line) for line in lines)


def test_the_folder_stands_alone_and_hides_no_standard_module() -> None:
    tops = {path.stem for path in FOLDER.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert not tops & set(sys.stdlib_module_names)
    modules = {file: file.read_text() for file in FOLDER.rglob("*.py")}
    assert not [name for name, code in modules.items() if re.search(r"(import|from) codedefender2th", code)]
