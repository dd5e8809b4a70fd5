"""Reading the evidence on an alert or a case, deciding, and carrying the decision out.

The order of writing makes every run repeatable: an alert gets its verdict's tag last, so one that
has it has been dealt with whole, and one that has not is dealt with again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from neuron.failure import Failure
from triaging.evidence import Finding, Observable, Outcome, counted, findings
from triaging.hive import Entity, Hive
from triaging.policy import Plan, Policy, Subject, Verdict, decide, plan, worst


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


@dataclass
class Account:
    """What was found and done.

    Attributes:
        severity: of the alert or case, before and after.
        case: the case that it is or is in now.
    """

    verdict: Verdict
    found: list[Finding]
    severity: tuple[int, int]
    case: Entity | None = None
    done: list[str] = field(default_factory=list)

    def keys(self, outcome: Outcome) -> set[tuple[str, str]]:
        """What an outcome was found for."""
        return {finding.observable.key for finding in self.found if finding.outcome is outcome}

    def as_json(self) -> dict[str, Any]:
        """The responder's `full` report."""
        case = None if self.case is None else {"id": self.case["_id"], "number": self.case.get("number")}
        return {
            "message": self._message(),
            "decision": self.verdict.value,
            "evidence": [finding.as_json() for finding in self.found],
            "severity": {"before": self.severity[0], "after": self.severity[1]},
            "case": case,
        }

    def _message(self) -> str:
        wanted = {Verdict.WAITING: Outcome.RUNNING, Verdict.CLEAN: Outcome.SAFE}
        outcome = wanted.get(self.verdict) or next(
            (each for each in Outcome if each.value == self.verdict.value), Outcome.FAILED
        )
        names = sorted({finding.analyzer for finding in self.found if finding.outcome is outcome})
        why = f" ({', '.join(names)})" if names else "" if self.found else " (no analyzer has reported)"
        return f"{self.verdict.value}{why}: {'; '.join(self.done) or 'nothing to change'}."


class Triage:
    """Triages alerts and cases.

    Args:
        hive: where they are.
        settings: what to do with them.
    """

    def __init__(self, hive: Hive, settings: Settings) -> None:
        self._hive, self._settings = hive, settings

    def of_alert(self, name: str) -> Account:
        """Triage an alert, and the case that it is in or comes into; raises Failure."""
        entity = self._hive.alert(name)
        subject = self._hive.subject(entity)
        observables = self._hive.observables_of("alert", subject.id)
        in_case = self._hive.observables_of("case", subject.case_id) if subject.case_id else []
        account, scripts = self._judge(subject, [*observables, *in_case])
        if account.verdict is Verdict.WAITING:
            return account
        changes = plan(account.verdict, subject, self._settings.policy)
        self._change(account, subject, Plan(severity=changes.severity))
        self._flag(account, observables)
        joined = changes.escalate and self._escalate(subject, scripts, account)
        case_id = subject.case_id or self._hive.subject(self._hive.alert(subject.id)).case_id
        if case_id:
            self._follow_into_case(case_id, account, bool(joined))
        if changes.close:
            self._hive.close(subject.id)
            account.done.append("alert closed")
        self._change(account, subject, replace(changes, severity=None))
        return account

    def of_case(self, name: str) -> Account:
        """Triage a case; raises Failure."""
        entity = self._hive.case(name)
        subject = self._hive.subject(entity)
        observables = self._hive.observables_of("case", subject.id)
        account, _ = self._judge(subject, [*observables, *self._hive.observables_of_alerts_in(subject.id)])
        account.case = entity
        if account.verdict is not Verdict.WAITING:
            self._flag(account, observables)
            self._change(account, subject, plan(account.verdict, subject, self._settings.policy))
        return account

    def _judge(self, subject: Subject, entities: list[Entity]) -> tuple[Account, list[Observable]]:
        """The verdict on what analyzers say of observables, and the scripts among them."""
        now = int(time.time() * 1000)
        found: list[Finding] = []
        scripts: dict[tuple[str, str], Observable] = {}
        for entity in entities:
            observable = counted(entity)
            if observable is None:
                continue
            if observable.is_script:
                scripts.setdefault(observable.key, observable)
            jobs = self._hive.jobs_of(observable.id)
            found += findings(entity, jobs, self._settings.analyzers, now, self._settings.job_minutes)
        verdict = decide(found, list(scripts.values()))
        return Account(verdict, found, (subject.severity, subject.severity)), list(scripts.values())

    def _change(self, account: Account, subject: Subject, changes: Plan) -> None:
        self._hive.change(subject, changes)
        if changes.severity is not None:
            account.severity = (account.severity[0], changes.severity)
            account.done.append(f"severity {account.severity[0]} → {changes.severity}")
        if changes.add_tags:
            account.done.append(f"tagged {', '.join(changes.add_tags)}")

    def _flag(self, account: Account, entities: Iterable[Entity]) -> None:
        """Mark what is malicious as an indicator of compromise."""
        malicious = account.keys(Outcome.MALICIOUS)
        for entity in entities:
            observable = counted(entity)
            if observable is not None and observable.key in malicious and not observable.ioc:
                self._hive.mark_ioc(observable.id)

    def _escalate(self, subject: Subject, scripts: list[Observable], account: Account) -> bool:
        """Bring the alert into a case; whether it joined one that was there."""
        policy = self._settings.policy
        urls = [script.data for script in scripts if script.data_type == "url"]
        there = self._hive.open_case_with(urls) if policy.join_case and urls else None
        try:
            if there is not None:
                self._hive.merge(subject.id, str(there["_id"]))
                account.done.append(f"joined case #{there.get('number')}")
            elif policy.create_case:
                account.done.append(self._create_case(subject))
        except Failure:
            # The answer may have been lost, or somebody else was quicker: then it is in a case.
            if self._hive.subject(self._hive.alert(subject.id)).case_id is None:
                raise
        return there is not None

    def _create_case(self, subject: Subject) -> str:
        template = self._settings.case_template
        try:
            return f"case #{self._hive.promote(subject.id, template).get('number')} created"
        except Failure:
            if template is None or self._hive.subject(self._hive.alert(subject.id)).case_id is not None:
                raise
        # An escalation matters more than its template.
        number = self._hive.promote(subject.id, None).get("number")
        return f"case #{number} created without the case template {template}, which TheHive refused"

    def _follow_into_case(self, case_id: str, account: Account, joined: bool) -> None:
        """Let the alert's case carry the worst that is known of its alerts."""
        account.case = self._hive.case(case_id)
        case = self._hive.subject(account.case)
        self._flag(account, self._hive.observables_of("case", case_id))
        changes = plan(worst(account.verdict, case), case, self._settings.policy)
        if joined and account.severity[1] > case.severity:
            changes = replace(changes, severity=max(account.severity[1], changes.severity or 0))
        self._hive.change(case, changes)
