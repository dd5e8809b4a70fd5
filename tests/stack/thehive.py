"""What an analyst does in TheHive's page, by the same endpoints."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import requests

T = TypeVar("T")
Entity = dict[str, Any]
ANSWER_SECONDS = 30
LOOK_SECONDS = 1


class Trouble(Exception):
    """The test can not go on; one sentence."""


class Analyst:
    """A user of TheHive 5 or 4.1.

    Args:
        url: TheHive's root.
        key: API key of a user who may work on alerts and run analyzers.
    """

    def __init__(self, url: str, key: str) -> None:
        self._root = url.rstrip("/")
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {key}"
        status = requests.get(f"{self._root}/api/status", timeout=ANSWER_SECONDS)
        versions = status.json().get("versions", {}) if status.ok else {}
        self.is_4 = str(versions.get("TheHive", "5")).startswith("4.")
        self._connector = "/api/connector/cortex" if self.is_4 else "/api/v1/connector/cortex"

    def alert_on(self, host: str) -> Entity | None:
        """The newest alert whose title names the host."""
        query = [
            {"_name": "listAlert"},
            {"_name": "sort", "_fields": [{"_createdAt": "desc"}]},
            {"_name": "page", "from": 0, "to": 50},
        ]
        found = self._ask("POST", "/api/v1/query", {"query": query})
        return next((alert for alert in found if host in alert["title"]), None)

    def entity(self, kind: str, name: str) -> Entity:
        """An alert or a case as it is now."""
        found: Entity = self._ask("GET", f"/api/v1/{kind}/{name}")
        return found

    def script_of(self, kind: str, name: str) -> Entity:
        """The script observable of an alert or a case."""
        query = [{"_name": f"get{kind.title()}", "idOrName": name}, {"_name": "observables"}]
        found = self._ask("POST", "/api/v1/query", {"query": query})
        scripts = [each for each in found if "code-defender:script" in each["tags"]]
        if len(scripts) != 1:
            raise Trouble(f"The {kind} has {len(scripts)} script observables, not one.")
        return scripts[0]  # type: ignore[no-any-return]  # what TheHive answers

    def make_case(self, alert: str) -> Entity:
        """A case of an alert."""
        made: Entity = self._ask("POST", f"/api/v1/alert/{alert}/case", {})
        return made

    def run_analyzer(self, name: str, observable: Entity) -> str:
        """Start a job from the observable's menu; its id."""
        offered = self._ask("GET", f"{self._connector}/analyzer/type/{observable['dataType']}")
        analyzer = next((each for each in offered if each["name"] == name), None)
        if analyzer is None:
            raise Trouble(
                f"TheHive offers no analyzer {name}: is it enabled in Cortex, and TheHive connected?"
            )
        body = {
            "analyzerId": analyzer["id"],
            "cortexId": analyzer["cortexIds"][0],
            "artifactId": observable["_id"],
        }
        job = self._ask("POST", f"{self._connector}/job", body)
        return str(job.get("_id") or job["id"])

    def job(self, name: str) -> Entity:
        """A job as it is now."""
        found: Entity = self._ask("GET", f"{self._connector}/job/{name}")
        return found

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._session.request(method, self._root + path, json=body, timeout=ANSWER_SECONDS)
        if not answer.ok:
            raise Trouble(f"TheHive answers {answer.status_code} to {method} {path}: {answer.text[:200]}")
        return answer.json()


def wait_for(what: str, look: Callable[[], T | None], seconds: float) -> T:
    """Look again and again until there is something; Trouble where there is not."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found is not None:
            return found
        time.sleep(LOOK_SECONDS)
    raise Trouble(f"{what}: not within {seconds:.0f} seconds.")
