"""What Cortex hands an analyzer: its items, TLP and PAP, odd jobs, and being stopped."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analyzer_desk import (
    DATA,
    FOLDER,
    JQUERY,
    JQUERY_XSS,
    PASSIVE,
    URL,
    Desk,
    failure_of,
    issues,
    overview,
    records,
    report_of,
    url,
)
from simulators import snyk as snyk_api
from simulators.jobs import load


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


# What an administrator may have set.


@pytest.mark.parametrize("analyzer", PASSIVE)
def test_items_that_arrive_as_null_take_their_defaults(desk: Desk, analyzer: str) -> None:
    empty = ("malicious_threshold", "max_age_days", "min_severity", "wait_seconds")
    url(content={"malicious": 1}, age_days=29)(desk.service("VirusTotal"))
    issues(snyk_api.issue("S-1", "high"))(desk.service("Snyk"))
    records(JQUERY_XSS)(desk.service("OSV"))
    overview("suspicious")(desk.service("HybridAnalysis"))
    done = desk.run(analyzer, DATA.get(analyzer, URL), items=dict.fromkeys(empty))
    assert report_of(done)["verdict"] == "suspicious"


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", ["tlp", "pap"])
@pytest.mark.parametrize(
    ("analyzer", "items", "value", "refused"),
    [
        ("VirusTotal", {}, 2, False),
        ("VirusTotal", {}, 3, True),
        ("VirusTotal", {"max": 3}, 3, False),
        ("VirusTotal", {"check": False}, 3, False),
        ("VirusTotal", {"check": True, "max": 1}, 2, True),
        ("VirusTotal_Scan", {}, 1, False),
        ("VirusTotal_Scan", {}, 2, True),
        ("HybridAnalysis_Scan", {"max": 2}, 2, False),
        ("OSV", {}, 3, True),
        ("Host", {}, 3, True),
    ],
)
def test_tlp_and_pap_are_checked_unless_the_administrator_set_otherwise(
    desk: Desk, name: str, analyzer: str, items: dict[str, Any], value: int, refused: bool
) -> None:
    stored = {f"{key}_{name}": setting for key, setting in items.items()}
    done = desk.run(analyzer, items=stored, request={name: value})
    if refused:
        assert failure_of(done) == f"{name.upper()} is higher than allowed."
        assert not desk.service(analyzer).requests
    else:
        report_of(done)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("analyzer", "items", "named"),
    [
        ("VirusTotal", {"key": None}, "key"),
        ("VirusTotal", {"malicious_threshold": "two"}, "malicious_threshold"),
        ("VirusTotal", {"max_age_days": -1}, "max_age_days"),
        ("VirusTotal", {"wait_seconds": 0}, "wait_seconds"),
        ("VirusTotal", {"api_url": "www.virustotal.com"}, "api_url"),
        ("VirusTotal", {"api_url": "https://me:s3cr3t-pw@vt.example"}, "api_url"),
        ("Snyk", {"org_id": "my-org"}, "org_id"),
        ("OSV", {"min_severity": "severe"}, "min_severity"),
        ("OSV", {"service": "virustotal2"}, "service"),
    ],
)
def test_a_wrong_item_is_named(desk: Desk, analyzer: str, items: dict[str, Any], named: str) -> None:
    done = desk.run(analyzer, DATA.get(analyzer, URL), items=items)
    assert f"item {named} " in failure_of(done)
    assert "s3cr3t-pw" not in str(done.output)
    assert not desk.service(analyzer).requests


# What may be asked.


@pytest.mark.parametrize(
    ("analyzer", "kind", "data", "words"),
    [
        ("VirusTotal", "ip", "198.51.100.7", "looks up url and domain, not ip"),
        ("Snyk", "domain", "example.com", "looks up url, not domain"),
        ("VirusTotal", "url", "cdn.example.com/a.js", "not a URL"),
        ("VirusTotal", "url", "", "not a URL"),
        ("OSV", "url", "javascript:alert(1)", "not a URL"),
        ("HybridAnalysis", "domain", "no domain", "not a domain name"),
        ("VirusTotal_Scan", "url", "https://10.1.2.3/a.js", "not submitted"),
        ("VirusTotal_Scan", "url", "https://shop.internal/a.js", "not submitted"),
        ("HybridAnalysis_Scan", "url", "https://user:pw@cdn.example.com/a.js", "user part"),
    ],
)
def test_what_can_not_be_asked_is_refused_before_any_request(
    desk: Desk, analyzer: str, kind: str, data: str, words: str
) -> None:
    assert words in failure_of(desk.run(analyzer, data, kind))
    assert not desk.service(analyzer).requests


# However a run ends, its answer is whole.


def test_a_stopped_job_leaves_a_whole_answer(desk: Desk) -> None:
    desk.service("VirusTotal").fail("hang", times=None)
    done = desk.run("VirusTotal", items={"wait_seconds": 60}, timeout=1.5)
    assert "job timeout" in failure_of(done)
    assert done.seconds < 4


def test_an_error_of_the_analyzers_own_is_one_sentence(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    explosive = "\ndef urlsafe_b64encode(*_):\n    raise KeyError('s3cr3t')\n"
    (tmp_path / "broken" / "base64.py").write_text(Path(base64.__file__).read_text() + explosive)
    done = desk.run("VirusTotal", environment={"PYTHONPATH": str(tmp_path / "broken")})
    message = failure_of(done)
    assert "KeyError in base64.py, line " in message
    assert "s3cr3t" not in message


UNREADABLE = ["", "{", "[]", "5", '{"dataType": 5}', '{"data": "x"}', "[" * 5000]
ODD_JOBS: list[dict[str, Any]] = [
    {"dataType": "url", "tlp": "high"},
    {"dataType": "url", "config": []},
    {"dataType": "url", "config": {"service": "osv"}},
    {"dataType": "url", "config": {"service": "osv", "check_tlp": None, "proxy": 5}},
    {"dataType": "url", "data": [[[[{"deep": 1}]]]], "config": {"service": "osv"}},
    {"dataType": "url", "data": "\ud800", "config": {"service": "osv", "key\udfff": "\ud800"}},
]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("raw", [*UNREADABLE, *(json.dumps(job) for job in ODD_JOBS)])
def test_a_job_that_cortex_would_not_write_is_answered_all_the_same(tmp_path: Path, raw: str) -> None:
    (tmp_path / "input").mkdir()
    (tmp_path / "input" / "input.json").write_text(raw)
    command = [sys.executable, str(FOLDER / "codedefender.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, timeout=20, check=False, stdin=subprocess.DEVNULL)
    answer = json.loads((tmp_path / "output" / "output.json").read_bytes())
    assert answer["success"] is False
    assert answer["errorMessage"]
    assert (done.stdout, done.stderr) == (b"", b"")
    assert done.returncode == 1


def test_a_job_on_standard_input_is_answered_on_standard_output(desk: Desk, tmp_path: Path) -> None:
    records(JQUERY_XSS)(desk.service("OSV"))
    definition = load(FOLDER / "CodeDefender_OSV.json")
    config = definition.spec["config"] | desk.worker("OSV")
    job = {"data": JQUERY, "dataType": "url", "tlp": 2, "pap": 2, "config": config}
    done = subprocess.run(
        [sys.executable, str(FOLDER / "codedefender.py"), str(tmp_path)],
        input=json.dumps(job).encode(),
        capture_output=True,
        timeout=20,
        check=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    assert json.loads(done.stdout)["full"]["verdict"] == "suspicious"
    assert done.stderr == b""
