"""Which observables of an alert or a case are looked up. Pure.

Scripts, and the hosts that serve them. Not the customer's own site, nor a name beside it under the same
registrable domain (what is known of it says nothing of the script), nor hosts that many share. A registrable
domain is one label below a public suffix (publicsuffix.org, of which the package carries a copy).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from codedefender2th.incident.alert import HOST_TAG, SCRIPT_HOST_TAG, SCRIPT_TAG, TAG
from codedefender2th.playbook import shared_hosts, suffixes
from codedefender2th.thehive.runs import Job

Key = tuple[str, str]

TAGS = [SCRIPT_TAG, SCRIPT_HOST_TAG, HOST_TAG]
HIGHEST = 2  # TLP or PAP that a service may see
LEVELS = ("malicious", "suspicious", "safe", "info")


@dataclass(frozen=True)
class Target:
    """A script, or its host, and what is known of it.

    Attributes:
        is_script: whether it is the script itself.
        reports: the analyzers that have a report on it, each with its worst level (empty without one).
        jobs: of any analyzer.
    """

    id: str
    data_type: str
    data: str
    is_script: bool = True
    reports: Mapping[str, str] = field(default_factory=dict)
    jobs: tuple[Job, ...] = ()

    @property
    def place(self) -> tuple[str, str, str, bool]:
        """What is remembered of it between passes."""
        return self.id, self.data_type, self.data, self.is_script

    @property
    def key(self) -> Key:
        """The same thing in another alert has the same key."""
        return self.data_type, self.data


@dataclass(frozen=True)
class Selection:
    """What of an alert or a case is looked up.

    Attributes:
        targets: the scripts first.
        secret: what is above TLP or PAP 2.
    """

    targets: tuple[Target, ...]
    secret: tuple[str, ...] = ()


def select(observables: Iterable[Mapping[str, object]], tags: Iterable[str], pap: object = None) -> Selection:
    """What is looked up of an alert or a case.

    Args:
        observables: all that have one of TAGS, as TheHive's v1 API gives them.
        tags: of the alert or case; `code-defender:host=…` names the customer's site.
        pap: the same's, for observables that have none: TheHive 4.1 sends the case's to Cortex.
    """
    entities = [each for each in observables if isinstance(each.get("data"), str)]
    sites = {tag.partition("host=")[2].lower() for tag in tags if tag.startswith(f"{TAG}:host=")}
    sites |= {str(each["data"]).lower() for each in entities if HOST_TAG in _tags(each)}
    own = {name for site in sites for name in (site, registrable(site)) if name}
    targets, secret = [], []
    for entity in entities:
        is_script = SCRIPT_TAG in _tags(entity)
        if HOST_TAG in _tags(entity) or not (is_script or SCRIPT_HOST_TAG in _tags(entity)):
            continue
        data = str(entity["data"])
        if not is_script and (registrable(data) in own or data.lower() in own or shared_hosts.reason(data)):
            continue
        if is_too_secret({"pap": pap, **entity}):
            secret.append(data)
            continue
        reports = {name: _level(summary) for name, summary in _mapping(entity.get("reports")).items()}
        targets.append(Target(str(entity["_id"]), str(entity.get("dataType")), data, is_script, reports))
    targets.sort(key=lambda target: not target.is_script)
    return Selection(tuple(targets), tuple(secret))


def is_too_secret(entity: Mapping[str, object]) -> bool:
    """Whether TLP or PAP forbid showing an observable to a service."""
    return any(isinstance(value := entity.get(name), int) and value > HIGHEST for name in ("tlp", "pap"))


def registrable(host: str) -> str | None:
    """The domain that a host belongs to; an address is its own, a public suffix has none."""
    name = host.lower().removesuffix(".")
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return suffixes.registrable(name)


def _tags(entity: Mapping[str, object]) -> list[str]:
    tags = entity.get("tags")
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _level(summary: object) -> str:
    """The worst level of a short report's taxonomies."""
    taxonomies = _mapping(summary).get("taxonomies")
    entries = taxonomies if isinstance(taxonomies, list) else []
    levels = {entry.get("level") for entry in entries if isinstance(entry, dict)}
    return next((level for level in LEVELS if level in levels), "")
