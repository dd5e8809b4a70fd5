"""Slack messages for tests and the demo: Code Defender's posts and the chatter between."""

from __future__ import annotations

from typing import Any

TITLE = "Code Defender has detected a new incident"
BOT = "B0CODEDEF"


def ts_at(second: int, micro: int = 500) -> str:
    """A `ts` so many seconds after a fixed moment (2020-09-21)."""
    return f"{1_600_689_944 + second:010d}.{micro:06d}"


def incident(
    ts: str,
    script: str = "`https://cdn.example.net/a.js`",
    risk: str = "High",
    host: str = "<http://example.com|example.com>",
    category: str = "PII access by a new script",
    **changes: Any,
) -> dict[str, Any]:
    """Code Defender's post of one incident; `changes` replace parts of the message."""
    attachment = {
        "id": 1,
        "title": TITLE,
        "text": f"{category} \n The script reads a payment field",
        "color": "FF4A55",
        "fields": [
            {"title": "Script", "value": script, "short": False},
            {"title": "Risk Level", "value": risk, "short": True},
            {"title": "Host Domain", "value": host, "short": True},
        ],
        "actions": [
            {
                "id": "1",
                "type": "button",
                "text": "View in Console",
                "url": "https://console.perimeterx.com/codeDefender/analyzer/script/0a1b2c3d?from=slack",
            }
        ],
    }
    message = {"type": "message", "subtype": "bot_message", "text": "", "ts": ts, "bot_id": BOT}
    return {**message, "attachments": [attachment], **changes}


def chatter(ts: str, number: int = 0) -> dict[str, Any]:
    """What else is said in a channel: by people, and by bots with attachments of their own."""
    if number % 2:
        return {"type": "message", "ts": ts, "user": "U1", "text": f"anyone looked at alert {number}?"}
    attachment = {"id": 1, "fallback": "Build finished", "fields": [{"value": "no title", "short": True}]}
    return {"type": "message", "ts": ts, "bot_id": "B0BUILD", "text": "", "attachments": [attachment]}
