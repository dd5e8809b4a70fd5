"""Which of a case's or an alert's hosts say anything about its script. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from neuron import shared_hosts
from neuron.suffixes import registrable
from triaging.evidence import HOST_TAG, Observable, counted


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
        why = None if observable.is_script else _why(observable, own)
        if why is not None:
            found[observable.key] = Unbelieved(observable.data, why)
    return found


def _why(observable: Observable, own: set[str]) -> str | None:
    if _site(observable.data) in own:
        return "it is the customer's own"
    return shared_hosts.reason(observable.data)


def _own_host(entity: Mapping[str, Any]) -> str | None:
    tags, data = entity.get("tags"), entity.get("data")
    return data if isinstance(tags, list) and HOST_TAG in tags and isinstance(data, str) else None


def _site(host: str) -> str:
    """The registrable domain of a host; the host itself where it has none (an IP address, a bare name)."""
    name = host.strip().lower().removesuffix(".")
    if name.replace(".", "").isdigit() or ":" in name:
        return name
    return registrable(name) or name
