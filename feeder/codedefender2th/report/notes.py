"""The reasons that the triage responder left, read back. Pure.

TheHive 5 has them as comments, 4.1 at the top of a case's description between two marks that name the case
(`triaging/note.py` of the responder): each begins `**Code Defender: <verdict>** on <scripts in code spans>`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from codedefender2th.playbook.verdicts import VERDICTS

LONGEST_REASON = 2000
# The responder names a script by so many of its characters.
_NAMED = 300
_HEADING = re.compile(rf"\*\*Code Defender: ({'|'.join(VERDICTS)})\*\*(?: on (.*))?")
_SPAN = re.compile(r"`([^`]+)`")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")


@dataclass(frozen=True)
class Note:
    """A reason that was left.

    Attributes:
        verdict: what it explains.
        scripts: what it is about, as `named` has them; empty where it names none.
        reason: its sentences, in one line.
        at: when it was left, in milliseconds since the epoch; None where TheHive does not say.
    """

    verdict: str
    scripts: frozenset[str]
    reason: str
    at: int | None


def named(script: str) -> str:
    """A script as a note's heading names it."""
    return " ".join(_UNSEEN.sub(" ", script[:_NAMED]).split()).replace("`", "'")


def read(text: object, at: object) -> Note | None:
    """The note that a comment is; None where it is no such one."""
    if not isinstance(text, str):
        return None
    heading, _, body = text.partition("\n")
    # Braces are kept apart there by a space of no width.
    match = _HEADING.fullmatch(heading.replace("\u200b", "").rstrip())
    if match is None:
        return None
    scripts = frozenset(_SPAN.findall(match[2] or ""))
    return Note(match[1], scripts, _plain(body), at if isinstance(at, int) else None)


def in_description(text: object, case: str) -> Note | None:
    """The note in a case's description."""
    if not isinstance(text, str):
        return None
    first, last = (f"[code-defender {case} {word}]: # (note)" for word in ("begins", "ends"))
    start, end = text.find(first), text.find(last)
    return read(text[start + len(first) : end].strip(), None) if 0 <= start < end else None


def _plain(body: str) -> str:
    """A Markdown list of sentences as text."""
    lines = (line.strip().removeprefix("- ") for line in body[: 4 * LONGEST_REASON].splitlines())
    text = " ".join(line for line in lines if line).replace("\u200b", "").replace("`", "")
    return text if len(text) <= LONGEST_REASON else text[: LONGEST_REASON - 1].rstrip() + "…"
