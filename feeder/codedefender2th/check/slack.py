"""What has to be so on the Slack side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from codedefender2th.check.requirement import Requirement, fail, ok, warn
from codedefender2th.errors import FeederError
from codedefender2th.feeding.reading import read_safely
from codedefender2th.incident.message import Outcome, Reading
from codedefender2th.replying.replies import OFF
from codedefender2th.settings import Settings
from codedefender2th.slack.client import ANSWERING, SCOPES, Slack
from codedefender2th.slack.lookups import look_up
from codedefender2th.slack.pages import Pages
from codedefender2th.slack.ts import BEGINNING, just_after, moment
from codedefender2th.slack.unread import Span


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
            found = look_up(self.slack, name)
        except FeederError as error:
            yield from self._scopes(identity.scopes, None)
            yield fail("Slack channel", error)
            return
        yield from self._scopes(identity.scopes, found.private is True)
        yield (
            fail("Slack channel", f"{found} is archived: unarchive it or name the one in use")
            if found.archived
            else (ok("Slack channel", str(found)))
        )
        if found.member is False:
            yield fail("Slack membership", f"the app is not in {found}: type /invite @{identity.user} there")
            return
        yield ok("Slack membership", f"the app is in {found}")
        pages = Pages(self.slack, found.id)
        try:
            page = pages.newest(Span(BEGINNING, None))
            messages = [*page.dated, *page.undated]
            yield from self._senders([read_safely(m, self.settings.rules) for m in messages], messages)
            yield from self._older(pages)
        except FeederError as error:
            yield fail("Slack history", error)

    def _scopes(self, held: frozenset[str], private: bool | None) -> Iterator[Requirement]:
        if not held:
            yield warn("Slack scopes", "Slack did not say which the token has")
            return
        kinds = {None: ("channels", "groups"), False: ("channels",), True: ("groups",)}[private]
        needed = [f"{kind}:{what}" for kind in kinds for what in ("read", "history")]
        answering = self.settings.reply != OFF
        if answering and ANSWERING not in held:
            yield fail(
                "Slack replies",
                f"FEEDER_REPLY is {self.settings.reply}, and the token lacks {ANSWERING}: add it under "
                "OAuth & Permissions and reinstall the app, or set FEEDER_REPLY=off",
            )
        missing = [scope for scope in needed if scope not in held]
        if missing and not (private is None and len(missing) < len(needed)):
            lacking = ", ".join(missing)
            yield fail("Slack scopes", f"add {lacking} under OAuth & Permissions and reinstall the app")
            return
        more = sorted(held - {*SCOPES, *([ANSWERING] if answering else [])})
        if more:
            yield warn("Slack scopes", f"enough; not needed and better taken away: {', '.join(more)}")
        else:
            yield ok("Slack scopes", ", ".join(sorted(held)))

    def _older(self, pages: Pages) -> Iterator[Requirement]:
        """What a start at FEEDER_SINCE leaves out, as far as one page shows."""
        after = self.settings.since.after
        if after is None:
            yield ok("start", "at the channel's beginning, where there is no checkpoint")
            return
        page = pages.newest(Span(BEGINNING, just_after(after)))
        incidents = sum(len(read_safely(m, self.settings.rules).incidents) for m in page.dated)
        start = f"{self.settings.since.text}, where there is no checkpoint"
        if not page.dated:
            yield ok("start", f"{start}; nothing is older")
            return
        more = " in the newest page of them alone" if page.more else ""
        yield warn(
            "start",
            f"{start}; older are {len(page.dated)} messages with {incidents} incidents{more}: to have them "
            "too, run `codedefender2th feed --since all` (or an earlier date) once",
        )

    def _senders(self, readings: list[Reading], messages: list[Any]) -> Iterator[Requirement]:
        """Who posts incidents, what looks like one, and how the newest of each compare."""
        seen = f"the newest {len(messages)} messages"
        high_only = "HUMAN sends only High incidents unless its alert settings say otherwise"
        # One bot may post under several names: it is known by its id, and called what it was called last.
        names = {each.sender.bot_id: str(each.sender) for each in reversed(readings) if each.sender}
        ids = Counter(each.sender.bot_id for each in readings for _ in each.incidents if each.sender)
        senders = {names[bot]: count for bot, count in ids.items()}
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
