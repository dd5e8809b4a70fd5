"""One Slack message → the Code Defender incidents in it. Pure, and safe on any JSON value.

The shape of the vendor's post (an attachment with `title`, `text`, `fields` and `actions`) is known
from its published connector; Slack documentation, "Reference: secondary message attachments",
says which parts there can be.
"""

from __future__ import annotations

import itertools
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from codedefender2th.incident.script import Script, read_host, read_script
from codedefender2th.slack import text as slacktext
from codedefender2th.slack.text import SlackText, clean, shown, told, unescape, whole_characters
from codedefender2th.slack.ts import is_ts

log = logging.getLogger(__name__)

DEFAULT_TITLE = "Code Defender has detected a new incident"
CONSOLE_DOMAINS = ("perimeterx.com", "humansecurity.com")
MAX_LINK = 4096
RISK_LEVELS = ("Informative", "Low", "Medium", "High", "Critical")

_SCRIPT, _RISK, _HOST = "script", "risk level", "host domain"
_CONSOLE_BUTTON = "view in console"


@dataclass(frozen=True)
class Rules:
    """Which attachments are incidents.

    Attributes:
        titles: the attachment titles that mark one.
        senders: the `bot_id`s and `app_id`s that may post them; empty for any bot.
    """

    titles: tuple[str, ...] = (DEFAULT_TITLE,)
    senders: frozenset[str] = frozenset()

    def is_title(self, title: object) -> bool:
        """Whether an attachment's title is one of `titles`, decoration, case and space aside."""
        if not isinstance(title, str):
            return False
        return _title_key(title) in {_title_key(known) for known in self.titles}


@dataclass(frozen=True)
class Sender:
    """Who posted: `bot_id` always, the app and a name where the message says them."""

    bot_id: str
    app_id: str | None = None
    name: str | None = None

    def __str__(self) -> str:
        known = ", ".join(part for part in (self.name and clean(self.name), self.app_id) if part)
        return f"{clean(self.bot_id)} ({known})" if known else clean(self.bot_id)


@dataclass(frozen=True)
class Incident:
    """What Code Defender reports in one attachment.

    Attributes:
        ts: the message's `ts`, the string that Slack sent.
        number: its place among the message's attachments with the fields of an incident, from 1.
        category: first non-blank line of the text.
        risk_level: as shown; one of RISK_LEVELS in that spelling where it is one of them.
        script: the script's origin.
        host_domain: the site on which the script ran, canonical.
        console_url: the incident in HUMAN's console, checked.
        text: the attachment's text.
        fields: title and value of every field, as shown, with where links lead.
        missing: those of the fields Script, Risk Level and Host Domain that are missing or unreadable;
            a script of which nobody can say which one it is counts as unreadable.
        refused_link: a console link that is not one; it is kept out of the alert.
        message: the whole message.
    """

    ts: str
    number: int
    category: str | None
    risk_level: str | None
    script: Script | None
    host_domain: str | None
    console_url: str | None
    text: str
    fields: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    refused_link: str | None
    message: Mapping[str, Any] = field(repr=False)


class Outcome(Enum):
    """What a message is, apart from the incidents it holds."""

    CHATTER = "not about Code Defender"
    INCIDENTS = "holds incidents"
    NEAR_MISS = "has an incident's fields under another title"
    NOT_A_BOT = "looks like an incident but was posted by a person"
    NOT_ALLOWED = "looks like an incident but its sender is not in FEEDER_SENDERS"
    BAD_TS = "looks like an incident but its ts is not one of Slack's"
    UNFURL = "looks like an incident but is Slack's own preview of a linked page"


@dataclass(frozen=True)
class Reading:
    """What was read from one message.

    Attributes:
        outcome: what the message is.
        incidents: in the message's order; empty unless `outcome` is INCIDENTS.
        near_misses: titles of attachments with an incident's fields and another title.
        sender: who posted it, where that is a bot.
    """

    outcome: Outcome
    incidents: tuple[Incident, ...] = ()
    near_misses: tuple[str, ...] = ()
    sender: Sender | None = None


def read_message(message: object, rules: Rules) -> Reading:
    """Read one element of `conversations.history`'s `messages`, whatever it is."""
    if not isinstance(message, Mapping):
        return Reading(Outcome.CHATTER)
    attachments = list(_mappings(message.get("attachments")))
    own = [attachment for attachment in attachments if not _is_unfurl(attachment)]
    incidents = [a for a in own if rules.is_title(a.get("title"))]
    near = [a for a in own if not rules.is_title(a.get("title")) and _has_incident_fields(a)]
    if not incidents and not near:
        forged = any(rules.is_title(a.get("title")) for a in attachments if _is_unfurl(a))
        return Reading(Outcome.UNFURL if forged else Outcome.CHATTER)
    sender = _sender(message)
    if sender is None:
        return Reading(Outcome.NOT_A_BOT)
    if rules.senders and not rules.senders & {sender.bot_id, sender.app_id}:
        return Reading(Outcome.NOT_ALLOWED, sender=sender)
    ts = message.get("ts")
    if not isinstance(ts, str) or not is_ts(ts):
        return Reading(Outcome.BAD_TS, sender=sender)
    return Reading(
        Outcome.INCIDENTS if incidents else Outcome.NEAR_MISS,
        tuple(
            _guarded(message, ts, number, attachment)
            for number, attachment in _numbered(own)
            if rules.is_title(attachment.get("title"))
        ),
        tuple(clean(shown(_text(a.get("title"))))[:128] or "(no title)" for a in near),
        sender,
    )


def _numbered(attachments: list[Mapping[str, Any]]) -> list[tuple[int, Mapping[str, Any]]]:
    """Each attachment with its number, whatever its title: one that is renamed later keeps its number.

    Those with an incident's fields come first in the count, the others after them all.
    """
    full = [_has_incident_fields(attachment) for attachment in attachments]
    with_fields, without = itertools.count(1), itertools.count(sum(full) + 1)
    numbers = [next(with_fields if has else without) for has in full]
    return list(zip(numbers, attachments, strict=True))


def _is_unfurl(attachment: Mapping[str, Any]) -> bool:
    """Whether Slack made the attachment of a page that a link leads to: anybody can write such a page."""
    return any(attachment.get(name) for name in ("from_url", "original_url", "service_name", "is_msg_unfurl"))


def _guarded(message: Mapping[str, Any], ts: str, number: int, attachment: Mapping[str, Any]) -> Incident:
    """The incident; where reading it fails in a way that nobody thought of, the least that tells of it."""
    try:
        return _incident(message, ts, number, attachment)
    except Exception as error:
        log.error("%s: the incident can't be read (%s); please report it.", ts, type(error).__name__)
        missing = ("Script", "Risk Level", "Host Domain")
        return Incident(ts, number, None, None, None, None, None, "", (), missing, None, message)


def _incident(message: Mapping[str, Any], ts: str, number: int, attachment: Mapping[str, Any]) -> Incident:
    text = whole_characters(_text(attachment.get("text")))
    fields = tuple(_fields(attachment))
    values = _first_values(fields)
    risk = clean(values[_RISK].shown) if _RISK in values else ""
    script = read_script(values[_SCRIPT]) if _SCRIPT in values else None
    host = read_host(values[_HOST]) if _HOST in values else None
    link = _console_link(attachment)
    console = link if link and _is_console_url(link) else None
    known = script is not None and not script.is_ambiguous
    found = {"Script": known, "Risk Level": bool(risk), "Host Domain": bool(host)}
    return Incident(
        ts=ts,
        number=number,
        category=next((line for raw in text.splitlines() if (line := clean(shown(raw)))), None),
        risk_level=_known_level(risk) or risk or None,
        script=script,
        host_domain=host,
        console_url=console,
        text=told(text),
        fields=tuple((clean(shown(title)), slacktext.read(value).told) for title, value in fields),
        missing=tuple(name for name, value in found.items() if not value),
        refused_link=link if console is None else None,
        message=message,
    )


def _sender(message: Mapping[str, Any]) -> Sender | None:
    bot_id = message.get("bot_id")
    if not isinstance(bot_id, str) or not bot_id.strip():
        return None
    profile = message.get("bot_profile")
    profile = profile if isinstance(profile, Mapping) else {}
    app_id = message.get("app_id") or profile.get("app_id")
    name = message.get("username") or profile.get("name")
    return Sender(
        bot_id, app_id if isinstance(app_id, str) else None, name if isinstance(name, str) else None
    )


def _title_key(title: str) -> str:
    return clean(slacktext.read(title).shown).casefold()


def _known_level(risk: str) -> str | None:
    return next((level for level in RISK_LEVELS if level.casefold() == risk.casefold()), None)


def _has_incident_fields(attachment: Mapping[str, Any]) -> bool:
    names = {_title_key(title) for title, _ in _fields(attachment)}
    return _SCRIPT in names and bool(names & {_RISK, _HOST})


def _fields(attachment: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Title and value of the fields that have both as strings."""
    for entry in _mappings(attachment.get("fields")):
        title, value = entry.get("title"), entry.get("value")
        if isinstance(title, str) and isinstance(value, str):
            yield whole_characters(title), whole_characters(value)


def _first_values(fields: tuple[tuple[str, str], ...]) -> dict[str, SlackText]:
    values: dict[str, SlackText] = {}
    for title, value in fields:
        if clean(value):
            values.setdefault(_title_key(title), slacktext.read(value))
    return values


def _console_link(attachment: Mapping[str, Any]) -> str | None:
    actions = attachment.get("actions")
    for action in actions if isinstance(actions, list) else ():
        if not isinstance(action, Mapping) or _title_key(_text(action.get("text"))) != _CONSOLE_BUTTON:
            continue
        url = action.get("url")
        if isinstance(url, str) and url.strip():
            return unescape(url.strip())
    return None


def _is_console_url(url: str) -> bool:
    if len(url) > MAX_LINK or not url.isprintable() or not url.isascii() or re.search(r"[\s\\]", url):
        return False
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    trusted = any(host == domain or host.endswith("." + domain) for domain in CONSOLE_DOMAINS)
    return parts.scheme == "https" and "@" not in parts.netloc and port in {None, 443} and trusted


def _mappings(value: object) -> Iterator[Mapping[str, Any]]:
    """The objects in a list; an object that stands where a list should is taken as its only element."""
    for element in value if isinstance(value, list) else [value]:
        if isinstance(element, Mapping):
            yield element


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
