"""One message → what it is and the alerts of it, whatever it holds: no message stops the others."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codedefender2th.incident import markdown
from codedefender2th.incident.alert import INCOMPLETE_TAG, SOURCE, TAG, TYPE, Alert, build_alert, source_ref
from codedefender2th.incident.message import Incident, Outcome, Reading, Rules, read_message
from codedefender2th.logs import internal
from codedefender2th.slack.channel import Channel
from codedefender2th.slack.text import whole_characters
from codedefender2th.slack.ts import is_ts, micros

log = logging.getLogger(__name__)

# What of a message that nothing can read is shown, in characters.
_MOST_SHOWN = 50_000


@dataclass(frozen=True)
class Read:
    """A message, read.

    Attributes:
        reading: what it is.
        alerts: those of its incidents, each with the message's `ts`.
    """

    reading: Reading
    alerts: tuple[tuple[str, Alert], ...]


def read_safely(message: Any, rules: Rules) -> Reading:
    """What a message is; chatter where reading it raises, which nobody has foreseen."""
    try:
        return read_message(message, rules)
    except Exception:
        # `check` only counts; feeding makes an incomplete alert of such a message, see `Marking.read`.
        return Reading(Outcome.CHATTER)


@dataclass(frozen=True)
class Marking:
    """What makes an alert of an incident: the rules that say what one is, TLP and PAP."""

    rules: Rules
    tlp: int
    pap: int

    def read(self, message: Any, channel: Channel) -> Read:
        """What a message is, and its alerts.

        Where reading it or making an alert of it raises, which nobody has foreseen, a bot's message
        becomes an incomplete alert that holds the message itself.
        """
        try:
            reading = read_message(message, self.rules)
        except Exception as error:
            return self._unforeseen(message, channel, error)
        alerts = tuple((incident.ts, self._alert(incident, channel)) for incident in reading.incidents)
        return Read(reading, alerts)

    def _alert(self, incident: Incident, channel: Channel) -> Alert:
        try:
            return build_alert(incident, channel.id, self.tlp, self.pap, channel.workspace)
        except Exception as error:
            log.error("%s is fed as it is, incomplete. %s", incident.ts, internal(error))
            return self._raw(incident.message, channel, incident.ts, incident.number)

    def _unforeseen(self, message: Any, channel: Channel, error: Exception) -> Read:
        ts = message.get("ts") if isinstance(message, Mapping) else None
        if not isinstance(message, Mapping) or not is_ts(ts) or not isinstance(message.get("bot_id"), str):
            log.error("A message that is no bot's can't be read and is left out. %s", internal(error))
            return Read(Reading(Outcome.CHATTER), ())
        log.error("%s is fed as it is, incomplete. %s", ts, internal(error))
        return Read(Reading(Outcome.INCIDENTS), ((str(ts), self._raw(message, channel, str(ts), 1)),))

    def _raw(self, message: Any, channel: Channel, ts: str, number: int) -> Alert:
        """The alert of a message that can't be read: the message."""
        try:
            shown = json.dumps(message, indent=1)[:_MOST_SHOWN]
        except (ValueError, TypeError, RecursionError):
            shown = "(it can't be shown)"
        said = "This message can't be read; an incident may be in it. The message as Slack sent it:"
        return {
            "type": TYPE,
            "source": SOURCE,
            "sourceRef": source_ref(channel.id, ts, number),
            "title": "Code Defender alert: a message that can't be read",
            "description": whole_characters(f"{said}\n\n{markdown.code_block(shown)}"),
            "date": micros(ts) // 1000,
            "severity": 2,
            "tags": [TAG, f"{TAG}:risk=unknown", INCOMPLETE_TAG],
            "tlp": self.tlp,
            "pap": self.pap,
            "observables": [],
        }
