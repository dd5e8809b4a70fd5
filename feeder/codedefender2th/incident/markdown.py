"""Untrusted text in Markdown that stays text: no link, image, HTML or template can come of it.

Inside a code block CommonMark interprets nothing but the closing fence, so the fence is made longer
than any run of backticks in the text (CommonMark Spec 0.31, "Fenced code blocks").
"""

from __future__ import annotations

import re

# TheHive 4's pages are AngularJS: a pair of braces that reached the page unescaped would be code.
_TEMPLATE = re.compile(r"(?<=[{}$])(?=[{}])")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# TheHive 4.1's page throws on a language that its highlighter does not know (`text` among them) and then
# shows nothing at all, and guesses one, at a quadratic cost, where none is given. This one it knows, in
# linear time; a line that begins with a space is "context" there, and stays as it is.
_LANGUAGE = "diff"
# That page's Markdown looks for the end of a block at every character of a run of these: a long one would
# stop the analyst's browser for minutes.
_LONGEST_RUN = 200
_LONG_RUN = re.compile(rf" {{{_LONGEST_RUN + 1},}}|`{{{_LONGEST_RUN + 1},}}")
_LINK_BREAKERS = re.compile(r"[^A-Za-z0-9:/?#@!$&*+,;=._~%-]")


def code_block(text: str) -> str:
    """The text as a fenced code block, unprintable characters shown as U+FFFD, endless runs shortened."""
    inert = _UNPRINTABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    inert = _LONG_RUN.sub(_shortened, _TEMPLATE.sub("\u200b", inert))
    longest = max((len(run) for run in re.findall("`+", inert)), default=0)
    fence = "`" * max(3, longest + 1)
    lines = "\n".join(f" {line}" for line in inert.split("\n"))
    return f"{fence}{_LANGUAGE}\n{lines}\n{fence}"


def _shortened(run: re.Match[str]) -> str:
    kept = run[0][: _LONGEST_RUN // 2]
    return f"{kept}…(and {len(run[0]) - len(kept)} more)"


def link(label: str, url: str) -> str:
    """A link to a URL that was checked before; what could end the link early is percent-encoded."""
    safe = _LINK_BREAKERS.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), url)
    return f"[{label}](<{safe}>)"
