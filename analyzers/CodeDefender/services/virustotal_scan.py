"""VirusTotal (API v3): submits a URL of which there is no fresh report. This makes the URL public.

Facts: docs.virustotal.com, "Scan URL", "Analysis". Each look at a running analysis
costs quota.
Details in the full report: as `virustotal`.
"""

from __future__ import annotations

from dataclasses import replace
from time import time
from urllib.parse import quote

from engines.opinion import read_opinion
from lookup.observable import require_public, web_address
from lookup.verdict import Report
from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from services.virustotal import Entry, VirusTotal, entry_of

TAKEN = "VirusTotal has taken the URL and its report will be ready later: look it up in a few minutes"


class VirusTotalScan(VirusTotal):
    """Looks a URL up, and has it analysed where VirusTotal has no report or an old one."""

    data_types = ("url",)

    def __init__(self, configuration: Configuration, deadline: Deadline) -> None:
        super().__init__(configuration, deadline)
        self._deadline = deadline

    def look_up(self, data_type: str, data: object) -> Report:
        """The report on a URL, a fresh one; raises `Failure`."""
        url = web_address(data)
        require_public(url)
        entry = self.url_entry(url)
        if entry is not None and self._is_fresh(entry):
            report = self.url_report(url, entry)
            return replace(
                report, summary=f"{report.summary[:-1]}; not submitted, since this report is fresh."
            )
        analysis = entry_of(self.client.post_form("/urls", {"url": url})).id
        try:
            self._wait_for(analysis)
            return self.url_report(url, self.url_entry(url))
        except Failure as failure:
            raise Failure(f"{TAKEN} ({str(failure).rstrip('.')}).") from failure

    def _is_fresh(self, entry: Entry) -> bool:
        return read_opinion("URL", entry.attributes, time()).fresh(self.policy)

    def _wait_for(self, analysis: str) -> None:
        for _ in self._deadline.looks() if analysis else ():
            answer = self.client.get(f"/analyses/{quote(analysis, safe='')}")
            if entry_of(answer).attributes.get("status") == "completed":
                return
        raise Failure(f"the analysis did not finish within {self._deadline.seconds:g} seconds")
