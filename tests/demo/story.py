"""What is in the demonstration's channel, and what the simulated services know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from simulators import registries
from simulators.hybridanalysis import overview, sample
from simulators.known_flaws import JQUERY_OSV, JQUERY_SNYK
from simulators.messages import chatter, incident, ts_at
from simulators.outside import Outside
from simulators.urlscan import Scan
from simulators.virustotal import attributes

SAMPLE = Path(__file__).parents[1] / "data" / "messages" / "001-seed-sample.json"

# As in the sample.
BOT = "B01BSD0CHSL"

SKIMMER = "https://static.checkout-metrics.example/v2/collect.js"
JQUERY = "https://code.jquery.com/jquery-3.4.1.min.js"
CLEAN = "https://cdn.payments.example/sdk/4.2.0/elements.js"
NEW = "https://tags.fresh-analytics.example/t.js"
# On the list of known skimmer hosts that ships along, so that no key is needed to tell.
LISTED = "https://cdn.magento-cdn.top/js/varien.js"
# A published library, and a skimmer (both of our own writing) that somebody appended to a copy of it.
SLIDER = "https://widgets.example.net/js/shop-slider.min.js"
SCRIPTS = Path(__file__).parent / "scripts"
CONTENT = "9f4a5c3d" * 8
JQUERY_CONTENT = "0925e8ad" * 8
CLEAN_CONTENT = "5a1c0de5" * 8


def teach(outside: Outside) -> None:
    """Tell the services what they know: the skimmer by its content only, jQuery's flaws, a clean script.

    Registries know since when each domain is registered.
    """
    outside.virustotal.urls[SKIMMER] = attributes(content=CONTENT)
    outside.virustotal.files[CONTENT] = attributes(malicious=23, label="trojan.magecart/skimmer")
    outside.virustotal.urls[JQUERY] = attributes(content=JQUERY_CONTENT)
    outside.virustotal.files[JQUERY_CONTENT] = attributes()
    outside.virustotal.urls[CLEAN] = attributes(content=CLEAN_CONTENT)
    outside.virustotal.files[CLEAN_CONTENT] = attributes()
    outside.hybrid.overviews[SKIMMER] = overview("malicious", threat_score=95)
    outside.hybrid.overviews[CLEAN] = overview("no specific threat")
    # A trojan that loads jQuery says nothing of jQuery.
    outside.hybrid.samples = [(sample("malicious"), [f"GET {JQUERY}"])]
    outside.osv.records = list(JQUERY_OSV)
    outside.snyk.issues["pkg:npm/jquery@3.4.1"] = list(JQUERY_SNYK)
    ages = {
        "checkout-metrics.example": 12,
        "jquery.com": 7_500,
        "payments.example": 3_000,
        "magento-cdn.top": 3_100,
    }
    for name, days in {
        **ages,
        "fresh-analytics.example": 90,
        "example.com": 9_000,
        "example.net": 9_000,
    }.items():
        outside.registries.domains[name] = registries.record(name, days)
    _teach_content(outside)


def _teach_content(outside: Outside) -> None:
    """npm has the slider; urlscan.io saw it untouched for a year, and then with something behind it."""
    slider = (SCRIPTS / "slider.js").read_bytes()
    altered = slider + (SCRIPTS / "skimmer.js").read_bytes()
    outside.npm.publish("shop-slider", "2.4.0", {"dist/shop-slider.min.js": slider}, days_ago=900)
    outside.wayback.capture(SLIDER, "20250920081500", slider)
    for day, body in (("2025-11-02", slider), ("2026-11-19", slider), ("2026-11-21", altered)):
        outside.urlscan.add(Scan("https://shop.example.org/checkout", f"{day}T08:15:00.000Z", {SLIDER: body}))


def fill(outside: Outside) -> None:
    """The channel as the feeder finds it: incidents among chatter, whole and broken, true and forged."""
    for number in range(0, 60, 2):
        outside.channel.post(chatter(ts_at(number), number))
    outside.channel.post({**json.loads(SAMPLE.read_text()), "username": "Code Defender"}, ts_at(1))
    posts: list[dict[str, Any]] = [
        incident(ts_at(11), script=f"`<{JQUERY}>`", risk="Medium", category="Vulnerable library"),
        incident(ts_at(21), script=f"`{CLEAN}`", risk="Low", category="New third-party script"),
        incident(ts_at(31), script=f"`{NEW}`", risk="High", category="PII access by a new script"),
        incident(ts_at(37), script=f"`{LISTED}`", risk="Medium", category="New third-party script"),
        incident(ts_at(35), script=f"`{SLIDER}`", risk="Medium", category="Known script has changed"),
        incident(ts_at(41), script="`Anonymous`", risk="Medium", category="Inline script reads a form"),
        # A person's post that looks like one, and one whose fields are gone.
        {**incident(ts_at(43)), "bot_id": None, "user": "U0SOMEONE"},
        incident(ts_at(45), script="", host="", category="Card data sent to an unknown domain"),
    ]
    for post in posts:
        outside.channel.post({**post, "bot_id": post["bot_id"] and BOT, "username": "Code Defender"})


def strike(outside: Outside, ts: str) -> None:
    """The skimmer is found, now."""
    outside.channel.post(
        incident(
            ts,
            script=f"`<{SKIMMER}|{SKIMMER.removeprefix('https://')}>`",
            risk="High",
            host="<http://shop.example.com|shop.example.com>",
            category="Card data skimmed from the payment form",
            bot_id=BOT,
            username="Code Defender",
        )
    )
