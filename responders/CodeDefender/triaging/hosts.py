"""Which of a case's or an alert's hosts say anything about its script. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from neuron import shared_hosts
from neuron.suffixes import registrable
from triaging.evidence import HOST_TAG, Finding, counted


@dataclass(frozen=True)
class Unbelieved:
    """A host of which nothing that is said counts, and why: a clause."""

    host: str
    why: str


def unbelieved(observables: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Unbelieved]:
    """The script hosts that say nothing about a script, by `Observable.key`.

    What is known of a host that many share is known of nobody in particular, and a name under the customer's
    own registrable domain is the customer's.

    Args:
        observables: all those of the alert or case, as TheHive gives them.
    """
    entities = list(observables)
    own = {_site(data) for data in map(_own_host, entities) if data}
    found = {}
    for observable in filter(None, map(counted, entities)):
        why = None if observable.is_script else _why(observable.data, own)
        if why is not None:
            found[observable.key] = Unbelieved(observable.data, why)
    return found


def believed(
    found: Iterable[Finding], observables: Iterable[Mapping[str, Any]]
) -> tuple[list[Finding], list[Unbelieved]]:
    """The findings that count, and the hosts of scripts of which nothing that was said does.

    Asked about a script, an analyzer may answer about its host: the same that says nothing of a host
    observable says nothing here. What it says of the script's own path counts.

    Args:
        found: what the analyzers say.
        observables: all those of the alert or case, as TheHive gives them.
    """
    own = {_site(data) for data in map(_own_host, observables) if data}
    kept, left_out = [], []
    for finding in found:
        host = _host_of(finding.observable.data) if finding.of_host and finding.observable.is_script else ""
        why = _why(host, own) if host else None
        if why is None:
            kept.append(finding)
        else:
            left_out.append(Unbelieved(host, why))
    return kept, left_out


def _why(host: str, own: set[str]) -> str | None:
    if _site(host) in own:
        return "it is the customer's own"
    return shared_hosts.reason(host)


def _host_of(url: str) -> str:
    """The host of a script's address as a browser finds it, as it is on the wire; "" where there is none."""
    try:
        host = urlsplit(url.strip().replace("\\", "/")).hostname or ""
        return host.encode("idna").decode().lower()
    except ValueError:
        return ""


def _own_host(entity: Mapping[str, Any]) -> str | None:
    tags, data = entity.get("tags"), entity.get("data")
    return data if isinstance(tags, list) and HOST_TAG in tags and isinstance(data, str) else None


def _site(host: str) -> str:
    """The registrable domain of a host; the host itself where it has none (an IP address, a bare name)."""
    name = host.strip().lower().removesuffix(".")
    if name.replace(".", "").isdigit() or ":" in name:
        return name
    return registrable(name) or name
