"""All that is neither TheHive nor Cortex: Slack, and the services that the analyzers ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulators.human import Human
from simulators.hybridanalysis import HybridAnalysis
from simulators.jsdelivr import JsDelivr
from simulators.npm import Npm
from simulators.osv import OSV
from simulators.registries import Registries
from simulators.server import Simulator
from simulators.slack import Channel, Slack
from simulators.snyk import Snyk
from simulators.urlscan import Urlscan
from simulators.virustotal import VirusTotal
from simulators.wayback import Wayback

CHANNEL = "C0CODEDEF01"
CHANNEL_NAME = "code-defender"


class Outside:
    """The services, not started yet.

    Args:
        first_port: the services' ports follow one another from here; 0 picks free ones.
        options: of every service, such as `host`.
    """

    def __init__(self, first_port: int = 0, **options: Any) -> None:
        def port(number: int) -> int:
            return first_port + number if first_port else 0

        self.slack = Slack(port=port(0), **options)
        self.virustotal = VirusTotal(port=port(1), **options)
        self.snyk = Snyk(port=port(2), **options)
        self.osv = OSV(port=port(3), **options)
        self.hybrid = HybridAnalysis(port=port(4), **options)
        self.registries = Registries(port=port(5), **options)
        self.urlscan = Urlscan(port=port(6), **options)
        self.npm = Npm(port=port(7), **options)
        self.jsdelivr = JsDelivr(port=port(8), **options)
        self.wayback = Wayback(port=port(9), **options)
        self.human = Human(port=port(10), **options)
        self.channel = self.slack.add(Channel(CHANNEL, CHANNEL_NAME))

    def servers(self) -> Iterator[Simulator]:
        """Each service, to be started."""
        yield from (self.slack, self.virustotal, self.snyk, self.osv, self.hybrid, self.registries)
        yield from (self.urlscan, self.npm, self.jsdelivr, self.wayback, self.human)

    @property
    def content_items(self) -> dict[str, str]:
        """Configuration of the analyzer of content: where its sources are, and a key of urlscan.io's."""
        return {
            "urlscan_key": self.urlscan.key,
            "urlscan_url": self.urlscan.url,
            "virustotal_url": self.virustotal.url,
            "jsdelivr_url": self.jsdelivr.url,
            "npm_url": self.npm.url,
            "osv_url": self.osv.url,
            "wayback_url": self.wayback.url,
        }
