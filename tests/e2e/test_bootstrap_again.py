"""Bootstrap on a Cortex that was interrupted, is slow to know itself, or was set up otherwise before."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from setting_up import VIRUSTOTAL_KEY, SettingUp
from simulators.cortex.server import Cortex
from simulators.server import Reply
from simulators.thehive import TheHive

VIRUSTOTAL, OSV = "CodeDefender_VirusTotal_1_0", "CodeDefender_OSV_1_0"
SIMULATED = {"VIRUSTOTAL_API_URL": "http://simulators:8002", "OSV_API_URL": "http://simulators:8004"}


@pytest.fixture
def cortex() -> Iterator[Cortex]:
    with Cortex(user_cache=1.5) as server:
        yield server
        server.workers.close()


@pytest.fixture
def site(hive5: TheHive, cortex: Cortex, tmp_path: Path) -> SettingUp:
    return SettingUp(hive5, cortex, tmp_path)


def test_what_the_simulation_set_is_gone_with_it(site: SettingUp) -> None:
    """Else the real keys would go to the simulators, and OSV's answers come from there."""
    site.run("cortex", **SIMULATED)
    assert site.worker(VIRUSTOTAL).configuration["api_url"] == "http://simulators:8002"
    done = site.run("cortex", VIRUSTOTAL_KEY="the-real-key-of-virustotal")
    assert done.code == 0
    assert site.worker(VIRUSTOTAL).configuration["api_url"] == "https://www.virustotal.com/api/v3"
    assert site.worker(VIRUSTOTAL).configuration["key"] == "the-real-key-of-virustotal"
    assert site.worker(OSV).configuration["api_url"] == "https://api.osv.dev"
    assert f"{OSV}: changed, back to the default: api_url" in done.out


def test_an_analyzer_whose_key_is_taken_away_is_disabled_and_said(site: SettingUp) -> None:
    site.run("cortex")
    done = site.run("cortex", VIRUSTOTAL_KEY="")
    assert done.code == 0
    assert f"{VIRUSTOTAL}: disabled: VIRUSTOTAL_KEY is not set" in done.out
    assert VIRUSTOTAL not in {worker["name"] for worker in site.cortex.enabled.values()}
    site.writes()
    assert "disabled" not in site.run("cortex", VIRUSTOTAL_KEY="").out
    assert site.writes() == []


def test_a_scan_that_is_not_asked_for_any_more_is_disabled(site: SettingUp) -> None:
    site.run("cortex", ENABLE_SCANS="virustotal")
    done = site.run("cortex")
    assert "CodeDefender_VirusTotal_Scan_1_0: disabled: ENABLE_SCANS does not name virustotal" in done.out


def test_what_a_person_enabled_stays(site: SettingUp) -> None:
    site.run("cortex")
    [worker] = [each for each in site.cortex.enabled.values() if each["name"] == VIRUSTOTAL]
    worker["createdBy"] = "somebody"
    done = site.run("cortex", VIRUSTOTAL_KEY="")
    assert f"{VIRUSTOTAL}: left as somebody enabled it, though VIRUSTOTAL_KEY is not set" in done.out
    assert site.worker(VIRUSTOTAL)


def test_base_configurations_are_merged_for_cortex_does_not(site: SettingUp) -> None:
    """Only what the definition knows: official analyzers share the base configuration VirusTotal."""
    site.cortex.base_configurations = {
        ("analyzer", "global"): {"proxy_https": "http://proxy.example:3128", "jobCache": 5},
        ("analyzer", "VirusTotal"): {
            "malicious_threshold": 5,
            "polling_interval": 60,
            "key": "a-key-that-somebody-keeps-there",
        },
    }
    assert site.run("cortex").code == 0
    configuration = site.worker(VIRUSTOTAL).configuration
    assert configuration["malicious_threshold"] == 5
    assert configuration["proxy_https"] == "http://proxy.example:3128"
    assert configuration["key"] == VIRUSTOTAL_KEY
    assert "polling_interval" not in configuration
    assert site.worker(OSV).configuration["proxy_https"] == "http://proxy.example:3128"


def test_no_configuration_goes_where_cortex_would_log_its_keys(site: SettingUp) -> None:
    site.run("cortex")
    site.run("cortex", VIRUSTOTAL_KEY="another-key-of-virustotal")
    written = [request.path for request in site.cortex.requests if request.method != "GET"]
    assert not [path for path in written if "config" in path.rpartition("/api/")[2].split("/")[0]]


def test_an_administrator_whose_making_was_cut_off_is_waited_for(site: SettingUp) -> None:
    """Cortex keeps it without a password for minutes, although the password given is right."""
    site.cortex.interrupted = {"admin"}
    site.cortex.fail("reset_after", method="POST", path=".*/api/user")
    done = site.run("cortex", BOOTSTRAP_TIMEOUT="10")
    assert done.code == 0, done.err
    assert "keeps a user for five minutes" in done.out
    assert site.cortex.passwords["admin"] == site.secret("cortex-admin.password")


def test_a_run_after_the_interrupted_one_waits_too(site: SettingUp) -> None:
    site.cortex.interrupted = {"admin"}
    first = site.run("cortex", BOOTSTRAP_TIMEOUT="1")
    assert first.code == 1
    assert (site.vault / "cortex-admin.password").exists()
    done = site.run("cortex", BOOTSTRAP_TIMEOUT="10")
    assert done.code == 0, done.err


def test_a_wrong_password_file_is_told_after_the_wait(site: SettingUp) -> None:
    site.run("cortex")
    (site.vault / "cortex-admin.password").write_text("a-wrong-word-17")
    done = site.run("cortex", BOOTSTRAP_TIMEOUT="1")
    assert done.code == 1
    assert "put the right one there" in done.err
    assert (site.vault / "cortex-admin.password").read_text() == "a-wrong-word-17"


def test_a_user_whose_key_can_not_be_renewed_yet_is_waited_for(site: SettingUp) -> None:
    site.cortex.interrupted = {"orgadmin"}
    done = site.run("cortex", BOOTSTRAP_TIMEOUT="10")
    assert done.code == 0, done.err
    assert "user orgadmin (read, analyze, orgadmin): new key" in done.out


def test_an_index_that_is_still_being_made_is_waited_for(hive5: TheHive, tmp_path: Path) -> None:
    with Cortex(migration=1.2) as cortex:
        done = SettingUp(hive5, cortex, tmp_path).run("cortex", BOOTSTRAP_TIMEOUT="10")
        cortex.workers.close()
    assert done.code == 0, done.err


@pytest.mark.parametrize("kind", ["status", "status_after"])
def test_a_recursive_update_is_tried_again(kind: str, site: SettingUp) -> None:
    body = {"type": "java.lang.IllegalStateException", "message": "Recursive update"}
    site.cortex.fail(kind, method="POST", path=".*/organization/analyzer/.*", reply=Reply(500, body))
    done = site.run("cortex")
    assert done.code == 0, done.err
    assert {OSV, VIRUSTOTAL} <= {worker["name"] for worker in site.cortex.enabled.values()}


def test_an_analyzer_that_cortex_will_not_enable_is_told_at_once(site: SettingUp) -> None:
    body = {"type": "org.elastic4play.MissingAttributeError", "message": "Attribute key is missing"}
    site.cortex.fail(
        "status", method="POST", path=".*/organization/analyzer/.*", times=None, reply=Reply(500, body)
    )
    started = time.monotonic()
    done = site.run("cortex", BOOTSTRAP_TIMEOUT="20")
    assert done.code == 1
    assert "Attribute key is missing" in done.err
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("version", ["5.7.3", "4.1.24-1"])
def test_the_address_of_the_wrong_server_is_told(version: str, cortex: Cortex, tmp_path: Path) -> None:
    with TheHive(version) as hive:
        site = SettingUp(hive, cortex, tmp_path)
        done = site.run("cortex", CORTEX_URL=hive.root)
        assert done.code == 1
        assert f"CORTEX_URL leads to TheHive {version}, not to Cortex" in done.err
        site.run("cortex")
        done = site.run("thehive", THEHIVE_URL=cortex.url)
        assert done.code == 1
        assert "THEHIVE_URL leads to Cortex 4.1.0-1, not to TheHive" in done.err


def test_another_organisation_than_before_is_told_before_anything_is_made(site: SettingUp) -> None:
    site.run()
    site.writes()
    done = site.run(BOOTSTRAP_ORGANISATION="another")
    assert done.code == 1
    assert "Cortex's user orgadmin belongs to code-defender: set it to that" in done.err
    assert site.writes() == []


def test_an_organisation_with_a_space_is_one(site: SettingUp) -> None:
    assert site.run(BOOTSTRAP_ORGANISATION="Web shop").code == 0
    assert "Web shop" in site.cortex.organizations
    assert site.run(BOOTSTRAP_ORGANISATION="Web shop").code == 0


def test_keys_come_from_files_of_their_settings_names(site: SettingUp, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "VIRUSTOTAL_KEY").write_text("a-key-in-a-file\n")
    (keys / "HYBRIDANALYSIS_KEY").write_text("")
    done = site.run("cortex", VIRUSTOTAL_KEY="", BOOTSTRAP_KEYS_DIR=str(keys))
    assert done.code == 0, done.err
    assert site.worker(VIRUSTOTAL).configuration["key"] == "a-key-in-a-file"
    assert "HybridAnalysis" not in done.out


@pytest.mark.sampled(7)
@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("path", ["/api/v1/user/current", "/api/v1/user/[^/]+", "/api/organization/[^/]+"])
def test_a_web_page_in_the_way_is_no_answer_about_a_login_or_a_thing(
    path: str, number: int, site: SettingUp
) -> None:
    page = Reply(404, "<!doctype html><h1>Not found</h1>", {"Content-Type": "text/html"})
    for server in (site.hive, site.cortex):
        server.fail("status", method="GET", path=path, after=number, reply=page)
    assert site.run().code == 0
    site.assert_whole()
