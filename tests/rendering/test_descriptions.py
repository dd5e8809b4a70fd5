"""Alert descriptions in the Markdown of TheHive 4.1's page: shown, inert, in bounded time.

`make test-rendering` installs what this needs; without it, it is skipped.
"""

from __future__ import annotations

import copy
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from codedefender2th.incident import markdown
from codedefender2th.incident.alert import bare, build_alert, without_observables
from codedefender2th.incident.message import Rules, read_message
from rendering.angular import MODULES, Page
from simulators.messages import incident, ts_at
from triaging.evidence import LONGEST_SUMMARY
from triaging.note import with_note
from triaging.policy import Verdict
from triaging.reason import MOST, Reason

HERE = Path(__file__).parent
MESSAGES = HERE.parent / "data" / "messages"
HARMLESS = {"p", "pre", "code", "span", "a", "br"}
LONGEST_MILLISECONDS = 5_000

pytestmark = [
    pytest.mark.rendering,
    pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed"),
    pytest.mark.skipif(not (MODULES / "marked").is_dir(), reason="marked is missing: `make test-rendering`"),
]
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/t.png)",
    "[click](javascript:alert(1))",
    "```\n<b>out</b>\n```",
    "````\n~~~\n[x](https://evil.example)\n",
    "https://evil.example/bare",
    "{{constructor.constructor('alert(1)')()}}",
    "\n\n# heading\n\n- list\n\n> quote\n\n| a | b |\n|---|---|\n",
    "-- removed\n++ added\n@@ -1,2 +1,2 @@\n*** x ***\nIndex: a\n=======\n",
    "\u202egnp.exe\u2066<b>",
]
LONG = ["a", "=", "-", "+", "`", "\n+", "\n-", "[", "(", " ", "\\", "*", "@@ ", "<", "&", "|", "~", "_", "> "]


def rendered(texts: list[str]) -> list[dict[str, Any]]:
    done = subprocess.run(
        ["node", str(HERE / "descriptions.cjs")],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        timeout=55,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def forms(message: dict[str, Any]) -> list[str]:
    """The descriptions of a message's alerts, in every form in which they may be sent."""
    found = []
    for read in read_message(message, Rules()).incidents:
        alert = build_alert(read, "C0CODEDEF01", 2, 2, "https://acme.slack.com")
        made = (alert, without_observables(alert, alert["observables"]), bare(alert))
        found += [each["description"] for each in made]
    return found


def check(row: dict[str, Any], harmless: set[str] = HARMLESS) -> Page:
    assert not row["errors"]
    page = Page(row["html"])
    assert page.text, "the page stays blank"
    assert set(page.elements) <= harmless
    for name, value in page.attributes:
        assert name in {"class", "href", "target", "rel", "ng-non-bindable"}
        if name == "href":
            assert re.match(r"https://(console\.perimeterx\.com|acme\.slack\.com)/", value)
    return page


def test_every_recorded_message_is_shown() -> None:
    texts = []
    for file in sorted(MESSAGES.glob("*.json")):
        message = json.loads(file.read_text()) if file.stem.count(".") == 0 else None
        if isinstance(message, dict):
            texts += forms(message)
    assert len(texts) > 60
    for row in rendered(texts):
        assert "Risk" in check(row).text


def test_hostile_texts_are_shown_as_text() -> None:
    texts = []
    for text in HOSTILE:
        message = copy.deepcopy(incident(ts_at(0)))
        attachment = message["attachments"][0]
        attachment["text"] = text
        attachment["fields"].append({"title": text, "value": f"{text} word"})
        texts += forms(message)
    for row in rendered(texts):
        assert "word" in check(row).text


@pytest.mark.parametrize("piece", LONG)
def test_a_long_run_is_shown_in_bounded_time(piece: str) -> None:
    [row] = rendered([forms(incident(ts_at(0), category="x " + piece * (40_000 // len(piece))))[0]])
    check(row)
    assert row["milliseconds"] < LONGEST_MILLISECONDS


def note(*said: str) -> str:
    """The responder's note above a description, as it stands in a case of TheHive 4.1."""
    sentences = tuple(f"VirusTotal: {text} word" for text in said)
    listed = Reason(Verdict.SUSPICIOUS, sentences).as_markdown()
    return with_note(forms(incident(ts_at(0)))[0], "~4123", f"**Code Defender: suspicious**\n\n{listed}")


def test_the_responders_note_is_shown_as_text_and_its_marks_are_not() -> None:
    for row in rendered([note(text) for text in HOSTILE] + [note(*HOSTILE)]):
        page = check(row, HARMLESS | {"ul", "li", "strong"})
        assert page.text.startswith("Code Defender: suspicious VirusTotal: ")
        assert "word" in page.text
        assert "~4123" not in page.text
        assert "Risk" in page.text


@pytest.mark.parametrize("piece", LONG)
def test_a_long_run_in_the_responders_note_is_shown_in_bounded_time(piece: str) -> None:
    [row] = rendered([note(*["x " + piece * (LONGEST_SUMMARY // len(piece))] * MOST)])
    check(row, HARMLESS | {"ul", "li", "strong"})
    assert row["milliseconds"] < LONGEST_MILLISECONDS


def test_a_language_that_the_page_does_not_know_would_leave_it_blank() -> None:
    """Why the fence's language is what it is: this is what the page did with `text`."""
    [row] = rendered(["```text\nfacts\n```"])
    assert any("Unknown language" in error for error in row["errors"])
    assert not Page(row["html"]).text
    [row] = rendered([markdown.code_block("facts")])
    assert check(row).text == "facts"
