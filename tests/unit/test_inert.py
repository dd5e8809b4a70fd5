"""Alert descriptions, rendered by a real Markdown engine: text stays text, whatever an incident says.

The engine takes more than TheHive does (tables, bare links, HTML): what is inert here is inert there.
"""

import copy
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from codedefender2th.incident.alert import Alert, bare, build_alert, without_observables
from codedefender2th.incident.message import CONSOLE_DOMAINS, Rules, read_message
from fuzz.strategies import mutated
from simulators.messages import incident, ts_at

MESSAGES = Path(__file__).parents[1] / "data" / "messages"
# What is written as HTML would be HTML. Bare addresses are no links here, but may be elsewhere: see below.
ENGINE = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
# Blocks and text; the only element with an address is the link to HUMAN's console.
HARMLESS = {
    "paragraph_open",
    "paragraph_close",
    "inline",
    "text",
    "softbreak",
    "fence",
    "link_open",
    "link_close",
}
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/t.png)",
    "[click](javascript:alert(1))",
    "[a]: https://evil.example\n[a]",
    "<https://evil.example>",
    "https://evil.example/bare",
    "```\n<b>out</b>\n```",
    "~~~\n# out\n~~~",
    "`````\n[x](https://evil.example)\n",
    "\n\n# heading\n\n- list\n\n> quote\n\n| a | b |\n|---|---|\n| c | d |\n",
    "    indented\n\n***\n",
    "\r# after a bare carriage return\r\n---\r",
    "\u2028# line separator\u2029# paragraph separator\x85# next line\x0b# tab\x0c# feed",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)} {%raw%} [[x]] {{{x}}}",
    "&lt;script&gt;&#60;img src=x&#62;",
    "\u202egnp.exe\u2066<b>",
    "\\`\\`\\`\n</code></pre><svg onload=alert(1)>",
    "$$\\href{javascript:alert(1)}{x}$$",
    "::: danger\n@[youtube](x)\n:::",
)
# A busy machine is no failure.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
FIELDS = ("text", "Script", "Risk Level", "Host Domain", "title", "url", "extra")


def tokens(alert: Alert) -> Iterator[Token]:
    """Every token of the description, those within others too."""
    for token in ENGINE.parse(alert["description"]):
        yield token
        yield from token.children or ()


def assert_inert(alert: Alert) -> None:
    found = list(tokens(alert))
    assert {token.type for token in found} <= HARMLESS
    for link in (token for token in found if token.type == "link_open"):
        address = urlsplit(str(link.attrs["href"]))
        host = address.hostname or ""
        assert address.scheme == "https"
        slack = host == "acme.slack.com" and address.path.startswith("/archives/")
        assert slack or any(host == domain or host.endswith(f".{domain}") for domain in CONSOLE_DOMAINS)
    outside = "".join(token.content for token in found if token.type == "text")
    assert "://" not in outside, "a bare address that an engine may make a link of"
    assert "{{" not in alert["description"]
    elements = re.findall(r"<([^/\s>]+)", ENGINE.render(alert["description"]))
    assert set(elements) <= {"p", "pre", "code", "a"}


def forms(message: Any) -> Iterator[Alert]:
    """The alerts of a message, in every form in which they may be sent."""
    for read in read_message(message, Rules()).incidents:
        alert = build_alert(read, "C0CODEDEF01", 2, 2, "https://acme.slack.com")
        yield from (alert, without_observables(alert, alert["observables"]), bare(alert))


def with_text(place: str, text: str) -> dict[str, Any]:
    """An incident that says `text` at a place of it."""
    message = copy.deepcopy(incident(ts_at(0)))
    attachment = message["attachments"][0]
    if place == "text":
        attachment["text"] = text
    elif place == "url":
        attachment["actions"][0]["url"] = f"https://console.perimeterx.com/x?{text}"
    elif place == "title":
        attachment["fields"].append({"title": text, "value": "v"})
    elif place == "extra":
        attachment["fields"].append({"title": "More", "value": text})
    else:
        next(field for field in attachment["fields"] if field["title"] == place)["value"] = text
    return message


@pytest.mark.sampled(3)
@pytest.mark.parametrize("place", FIELDS)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str, place: str) -> None:
    made = list(forms(with_text(place, text)))
    assert made
    for alert in made:
        assert_inert(alert)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("place", FIELDS)
@patient
@given(st.lists(st.sampled_from([*HOSTILE, "`", "~", "\n", "|", "\\", "]", ")", ">"]), max_size=6))
def test_hostile_text_in_any_order_stays_text(place: str, parts: list[str]) -> None:
    for alert in forms(with_text(place, "".join(parts))):
        assert_inert(alert)


@patient
@given(mutated(incident(ts_at(0))))
def test_mutated_messages_stay_text(message: Any) -> None:
    for alert in forms(message):
        assert_inert(alert)


def test_every_recorded_message_stays_text() -> None:
    rendered = 0
    for file in MESSAGES.glob("*.json"):
        if file.stem.count(".") == 0:
            for alert in forms(json.loads(file.read_text())):
                assert_inert(alert)
                rendered += 1
    assert rendered > 60


def test_the_facts_are_still_to_be_read() -> None:
    chance = random.Random(0)
    for text in HOSTILE:
        word = f"word{chance.randrange(10**9)}"
        [alert, *_] = forms(with_text("extra", f"{text} {word}"))
        assert word in "".join(token.content for token in tokens(alert) if token.type == "fence")
