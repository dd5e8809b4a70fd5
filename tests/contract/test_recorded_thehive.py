"""The simulated TheHive 4.1 answers as a real 4.1.24 did: recorded exchanges replayed in their order.

Ids differ from server to server: those of the recording are translated as answers bring them. An
answer agrees when its status is the same, an error says the same, and an object has the same names
with values of the same kind.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from simulators.thehive import TheHive

RECORDED = Path(__file__).parents[1] / "data" / "recorded" / "thehive-4.1.24"
KEY = "simulated-thehive-key"
IDS = re.compile(r"~\d+")

# What the product asks of a 4.1, and what it could come to meet there, in the order of the recording.
EXCHANGES = [
    "00-status",
    "07-user-current",
    "10-v1-alert-create-full",
    "11-v1-alert-duplicate",
    "17-v1-alert-missing-title",
    "17b-v1-alert-missing-many",
    "18-v1-alert-severity-string",
    "18b-v1-alert-severity-9",
    "18d-v1-alert-date-iso",
    "18f-v1-alert-tags-string",
    "18g-v1-alert-empty-title",
    "18i-v1-alert-long-sourceRef",
    "18j-v1-alert-unknown-field",
    "18l-v1-alert-minimal",
    "18m-v1-alert-notjson",
    "19-v1-alert-wrong-key",
    "19b-v1-alert-no-auth",
    "19f-v1-alert-unknown-org-header",
    "20-v0-alert-create-artifacts",
    "21-v0-alert-duplicate",
    "22-v0-alert-bad-datatype",
    "22b-v0-alert-bad-datatype-retry-without",
    "23-v0-alert-observables-key",
    "25-v0-alert-dup-observables",
    "26-v0-alert-wrong-key",
    "28-v0-alert-no-data",
    "30-v1-alert-create",
    "31-v1-alert-add-artifact",
    "31b-v1-alert-add-artifact-dup",
    "31c-v1-alert-add-artifact-list",
    "31d-v1-alert-add-artifact-badtype",
    "31e-v1-alert-add-observable-path",
    "31f-v1-alert-add-artifact-list-withdup",
    "31h-v1-alert-add-artifact-unknown-alert",
    "32-v1-alert-patch",
    "32b-v1-alert-get-after",
    "32c-v1-alert-patch-unknown-field",
    "32f-v1-alert-patch-unknown-alert",
    "32i-v1-alert-patch-severity-string",
    "32k-v1-alert-patch-read",
    "33-v1-alert-read",
    "33b-v1-alert-unread",
    "40-query-alert-by-sourceRef",
    "40c-query-alert-and",
    "40d-query-alert-eq-style",
    "40e-query-alert-in",
    "40g-query-bad-field",
    "40k-query-like",
    "41b-query-alert-observables-plain",
    "42-query-alert-observables-extra-links",
    "43-query-is",
    "51-v0-alert-create",
    "50-v1-promote",
    "50b-v1-promote-again",
    "50c-v1-alert-after-promote",
    "52b-promote-nobody",
    "53-duplicate-after-promote",
    "80-alert",
    "80b-alert-get-by-name",
    "81-alert-observable-get-v1",
    "81b-alert-observable-patch-v1",
    "85d-ro-patch",
    "87d-v1-merge",
    "88-404-unknown-path",
]
"""Custom fields are left out: the product sends none."""
# What is in these depends on a server's settings or on custom fields.
OPEN = {"connectors", "config", "customFields", "extraData", "stats"}


def kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return {int: "number", float: "number", str: "text", list: "list", dict: "object"}.get(
        type(value), "null"
    )


def differences(recorded: Any, simulated: Any, place: str = "") -> Iterator[str]:
    """Where the shape of an answer is another."""
    if recorded is None or simulated is None:
        return
    if kind(recorded) != kind(simulated):
        yield f"{place}: {kind(recorded)} recorded, {kind(simulated)} simulated"
    elif isinstance(recorded, dict):
        for name in recorded.keys() ^ simulated.keys():
            if name not in OPEN:
                yield f"{place}.{name}: only {'recorded' if name in recorded else 'simulated'}"
        for name in (recorded.keys() & simulated.keys()) - {
            "connectors",
            "config",
            "customFields",
            "extraData",
        }:
            yield from differences(recorded[name], simulated[name], f"{place}.{name}")
    elif isinstance(recorded, list) and recorded and simulated:
        yield from differences(recorded[0], simulated[0], f"{place}[0]")


class Replay:
    """Sends recorded requests to the simulator, ids translated."""

    def __init__(self, hive: TheHive) -> None:
        self.hive = hive
        self.ids: dict[str, str] = {}

    def translated(self, text: str) -> str:
        return IDS.sub(lambda match: self.ids.get(match[0], match[0]), text)

    def learn(self, recorded: Any, simulated: Any) -> None:
        if isinstance(recorded, dict) and isinstance(simulated, dict):
            for name in recorded.keys() & simulated.keys():
                if name in {"_id", "id"} and isinstance(recorded[name], str):
                    self.ids[recorded[name]] = simulated[name]
                self.learn(recorded[name], simulated[name])
        elif isinstance(recorded, list) and isinstance(simulated, list):
            for one, other in zip(recorded, simulated, strict=False):
                self.learn(one, other)

    def send(self, request: dict[str, Any]) -> requests.Response:
        headers = dict(request["headers"])
        if "wrong" not in request["name"] and "Authorization" in headers:
            headers["Authorization"] = "Bearer read-only" if "-ro-" in request["name"] else f"Bearer {KEY}"
        body = request["body"]
        data = body if isinstance(body, str) else None if body is None else self.translated(json.dumps(body))
        url = self.hive.url + self.translated(request["path"])
        return requests.request(request["method"], url, headers=headers, data=data, timeout=5)


def load(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text())


@pytest.fixture(scope="module")
def outcomes() -> dict[str, tuple[dict[str, Any], requests.Response]]:
    results = {}
    with TheHive("4.1.24-1", key=KEY) as hive:
        hive.add_user("reader@demo.local", "demo", "read-only", [], "read-only")
        replay = Replay(hive)
        for name in EXCHANGES:
            exchange = load(name)
            response = replay.send({**exchange["request"], "name": name})
            if response.headers.get("Content-Type") == "application/json":
                replay.learn(exchange["response"]["body"], response.json())
            results[name] = (exchange["response"], response)
    return results


@pytest.mark.parametrize("name", EXCHANGES)
def test_the_simulator_answers_as_the_real_server_did(
    name: str, outcomes: dict[str, tuple[dict[str, Any], requests.Response]]
) -> None:
    recorded, simulated = outcomes[name]
    assert simulated.status_code == recorded["status"], simulated.text
    if recorded["status"] == 204:
        assert not simulated.content
        return
    body = simulated.json()
    if recorded["status"] >= 400:
        assert body["type"] == recorded["body"]["type"]
        if body["type"] in {"NotFoundError", "CreateError", "AuthenticationError"}:
            assert IDS.sub("~", body["message"]) == IDS.sub("~", recorded["body"]["message"])
    else:
        assert list(differences(recorded["body"], body)) == []
    assert ("X-Total" in simulated.headers) == ("X-Total" in recorded["headers"])
