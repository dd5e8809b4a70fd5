"""Posting the replies, beside all other work: what is refused is said once and holds nobody up."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Mapping
from typing import Any

from codedefender2th.errors import FeederError, KeyRefused, StateError, Stopped, Unavailable
from codedefender2th.playbook.verdicts import Verdict
from codedefender2th.replying import text
from codedefender2th.replying.outbox import KEPT_SECONDS, Outbox, Reply
from codedefender2th.report import notes
from codedefender2th.slack.client import Slack
from codedefender2th.slack.refusals import SlackRefusal
from codedefender2th.slack.ts import is_ts
from codedefender2th.thehive.client import TheHive

log = logging.getLogger(__name__)

OFF, FLAGGED = "off", "flagged"
# How soon a refusal, which somebody has to mend, is tried again; Slack takes a message a second in a channel.
_REFUSED_SECONDS, _APART_SECONDS = 600.0, 1.0
# The responder leaves the reason a moment after the verdict's tag.
REASON_SECONDS = 20.0
_FAULT_SECONDS, _LONGEST_PAUSE = 15.0, 120.0
_FLAGGED = {"malicious", "suspicious"}
_REFERENCE = re.compile(r"([A-Z0-9]{1,40})-(\d{10}\.\d{6})(?:-\d{1,6})?", re.ASCII)
# What is refused to every reply, until somebody mends it; and: the message is gone, or takes no answers.
_OF_ALL = {"missing_scope", "not_in_channel", "channel_not_found", "is_archived", "restricted_action"}
_GONE = {"thread_not_found", "message_not_found", "cannot_reply_to_message"}
_MOST_COMMENTS = 1000


class Replies:
    """Replies in one channel.

    Args:
        slack: the API; it is asked once, without waiting.
        thehive: where the reasons are.
        channel: the channel's id; what was posted in others is theirs to answer.
        outbox: see there.
        choice: `flagged` or `all`.
        stop: set when the program is to end.
    """

    def __init__(
        self, slack: Slack, thehive: TheHive, channel: str, outbox: Outbox, choice: str, stop: threading.Event
    ) -> None:
        self._slack, self._thehive, self._channel, self._outbox = slack, thehive, channel, outbox
        self._choice, self._stop = choice, stop
        self._said: set[str] = set()
        self._bot: str | None = None

    def hear(self, verdict: Verdict) -> None:
        """A verdict has arrived: have it told."""
        told = {verdict.verdict, verdict.before}
        if self._choice == FLAGGED and not told & _FLAGGED:
            return
        try:
            self._outbox.add([r for each in verdict.references if (r := self._reply(verdict, each))])
        except StateError as error:
            self._say(str(error))

    def send(self, seconds: float = float("inf")) -> float:
        """Post what waits, as far as Slack takes it; how many seconds from now to come again.

        Args:
            seconds: after so long no other is begun.
        """
        ends = time.monotonic() + seconds
        for reply in self._outbox.waiting():
            if self._stop.is_set() or time.monotonic() > ends:
                break
            try:
                if time.time() - reply.at > KEPT_SECONDS:
                    self._outbox.done(reply)
                else:
                    self._post(reply)
                    self._stop.wait(_APART_SECONDS)
            except Stopped:
                break
            except Unavailable as fault:
                self._say(f"A reply in Slack has to wait: {fault}")
                return min(fault.retry_after or _FAULT_SECONDS, _LONGEST_PAUSE)
            except FeederError as refusal:
                self._say(f"Verdicts are not told in Slack: {refusal}")
                return _REFUSED_SECONDS
        else:
            self._said.clear()
        return 0.0

    def _reply(self, verdict: Verdict, reference: str) -> Reply | None:
        match = _REFERENCE.fullmatch(reference)
        if match is None or match[1] != self._channel or not is_ts(match[2]):
            return None
        return Reply(
            reference=reference,
            ts=match[2],
            verdict=verdict.verdict,
            before=verdict.before,
            severity=verdict.severity,
            title=verdict.title[:1000],
            kind=verdict.kind,
            id=verdict.id,
            page=verdict.page,
            case=verdict.case,
            case_id=verdict.case_id,
            at=time.time(),
        )

    def _post(self, reply: Reply) -> None:
        """Post one, once, whatever happens to the answer; not yet, where its reason may still come."""
        if reply.tried and self._is_there(reply):
            self._outbox.done(reply)
            return
        reason = self._reason(reply)
        if not reason and time.time() - reply.at < REASON_SECONDS:
            return
        self._outbox.trying(reply)
        try:
            try:
                self._slack.reply(self._channel, reply.ts, self._text(reply, reason))
            except SlackRefusal as refusal:
                if refusal.code != "msg_too_long":
                    raise
                self._slack.reply(self._channel, reply.ts, self._text(reply, ""))
        except SlackRefusal as refusal:
            if refusal.code in _OF_ALL or isinstance(refusal, KeyRefused):
                self._outbox.not_posted(reply)
                raise
            log.warning("No reply to %s: %s", reply.reference, refusal)
        except Unavailable as fault:
            if not fault.acted or fault.status == 429:
                self._outbox.not_posted(reply)
            raise
        self._outbox.done(reply)

    def _text(self, reply: Reply, reason: str) -> str:
        return text.answer(
            reply.verdict, reply.before, reply.severity, reply.title, reason, reply.page, reply.case
        )

    def _is_there(self, reply: Reply) -> bool:
        """Whether it stands in its thread already."""
        if self._bot is None:
            self._bot = self._slack.identity().bot_id or ""
        try:
            replies = self._slack.replies(self._channel, reply.ts)
        except SlackRefusal as refusal:
            if refusal.code in _GONE:
                return False
            raise
        return any(
            isinstance(each, Mapping)
            and (not self._bot or each.get("bot_id") == self._bot)
            and text.is_answer(each.get("text"), reply.verdict, reply.page)
            for each in replies
        )

    def _reason(self, reply: Reply) -> str:
        """What the responder left on the alert, or on its case; empty where there is nothing."""
        if self._thehive.is_4:
            cases = self._ask({"_name": "getCase", "idOrName": reply.id})
            left = [notes.in_description(case.get("description"), reply.id) for case in cases]
        else:
            page = {"_name": "page", "from": 0, "to": _MOST_COMMENTS}
            comments: list[dict[str, Any]] = []
            for kind, name in (("Alert", reply.id), ("Case", reply.case_id)):
                if name:
                    start = {"_name": f"get{kind}", "idOrName": name}
                    comments += self._ask(start, {"_name": "comments"}, page)
            left = [notes.read(each.get("message"), each.get("createdAt")) for each in comments]
        fitting = [note for note in left if note is not None and note.verdict == reply.verdict]
        return max(fitting, key=lambda note: note.at or 0).reason if fitting else ""

    def _ask(self, *operations: dict[str, Any]) -> list[dict[str, Any]]:
        """What TheHive has; nothing where it does not say: the verdict is told all the same."""
        try:
            return self._thehive.query(*operations)
        except Stopped:
            raise
        except FeederError as trouble:
            log.debug("No reason for a reply: %s", trouble)
            return []

    def _say(self, sentence: str) -> None:
        """Once, until all is well again."""
        if sentence not in self._said:
            self._said.add(sentence)
            log.warning("%s", sentence)


class Posting(threading.Thread):
    """Sends again and again until told to stop.

    Args:
        replies: see there.
        interval: seconds between two looks.
        stop: ends it.
    """

    def __init__(self, replies: Replies, interval: float, stop: threading.Event) -> None:
        super().__init__(name="replying")
        self._replies, self._interval, self._stop_signal = replies, interval, stop

    def run(self) -> None:
        """Look after look; nothing that goes wrong here ends anything else."""
        while not self._stop_signal.is_set():
            try:
                pause = self._replies.send()
            except Exception:
                # Alerts and verdicts do not depend on an answer in Slack.
                log.exception("A reply in Slack failed; please report this.")
                pause = _REFUSED_SECONDS
            self._stop_signal.wait(max(pause, self._interval))
