"""Slack's markup undone, once."""

import pytest

from codedefender2th.slack import text as slacktext


@pytest.mark.parametrize(
    ("raw", "shown", "target"),
    [
        ("plain", "plain", None),
        ("a &amp;&lt;&gt; b", "a &<> b", None),
        ("&amp;lt;", "&lt;", None),
        ("&quot;", "&quot;", None),
        ("`code`", "code", None),
        ("*_bold italic_*", "bold italic", None),
        ("**twice**", "*twice*", None),
        ("_leading only", "_leading only", None),
        ("<https://a.example/?x=1&amp;y=2>", "https://a.example/?x=1&y=2", "https://a.example/?x=1&y=2"),
        ("<https://a.example|a label>", "a label", "https://a.example"),
        ("see <https://a.example|here> please", "see here please", "https://a.example"),
        ("<https://a.example> and <https://b.example>", "https://a.example and https://b.example", None),
        ("<@U123|someone>", "someone", None),
        ("<!here>", "!here", None),
        ("", "", None),
    ],
)
def test_reading(raw: str, shown: str, target: str | None) -> None:
    assert slacktext.read(raw) == slacktext.SlackText(shown, target)


@pytest.mark.parametrize(
    ("raw", "auto_linked"),
    [
        ("<http://a.example|a.example>", True),
        ("<http://a.example/|a.example>", True),
        ("<https://a.example|a.example>", False),
        ("<http://a.example|b.example>", False),
        ("a.example", False),
    ],
)
def test_a_link_that_slack_made_itself_is_known(raw: str, auto_linked: bool) -> None:
    assert slacktext.read(raw).auto_linked is auto_linked


def test_clean_text_is_one_line_without_controls_or_overrides() -> None:
    assert slacktext.clean(" a\x00b\n\u202egnp.exe\u202c \u2066x ") == "a b gnp.exe x"


def test_halves_of_surrogate_pairs_are_replaced() -> None:
    assert slacktext.whole_characters("a\ud800b") == "a\ufffdb"


def test_where_a_labelled_link_leads_is_told() -> None:
    assert slacktext.told("see <https://evil.test/x|details>") == "see details (https://evil.test/x)"
    assert slacktext.told("<http://cdn.example/a.js|cdn.example/a.js>") == "cdn.example/a.js"
    assert slacktext.told("<https://cdn.example/|https://cdn.example>") == "https://cdn.example"
    assert slacktext.told("<https://cdn.example/a.js>") == "https://cdn.example/a.js"
    assert slacktext.told("a &lt;b&gt; <|x> <!here>") == "a <b> x !here"
