"""What the bootstrap asks of Cortex and of TheHive 4.1 has the form of recorded exchanges with real ones."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from setting_up import SettingUp
from simulators.cortex.server import Cortex
from simulators.server import Request
from simulators.thehive import TheHive

RECORDED = Path(__file__).parents[1] / "data" / "recorded"
# Known from the servers' sources only; see the modules that ask them.
NOT_RECORDED = {
    "POST /api/login",
    "GET /api/user/{}",
    "GET /api/organization/{}",
    "GET /api/responder",
    "GET /api/responderconfig/{}",
    "POST /api/v1/user/{}/password/change",
    "GET /api/v1/status/public",
    "GET /api/v1/organisation/{}",
    "GET /api/v1/user/{}",
    "GET /api/v1/caseTemplate/{}",
    "POST /api/v1/caseTemplate",
    "GET /api/connector/cortex/analyzer/template/content/{}",
    "POST /api/connector/cortex/analyzer/template/_import",
}
# An attribute of analyzers and responders alike (Cortex's Worker.scala), recorded for analyzers.
FROM_SOURCE = {"POST /api/organization/responder/{}": {"jobTimeout"}}
NAMES = (
    r"/(?:analyzer|responder)config/([^/]+)",
    r"/organization/(?:analyzer|responder)/([^/]+)",
    r"/(?:user|organi[sz]ation|caseTemplate|content)/(?!current|analyzer|responder)([^/]+)",
)


def shape(method: str, path: str) -> str:
    """An exchange's kind: names are left out."""
    path = path.partition("?")[0]
    for pattern in NAMES:
        path = re.sub(pattern, lambda found: found[0].replace(found[1], "{}"), path)
    return f"{method} {path}"


def recorded(folder: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for file in (RECORDED / folder).glob("*.json"):
        exchange = json.loads(file.read_text())
        request = exchange.get("request") if isinstance(exchange, dict) else None
        if request is None:  # not a single exchange
            continue
        found.setdefault(shape(request["method"], request["path"]), []).append(exchange)
    return found


def keys(body: Any) -> set[str]:
    return set(body) if isinstance(body, dict) else set()


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[Request]]]:
    with TheHive("4.1.24-1") as hive, Cortex() as cortex:
        site = SettingUp(hive, cortex, tmp_path_factory.mktemp("site"))
        assert site.run().code == 0
        yield {"cortex-4.1.0": list(cortex.requests), "thehive-4.1.24": list(hive.requests)}
        cortex.workers.close()


@pytest.mark.parametrize("server", ["cortex-4.1.0", "thehive-4.1.24"])
def test_requests_and_answers_have_the_recorded_form(server: str, asked: dict[str, list[Request]]) -> None:
    known = recorded(server)
    compared = 0
    for request in asked[server]:
        kind = shape(request.method, request.path)
        if kind not in known:
            assert kind in NOT_RECORDED, kind
            continue
        compared += 1
        body = json.loads(request.body) if request.body else None
        allowed = set().union(*(keys(exchange["request"]["body"]) for exchange in known[kind]))
        assert keys(body) <= allowed | FROM_SOURCE.get(kind, set()), kind
        assert request.reply is not None
        alike = [x["response"] for x in known[kind] if x["response"]["status"] == request.reply.status]
        assert alike, f"{kind} was never seen to answer {request.reply.status}"
        if isinstance(request.reply.body, dict):
            seen = set().union(*(keys(response["body"]) for response in alike))
            assert keys(request.reply.body) <= seen | FROM_SOURCE.get(kind, set()), kind
    assert compared >= 4
