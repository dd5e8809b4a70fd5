"""The harness treats a worker as a real Cortex 4.1 was seen to: the table of what misbehaves."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from simulators.jobs import Definition, ProcessRunner, Refused, Run, enable, load

SPEC: dict[str, Any] = {
    "name": "Probe",
    "version": "1.0",
    "author": "a",
    "url": "https://example.com",
    "license": "AGPL-V3",
    "description": "d",
    "dataTypeList": ["url"],
    "command": "Probe/probe.py",
    "config": {"service": "probe", "check_tlp": True, "max_tlp": 2},
    "configurationItems": [
        {"name": "key", "description": "k", "type": "string", "multi": False, "required": True},
        {
            "name": "limit",
            "description": "l",
            "type": "number",
            "multi": False,
            "required": False,
            "defaultValue": 7,
        },
        {"name": "hosts", "description": "h", "type": "string", "multi": True, "required": False},
        {"name": "note", "description": "n", "type": "string"},
    ],
}
HEAD = "#!/usr/bin/env python3\nimport json, os, sys, time\njob = sys.argv[1]\n"
WRITE = "open(job + '/output/output.json', 'w').write({!r})\n"


def probe(tmp_path: Path, body: str, **spec: Any) -> Definition:
    folder = tmp_path / "neurons" / "Probe"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "probe.py").write_text(HEAD + body)
    (folder / "probe.py").chmod(0o755)
    (folder / "Probe.json").write_text(json.dumps({**SPEC, **spec}))
    return load(folder / "Probe.json")


def run(tmp_path: Path, body: str, timeout: float | None = None, **request: Any) -> Run:
    definition = probe(tmp_path, body)
    worker = enable(definition, {"key": "s3cr3t"})
    asked = {"data": "http://example.com/x", "dataType": "url", **request}
    return ProcessRunner(tmp_path / "jobs").run(definition, worker, asked, timeout)


def write(answer: Any) -> str:
    return WRITE.format(answer if isinstance(answer, str) else json.dumps(answer))


GOOD = {"success": True, "summary": {"taxonomies": []}, "full": {"a": 1}, "artifacts": [], "operations": []}


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (write(GOOD), "Success", None),
        (write(GOOD) + "sys.exit(3)", "Success", None),
        ("sys.exit(3)", "Failure", ""),
        (
            "print('out line', flush=True); time.sleep(0.3); print('err line', file=sys.stderr)",
            "Failure",
            "out lineerr line",
        ),
        (write(""), "Failure", ""),
        (write('{"success": true, "fu'), "InProgress", None),
        (write({"success": True}), "InProgress", None),
        (write({"success": True, "full": [1]}), "InProgress", None),
        (write('{"success": true, "full": {"n": NaN}}'), "InProgress", None),
        (write({"full": {}}), "Failure", ""),
        (write({"success": False, "errorMessage": "deliberate", "input": {"a": 1}}), "Failure", "deliberate"),
        (write({**GOOD, "artifacts": [{"dataType": "url", "data": "x", "foo": 1}]}), "Failure",
         "Report creation failure: [Unknown attribute artifact.foo: "),
        (write({**GOOD, "artifacts": [{"dataType": "url", "data": "x", "tlp": 9}]}), "Failure",
         "Report creation failure: [Invalid format for tlp: "),
    ],
)  # fmt: skip
def test_what_becomes_of_an_output(tmp_path: Path, body: str, status: str, message: str | None) -> None:
    job = run(tmp_path, body).job
    assert job["status"] == status
    assert (job.get("errorMessage") or "").startswith(message or "")
    if status == "Failure":
        assert job["report"]["success"] is False
    if status == "InProgress":
        assert job["report"] == "Running"
        assert "endDate" not in job


@pytest.mark.parametrize(
    ("artifacts", "kept"),
    [
        ([{"dataType": "url", "data": "x"}], ["x"]),
        ([{"data": "no type"}, {"dataType": "url", "data": "x"}], ["x"]),
        ([{"dataType": "url", "data": "x"}, "no object"], []),
        ([{"dataType": "file", "file": "missing"}, {"dataType": "other", "data": "y"}], ["y"]),
    ],
)
def test_which_artifacts_are_kept(tmp_path: Path, artifacts: list[Any], kept: list[str]) -> None:
    report = run(tmp_path, write({**GOOD, "artifacts": artifacts})).job["report"]
    assert [artifact["data"] for artifact in report["artifacts"]] == kept


TELL = """
said = {"input": open(job + "/input/input.json").read(), "argv": sys.argv, "cwd": os.getcwd(),
        "stdin": sys.stdin.read(), "mode": oct(os.stat(job).st_mode), "tree": sorted(os.listdir(job)),
        "env": dict(os.environ)}
json.dump({"success": True, "full": said}, open(job + "/output/output.json", "w"))
"""


def test_the_process_sees_what_cortex_shows_it(tmp_path: Path) -> None:
    definition = probe(tmp_path, TELL)
    worker = enable(
        definition, {"key": "s3cr3t", "proxy_https": "http://p:1", "cacerts": "PEM", "max_tlp": 3}
    )
    request = {"data": "http://example.com/x", "dataType": "url", "tlp": 1, "parameters": {"a": 1}}
    done = ProcessRunner(tmp_path / "jobs", {"MARK": "here"}).run(definition, worker, request)
    seen = done.job["report"]["full"]
    home = tmp_path / "neurons"
    assert seen["argv"] == list(done.argv)
    assert (seen["cwd"], seen["stdin"], seen["mode"]) == (str(home), "", "0o40700")
    assert seen["tree"] == ["input", "output"]
    assert seen["env"]["MARK"] == "here"
    assert seen["env"]["REQUESTS_CA_BUNDLE"] == done.argv[1] + "/input/cacerts"
    assert Path(done.argv[1]).name.startswith(f"cortex-job-{done.job['id']}-")
    given = json.loads(seen["input"])
    assert list(given) == ["data", "dataType", "tlp", "pap", "message", "parameters", "config"]
    assert given["config"] == {
        "service": "probe",
        "check_tlp": None,
        "max_tlp": 3,
        "key": "s3cr3t",
        "limit": 7,
        "hosts": [],
        "note": None,
        "auto_extract_artifacts": False,
        "jobCache": 10,
        "proxy_http": None,
        "proxy_https": "http://p:1",
        "cacerts": "PEM",
        "jobTimeout": 30,
        "check_pap": None,
        "max_pap": None,
        "proxy": {"https": "http://p:1"},
    }


def test_a_responder_gets_an_object_as_data(tmp_path: Path) -> None:
    definition = probe(tmp_path, TELL, dataTypeList=["thehive:alert"])
    done = ProcessRunner(tmp_path / "jobs").run(
        definition, enable(definition, {"key": "k"}), {"data": {"_id": "~1"}, "dataType": "thehive:alert"}
    )
    given = json.loads(done.job["report"]["full"]["input"])
    assert given["data"] == {"_id": "~1"}
    assert not {"jobCache", "auto_extract_artifacts"} & set(given["config"])


def test_the_job_folder_goes_unless_it_is_to_be_kept(tmp_path: Path) -> None:
    assert not Path(run(tmp_path, write(GOOD)).argv[1]).exists()
    assert Path(run(tmp_path, write(GOOD), parameters={"keepJobFolder": True}).argv[1]).exists()


def test_a_timeout_is_a_sigterm(tmp_path: Path) -> None:
    handler = "lambda *_: (print('got it', flush=True), os._exit(1))"
    body = f"import signal\nsignal.signal(signal.SIGTERM, {handler})\ntime.sleep(30)"
    job = run(tmp_path, body, timeout=0.5).job
    assert (job["status"], job["errorMessage"]) == ("Failure", "got it")


def test_a_command_that_can_not_run_shows_the_unmasked_input(tmp_path: Path) -> None:
    definition = probe(tmp_path, "")
    command = tmp_path / "neurons" / "Probe" / "probe.py"
    command.chmod(command.stat().st_mode & ~(stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH))
    worker, request = enable(definition, {"key": "s3cr3t"}), {"data": "x", "dataType": "url"}
    job = ProcessRunner(tmp_path / "jobs").run(definition, worker, request).job
    assert "error=13, Permission denied" in job["errorMessage"]
    assert job["input"]["config"]["key"] == "s3cr3t"


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ({}, "Attribute key is missing"),
        ({"key": None}, "Attribute key is missing"),
        ({"key": "k", "nope": 1}, 'Unknown attribute worker.config: "nope"'),
        ({"key": "k", "service": "x"}, 'Unknown attribute worker.config: "service"'),
        ({"key": 5}, "Invalid format for key"),
        ({"key": "k", "limit": "7"}, "Invalid format for limit"),
        ({"key": "k", "limit": True}, "Invalid format for limit"),
    ],
)
def test_enabling_is_refused_as_cortex_refuses_it(
    tmp_path: Path, configuration: dict[str, Any], message: str
) -> None:
    with pytest.raises(Refused) as caught:
        enable(probe(tmp_path, ""), configuration)
    assert message in str(caught.value)


@pytest.mark.parametrize("missing", ["name", "version", "author", "url", "license", "description", "command"])
def test_a_definition_without_what_cortex_needs_is_not_listed(tmp_path: Path, missing: str) -> None:
    with pytest.raises(ValueError, match="invalid format"):
        probe(tmp_path, "", **{missing: None})
