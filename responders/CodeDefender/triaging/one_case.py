"""One script, one case, also when a dozen alerts about it turn malicious at once.

Each alert is triaged by a process of its own, perhaps in a container of its own: only TheHive sees them all,
and it has no locks. So those that want a case for one script take turns. Each marks its alert
(`ESCALATING_TAG`), waits a moment, and looks who else is marked: who marked first makes the case, the
others join it. TheHive's clock says who was first, so clocks need not agree. Who makes a case looks again
afterwards, and where there are two all the same, the younger joins the older.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from neuron.failure import Failure
from neuron.reading import number
from triaging.evidence import Observable
from triaging.hive import Entity, Refused
from triaging.incidents import Incidents
from triaging.policy import ESCALATING_TAG, TAG, Plan, Policy, Subject

# How long a mark may take to be seen by the others.
SETTLE_SECONDS = 0.5
# How long the first may take to make its case, before the next in line does.
TURN_SECONDS = 15.0
# What is kept of a run's time for making the case oneself.
KEPT_SECONDS = 30.0
# Cases made by this key so close together are doubles of one moment.
ONE_MOMENT_MS = 120_000
TRIES = 4


class OneCase:
    """Brings alerts of malicious scripts into cases.

    Args:
        incidents: where they are.
        policy: whether cases are made and joined.
        template: of new cases.
        say: told what was done, a clause each.

    Attributes:
        marked: whether the alert was marked on its way.
    """

    def __init__(
        self, incidents: Incidents, policy: Policy, template: str | None, say: Callable[[str], None]
    ) -> None:
        self._incidents, self._policy, self._template, self._say = incidents, policy, template, say
        self._deadline = incidents.hive.deadline
        self.marked = False

    def bring_in(self, alert: Subject, scripts: Sequence[Observable]) -> bool:
        """Bring an alert into a case; whether it joined one that was there. Raises Failure."""
        there = self._case_with(scripts) if self._policy.join_case and scripts else None
        if there is None and self._policy.create_case:
            there = self._take_turns(alert, scripts) if self._policy.join_case and scripts else None
            if there is None:
                self._create(alert, scripts)
        if there is not None:
            self._join(alert.id, there)
        return there is not None

    def _case_with(self, scripts: Sequence[Observable]) -> Entity | None:
        """The oldest open Code Defender case that has one of these scripts."""
        return min(self._open_cases(scripts), key=_age, default=None)

    def _open_cases(self, scripts: Sequence[Observable]) -> list[Entity]:
        """The open Code Defender cases that have one of these scripts.

        Those that its alerts point to as well: a new case's observables may not be in the index yet.
        """
        cases = {case["_id"]: case for case in self._incidents.cases_with(scripts)}
        named = {str(alert["caseId"]) for alert in self._alerts_with(scripts) if alert.get("caseId")}
        for name in named - set(cases):
            case = self._case(name)
            if case is not None and TAG in (case.get("tags") or ()):
                cases[name] = case
        return [case for case in cases.values() if self._incidents.is_open(case)]

    def _alerts_with(self, scripts: Sequence[Observable]) -> list[Entity]:
        try:
            return self._incidents.alerts_with(scripts)
        except Refused:
            return []

    def _take_turns(self, alert: Subject, scripts: Sequence[Observable]) -> Entity | None:
        """Wait for those who were first; the case that they made, None where it is our turn to make one."""
        if not self._rivals(alert, scripts):
            return None
        self.marked = True
        self._incidents.change(alert, Plan(add_tags=(ESCALATING_TAG,)))
        self._deadline.pause(SETTLE_SECONDS)
        own = self._incidents.alert(alert.id)
        marked = [each for each in self._rivals(alert, scripts) if ESCALATING_TAG in each["tags"]]
        for first in sorted((each for each in marked if _turn(each) < _turn(own)), key=_turn):
            made = self._wait_for(str(first["_id"]))
            if made is not None:
                return made
        return self._case_with(scripts)

    def _rivals(self, alert: Subject, scripts: Sequence[Observable]) -> list[Entity]:
        """The other open alerts that have one of these scripts and are in no case."""
        return [
            each
            for each in self._alerts_with(scripts)
            if each["_id"] != alert.id and not each.get("caseId") and self._incidents.is_open(each)
        ]

    def _wait_for(self, alert: str) -> Entity | None:
        """The case that another alert comes into, as soon as it does; None where it does not in time."""
        waited = 0.0
        while waited < TURN_SECONDS and self._deadline.left() > KEPT_SECONDS:
            try:
                other = self._incidents.alert(alert)
            except Refused:
                return None
            if other.get("caseId"):
                case = self._case(str(other["caseId"]))
                return case if case is not None and self._incidents.is_open(case) else None
            if ESCALATING_TAG not in (other.get("tags") or ()) or not self._incidents.is_open(other):
                return None
            pause = random.uniform(0.5, 1.0) + waited / 10
            if not self._deadline.pause(pause):
                return None
            waited += pause
        return None

    def _create(self, alert: Subject, scripts: Sequence[Observable]) -> None:
        case = self._promote(alert.id)
        if not (self._policy.join_case and scripts):
            return
        others = [each for each in self._open_cases(scripts) if each["_id"] != case["_id"]]
        older = [each for each in others if _age(each) < _age(case)]
        if older:
            self._dissolve(case, min(older, key=_age))
        elif any(_is_double(each, case) for each in others) and self._deadline.pause(TURN_SECONDS / 5):
            # Whoever made the younger one has seen this one, and is at it; or looked too early.
            for each in self._open_cases(scripts):
                if _is_double(each, case):
                    self._dissolve(each, case)

    def _promote(self, alert: str) -> Entity:
        """Make a case of an alert, without its template where TheHive has none of that name."""
        try:
            case = self._incidents.promote(alert, self._template)
        except Failure as failure:
            # The answer may have been lost, or somebody else was quicker: then it is in a case.
            made = self._case_of(alert)
            if made is not None:
                self._say(f"in case #{made.get('number')}")
                return made
            if self._template is None or not isinstance(failure, Refused):
                raise
        else:
            self._say(f"case #{case.get('number')} created")
            return case
        # An escalation matters more than its template.
        case = self._incidents.promote(alert, None)
        self._say(
            f"case #{case.get('number')} created without the case template {self._template}, "
            "which TheHive refused"
        )
        return case

    def _join(self, alert: str, case: Entity) -> None:
        """Make an alert part of a case; others may be joining it at the same moment."""
        for attempt in range(TRIES):
            try:
                self._incidents.merge(alert, str(case["_id"]))
                break
            except Failure:
                # The answer may have been lost, or somebody else was quicker: then it is in a case.
                if self._case_of(alert) is not None:
                    break
                if attempt == TRIES - 1 or not self._deadline.pause(random.uniform(0.1, 0.5 * (attempt + 1))):
                    raise
        self._say(f"joined case #{case.get('number')}")

    def _dissolve(self, younger: Entity, older: Entity) -> None:
        """Join a case that was made a moment ago into the one that was there before it."""
        name, double = str(younger["_id"]), f"case #{younger.get('number')}, made at the same moment,"
        try:
            for alert in self._incidents.alerts_in(name):
                self._incidents.take_out(str(alert["_id"]), name)
                self._join(str(alert["_id"]), older)
        except Refused as refusal:
            # Somebody else is at it, or this TheHive has no way back: both cases stay, and it is said.
            self._say(f"{double} could not be joined to case #{older.get('number')} ({refusal.why})")
            return
        try:
            self._incidents.delete_case(name)
            self._say(f"{double} deleted")
        except Refused:
            self._incidents.close_as_double(
                name, f"Made at the same moment as case #{older.get('number')}, which goes on."
            )
            self._say(f"{double} closed as its double")

    def _case_of(self, alert: str) -> Entity | None:
        name = self._incidents.alert(alert).get("caseId")
        return self._case(str(name)) if name else None

    def _case(self, name: str) -> Entity | None:
        try:
            return self._incidents.case(name)
        except Refused:
            return None


def _age(case: Entity) -> tuple[float, float, str]:
    """Orders cases, the oldest first."""
    return number(case.get("_createdAt")) or 0, number(case.get("number")) or 0, str(case["_id"])


def _is_double(other: Entity, case: Entity) -> bool:
    """Whether another case was made by this key within the same moment, and later."""
    apart = _age(other)[0] - _age(case)[0]
    same = other.get("_createdBy") == case.get("_createdBy") and other["_id"] != case["_id"]
    return same and _age(other) > _age(case) and apart <= ONE_MOMENT_MS


def _turn(alert: Entity) -> tuple[float, str]:
    """Orders marked alerts, the one that was marked first at the front."""
    marked: Any = alert.get("_updatedAt")
    return number(marked) or 0, str(alert["_id"])
