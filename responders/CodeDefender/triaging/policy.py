"""The policy: from evidence to a decision, and from a decision to what is to change. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase

from triaging.evidence import Finding, Observable, Outcome

TAG = "code-defender"
VERDICT_TAG = f"{TAG}:verdict="
FOLLOW_UP_TAG = f"{TAG}:follow-up"
# An alert that is on its way into a case; see `one_case`.
ESCALATING_TAG = f"{TAG}:escalating"
# Only these look at what the script is or does; the others know hosts, packages and their flaws.
CLEARING = ("*VirusTotal*", "*HybridAnalysis*", "*Content*")


class Verdict(Enum):
    """What the evidence comes to."""

    MALICIOUS = "malicious"
    SUSPICIOUS = "suspicious"
    WAITING = "waiting"
    CLEAN = "clean"
    UNKNOWN = "unknown"

    @property
    def tag(self) -> str:
        """The tag that says so."""
        return VERDICT_TAG + self.value


@dataclass(frozen=True)
class Policy:
    """What the administrator wants done.

    Attributes:
        malicious_severity: severity that a malicious script raises to, 1 to 4.
        suspicious_severity: the same for a suspicious one.
        create_case: whether a malicious script's alert becomes a case.
        join_case: whether it joins an open Code Defender case with the same script instead.
        close_when_clean: whether a clean script's alert is closed rather than marked for follow-up.
    """

    malicious_severity: int = 4
    suspicious_severity: int = 3
    create_case: bool = True
    join_case: bool = True
    close_when_clean: bool = False


@dataclass(frozen=True)
class Subject:
    """An alert or a case as it stands.

    Attributes:
        is_case: whether it is a case.
        open: whether nobody has closed it; an alert in a case is as open as its case.
        closed_as_clean: whether it is closed, as this policy closes clean alerts.
        case_id: the case that an alert is in.
        changed_at: when somebody last changed it (milliseconds since the epoch).
    """

    id: str
    is_case: bool
    severity: int
    tags: tuple[str, ...]
    open: bool
    closed_as_clean: bool = False
    case_id: str | None = None
    changed_at: float = 0

    @property
    def is_left_alone(self) -> bool:
        """Whether a person closed it: nothing of it is touched."""
        return not self.open and not self.closed_as_clean


@dataclass(frozen=True)
class Plan:
    """What is to change; nothing where all is as it should be.

    Attributes:
        severity: the new severity.
        add_tags: tags to add.
        remove_tags: tags to take away.
        close: whether the alert is to be closed.
        reopen: whether the alert, closed as clean, is to be opened again.
        escalate: whether the alert belongs in a case.
    """

    severity: int | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    close: bool = False
    reopen: bool = False
    escalate: bool = False


def decide(found: Sequence[Finding], scripts: Sequence[Observable]) -> Verdict:
    """The first row of the decision table that fits.

    Args:
        found: what the analyzers say.
        scripts: the script observables, whether or not anything was said of them.
    """
    outcomes = {finding.outcome for finding in found}
    if Outcome.MALICIOUS in outcomes:
        return Verdict.MALICIOUS
    if Outcome.SUSPICIOUS in outcomes:
        return Verdict.SUSPICIOUS
    if Outcome.RUNNING in outcomes:
        return Verdict.WAITING
    # Every script has to be cleared, and by what is known of itself: a skimmer that nobody knows yet
    # is not clean because its host is, or because of another script in the same case.
    cleared = {
        finding.observable.key
        for finding in found
        if finding.outcome is Outcome.SAFE and finding.observable.is_script and clears(finding.analyzer)
    }
    if scripts and Outcome.FAILED not in outcomes and all(script.key in cleared for script in scripts):
        return Verdict.CLEAN
    return Verdict.UNKNOWN


def raised_to(verdict: Verdict, found: Sequence[Finding], policy: Policy) -> int:
    """The severity that a verdict raises to; 0 where it raises nothing.

    Where known flaws of packages are all that is suspicious, it is the worst flaw's own, if that is less.
    """
    if verdict is Verdict.MALICIOUS:
        return policy.malicious_severity
    if verdict is not Verdict.SUSPICIOUS:
        return 0
    flaws = [finding.flaw for finding in found if finding.outcome is Outcome.SUSPICIOUS]
    known = [flaw for flaw in flaws if flaw is not None]
    if not known or len(known) < len(flaws):
        return policy.suspicious_severity
    return min(policy.suspicious_severity, max(known))


def plan(verdict: Verdict, subject: Subject, severity: int, policy: Policy, news: bool = False) -> Plan:
    """What a verdict changes in an alert or a case.

    A severity is never lowered. What a person closed is left alone. A verdict that is already there has
    been acted on: what a person has changed since (a severity, a mark, a reopened alert) stays so, unless
    there is news that raises further.

    Args:
        verdict: of the present evidence.
        subject: as it stands.
        severity: what the verdict raises to, see `raised_to`.
        policy: what the administrator wants done.
        news: whether evidence for the verdict has come since anything of the subject was changed.
    """
    if verdict is Verdict.WAITING or subject.is_left_alone:
        return Plan()
    loose = not subject.is_case and subject.case_id is None
    escalate = verdict is Verdict.MALICIOUS and loose
    others = {tag for tag in subject.tags if tag.startswith(VERDICT_TAG)} - {verdict.tag}
    others |= {ESCALATING_TAG} & set(subject.tags)
    raised = severity if severity > subject.severity else None
    if verdict.tag in subject.tags:
        return Plan(raised if news else None, remove_tags=tuple(sorted(others)), escalate=escalate)
    clean = verdict is Verdict.CLEAN
    follow_up = verdict is Verdict.UNKNOWN or (clean and not policy.close_when_clean)
    wanted = {verdict.tag, FOLLOW_UP_TAG} if follow_up else {verdict.tag}
    stale = others | ({FOLLOW_UP_TAG} & set(subject.tags)) - wanted
    return Plan(
        severity=raised,
        add_tags=tuple(sorted(wanted - set(subject.tags))),
        remove_tags=tuple(sorted(stale)),
        close=clean and policy.close_when_clean and loose and subject.open,
        reopen=subject.closed_as_clean and not clean and not escalate,
        escalate=escalate,
    )


def worst(verdict: Verdict, case: Subject) -> Verdict:
    """The worse of an alert's verdict and the one that its case has: a case is as bad as its worst alert."""
    order = (Verdict.MALICIOUS, Verdict.SUSPICIOUS, Verdict.UNKNOWN, Verdict.CLEAN)
    return next(each for each in order if each is verdict or each.tag in case.tags)


def clears(analyzer: str) -> bool:
    """Whether an analyzer's `safe` is about the script itself."""
    return any(fnmatchcase(analyzer, glob) for glob in CLEARING)
