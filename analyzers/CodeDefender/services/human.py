"""HUMAN: the vendor's own evidence on a script, its host, or a site. Always `info`: others judge.

Slack's message carries no incident id, so incidents are matched by what they name, and each says how: the
very script, another script of the same host, or the site on which they happened.

Details in the full report:
    incidents: rows `{"risk", "reason", "category", "first_seen", "last_seen", "pages",
        "users_affected_percentage", "vendor", "acknowledged", "actions" [{"type", "subtype", "element",
        "target_host", "last_seen"}], "url", "site", "match"}`, the surest match first, at most
        `MOST_INCIDENTS`; `url` is the script's, `match` one of `MATCHES`; what HUMAN does not say is null.
"""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import urlsplit

from lookup.observable import domain_name, named_host, web_address
from lookup.verdict import Finding, Report, safe_link
from neuron.addresses import bare
from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from neuron.reading import mapping, number, rows, text, texts
from sources.human import API_URL, HumanClient, Scope

SERVICE = "HUMAN"
SITE = "console.humansecurity.com"
INCIDENTS = "/code-defender/defense/incidents"
MOST_INCIDENTS = 50
MOST_ACTIONS = 50
MOST_HOSTS = 100
MATCHES = ("this script", "a script of this host", "this site")
# Which of these arguments an action has depends on its kind; all of them say what was touched.
_ELEMENT = (
    *("Element ID", "Element Name", "Element tags", "Element Tag"),
    *("Inserted Element Tag", "Removed Element Tag", "Storage Key"),
)
_RISKS = ("informative", "low", "medium", "high", "critical")


class Human:
    """Reads the incidents, and keeps those that name the observable."""

    data_types: tuple[str, ...] = ("url", "domain")

    def __init__(self, configuration: Configuration, deadline: Deadline) -> None:
        self._scope = Scope(
            _required(configuration, "app_ids", "PX12345678"),
            _required(configuration, "tlds", "shop.example"),
            configuration.number("days", 30, least=1, most=366),
        )
        self._client = HumanClient(
            configuration.url("api_url", API_URL),
            {"Authorization": f"Bearer {configuration.key('token')}"},
            deadline,
            configuration.secrets,
        )

    def look_up(self, data_type: str, data: object) -> Report:
        """HUMAN's incidents on an observable; raises `Failure`."""
        asked = domain_name(data) if data_type == "domain" else web_address(data)
        found: list[dict[str, Any]] = []
        read, more = 0, False
        for page in self._client.incidents(INCIDENTS, self._scope):
            read, more = read + len(page.incidents), page.more
            found += [row for incident in page.incidents if (row := _row(incident, asked, data_type))]
        found.sort(key=lambda row: text(row["last_seen"]) or "", reverse=True)
        found.sort(key=lambda row: MATCHES.index(row["match"]))
        return _report(asked, found, self._scope, read, more)


def _required(configuration: Configuration, name: str, example: str) -> tuple[str, ...]:
    found = configuration.texts(name, ())
    if not found:
        raise Failure(
            f"The configuration item {name} is empty: enter what HUMAN's console has, as {example}."
        )
    return found


def _row(incident: dict[str, Any], asked: str, data_type: str) -> dict[str, Any] | None:
    """An incident as the report shows it; None where it is about something else."""
    script = mapping(incident.get("script"))
    url = text(script.get("id"), 4096) or text(incident.get("initiator"), 4096)
    site = text(incident.get("host_domain"), 300) or text(script.get("host_domain"), 300)
    match = _match(url, site, asked, data_type)
    if match is None:
        return None
    risk = mapping(script.get("risk"))
    return {
        "risk": text(incident.get("risk_level"), 60) or text(risk.get("level"), 60),
        "reason": text(risk.get("reason")) or text(incident.get("details")) or text(incident.get("incident")),
        "category": text(incident.get("category")) or text(incident.get("incident")),
        "first_seen": text(incident.get("first_seen"), 40),
        "last_seen": text(incident.get("last_seen"), 40),
        "pages": texts(incident.get("page_types")) or texts(script.get("page_types")),
        "users_affected_percentage": number(script.get("users_affected_percentage")),
        "vendor": text(script.get("vendor")),
        "acknowledged": script.get("ack") is True or bool(text(incident.get("ack_updated_at"))),
        "actions": [_action(each) for each in rows(incident.get("actions"))[:MOST_ACTIONS]],
        "url": url,
        "site": site,
        "match": match,
    }


def _match(url: str | None, site: str | None, asked: str, data_type: str) -> str | None:
    """How sure it is that an incident is about the observable."""
    host = _host(url or "")
    if data_type == "url":
        if url and bare(url) == bare(asked):
            return MATCHES[0]
        return MATCHES[1] if host and host == _host(asked) else None
    if host == asked:
        return MATCHES[1]
    here = (site or "").lower().removesuffix(".")
    return MATCHES[2] if here == asked or (asked.endswith(f".{here}") and here) else None


def _host(url: str) -> str | None:
    try:
        return (urlsplit(f"https://{bare(url)}").hostname or "").removesuffix(".") or None
    except ValueError:
        return None


def _action(action: dict[str, Any]) -> dict[str, Any]:
    given = mapping(action.get("action_args"))
    touched = [f"{name}: {said}" for name in _ELEMENT if (said := text(given.get(name)))]
    return {
        "type": text(action.get("type"), 60),
        "subtype": text(action.get("subtype"), 60),
        "element": ", ".join(touched) or None,
        "target_host": text(given.get("Target URL Host"), 300),
        "last_seen": text(action.get("last_seen"), 40),
    }


def _report(asked: str, found: list[dict[str, Any]], scope: Scope, read: int, more: bool) -> Report:
    return Report(
        SERVICE,
        (Finding("info", _label(found)),),
        _summary(found, scope, read, more),
        asked,
        (safe_link("HUMAN's console", f"https://{SITE}/", SITE),),
        _artifacts(found),
        details={"incidents": found[:MOST_INCIDENTS]},
    )


def _label(found: list[dict[str, Any]]) -> str:
    if not found:
        return "no incident"
    many = "1 incident" if len(found) == 1 else f"{len(found)} incidents"
    return f"{many}, worst {worst}" if (worst := _worst(found)) else many


def _worst(found: list[dict[str, Any]]) -> str | None:
    risks = [row["risk"] for row in found if row["risk"]]
    known = [risk for risk in risks if risk.lower() in _RISKS]
    return max(known, key=lambda risk: _RISKS.index(risk.lower()), default=risks[0] if risks else None)


def _summary(found: list[dict[str, Any]], scope: Scope, read: int, more: bool) -> str:
    cut = "; HUMAN has more, which were not read: lower days, or name fewer tlds" if more else ""
    if not found:
        return (
            f"HUMAN has no incident of the last {scope.days:g} days on this among the {read} of "
            f"{', '.join(scope.sites[:5])}{cut}."
        )
    matches = Counter(row["match"] for row in found)
    parts = [f"{matches[kind]} on {kind}" for kind in MATCHES if matches[kind]]
    hosts = list(_hosts(found))
    sent = f"; data went to {', '.join(hosts[:3])}{' and others' if len(hosts) > 3 else ''}" if hosts else ""
    seen = [row["users_affected_percentage"] for row in found if row["users_affected_percentage"] is not None]
    users = f"; up to {max(seen):g} % of visitors met it" if seen else ""
    return f"HUMAN has {_label(found)}: {', '.join(parts)}{sent}{users}{cut}."


def _hosts(found: list[dict[str, Any]]) -> dict[str, str]:
    """The hosts that data went to and the kind of their observable; the sites' own are left out."""
    sites = {(row["site"] or "").lower() for row in found}
    hosts: dict[str, str] = {}
    for row in found:
        for action in row["actions"]:
            try:
                kind, name = named_host(action["target_host"])
            except Failure:
                continue
            if name not in sites:
                hosts[name] = kind
    return hosts


def _artifacts(found: list[dict[str, Any]]) -> tuple[dict[str, str], ...]:
    return tuple(
        {"dataType": kind, "data": name, "message": "HUMAN: the script sent data to this host"}
        for name, kind in list(_hosts(found).items())[:MOST_HOSTS]
    )
