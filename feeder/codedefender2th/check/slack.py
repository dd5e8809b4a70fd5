"""What has to be so on the Slack side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from codedefender2th.check.requirement import Requirement, fail, ok, warn
from codedefender2th.errors import FeederError
from codedefender2th.incident.message import Outcome, Reading, read_message
from codedefender2th.settings import Settings
from codedefender2th.slack.client import SCOPES, Slack, is_channel_id
from codedefender2th.slack.ts import moment


class SlackRequirements:
    """What has to be so on the Slack side."""

    def __init__(self, settings: Settings, slack: Slack) -> None:
        self.settings, self.slack = settings, slack

    def check(self) -> Iterator[Requirement]:
        """Token, scopes, channel, membership, senders."""
        try:
            identity = self.slack.identity()
        except FeederError as error:
            yield fail("Slack token", error)
            return
        yield ok("Slack token", f"{identity.user} in workspace {identity.team} ({identity.team_id})")
        name = self.settings.slack_channel
        try:
            channel_id = name if is_channel_id(name) else self.slack.find_channel(name)
            channel = self.slack.channel(channel_id)
        except FeederError as error:
            yield from self._scopes(identity.scopes, None)
            yield fail("Slack channel", error)
            return
        yield from self._scopes(identity.scopes, channel.get("is_private") is True)
        archived = channel.get("is_archived") is True
        shown = f"#{channel.get('name', name)} ({channel_id})"
        yield (
            fail("Slack channel", f"{shown} is archived: unarchive it or name the one in use")
            if archived
            else (ok("Slack channel", shown))
        )
        if channel.get("is_member") is False:
            yield fail("Slack membership", f"the app is not in {shown}: type /invite @{identity.user} there")
            return
        yield ok("Slack membership", f"the app is in {shown}")
        try:
            page = self.slack.history(channel_id, None, None)
        except FeederError as error:
            yield fail("Slack history", error)
            return
        yield from self._senders([read_message(m, self.settings.rules) for m in page.messages], page.messages)

    def _scopes(self, held: frozenset[str], private: bool | None) -> Iterator[Requirement]:
        if not held:
            yield warn("Slack scopes", "Slack did not say which the token has")
            return
        kinds = {None: ("channels", "groups"), False: ("channels",), True: ("groups",)}[private]
        needed = [f"{kind}:{what}" for kind in kinds for what in ("read", "history")]
        missing = [scope for scope in needed if scope not in held]
        if missing and not (private is None and len(missing) < len(needed)):
            lacking = ", ".join(missing)
            yield fail("Slack scopes", f"add {lacking} under OAuth & Permissions and reinstall the app")
            return
        more = sorted(held - set(SCOPES))
        if more:
            yield warn("Slack scopes", f"enough; not needed and better taken away: {', '.join(more)}")
        else:
            yield ok("Slack scopes", ", ".join(sorted(held)))

    def _senders(self, readings: list[Reading], messages: list[Any]) -> Iterator[Requirement]:
        """Who posts incidents, what looks like one, and how the newest of each compare."""
        seen = f"the newest {len(messages)} messages"
        high_only = "HUMAN sends only High incidents unless its alert settings say otherwise"
        senders = Counter(
            str(reading.sender) for reading in readings for _ in reading.incidents if reading.sender
        )
        if not senders:
            yield warn("incidents", f"none in {seen}; {high_only}")
        elif len(senders) > 1 and not self.settings.senders:
            listed = ", ".join(f"{name}: {count}" for name, count in senders.items())
            yield warn("incidents", f"{len(senders)} bots post them ({listed}): name yours in FEEDER_SENDERS")
        else:
            listed = ", ".join(f"{count} by {name}" for name, count in senders.items())
            yield ok("incidents", f"{listed} in {seen}; {high_only}")
        for outcome in (Outcome.NOT_A_BOT, Outcome.NOT_ALLOWED, Outcome.BAD_TS):
            count = sum(reading.outcome is outcome for reading in readings)
            if count:
                yield warn("ignored", f"{count} in {seen}: {outcome.value}")
        yield from _near_misses(readings, messages)


def _near_misses(readings: list[Reading], messages: list[Any]) -> Iterator[Requirement]:
    titles = Counter(title for reading in readings for title in reading.near_misses)
    if not titles:
        return
    named = ", ".join(f"{title!r} ({count})" for title, count in titles.items())
    advice = (
        f"not fed, for their title: {named}; if these are incidents, add it to FEEDER_TITLES and feed --since"
    )
    # Newest first: the first reading of either kind tells which title is in use now.
    latest, message = next(
        (reading, message)
        for reading, message in zip(readings, messages, strict=True)
        if reading.near_misses or reading.incidents
    )
    if latest.incidents:
        yield warn("near misses", advice)
    else:
        yield fail("near misses", f"{advice} (so is the newest post, of {moment(message['ts']):%Y-%m-%d})")
