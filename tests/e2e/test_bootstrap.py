"""The stack's bootstrap: fresh, again, after a kill, and where something is in its way."""

import json
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bootstrap.neurons import PACKAGE_HOURS, SCRIPT_HOURS
from program import Program
from setting_up import SettingUp
from simulators.cortex.server import Cortex
from simulators.cortex.workers import Workers
from simulators.messages import incident, ts_at
from simulators.outside import CHANNEL, Outside
from simulators.server import Reply, Request
from simulators.thehive import TheHive
from simulators.virustotal import attributes

SKIMMER = "https://cdn.evil.example/s.js"
IANA = "https://data.iana.org/rdap/dns.json"
MALTRAIL = (
    "https://raw.githubusercontent.com/stamparm/maltrail/master/trails/static/malicious/magentocore.txt"
)


@pytest.fixture
def cortex() -> Iterator[Cortex]:
    with Cortex() as server:
        yield server
        server.workers.close()


@pytest.fixture
def site(hive: TheHive, cortex: Cortex, tmp_path: Path) -> SettingUp:
    return SettingUp(hive, cortex, tmp_path)


@pytest.fixture
def site5(hive5: TheHive, cortex: Cortex, tmp_path: Path) -> SettingUp:
    return SettingUp(hive5, cortex, tmp_path)


def test_a_fresh_stack_is_set_up_and_a_second_run_changes_nothing(site: SettingUp) -> None:
    first = site.run()
    assert first.code == 0, first.err
    site.assert_whole()
    site.writes()
    again = site.run()
    assert again.code == 0
    assert site.writes() == []
    assert "created" not in again.out
    assert len(again.out.splitlines()) >= 15


def test_the_stages_run_one_after_the_other_as_thehive_4_1_needs_it(tmp_path: Path, cortex: Cortex) -> None:
    with TheHive("4.1.24-1") as hive:
        site = SettingUp(hive, cortex, tmp_path)
        assert site.run("cortex", THEHIVE_URL="http://127.0.0.1:9").code == 0
        included = site.secret("thehive4/cortex.conf")
        assert f'url = "{cortex.url}"' in included
        [key] = re.findall(r'key = "([^"]+)"', included)
        assert cortex.keys[key] == "thehive"
        assert site.run("thehive").code == 0
        site.assert_whole()


def moments(writes: int) -> list[object]:
    """Before and after each request that changes something; a few in the short form."""
    short = {(2, False), (4, True), (7, True), (10, True), (11, False)}
    return [
        pytest.param(number, after, marks=() if (number, after) in short else pytest.mark.slow)
        for number in range(1, writes + 1)
        for after in (False, True)
    ]


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("number", "after"), moments(17))
def test_killed_at_any_change_it_goes_on(number: int, after: bool, site5: SettingUp) -> None:
    seen: list[Request] = []
    struck = threading.Event()
    lock = threading.Lock()

    def watch(request: Request) -> None:
        if request.method == "GET" or request.path.endswith("/login"):
            return
        with lock:
            seen.append(request)
            # The hook sees each request before the server acts and after.
            if len(seen) == 2 * number - (not after):
                os.kill(process.pid, signal.SIGKILL)
                struck.set()
                time.sleep(0.05)

    site5.hive.watch = site5.cortex.watch = watch
    process = site5.start()
    process.communicate(timeout=30)
    if not struck.is_set():
        assert process.returncode == 0
        assert number > 10
        return
    site5.hive.watch = site5.cortex.watch = None
    done = site5.run()
    assert done.code == 0, done.err
    site5.assert_whole()


def test_what_is_set_up_works(tmp_path: Path) -> None:
    """An alert fed with the feeder's key is looked up, triaged and made a case of the template."""
    outside = Outside()
    workers = Workers()
    outside.channel.post(incident(ts_at(1), script=f"`{SKIMMER}`"))
    simulators = (outside.slack, outside.osv, outside.virustotal, outside.registries)
    with ExitStack() as stack:
        for simulator in simulators:
            stack.enter_context(simulator)
        hive, cortex = stack.enter_context(TheHive("5.7.3")), stack.enter_context(Cortex(workers))
        site = SettingUp(hive, cortex, tmp_path)
        outside.virustotal.urls[SKIMMER] = attributes(malicious=9)
        site.settings = {
            "VIRUSTOTAL_API_URL": outside.virustotal.url,
            "OSV_API_URL": outside.osv.url,
            "RDAP_BOOTSTRAP_URL": outside.registries.bootstrap_url,
            "SKIMMER_LIST_URL": "off",
            "VIRUSTOTAL_KEY": outside.virustotal.key,
        }
        assert site.start().wait(30) == 0
        program = Program.between(
            outside.slack,
            hive,
            tmp_path / "state",
            SLACK_CHANNEL=CHANNEL,
            THEHIVE_API_KEY=site.secret("feeder/thehive-feeder.key"),
        )
        assert program.run("check").code == 0
        assert program.run("feed").counts["created"] == 1
        end = time.monotonic() + 30
        while not any(action["status"] == "Success" for action in hive.store.actions.values()):
            assert program.run("investigate").code == 0
            assert time.monotonic() < end
        [case] = hive.store.cases.values()
        assert (case[".template"], case["severity"]) == ("Code Defender incident", 4)
        workers.close()


def test_analyzers_are_enabled_where_their_key_is_set(site5: SettingUp) -> None:
    settings = {
        "HYBRIDANALYSIS_KEY": "hybrid-key",
        "SNYK_TOKEN": "snyk-token",
        "SNYK_ORG_ID": "an-org",
        "ENABLE_SCANS": "virustotal",
        "VIRUSTOTAL_REQUESTS_A_DAY": "100",
    }
    assert site5.run("cortex", **settings).code == 0
    enabled = {worker["name"]: worker for worker in site5.cortex.enabled.values()}
    assert set(enabled) == {
        f"CodeDefender_{name}_1_0"
        for name in ("Host", "OSV", "Content", "VirusTotal", "VirusTotal_Scan", "HybridAnalysis", "Snyk")
    }
    for name, worker in enabled.items():
        configuration = site5.cortex.workers.enabled[worker["id"]].configuration
        most = 1 if "_Scan_" in name else 2
        assert (configuration["check_tlp"], configuration["max_tlp"]) == (True, most)
        assert (configuration["check_pap"], configuration["max_pap"]) == (True, most)
        hours = PACKAGE_HOURS if "OSV" in worker["name"] or "Snyk" in worker["name"] else SCRIPT_HOURS
        assert worker["jobCache"] == hours * 60
        assert worker["jobTimeout"]
    assert (enabled["CodeDefender_VirusTotal_1_0"]["rate"], enabled["CodeDefender_OSV_1_0"].get("rate")) == (
        50,
        None,
    )


@pytest.mark.parametrize(
    ("settings", "items"),
    [
        ({}, {"refresh_url": MALTRAIL, "rdap_bootstrap_url": IANA, "lists": []}),
        ({"SKIMMER_LIST_URL": "off"}, {"refresh_url": ""}),
        (
            {"SKIMMER_LIST_URL": "https://mirror.example.org/m.txt"},
            {"refresh_url": "https://mirror.example.org/m.txt"},
        ),
        (
            {"SKIMMER_LISTS": "/a.txt, https://lists.example.org/b"},
            {"lists": ["/a.txt", "https://lists.example.org/b"]},
        ),
        (
            {"RDAP_BOOTSTRAP_URL": "http://rdap.lan/dns.json"},
            {"rdap_bootstrap_url": "http://rdap.lan/dns.json"},
        ),
    ],
)
def test_the_analyzer_without_a_key_asks_where_it_is_told_to(
    site5: SettingUp, settings: dict[str, str], items: dict[str, object]
) -> None:
    assert site5.run("cortex", **settings).code == 0
    [worker] = [w for w in site5.cortex.enabled.values() if w["name"] == "CodeDefender_Host_1_0"]
    assert site5.cortex.workers.enabled[worker["id"]].configuration.items() >= items.items()


def test_a_key_that_was_changed_in_the_settings_arrives(site5: SettingUp) -> None:
    site5.run("cortex")
    site5.writes()
    done = site5.run("cortex", VIRUSTOTAL_KEY="another-key-of-virustotal")
    assert "CodeDefender_VirusTotal_1_0: changed" in done.out
    assert [write for write in site5.writes() if write.startswith("PATCH")] != []
    worker = site5.worker("CodeDefender_VirusTotal_1_0")
    assert worker.configuration["key"] == "another-key-of-virustotal"
    assert worker.configuration["malicious_threshold"] == 2


def test_a_key_that_somebody_renewed_is_made_anew(site5: SettingUp) -> None:
    site5.run()
    site5.hive.keys.clear()
    done = site5.run()
    assert done.code == 0
    assert "feeder@code-defender.local (analyst): new key" in done.out
    site5.assert_whole()


def test_other_cortex_servers_of_thehive_are_kept(site5: SettingUp) -> None:
    other = {"name": "Other", "url": "http://other", "auth": {"type": "bearer", "key": "k"}}
    site5.hive.administration.configuration = {"servers": [other], "jobTimeout": "1 hour"}
    site5.run()
    configuration = site5.hive.administration.configuration
    assert [server["name"] for server in configuration["servers"]] == ["Other", "Cortex"]
    assert configuration["jobTimeout"] == "1 hour"


def test_a_persons_password_is_left_alone(site5: SettingUp) -> None:
    site5.run()
    site5.hive.passwords["analyst@code-defender.local"] = "their-own"
    done = site5.run()
    assert done.code == 0
    assert "not looked at" in done.out
    assert site5.hive.passwords["analyst@code-defender.local"] == "their-own"


def test_an_unknown_administrators_password_is_asked_for(site5: SettingUp) -> None:
    site5.hive.passwords["admin@thehive.local"] = "somebody-changed-it"
    done = site5.run()
    assert done.code == 1
    assert "set THEHIVE_ADMIN_PASSWORD" in done.err
    assert site5.run(THEHIVE_ADMIN_PASSWORD="somebody-changed-it").code == 0
    assert site5.hive.passwords["admin@thehive.local"] == "somebody-changed-it"


def test_a_cortex_that_is_in_use_is_not_taken_over(site5: SettingUp) -> None:
    site5.cortex.migrated = True
    site5.cortex.users["root"] = {"_id": "root", "roles": ["superadmin"], "organization": "cortex"}
    done = site5.run()
    assert done.code == 1
    assert "has an administrator already" in done.err
    assert not (site5.vault / "cortex-admin.password").exists()


def test_a_cortex_without_our_folders_says_so(hive5: TheHive, tmp_path: Path) -> None:
    with Cortex(Workers(folders=())) as cortex:
        done = SettingUp(hive5, cortex, tmp_path).run()
        cortex.workers.close()
    assert done.code == 1
    assert "folder analyzers in its analyzer.urls" in done.err


def test_a_server_that_is_not_up_yet_is_waited_for(site5: SettingUp) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = site5.start("cortex", CORTEX_URL=f"http://127.0.0.1:{port}", BOOTSTRAP_TIMEOUT="20")
    time.sleep(0.7)
    with Cortex(port=port) as late:
        out, err = process.communicate(timeout=30)
        late.workers.close()
    assert process.returncode == 0, err
    assert "CodeDefender_OSV_1_0: enabled" in out


def test_a_server_that_does_not_come_is_not_waited_for_for_ever(site5: SettingUp) -> None:
    started = time.monotonic()
    done = site5.run(CORTEX_URL="http://127.0.0.1:9", BOOTSTRAP_TIMEOUT="1")
    assert done.code == 1
    assert "Cortex at http://127.0.0.1:9 can't be reached" in done.err
    assert time.monotonic() - started < 6


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"THEHIVE_URL": "thehive:9000"}, "THEHIVE_URL must begin"),
        ({"ENABLE_SCANS": "snyk"}, "ENABLE_SCANS knows"),
        ({"SNYK_TOKEN": "x"}, "go together"),
        ({"BOOTSTRAP_TIMEOUT": "soon"}, "BOOTSTRAP_TIMEOUT"),
        ({"BOOTSTRAP_ANALYST": "me"}, "BOOTSTRAP_ANALYST"),
        ({"VIRUSTOTAL_KEY_FILE": "/nowhere"}, "VIRUSTOTAL_KEY_FILE"),
        ({"VIRUSTOTAL_API_URL": "simulators:8002"}, "VIRUSTOTAL_API_URL must begin"),
        ({"BOOTSTRAP_ORGANISATION": "a/b"}, "BOOTSTRAP_ORGANISATION must be"),
        ({"BOOTSTRAP_ORGANISATION": "thehive"}, "BOOTSTRAP_ORGANISATION can't be thehive"),
    ],
)
def test_a_wrong_setting_is_one_line_and_exit_2(
    settings: dict[str, str], said: str, site5: SettingUp
) -> None:
    done = site5.run(**settings)
    assert done.code == 2
    assert said in done.err
    assert len(done.err.splitlines()) == 1


def test_a_folder_that_can_not_be_written_is_told(site5: SettingUp) -> None:
    site5.vault.write_text("a file")
    done = site5.run()
    assert done.code == 1
    assert str(site5.vault) in done.err
    site5.vault.unlink()


def test_no_answer_of_a_server_brings_a_secret_into_the_output(site5: SettingUp) -> None:
    site5.run("cortex")
    key = site5.secret("cortex-orgadmin.key")
    echo = Reply(400, {"type": "BadRequest", "message": json.dumps({"key": key})})
    site5.cortex.fail("status", path=".*definition", times=None, reply=echo)
    assert site5.run("cortex", VIRUSTOTAL_KEY="x" * 20).code == 1
