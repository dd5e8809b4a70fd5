"""Every sample message comes out as its expected file says."""

import json
from pathlib import Path
from typing import Any

import pytest

from codedefender2th.incident.alert import Alert, build_alert
from codedefender2th.incident.message import Incident, Rules, read_message

MESSAGES = Path(__file__).parents[1] / "data" / "messages"
NAMES = sorted(path.name.removesuffix(".expected.json") for path in MESSAGES.glob("*.expected.json"))
CHANNEL = "C0CODEDEF01"


def load(name: str) -> Any:
    return json.loads((MESSAGES / name).read_text())


def convert(name: str) -> list[tuple[Incident, Alert]]:
    reading = read_message(load(f"{name}.json"), Rules())
    return [(incident, build_alert(incident, CHANNEL, 2, 2)) for incident in reading.incidents]


def seen(incident: Incident, alert: Alert) -> dict[str, Any]:
    urls = [each["data"] for each in alert["observables"] if each["dataType"] == "url"]
    return {
        "risk_level": incident.risk_level,
        "severity": alert["severity"],
        "host_domain": incident.host_domain,
        "script_raw": incident.script and incident.script.shown,
        "script_url": urls[0] if urls else None,
        "script_host": incident.script and incident.script.host,
        "deep_link": alert.get("externalLink"),
        "category": incident.category,
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_message_becomes_the_expected_alerts(name: str) -> None:
    expected = load(f"{name}.expected.json")
    converted = convert(name)
    outcome = "alert" if converted else "reject"
    wanted = "alert" if expected["is_alert"] else "reject"
    assert outcome in {wanted, expected.get("also_accept")}
    if outcome != wanted:
        return
    assert len(converted) == len(expected["alerts"])
    for (incident, alert), want in zip(converted, expected["alerts"], strict=True):
        for key, value in seen(incident, alert).items():
            accepted = want.get(f"{key}_accept", expected.get(f"{key}_accept", []))
            assert value == want[key] or accepted in ("any", "any-without-bidi") or value in accepted, key


def test_the_published_sample_becomes_the_whole_alert() -> None:
    [(_, alert)] = convert("001-seed-sample")
    expected = load("001-seed-sample.alert.json")
    assert {**alert, "description": ""} == {**expected, "description": ""}


def test_two_incidents_of_one_message_have_references_of_their_own() -> None:
    refs = [alert["sourceRef"] for _, alert in convert("135-two-alerts-in-one-message")]
    assert refs == [f"{CHANNEL}-1600689944.000500", f"{CHANNEL}-1600689944.000500-2"]
