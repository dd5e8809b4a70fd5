"""Incident → TheHive alert. Pure; the body fits TheHive 5 and 4.1 alike.

Limits are those of TheHive 5.7's OpenAPI description (`InputCreateAlert`, `InputCreateObservable`)
and of TheHive 4.1's request parser (256,000 bytes a body).
"""

from __future__ import annotations

import json
from typing import Any, TypedDict

from codedefender2th.incident import description, markdown
from codedefender2th.incident.message import Incident
from codedefender2th.incident.script import is_ip
from codedefender2th.slack.text import clean, whole_characters

TYPE, SOURCE = "code-defender", "Code Defender"
TAG = "code-defender"
SCRIPT_TAG, SCRIPT_HOST_TAG, HOST_TAG = f"{TAG}:script", f"{TAG}:script-host", f"{TAG}:host"
INCOMPLETE_TAG = f"{TAG}:incomplete"

SEVERITIES = {"Informative": 1, "Low": 1, "Medium": 2, "High": 3, "Critical": 4}
UNKNOWN_SEVERITY = 2

MAX_TITLE, MAX_TAG, MAX_DATA = 512, 128, 4096
# Leaves room for what a retry adds to the description.
MAX_BODY_BYTES = 250_000


class Observable(TypedDict, total=False):
    """`InputCreateObservable` of TheHive 5, the parts that are used."""

    dataType: str
    data: str
    tags: list[str]
    ignoreSimilarity: bool
    tlp: int
    pap: int


class Alert(TypedDict, total=False):
    """`InputCreateAlert` of TheHive 5, the parts that are used."""

    type: str
    source: str
    sourceRef: str
    title: str
    description: str
    date: int
    severity: int
    externalLink: str
    tags: list[str]
    tlp: int
    pap: int
    observables: list[Observable]


def build_alert(incident: Incident, channel: str, tlp: int, pap: int, workspace: str | None = None) -> Alert:
    """The alert of one incident.

    Args:
        incident: what was read.
        channel: id of the Slack channel.
        tlp: 0 to 4, for alert and observables.
        pap: 0 to 3, for alert and observables.
        workspace: the workspace's own address (`https://acme.slack.com`), for the message's permalink.
    """
    alert: Alert = {
        "type": TYPE,
        "source": SOURCE,
        "sourceRef": source_ref(channel, incident.ts, incident.number),
        "title": _cut(_title(incident), MAX_TITLE),
        "description": "",
        "date": _milliseconds(incident.ts),
        "severity": SEVERITIES.get(incident.risk_level or "", UNKNOWN_SEVERITY),
        "tags": _tags(incident),
        "tlp": tlp,
        "pap": pap,
        "observables": _observables(incident, tlp, pap),
    }
    if incident.console_url:
        alert["externalLink"] = incident.console_url
    _describe(alert, incident, permalink(workspace, channel, incident.ts) if workspace else None)
    return alert


def source_ref(channel: str, ts: str, number: int) -> str:
    """The reference by which TheHive knows an incident again: a function of its place in Slack alone."""
    return f"{channel}-{ts}" if number == 1 else f"{channel}-{ts}-{number}"


def without_observables(alert: Alert, refused: list[Observable]) -> Alert:
    """The alert less the observables that TheHive refuses; its description says which."""
    kept = [observable for observable in alert["observables"] if observable not in refused]
    listed = "\n".join(f"{observable['dataType']}: {observable['data']}" for observable in refused)
    note = f"TheHive refused these observables:\n\n{markdown.code_block(listed)}\n\n"
    return {**alert, "observables": kept, "description": note + alert["description"]}


def bare(alert: Alert) -> Alert:
    """The least that still tells an analyst of the incident."""
    reduced = without_observables(alert, alert["observables"])
    reduced.pop("externalLink", None)
    return {**reduced, "tags": [TAG, INCOMPLETE_TAG]}


def _title(incident: Incident) -> str:
    kind = f"Code Defender {incident.risk_level} alert" if incident.risk_level else "Code Defender alert"
    about = f": {incident.category}" if incident.category else ""
    where = f" on {incident.host_domain}" if incident.host_domain else ""
    script_host = incident.script.host if incident.script else None
    source = f" by {script_host}" if script_host and script_host != incident.host_domain else ""
    return kind + about + where + source


def _milliseconds(ts: str) -> int:
    seconds, _, micros = ts.partition(".")
    return int(seconds) * 1000 + int(micros) // 1000


def _tags(incident: Incident) -> list[str]:
    level = incident.risk_level if incident.risk_level in SEVERITIES else None
    tags = [TAG, f"{TAG}:risk={level.lower() if level else 'unknown'}"]
    if incident.category:
        tags.append(f"{TAG}:category={incident.category}")
    if incident.host_domain:
        tags.append(f"{TAG}:host={incident.host_domain}")
    if incident.missing:
        tags.append(INCOMPLETE_TAG)
    return list(dict.fromkeys(_cut(tag, MAX_TAG) for tag in tags))


def _observables(incident: Incident, tlp: int, pap: int) -> list[Observable]:
    found: list[Observable] = []
    script, host = incident.script, incident.host_domain
    if script and script.url and len(script.url) <= MAX_DATA:
        found.append({"dataType": "url", "data": script.url, "tags": [SCRIPT_TAG]})
    elif script and (named := clean(script.url or script.shown)):
        found.append({"dataType": "other", "data": _cut(named, MAX_DATA), "tags": [SCRIPT_TAG]})
    if host:
        # In every alert of this customer: it must not make all of them "similar".
        found.append(
            {"dataType": _host_type(host), "data": host, "tags": [HOST_TAG], "ignoreSimilarity": True}
        )
    found += [
        {"dataType": _host_type(name), "data": name, "tags": [SCRIPT_HOST_TAG]}
        for name in (script.hosts if script else ())
        if name != host
    ]
    return [{**observable, "tlp": tlp, "pap": pap} for observable in found]


def _host_type(host: str) -> str:
    return "ip" if is_ip(host) else "domain"


def permalink(workspace: str, channel: str, ts: str) -> str:
    """Where a person sees a message in Slack (what `chat.getPermalink` gives for it)."""
    return f"{workspace}/archives/{channel}/p{ts.replace('.', '')}"


def _describe(alert: Alert, incident: Incident, posted: str | None) -> None:
    """Write the description, cut so that the body stays within what TheHive takes."""
    original = _as_json(incident.message)[:MAX_BODY_BYTES] if incident.missing else ""
    facts = description.as_posted(incident)[:MAX_BODY_BYTES]
    room = MAX_BODY_BYTES - _size(alert)
    while True:
        alert["description"] = description.describe(incident, facts, original, posted)
        excess = _size(alert["description"]) - room
        if excess <= 0:
            return
        if len(original) > 1:
            original = _shortened(original, excess)
        else:
            facts = _shortened(facts, excess)


def _as_json(message: object) -> str:
    try:
        return json.dumps(message, indent=1, ensure_ascii=False)
    except RecursionError:
        return "(nested too deeply to show)"


def _shortened(text: str, excess: int) -> str:
    """The text less about as many characters as make up `excess` bytes of JSON, at least one."""
    bytes_each = max(_size(text) / len(text), 1)
    return _cut(text, max(len(text) - 2 - int(excess / bytes_each), 1))


def _size(value: Any) -> int:
    return len(json.dumps(value))


def _cut(text: str, limit: int) -> str:
    text = whole_characters(text)
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
