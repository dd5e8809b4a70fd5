"""`check --live`: one marked alert through everything on the real servers, read back, and taken away again.

What TheHive's description leaves open shows here: how a tag with `=` is kept, which queries find an
alert, when a job has its report. Analyzers that ask services with a quota are left alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from codedefender2th.check.requirement import Requirement, fail, ok, warn
from codedefender2th.errors import FeederError
from codedefender2th.incident.alert import SCRIPT_TAG, TAG, Alert, build_alert
from codedefender2th.incident.message import DEFAULT_TITLE, Rules, read_message
from codedefender2th.playbook.survey import Survey
from codedefender2th.playbook.verdicts import verdict_of
from codedefender2th.settings import Settings
from codedefender2th.thehive.client import TheHive, as_v0
from codedefender2th.thehive.connector import Cortex
from codedefender2th.thehive.runs import RUNNING, Worker, chosen

Entity = dict[str, Any]
MARK = f"{TAG}:live-check"
# They ask nobody who counts, and read what is bundled.
FREE_OF_COST = ("CodeDefender_Host_*", "CodeDefender_OSV_*")
_SECONDS, _LOOK_SECONDS = 180.0, 2.0
# A name that is nobody's (RFC 2606): no service knows it, and no registry is asked about it.
_SCRIPT = "https://live-check.codedefender2th.example/lib/check.js"
_SITE = "shop.codedefender2th.example"


class LiveCheck:
    """One run of it.

    Args:
        settings: as for everything else.
        thehive: the server.
        stop: ends every wait.
    """

    def __init__(self, settings: Settings, thehive: TheHive, stop: threading.Event) -> None:
        self.settings, self.thehive, self.stop = settings, thehive, stop
        self.cortex = Cortex(thehive)
        self.made: list[tuple[str, str]] = []

    def run(self) -> Iterator[Requirement]:
        """Each step, with what was expected and what came; at the end nothing of it is left."""
        try:
            yield from self._through()
        except FeederError as error:
            yield fail("live check", error)
        except GeneratorExit:
            # Nobody listens any more; what was made is taken away all the same.
            self._clean_up()
            raise
        yield from self._clean_up()

    def _through(self) -> Iterator[Requirement]:
        alert = _alert(self.settings.tlp, self.settings.pap)
        stored = self.thehive.store(alert)
        name = stored.id or ""
        if not name:
            yield fail("live: alert", "TheHive says that it has the marked alert already: try again")
            return
        self.made.append(("alert", name))
        yield ok("live: alert", f"made as {name}: {self.thehive.page('alert', name)}")
        found = self._get("alert", name)
        yield _compared("live: alert's fields", _expected(alert, self.thehive.is_4), found)
        yield from self._observables(alert, name)
        again = self.thehive.store(alert)
        yield _result("live: no double", not again.created, "the same alert again", "is not made twice")
        known = alert["sourceRef"] in self.thehive.existing([alert["sourceRef"]])
        yield _result("live: feeder's query", known, "the alert's reference", "finds the alert")
        kind, subject = ("alert", name) if not self.thehive.is_4 else ("case", self._case(name))
        survey = Survey(self.thehive)
        listed = subject in {str(entity["_id"]) for entity in survey.without_verdict()}
        yield _result(
            "live: playbook's query", listed, f"open {kind}s without a verdict", f"lists the {kind}"
        )
        yield from self._analyse(kind, subject)
        yield from self._judge(kind, subject)

    def _observables(self, alert: Alert, name: str) -> Iterator[Requirement]:
        found = self._observables_of("alert", name)
        for wanted in alert["observables"]:
            seen = next((each for each in found if each.get("data") == wanted["data"]), {})
            expected: Entity = {part: wanted[part] for part in ("dataType", "data", "tags", "tlp")}
            if self.thehive.is_4:
                expected["tlp"] = min(wanted["tlp"], 3)
            else:
                expected["pap"] = wanted["pap"]
                expected["ignoreSimilarity"] = wanted.get("ignoreSimilarity", False)
            yield _compared(f"live: {wanted['dataType']} observable", expected, seen)

    def _observables_of(self, kind: str, name: str) -> list[Entity]:
        return self.thehive.query(
            {"_name": f"get{kind.capitalize()}", "idOrName": name},
            {"_name": "observables"},
            {"_name": "page", "from": 0, "to": 50},
        )

    def _case(self, alert: str) -> str:
        """TheHive 4.1 analyses observables of cases only."""
        made = self.thehive.request("POST", f"/api/v1/alert/{alert}/case", {})
        name = str(made.get("_id")) if isinstance(made, dict) else ""
        self.made.append(("case", name))
        return name

    def _analyse(self, kind: str, subject: str) -> Iterator[Requirement]:
        workers = chosen(self.cortex.analyzers(), FREE_OF_COST)
        if max(self.settings.tlp, self.settings.pap) > 2:
            yield warn("live: analyzers", "TLP or PAP is above 2: nothing is analysed")
            return
        if not workers:
            yield warn("live: analyzers", "none that costs nothing (Host, OSV) is enabled: none was run")
            return
        observables = self._observables_of(kind, subject)
        script = next(each for each in observables if SCRIPT_TAG in (each.get("tags") or ()))
        for worker in workers:
            self.cortex.start_job(str(script["_id"]), worker, 0)
        for worker in workers:
            yield self._report_of(worker, kind, subject)

    def _report_of(self, worker: Worker, kind: str, subject: str) -> Requirement:
        def report() -> Any:
            for each in self._observables_of(kind, subject):
                if SCRIPT_TAG in (each.get("tags") or ()):
                    return (each.get("reports") or {}).get(worker.name)
            return None

        found = self._until(report)
        taxonomies = found.get("taxonomies") if isinstance(found, dict) else None
        if taxonomies:
            said = ", ".join(str(each.get("value")) for each in taxonomies if isinstance(each, Mapping))
            return ok(f"live: {worker.name}", f"its report arrived: {said}")
        return fail(
            f"live: {worker.name}",
            f"no report within {_SECONDS:.0f} s: look at its job in TheHive and in Cortex",
        )

    def _judge(self, kind: str, subject: str) -> Iterator[Requirement]:
        name = self.settings.responder
        responder = next((each for each in self.cortex.responders(kind, subject) if each.name == name), None)
        if responder is None:
            yield fail("live: responder", f"TheHive shows no {name} for this {kind}: enable it in Cortex")
            return
        runs = len(self.cortex.actions_on(kind, subject, responder))
        self.cortex.start_action(kind, subject, responder, runs)

        def over() -> Any:
            actions = self.cortex.actions_on(kind, subject, responder)
            ended = len(actions) > runs and all(each.status not in RUNNING for each in actions)
            return ended and verdict_of(self._get(kind, subject))

        verdict = self._until(over)
        if not verdict:
            yield fail("live: responder", f"{name} left no verdict within {_SECONDS:.0f} s: see its report")
            return
        yield ok("live: responder", f"it ran and left the verdict {verdict}")
        note = self._note(kind, subject)
        yield _result("live: reason", note, "the reason in words", "stands where the analyst works")

    def _note(self, kind: str, subject: str) -> bool:
        if self.thehive.is_4:
            return "**Code Defender: " in str(self._get(kind, subject).get("description"))
        chain = {"_name": f"get{kind.capitalize()}", "idOrName": subject}, {"_name": "comments"}
        return bool(self.thehive.query(*chain, {"_name": "page", "from": 0, "to": 5}))

    def _get(self, kind: str, name: str) -> Entity:
        found = self.thehive.ask(lambda: self.thehive.request("GET", f"/api/v1/{kind}/{name}"))
        return found if isinstance(found, dict) else {}

    def _until(self, look: Callable[[], Any]) -> Any:
        """What a look finds, as soon as it finds something; None when time is up."""
        end = time.monotonic() + _SECONDS
        while True:
            found = look()
            if found or time.monotonic() > end or self.stop.wait(_LOOK_SECONDS):
                return found

    def _clean_up(self) -> list[Requirement]:
        return [self._take_away(kind, name) for kind, name in reversed(self.made)]

    def _take_away(self, kind: str, name: str) -> Requirement:
        old = self.thehive.is_4
        path = f"/api/alert/{name}" if old and kind == "alert" else f"/api/v1/{kind}/{name}"
        try:
            self.thehive.request("DELETE", path)
            return ok(f"live: {kind}", "taken away again")
        except FeederError as refusal:
            reason = str(refusal)
        closed: Entity = {"read": True} if old else {"status": "Ignored"}
        if kind == "case":
            closed = {"status": "Resolved" if old else "Other", "summary": "codedefender2th check --live"}
        try:
            self.thehive.request("PATCH", f"/api/v1/{kind}/{name}", closed)
        except FeederError:
            where = self.thehive.page(kind, name)
            return fail(
                f"live: {kind}", f"can be neither deleted nor closed ({reason}): do so by hand, {where}"
            )
        return ok(f"live: {kind}", f"closed, since this key may not delete it; tagged {MARK}")


def _alert(tlp: int, pap: int) -> Alert:
    """An alert as of an incident of this moment, marked as a check."""
    micros = time.time_ns() // 1000
    ts = f"{micros // 1_000_000:010d}.{micros % 1_000_000:06d}"
    fields = {"Script": _SCRIPT, "Risk Level": "Low", "Host Domain": _SITE}
    attachment = {
        "title": DEFAULT_TITLE,
        "text": "codedefender2th check --live\nA check of the installation, which goes away by itself.",
        "fields": [{"title": title, "value": value} for title, value in fields.items()],
    }
    message = {"bot_id": "BLIVECHECK", "ts": ts, "attachments": [attachment]}
    [incident] = read_message(message, Rules()).incidents
    alert = build_alert(incident, "LIVECHECK", tlp, pap)
    return {**alert, "tags": [*alert["tags"], MARK]}


def _expected(alert: Alert, old: bool) -> Entity:
    wanted: Entity = dict(as_v0(alert) if old else alert)
    return {name: value for name, value in wanted.items() if name not in {"observables", "artifacts"}}


def _compared(name: str, expected: Mapping[str, Any], found: Mapping[str, Any]) -> Requirement:
    """Field by field; the order of tags is TheHive's own."""
    wrong = [
        f"{field} is {_shown(found.get(field))} rather than {_shown(value)}"
        for field, value in expected.items()
        if not _same(value, found.get(field))
    ]
    if wrong:
        return fail(name, "; ".join(wrong))
    return ok(name, f"as sent: {', '.join(expected)}")


def _same(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, list) and isinstance(found, list):
        return sorted(map(str, wanted)) == sorted(map(str, found))
    return bool(wanted == found)


def _shown(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else text[:59] + "…"


def _result(name: str, good: bool, what: str, does: str) -> Requirement:
    return ok(name, f"{what} {does}") if good else fail(name, f"expected: {what} {does}; that is not so")
