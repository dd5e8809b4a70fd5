"""A registry's record of a domain, read with suspicion: since when it is registered, and with whom.

Facts: RFC 9083 (the record; every event may be missing), RFC 7095 (jCard), RFC 3339 (dates, which registries
shorten in many ways).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from neuron.reading import mapping, rows, text, texts

TOLERATED = timedelta(days=1)  # how far ahead of this clock a registry's may be
_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?\s?(Z|[+-]\d\d:?\d\d)?)?",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True)
class Registration:
    """What a registry says of a domain.

    Attributes:
        registered: the moment of its (latest) registration; None where it is not known.
        registrar: whom it was registered with.
        note: why something is not known, as a sentence.
        final: whether asking again the same day is no use.
    """

    registered: datetime | None = None
    registrar: str | None = None
    note: str | None = None
    final: bool = True

    @property
    def age_days(self) -> int | None:
        """Whole days since the registration."""
        if self.registered is None:
            return None
        return max(0, (datetime.now(timezone.utc) - self.registered).days)

    def kept(self) -> bytes:
        """For keeping; `unkept` reads it."""
        day = self.registered.isoformat() if self.registered else None
        return json.dumps({"registered": day, "registrar": self.registrar, "note": self.note}).encode()


def unkept(content: bytes) -> Registration | None:
    """What was kept; None where it can't be read."""
    try:
        body = mapping(json.loads(content))
    except ValueError:
        return None
    return Registration(_moment(body.get("registered")), text(body.get("registrar")), text(body.get("note")))


def record(body: dict[str, Any]) -> Registration:
    """A record of RFC 9083, section 5.3. Takes any JSON object, raises nothing."""
    if body.get("objectClassName") != "domain" and not body.keys() & {"events", "ldhName"}:
        return Registration(note="The registry's answer is no record of a domain.", final=False)
    moments = list(_registrations(body))
    note = None if moments else "The registry's record names no date of registration."
    return Registration(max(moments, default=None), _registrar(body), note)


def _registrations(body: dict[str, Any]) -> Iterator[datetime]:
    """When the name was registered, and registered again after somebody else had dropped it."""
    latest = datetime.now(timezone.utc) + TOLERATED
    for event in rows(body.get("events")):
        if str(event.get("eventAction")).lower() in {"registration", "reregistration"}:
            moment = _moment(event.get("eventDate"))
            if moment is not None and moment <= latest:
                yield moment


def _moment(value: object) -> datetime | None:
    """A moment of RFC 3339, or what registries make of it: without fraction, zone or time."""
    match = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) and len(value) < 64 else None
    if match is None:
        return None
    numbers = [int(part or 0) for part in match.groups()[:6]]
    try:
        moment = datetime(*numbers, tzinfo=timezone.utc)  # type: ignore[arg-type, misc]  # six numbers
        return moment - _offset(match[7] or "Z")
    except (ValueError, OverflowError):
        return None


def _offset(zone: str) -> timedelta:
    if zone.upper() == "Z":
        return timedelta()
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    return timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)


def _registrar(body: dict[str, Any]) -> str | None:
    """The name in the jCard of the entity that is the registrar; else its handle."""
    for entity in rows(body.get("entities")):
        if "registrar" in texts(entity.get("roles")):
            return _full_name(entity.get("vcardArray")) or text(entity.get("handle"))
    return None


def _full_name(card: object) -> str | None:
    """The value of `fn` in `["vcard", [["fn", {}, "text", "NameCheap, Inc."], …]]`."""
    properties = card[1] if isinstance(card, list) and len(card) > 1 else None
    for each in properties if isinstance(properties, list) else ():
        if isinstance(each, list) and len(each) > 3 and each[0] == "fn":
            return text(each[3])
    return None
