"""The decision table of the triage responder, row by row, and what each verdict changes."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triaging.evidence import Finding, Observable, Outcome
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

SCRIPT = Observable("~1", "url", "https://cdn.example/a.js", is_script=True, ioc=False)
OTHER = Observable("~2", "url", "https://cdn.example/b.js", is_script=True, ioc=False)
HOST = Observable("~3", "domain", "cdn.example", is_script=False, ioc=False)
VIRUSTOTAL, HYBRID = "CodeDefender_VirusTotal_1_0", "CodeDefender_HybridAnalysis_1_0"
SNYK, OSV = "CodeDefender_Snyk_1_0", "CodeDefender_OSV_1_0"
HOSTS, CONTENT = "CodeDefender_Host_1_0", "CodeDefender_Content_1_0"

MALICIOUS, SUSPICIOUS, SAFE = Outcome.MALICIOUS, Outcome.SUSPICIOUS, Outcome.SAFE
INFO, FAILED, RUNNING = Outcome.INFO, Outcome.FAILED, Outcome.RUNNING


def verdict(*found: tuple[str, Observable, Outcome], scripts: tuple[Observable, ...] = (SCRIPT,)) -> Verdict:
    return decide([Finding(*each) for each in found], scripts)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([(VIRUSTOTAL, SCRIPT, MALICIOUS)], Verdict.MALICIOUS),
        ([(VIRUSTOTAL, HOST, MALICIOUS)], Verdict.MALICIOUS),
        ([(OSV, SCRIPT, MALICIOUS), (VIRUSTOTAL, SCRIPT, SAFE)], Verdict.MALICIOUS),
        ([(VIRUSTOTAL, SCRIPT, MALICIOUS), (OSV, SCRIPT, RUNNING)], Verdict.MALICIOUS),
        ([(OSV, SCRIPT, SUSPICIOUS), (VIRUSTOTAL, SCRIPT, SAFE)], Verdict.SUSPICIOUS),
        ([(OSV, SCRIPT, SUSPICIOUS), (VIRUSTOTAL, SCRIPT, RUNNING)], Verdict.SUSPICIOUS),
        ([(VIRUSTOTAL, SCRIPT, SAFE), (OSV, SCRIPT, RUNNING)], Verdict.WAITING),
        ([(VIRUSTOTAL, SCRIPT, FAILED), (OSV, SCRIPT, RUNNING)], Verdict.WAITING),
        ([(VIRUSTOTAL, SCRIPT, SAFE), (OSV, SCRIPT, INFO)], Verdict.CLEAN),
        ([(HYBRID, SCRIPT, SAFE), (VIRUSTOTAL, SCRIPT, INFO)], Verdict.CLEAN),
        ([(CONTENT, SCRIPT, SAFE), (VIRUSTOTAL, SCRIPT, INFO)], Verdict.CLEAN),
        ([(VIRUSTOTAL, SCRIPT, SAFE), (OSV, SCRIPT, FAILED)], Verdict.UNKNOWN),
        ([(VIRUSTOTAL, SCRIPT, SAFE), (HOSTS, HOST, FAILED)], Verdict.UNKNOWN),
        ([(HOSTS, SCRIPT, SAFE)], Verdict.UNKNOWN),
        ([(VIRUSTOTAL, SCRIPT, INFO), (OSV, SCRIPT, INFO)], Verdict.UNKNOWN),
        ([(VIRUSTOTAL, SCRIPT, FAILED)], Verdict.UNKNOWN),
        ([], Verdict.UNKNOWN),
        # a vulnerability database that knows nothing does not clear, whatever it calls that
        ([(OSV, SCRIPT, SAFE), (SNYK, SCRIPT, SAFE)], Verdict.UNKNOWN),
        # a well-known host does not clear a new script on it
        ([(VIRUSTOTAL, HOST, SAFE)], Verdict.UNKNOWN),
        ([(VIRUSTOTAL, HOST, SAFE), (VIRUSTOTAL, SCRIPT, INFO)], Verdict.UNKNOWN),
    ],
)
def test_the_first_row_that_fits_decides(
    found: list[tuple[str, Observable, Outcome]], expected: Verdict
) -> None:
    assert verdict(*found) is expected
    for order in itertools.islice(itertools.permutations(found), 6):
        assert verdict(*order) is expected


def test_each_script_of_a_case_has_to_be_cleared() -> None:
    one = (VIRUSTOTAL, SCRIPT, SAFE)
    assert verdict(one, scripts=(SCRIPT, OTHER)) is Verdict.UNKNOWN
    assert verdict(one, (VIRUSTOTAL, OTHER, SAFE), scripts=(SCRIPT, OTHER)) is Verdict.CLEAN


def test_an_incident_without_a_script_is_unknown() -> None:
    assert verdict(scripts=()) is Verdict.UNKNOWN


@given(
    st.lists(
        st.tuples(
            st.sampled_from([VIRUSTOTAL, HYBRID, SNYK, OSV, HOSTS, CONTENT]),
            st.sampled_from([SCRIPT, HOST]),
            st.sampled_from(Outcome),
        )
    )
)
def test_nothing_ends_as_clean_without_a_word_on_the_script_itself(
    found: list[tuple[str, Observable, Outcome]],
) -> None:
    if verdict(*found) is Verdict.CLEAN:
        assert any(o is SAFE and s is SCRIPT and a in {VIRUSTOTAL, HYBRID, CONTENT} for a, s, o in found)
        assert {o for _, _, o in found} <= {SAFE, INFO}


def alert(severity: int = 2, *tags: str, **state: object) -> Subject:
    values: dict[str, object] = {"open": True, **state}
    return Subject("~9", is_case=False, severity=severity, tags=("code-defender", *tags), **values)  # type: ignore[arg-type]


def case(severity: int = 2, *tags: str) -> Subject:
    return Subject("~8", is_case=True, severity=severity, tags=("code-defender", *tags), open=True)


CLOSE = Policy(close_when_clean=True)


@pytest.mark.parametrize(
    ("decided", "subject", "policy", "expected"),
    [
        (Verdict.MALICIOUS, alert(2), Policy(), Plan(4, (Verdict.MALICIOUS.tag,), escalate=True)),
        (Verdict.MALICIOUS, alert(4), Policy(), Plan(None, (Verdict.MALICIOUS.tag,), escalate=True)),
        (Verdict.MALICIOUS, alert(4), Policy(3), Plan(None, (Verdict.MALICIOUS.tag,), escalate=True)),
        (Verdict.MALICIOUS, alert(2, case_id="~7"), Policy(), Plan(4, (Verdict.MALICIOUS.tag,))),
        # What a person closed is left alone, whatever is found.
        (Verdict.MALICIOUS, alert(2, open=False), Policy(), Plan()),
        (Verdict.UNKNOWN, alert(2, open=False), Policy(), Plan()),
        (Verdict.MALICIOUS, alert(2, case_id="~7", open=False), Policy(), Plan()),
        (
            Verdict.MALICIOUS,
            alert(2, Verdict.CLEAN.tag, open=False, closed_as_clean=True),
            CLOSE,
            Plan(4, (Verdict.MALICIOUS.tag,), (Verdict.CLEAN.tag,), escalate=True),
        ),
        (
            Verdict.MALICIOUS,
            alert(2, Verdict.UNKNOWN.tag, FOLLOW_UP_TAG),
            Policy(),
            Plan(4, (Verdict.MALICIOUS.tag,), (FOLLOW_UP_TAG, Verdict.UNKNOWN.tag), escalate=True),
        ),
        (
            Verdict.MALICIOUS,
            alert(4, Verdict.MALICIOUS.tag, ESCALATING_TAG),
            Policy(),
            Plan(None, (), (ESCALATING_TAG,), escalate=True),
        ),
        # What was closed without asking, as clean, is opened again when it is not.
        (
            Verdict.SUSPICIOUS,
            alert(2, Verdict.CLEAN.tag, open=False, closed_as_clean=True),
            CLOSE,
            Plan(3, (Verdict.SUSPICIOUS.tag,), (Verdict.CLEAN.tag,), reopen=True),
        ),
        (Verdict.MALICIOUS, case(2), Policy(), Plan(4, (Verdict.MALICIOUS.tag,))),
        (Verdict.SUSPICIOUS, alert(2), Policy(), Plan(3, (Verdict.SUSPICIOUS.tag,))),
        (Verdict.SUSPICIOUS, alert(4), Policy(), Plan(None, (Verdict.SUSPICIOUS.tag,))),
        (Verdict.WAITING, alert(2, Verdict.UNKNOWN.tag), Policy(), Plan()),
        (Verdict.CLEAN, alert(2), Policy(), Plan(None, (FOLLOW_UP_TAG, Verdict.CLEAN.tag))),
        (Verdict.CLEAN, alert(2), CLOSE, Plan(None, (Verdict.CLEAN.tag,), close=True)),
        (Verdict.CLEAN, alert(2, open=False), CLOSE, Plan()),
        (Verdict.CLEAN, alert(2, case_id="~7"), CLOSE, Plan(None, (Verdict.CLEAN.tag,))),
        (Verdict.CLEAN, case(2), CLOSE, Plan(None, (Verdict.CLEAN.tag,))),
        (Verdict.UNKNOWN, alert(3), CLOSE, Plan(None, (FOLLOW_UP_TAG, Verdict.UNKNOWN.tag))),
    ],
)
def test_what_a_verdict_changes(decided: Verdict, subject: Subject, policy: Policy, expected: Plan) -> None:
    assert plan(decided, subject, raised_to(decided, [], policy), policy) == expected


def flawed(severity: int | None, analyzer: str = OSV) -> Finding:
    return Finding(analyzer, SCRIPT, SUSPICIOUS, flaw=severity)


@pytest.mark.parametrize(
    ("found", "policy", "expected"),
    [
        ([flawed(4)], Policy(), 3),
        ([flawed(3)], Policy(), 3),
        ([flawed(2)], Policy(), 2),
        ([flawed(1)], Policy(), 1),
        ([flawed(2), flawed(3, SNYK)], Policy(), 3),
        ([flawed(4)], Policy(suspicious_severity=4), 4),
        ([flawed(4)], Policy(suspicious_severity=2), 2),
        # nobody rated the flaw
        ([flawed(None)], Policy(), 3),
        ([flawed(2), flawed(None, SNYK)], Policy(), 3),
        # flaws are not all that is suspicious
        ([flawed(2), Finding(VIRUSTOTAL, SCRIPT, SUSPICIOUS)], Policy(), 3),
        ([flawed(2), Finding(HOSTS, HOST, SUSPICIOUS)], Policy(), 3),
        # what is not suspicious takes nothing away
        ([flawed(2), Finding(VIRUSTOTAL, SCRIPT, SAFE), Finding(HYBRID, SCRIPT, FAILED)], Policy(), 2),
    ],
)
def test_known_flaws_alone_raise_to_the_worst_of_them(
    found: list[Finding], policy: Policy, expected: int
) -> None:
    assert raised_to(Verdict.SUSPICIOUS, found, policy) == expected
    assert raised_to(Verdict.MALICIOUS, found, policy) == 4
    assert raised_to(Verdict.CLEAN, found, policy) == 0


@pytest.mark.parametrize("decided", list(Verdict))
@pytest.mark.parametrize("policy", [Policy(), CLOSE])
def test_a_verdict_that_is_there_changes_nothing_more(decided: Verdict, policy: Policy) -> None:
    """A person may have lowered the severity, taken the mark away or reopened the alert since."""
    subject = alert(1, decided.tag, case_id="~7")
    assert plan(decided, subject, 4, policy) == Plan()


def test_news_raises_further_under_the_same_verdict() -> None:
    subject = alert(2, Verdict.SUSPICIOUS.tag)
    assert plan(Verdict.SUSPICIOUS, subject, 3, Policy(), news=True) == Plan(3)
    assert plan(Verdict.SUSPICIOUS, subject, 2, Policy(), news=True) == Plan()


@given(st.sampled_from(Verdict), st.integers(1, 4), st.integers(1, 4))
def test_a_severity_is_never_lowered(decided: Verdict, severity: int, target: int) -> None:
    changes = plan(decided, alert(severity), target, Policy(target, target))
    assert changes.severity is None or changes.severity > severity


@given(st.sampled_from(Verdict), st.lists(st.sampled_from([v.tag for v in Verdict]), unique=True))
def test_there_is_one_verdict_tag_at_a_time(decided: Verdict, tags: list[str]) -> None:
    changes = plan(decided, alert(2, *tags), 4, Policy())
    after = (set(tags) - set(changes.remove_tags)) | set(changes.add_tags) - {FOLLOW_UP_TAG}
    assert after == ({decided.tag} if decided is not Verdict.WAITING else set(tags))


@pytest.mark.parametrize(
    ("decided", "tags", "expected"),
    [
        (Verdict.CLEAN, (), Verdict.CLEAN),
        (Verdict.CLEAN, (Verdict.UNKNOWN.tag,), Verdict.UNKNOWN),
        (Verdict.UNKNOWN, (Verdict.MALICIOUS.tag,), Verdict.MALICIOUS),
        (Verdict.MALICIOUS, (Verdict.CLEAN.tag,), Verdict.MALICIOUS),
        (Verdict.SUSPICIOUS, (Verdict.UNKNOWN.tag,), Verdict.SUSPICIOUS),
    ],
)
def test_a_case_is_as_bad_as_its_worst_alert(
    decided: Verdict, tags: tuple[str, ...], expected: Verdict
) -> None:
    assert worst(decided, case(2, *tags)) is expected
