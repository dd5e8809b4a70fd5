"""Everything a command works with, put together from the settings."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from codedefender2th.feeding.reading import Marking
from codedefender2th.replying.outbox import Outbox
from codedefender2th.replying.replies import OFF, Replies
from codedefender2th.settings import Settings
from codedefender2th.slack.channel import Channel
from codedefender2th.slack.client import Slack, is_channel_id
from codedefender2th.state.checkpoint import Place, State
from codedefender2th.state.heartbeat import Heartbeat
from codedefender2th.state.names import read_before
from codedefender2th.thehive.client import TheHive, User
from codedefender2th.web.patience import Patience

log = logging.getLogger(__name__)

Seen = Callable[[str, str], None]


def _nobody(service: str, outcome: str) -> None:
    """Where requests aren't counted."""


@dataclass(frozen=True)
class Workplace:
    """A channel, a TheHive and the state folder that belongs to the two."""

    channel: Channel
    thehive: TheHive
    user: User
    state: State
    marking: Marking

    def __str__(self) -> str:
        return (
            f"{self.channel} is fed into TheHive {self.thehive.version} at {self.thehive.url}, organisation "
            f"{self.user.organisation}, as {self.user.login}"
        )


def connect_slack(settings: Settings, stop: threading.Event, seen: Seen = _nobody) -> Slack:
    """Slack's API with the settings' token; `seen` is told how each request ended."""
    patience = Patience(settings.timeout, stop)
    return Slack(
        settings.slack_bot_token,
        settings.slack_api_url,
        patience,
        partial(seen, "slack"),
        settings.slack_key_setting,
    )


def connect_thehive(
    settings: Settings,
    stop: threading.Event,
    heard: Callable[[], None] = lambda: None,
    seen: Seen = _nobody,
) -> TheHive:
    """TheHive with the settings' key; `heard` is told of good answers, `seen` how each request ended."""
    return TheHive(
        settings.thehive_url,
        settings.thehive_api_key,
        settings.thehive_organisation,
        settings.thehive_ca_bundle,
        Patience(settings.timeout, stop),
        key_setting=settings.thehive_key_setting,
        public_url=settings.thehive_public_url,
        heard=heard,
        seen=partial(seen, "thehive"),
    )


def open_replies(
    settings: Settings, workplace: Workplace, stop: threading.Event, seen: Seen = _nobody
) -> Replies | None:
    """What tells verdicts in Slack, None where nothing is to; the caller holds the state folder's lock."""
    if settings.reply == OFF:
        return None
    return Replies(
        connect_slack(settings, stop, seen),
        connect_thehive(settings, stop, seen=seen),
        workplace.channel.id,
        Outbox(workplace.state),
        settings.reply,
        stop,
    )


def heartbeat(settings: Settings) -> Heartbeat:
    """The sign of life of `run` with these settings."""
    place = (
        settings.slack_api_url,
        settings.slack_channel,
        settings.thehive_url,
        settings.thehive_organisation or "",
    )
    return Heartbeat(settings.state_dir, place, settings.interval)


def open_workplace(settings: Settings, stop: threading.Event, seen: Seen = _nobody) -> Workplace:
    """Find the channel and the organisation, and with them the state folder.

    Args:
        settings: where and with which keys.
        stop: ends every wait.
        seen: told of every request: the service, and how it ended.

    Raises:
        Refusal, Unavailable, StateError, Stopped: as Slack, TheHive and the disk do.
    """
    thehive = connect_thehive(settings, stop, seen=seen)
    # First of all whether it is a TheHive: then only its refusals mean what they say.
    log.debug("TheHive %s.", thehive.version)
    user = thehive.user()
    channel = Channel(connect_slack(settings, stop, seen), settings.slack_channel)
    marking = Marking(settings.rules, settings.tlp, settings.pap)
    return Workplace(channel, thehive, user, state_of(settings, channel, user), marking)


def note_channel(settings: Settings, workplace: Workplace) -> None:
    """Say where SLACK_CHANNEL's name meant another channel when it was last read; the folder is locked.

    Raises:
        StateError: the note can't be written.
    """
    name, channel = settings.slack_channel.removeprefix("#"), workplace.channel
    if is_channel_id(name):
        return
    before = read_before(settings.state_dir, _place(settings, channel, workplace.user), name)
    if before is not None:
        log.warning(
            "%s is read now; when #%s was read last it was the channel %s. What was posted there since is "
            "fed by `feed` with SLACK_CHANNEL=%s.",
            channel,
            name,
            before,
            before,
        )


def state_of(settings: Settings, channel: Channel, user: User) -> State:
    """The state folder of a channel and an organisation."""
    return State(settings.state_dir, _place(settings, channel, user))


def _place(settings: Settings, channel: Channel, user: User) -> Place:
    return Place(channel.team, channel.id, settings.thehive_url, user.organisation)
