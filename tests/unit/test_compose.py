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

from bootstrap import neurons
from codedefender2th.settings import SETTINGS
from simulators.outside import CHANNEL_NAME, Outside

ROOT = Path(__file__).parents[2]
DOCKERFILES = sorted([*ROOT.glob("docker/*/Dockerfile"), *ROOT.glob("*/CodeDefender/Dockerfile")])
ONE_SHOTS = {"bootstrap", "bootstrap-cortex"}
# What Compose itself reads.
COMPOSES = {"COMPOSE_PROJECT_NAME", "COMPOSE_PROFILES", "COMPOSE_FILE"}
# The feeder's settings that the stack makes, or that make no sense in it.
STACKS = {"SLACK_BOT_TOKEN", "THEHIVE_URL", "THEHIVE_API_KEY", "THEHIVE_ORGANISATION", "THEHIVE_CA_BUNDLE"}
KEY_FOLDERS = ("keys", "docker/simulators/keys")


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


@pytest.mark.parametrize("name", [*sorted(ONE_SHOTS), "feeder", "neurons", "simulators"])
def test_our_own_programs_write_nothing_but_their_volumes(name: str) -> None:
    assert SERVICES[name]["read_only"] is True
    assert SERVICES[name]["cap_drop"] == ["ALL"]


def test_the_data_stores_are_reached_from_a_network_without_a_way_out() -> None:
    assert FIVE["networks"]["storage"] == {"internal": True}
    for name in ("cassandra", "elasticsearch"):
        assert SERVICES[name]["networks"] == ["storage"]
        assert "ports" not in SERVICES[name]


def test_jobs_have_no_way_to_the_data_stores() -> None:
    """They run in a service that is not in the network of Elasticsearch and Cassandra."""
    assert SERVICES["neurons"]["networks"] == ["services"]
    copied = re.findall(r"^COPY (.+) \S+$", (ROOT / "docker/cortex/Dockerfile").read_text(), re.M)
    assert [part for part in " ".join(copied).split() if not part.endswith(".json")] == [
        "docker/neurons/relay.py",
        "docker/cortex/place.py",
        "docker/cortex/application.conf",
    ]


def test_every_volume_is_a_named_one_or_the_folder_of_the_services_keys() -> None:
    for name, service in FIVE["services"].items():
        for volume in service.get("volumes", []):
            if isinstance(volume, str):
                assert volume.partition(":")[0] in FIVE["volumes"]
            else:
                assert name in ONE_SHOTS
                assert (volume["source"], volume["read_only"]) == ("${KEYS_DIR:-./keys}/bootstrap", True)


def test_each_service_sees_its_own_secrets_only() -> None:
    seen: dict[str, set[str]] = {}
    for name, service in SERVICES.items():
        volumes = [
            each if isinstance(each, dict) else {"source": each.partition(":")[0]}
            for each in service.get("volumes", [])
        ]
        seen[name] = {each["source"] for each in volumes if re.search("secret|keys|jobs", each["source"])}
        seen[name] |= set(service.get("secrets", []))
    assert {name: what for name, what in seen.items() if what} == {
        "bootstrap-cortex": {"secrets", "thehive4-secrets", "${KEYS_DIR:-./keys}/bootstrap"},
        "bootstrap": {"secrets", "feeder-secrets", "${KEYS_DIR:-./keys}/bootstrap"},
        "feeder": {"feeder-secrets", "slack-bot-token"},
        "thehive 4.1": {"thehive4-secrets"},
        # A job's folder holds the key of its own analyzer.
        "cortex": {"jobs"},
        "neurons": {"jobs"},
    }


def test_what_is_up_waits_for_what_it_needs() -> None:
    """A one-shot that nothing depends on would make `up --wait` fail."""
    needs = {name: service.get("depends_on", {}) for name, service in FIVE["services"].items()}
    done, healthy = {"condition": "service_completed_successfully"}, {"condition": "service_healthy"}
    assert needs["bootstrap-cortex"] == {"cortex": healthy}
    assert needs["bootstrap"] == {"bootstrap-cortex": done, "thehive": healthy}
    assert needs["feeder"] == {"bootstrap": done}
    assert needs["cortex"] == {"elasticsearch": healthy, "neurons": healthy}
    assert FOUR["services"]["thehive"]["depends_on"] == {"bootstrap-cortex": done}


def test_no_secret_is_in_the_files_nor_in_an_environment() -> None:
    secret = {item.setting for row in neurons.ROWS for item in row.items if item.secret}
    secret |= {setting.variable for setting in SETTINGS if setting.secret} | {"THEHIVE_ADMIN_PASSWORD"}
    for name in ("docker-compose.yml", "docker-compose.thehive4.yml"):
        text = (ROOT / name).read_text()
        assert not secret & {line.strip().partition(":")[0] for line in text.splitlines()}
        assert not secret & set(variables(text))
    for name in (".env.example", ".env.simulate"):
        assert not secret & set(settings_of(name))


def test_every_key_has_its_place_and_its_line() -> None:
    page = (ROOT / "keys" / "README.md").read_text()
    needed = {item.setting for row in neurons.ROWS for item in row.items if item.secret}
    told = re.findall(r"^\| `(feeder|bootstrap)/([A-Z_]+)`", page, re.M)
    assert set(told) == {
        ("feeder", "SLACK_BOT_TOKEN"),
        ("bootstrap", "THEHIVE_ADMIN_PASSWORD"),
        *(("bootstrap", setting) for setting in needed),
    }


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no checkout of git")
def test_git_ignores_every_key() -> None:
    """Whatever the pages have one write into a checkout that is secret: keys, settings, a backup of both."""
    pages = [*ROOT.glob("examples/*.md"), *ROOT.glob("examples/*/*.yml"), ROOT / "docker/README.md"]
    text = "\n".join(page.read_text() for page in pages)
    written = {
        *re.findall(r"(?<![\w/])keys/[a-z]+/[A-Z_]+", text),
        *re.findall(r"--from-file=[\w-]+=(\S+)", text),
    }
    assert "keys/second/SLACK_BOT_TOKEN" in written
    assert "mkdir -m 700 backup" in text
    for path in (*written, "keys/bootstrap/VIRUSTOTAL_KEY", ".env", "backup/secrets.tar.gz"):
        ignored = subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT, check=False)
        assert ignored.returncode == 0, path
    for folder in KEY_FOLDERS:
        for name in ("feeder", "bootstrap"):
            assert (ROOT / folder / name).is_dir()


def test_what_must_be_set_is_asked_for_in_words() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    asked = re.findall(r"\$\{([A-Z_]+):\?([^}]+)\}", text)
    assert [name for name, _ in asked] == ["SLACK_CHANNEL"]
    assert all(".env.example" in words for _, words in asked)
    # Compose itself says that the file is not there, before anything starts.
    assert FIVE["secrets"] == {"slack-bot-token": {"file": "${KEYS_DIR:-./keys}/feeder/SLACK_BOT_TOKEN"}}


def test_the_example_says_each_setting() -> None:
    text = (ROOT / "docker-compose.yml").read_text() + (ROOT / "docker-compose.thehive4.yml").read_text()
    # Roots of services that only the simulation moves.
    moved = {name for name in settings_of(".env.simulate") if name.endswith("_API_URL")} - {"SNYK_API_URL"}
    ours = {"SIMULATED_SLACK_PORT"}
    assert set(settings_of(".env.example")) == set(variables(text)) - moved - ours
    assert set(settings_of(".env.simulate")) - COMPOSES <= set(variables(text))


def test_the_bootstrap_gets_every_setting_of_the_analyzers() -> None:
    given = FIVE["services"]["bootstrap-cortex"]["environment"]
    items = {item.setting for row in neurons.ROWS for item in row.items if not item.secret}
    quotas = {row.quota.setting for row in neurons.ROWS if row.quota and row.quota.setting}
    assert items | quotas <= set(given), (
        "add the settings of the new row to docker-compose.yml and .env.example"
    )


def test_the_limits_add_up_to_what_the_page_asks_for() -> None:
    size = {"m": 1 / 1024, "g": 1.0}

    def memory(services: dict[str, Any]) -> float:
        limits = [service["mem_limit"] for service in services.values()]
        return sum(float(limit[:-1]) * size[limit[-1]] for limit in limits)

    page = (ROOT / "docker" / "README.md").read_text()
    with_4 = {name: service for name, service in FIVE["services"].items() if name != "cassandra"}
    asked = re.findall(r"(\d+) GB of memory \((\d+) GB with TheHive 4\.1\)", page)
    assert [
        (int(five) - 1 < memory(FIVE["services"]) <= int(five), int(four) - 1 < memory(with_4) <= int(four))
        for five, four in asked
    ] == [(True, True)]
    assert f"{asked[0][0]} GB" in (ROOT / "docker-compose.yml").read_text()


def test_every_java_server_has_room_beside_its_heap() -> None:
    for service in SERVICES.values():
        options = str(service.get("environment", {}).get("JAVA_OPTS", ""))
        if options:
            [heap, metaspace, code] = [
                int(re.findall(rf"{name}(\d+)[mM]", options)[0])
                for name in ("-Xmx", "MaxMetaspaceSize=", "ReservedCodeCacheSize=")
            ]
            assert heap + metaspace + code < 2048


def test_cortex_is_not_healthy_without_its_data_store() -> None:
    assert "$$es_uri/_cluster/health" in str(SERVICES["cortex"]["healthcheck"]["test"])


def test_thehive_4_stops_when_it_is_told_to() -> None:
    assert FOUR["services"]["thehive"]["init"] is True
    assert FOUR["services"]["thehive"]["environment"]["TINI_KILL_PROCESS_GROUP"] == "1"
    assert FOUR["services"]["thehive"]["environment"]["LANG"] == "C.UTF-8"


def test_no_service_is_taken_from_another_file() -> None:
    """Compose 2.24 refuses `extends` of a service whose dependencies are in the other file."""
    assert "extends" not in (ROOT / "docker-compose.thehive4.yml").read_text()


def test_the_feeder_gets_settings_that_it_knows() -> None:
    known = {setting.variable for setting in SETTINGS}
    environment = set(FIVE["services"]["feeder"]["environment"]) - {
        "<<",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
    }
    given = {name.removesuffix("_FILE") for name in environment}
    assert given <= known
    assert known - given <= STACKS, (
        "add the new setting to the feeder in docker-compose.yml and to .env.example"
    )


def test_the_simulation_is_reached_with_the_keys_that_it_takes() -> None:
    outside = Outside()
    given = settings_of(".env.simulate")
    keys = ROOT / given["KEYS_DIR"]

    def key(name: str) -> str:
        return (keys / name).read_text().strip()

    assert key("feeder/SLACK_BOT_TOKEN") == outside.slack.token
    assert given["SLACK_CHANNEL"] == CHANNEL_NAME
    assert key("bootstrap/VIRUSTOTAL_KEY") == outside.virustotal.key
    assert (key("bootstrap/SNYK_TOKEN"), given["SNYK_ORG_ID"]) == (
        outside.snyk.token,
        outside.snyk.organisation,
    )
    assert key("bootstrap/HUMAN_TOKEN") == outside.human.token
    assert key("bootstrap/HYBRIDANALYSIS_KEY") == outside.hybrid.key
    assert key("bootstrap/URLSCAN_KEY") == outside.urlscan.key
    ports = [given[f"{name}_API_URL"] for name in ("SLACK", "VIRUSTOTAL", "SNYK", "OSV", "HYBRIDANALYSIS")]
    assert [re.findall(r"http://simulators:(\d+)", port) for port in ports] == [
        [str(number)] for number in range(8001, 8006)
    ]


def test_the_simulation_is_healthy_when_each_of_its_services_listens() -> None:
    [_, _, _, code] = FIVE["services"]["simulators"]["healthcheck"]["test"]
    knocked = int(re.findall(r"range\((\d+)\)", code)[0])
    assert knocked == len(list(Outside().servers()))


def test_the_slack_app_asks_for_reading_and_nothing_else() -> None:
    manifest = yaml.safe_load((ROOT / "slack-app-manifest.yml").read_text())
    assert manifest["oauth_config"]["scopes"] == {
        "bot": ["channels:read", "channels:history", "groups:read", "groups:history"]
    }


def test_the_catalogs_name_every_image_and_no_command(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(ROOT / "docker" / "catalog.py"), str(tmp_path)], check=True)
    for kind, count in (("analyzers", 9), ("responders", 2)):
        entries = json.loads((tmp_path / f"{kind}.json").read_text())
        assert len(entries) == count
        assert all(entry["dockerImage"].startswith("localhost/") for entry in entries)
        assert not any("command" in entry for entry in entries)
