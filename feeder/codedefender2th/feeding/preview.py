"""`feed --dry-run`: the alerts that a pass would send. Nothing is written anywhere."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from codedefender2th.feeding.reading import Marking
from codedefender2th.slack.channel import Channel
from codedefender2th.slack.unread import Unread
from codedefender2th.state.checkpoint import State
from codedefender2th.thehive.client import TheHive, as_v0

log = logging.getLogger(__name__)


def preview(
    channel: Channel,
    thehive: TheHive,
    state: State,
    marking: Marking,
    stop: threading.Event,
    first: Unread,
    again: Unread | None,
) -> Iterator[Mapping[str, Any]]:
    """The bodies of the alerts that `Feeder.run` would send to this TheHive.

    Args:
        channel: what is read.
        thehive: whose form the bodies have.
        state: where the channel has been read to; it is only looked at.
        marking: what makes an alert of an incident.
        stop: ends every wait.
        first: what is unread when there is no checkpoint.
        again: what to read again, too.
    """
    checkpoint = state.load()
    unread = checkpoint.unread if checkpoint else first
    if again is not None:
        unread = unread.also_since(again.top.after)
    for step in channel.walk(unread):
        for message in step.messages:
            for _, alert in marking.read(message, channel).alerts:
                yield as_v0(alert) if thehive.is_4 else alert
        if stop.is_set():
            return
