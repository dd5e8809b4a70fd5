"""The product's pieces of work, each with the servers that it asks and what must be so at its end."""

from __future__ import annotations

import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Protocol

from demo import story
from desk import DEFINITION, Desk
from faults.clock import set_clock
from program import Program, Result
from setting_up import VIRUSTOTAL_KEY, SettingUp
from simulators.cortex.server import Cortex
from simulators.hybridanalysis import overview, scanner
from simulators.jobs import ProcessRunner, enable, load
from simulators.lab import ANALYZERS, CONTENT, Lab
from simulators.messages import chatter, incident, ts_at
from simulators.server import Simulator
from simulators.thehive import TheHive
from simulators.virustotal import attributes

SCRIPT = "https://cdn.example.net/a.js"
# A script that no service has seen.
NEW = "https://cdn.example.net/new.js"
# The product's own patience while it is tested.
SECONDS = 2
# Longer than the first pause after a refusal, and after a run of the responder that failed.
_SET_ASIDE, _PUT_OFF = 330.0, 65.0
# What Content says where a source has not what it needs, or something else in its place.
_LESS = re.compile("copy is not the bytes|has not stored|could not be put beside it|npm has no ")


class Wrong(Exception):
    """What must never be: lost, doubled, leaked or a wrong end."""


@dataclass
class Ran:
    """One run of a piece of work.

    Attributes:
        ok: whether it says that all went well.
        said: what it printed, and where it does so, answered.
        is_less: whether its report has less than there is, and says why.
    """

    ok: bool
    said: str
    is_less: bool = False


class Work(Protocol):
    """A piece of work."""

    servers: dict[str, Simulator]
    secrets: list[str]

    def run(self) -> Ran:
        """Do it once."""

    def check(self) -> None:
        """Raises Wrong where the end is not as it should be."""


@dataclass
class Command:
    """A command of the feeder, run until it is done."""

    lab: Lab
    program: Program
    arguments: tuple[str, ...]
    servers: dict[str, Simulator] = field(init=False)

    def __post_init__(self) -> None:
        self.servers = {"Slack": self.lab.slack, "TheHive": self.lab.hive}
        self.secrets = self.lab.secrets

    def run(self) -> Ran:
        result: Result = self.program.run(*self.arguments, seconds=60)
        return Ran(result.code == 0, result.out + result.err)

    def check(self) -> None:
        raise NotImplementedError


class Feeding(Command):
    """`feed` over two pages."""

    def check(self) -> None:
        """Every incident is there, once."""
        wanted = {post["ts"] for _, post in self.lab.channel.posts if "Code Defender" in str(post)}
        found = Counter(alert["sourceRef"].partition("-")[2] for alert in self.lab.hive.store.alerts.values())
        if set(found) != wanted:
            raise Wrong(f"lost {sorted(wanted - set(found))}")
        if max(found.values()) > 1:
            raise Wrong("doubled")


class Running(Feeding):
    """`run`, until all is fed and every request has been made."""

    def run(self) -> Ran:
        """Start it, wait until all is there and it is well, and stop it."""
        process = self.program.start(*self.arguments)
        end = time.monotonic() + 30
        while process.poll() is None and not self._is_over():
            if time.monotonic() > end:
                process.kill()
                raise Wrong(f"not all was fed: {process.communicate()[1][-300:]}")
            time.sleep(0.1)
        process.terminate()
        result = self.program.ended(process)
        return Ran(result.code == 0, result.out + result.err)

    def _is_over(self) -> bool:
        """Whether all is fed, after the fault that was planned."""
        struck = all(fault.seen > fault.after for server in self.servers.values() for fault in server.faults)
        try:
            self.check()
        except (Wrong, ValueError, RuntimeError):
            return False
        return struck and self.program.run("health").code == 0


class Checking(Command):
    """`check`, which changes nothing."""

    def check(self) -> None:
        """Nothing was changed."""
        if self.lab.hive.store.alerts:
            raise Wrong("an alert was made")


class Investigating(Command):
    """`investigate`, pass after pass until the verdict is there."""

    _ahead = 0.0

    def run(self) -> Ran:
        said, ok = "", True
        end = time.monotonic() + 40
        while not self._judged():
            if time.monotonic() > end:
                raise Wrong("no verdict came")
            ran = super().run()
            said, ok = said + ran.said, ok and ran.ok
            if "Set aside" in ran.said:
                self._wait_out(_SET_ASIDE)
            elif "running=0" in ran.said:
                self._wait_out(_PUT_OFF)
            if not ran.ok:
                break
            time.sleep(0.2)
        return Ran(ok, said)

    def _wait_out(self, seconds: float) -> None:
        """What was refused or has failed is tried again after minutes: the clock goes forward."""
        self._ahead += seconds
        clock = Path(self.program.settings["FEEDER_STATE_DIR"]).with_name("clock")
        set_clock(clock, self._ahead)
        self.program.settings["CLOCK_STEP"] = str(clock)

    def _judged(self) -> bool:
        [alert] = self.lab.hive.store.alerts.values()
        return "code-defender:verdict=malicious" in alert["tags"]

    def check(self) -> None:
        """One job for each analyzer, one case."""
        jobs = Counter((job[".observable"], job["analyzerName"]) for job in self.lab.hive.store.jobs.values())
        if not self._judged():
            raise Wrong("no verdict")
        if max(jobs.values()) > 1:
            raise Wrong("a job was doubled")
        if len(self.lab.hive.store.cases) != 1:
            raise Wrong(f"{len(self.lab.hive.store.cases)} cases")


@dataclass
class Analysis:
    """One analyzer on one script."""

    lab: Lab
    analyzer: str
    folder: Path

    def __post_init__(self) -> None:
        passive = self.analyzer.replace("_Scan", "")
        service: dict[str, Simulator] = {
            ANALYZERS[0]: self.lab.virustotal,
            ANALYZERS[1]: self.lab.snyk,
            ANALYZERS[2]: self.lab.osv,
            ANALYZERS[3]: self.lab.hybrid,
        }
        self.servers = {passive.split("_")[1]: service[passive]} if passive in service else self._sources()
        self.secrets = self.lab.secrets
        worker = self.lab.workers.find(passive)
        assert worker is not None
        self._definition = self.lab.workers.definitions[self.analyzer]
        self._configuration = dict(worker.configuration)
        if "wait_seconds" in self._configuration:
            self._configuration["wait_seconds"] = 15 if self.analyzer == CONTENT else SECONDS
        scans = self.analyzer in SCANS
        asked = story.SLIDER if self.analyzer == CONTENT else NEW if scans else story.JQUERY
        self._request = {"data": asked, "dataType": "url", "tlp": 1, "pap": 1}
        self._expected = "malicious" if scans else "suspicious"
        self._runner = ProcessRunner(self.folder)
        self.verdict, self._is_less = "", False

    def _sources(self) -> dict[str, Simulator]:
        """Of content. The script has something harmless behind it, which no short time changes."""
        script = (story.SCRIPTS / "slider.js").read_bytes() + b"window.__visits = 1;\n"
        for scan in self.lab.urlscan.scans:
            scan.scripts = {story.SLIDER: script}
        return {
            "urlscan": self.lab.urlscan,
            "npm": self.lab.npm,
            "jsDelivr": self.lab.jsdelivr,
            "OSV": self.lab.osv,
            "Wayback": self.lab.wayback,
        }

    def run(self) -> Ran:
        """One job, as Cortex runs it."""
        run = self._runner.run(self._definition, self._configuration, self._request, timeout=25)
        if run.job["status"] not in {"Success", "Failure"}:
            raise Wrong("the job would hang in Cortex")
        ok = run.job["status"] == "Success"
        if ok:
            full = run.job["report"]["full"]
            self.verdict = full["verdict"]
            self._is_less = self.analyzer == CONTENT and bool(_LESS.search(full["summary"]))
        elif not run.job["errorMessage"].endswith(".") or "Traceback" in run.job["errorMessage"]:
            raise Wrong(f"no clear sentence: {run.job['errorMessage'][:200]}")
        return Ran(ok, f"{run.printed}{run.output!r}{run.argv}", self._is_less)

    def check(self) -> None:
        """A success has the verdict that there is; `info`, which clears nothing, if a source has nothing."""
        if self.verdict != (self._expected if not self._is_less else "info"):
            raise Wrong(f"verdict {self.verdict}")


@dataclass
class Triaging:
    """The responder on a malicious alert, or on the case that was made of it.

    joining: whether there is a case about the same script already.
    """

    lab: Lab
    folder: Path
    kind: str = "alert"
    joining: bool = False

    def __post_init__(self) -> None:
        self.servers: dict[str, Simulator] = {"TheHive": self.lab.hive}
        self.secrets = self.lab.secrets
        desk = Desk(self.lab.hive, ProcessRunner(self.folder))
        if self.joining:
            earlier = desk.alert(1)
            desk.report(desk.observable(earlier), ANALYZERS[0], "malicious")
            desk.triage(earlier)
        alert = desk.alert(2)
        self.subject = desk.case_of(alert) if self.kind == "case" else alert
        desk.report(desk.observable(self.subject), ANALYZERS[0], "malicious")
        self._definition = load(DEFINITION)
        self._configuration = enable(
            self._definition, {"thehive_url": self.lab.hive.root, "thehive_key": self.lab.hive.key}
        )
        self._runner = ProcessRunner(self.folder)

    def run(self) -> Ran:
        """One action, as Cortex runs it."""
        request = {"data": {"_id": self.subject["_id"]}, "dataType": f"thehive:{self.kind}"}
        run = self._runner.run(self._definition, self._configuration, request, timeout=60)
        if run.job["status"] not in {"Success", "Failure"}:
            raise Wrong("the action would hang in Cortex")
        if run.job["status"] == "Failure" and not run.job["errorMessage"].endswith("."):
            raise Wrong(f"no clear sentence: {run.job['errorMessage'][:200]}")
        return Ran(run.job["status"] == "Success", f"{run.printed}{run.output!r}{run.argv}")

    def check(self) -> None:
        """Severity, tag, one case."""
        cases = list(self.lab.hive.store.cases.values())
        if self.subject["severity"] != 4 or "code-defender:verdict=malicious" not in self.subject["tags"]:
            raise Wrong("not escalated")
        if len(cases) != 1 or cases[0]["severity"] != 4:
            raise Wrong(f"{len(cases)} cases")
        if self.kind == "alert" and self.subject.get("caseId") != cases[0]["_id"]:
            raise Wrong("the alert is not in the case")


@dataclass
class Bootstrapping:
    """The stack's bootstrap on servers that nobody has touched."""

    site: SettingUp

    def __post_init__(self) -> None:
        self.servers: dict[str, Simulator] = {"TheHive": self.site.hive, "Cortex": self.site.cortex}
        self.secrets = [VIRUSTOTAL_KEY]

    def run(self) -> Ran:
        """Both stages."""
        try:
            result = self.site.run(BOOTSTRAP_TIMEOUT=str(SECONDS))
        except TimeoutExpired:
            raise Wrong("hung") from None
        return Ran(result.code == 0, result.out + result.err)

    def check(self) -> None:
        """Everything is there once, and every secret works."""
        try:
            self.site.assert_whole()
        except (AssertionError, KeyError, FileNotFoundError) as missing:
            raise Wrong(f"not whole: {missing!r}") from None


SCANS = ("CodeDefender_VirusTotal_Scan_1_0", "CodeDefender_HybridAnalysis_Scan_1_0")
OLD = " on TheHive 4.1"
BOOTSTRAP = "bootstrap"
# Every piece of work.
NAMES = (
    BOOTSTRAP,
    "feed",
    f"feed{OLD}",
    "run",
    f"run{OLD}",
    "check",
    f"check{OLD}",
    "investigate",
    *ANALYZERS,
    CONTENT,
    *SCANS,
    "triage",
    "triage, joining a case",
    f"triage of a case{OLD}",
)


@contextmanager
def scenario(name: str) -> Iterator[Work]:
    """A fresh set-up for a piece of work."""
    version = "4.1.24-1" if name.endswith(OLD) else "5.7.3"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if name.startswith(BOOTSTRAP):
            work: Work = _bootstrapping(version, folder, stack)
        else:
            lab = stack.enter_context(Lab(version, (*ANALYZERS, CONTENT) if name == CONTENT else ANALYZERS))
            settings = {"FEEDER_TIMEOUT": str(SECONDS), "FEEDER_INTERVAL": "1"}
            program = Program.between(lab.slack, lab.hive, folder / "state", **settings)
            program.secrets = lab.secrets
            work = _work(name.removesuffix(OLD), lab, program, folder)
        for server in work.servers.values():
            server.requests.clear()
        yield work


def _bootstrapping(version: str, folder: Path, stack: ExitStack) -> Bootstrapping:
    hive, cortex = stack.enter_context(TheHive(version)), stack.enter_context(Cortex())
    stack.callback(cortex.workers.close)
    return Bootstrapping(SettingUp(hive, cortex, folder))


def _work(name: str, lab: Lab, program: Program, folder: Path) -> Work:
    if name in {"feed", "check", "run"}:
        lab.slack.page_limit = 4
        for number in range(6):
            made = incident(ts_at(number)) if number % 2 else chatter(ts_at(number), number)
            lab.channel.post(made)
        kinds = {"feed": Feeding, "run": Running, "check": Checking}
        return kinds[name](lab, program, (name,))
    if name == "investigate":
        for analyzer in ANALYZERS:
            lab.answer(analyzer, lambda data: "malicious")
        lab.channel.post(incident(ts_at(1), script=SCRIPT))
        program.run("feed")
        return Investigating(lab, program, ("investigate",))
    if name.startswith("triage"):
        return Triaging(lab, folder, "case" if name == "triage of a case" else "alert", "joining" in name)
    story.teach(lab)
    lab.virustotal.urls[story.JQUERY] = attributes(suspicious=1, content=story.CONTENT)
    lab.virustotal.files[story.CONTENT] = attributes()
    lab.hybrid.overviews[story.JQUERY] = overview("suspicious")
    lab.virustotal.scanned[NEW] = attributes(malicious=5, age_days=0)
    lab.hybrid.scanners[NEW] = [scanner("VirusTotal", "malicious", 5, 90)]
    return Analysis(lab, name, folder)
