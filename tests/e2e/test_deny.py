"""The responder that denies a script at HUMAN: what it would do, what it did, what it says on failure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from canary import traces
from simulators.human import Human, incident
from simulators.jobs import ProcessRunner, enable, load
from simulators.server import Reply

FOLDER = Path(__file__).parents[2] / "responders" / "CodeDefender"
URL = "https://cdn.evil.example/a.js"
SITE = "shop.example"


@pytest.fixture
def human() -> Iterator[Human]:
    with Human() as simulated:
        key = f"{7:032x}"
        other = incident("https://cdn.evil.example/a.js?v=2", SITE, number=2)
        simulated.known = [
            {**incident(URL, SITE, number=1), "script": {"id": URL, "key": key}},
            {**other, "script": {"id": "https://cdn.evil.example/a.js?v=2", "key": key}},
            incident("https://harmless.example/b.js", SITE, number=3),
        ]
        yield simulated


def run(
    human: Human,
    folder: Path,
    data: dict[str, Any] | None = None,
    timeout: float | None = None,
    **items: Any,
) -> dict[str, Any]:
    """The job after the responder was started on the script's observable."""
    definition = load(FOLDER / "CodeDefender_Deny.json")
    needed = {"token": human.token, "app_ids": ["PX12345678"], "tlds": [SITE], "api_url": f"{human.url}/v1"}
    observable = {"_id": "~1", "dataType": "url", "data": URL, "tags": ["code-defender:script"]}
    request = {
        "data": {**observable, "case": {"caseId": 12}, **(data or {})},
        "dataType": "thehive:case_artifact",
        "tlp": 2,
        "pap": 2,
        "parameters": {"user": "analyst@example.org", "organisation": "soc"},
    }
    worker = enable(definition, {**needed, **items})
    done = ProcessRunner(folder / "jobs").run(definition, worker, request, timeout=timeout)
    assert done.output is not None
    assert not traces([human.token], done.output.decode(), *done.argv)
    return dict(done.job)


def message(job: dict[str, Any]) -> str:
    assert job["status"] == "Success", job.get("errorMessage")
    return str(job["report"]["full"]["message"])


def test_by_default_it_only_says_what_it_would_do(human: Human, tmp_path: Path) -> None:
    job = run(human, tmp_path)
    assert message(job) == (
        "Would deny 1 incident of this script on shop.example; that touches 1 incident under other addresses "
        "(dry_run is on): nothing was denied."
    )
    full = job["report"]["full"]
    assert [each["id"] for each in full["denied"]] == [f"{1:024x}"]
    assert [each["script"] for each in full["also_touched"]] == [f"{URL}?v=2"]
    assert not human.denied


def test_it_denies_once_with_case_and_person(human: Human, tmp_path: Path) -> None:
    assert message(run(human, tmp_path, dry_run=False)).startswith(
        "Denied 1 incident of this script on shop.example for analyst@example.org"
    )
    [body] = human.denied
    assert (body["incidentIds"], body["updatedBy"], body["appBased"]) == (
        [f"{1:024x}"],
        "analyst@example.org",
        False,
    )
    assert "case #12" in body["comment"]
    again = run(human, tmp_path, dry_run=False)
    assert "1 incident of it denied before: nothing was denied" in message(again)
    assert len(human.denied) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"tags": ["code-defender:host"]}, "no script of Code Defender's"),
        ({"dataType": "domain", "data": "evil.example"}, "takes a script's URL"),
        ({"data": None}, "takes a script's URL"),
    ],
)
def test_it_takes_scripts_only(human: Human, tmp_path: Path, data: dict[str, Any], words: str) -> None:
    job = run(human, tmp_path, data, dry_run=False)
    assert job["status"] == "Failure"
    assert words in job["errorMessage"]
    assert job["errorMessage"].endswith("nothing was denied.")
    assert not human.requests


@pytest.mark.parametrize(
    ("path", "reply", "words"),
    [
        ("/v1/incidents", Reply(401, {"message": "expired"}), "does not accept the token"),
        ("/v1/deny-lists", Reply(403, {"message": "no"}), "does not allow"),
        ("/v1/deny-lists", Reply(403, {"message": "Request denied for this scope"}), "denied for this scope"),
        ("/v1/incidents", Reply(400, {"message": "all was denied"}), "all was denied"),
        ("/v1/incidents", Reply(302, None, {"Location": "https://elsewhere.example/"}), "redirects"),
        ("/v1/incidents", Reply(200, "<html>"), "no JSON object"),
    ],
)
def test_every_fault_says_that_nothing_was_denied(
    human: Human, tmp_path: Path, path: str, reply: Reply, words: str
) -> None:
    human.fail("status", path=path, times=None, reply=reply)
    job = run(human, tmp_path, dry_run=False)
    assert job["status"] == "Failure"
    assert words in job["errorMessage"]
    assert job["errorMessage"].endswith("nothing was denied.")
    assert not human.denied


@pytest.mark.parametrize("status", [400, 403, 404, 429])
def test_a_refusal_to_deny_says_that_nothing_was_denied(human: Human, tmp_path: Path, status: int) -> None:
    reply = Reply(status, {"message": "Nothing was denied. This is denied"}, {"Retry-After": "3600"})
    human.fail("status", method="POST", path="/v1/deny-lists", times=None, reply=reply)
    job = run(human, tmp_path, dry_run=False)
    assert job["status"] == "Failure"
    assert job["errorMessage"].endswith(
        "(HUMAN says: Nothing was denied. This is denied); nothing was denied."
    )
    assert not human.denied


@pytest.mark.parametrize("done", [True, False], ids=["denied", "not denied"])
def test_where_nobody_can_look_it_is_said_that_it_is_not_known(
    human: Human, tmp_path: Path, done: bool
) -> None:
    human.fail("reset_after" if done else "reset_before", method="POST", path="/v1/deny-lists")
    denied = Reply(403, {"message": "denied"})
    human.fail("status", method="GET", path="/v1/deny-lists", times=None, after=1, reply=denied)
    job = run(human, tmp_path, dry_run=False)
    assert job["status"] == "Failure"
    assert job["errorMessage"].endswith(
        "; whether anything was denied is not known: look at HUMAN's deny list."
    )
    assert bool(human.denied) == done


def test_incidents_that_were_not_read_are_not_spoken_for(human: Human, tmp_path: Path) -> None:
    rows = [incident(f"https://x{n}.example/a.js", SITE, number=n) for n in range(50)]
    page = Reply(200, {"data": rows, "paging": {"count": 10**9}})
    human.fail("status", path="/v1/incidents", times=None, reply=page)
    said = message(run(human, tmp_path, dry_run=False))
    assert said == (
        "There is no incident of this script left to deny; HUMAN has more than the 2000 incidents that were "
        "read: nothing was denied."
    )


def test_whoever_is_stopped_says_it_too(human: Human, tmp_path: Path) -> None:
    human.fail("hang", method="POST", path="/v1/deny-lists", times=None)
    job = run(human, tmp_path, dry_run=False, timeout=2.5)
    assert job["status"] == "Failure"
    # A slow machine may not have come to the question by then.
    asked = any(request.method == "POST" for request in human.requests)
    unknown = "whether anything was denied is not known: look at HUMAN's deny list"
    fate = unknown if asked else "nothing was denied"
    assert job["errorMessage"].endswith(f"its job timeout was reached; {fate}.")


def test_after_a_lost_answer_it_looks(human: Human, tmp_path: Path) -> None:
    human.fail("reset_after", method="POST", path="/v1/deny-lists")
    assert message(run(human, tmp_path, dry_run=False)).startswith("Denied 1 incident")
    assert len(human.denied) == 1


def test_a_request_that_was_lost_on_the_way_denied_nothing(human: Human, tmp_path: Path) -> None:
    human.fail("reset_before", method="POST", path="/v1/deny-lists")
    job = run(human, tmp_path, dry_run=False)
    assert job["status"] == "Failure"
    assert job["errorMessage"].endswith("nothing was denied.")
    assert not human.denied
