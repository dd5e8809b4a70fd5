"""The bundled stack's files: pinned, bounded, no secret, nothing open to the network, and wired together."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from codedefender2th.settings import SETTINGS
from simulators.outside import CHANNEL_NAME, Outside

ROOT = Path(__file__).parents[2]
DOCKERFILES = sorted([*ROOT.glob("docker/*/Dockerfile"), *ROOT.glob("*/CodeDefender/Dockerfile")])
ONE_SHOTS = {"bootstrap", "bootstrap-cortex"}


class Loader(yaml.SafeLoader):
    """YAML with Compose's tags, which change how files are merged."""


for tag in ("!reset", "!override"):
    Loader.add_constructor(
        tag,
        lambda loader, node: (
            loader.construct_mapping(node, deep=True) if isinstance(node, yaml.MappingNode) else None
        ),
    )


def stack(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load((ROOT / name).read_text(), Loader=Loader)
    return found


FIVE = stack("docker-compose.yml")
FOUR = stack("docker-compose.thehive4.yml")
SERVICES: dict[str, dict[str, Any]] = {**FIVE["services"], "thehive 4.1": FOUR["services"]["thehive"]}


def variables(text: str) -> Iterator[str]:
    yield from re.findall(r"\$\{([A-Z0-9_]+)", text)


def settings_of(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_has_its_version(name: str) -> None:
    assert re.search(r":\d+\.\d+\.\d+", SERVICES[name]["image"])


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_image_is_built_on_a_version_and_runs_as_nobody_special(file: Path) -> None:
    text = file.read_text()
    assert re.findall(r"^FROM (\S+)", text, re.M) in (["python:3.13.9-slim"], ["thehiveproject/cortex:4.1.0"])
    if file.is_relative_to(ROOT / "docker"):
        user = re.findall(r"^USER (\S+)", text, re.M)[-1]
        assert user not in {"root", "0"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_port_is_on_the_loopback_interface(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_limits_and_can_gain_no_privilege(name: str) -> None:
    service = SERVICES[name]
    assert service["mem_limit"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"]["options"]["max-size"]
    assert "privileged" not in service
    assert "docker.sock" not in json.dumps(service)


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONE_SHOTS))
def test_every_service_that_stays_has_a_health_check_with_time_to_start(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"]
    assert re.fullmatch(r"\d+(s|m)", check["start_period"])
    seconds = {unit: int(check[unit].rstrip("s")) for unit in ("interval", "timeout")}
    assert seconds["timeout"] >= 5
    assert check["retries"] * seconds["interval"] >= 15


@pytest.mark.parametrize("name", ["bootstrap", "feeder", "simulators"])
def test_our_own_programs_write_nothing_but_their_volumes(name: str) -> None:
    assert SERVICES[name]["read_only"] is True
    assert SERVICES[name]["cap_drop"] == ["ALL"]


def test_the_data_stores_are_reached_from_a_network_without_a_way_out() -> None:
    assert FIVE["networks"]["storage"] == {"internal": True}
    for name in ("cassandra", "elasticsearch"):
        assert SERVICES[name]["networks"] == ["storage"]
        assert "ports" not in SERVICES[name]


def test_every_volume_is_a_named_one() -> None:
    for service in FIVE["services"].values():
        for volume in service.get("volumes", []):
            assert volume.partition(":")[0] in FIVE["volumes"]


def test_what_is_up_waits_for_what_it_needs() -> None:
    """A one-shot that nothing depends on would make `up --wait` fail."""
    needs = {name: set(service.get("depends_on", {})) for name, service in FIVE["services"].items()}
    assert needs["bootstrap"] == {"cortex", "thehive"}
    assert FIVE["services"]["feeder"]["depends_on"] == {
        "bootstrap": {"condition": "service_completed_successfully"}
    }
    assert FOUR["services"]["thehive"]["depends_on"] == {
        "bootstrap-cortex": {"condition": "service_completed_successfully"}
    }


def test_no_secret_is_in_the_files() -> None:
    for name in ("docker-compose.yml", "docker-compose.thehive4.yml"):
        for line in (ROOT / name).read_text().splitlines():
            if re.search(r"^\s+\w*(TOKEN|PASSWORD|_KEY):", line):
                assert re.search(r': "?\$\{[A-Z_0-9]+:[-?]', line), line
    for variable in ("SLACK_BOT_TOKEN", "VIRUSTOTAL_KEY", "HYBRIDANALYSIS_KEY", "SNYK_TOKEN"):
        assert settings_of(".env.example")[variable] == ""


def test_what_must_be_set_is_asked_for_in_words() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    asked = re.findall(r"\$\{([A-Z_]+):\?([^}]+)\}", text)
    assert [name for name, _ in asked] == ["SLACK_BOT_TOKEN", "SLACK_CHANNEL"]
    assert all(".env.example" in words for _, words in asked)


def test_the_example_says_each_setting() -> None:
    text = (ROOT / "docker-compose.yml").read_text() + (ROOT / "docker-compose.thehive4.yml").read_text()
    # Roots of services that only the simulation moves.
    moved = {name for name in settings_of(".env.simulate") if name.endswith("_API_URL")} - {"SNYK_API_URL"}
    ours = {"SIMULATED_SLACK_PORT"}
    assert set(settings_of(".env.example")) == set(variables(text)) - moved - ours


def test_the_feeder_gets_settings_that_it_knows() -> None:
    known = {setting.variable for setting in SETTINGS}
    given = {name.removesuffix("_FILE") for name in FIVE["services"]["feeder"]["environment"]}
    assert given <= known


def test_the_simulation_is_reached_with_the_keys_that_it_takes() -> None:
    outside = Outside()
    given = settings_of(".env.simulate")
    assert given["SLACK_BOT_TOKEN"] == outside.slack.token
    assert given["SLACK_CHANNEL"] == CHANNEL_NAME
    assert given["VIRUSTOTAL_KEY"] == outside.virustotal.key
    assert (given["SNYK_TOKEN"], given["SNYK_ORG_ID"]) == (outside.snyk.token, outside.snyk.organisation)
    assert given["HYBRIDANALYSIS_KEY"] == outside.hybrid.key
    ports = [given[f"{name}_API_URL"] for name in ("SLACK", "VIRUSTOTAL", "SNYK", "OSV", "HYBRIDANALYSIS")]
    assert [re.findall(r"http://simulators:(\d+)", port) for port in ports] == [
        [str(number)] for number in range(8001, 8006)
    ]


def test_the_slack_app_asks_for_reading_and_nothing_else() -> None:
    manifest = yaml.safe_load((ROOT / "slack-app-manifest.yml").read_text())
    assert manifest["oauth_config"]["scopes"] == {
        "bot": ["channels:read", "channels:history", "groups:read", "groups:history"]
    }


def test_the_catalogs_name_every_image_and_no_command(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(ROOT / "docker" / "catalog.py"), str(tmp_path)], check=True)
    for kind, count in (("analyzers", 6), ("responders", 1)):
        entries = json.loads((tmp_path / f"{kind}.json").read_text())
        assert len(entries) == count
        assert all(entry["dockerImage"].startswith("localhost/") for entry in entries)
        assert not any("command" in entry for entry in entries)
