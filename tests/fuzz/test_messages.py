"""Messages with mutations become alerts that keep the contract, whatever they hold."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codedefender2th.incident.message import Rules, read_message
from codedefender2th.slack.text import whole_characters
from fuzz.invariants import check_message, check_packages, check_script
from fuzz.strategies import mutated, values
from simulators.messages import TITLE, incident, ts_at

RULES = Rules()
VALID = incident(ts_at(0))
# `make fuzz` asks for more.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "100"))
often = settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])


@often
@given(mutated(VALID) | values)
def test_every_message_is_read_and_every_alert_keeps_the_limits(message: object) -> None:
    check_message(message)


@often
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


ADDRESSES = tuple(
    row.split("\t")[0]
    for row in (Path(__file__).parents[1] / "data" / "script-urls.tsv").read_text().splitlines()
    if not row.startswith("#")
)
PARTS = (
    "/",
    "//",
    "#",
    "?",
    "@",
    ":",
    "%",
    "\\",
    " ",
    "\t",
    "[",
    "]",
    "~",
    "^",
    "latest",
    "1.2.3",
    "é",
    "\u3000",
)


@often
@given(
    st.sampled_from(ADDRESSES),
    st.lists(st.tuples(st.integers(0, 200), st.sampled_from(PARTS) | st.text(max_size=3)), max_size=4),
)
def test_an_address_is_its_own_canonical_form_and_its_packages_can_be_looked_up(
    address: str, changes: list[tuple[int, str]]
) -> None:
    for place, part in changes:
        address = address[:place] + part + address[place:]
    check_script(whole_characters(address))
    check_packages(address)


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.example/a.js?x #fragment",
        "https://shop.example/a.js\u3000#fragment",
    ],
)
def test_what_fuzzing_found(address: str) -> None:
    check_script(address)
