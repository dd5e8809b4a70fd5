"""What has to be so on TheHive's side, Cortex behind it included."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

from codedefender2th.check.requirement import Requirement, fail, ok, warn
from codedefender2th.errors import FeederError, Refusal, Unavailable
from codedefender2th.settings import Settings
from codedefender2th.thehive.client import MAX_TLP_4, TheHive
from codedefender2th.thehive.connector import Cortex
from codedefender2th.thehive.refusals import Rejected
from codedefender2th.thehive.runs import Worker, chosen

# Cortex analyzers refuse observables above this TLP or PAP unless told otherwise.
_ANALYSED_UP_TO = 2
_LICENCE_WARNING_DAYS = 14


class TheHiveRequirements:
    """What has to be so on TheHive's side."""

    def __init__(self, settings: Settings, thehive: TheHive) -> None:
        self.settings, self.thehive, self.cortex = settings, thehive, Cortex(thehive)

    def check(self) -> Iterator[Requirement]:
        """Server, licence, key, permissions, Cortex."""
        try:
            version = self.thehive.version
        except FeederError as error:
            yield fail("TheHive", error)
            return
        known = version.startswith(("4.1.", "5.5", "5.6", "5.7"))
        at = f"{version} at {self.thehive.url}"
        yield ok("TheHive", at) if known else warn("TheHive", f"{at}: made for 5.5 to 5.7 and 4.1")
        yield from self._licence()
        try:
            user = self.thehive.user()
        except FeederError as error:
            yield fail("TheHive key", error)
            return
        yield ok("TheHive key", f"{user.login}, {user.profile} in organisation {user.organisation}")
        # On TheHive 5 a permission may be held in parts; without any, the user can only read.
        needed = {
            "manageAlert" if self.thehive.is_4 else "manageAlert/create": "to feed",
            "manageAnalyse": "to run analyzers",
            "manageAction": "to run the responder",
        }
        missing = [f"{name} ({why})" for name, why in needed.items() if not user.may(name)]
        if missing:
            only = "it may only read: " if len(missing) == len(needed) else ""
            yield fail("TheHive permissions", f"{only}give the user's profile {', '.join(missing)}")
        else:
            yield ok("TheHive permissions", ", ".join(needed))
        yield self._protection()
        yield self._analyzers()
        yield self._responder()

    def _licence(self) -> Iterator[Requirement]:
        if self.thehive.is_4:
            yield ok("TheHive licence", "none needed: 4.1 is open source")
            return
        try:
            answer = self.thehive.ask(lambda: self.thehive.request("GET", "/api/v1/license/current"))
        except (Refusal, Rejected, Unavailable) as error:
            yield warn("TheHive licence", f"not shown to this key: {error}")
            return
        yield licence_requirement(answer, datetime.now(timezone.utc))

    def _protection(self) -> Requirement:
        tlp, pap = self.settings.tlp, self.settings.pap
        shown = f"TLP {tlp}, PAP {pap}"
        if self.thehive.is_4 and tlp > MAX_TLP_4:
            shown += f" (TLP {MAX_TLP_4} on TheHive 4.1, whose scale ends there)"
        if max(tlp, pap) > _ANALYSED_UP_TO:
            return warn("TLP and PAP", f"{shown}: above 2 no analyzer takes the observables")
        return ok("TLP and PAP", f"TLP {tlp}, PAP {pap}")

    def _analyzers(self) -> Requirement:
        globs = ",".join(self.settings.analyzers)
        try:
            takes_urls = [worker for worker in self.cortex.analyzers() if "url" in worker.data_types]
            found = chosen(takes_urls, self.settings.analyzers)
        except FeederError as error:
            return fail("Cortex analyzers", error)
        if not found:
            return fail(
                "Cortex analyzers",
                f"TheHive sees none that match {globs}: enable them in Cortex, connect TheHive to it",
            )
        names = ", ".join(sorted(worker.name for worker in found))
        if self.thehive.is_4:
            names += (
                "; TheHive 4.1 analyses only observables of cases: make a case of an alert to have it checked"
            )
        return ok("Cortex analyzers", names)

    def _responder(self) -> Requirement:
        wanted = self.settings.responder
        try:
            found: list[Worker] | None = self._responders()
        except FeederError as error:
            return fail("Cortex responder", error)
        if found is None:
            return warn(
                "Cortex responder", "4.1 shows responders only for an alert or a case: there is none yet"
            )
        if any(worker.name == wanted for worker in found):
            return ok("Cortex responder", wanted)
        return fail(
            "Cortex responder", f"TheHive sees no {wanted}: enable it in Cortex, or set FEEDER_RESPONDER"
        )

    def _responders(self) -> list[Worker] | None:
        if not self.thehive.is_4:
            return self.cortex.responders("alert", None)
        alerts = self.thehive.query({"_name": "listAlert"}, {"_name": "page", "from": 0, "to": 1})
        return self.cortex.responders("alert", str(alerts[0].get("_id"))) if alerts else None


def licence_requirement(answer: Any, now: datetime) -> Requirement:
    """What TheHive 5's licence allows, from `GET /api/v1/license/current`."""
    name = "TheHive licence"
    answer = answer if isinstance(answer, dict) else {}
    licence = answer.get("license")
    if not isinstance(licence, dict):
        said = str(answer.get("error") or "none is active")[:200]
        return fail(name, f"{said}: TheHive is read-only without one; the Community licence is free")
    plan, expires = str(licence.get("plan", "?")), licence.get("expiresAt")
    if not isinstance(expires, int):
        return ok(name, plan)
    days = (expires / 1000 - now.timestamp()) / 86_400
    until = f"{datetime.fromtimestamp(min(expires / 1000, 4e10), timezone.utc):%Y-%m-%d}"
    if days < 0:
        return fail(name, f"{plan}, expired on {until}: TheHive is read-only until it is renewed")
    if days < _LICENCE_WARNING_DAYS:
        return warn(name, f"{plan}, expires on {until}: TheHive is read-only from then")
    runs = "" if plan.lower() == "platinum" else "; analyzers are not started by TheHive itself, run does it"
    return ok(name, f"{plan} until {until}{runs}")
