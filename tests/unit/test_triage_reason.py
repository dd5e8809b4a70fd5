"""The words behind a verdict, and that nothing in them is more than words."""

import re
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from triaging.evidence import HOST_TAG, SCRIPT_HOST_TAG, SCRIPT_TAG, Finding, Observable, Outcome
from triaging.history import decided_before, seen_before
from triaging.hosts import believed, unbelieved
from triaging.inert import code, inert
from triaging.note import heading, with_note
from triaging.policy import Verdict
from triaging.reason import MOST, Reason, reason, service_of

SCRIPT = Observable("~1", "url", "https://cdn.example/a.js", is_script=True, ioc=False)
HOST = Observable("~2", "domain", "cdn.example", is_script=False, ioc=False)
ENGINE = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
HARMLESS = {
    *("paragraph_open", "paragraph_close", "inline", "text", "code_inline"),
    *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"),
}
HOSTILE = (
    "<script>alert(1)</script>",
    "![x](https://evil.example/t.png)",
    "[click](javascript:alert(1)) <https://evil.example>",
    "see https://evil.example/bare, www.evil.example and a@evil.example.",
    "```\n# out\n```",
    "`` ` ``` `` one`two``three",
    "\n\n# heading\n\n- list\n> quote\n| a | b |\n|---|---|\n",
    "{{constructor.constructor('alert(1)')()}} ${alert(1)}",
    "&lt;b&gt; &#60;img src=x&#62; \\` \\",
    "\u202egnp.exe\u2066 \u2028# line\x85# next",
    "[code-defender ~1 begins]: # (note)",
    "*a* **b** _c_ __d__ ~~e~~ ---",
)


def tokens(markdown: str) -> list[Any]:
    found = []
    for token in ENGINE.parse(markdown):
        found += [token, *(token.children or ())]
    return found


def check_inert(text: str) -> None:
    markdown = Reason(Verdict.UNKNOWN, (f"VirusTotal: {text}",)).as_markdown()
    parsed = tokens(markdown)
    assert {token.type for token in parsed} <= HARMLESS
    for token in parsed:
        if token.type == "text":
            # What another engine could make a link of stands in code.
            assert not re.search(r"//|www\.|\S@\S|\{\{|\w\.[^\W\d]", token.content), token.content
        assert not re.search(r"[{}]{2}", token.content if token.type == "code_inline" else "")


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_service_says_stays_text(text: str) -> None:
    check_inert(text)


@settings(deadline=None)
@given(st.text() | st.lists(st.sampled_from(HOSTILE)).map("".join) | st.text("`*_[]()<>&{}|\\#.-\n @:/wha"))
def test_any_text_stays_text(text: str) -> None:
    check_inert(text)


def test_plain_words_are_left_as_they_are() -> None:
    words = "23 of 90 engines flag it (2.6 %), since 24 Nov; jQuery 3.4.1's flaw isn't fixed – yet…"
    assert inert(words) == words
    assert inert("as https://a.example/x.js, says jquery@3.4.1.") == (
        "as `https://a.example/x.js`, says `jquery@3.4.1`."
    )


def test_long_text_takes_no_time() -> None:
    started = time.monotonic()
    for text in ("`" * 200_000, "a." * 100_000, "{" * 200_000, "." * 200_000, "\\'" * 100_000):
        inert(text)
        code(text)
    assert time.monotonic() - started < 5


@settings(deadline=None)
@given(st.text(), st.text("-[]code-defender ~1begins:#(note)\n"))
def test_a_note_is_replaced_and_never_doubled(before: str, note: str) -> None:
    once = with_note(before, "~1", "the first")
    again = with_note(once, "~1", "the second")
    if "[code-defender ~1 " not in before:
        assert once.endswith(before)
        assert again == with_note(before, "~1", "the second")
        assert "the first" not in again.removesuffix(before)


def test_marks_of_a_note_are_not_shown() -> None:
    shown = ENGINE.render(with_note("the incident", "~1", "**why**"))
    assert shown == "<p><strong>why</strong></p>\n<p>the incident</p>\n"


def test_a_heading_names_a_few_scripts_inertly() -> None:
    scripts = [Observable("~1", "url", f"https://x.example/`{n}", True, False) for n in range(9)]
    line = heading(Reason(Verdict.CLEAN, ()), scripts)
    assert "\n" not in line
    assert line.endswith("`https://x.example/'4`, 4 more")


@pytest.mark.parametrize(
    ("analyzer", "name"),
    [
        ("CodeDefender_VirusTotal_1_0", "VirusTotal"),
        ("CodeDefender_HybridAnalysis_Scan_1_0", "Hybrid Analysis Scan"),
        ("Urlscan_io_Search_0_1_1", "Urlscan io Search"),
        ("Odd", "Odd"),
    ],
)
def test_services_have_names(analyzer: str, name: str) -> None:
    assert service_of(analyzer) == name


def test_a_long_reason_says_what_it_leaves_out() -> None:
    scripts = [Observable(f"~{n}", "url", f"https://x.example/{n}.js", True, False) for n in range(50)]
    found = [
        Finding("CodeDefender_OSV_1_0", script, Outcome.INFO, f"Said {script.id}.") for script in scripts
    ]
    why = reason(Verdict.UNKNOWN, found, scripts, before=["Seen 2 times."])
    assert len(why.sentences) == MOST + 2
    assert "more findings" in why.sentences[-2]
    assert why.sentences[-1] == "Seen 2 times."


def test_the_weightiest_comes_first() -> None:
    found = [
        Finding("CodeDefender_OSV_1_0", SCRIPT, Outcome.INFO, "Not a public package."),
        Finding("CodeDefender_Host_1_0", HOST, Outcome.MALICIOUS, "On a list of skimmers' hosts"),
        Finding("CodeDefender_VirusTotal_1_0", SCRIPT, Outcome.MALICIOUS),
        Finding("CodeDefender_Content_1_0", SCRIPT, Outcome.FAILED),
        Finding("CodeDefender_HybridAnalysis_1_0", SCRIPT, Outcome.SAFE, "Hybrid Analysis's report is old."),
    ]
    assert str(reason(Verdict.MALICIOUS, found, [SCRIPT])) == (
        "malicious: VirusTotal: malicious. Host on the host cdn.example: On a list of skimmers' hosts. "
        "Content gave no answer. Hybrid Analysis's report is old. OSV: Not a public package."
    )


def observable(data: str, tag: str, data_type: str = "domain") -> dict[str, Any]:
    return {"_id": f"~{data}", "dataType": data_type, "data": data, "tags": [tag]}


@pytest.mark.parametrize(
    ("own", "host", "said"),
    [
        ("www.shop.example", "static.shop.example", "customer's own"),
        ("shop.example", "SHOP.example.", "customer's own"),
        ("www.shop.co.uk", "cdn.shop.co.uk", "customer's own"),
        # neighbours under a public suffix are strangers
        ("www.shop.co.uk", "evil.co.uk", None),
        ("shop.myshopify.com", "evil.myshopify.com", None),
        ("10.1.2.3", "10.1.2.4", None),
        ("10.1.2.3", "10.1.2.3", "customer's own"),
        ("www.shop.example", "cdn.jsdelivr.net", "CDN"),
        ("www.shop.example", "somebody.github.io", None),
        ("", "evil.example", None),
    ],
)
def test_hosts_that_say_nothing(own: str, host: str, said: str | None) -> None:
    entities = [observable(own, HOST_TAG), observable(host, SCRIPT_HOST_TAG)]
    found = unbelieved(entities)
    assert [each.host for each in found.values()] == ([host] if said else [])
    assert all(said in each.why for each in found.values() if said)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("https://newshop.com/js/app.js", "customer's own"),
        ("//CDN.newshop.com./js/app.js", "customer's own"),
        ("http://newshop.com:8443\\@evil.example/a.js", "customer's own"),
        ("https://cdn.jsdelivr.net/npm/x/x.js", "CDN"),
        ("https://evil.example\\@newshop.com/a.js", None),
        ("https://newshop.com@evil.example/a.js", None),
        ("https://newshop.com.evil.example/a.js", None),
        ("https://[::1/a.js", None),
        ("inline", None),
    ],
)
def test_a_word_on_the_host_of_a_script_says_as_much(script: str, said: str | None) -> None:
    about = Observable("~1", "url", script, is_script=True, ioc=False)
    of_host = Finding("CodeDefender_Host_1_0", about, Outcome.SUSPICIOUS, of_host=True)
    of_script = Finding("CodeDefender_Content_1_0", about, Outcome.SUSPICIOUS)
    kept, left_out = believed([of_host, of_script], [observable("www.newshop.com", HOST_TAG)])
    assert kept == ([of_script] if said else [of_host, of_script])
    assert all(said in each.why for each in left_out if said)
    assert len(left_out) == (1 if said else 0)


def test_a_script_is_believed_wherever_it_is() -> None:
    script = observable("https://cdn.jsdelivr.net/npm/x/x.js", SCRIPT_TAG, "url")
    assert unbelieved([script, {"tags": None}, {}, observable("evil.example", "other")]) == {}


def alert(**content: Any) -> dict[str, Any]:
    return {"_id": "~1", "_type": "Alert", "date": 1_772_600_000_000, **content}


def test_history_is_read_with_suspicion() -> None:
    odd = [alert(date=None), alert(date="x", tags=[5]), alert(date=10**30, tags=None), {"_id": "~2"}]
    assert seen_before(odd, more=True)[0].startswith("Seen at least 4 times since 1 January 1970.")
    assert seen_before(odd[:1], more=False) == []
    [told] = decided_before([alert(summary=5, status=None, _updatedBy=[])], lambda _: True)
    assert told.startswith("An alert was marked as read on ")


def test_the_newest_decisions_are_told() -> None:
    closed = [alert(closedDate=1_772_600_000_000 + n * 86_400_000, status=f"No{n}") for n in range(9)]
    told = decided_before(closed, lambda each: each["status"] != "No8")
    assert [re.findall(r"no\d", sentence) for sentence in told] == [["no7"], ["no6"], ["no5"]]
