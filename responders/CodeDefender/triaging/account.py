"""What one run found and did, as the responder reports it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from triaging.evidence import Finding, Outcome
from triaging.policy import Plan, Verdict
from triaging.reason import Reason


@dataclass
class Account:
    """What was found and done.

    Attributes:
        severity: of the alert or case, before and after.
        reason: why the verdict is what it is.
        case: the case that it is or is in now, TheHive's entity.
        done: clauses about what was done.
        left_alone: whether nothing was touched, since a person closed it.
    """

    verdict: Verdict
    found: list[Finding]
    severity: tuple[int, int]
    reason: Reason
    case: dict[str, Any] | None = None
    done: list[str] = field(default_factory=list)
    left_alone: bool = False

    def keys(self, outcome: Outcome) -> set[tuple[str, str]]:
        """What an outcome was found for."""
        return {finding.observable.key for finding in self.found if finding.outcome is outcome}

    def note(self, changes: Plan) -> None:
        """Take down what was changed in the alert or case itself."""
        if changes.severity is not None:
            self.severity = (self.severity[0], changes.severity)
            self.done.append(f"severity {self.severity[0]} → {changes.severity}")
        if changes.add_tags:
            self.done.append(f"tagged {', '.join(changes.add_tags)}")

    def note_left_alone(self, what: str, changes: Plan) -> None:
        """Take down what would have been done, had a person not closed it.

        Args:
            what: `the alert`, `case #7`, …
            changes: the plan for it as if it were open.
        """
        self.left_alone = True
        would = [f"raise the severity {self.severity[0]} → {changes.severity}"] * bool(changes.severity)
        would += [f"tag {', '.join(changes.add_tags)}"] * bool(changes.add_tags)
        would += ["make it a case"] * changes.escalate
        said = f", it would {', '.join(would)}" if would else ""
        self.done.append(
            f"left alone, since a person closed {what}; were it open{said or ', nothing would change'}"
        )

    def as_json(self) -> dict[str, Any]:
        """The responder's `full` report."""
        case = None if self.case is None else {"id": self.case["_id"], "number": self.case.get("number")}
        return {
            "message": self._message(),
            "decision": self.verdict.value,
            "reason": str(self.reason),
            "evidence": [finding.as_json() for finding in self.found],
            "severity": {"before": self.severity[0], "after": self.severity[1]},
            "case": case,
            "left_alone": self.left_alone,
        }

    def _message(self) -> str:
        wanted = {Verdict.WAITING: Outcome.RUNNING, Verdict.CLEAN: Outcome.SAFE}
        outcome = wanted.get(self.verdict) or next(
            (each for each in Outcome if each.value == self.verdict.value), Outcome.FAILED
        )
        names = sorted({finding.analyzer for finding in self.found if finding.outcome is outcome})
        why = f" ({', '.join(names)})" if names else "" if self.found else " (no analyzer has reported)"
        return f"{self.verdict.value}{why}: {'; '.join(self.done) or 'nothing to change'}."
