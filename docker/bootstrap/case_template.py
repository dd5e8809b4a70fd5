"""The case template: the vendor's advice on an incident, as tasks."""

from __future__ import annotations

from typing import Any

NAME = "Code Defender incident"

_TASKS = (
    (
        "Check development pipelines for the change",
        "Did somebody of ours add or change this script? Look through releases, tag managers and content "
        "management since the incident's first appearance.",
    ),
    (
        "Search server logs for injection",
        "If nobody did: look for uploads, changed files and administrators' logins on the servers that "
        "deliver the page.",
    ),
    (
        "Ask the owners of the third-party content",
        "If the script is a supplier's: ask whether they changed it, and tell them what was seen.",
    ),
)


def body() -> dict[str, Any]:
    """What TheHive 5 and 4.1 take at `POST /api/v1/caseTemplate`."""
    return {
        "name": NAME,
        "displayName": NAME,
        "description": "A script on our site that Code Defender reported.",
        "tags": ["code-defender"],
        "tasks": [
            {"title": title, "description": description, "group": "Code Defender", "order": order}
            for order, (title, description) in enumerate(_TASKS)
        ],
    }
