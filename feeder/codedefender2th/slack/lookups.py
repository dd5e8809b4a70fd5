"""Which channel is meant: by its name among those that the app is in, or by its id.

A name may come to mean another channel, and a channel may get another name; so it is asked at every start
and, in `run`, every hour.
"""

from __future__ import annotations

from dataclasses import dataclass

from codedefender2th.errors import Refusal
from codedefender2th.slack.client import Slack, is_channel_id
from codedefender2th.slack.refusals import SlackRefusal


@dataclass(frozen=True)
class Found:
    """A channel as Slack shows it to the app.

    Attributes:
        id: its id, which it keeps.
        name: what it is called now; None where Slack does not say.
        private, archived, member: as Slack says; None where it does not.
    """

    id: str
    name: str | None
    private: bool | None = None
    archived: bool | None = None
    member: bool | None = None

    def __str__(self) -> str:
        return f"#{self.name} ({self.id})" if self.name else self.id


def look_up(slack: Slack, wanted: str) -> Found:
    """The channel that SLACK_CHANNEL means.

    Raises:
        Refusal: there is none, or it is archived.
        Unavailable: as Slack does.
    """
    return by_id(slack, wanted) if is_channel_id(wanted) else _by_name(slack, wanted)


def by_id(slack: Slack, channel_id: str) -> Found:
    """A channel by its id; without its name where the token may read messages but not names."""
    try:
        return _found(channel_id, slack.channel(channel_id))
    except SlackRefusal as refusal:
        if refusal.code != "missing_scope":
            raise
        return Found(channel_id, None)


def _by_name(slack: Slack, name: str) -> Found:
    same = [_found(found_id, each) for found_id, each in slack.channels_named(name)]
    for found in same:
        if not found.archived:
            return found
    if same:
        raise Refusal(f"The Slack channel {same[0]} is archived: unarchive it, or name the one in use.")
    raise Refusal(
        f"The Slack app is in no channel named {name}: check SLACK_CHANNEL, and type "
        "/invite @<the app's name> in the channel."
    )


def _found(channel_id: str, info: object) -> Found:
    said = info if isinstance(info, dict) else {}
    name = said.get("name")
    flags = (said.get(f"is_{key}") for key in ("private", "archived", "member"))
    private, archived, member = (flag if isinstance(flag, bool) else None for flag in flags)
    return Found(channel_id, name if isinstance(name, str) and name else None, private, archived, member)


def what_became_of(slack: Slack, before: Found, wanted: str, trouble: Refusal) -> str:
    """Why a channel that was read is no longer found by its name, in a sentence."""
    try:
        now = by_id(slack, before.id)
    except Refusal:
        return str(trouble)
    if now.archived:
        return f"The Slack channel {now} is archived: unarchive it, or name the one in use in SLACK_CHANNEL."
    if now.member is False:
        return f"The Slack app has left {now}: type /invite @<the app's name> there."
    return f"The Slack channel {wanted} is now called {now}: it is read on; change SLACK_CHANNEL."
