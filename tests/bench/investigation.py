"""Investigation: requests to TheHive per pass over a thousand open alerts."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from codedefender2th.feed import Feeder
from codedefender2th.investigate import Investigator
from codedefender2th.settings import Settings, read_settings
from codedefender2th.unread import Unread
from codedefender2th.workplace import Workplace, open_workplace
from simulators.lab import ANALYZERS, RESPONDER, Lab
from simulators.messages import incident, ts_at

ALERTS = 1000
PASSES = 40


def run() -> Iterator[str]:
    """The rows of the report."""
    for title, scripts in (("a script each", ALERTS), ("one script", 1)):
        with Lab(analyzers=ANALYZERS[:1]) as lab, tempfile.TemporaryDirectory() as state:
            # Jobs that do not end: nothing changes between the passes.
            lab.workers.broken.add(ANALYZERS[0])
            for number in range(ALERTS):
                url = f"`https://cdn.example/{number % scripts}.js`"
                lab.channel.post(incident(ts_at(number), script=url))
            settings = read_settings(_settings(lab, state), {})
            workplace = _feed(settings)
            counts = [_requests(lab, settings, workplace) for _ in range(PASSES)]
            yield (
                f"{ALERTS} open alerts without a verdict, {title}: requests in the first pass "
                f"{counts[0]}, in the second {counts[1]}, once all have been looked at {counts[-1]}"
            )
    yield from _cached()


def _cached() -> Iterator[str]:
    """A hundred alerts about one malicious script, to the end."""
    with Lab(analyzers=ANALYZERS[:1]) as lab, tempfile.TemporaryDirectory() as state:
        lab.answer(ANALYZERS[0], lambda data: "malicious")
        for number in range(100):
            lab.channel.post(incident(ts_at(number)))
        settings = read_settings(_settings(lab, state), {})
        workplace = _feed(settings)
        started, passes = time.monotonic(), 0
        while sum("verdict=malicious" in str(a["tags"]) for a in lab.hive.store.alerts.values()) < 100:
            _requests(lab, settings, workplace)
            passes += 1
            time.sleep(0.3)
        look_ups = sum(name != RESPONDER for name, _ in lab.workers.started)
        yield (
            f"100 alerts about one malicious script: {look_ups} look-up, {len(lab.hive.store.cases)} case, "
            f"{passes} passes, {time.monotonic() - started:.0f} s with the responder as a process each time"
        )


def _settings(lab: Lab, state: str) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": lab.slack.token,
        "SLACK_CHANNEL": lab.channel.id,
        "SLACK_API_URL": lab.slack.api_url,
        "THEHIVE_URL": lab.hive.root,
        "THEHIVE_API_KEY": lab.hive.key,
        "FEEDER_STATE_DIR": str(Path(state)),
    }


def _feed(settings: Settings) -> Workplace:
    workplace = open_workplace(settings, threading.Event())
    with workplace.state.locked():
        Feeder(
            workplace.channel, workplace.thehive, workplace.state, workplace.marking, threading.Event()
        ).run(Unread.since(None))
    return workplace


def _requests(lab: Lab, settings: Settings, workplace: Workplace) -> int:
    lab.hive.calls.clear()
    Investigator(
        workplace.thehive, workplace.state, settings.analyzers, settings.responder, threading.Event()
    ).run()
    return lab.hive.calls.total()
