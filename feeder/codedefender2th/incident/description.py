"""What an analyst reads first: the alert's description, in Markdown that both TheHives render. Pure.

On top the answers (which script, where, what, how grave) and the links; below, everything as Code
Defender posted it. What comes from outside stands in code blocks only; see `markdown`.
"""

from __future__ import annotations

from codedefender2th.incident import markdown
from codedefender2th.incident.message import Incident
from codedefender2th.slack.text import clean, whole_characters
from codedefender2th.slack.ts import moment

# Long enough for any address that a person reads; the whole stands below.
_LONGEST_FACT = 1000


def describe(incident: Incident, facts: str, original: str, posted: str | None) -> str:
    """The description of an alert.

    Args:
        incident: what was read.
        facts: `as_posted`, perhaps cut.
        original: the message as JSON, perhaps cut; empty where it is not to be shown.
        posted: the message's permalink in Slack.
    """
    blocks = [markdown.code_block(_answers(incident))]
    links = [
        *([markdown.link("View in Console", incident.console_url)] if incident.console_url else []),
        *([markdown.link("Message in Slack", posted)] if posted else []),
    ]
    if links:
        blocks.append(" · ".join(links))
    blocks += _warnings(incident)
    when = f"{moment(incident.ts):%Y-%m-%d %H:%M} UTC"
    blocks.append(f"As Code Defender posted it on {when} (Slack message {incident.ts}):")
    blocks.append(markdown.code_block(facts or "(no text)"))
    if original:
        blocks.append("The message as Slack sent it:\n\n" + markdown.code_block(original))
    return whole_characters("\n\n".join(blocks))


def as_posted(incident: Incident) -> str:
    """Every field of an incident, as it was shown in Slack."""
    parts = [incident.text, *(f"{title}: {value}" for title, value in incident.fields)]
    return "\n".join(part for part in parts if part.strip())


def _answers(incident: Incident) -> str:
    """The key facts, one a line."""
    script = incident.script
    rows = {
        "Script": (script.url or script.shown) if script else None,
        "Site": incident.host_domain,
        "Category": incident.category,
        "Risk": incident.risk_level,
    }
    width = max(map(len, rows)) + 2
    return "\n".join(f"{name:<{width}}{_short(value) or '(not said)'}" for name, value in rows.items())


def _short(value: str | None) -> str:
    text = clean(value or "")
    return text if len(text) <= _LONGEST_FACT else text[: _LONGEST_FACT - 1].rstrip() + "…"


def _warnings(incident: Incident) -> list[str]:
    found = []
    if incident.script and incident.script.is_ambiguous:
        found.append("The script field holds more than one address: nobody can say which script ran.")
    if incident.missing:
        found.append(f"Missing or unreadable in the message: {', '.join(incident.missing)}.")
    if incident.refused_link:
        found.append("The message's console link does not lead to HUMAN's console and was left out.")
    return found
