"""Messages with mutations become alerts that keep the contract, whatever they hold."""

import json

from hypothesis import given

from codedefender2th.alert import MAX_BODY_BYTES, build_alert
from codedefender2th.incident import Rules, read_message
from codedefender2th.thehive import as_v0
from fuzz.strategies import mutated, values
from simulators.messages import TITLE, incident, ts_at

RULES = Rules()
VALID = incident(ts_at(0))


def check(message: object) -> None:
    """What must be so of every alert; used by the coverage-guided target, too."""
    for read in read_message(message, RULES).incidents:
        alert = build_alert(read, "C0CODEDEF01", 2, 2)
        assert 1 <= len(alert["title"]) <= 512
        assert alert["title"].isprintable()
        assert all(1 <= len(tag) <= 128 and tag.isprintable() for tag in alert["tags"])
        assert len(set(alert["tags"])) == len(alert["tags"])
        assert alert["severity"] in {1, 2, 3, 4}
        assert isinstance(alert["date"], int)
        found = [(each["dataType"], each["data"]) for each in alert["observables"]]
        assert len(set(found)) == len(found) <= 3
        assert all(1 <= len(data) <= 4096 for _, data in found)
        assert all(data.startswith(("http://", "https://")) for kind, data in found if kind == "url")
        assert len(json.dumps(as_v0(alert))) <= MAX_BODY_BYTES + 4096
        assert "{{" not in alert["description"]
        json.dumps(alert, ensure_ascii=False).encode()
        link = alert.get("externalLink", "https://perimeterx.com")
        assert link.startswith("https://")


@given(mutated(VALID) | values)
def test_every_message_is_read_and_every_alert_keeps_the_limits(message: object) -> None:
    check(message)


@given(mutated(VALID))
def test_nothing_that_looks_like_an_incident_is_dropped(message: object) -> None:
    if not isinstance(message, dict) or not isinstance(message.get("bot_id"), str):
        return
    attachments = message.get("attachments")
    titled = isinstance(attachments, list) and any(
        isinstance(each, dict) and each.get("title") == TITLE for each in attachments
    )
    if titled and message["bot_id"].strip() and message.get("ts") == VALID["ts"]:
        assert read_message(message, RULES).incidents
