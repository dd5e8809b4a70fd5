"""Why a verdict is what it is, in sentences that a person reads. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from triaging.evidence import Finding, Observable, Outcome
from triaging.hosts import Unbelieved
from triaging.inert import inert
from triaging.policy import Verdict, clears

MOST = 20  # sentences; a case of many scripts would fill the page
# How a verdict begins: what it rests on, or what is missing.
OPENINGS = {
    Verdict.CLEAN: "every script has a safe of its own, and nothing failed.",
    Verdict.UNKNOWN: "nothing flags it, and not everything clears it.",
    Verdict.WAITING: "analyzers are at work.",
}
_NAME = re.compile(r"(?:CodeDefender_)?(.+?)(?:_\d+(?:_\d+)*)?")
_WORDS = {"HybridAnalysis": "Hybrid Analysis", "Snyk": "Snyk"}
_ORDER = (
    Outcome.MALICIOUS,
    Outcome.SUSPICIOUS,
    Outcome.FAILED,
    Outcome.RUNNING,
    Outcome.SAFE,
    Outcome.INFO,
)


@dataclass(frozen=True)
class Reason:
    """The sentences behind a verdict, the weightiest first.

    They hold the services' text as it came, in one line each: `as_markdown` makes it inert.
    """

    verdict: Verdict
    sentences: tuple[str, ...]

    def __str__(self) -> str:
        """`malicious: …`."""
        return f"{self.verdict.value}: {' '.join(self.sentences)}"

    def as_markdown(self) -> str:
        """A list, one sentence in a line, in which all that is not ours stays text."""
        return "\n".join(f"- {inert(sentence)}" for sentence in self.sentences)


def reason(
    verdict: Verdict,
    found: Sequence[Finding],
    scripts: Sequence[Observable],
    unbelieved: Iterable[Unbelieved] = (),
    before: Sequence[str] = (),
) -> Reason:
    """The reason for a verdict.

    Args:
        verdict: what it comes to.
        found: what each analyzer says.
        scripts: the script observables, whether or not anything was said of them.
        unbelieved: hosts of which nothing that is said counts.
        before: sentences about what was decided before.
    """
    sentences = [OPENINGS[verdict]] if verdict in OPENINGS else []
    sentences += _findings(found, several=len(scripts) > 1)
    sentences += _missing(verdict, found, scripts)
    sentences += [
        f"What is known of the host {each.host} counts for nothing: {each.why}." for each in unbelieved
    ]
    left_out = len(sentences) - MOST
    if left_out > 0:
        sentences = [*sentences[:MOST], f"There are {left_out} more findings in the observables' reports."]
    return Reason(verdict, (*sentences, *before))


def service_of(analyzer: str) -> str:
    """`VirusTotal` of `CodeDefender_VirusTotal_1_0`."""
    match = _NAME.fullmatch(analyzer)
    name = match[1] if match else analyzer
    return " ".join(_WORDS.get(part, part) for part in name.split("_"))


def _findings(found: Sequence[Finding], several: bool) -> list[str]:
    """One sentence for each thing that is said, with all the services that say it."""
    said: dict[tuple[Outcome, str], list[str]] = {}
    for finding in sorted(
        found, key=lambda each: (_ORDER.index(each.outcome), not each.observable.is_script)
    ):
        about = _about(finding.observable, several)
        said.setdefault((finding.outcome, about + _words(finding)), []).append(service_of(finding.analyzer))
    return [_told(_listed(services), words) for (_, words), services in said.items()]


def _told(services: str, words: str) -> str:
    """`OSV: …`; what names the service itself needs no name before it."""
    named = words.startswith(f": {services}")
    return _sentence(words[2:] if named else f"{services}{words}")


def _about(observable: Observable, several: bool) -> str:
    if not observable.is_script:
        return f" on the host {observable.data}"
    return f" on {observable.data}" if several else ""


def _words(finding: Finding) -> str:
    if finding.outcome is Outcome.FAILED:
        return f" could not say: {finding.said}" if finding.said else " gave no answer"
    if finding.outcome is Outcome.RUNNING:
        return " has not answered yet"
    return f": {finding.said or finding.outcome.value}"


def _missing(verdict: Verdict, found: Sequence[Finding], scripts: Sequence[Observable]) -> list[str]:
    """What nobody could say."""
    if verdict is not Verdict.UNKNOWN:
        return []
    if not scripts:
        return ["The incident names no script that could be looked up."]
    sentences = []
    for script in scripts:
        words = [finding for finding in found if finding.observable.key == script.key]
        if not words:
            sentences.append(f"No analyzer has reported on the script {script.data}.")
        elif not any(finding.outcome is Outcome.SAFE and clears(finding.analyzer) for finding in words):
            sentences.append(f"Nobody who has looked at the script {script.data} itself calls it safe.")
    return sentences


def _listed(names: Sequence[str]) -> str:
    """`Snyk and OSV`."""
    once = list(dict.fromkeys(names))
    return once[0] if len(once) == 1 else f"{', '.join(once[:-1])} and {once[-1]}"


def _sentence(words: str) -> str:
    return words if words.endswith((".", "!", "?", "…")) else f"{words}."
