"""The answer in Slack: once for each verdict and alert, inert, and nobody's hindrance."""

import json
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codedefender2th.playbook.verdicts import Verdict
from codedefender2th.replying import replies as replies_module
from codedefender2th.replying import text
from codedefender2th.replying.outbox import KEPT_SECONDS, Outbox
from codedefender2th.replying.replies import Replies
from codedefender2th.slack.client import Slack as Client
from codedefender2th.state.checkpoint import Place, State
from codedefender2th.thehive.client import TheHive as Hive
from codedefender2th.web.patience import Patience
from desk import SCRIPT, VIRUSTOTAL, Desk
from program import Program
from simulators.jobs import ProcessRunner
from simulators.lab import ANALYZERS, Lab
from simulators.messages import incident, ts_at
from simulators.server import Reply
from simulators.slack import ALL_SCOPES, Channel, Slack
from simulators.thehive import TheHive

TS = ts_at(1)
WRITING = f"{ALL_SCOPES},chat:write"


class Office:
    """What replies need, on simulated services."""

    def __init__(self, slack: Slack, channel: Channel, hive: TheHive, folder: Path) -> None:
        slack.scopes = WRITING
        self.slack, self.channel, self.hive, self.folder = slack, channel, hive, folder
        channel.post(incident(TS))

    def replies(self, choice: str = "all", seconds: float = 1) -> Replies:
        """As after a start."""
        patience = Patience(seconds, threading.Event())
        state = State(self.folder, Place("T", self.channel.id, self.hive.root, "demo"))
        state.folder.mkdir(parents=True, exist_ok=True)
        made = Replies(
            Client(self.slack.token, self.slack.api_url, patience),
            Hive(self.hive.root, self.hive.key, None, None, patience),
            self.channel.id,
            Outbox(state),
            choice,
            threading.Event(),
        )
        made._stop.wait = lambda timeout=None: False  # type: ignore[method-assign]  # no second between posts
        return made

    def posted(self, ts: str = TS) -> list[str]:
        """The texts in a thread."""
        return [reply["text"] for reply in self.channel.replies.get(ts, [])]


@pytest.fixture
def office(
    slack: Slack, channel: Channel, hive5: TheHive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Office:
    monkeypatch.setattr(replies_module, "REASON_SECONDS", 0)
    return Office(slack, channel, hive5, tmp_path / "state")


def verdict(word: str = "malicious", before: str | None = None, **changes: Any) -> Verdict:
    made = Verdict(
        kind="alert",
        id="~4104",
        verdict=word,
        before=before,
        severity=4,
        title="Code Defender High alert",
        references=(f"C0CODEDEF01-{TS}",),
        page="https://hive.example/alerts/~4104/details",
        case="https://hive.example/cases/~4200/details",
        seconds=60.0,
        case_id="~4200",
    )
    return replace(made, **changes)


def test_a_verdict_is_told_in_the_thread_once(office: Office) -> None:
    for _ in range(2):
        replies = office.replies()
        replies.hear(verdict())
        replies.send()
    [told] = office.posted()
    assert told.startswith("*Code Defender verdict: malicious*, severity critical\n")
    assert "<https://hive.example/alerts/~4104/details|TheHive>" in told
    assert "<https://hive.example/cases/~4200/details|Case>" in told
    replies.hear(verdict("clean", "malicious"))
    replies.send()
    assert office.posted()[1].startswith("*Code Defender verdict: clean* (before: malicious)")
    posts = [r for r in office.slack.requests if r.path.endswith("chat.postMessage")]
    assert all(r.form()["unfurl_links"] == r.form()["unfurl_media"] == "false" for r in posts)
    assert all(r.form()["link_names"] == "false" for r in posts)


@pytest.mark.parametrize(
    ("word", "before", "told"),
    [("clean", None, 0), ("unknown", None, 0), ("suspicious", None, 1), ("malicious", "unknown", 1)],
)
def test_flagged_tells_what_is_flagged(word: str, before: str | None, told: int, office: Office) -> None:
    replies = office.replies("flagged")
    replies.hear(verdict(word, before))
    replies.send()
    assert len(office.posted()) == told


def test_of_other_channels_and_strange_references_nothing_is_told(office: Office) -> None:
    replies = office.replies()
    for reference in (f"C0OTHER0001-{TS}", "C0CODEDEF01", "C0CODEDEF01-1.2", f"C0CODEDEF01-{TS}-x", ""):
        replies.hear(verdict(references=(reference,)))
    replies.send()
    assert office.slack.calls["POST /api/chat.postMessage"] == 0


def test_the_reason_is_waited_for_a_moment(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies_module, "REASON_SECONDS", 60)
    desk = Desk(office.hive, ProcessRunner(office.folder))
    alert = desk.alert()
    replies = office.replies()
    replies.hear(verdict(id=alert["_id"]))
    replies.send()
    assert office.posted() == []
    office.hive.comments._create(desk.user, _comment("An older one.", "unknown"), alert)
    office.hive.comments._create(desk.user, _comment("23 of 90 engines flag it."), alert)
    replies.send()
    [told] = office.posted()
    assert "```23 of 90 engines flag it.```" in told


@pytest.mark.parametrize("posted", [True, False])
def test_after_an_answer_that_was_lost_the_thread_is_looked_at(posted: bool, office: Office) -> None:
    office.slack.fail("reset_after" if posted else "reset_before", path="/api/chat.postMessage")
    replies = office.replies()
    replies.hear(verdict())
    assert replies.send() > 0
    again = office.replies()
    again.send()
    assert len(office.posted()) == 1


def test_a_kill_between_post_and_record_makes_no_second_answer(office: Office) -> None:
    replies = office.replies()
    replies.hear(verdict())
    # As the disk is when the process dies in the middle of the post.
    replies._outbox.done = lambda reply: None  # type: ignore[method-assign]
    replies.send()
    assert len(office.posted()) == 1
    again = office.replies()
    again.hear(verdict())
    again.send()
    assert len(office.posted()) == 1
    assert office.slack.calls["POST /api/chat.postMessage"] == 1


def test_what_others_wrote_does_not_count_as_the_answer(office: Office) -> None:
    mine = text.answer("malicious", None, 4, "t", "", verdict().page, None)
    office.slack._posted(office.channel, "B0OTHER", {"text": mine}, TS)
    replies = office.replies()
    replies.hear(verdict())
    [waiting] = replies._outbox.waiting()
    replies._outbox.trying(waiting)
    office.replies().send()
    assert len(office.posted()) == 2


@pytest.mark.parametrize("trouble", ["scope", "member", "archived"])
def test_a_refusal_is_said_once_and_made_good(
    trouble: str, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    if trouble == "scope":
        office.slack.scopes = ALL_SCOPES
    else:
        setattr(office.channel, trouble, trouble == "archived")
    replies = office.replies()
    replies.hear(verdict())
    assert [replies.send() >= 600 for _ in range(3)] == [True] * 3
    [said] = [record.message for record in caplog.records]
    assert said.startswith("Verdicts are not told in Slack: ")
    if trouble == "scope":
        assert "chat:write" in said
        assert "OAuth & Permissions" in said
    office.slack.scopes, office.channel.member, office.channel.archived = WRITING, True, False
    assert replies.send() == 0
    assert len(office.posted()) == 1


def test_slacks_rate_limit_is_obeyed(office: Office) -> None:
    office.slack.post_rate = 60
    replies = office.replies()
    replies.hear(verdict())
    replies.hear(verdict("clean"))
    assert 55 <= replies.send() <= 61
    assert len(office.posted()) == 1
    office.slack.post_rate = 0
    replies.send()
    assert len(office.posted()) == 2


def test_what_is_too_long_is_told_without_its_reason(office: Office) -> None:
    desk = Desk(office.hive, ProcessRunner(office.folder))
    alert = desk.alert()
    office.hive.comments._create(desk.user, _comment("word " * 400), alert)
    office.slack.longest = 1000
    replies = office.replies()
    replies.hear(verdict(id=alert["_id"]))
    replies.send()
    [told] = office.posted()
    assert "word" not in told


def _comment(body: str, word: str = "malicious") -> Any:
    class Request:
        def json(self) -> dict[str, str]:
            return {"message": f"**Code Defender: {word}** on `{SCRIPT}`\n\n- {body}"}

    return Request()


def test_nothing_of_an_incident_becomes_markup(office: Office) -> None:
    evil = "``` <!channel> <@U1> <https://evil.example|Case> *b* & http://evil.example \u202e\x1b\n*next*"
    desk = Desk(office.hive, ProcessRunner(office.folder))
    alert = desk.alert()
    office.hive.comments._create(desk.user, _comment(evil), alert)
    replies = office.replies()
    replies.hear(verdict(id=alert["_id"], title=evil))
    replies.send()
    [told] = office.posted()
    assert [part.partition("|")[0] for part in told.split("<")[1:]] == [verdict().page, verdict().case]
    _, title, reason, _ = told.split("\n")
    assert title.startswith("`")
    assert title.endswith("`")
    assert title.count("`") == 2
    assert reason.startswith("```")
    assert reason.endswith("```")
    assert reason.count("`") == 6
    assert "&lt;!channel&gt;" in title + reason
    assert not {"\u202e", "\x1b"} & set(told)


def test_what_is_a_day_old_or_gone_is_not_told(office: Office) -> None:
    replies = office.replies()
    replies.hear(verdict())
    [waiting] = replies._outbox.waiting()
    replies._outbox._waiting[waiting.key] = replace(waiting, at=time.time() - KEPT_SECONDS - 1)
    assert replies.send() == 0
    office.slack.fail(
        "status",
        path="/api/chat.postMessage",
        reply=Reply(200, {"ok": False, "error": "thread_not_found"}),
    )
    replies.hear(verdict("clean"))
    assert replies.send() == 0
    assert office.posted() == []
    assert replies._outbox.waiting() == []


def test_a_damaged_outbox_is_an_empty_one(office: Office) -> None:
    replies = office.replies()
    replies.hear(verdict())
    [path] = office.folder.rglob("replies.json")
    path.write_text(path.read_text()[:50])
    assert office.replies()._outbox.waiting() == []
    office.replies()._outbox._state.save_replies({"done": {"a": "b"}, "waiting": {"x": {"reference": 1}}})
    assert office.replies()._outbox.waiting() == []


@pytest.fixture(params=["5.7.3", "4.1.24-1"])
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    with Lab(request.param, analyzers=(ANALYZERS[0],)) as lab:
        yield lab


@pytest.mark.sampled(9)
def test_from_the_post_to_the_answer(lab: Lab, tmp_path: Path) -> None:
    lab.slack.scopes = WRITING
    lab.answer(VIRUSTOTAL, lambda data: "malicious")
    lab.channel.post(incident(TS))
    program = Program.between(lab.slack, lab.hive, tmp_path, FEEDER_REPLY="flagged", FEEDER_TIMEOUT="20")
    program.secrets = lab.secrets
    assert program.run("feed").code == 0
    if lab.hive.is_4:
        desk = Desk(lab.hive, ProcessRunner(tmp_path))
        desk.case_of(next(iter(lab.hive.store.alerts.values())))
    for _ in range(40):
        result = program.run("investigate")
        assert result.code == 0, result.err
        if lab.channel.replies:
            break
        time.sleep(0.2)
    for _ in range(2):
        program.run("investigate")
    [told] = lab.channel.replies[TS]
    assert told["text"].startswith("*Code Defender verdict: malicious*, severity critical\n")
    assert "VirusTotal: x=1." in told["text"]
    assert f"<{lab.hive.root}/" in told["text"]


@pytest.mark.parametrize(("scopes", "mark"), [(ALL_SCOPES, "FAIL"), (WRITING, None)])
def test_check_says_how_to_add_the_scope(
    scopes: str, mark: str | None, slack: Slack, channel: Channel, hive5: TheHive, tmp_path: Path
) -> None:
    slack.scopes = scopes
    program = Program.between(slack, hive5, tmp_path, FEEDER_REPLY="all", LOG_FORMAT="json")
    result = program.run("check")
    found = {each["requirement"]: each for each in map(json.loads, result.out.splitlines())}
    if mark:
        assert "chat:write" in str(found["Slack replies"])
        assert "OAuth & Permissions" in str(found["Slack replies"])
    else:
        assert "Slack replies" not in found
        assert "better taken away" not in str(found["Slack scopes"])
