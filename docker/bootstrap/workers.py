"""Cortex's analyzers and responders: which are enabled, and how.

What the settings fill, they also empty: an item whose setting is gone goes back to the base configuration's
value or the definition's default, and an analyzer whose key is gone is disabled, if it was enabled here.

Cortex itself merges no base configuration into what is enabled by its API, and refuses items that the
definition does not know; so the merging is done here. The configuration is never changed through
`/api/analyzerconfig`, which writes its keys into Cortex's log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from bootstrap.api import Answer, Api, is_entity
from bootstrap.cortex import ORGADMIN, Say
from bootstrap.neurons import Neuron
from codedefender2th.errors import Refusal, Unavailable

Entity = dict[str, Any]
# The items that Cortex adds to every definition's own.
_GLOBAL = ("proxy_http", "proxy_https", "cacerts")


class Workers:
    """What is enabled in the organisation.

    Args:
        api: a session with Cortex.
        key: the organisation's administrator's, asked for at each request.
        say: told of each step and what came of it.
    """

    def __init__(self, api: Api, key: Callable[[], str], say: Say) -> None:
        self._api, self._key, self._say = api, key, say

    def enable(self, neurons: Iterable[Neuron]) -> None:
        """Enable what is wanted; change what is enabled otherwise; raises FeederError."""
        wanted = list(neurons)
        for kind in sorted({neuron.kind for neuron in wanted}):
            ours = [neuron for neuron in wanted if neuron.kind == kind]
            definitions = self._definitions(kind, ours)
            enabled = self._enabled(kind)
            bases: dict[str, Entity] = {}
            for neuron in ours:
                definition = definitions[neuron.id]
                defaults = self._defaults(kind, definition, bases)
                self._settle(neuron, defaults, enabled.get(neuron.id))

    def disable(self, unwanted: Iterable[tuple[str, str, str]]) -> None:
        """Disable what was enabled here and is not wanted any more; raises FeederError.

        Args:
            unwanted: kind, name and the reason in words.
        """
        gone = list(unwanted)
        for kind in sorted({kind for kind, _, _ in gone}):
            enabled = self._enabled(kind)
            for of_kind, name, reason in gone:
                worker = enabled.get(name)
                if of_kind != kind or worker is None:
                    continue
                if worker.get("createdBy") != ORGADMIN:
                    self._say(
                        f"{kind} {name}", f"left as {worker.get('createdBy')} enabled it, though {reason}"
                    )
                    continue
                self._ask("DELETE", f"/api/{kind}/{worker['id']}", expect=(404,))
                self._say(f"{kind} {name}", f"disabled: {reason}")

    def _definitions(self, kind: str, wanted: list[Neuron]) -> dict[str, Entity]:
        """The definitions of what is wanted, by id; Cortex looks for new files once, if one is missing."""
        known = self._known(kind)
        if any(neuron.id not in known for neuron in wanted):
            self._ask("POST", f"/api/{kind}definition/scan", {})
            known = self._known(kind)
        missing = [neuron.id for neuron in wanted if neuron.id not in known]
        if missing:
            raise Refusal(
                f"Cortex does not know {', '.join(missing)}: put this repository's folder {kind}s in its "
                f"{kind}.urls, restart it, and see that its log says nothing against them."
            )
        return known

    def _known(self, kind: str) -> dict[str, Entity]:
        listed = _objects(self._ask("GET", f"/api/{kind}definition").body)
        return {str(definition.get("id")): definition for definition in listed}

    def _enabled(self, kind: str) -> dict[str, Entity]:
        listed = _objects(self._ask("GET", f"/api/{kind}?range=all").body)
        return {worker["name"]: worker for worker in listed if "name" in worker and "id" in worker}

    def _defaults(self, kind: str, definition: Entity, bases: dict[str, Entity]) -> Entity:
        """What each item is where nothing else is set: of the base configuration, else of the definition."""
        items = [item for item in definition.get("configurationItems") or () if isinstance(item, dict)]
        own = {item["name"]: item.get("defaultValue", [] if item.get("multi") else None) for item in items}
        defaults = {**dict.fromkeys(_GLOBAL), **own}
        for name in ("global", str(definition.get("baseConfig"))):
            if name not in bases:
                found = self._ask("GET", f"/api/{kind}config/{name}", expect=(403, 404)).body
                config = found.get("config") if isinstance(found, dict) else None
                bases[name] = config if isinstance(config, dict) else {}
            known = {item: value for item, value in bases[name].items() if item in defaults}
            defaults |= {item: value for item, value in known.items() if value is not None}
        return defaults

    def _settle(self, neuron: Neuron, defaults: Entity, worker: Entity | None) -> None:
        what = f"{neuron.kind} {neuron.id}"
        items = {
            name: defaults.get(name) if value is None else value
            for name, value in neuron.configuration.items()
        }
        if worker is None:
            given = {name: value for name, value in {**defaults, **items}.items() if value is not None}
            body = {"name": neuron.id, "configuration": given, **neuron.limits}
            path = f"/api/organization/{neuron.kind}/{neuron.id}"
            # Said to be there already, it is what an earlier try, whose answer was lost, has enabled.
            made = self._ask("POST", path, body, expect=(400,), accept=is_entity)
            if not made.ok and not made.said("ConflictError"):
                raise Refusal(f"Cortex does not enable {neuron.id}: {_words(made)}.")
            self._say(what, "enabled")
            return
        held = worker.get("configuration")
        configuration = held if isinstance(held, dict) else {}
        kept = {name: configuration.get(name) for name in items}
        if kept == items and neuron.limits.items() <= worker.items():
            self._say(what, "there already")
            return
        # Cortex replaces the configuration whole.
        changed = {"configuration": {**configuration, **items}, **neuron.limits}
        self._ask("PATCH", f"/api/{neuron.kind}/{worker['id']}", changed, accept=is_entity)
        emptied = [
            name
            for name, value in neuron.configuration.items()
            if value is None and kept[name] != items[name]
        ]
        self._say(what, f"changed{', back to the default: ' + ', '.join(emptied) if emptied else ''}")

    def _ask(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        return self._api.ask(method, path, body, auth=self._key(), **options)


def _words(answer: Answer) -> str:
    message = answer.body.get("message") if isinstance(answer.body, dict) else None
    return " ".join(str(message or f"status {answer.status}").split())[:200].rstrip(".")


def _objects(body: Any) -> list[Entity]:
    if not isinstance(body, list):
        raise Unavailable("Cortex's answer is not the list that was asked for.")
    return [entry for entry in body if isinstance(entry, dict)]
