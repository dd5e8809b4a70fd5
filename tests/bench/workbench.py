"""What the benchmarks work with: settings for simulated services, and passes within this process."""

from __future__ import annotations

import threading
from pathlib import Path

from codedefender2th.feeding.feed import Feeder
from codedefender2th.settings import read_settings
from codedefender2th.slack.unread import Unread
from codedefender2th.workplace import Workplace, open_workplace
from simulators.slack import Slack
from simulators.thehive import TheHive

CHANNEL = "C0CODEDEF01"


def environment(slack: Slack, hive: TheHive, state: str | Path) -> dict[str, str]:
    """The feeder's settings."""
    return {
        "SLACK_BOT_TOKEN": slack.token,
        "SLACK_CHANNEL": CHANNEL,
        "SLACK_API_URL": slack.api_url,
        "THEHIVE_URL": hive.root,
        "THEHIVE_API_KEY": hive.key,
        "FEEDER_STATE_DIR": str(state),
        "LOG_LEVEL": "ERROR",
        # The posts are of 2020.
        "FEEDER_SINCE": "all",
    }


def workplace(slack: Slack, hive: TheHive, state: str | Path) -> Workplace:
    """What a pass works with."""
    return open_workplace(read_settings(environment(slack, hive, state), {}), threading.Event())


def feed(place: Workplace) -> Feeder:
    """One pass; the feeder that made it."""
    with place.state.locked():
        feeder = Feeder(place.channel, place.thehive, place.state, place.marking, threading.Event())
        feeder.run(Unread.since(None))
        return feeder
