"""What is in the demonstration's channel, and what the simulated services know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from simulators.hybridanalysis import report
from simulators.messages import chatter, incident, ts_at
from simulators.osv import record
from simulators.outside import Outside
from simulators.snyk import issue
from simulators.virustotal import attributes

SAMPLE = Path(__file__).parents[1] / "data" / "messages" / "001-seed-sample.json"

# As in the sample.
BOT = "B01BSD0CHSL"

SKIMMER = "https://static.checkout-metrics.example/v2/collect.js"
JQUERY = "https://code.jquery.com/jquery-3.4.1.min.js"
CLEAN = "https://cdn.payments.example/sdk/4.2.0/elements.js"
NEW = "https://tags.fresh-analytics.example/t.js"
CONTENT = "9f4a5c3d" * 8


def teach(outside: Outside) -> None:
    """Tell the services what they know: the skimmer by its content only, jQuery's flaws, a clean script."""
    outside.virustotal.urls[SKIMMER] = attributes(content=CONTENT)
    outside.virustotal.files[CONTENT] = attributes(malicious=23, label="trojan.magecart/skimmer")
    outside.virustotal.urls[JQUERY] = attributes()
    outside.virustotal.urls[CLEAN] = attributes()
    outside.hybrid.reports[SKIMMER] = [report("malicious", threat_score=95)]
    outside.hybrid.reports[CLEAN] = [report("no specific threat")]
    outside.osv.records = [
        record(
            "GHSA-gxr4-xjj5-5px2",
            "jquery",
            ("1.2.0", "3.5.0"),
            severity="HIGH",
            vector="CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:C/C:H/I:L/A:N",
            aliases=("CVE-2020-11022",),
        )
    ]
    outside.snyk.issues["pkg:npm/jquery@3.4.1"] = [
        issue("SNYK-JS-JQUERY-567880", "high", score=7.5, cves=("CVE-2020-11022",), fixed="3.5.0")
    ]


def fill(outside: Outside) -> None:
    """The channel as the feeder finds it: incidents among chatter, whole and broken, true and forged."""
    for number in range(0, 60, 2):
        outside.channel.post(chatter(ts_at(number), number))
    outside.channel.post({**json.loads(SAMPLE.read_text()), "username": "Code Defender"}, ts_at(1))
    posts: list[dict[str, Any]] = [
        incident(ts_at(11), script=f"`<{JQUERY}>`", risk="Medium", category="Vulnerable library"),
        incident(ts_at(21), script=f"`{CLEAN}`", risk="Low", category="New third-party script"),
        incident(ts_at(31), script=f"`{NEW}`", risk="High", category="PII access by a new script"),
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
