"""What is answered in Slack. Pure.

Nothing of the incident can become a link, a mention or formatting: Slack's three characters are escaped, and
the incident's words stand in code, where Slack interprets nothing. Source: Slack documentation, "Formatting
message text".
"""

from __future__ import annotations

from codedefender2th.output import printable
from codedefender2th.slack.text import unescape

LONGEST_TITLE, LONGEST_REASON = 200, 2500
_SEVERITIES = {1: "low", 2: "medium", 3: "high", 4: "critical"}


def answer(
    verdict: str, before: str | None, severity: int, title: str, reason: str, page: str, case: str | None
) -> str:
    """The text of a reply.

    Args:
        verdict: what it came to.
        before: the verdict that it takes the place of; None for the first.
        severity: 1 to 4.
        title: of the alert or case.
        reason: the responder's sentences; empty where they are not known.
        page: where a person sees the alert or case.
        case: the page of the case that it is in.
    """
    was = f" (before: {before})" if before else ""
    lines = [f"{_heading(verdict)}{was}, severity {_SEVERITIES.get(severity, 'unknown')}"]
    lines.append(f"`{_inert(title, LONGEST_TITLE) or 'untitled'}`")
    if reason:
        lines.append(f"```{_inert(reason, LONGEST_REASON)}```")
    links = [_link(page, "TheHive"), *([_link(case, "Case")] if case and case != page else [])]
    lines.append(" · ".join(links))
    return "\n".join(lines)


def is_answer(text: object, verdict: str, page: str) -> bool:
    """Whether the text of a message is such a reply, with this verdict on this alert or case."""
    if not isinstance(text, str):
        return False
    shown = unescape(text)
    return shown.startswith(_heading(verdict)) and f"<{page}|" in shown


def _heading(verdict: str) -> str:
    return f"*Code Defender verdict: {verdict}*"


def _inert(text: str, limit: int) -> str:
    line = " ".join(printable(text).split()).replace("`", "'")
    line = line if len(line) <= limit else f"{line[: limit - 1]}…"
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _link(url: str, label: str) -> str:
    """A link to one of TheHive's pages, whose root is a setting."""
    safe = url.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")
    return f"<{safe}|{label}>"
