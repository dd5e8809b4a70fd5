"""Investigation: requests to TheHive per pass over many open alerts, beside looking at each of them."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from row import Row
from thehive4py.client import TheHiveApi
from thehive4py.query.filters import In
from workbench import feed, workplace

from codedefender2th.incident.alert import build_alert
from codedefender2th.incident.message import Rules, read_message
from codedefender2th.playbook.investigate import Investigator
from codedefender2th.settings import SETTINGS
from inside.shifted import Shifted
from simulators.lab import ANALYZERS, RESPONDER, Lab
from simulators.messages import incident, ts_at
from soak.site import FREE_A_DAY, HOUR, HYBRID, OSV, REQUESTS, VIRUSTOTAL, Site

SIZES = (30, 300, 3000)
GLOBS = tuple(next(each for each in SETTINGS if each.variable == "FEEDER_ANALYZERS").default.split(","))  # type: ignore[union-attr]  # it has one


def run() -> Iterator[Row]:
    """The rows of the report."""
    for alerts in SIZES:
        with Lab(analyzers=ANALYZERS[:1]) as lab, tempfile.TemporaryDirectory() as state:
            # Jobs that do not end: nothing changes between the passes.
            lab.workers.broken.add(ANALYZERS[0])
            _store(lab, alerts)
            investigator = _investigator(lab, state)
            first = _requests(lab, investigator)
            # Until it is known of each what it is about: a hundred a pass.
            for _ in range(alerts // 100):
                investigator.run()
            unchanged = min(_requests(lab, investigator) for _ in range(3))
            _store(lab, 1, start=alerts)
            one_new = _requests(lab, investigator)
            plain = _plain_requests(lab)
            yield Row(
                f"requests a pass over {alerts} open alerts",
                f"unchanged {unchanged}, with a new one {one_new} (two are its jobs), the first pass {first}",
                f"looking at each alert by thehive4py {plain}",
                plain / unchanged,
                "a query for each thousand that is open, two for what runs",
            )
    yield _cached()
    yield _quotas()


def _store(lab: Lab, count: int, start: int = 0) -> None:
    """Alerts as they are fed, each with a script of its own."""
    user = lab.hive.store.users["feeder@demo.local"]
    for number in range(start, start + count):
        script = f"`https://cdn{number}.example/{number}.js`"
        [read] = read_message(incident(ts_at(number), script=script), Rules()).incidents
        body: Any = build_alert(read, "C0CODEDEF01", 2, 2)
        lab.hive.alerts.create(user, body, body["observables"])


def _investigator(lab: Lab, state: str) -> Investigator:
    place = workplace(lab.slack, lab.hive, state)
    with place.state.locked():
        pass
    return Investigator(place.thehive, place.state, GLOBS, RESPONDER, threading.Event())


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
        feed(workplace(lab.slack, lab.hive, state))
        investigator = _investigator(lab, state)
        started, passes = time.monotonic(), 0
        while sum("verdict=malicious" in str(a["tags"]) for a in lab.hive.store.alerts.values()) < 100:
            investigator.run()
            passes += 1
            time.sleep(0.3)
        look_ups = sum(name != RESPONDER for name, _ in lab.workers.started)
        return Row(
            "100 alerts about one malicious script, to the verdict",
            f"{look_ups} look-up, {len(lab.hive.store.cases)} case, {passes} passes, "
            f"{time.monotonic() - started:.0f} s with the responder as a process each time",
            limit="1 look-up of the script, 1 of its host, 1 case",
        )


def _quotas() -> Row:
    """What free keys are asked for a busy day's alerts."""
    lab = Lab(analyzers=(VIRUSTOTAL, OSV, HYBRID))
    with Shifted() as clock, tempfile.TemporaryDirectory() as state, lab:
        site = Site(lab, Path(state), clock)
        for number in range(40):
            site.post(f"https://cdn{number % 5}.example{number % 5}.net/{number % 10}.js")
        site.until(site.all_judged, 4 * HOUR)
        measured, plain = [], 0
        for name in (VIRUSTOTAL, HYBRID, OSV):
            asked = sum(count for (_, analyzer), count in site.asked.items() if analyzer == name)
            free = f" of {FREE_A_DAY[name]} free a day" if FREE_A_DAY[name] else ""
            measured.append(f"{name.split('_')[1]} {site.jobs[name]} jobs, {asked} requests at most{free}")
            plain += 40 * sum(REQUESTS[name].values())
        total = sum(site.asked.values())
        return Row(
            "40 alerts about 10 scripts on 5 hosts",
            "; ".join(measured),
            f"a look-up for each alert, {plain} requests",
            plain / total,
            "one look-up for each distinct script and host",
        )


def _requests(lab: Lab, investigator: Investigator) -> int:
    lab.hive.calls.clear()
    investigator.run()
    return lab.hive.calls.total()
