"""Feeding: alerts a second beside a plain loop of thehive4py calls, calls beside a reader of small pages."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from typing import Any

import requests
from row import Row, seconds
from thehive4py.client import TheHiveApi
from workbench import CHANNEL, feed, workplace

from codedefender2th.incident.alert import build_alert
from codedefender2th.incident.message import Rules, read_message
from codedefender2th.slack.client import PAGE
from codedefender2th.thehive.client import IN_FLIGHT
from simulators.messages import chatter, incident, ts_at
from simulators.slack import Channel, Slack
from simulators.thehive import TheHive

ALERTS = 200
HIVE_SECONDS = 0.05
MESSAGES = 10_000
SLACK_SECONDS = 0.02
# Pages of other readers: Slack's default, what many connectors ask, what unlisted apps are given.
PAGES = (100, 50, 15)
# conversations.history, Slack documentation, "Rate limits", tier 3.
CALLS_A_MINUTE = 50


def run() -> Iterator[Row]:
    """The rows of the report."""
    yield _sending()
    yield from _reading()


def _sending() -> Row:
    with (
        Slack() as slack,
        TheHive(latency=HIVE_SECONDS) as hive,
        tempfile.TemporaryDirectory() as state,
    ):
        channel = slack.add(Channel(CHANNEL, "code-defender"))
        channel.posts = [(ts_at(n), incident(ts_at(n))) for n in range(ALERTS)]
        plain = seconds(lambda: _plain_loop(hive, [message for _, message in channel.posts]))
        hive.store.references.clear()
        place = workplace(slack, hive, state)
        ours = seconds(lambda: feed(place))
    fastest = IN_FLIGHT / HIVE_SECONDS
    return Row(
        f"{ALERTS} alerts into a TheHive that takes {HIVE_SECONDS * 1000:.0f} ms for each",
        f"feeder {ALERTS / ours:.0f}/s",
        f"thehive4py one by one {ALERTS / plain:.0f}/s",
        plain / ours,
        f"the server's own time with {IN_FLIGHT} at once, {fastest:.0f}/s",
    )


def _plain_loop(hive: TheHive, messages: list[Any]) -> None:
    api = TheHiveApi(hive.root, apikey=hive.key)
    for message in messages:
        [read] = read_message(message, Rules()).incidents
        body: Any = build_alert(read, CHANNEL, 2, 2)
        api.alert.create(body)


def _reading() -> Iterator[Row]:
    with (
        Slack(latency=SLACK_SECONDS) as slack,
        TheHive() as hive,
        tempfile.TemporaryDirectory() as state,
    ):
        channel = slack.add(Channel(CHANNEL, "code-defender"))
        channel.posts = [(ts_at(n), chatter(ts_at(n), n)) for n in range(MESSAGES)]
        place = workplace(slack, hive, state)
        slack.calls.clear()
        our_time = seconds(lambda: feed(place))
        our_calls = slack.calls.total()
        for size in PAGES:
            slack.calls.clear()
            their_time = seconds(lambda size=size: _page_by_page(slack, size))  # type: ignore[misc]  # bound now
            their_calls = slack.calls.total()
            yield Row(
                f"{MESSAGES:,} messages without an incident, beside a reader of {size} a page",
                f"feeder {our_calls} calls, {our_time:.1f} s, checked and remembered",
                f"reader {their_calls} calls, {their_time:.1f} s; "
                f"{their_calls / CALLS_A_MINUTE:.0f} minutes at Slack's {CALLS_A_MINUTE} calls a minute",
                their_time / our_time,
                f"pages of {PAGE}, {math.ceil(MESSAGES / PAGE)} calls, "
                f"{math.ceil(MESSAGES / PAGE) * SLACK_SECONDS:.1f} s of the server's own time",
            )


def _page_by_page(slack: Slack, size: int) -> None:
    """Read all pages by cursor and look at nothing."""
    cursor, read = "", 0
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {slack.token}"
        while True:
            asked = {"channel": CHANNEL, "limit": str(size), "cursor": cursor}
            body = session.get(f"{slack.api_url}/conversations.history", params=asked, timeout=30).json()
            read += len(body["messages"])
            cursor = body.get("response_metadata", {}).get("next_cursor", "")
            if not cursor:
                break
    if read != MESSAGES:
        raise RuntimeError(f"read {read} of {MESSAGES} messages")
