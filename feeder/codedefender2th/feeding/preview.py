"""`feed --dry-run`: the alerts that a pass would send. Nothing is written anywhere."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from codedefender2th.incident.message import read_message
from codedefender2th.settings import Settings
from codedefender2th.slack.unread import Unread
from codedefender2th.thehive.client import as_v0
from codedefender2th.workplace import open_workplace

log = logging.getLogger(__name__)


def preview(
    settings: Settings, stop: threading.Event, first: Unread, again: Unread | None
) -> Iterator[Mapping[str, Any]]:
    """The bodies of the alerts that `Feeder.run` would send to this TheHive.

    Args:
        settings: as for feeding.
        stop: ends every wait.
        first: what is unread when there is no checkpoint.
        again: what to read again, too.
    """
    workplace = open_workplace(settings, stop, remember=False)
    checkpoint = workplace.state.load()
    unread = checkpoint.unread if checkpoint else first
    if again is not None:
        unread = unread.also_since(again.top.after)
    for step in workplace.channel.walk(unread):
        for message in step.messages:
            for incident in read_message(message, workplace.marking.rules).incidents:
                alert = workplace.marking.alert(incident, workplace.channel)
                yield as_v0(alert) if workplace.thehive.is_4 else alert
        if stop.is_set():
            return
