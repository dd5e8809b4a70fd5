"""A whole set-up on loopback: Slack, TheHive with Cortex behind it, and the services that analyzers ask.

Everything but the far ends is real: the analyzers and the responder run as processes, as Cortex runs them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from simulators.cortex.workers import Job, Workers
from simulators.outside import Outside
from simulators.thehive import TheHive

ANALYZERS = (
    "CodeDefender_VirusTotal_1_0",
    "CodeDefender_Snyk_1_0",
    "CodeDefender_OSV_1_0",
    "CodeDefender_HybridAnalysis_1_0",
)
HOST = "CodeDefender_Host_1_0"
CONTENT = "CodeDefender_Content_1_0"
RESPONDER = "CodeDefender_Triage_1_0"


class Lab(Outside):
    """Start with `with`.

    Args:
        version: of TheHive.
        analyzers: those that are enabled.
        triage: more configuration items of the responder.
    """

    def __init__(self, version: str = "5.7.3", analyzers: tuple[str, ...] = ANALYZERS, **triage: Any) -> None:
        super().__init__()
        self.hive = TheHive(version)
        self.workers = self.hive.cortex = Workers()
        configurations: dict[str, dict[str, Any]] = {
            ANALYZERS[0]: {"key": self.virustotal.key, "api_url": self.virustotal.url},
            ANALYZERS[1]: {
                "key": self.snyk.token,
                "org_id": self.snyk.organisation,
                "api_url": self.snyk.url,
            },
            ANALYZERS[2]: {"api_url": self.osv.url},
            ANALYZERS[3]: {"key": self.hybrid.key, "api_url": self.hybrid.url},
            HOST: {
                "rdap_bootstrap_url": self.registries.bootstrap_url,
                "refresh_url": self.registries.list_url,
            },
            CONTENT: self.content_items,
        }
        for name in analyzers:
            self.workers.enable(name, **configurations[name])
        self.workers.enable(RESPONDER, thehive_url=self.hive.root, thehive_key=self.hive.key, **triage)
        self._stack = ExitStack()

    @property
    def secrets(self) -> list[str]:
        """Every key in use."""
        return [
            self.slack.token,
            self.hive.key,
            self.virustotal.key,
            self.snyk.token,
            self.hybrid.key,
            self.urlscan.key,
        ]

    def answer(self, analyzer: str, level: Callable[[str], str | None]) -> None:
        """Have an analyzer answer at once: the level for an observable's data, None to fail."""

        def stand_in(request: dict[str, Any]) -> Job:
            found = level(request["data"])
            if found is None:
                return {"errorMessage": "quota", "report": {"errorMessage": "quota"}, "status": "Failure"}
            taxonomy = {"level": found, "namespace": "CodeDefender", "predicate": "x", "value": "1"}
            report = {
                "success": True,
                "summary": {"taxonomies": [taxonomy]},
                "full": {"verdict": found},
                "artifacts": [],
            }
            return {"report": report, "status": "Success"}

        self.workers.stand_ins[analyzer] = stand_in

    def __enter__(self) -> Lab:
        for server in (self.hive, *self.servers()):
            self._stack.enter_context(server)
        self._stack.callback(self.workers.close)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
