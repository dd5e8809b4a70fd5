"""Reading the evidence on an alert or a case, deciding, and carrying the decision out.

The order of writing makes every run repeatable: an alert gets its verdict's tag last, so one that
has it has been dealt with whole, and one that has not is dealt with again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from triaging import history, note
from triaging.account import Account
from triaging.evidence import Finding, Observable, Outcome, counted, findings, newest
from triaging.hive import Entity, Refused
from triaging.hosts import Unbelieved, believed, unbelieved
from triaging.incidents import LOOKED_BACK, LOOKED_BACK_4, Incidents
from triaging.one_case import OneCase
from triaging.policy import (
    ESCALATING_TAG,
    FOLLOW_UP_TAG,
    Plan,
    Policy,
    Subject,
    Verdict,
    decide,
    plan,
    raised_to,
    worst,
)
from triaging.reason import reason


@dataclass(frozen=True)
class Settings:
    """What the administrator configured.

    Attributes:
        analyzers: globs of the analyzers whose reports count.
        job_minutes: how long a job may take.
        case_template: for new cases.
    """

    policy: Policy
    analyzers: tuple[str, ...]
    job_minutes: float
    case_template: str | None


class Triage:
    """Triages alerts and cases.

    Args:
        incidents: where they are.
        settings: what to do with them.
    """

    def __init__(self, incidents: Incidents, settings: Settings) -> None:
        self._incidents, self._settings = incidents, settings
        self._policy = settings.policy

    def of_alert(self, name: str) -> Account:
        """Triage an alert, and the case that it is in or comes into; raises Failure."""
        entity = self._incidents.alert(name)
        case = self._incidents.case(str(entity["caseId"])) if entity.get("caseId") else None
        subject = self._incidents.subject(entity, case)
        observables = self._incidents.observables_of("alert", subject.id)
        in_case = self._incidents.observables_of("case", str(case["_id"])) if case else []
        account, scripts = self._judge(subject, [*observables, *in_case])
        account.case = case
        changes = self._plan(account, subject)
        if account.verdict is Verdict.WAITING:
            return account
        if subject.is_left_alone:
            what = f"case #{case.get('number')}" if case else "the alert"
            account.note_left_alone(what, self._plan(account, replace(subject, open=True)))
            return account
        self._change(account, subject, Plan(severity=changes.severity))
        self._flag(account, observables)
        if changes.escalate:
            changes = self._escalate(account, subject, scripts, changes)
        case_id = subject.case_id or self._incidents.alert(subject.id).get("caseId")
        if case_id:
            self._follow_into_case(str(case_id), account, scripts, joined=changes.escalate)
        elif changes.add_tags:
            self._leave_note(account, subject, scripts)
        changes = self._close_or_reopen(account, subject, changes)
        self._change(account, subject, replace(changes, severity=None))
        return account

    def of_case(self, name: str) -> Account:
        """Triage a case; raises Failure."""
        case = self._incidents.case(name)
        subject = self._incidents.subject(case)
        observables = self._incidents.observables_of("case", subject.id)
        in_alerts = self._incidents.observables_of_alerts_in(subject.id)
        account, scripts = self._judge(subject, [*observables, *in_alerts])
        account.case = case
        if account.verdict is Verdict.WAITING:
            return account
        if subject.is_left_alone:
            account.note_left_alone(
                f"case #{case.get('number')}", self._plan(account, replace(subject, open=True))
            )
            return account
        self._flag(account, observables)
        changes = self._plan(account, subject)
        if account.verdict.tag in changes.add_tags:
            self._leave_note(account, subject, scripts)
        self._change(account, subject, changes)
        return account

    def _judge(self, subject: Subject, entities: list[Entity]) -> tuple[Account, list[Observable]]:
        """The verdict on what analyzers say of observables, and the scripts among them."""
        now = int(time.time() * 1000)
        ignored = unbelieved(entities)
        found: list[Finding] = []
        scripts: dict[tuple[str, str], Observable] = {}
        for entity in entities:
            observable = counted(entity)
            if observable is None or observable.key in ignored:
                continue
            if observable.is_script:
                scripts.setdefault(observable.key, observable)
            jobs = self._incidents.jobs_of(observable.id)
            found += findings(entity, jobs, self._settings.analyzers, now, self._settings.job_minutes)
        found, of_scripts = believed(newest(found), entities)
        looked_at = list(scripts.values())
        verdict = decide(found, looked_at)
        before = [] if verdict is Verdict.WAITING else self._before(subject, looked_at)
        why = reason(verdict, found, looked_at, _once([*ignored.values(), *of_scripts]), before)
        return Account(verdict, found, (subject.severity, subject.severity), why), looked_at

    def _before(self, subject: Subject, scripts: Sequence[Observable]) -> list[str]:
        """What the SOC has seen of these scripts, and decided about them."""
        try:
            alerts, cases = self._incidents.alerts_with(scripts), self._incidents.cases_with(scripts)
        except Refused as refusal:
            return [f"What was decided before could not be looked up: {refusal.why}."]
        limit = LOOKED_BACK_4 if self._incidents.is_4 else LOOKED_BACK
        others = [each for each in (*alerts, *cases) if each["_id"] not in {subject.id, subject.case_id}]
        return [
            *history.seen_before(alerts, more=len(alerts) >= limit),
            *history.decided_before(others, self._closed_by_a_person),
        ]

    def _closed_by_a_person(self, entity: Entity) -> bool:
        return self._incidents.subject(entity).is_left_alone

    def _plan(self, account: Account, subject: Subject) -> Plan:
        return self._plan_for(account.verdict, account, subject)

    def _plan_for(self, verdict: Verdict, account: Account, subject: Subject) -> Plan:
        """What is to change in an alert or case; a case's verdict may be worse than what was found now."""
        severity = raised_to(account.verdict, account.found, self._policy)
        news = any(
            finding.moment > subject.changed_at
            for finding in account.found
            if finding.outcome.value == account.verdict.value
        )
        return plan(verdict, subject, severity, self._policy, news)

    def _change(self, account: Account, subject: Subject, changes: Plan) -> None:
        self._incidents.change(subject, changes)
        account.note(changes)

    def _flag(self, account: Account, entities: Iterable[Entity]) -> None:
        """Mark what is malicious as an indicator of compromise."""
        malicious = account.keys(Outcome.MALICIOUS)
        for entity in entities:
            observable = counted(entity)
            if observable is not None and observable.key in malicious and not observable.ioc:
                self._incidents.mark_ioc(observable.id)

    def _escalate(self, account: Account, subject: Subject, scripts: list[Observable], changes: Plan) -> Plan:
        """Bring the alert into a case; the plan with `escalate` where it joined one that was there."""
        one_case = OneCase(self._incidents, self._policy, self._settings.case_template, account.done.append)
        joined = one_case.bring_in(subject, scripts)
        marked = {ESCALATING_TAG} if one_case.marked else set()
        return replace(changes, escalate=joined, remove_tags=tuple(sorted({*changes.remove_tags, *marked})))

    def _follow_into_case(
        self, case_id: str, account: Account, scripts: Sequence[Observable], joined: bool
    ) -> None:
        """Let the alert's case carry the worst that is known of its alerts."""
        account.case = self._incidents.case(case_id)
        case = self._incidents.subject(account.case)
        if case.is_left_alone:
            return
        self._flag(account, self._incidents.observables_of("case", case_id))
        changes = self._plan_for(worst(account.verdict, case), account, case)
        if joined and account.severity[1] > case.severity:
            changes = replace(changes, severity=max(account.severity[1], changes.severity or 0))
        if joined or account.verdict.tag in changes.add_tags:
            self._leave_note(account, case, scripts)
        self._incidents.change(case, changes)

    def _leave_note(self, account: Account, subject: Subject, scripts: Sequence[Observable]) -> None:
        trouble = note.leave(self._incidents, subject, account.reason, scripts)
        account.done += [] if trouble is None else [trouble]

    def _close_or_reopen(self, account: Account, subject: Subject, changes: Plan) -> Plan:
        """Close a clean alert, or open again what was closed as clean; the plan for its tags."""
        try:
            if changes.close:
                self._incidents.close(subject.id)
                account.done.append("alert closed")
            elif changes.reopen:
                self._incidents.reopen(subject.id)
                account.done.append("alert opened again")
        except Refused as refusal:
            done = "close" if changes.close else "open again"
            account.done.append(f"TheHive refused to {done} the alert ({refusal.why}): marked for follow-up")
            return replace(changes, add_tags=tuple(sorted({*changes.add_tags, FOLLOW_UP_TAG})))
        return changes


def _once(ignored: Iterable[Unbelieved]) -> list[Unbelieved]:
    return list(dict.fromkeys(ignored))
