"""OSV.dev: the known vulnerabilities of the packages that a script URL names; no key is needed.

Facts: google.github.io/osv.dev, "POST /v1/query"; ossf.github.io/osv-schema, "Open Source Vulnerability
format". An answer without vulnerabilities also means that OSV does not know the package.
Details in the full report: see `vulnerability`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flaws.osv_records import is_whole_package, issues_of
from flaws.vulnerability import MOST_PACKAGES, SEVERITIES, Lookup, ask_each, report
from identification.packages import Package, identify
from lookup.observable import web_address
from lookup.verdict import Report, safe_link
from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from sources.osv import API_URL, OSVClient

SERVICE = "OSV"
SITE = "osv.dev"


class OSV:
    """Asks OSV about every package in a URL."""

    data_types = ("url",)

    def __init__(self, configuration: Configuration, deadline: Deadline) -> None:
        self._least = configuration.choice("min_severity", SEVERITIES, "medium")
        self._client = OSVClient(configuration.url("api_url", API_URL), {}, deadline, configuration.secrets)

    def look_up(self, data_type: str, data: object) -> Report:
        """The report on a script URL; raises `Failure`."""
        url = web_address(data)
        packages = identify(url)
        lookups = ask_each(packages[:MOST_PACKAGES], self._lookup, self._least)
        links = tuple(_link(package) for package in packages[:MOST_PACKAGES] if package.type == "npm")
        return report(SERVICE, url, lookups, self._least, links, len(packages) - len(lookups))

    def _lookup(self, package: Package) -> Lookup:
        records: list[dict[str, Any]] = []
        trouble = None
        try:
            for page in self._client.pages(package.purl):
                records += page
        except Failure as failure:
            if not records:
                raise
            trouble = failure
        if package.version is not None:
            return Lookup(package, issues_of(records, package.name, package.version), trouble=trouble)
        # Without a version only malware of every version is certain.
        malware = [record for record in records if is_whole_package(record, package.name)]
        others = len(issues_of(records, package.name, None)) - len(issues_of(malware, package.name, None))
        note = f"the URL names no version, so it can not be said which of {others} known issues apply"
        return Lookup(package, issues_of(malware, package.name, None), note if others else None, trouble)


def _link(package: Package) -> dict[str, str]:
    address = f"https://{SITE}/list?q={quote(package.name, safe='')}&ecosystem=npm"
    return safe_link(f"OSV: {package.name}", address, SITE)
