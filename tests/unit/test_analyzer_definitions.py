"""The analyzers' definitions: what Cortex needs, what the contract names, and what the image is made of."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from simulators.jobs import load

FOLDER = Path(__file__).parents[2] / "analyzers" / "CodeDefender"
WAIT = ("wait_seconds", 120)
VIRUSTOTAL = [
    ("key", None),
    ("api_url", "https://www.virustotal.com/api/v3"),
    ("malicious_threshold", 2),
    ("max_age_days", 30),
    ("known_days", 30),
    WAIT,
]
LEAST = ("min_severity", "medium")
SNYK = [("key", None), ("org_id", None), ("api_url", "https://api.snyk.io"), LEAST]
OSV = [("api_url", "https://api.osv.dev"), LEAST]
MALTRAIL = "https://raw.githubusercontent.com/stamparm/maltrail/master/trails/static/malicious/"
HOST = [
    ("young_days", 30),
    ("rdap_bootstrap_url", "https://data.iana.org/rdap/dns.json"),
    ("lists", []),
    ("refresh_url", f"{MALTRAIL}magentocore.txt"),
    ("wait_seconds", 60),
]
HYBRID = [("key", None), ("api_url", "https://www.hybrid-analysis.com/api/v2"), ("max_age_days", 30), WAIT]
CONTENT = [
    ("urlscan_key", None),
    ("urlscan_url", "https://urlscan.io"),
    ("virustotal_key", None),
    ("virustotal_url", "https://www.virustotal.com/api/v3"),
    ("jsdelivr_url", "https://data.jsdelivr.com"),
    ("npm_url", "https://registry.npmjs.org"),
    ("osv_url", "https://api.osv.dev"),
    ("wayback_url", "https://web.archive.org"),
    WAIT,
]
LISTS_WITHOUT_DEFAULT = {"app_ids", "tlds"}
KEYS_AT_WILL = {"urlscan_key", "virustotal_key"}
HUMAN = [
    ("token", None),
    ("app_ids", None),
    ("tlds", None),
    ("api_url", "https://api.humansecurity.com/v1"),
    ("days", 30),
    ("wait_seconds", 60),
]
CONTRACT: dict[str, tuple[list[str], str, list[tuple[str, Any]], int]] = {
    "CodeDefender_VirusTotal": (["url", "domain"], "VirusTotal", VIRUSTOTAL, 2),
    "CodeDefender_VirusTotal_Scan": (["url"], "VirusTotal", VIRUSTOTAL, 1),
    "CodeDefender_Snyk": (["url"], "Snyk", SNYK, 2),
    "CodeDefender_OSV": (["url"], "OSV", OSV, 2),
    "CodeDefender_Host": (["url", "domain", "fqdn"], "CodeDefender", HOST, 2),
    "CodeDefender_Content": (["url", "file", "hash"], "CodeDefender", CONTENT, 2),
    "CodeDefender_HUMAN": (["url", "domain"], "HUMAN", HUMAN, 2),
    "CodeDefender_HybridAnalysis": (["url", "domain"], "HybridAnalysis", HYBRID, 2),
    "CodeDefender_HybridAnalysis_Scan": (["url"], "HybridAnalysis", HYBRID, 1),
}


def spec(name: str) -> dict[str, Any]:
    return load(FOLDER / f"{name}.json").spec


def test_every_json_file_in_the_folder_is_a_definition_of_the_contract() -> None:
    assert {file.stem for file in FOLDER.glob("*.json")} == set(CONTRACT)


@pytest.mark.parametrize("name", CONTRACT)
def test_a_definition_is_as_the_contract_names_it(name: str) -> None:
    types, base, items, most = CONTRACT[name]
    found = spec(name)
    assert (found["name"], found["version"]) == (name, "1.0")
    assert (found["dataTypeList"], found["baseConfig"]) == (types, base)
    assert [(i["name"], i.get("defaultValue")) for i in found["configurationItems"]] == items
    assert {k: found["config"][k] for k in ("check_tlp", "max_tlp", "check_pap", "max_pap")} == {
        "check_tlp": True, "max_tlp": most, "check_pap": True, "max_pap": most,
    }  # fmt: skip


@pytest.mark.parametrize("name", CONTRACT)
def test_an_item_is_required_exactly_where_it_has_no_default(name: str) -> None:
    for item in spec(name)["configurationItems"]:
        at_will = item["name"] in KEYS_AT_WILL
        assert item["required"] == ("defaultValue" not in item and not at_will)
        listed = isinstance(item.get("defaultValue"), list) or item["name"] in LISTS_WITHOUT_DEFAULT
        assert item["multi"] == listed
        assert item["description"]
        assert item["type"] == ("number" if isinstance(item.get("defaultValue"), int) else "string")


@pytest.mark.parametrize("name", CONTRACT)
def test_a_definition_holds_what_the_official_repository_asks_for(name: str) -> None:
    found = spec(name)
    assert not re.search(r"[\s/\\.]", name)
    assert found["license"] == "AGPL-V3"
    for flag in ("registration_required", "subscription_required", "free_subscription"):
        assert isinstance(found[flag], bool)
    assert found["service_homepage"].startswith("https://")
    assert (FOLDER / found["service_logo"]["path"]).is_file()
    assert found["service_logo"]["caption"]


@pytest.mark.parametrize("name", CONTRACT)
def test_its_command_can_be_executed_in_the_folder(name: str) -> None:
    command = FOLDER.parent / spec(name)["command"]
    assert os.access(command, os.X_OK)
    assert command.read_text().startswith("#!/usr/bin/env python3\n")


@pytest.mark.parametrize("name", CONTRACT)
def test_its_image_comes_from_no_registry_that_another_could_own(name: str) -> None:
    image = spec(name)["dockerImage"]
    assert image.startswith("localhost/")
    assert f"docker build -t {image} " in (FOLDER / "Dockerfile").read_text()


def test_what_is_installed_is_pinned() -> None:
    lines = (FOLDER / "requirements.txt").read_text().split()
    assert {line.partition("==")[0] for line in lines} == {
        "cortexutils",
        "cvss",
        "google-re2",
        "idna",
        "packageurl-python",
        "publicsuffixlist",
        "quickjs-ng",
        "requests",
        "tree-sitter",
        "tree-sitter-javascript",
    }
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9.]+", line) for line in lines)


def test_the_engine_for_hostile_scripts_is_pinned_with_hashes_to_the_same_version() -> None:
    text = (FOLDER / "requirements-engine.txt").read_text()
    [pin] = re.findall(r"^quickjs-ng==[0-9.]+", text, re.MULTILINE)
    assert pin in (FOLDER / "requirements.txt").read_text().split()
    assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", text)) >= 4


def test_the_folder_stands_alone_and_hides_no_standard_module() -> None:
    tops = {path.stem for path in FOLDER.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert not tops & set(sys.stdlib_module_names)
    modules = {file: file.read_text() for file in FOLDER.rglob("*.py")}
    assert not [name for name, code in modules.items() if re.search(r"(import|from) codedefender2th", code)]
