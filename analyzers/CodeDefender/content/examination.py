"""What a script does, as far as running and reading it can tell: the card test and the signs, judged.

    found = examine(content, url, seconds)
    found.level         # "malicious", "suspicious" or "info"; never "safe": silence proves nothing
    found.sentences     # what was read, how it left, to whom, at which place: to be pasted into a ticket
    found.behaviour     # the same as data
    found.hidden_hosts  # hosts that the code hides

The level, first row that fits:

    malicious    a card number, its security code or a password that was typed left for a stranger
    suspicious   signs of a skimmer that meet (signs/risks.py), or the card kept in the browser, or
                 card fields read by a script that hides whom it speaks to
    info         anything else
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .behaviour import FOREIGN, PAYMENT, Behaviour, Leak, observe
from .signs import Reading, Sign, core, read

MALICIOUS, SUSPICIOUS, INFO = "malicious", "suspicious", "info"

LARGEST = 5_000_000
"""Bytes of a script that are looked at; what comes after is said not to have been."""

_FOR_READING = 0.4  # of the time; what reading leaves, running gets
_MOST_SIGNS = 40
_MOST_HOSTS = 50
_CARD = frozenset(("card number", "security code"))


@dataclass(frozen=True)
class Examination:
    """What was found.

    Attributes:
        level: `malicious`, `suspicious` or `info`.
        sentences: what was found, the worst first; at least one.
        behaviour: `{"ran": bool, "reads": [kinds of fields], "leaks": [{"to", "how", "what", "encoded",
            "at", "page", "url", "whose"}], "signs": [{"id", "meaning", "offset", "excerpt", "how"}]}`.
        hidden_hosts: hosts that the code does not say as it stands, but when it is decoded or run.
    """

    level: str
    sentences: tuple[str, ...]
    behaviour: dict[str, Any] = field(default_factory=dict)
    hidden_hosts: tuple[str, ...] = ()


def examine(content: bytes, url: str | None, seconds: float) -> Examination:
    """Read a script and run it, and say what that shows. Ends in about that time, whatever the script is.

    Args:
        content: the script's bytes, or those of a page with scripts in it.
        url: from where it was served, where that is known: its host is then told from strangers'.
        seconds: what all may take.
    """
    start = time.monotonic()
    script = content[:LARGEST]
    text = _text_of(script)
    reading = read(text, seconds * _FOR_READING)
    behaviour = observe(script, url, max(1.0, seconds - (time.monotonic() - start)))
    hidden = _hidden_hosts(text, reading, behaviour)
    reasons = _left(leak for leak in behaviour.leaks if leak.proof)
    level = MALICIOUS if reasons else INFO
    suspicions = _suspicions(reading, behaviour, hidden)
    if suspicions and level == INFO:
        level = SUSPICIOUS
    sentences = [*reasons, *suspicions, *_rest(behaviour, reading, hidden)]
    if len(content) > LARGEST:
        sentences.append(f"Only the first {LARGEST:,} of {len(content):,} bytes were looked at.")
    if level == INFO:
        sentences.append("No theft was proven, and no signs of a skimmer were read; this clears nothing.")
    return Examination(level, tuple(sentences), _as_data(behaviour, reading), hidden)


def _text_of(script: bytes) -> str:
    """A script's text, by its byte order mark, else as UTF-8; what is neither is read all the same."""
    if script.startswith((b"\xff\xfe", b"\xfe\xff")):
        return script.decode("utf-16", errors="replace")
    return script.decode("utf-8-sig", errors="replace")


def _hidden_hosts(text: str, reading: Reading, behaviour: Behaviour) -> tuple[str, ...]:
    """Hosts that decoding or running brought to light."""
    plain = text.lower()
    spoken = (host.lower() for host in behaviour.hosts)
    return tuple(
        dict.fromkeys([*reading.hidden_hosts, *(host for host in spoken if core(host) not in plain)])
    )[:_MOST_HOSTS]


def _left(leaks: Iterable[Leak]) -> list[str]:
    """What left, how, to whom and from where: a sentence for each way."""
    ways: dict[tuple[str, str, bool, str, str], list[str]] = {}
    for leak in leaks:
        ways.setdefault((leak.to, leak.how, leak.encoded, leak.at, leak.whose), []).append(leak.what)
    return [_sentence(list(dict.fromkeys(kinds)), *way) for way, kinds in ways.items()]


def _sentence(kinds: list[str], to: str, how: str, encoded: bool, at: str, whose: str) -> str:
    """What left on one way."""
    line, _, column = at.partition(":")
    place = f" (line {line}, column {column} of the code)" if column else ""
    whom = (
        "a stranger's host"
        if whose == FOREIGN
        else f"the {whose}'s host"
        if whose == PAYMENT
        else "the page's own host"
    )
    verb = "leave" if len(kinds) > 1 else "leaves"
    way = f"{how}, encoded" if encoded else how
    return f"The {_and(kinds)} that a visitor types {verb} for {to}, {whom}, by {way}{place}."


def _suspicions(reading: Reading, behaviour: Behaviour, hidden: tuple[str, ...]) -> list[str]:
    """What is suspicious, a sentence each."""
    found = [f"It {risk.meaning} ({_places(signs)})." for risk, signs in reading.risks]
    kept = [kind for kind in behaviour.kept if kind in _CARD]
    if kept:
        found.append(f"It keeps the {_and(kept)} that a visitor types in the browser's storage.")
    read_of_card = [kind for kind in behaviour.reads if kind in _CARD]
    if read_of_card and hidden:
        found.append(
            f"It reads the {_and(read_of_card)} and hides in its code that it speaks to {_and(hidden[:5])}."
        )
    return found


def _places(signs: tuple[Sign, ...]) -> str:
    """Where the signs of a risk are."""
    where = dict.fromkeys(
        f"{sign.rule.id} at character {sign.offset}" + (f", {sign.how}" if sign.how else "") for sign in signs
    )
    return "; ".join(list(where)[:6])


def _rest(behaviour: Behaviour, reading: Reading, hidden: tuple[str, ...]) -> list[str]:
    """What else an analyst should know."""
    told = _left(leak for leak in behaviour.leaks if not leak.proof)
    if behaviour.reads:
        told.append(f"In the card test it read these fields: {', '.join(behaviour.reads)}.")
    if hidden:
        told.append(f"Hosts that its code hides: {', '.join(hidden)}.")
    if not behaviour.ran:
        told.append("It did not run in the card test: nothing is known of what it does.")
    if not behaviour.survived:
        told.append("It did not survive the card test: what is told of running it is not all.")
    if not reading.complete:
        told.append("It was not read wholly: it is too long, or nested too deeply.")
    return told + list(behaviour.notes)


def _and(words: Sequence[str]) -> str:
    """Words in a sentence."""
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else words[0]


def _as_data(behaviour: Behaviour, reading: Reading) -> dict[str, Any]:
    """What was seen, as data; of each sign the first place, and those first that meet."""
    meeting = [sign for _, signs in reading.risks for sign in signs]
    signs = {(sign.rule.id, sign.how): sign for sign in reversed([*meeting, *reading.signs])}
    return {
        "ran": behaviour.ran,
        "reads": list(behaviour.reads),
        "leaks": [
            {
                "to": leak.to,
                "how": leak.how,
                "what": leak.what,
                "encoded": leak.encoded,
                "at": leak.at,
                "page": leak.page,
                "url": leak.url,
                "whose": leak.whose,
            }
            for leak in behaviour.leaks
        ],
        "signs": [
            {
                "id": sign.rule.id,
                "meaning": sign.rule.meaning,
                "offset": sign.offset,
                "excerpt": sign.excerpt,
                "how": sign.how,
            }
            for sign in list(reversed(signs.values()))[:_MOST_SIGNS]
        ],
    }
