"""The examples run as they stand."""

import configparser
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from codedefender2th.settings import SETTINGS
from simulators.known_flaws import JQUERY_OSV
from simulators.osv import OSV

EXAMPLES = Path(__file__).parents[2] / "examples"
KNOWN = {setting.variable for setting in SETTINGS}
JQUERY = "https://code.jquery.com/jquery-3.4.1.min.js"


def run(name: str, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments],
        input=given,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(EXAMPLES.parent / "feeder")},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_a_message_becomes_an_alert() -> None:
    sample = EXAMPLES.parent / "tests" / "data" / "messages" / "001-seed-sample.json"
    done = run("message_to_alert.py", given=sample.read_text())
    assert json.loads(done.stdout)["type"] == "code-defender"
    assert "no incident" in run("message_to_alert.py", given='{"ts": "1.0", "text": "hello"}').stderr


def test_the_package_of_a_script_is_named() -> None:
    out = run("which_package.py", JQUERY, "https://shop.example/app.js").stdout
    assert "pkg:npm/jquery@3.4.1  (proven)" in out
    assert "names no known package" in out


def test_an_analyzer_runs_without_cortex() -> None:
    with OSV() as osv:
        osv.records = list(JQUERY_OSV)
        done = run("look_up.py", "CodeDefender_OSV", JQUERY, json.dumps({"api_url": osv.url}))
        assert done.stdout.startswith("suspicious: OSV knows ")
        refused = run("look_up.py", "CodeDefender_OSV", "no url", json.dumps({"api_url": osv.url}))
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1


def test_a_mistake_is_one_line() -> None:
    for name, arguments, given, said in (
        ("look_up.py", (), "", "usage: look_up.py"),
        ("look_up.py", ("CodeDefender_Nobody", JQUERY), "", "There is no analyzer CodeDefender_Nobody"),
        ("look_up.py", ("CodeDefender_OSV", JQUERY, "no JSON"), "", "is no JSON object"),
        ("look_up.py", ("CodeDefender_OSV", JQUERY, "7"), "", "is no JSON object"),
        ("which_package.py", (), "", "usage: which_package.py"),
        ("message_to_alert.py", (), "hello", "is no JSON"),
    ):
        done = run(name, *arguments, given=given)
        assert (done.returncode, said in done.stderr) == (1, True), done.stderr
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", ["codedefender2th.service", "codedefender2th@.service"])
def test_the_service_sets_what_the_program_knows(name: str) -> None:
    unit = configparser.RawConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # names as they are
    text = (EXAMPLES / "systemd" / name).read_text()
    unit.read_string(text)
    assert unit["Service"]["ExecStart"].endswith("codedefender2th run")
    given = {found.removesuffix("_FILE") for found in re.findall(r"^Environment=([A-Z_]+)=", text, re.M)}
    if "@" in name:
        # Each instance has files and a state of its own.
        for line in ("EnvironmentFile", "StateDirectory"):
            assert "%i" in unit["Service"][line]
        assert all("/%i/" in line for line in re.findall(r"^LoadCredential=(.+)", text, re.M))
        given |= {"SLACK_CHANNEL", "THEHIVE_URL"}
    assert given <= KNOWN
    assert {setting.variable for setting in SETTINGS if setting.required} <= given
    # A mistake in a setting (exit 2) does not mend itself.
    assert unit["Service"]["RestartPreventExitStatus"] == "2"


def test_kubernetes_runs_one_with_its_state_and_its_secrets() -> None:
    documents = yaml.safe_load_all((EXAMPLES / "kubernetes" / "codedefender2th.yaml").read_text())
    by_kind = {document["kind"]: document for document in documents}
    given = {name.removesuffix("_FILE") for name in by_kind["ConfigMap"]["data"]}
    assert given - {"FEEDER_METRICS"} <= KNOWN
    assert {setting.variable for setting in SETTINGS if setting.required} <= given
    deployment = by_kind["Deployment"]["spec"]
    assert (deployment["replicas"], deployment["strategy"]) == (1, {"type": "Recreate"})
    pod = deployment["template"]["spec"]
    [container] = pod["containers"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["exec"]["command"] == ["codedefender2th", "health"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert mounts.keys() == volumes.keys()
    data = by_kind["ConfigMap"]["data"]
    assert data["FEEDER_STATE_DIR"] == mounts["state"]
    assert (
        volumes["state"]["persistentVolumeClaim"]["claimName"]
        == by_kind["PersistentVolumeClaim"]["metadata"]["name"]
    )
    for secret in ("SLACK_BOT_TOKEN_FILE", "THEHIVE_API_KEY_FILE"):
        assert data[secret].startswith(mounts["keys"] + "/")
    assert int(data["FEEDER_METRICS"].rpartition(":")[2]) == container["ports"][0]["containerPort"]


def test_the_second_channel_has_a_state_and_a_token_of_its_own() -> None:
    first = yaml.safe_load((EXAMPLES.parent / "docker-compose.yml").read_text())
    second = yaml.safe_load((EXAMPLES / "two-channels" / "docker-compose.yml").read_text())
    [(_, service)] = second["services"].items()
    feeder = first["services"]["feeder"]
    assert service["image"] == feeder["image"]
    assert service["environment"]["FEEDER_ANALYZERS"] == "!*"
    for name in ("read_only", "cap_drop", "security_opt", "tmpfs", "mem_limit", "networks", "depends_on"):
        assert service[name] == feeder[name]
    assert not set(second["volumes"]) & set(first["volumes"])
    assert not set(second["secrets"]) & set(first["secrets"])
    assert set(service["environment"]) <= set(feeder["environment"])
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        assert service["environment"].get(name) == feeder["environment"][name]
