"""Leaving the reason where the analyst works, once per verdict.

TheHive 5: a comment on the alert or case. TheHive 4.1 has no comments: there it stands at the top of the
case's description, between two marks that Markdown does not show.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from neuron.reading import number
from triaging.evidence import Observable
from triaging.hive import Refused
from triaging.incidents import Incidents
from triaging.inert import code
from triaging.policy import Subject
from triaging.reason import Reason

MOST_NAMED = 5  # scripts in the heading
LONGEST_NAMED = 300
# TheHive 4.1 takes bodies of 256,000 bytes.
LARGEST_DESCRIPTION = 250_000


def leave(
    incidents: Incidents, subject: Subject, reason: Reason, scripts: Sequence[Observable]
) -> str | None:
    """Leave the reason on an alert or a case; why it could not be left, None where it is there.

    Args:
        incidents: where they are.
        subject: TheHive 5's alert or case; 4.1's case (an alert of 4.1 has no place for it).
        reason: to leave.
        scripts: what it is about, named in the heading.
    """
    try:
        if incidents.is_4:
            return _describe(incidents, subject, reason, scripts) if subject.is_case else None
        _comment(incidents, subject, reason, scripts)
    except Refused as refusal:
        return f"the reason could not be left there, since TheHive refused it ({refusal.why})"
    return None


def heading(reason: Reason, scripts: Sequence[Observable]) -> str:
    """What a note begins with; the same verdict on the same scripts has the same one."""
    names = sorted({script.data for script in scripts})
    shown = [code(name[:LONGEST_NAMED]) for name in names[:MOST_NAMED]]
    if len(names) > MOST_NAMED:
        shown.append(f"{len(names) - MOST_NAMED} more")
    about = f" on {', '.join(shown)}" if shown else ""
    return f"**Code Defender: {reason.verdict.value}**{about}"


def _comment(incidents: Incidents, subject: Subject, reason: Reason, scripts: Sequence[Observable]) -> None:
    title = heading(reason, scripts)
    about = title.partition("**")[2].partition("**")[2]
    left = [
        comment
        for comment in incidents.comments_on(subject)
        if str(comment.get("message")).startswith("**Code Defender: ")
        and str(comment.get("message")).partition("\n")[0].endswith(about)
    ]
    last = max(left, key=lambda comment: number(comment.get("createdAt")) or 0, default={})
    if str(last.get("message")).partition("\n")[0] != title:
        incidents.comment(subject, f"{title}\n\n{reason.as_markdown()}")


def _describe(
    incidents: Incidents, subject: Subject, reason: Reason, scripts: Sequence[Observable]
) -> str | None:
    description = str(incidents.case(subject.id).get("description") or "")
    written = with_note(description, subject.id, f"{heading(reason, scripts)}\n\n{reason.as_markdown()}")
    if len(json.dumps(written)) > LARGEST_DESCRIPTION:
        return "the reason could not be left there, since the case's description has no room for it"
    if written != description:
        incidents.describe_case(subject.id, written)
    return None


def with_note(description: str, case: str, note: str) -> str:
    """A description with the note between its marks, in the place of the one that is there.

    The marks are link definitions, which Markdown does not show, and name the case: nobody who writes
    into an incident knows its case's id, so no text of theirs can pass for a mark.
    """
    first, last = (f"[code-defender {case} {word}]: # (note)" for word in ("begins", "ends"))
    block = f"{first}\n\n{note}\n\n{last}"
    start, end = description.find(first), description.find(last)
    if 0 <= start < end:
        return description[:start] + block + description[end + len(last) :]
    return f"{block}\n\n{description}"
