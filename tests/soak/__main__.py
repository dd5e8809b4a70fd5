"""`make soak`: a month of a SOC in minutes, with all that goes wrong; then a look whether all is well."""

from __future__ import annotations

import logging
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from inside.shifted import Shifted
from simulators.lab import Lab
from simulators.server import Reply
from soak.site import DAY, FREE_A_DAY, HOUR, HYBRID, MINUTE, OSV, VIRUSTOTAL, Site

# Nothing broken, a verdict is there within this; after what was broken is mended, too: an analyzer that was
# down is tried once an hour.
BOUND = 2 * HOUR
# A year of ten thousand incidents.
A_DAY = 27
NEW_SCRIPTS = 0.4
LEVELS = (("malicious", 0.05), ("suspicious", 0.1), ("safe", 0.35), ("info", 0.5))
SEED = 20_261_126


@dataclass
class Month:
    """What happens, by the hour.

    Attributes:
        gone: incidents whose alerts people deleted or closed.
        merged: those whose alerts people put into a case.
        outages: from when until when something was broken.
    """

    site: Site
    days: int
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    gone: set[str] = field(default_factory=set)
    merged: set[str] = field(default_factory=set)
    outages: list[tuple[float, float]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    passes: int = 0
    told: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        """Day after day."""
        for day in range(self.days):
            self._day(day)
            files = [path for path in self.site.state.rglob("*") if path.is_file()]
            self.sizes.append(sum(path.stat().st_size for path in files))
            self.memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
        self._quiet(26 * HOUR)

    def _day(self, day: int) -> None:
        begun, known = time.time(), sorted(self.site.truth)
        posts = sorted(self.chance.uniform(0, DAY) for _ in range(A_DAY))
        troubles = list(self._troubles(day))
        while time.time() - begun < DAY:
            now = time.time() - begun
            while posts and posts[0] <= now:
                posts.pop(0)
                self._post(known)
            for trouble in [each for each in troubles if each[0] <= now]:
                troubles.remove(trouble)
                self._strike(trouble)
            self._pass()
        self._people()

    def _post(self, known: list[str]) -> None:
        if known and self.chance.random() > NEW_SCRIPTS:
            script = self.chance.choice(known[-200:])
        else:
            number = len(self.site.truth)
            script = f"https://cdn{number}.host{number // 2}.net/{number}.js"
            pick, drawn = self.chance.random(), "info"
            for level, share in LEVELS:
                pick -= share
                if pick < 0:
                    drawn = level
                    break
            self.site.truth[script] = drawn
        self.site.post(script, host=self.chance.choice(("shop.example", "pay.example.org")))

    def _pass(self) -> None:
        """A pass, and the time to the next: half a minute while something goes on, else longer."""
        progress = self.site.pass_()
        self.passes += 1
        busy = progress is not None and (progress.running or progress.started or progress.judged)
        self.site.wait(30 if busy else 5 * MINUTE)

    def _quiet(self, seconds: float) -> None:
        begun = time.time()
        while time.time() - begun < seconds:
            self._pass()

    def _troubles(self, day: int) -> Iterator[tuple[float, str, float]]:
        """What breaks today: when, what, for how long (seconds)."""
        plan = {
            1: ("key", 30 * HOUR),
            3: ("cortex", 3 * HOUR),
            5: ("thehive", 2 * HOUR),
            7: ("slack", 2 * HOUR),
            9: ("quota", 12 * HOUR),
            11: ("responder", HOUR),
            13: ("thehive restarts", 0),
            15: ("cortex restarts", 10 * MINUTE),
            17: ("hybrid", HOUR),
            19: ("state lost", 0),
            21: ("rotation", 0),
            23: ("osv", 20 * HOUR),
            25: ("thehive", HOUR),
            27: ("key", 5 * HOUR),
        }
        yield self.chance.uniform(0, DAY), "kill", 0
        if day % 30 in plan:
            what, seconds = plan[day % 30]
            yield (12 * HOUR if what == "quota" else self.chance.uniform(2, 8) * HOUR), what, seconds

    def _strike(self, trouble: tuple[float, str, float]) -> None:
        """Break something, go on, mend it."""
        _, what, seconds = trouble
        site, hive = self.site, self.site.lab.hive
        mend: Callable[[], object] = lambda: None  # noqa: E731
        down = Reply(503, {"type": "Unavailable", "message": "down"})
        if what in {"key", "hybrid", "osv"}:
            name = {"key": VIRUSTOTAL, "hybrid": HYBRID, "osv": OSV}[what]
            site.down.add(name)
            mend = lambda: site.down.discard(name)  # noqa: E731
        elif what == "quota":
            site.quota[VIRUSTOTAL] = 0
            mend = site.quota.clear
        elif what == "cortex":
            site.lab.workers.down = True
            mend = lambda: setattr(site.lab.workers, "down", False)  # noqa: E731
        elif what in {"thehive", "slack"}:
            server = hive if what == "thehive" else site.lab.slack
            fault = server.fail("status", reply=down, times=None)
            mend = lambda: server.faults.remove(fault)  # noqa: E731
        elif what == "responder":
            site.responder_is_broken = True
            mend = lambda: setattr(site, "responder_is_broken", False)  # noqa: E731
        elif what == "thehive restarts":
            site.pass_()
            hive.connector.restart()
        elif what == "cortex restarts":
            site.lab.workers.broken |= {VIRUSTOTAL}
            mend = site.heal
        elif what == "kill":
            site.restart()
        elif what == "state lost":
            for file in site.state.glob("*/investigations.json"):
                file.unlink()
            site.restart()
        elif what == "rotation":
            hive.keys[hive.key + "-new"] = hive.keys.pop(hive.key)
            site.pass_()
            hive.key += "-new"
            site.restart()
        self.told[what] += 1
        begun = time.time()
        while time.time() - begun < seconds:
            if self.chance.random() < A_DAY * 5 * MINUTE / DAY:
                self._post(sorted(site.truth))
            site.pass_()
            self.passes += 1
            site.wait(5 * MINUTE)
        mend()
        self.outages.append((begun, time.time()))

    def _people(self) -> None:
        """Analysts close, delete and merge."""
        site, store = self.site, self.site.lab.hive.store
        alerts = [alert for alert in store.alerts.values() if alert["stage"] != "Closed"]
        for alert in self.chance.sample(alerts, min(3, len(alerts))):
            if self.chance.random() < 0.3:
                del store.alerts[alert["_id"]]
                self.gone.add(alert["sourceRef"])
            elif (
                alert["stage"] == "New"
                and (cases := list(store.cases.values()))
                and self.chance.random() < 0.3
            ):
                site.lab.hive.cases.take_in(
                    store.users["feeder@demo.local"], alert, self.chance.choice(cases)
                )
                self.merged.add(alert["sourceRef"])
            elif alert["stage"] == "New" and site.verdict(alert["sourceRef"]):
                alert |= {"status": "FalsePositive", "stage": "Closed"}
                self.gone.add(alert["sourceRef"])

    def wrong(self) -> Iterator[str]:
        """What is not as it should be."""
        site = self.site
        stored = Counter(alert["sourceRef"] for alert in site.lab.hive.store.alerts.values())
        yield from (f"{ref} is there {count} times" for ref, count in stored.items() if count > 1)
        for reference, script in site.posted.items():
            if reference in self.gone:
                continue
            verdict, truth = site.verdict(reference), site.truth[script]
            alert = site.alert(reference)
            if alert is None:
                yield f"{reference} was lost"
            elif reference in self.merged:
                continue
            elif verdict is None:
                yield f"{reference} has no verdict"
            elif truth == "malicious" and not (verdict == "malicious" and alert.get("caseId")):
                yield f"{reference}, malicious: {verdict}, case {alert.get('caseId')}"
            elif truth == "suspicious" and verdict != "suspicious":
                yield f"{reference}, suspicious: {verdict}"
            elif verdict == "clean" and truth != "safe":
                yield f"{reference}, {truth}: clean"
        yield from (
            f"{ref} had its verdict {late / HOUR:.1f} h late" for ref, late in self.lateness() if late > BOUND
        )
        scripts = [script for script, level in site.truth.items() if level == "malicious"]
        cases = len(site.lab.hive.store.cases)
        if cases > len(scripts):
            yield f"{cases} cases of {len(scripts)} malicious scripts"
        half = len(self.sizes) // 2
        if half > 7 and max(self.sizes[half:]) > 1.5 * max(self.sizes[5:half]):
            yield f"the state folder grows: {self.sizes}"

    def lateness(self) -> Iterator[tuple[str, float]]:
        """By incident: seconds from when nothing stood in the way any more to the verdict that lasted."""
        last: dict[str, float] = {}
        for moment, verdict in zip(self.site.heard, self.site.verdicts, strict=True):
            last |= dict.fromkeys(verdict.references, moment)
        for reference, moment in last.items():
            free = float(reference.partition("-")[2])
            for begun, ended in sorted(self.outages):
                # What is broken before a verdict can be there keeps it back.
                if begun <= free + BOUND and ended > free:
                    free = ended
            yield reference, moment - free


def table(month: Month) -> Iterator[str]:
    """What was seen."""
    site = month.site
    seconds = sorted(verdict.seconds for verdict in site.verdicts if verdict.before is None)
    late = sorted(late for _, late in month.lateness())
    yield f"{month.days} days, {month.passes} passes"
    yield f"{len(site.posted)} incidents of {len(site.truth)} scripts"
    yield f"verdicts {Counter(verdict.verdict for verdict in site.verdicts if verdict.before is None)}"
    yield f"judged again {Counter(f'{v.before} → {v.verdict}' for v in site.verdicts if v.before)}"
    if seconds:
        middle, worst = seconds[len(seconds) // 2], seconds[-1] / 3600
        yield f"from the alert to the verdict: median {middle:.0f} s, worst {worst:.1f} h"
        yield f"the same, outages left out: worst {late[-1] / MINUTE:.0f} min (bound {BOUND / MINUTE:.0f})"
    yield f"people closed or deleted {len(month.gone)}, merged {len(month.merged)}"
    yield f"cases {len(site.lab.hive.store.cases)}; struck by {dict(month.told)}"
    yield f"passes that ended early: {dict(site.errors)}"
    yield f"state folder, KB by day: {[size // 1024 for size in month.sizes]}"
    yield f"this process with all servers, MB: {month.memory[0]} … {month.memory[-1]}"
    for analyzer, free in FREE_A_DAY.items():
        days = [count for (_, name), count in site.asked.items() if name == analyzer]
        jobs = site.jobs[analyzer]
        yield (
            f"{analyzer}: {jobs} jobs, requests a day median {sorted(days)[len(days) // 2]}, most {max(days)}"
            f" (free: {free or 'no limit'})"
        )


def main(days: int) -> int:
    """Live through so many days; 1 where something is wrong."""
    logging.disable(logging.CRITICAL)
    began = time.monotonic()
    lab = Lab(analyzers=(VIRUSTOTAL, OSV, HYBRID))
    with tempfile.TemporaryDirectory() as state, Shifted() as clock, lab:
        month = Month(Site(lab, Path(state), clock), days)
        month.run()
        print("\n".join(table(month)))
        wrong = list(month.wrong())
    print(f"{time.monotonic() - began:.0f} s; " + ("all is well" if not wrong else f"{len(wrong)} WRONG"))
    print("\n".join(wrong[:40]))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 30))
