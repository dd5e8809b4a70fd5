"""Investigation: requests to TheHive per pass over a thousand open alerts, beside looking at each of them."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator

from row import Row
from thehive4py.client import TheHiveApi
from thehive4py.query.filters import In
from workbench import feed, workplace

from codedefender2th.playbook.investigate import Investigator
from codedefender2th.settings import SETTINGS
from codedefender2th.workplace import Workplace
from simulators.lab import ANALYZERS, RESPONDER, Lab
from simulators.messages import incident, ts_at

ALERTS = 1000
PASSES = 40
GLOBS = tuple(next(each for each in SETTINGS if each.variable == "FEEDER_ANALYZERS").default.split(","))  # type: ignore[union-attr]  # it has one


def run() -> Iterator[Row]:
    """The rows of the report."""
    for title, scripts in (("a script each", ALERTS), ("one script", 1)):
        with Lab(analyzers=ANALYZERS[:1]) as lab, tempfile.TemporaryDirectory() as state:
            # Jobs that do not end: nothing changes between the passes.
            lab.workers.broken.add(ANALYZERS[0])
            for number in range(ALERTS):
                url = f"`https://cdn.example/{number % scripts}.js`"
                lab.channel.post(incident(ts_at(number), script=url))
            place = workplace(lab.slack, lab.hive, state)
            feed(place)
            counts = [_requests(lab, place) for _ in range(PASSES)]
            plain = _plain_requests(lab)
            yield Row(
                f"requests a pass over {ALERTS} open alerts, {title}",
                f"first {counts[0]}, second {counts[1]}, once all have been looked at {counts[-1]}",
                f"looking at each alert by thehive4py {plain}",
                plain / counts[-1],
                "one query a pass where nothing has changed, and the jobs that run",
            )
    yield _cached()


def _plain_requests(lab: Lab) -> int:
    """A pass that asks for the observables and the jobs of every alert without a verdict."""
    lab.hive.calls.clear()
    api = TheHiveApi(lab.hive.root, apikey=lab.hive.key)
    for alert in api.alert.find(In("type", ["code-defender"])):
        for observable in api.alert.find_observables(alert["_id"]):
            if "code-defender:script" in observable["tags"]:
                api.query.run([{"_name": "getObservable", "idOrName": observable["_id"]}, {"_name": "jobs"}])
    return lab.hive.calls.total()


def _cached() -> Row:
    """A hundred alerts about one malicious script, to the end."""
    with Lab(analyzers=ANALYZERS[:1]) as lab, tempfile.TemporaryDirectory() as state:
        lab.answer(ANALYZERS[0], lambda data: "malicious")
        for number in range(100):
            lab.channel.post(incident(ts_at(number)))
        place = workplace(lab.slack, lab.hive, state)
        feed(place)
        started, passes = time.monotonic(), 0
        while sum("verdict=malicious" in str(a["tags"]) for a in lab.hive.store.alerts.values()) < 100:
            _requests(lab, place)
            passes += 1
            time.sleep(0.3)
        look_ups = sum(name != RESPONDER for name, _ in lab.workers.started)
        return Row(
            "100 alerts about one malicious script, to the verdict",
            f"{look_ups} look-up, {len(lab.hive.store.cases)} case, {passes} passes, "
            f"{time.monotonic() - started:.0f} s with the responder as a process each time",
            limit="1 look-up, 1 case",
        )


def _requests(lab: Lab, place: Workplace) -> int:
    lab.hive.calls.clear()
    Investigator(place.thehive, place.state, GLOBS, RESPONDER, threading.Event()).run()
    return lab.hive.calls.total()
