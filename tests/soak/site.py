"""A SOC in accelerated time: the feeder and the playbook in this process, the real responder, a Cortex and
services whose answers are given, and people and outages between them.

Everything speaks HTTP as ever; only the clock is moved, and analyzers answer at once what the script is.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codedefender2th.errors import FeederError
from codedefender2th.feeding.feed import Feeder
from codedefender2th.playbook.investigate import Investigator
from codedefender2th.playbook.progress import Progress
from codedefender2th.playbook.verdicts import Verdict
from codedefender2th.settings import read_settings
from codedefender2th.slack.unread import Unread
from codedefender2th.workplace import Workplace, open_workplace
from inside.shifted import Shifted
from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from simulators.cortex.workers import Job
from simulators.lab import ANALYZERS, RESPONDER, Lab
from simulators.messages import incident
from simulators.thehive.store import Entity
from triage import triage

VIRUSTOTAL, _, OSV, HYBRID = ANALYZERS
# Requests that a job makes at most, of what a free key may have in a day (VirusTotal: 4 a minute; Hybrid
# Analysis: 200 an hour for a restricted key).
REQUESTS = {
    VIRUSTOTAL: {"url": 2, "domain": 1},
    HYBRID: {"url": 2, "domain": 1},
    OSV: {"url": 3},
}
FREE_A_DAY = {VIRUSTOTAL: 500, HYBRID: 4800, OSV: None}
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
# Short on purpose: an outage is not waited out, the next pass goes on.
_PATIENCE_SECONDS = 1


@dataclass
class Site:
    """One SOC.

    Attributes:
        lab: Slack, TheHive, Cortex.
        clock: moved by `wait`.
        truth: what VirusTotal would say of a script or a host; `info` where nothing is given.
        down: analyzers that fail, whatever they are asked.
        budget: how many requests an analyzer has left today; None for no limit.
        asked: requests to services, by day and analyzer.
        verdicts: every verdict that was told.
        heard: when each of them was.
        errors: what ended passes.
        lookups: as the setting.
        responder_is_broken: whether it fails.
        posted: the scripts of all incidents, by `sourceRef`.
        stuck: jobs of Cortex that never end.
    """

    lab: Lab
    state: Path
    clock: Shifted
    truth: dict[str, str] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    quota: dict[str, int] = field(default_factory=dict)
    asked: Counter[tuple[int, str]] = field(default_factory=Counter)
    jobs: Counter[str] = field(default_factory=Counter)
    verdicts: list[Verdict] = field(default_factory=list)
    heard: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    lookups: int = 4
    responder_is_broken: bool = False
    posted: dict[str, str] = field(default_factory=dict)
    stuck: set[str] = field(default_factory=set)
    _place: Workplace | None = None
    _investigator: Investigator | None = None
    _last: int = 0

    def __post_init__(self) -> None:
        self.started = time.time()
        for analyzer in (VIRUSTOTAL, OSV, HYBRID):
            self.lab.workers.stand_ins[analyzer] = self._analyzer(analyzer)
        self.lab.workers.stand_ins[RESPONDER] = self._respond
        # As the bundled set-up has it.
        for worker in self.lab.workers.enabled.values():
            worker.job_cache = 24 * 60 if worker.name == OSV else 4 * 60

    @property
    def day(self) -> int:
        """Which day it is, from 0."""
        return int((time.time() - self.started) // DAY)

    def post(self, script: str, host: str = "shop.example") -> str:
        """Code Defender posts an incident; its alert's `sourceRef`."""
        now = max(int(time.time() * 1_000_000), self._last + 1)
        self._last = now
        ts = f"{now // 1_000_000:010d}.{now % 1_000_000:06d}"
        self.lab.channel.post(
            incident(ts, script=f"`{script}`", host=f"<http://{host}|{host}>", risk="Medium")
        )
        reference = f"{self.lab.channel.id}-{ts}"
        self.posted[reference] = script
        return reference

    def wait(self, seconds: float) -> None:
        """Let time pass; what runs comes to its end before."""
        self.settle()
        self.clock.pass_by(seconds)

    def settle(self) -> None:
        """Wait (truly) for jobs and actions that move."""
        end = time.monotonic() + 5
        while time.monotonic() < end and any(map(self._moves, [*self._jobs(), *self._actions()])):
            time.sleep(0.002)

    def heal(self) -> None:
        """No job hangs any more, but for those that do."""
        self.lab.workers.broken.clear()
        runs = [run for run in self._jobs() if run["status"] in {"Waiting", "InProgress"}]
        self.stuck |= {run["cortexJobId"] for run in runs}

    def restart(self) -> None:
        """The feeder was killed and is started again."""
        self._place = self._investigator = None

    def pass_(self) -> Progress | None:
        """A feeding and an investigating pass, as `run` makes them; None where one could not be ended."""
        try:
            if self._place is None or self._investigator is None:
                self._start()
            assert self._place is not None
            assert self._investigator is not None
            with self._place.state.locked():
                place = self._place
                Feeder(place.channel, place.thehive, place.state, place.marking, threading.Event()).run(
                    Unread.since(None)
                )
                return self._investigator.run()
        except FeederError as error:
            self.errors[type(error).__name__] += 1
            return None

    def passes(self, count: int, every: float = 30) -> list[Progress | None]:
        """So many passes, so far apart."""
        made = []
        for _ in range(count):
            made.append(self.pass_())
            self.wait(every)
        return made

    def until(self, done: Callable[[], bool], seconds: float, every: float = 30) -> float:
        """Passes until something is so; how long it took in seconds. Fails when it takes too long."""
        begun = time.time()
        while not done():
            assert time.time() - begun < seconds, f"not within {seconds} s"
            self.pass_()
            self.wait(every)
        return time.time() - begun

    def alert(self, reference: str) -> Entity | None:
        """The alert of an incident; None where there is none."""
        alerts = list(self.lab.hive.store.alerts.values())
        return next((alert for alert in alerts if alert["sourceRef"] == reference), None)

    def verdict(self, reference: str) -> str | None:
        """The verdict on an incident's alert."""
        alert = self.alert(reference)
        tags = alert["tags"] if alert else []
        return next((tag.rpartition("=")[2] for tag in tags if ":verdict=" in tag), None)

    def all_judged(self) -> bool:
        """Whether every alert has a verdict."""
        return all(map(self.verdict, self.posted))

    def jobs_on(self, reference: str, analyzer: str) -> list[Entity]:
        """An analyzer's jobs on the script of an incident's alert."""
        alert = self.alert(reference)
        assert alert is not None
        scripts = {
            each["_id"]
            for each in self.lab.hive.store.observables_of(alert["_id"])
            if "code-defender:script" in each["tags"]
        }
        return [j for j in self._jobs() if j[".observable"] in scripts and j["analyzerName"] == analyzer]

    def _start(self) -> None:
        hive = self.lab.hive
        environment = {
            "SLACK_BOT_TOKEN": self.lab.slack.token,
            "SLACK_CHANNEL": self.lab.channel.id,
            "SLACK_API_URL": self.lab.slack.api_url,
            "THEHIVE_URL": hive.root,
            "THEHIVE_API_KEY": hive.key,
            "FEEDER_STATE_DIR": str(self.state),
            "FEEDER_TIMEOUT": str(_PATIENCE_SECONDS),
        }
        settings = read_settings(environment, {})
        self._place = open_workplace(settings, threading.Event())
        self._investigator = Investigator(
            self._place.thehive,
            self._place.state,
            settings.analyzers,
            settings.responder,
            threading.Event(),
            self.lookups,
            self._hear,
        )

    def _hear(self, verdict: Verdict) -> None:
        self.verdicts.append(verdict)
        self.heard.append(time.time())

    def _analyzer(self, name: str) -> Callable[[dict[str, Any]], Job]:
        def answer(request: dict[str, Any]) -> Job:
            self.jobs[name] += 1
            cost = REQUESTS[name][request["dataType"]]
            left = self.quota.get(name)
            if name in self.down or (left is not None and self.asked[self.day, name] + cost > left):
                return {"errorMessage": "refused", "report": {"errorMessage": "refused"}, "status": "Failure"}
            self.asked[self.day, name] += cost
            level = self.truth.get(request["data"], "info") if name == VIRUSTOTAL else "info"
            if name == HYBRID and self.truth.get(request["data"]) == "safe":
                level = "safe"
            taxonomy = {"level": level, "namespace": "CodeDefender", "predicate": "x", "value": "1"}
            full = {"verdict": level, "summary": level}
            report = {
                "success": True,
                "summary": {"taxonomies": [taxonomy]},
                "full": full,
                "artifacts": [],
            }
            return {"report": report, "status": "Success"}

        return answer

    def _respond(self, request: dict[str, Any]) -> Job:
        items = {"thehive_url": self.lab.hive.root, "thehive_key": self.lab.hive.key}
        try:
            if self.responder_is_broken:
                raise Failure("broken")
            account = triage(Configuration(items), Deadline(20), request["dataType"], request["data"])
        except Failure as failure:
            said = str(failure)
            return {"errorMessage": said, "report": {"errorMessage": said}, "status": "Failure"}
        return {"report": {"success": True, "full": account.as_json(), "operations": []}, "status": "Success"}

    def _jobs(self) -> list[Entity]:
        return list(self.lab.hive.store.jobs.values())

    def _actions(self) -> list[Entity]:
        return list(self.lab.hive.store.actions.values())

    def _moves(self, run: Entity) -> bool:
        """Whether a job or an action will come to an end; one that was forgotten will not."""
        lost = run["_id"] in self.lab.hive.connector.lost or run["cortexJobId"] in self.stuck
        hangs = lost or run.get("analyzerName") in self.lab.workers.broken
        return run["status"] in {"Waiting", "InProgress"} and not hangs
