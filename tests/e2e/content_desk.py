"""The analyzer CodeDefender_Content as Cortex runs it, against all that it asks."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from analyzer_desk import FOLDER, Desk
from lookup.verdict import Report
from neuron.configuration import Configuration
from neuron.deadline import Deadline
from services.content import Content
from simulators.jobs import Run, enable, load
from simulators.jsdelivr import JsDelivr
from simulators.npm import Npm
from simulators.osv import OSV
from simulators.server import Simulator
from simulators.urlscan import Scan, Urlscan
from simulators.virustotal import VirusTotal, attributes
from simulators.wayback import Wayback

URL = "https://shop.example.com/js/jquery-3.7.1.min.js"
UNNAMED = "https://tags.example.net/t.js"
LIBRARY = (
    b"/*! jQuery v3.7.1 | (c) OpenJS Foundation and other contributors */\n"
    + b"!function(e,t){"
    + b"".join(b"function f%d(a,b){return a.x%d+b[%d]}" % (n, n, n) for n in range(400))
    + b"}(window);\n"
)
ADDED = b';(function(){window.__shopStatistics={since:1,kind:"visits"};})();'
SKIMMER = (Path(__file__).parents[1] / "demo" / "scripts" / "skimmer.js").read_bytes()
OWN = b"".join(b"var statistics%d=window.page%d||{};" % (n, n) for n in range(300))


class ContentDesk(Desk):
    """Every source is a simulated service; none has anything yet."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.urlscan, self.virustotal, self.wayback = Urlscan(), VirusTotal(), Wayback()
        self.npm, self.jsdelivr, self.osv = Npm(), JsDelivr(), OSV()
        self.services = {
            "urlscan": self.urlscan,
            "virustotal": self.virustotal,
            "wayback": self.wayback,
            "npm": self.npm,
            "jsdelivr": self.jsdelivr,
            "osv": self.osv,
        }
        for service in self.services.values():
            service.start()

    def service(self, analyzer: str) -> Simulator:
        """By its own name."""
        return self.services.get(analyzer, self.urlscan)

    def worker(self, analyzer: str, **items: Any) -> dict[str, Any]:
        """The stored configuration, with a urlscan.io key and no other."""
        needed = {f"{name}_url": service.url for name, service in self.services.items()}
        needed["urlscan_key"] = self.urlscan.key
        spec = load(FOLDER / "CodeDefender_Content.json")
        return enable(spec, needed) | {"wait_seconds": 30} | items

    def _check(self, done: Run, secrets: list[Any]) -> None:
        super()._check(done, [*secrets, self.urlscan.key, self.virustotal.key])

    def asked(self, data: Any = URL, kind: str = "url", **options: Any) -> Run:
        """Run a job."""
        return self.run("Content", data, kind, **options)

    def report(self, data: Any = URL, kind: str = "url", **items: Any) -> Report:
        """The report without a process around it, which is what costs time; raises `Failure`."""
        configuration = Configuration(self.worker("Content", **items))
        return Content(configuration, Deadline(30)).look_up(kind, data)

    def publish(
        self, body: bytes = LIBRARY, name: str = "jquery", version: str = "3.7.1", days_ago: float = 800
    ) -> None:
        """npm has a release with this file, and others."""
        files = {"package.json": b"{}", "dist/jquery.min.js": body, "README.md": b"# " + name.encode()}
        self.npm.publish(name, version, files, days_ago)

    def serve(self, body: bytes, url: str = URL, time: str = "2026-11-21T08:00:00.000Z") -> Scan:
        """urlscan.io has a scan of a shop that loaded the script."""
        return self.urlscan.add(Scan("https://shop.example.com/checkout", time, {url: body}))

    def hold(self, body: bytes, url: str = URL) -> None:
        """VirusTotal has what the URL served."""
        digest = hashlib.sha256(body).hexdigest()
        self.virustotal.urls[url] = attributes(content=digest)
        self.virustotal.bodies[digest] = body
