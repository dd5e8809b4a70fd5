"""Which analyzers and responders are enabled, and how: one table.

A new one is one row of ROWS. The settings that its row names are read by themselves, from the environment
or from files; what is emptied later goes back to the definition's default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# How long Cortex answers the same question from its cache, in hours. What is said of a script changes by
# the hour while it is new: the next alert about it asks again, and one that raises alerts all day costs six
# look-ups, 18 of the 500 requests a day that VirusTotal gives away. A package's flaws change by the day.
SCRIPT_HOURS, PACKAGE_HOURS = 4, 24


@dataclass(frozen=True)
class Item:
    """A configuration item, and the setting that fills it.

    Attributes:
        name: the item's, in the definition.
        setting: environment variable, or file in the folder of keys.
        needed: without it the analyzer is not enabled.
        secret: a key, which is never printed.
        several: a comma list, for an item with `multi`.
        off: the word `off` leaves the item empty, where the definition's default would fill it.
    """

    name: str
    setting: str
    needed: bool = False
    secret: bool = False
    several: bool = False
    off: bool = False

    def value(self, given: Mapping[str, str]) -> str | list[str] | None:
        """What the settings say; None where they say nothing."""
        text = given.get(self.setting)
        if self.is_off(text):
            return ""
        if text is None or not self.several:
            return text
        return [part.strip() for part in text.split(",") if part.strip()]

    def is_off(self, text: str | None) -> bool:
        """Whether a setting asks for no value, not even the default."""
        return self.off and text is not None and text.lower() == "off"


@dataclass(frozen=True)
class Quota:
    """Jobs a day: what a key may ask in a day, by the requests that one job makes at most.

    Attributes:
        requests: a day, where no setting says otherwise.
        each: requests of one job.
        setting: the variable that says otherwise.
    """

    requests: int
    each: int = 1
    setting: str | None = None

    def jobs(self, given: Mapping[str, str]) -> int:
        """Jobs a day."""
        return max(int(given.get(self.setting or "", self.requests)) // self.each, 1)


@dataclass(frozen=True)
class Row:
    """An analyzer or a responder that can be enabled.

    Attributes:
        id: of its definition; also the name that it is enabled under.
        items: what the settings fill.
        kind: analyzer or responder.
        quota: jobs a day; None for as many as are asked for.
        scan: the word in ENABLE_SCANS that asks for it; None for one that submits nothing.
        most: the highest TLP and PAP that it takes.
        minutes: after which Cortex stops a job.
        hours: for which its answers are kept.
    """

    id: str
    items: tuple[Item, ...] = ()
    kind: str = "analyzer"
    quota: Quota | None = None
    scan: str | None = None
    most: int = 2
    minutes: int = 10
    hours: int = SCRIPT_HOURS

    def missing(self, given: Mapping[str, str], scans: frozenset[str]) -> str | None:
        """Why it is not enabled, in words; None where it is."""
        absent = [item.setting for item in self.items if item.needed and item.setting not in given]
        if absent:
            return f"{' and '.join(absent)} {'is' if len(absent) == 1 else 'are'} not set"
        if self.scan is not None and self.scan not in scans:
            return f"ENABLE_SCANS does not name {self.scan}"
        return None

    def neuron(self, given: Mapping[str, str]) -> Neuron:
        """As it is to be enabled."""
        extracting = {"auto_extract_artifacts": False} if self.kind == "analyzer" else {}
        limits = {"check_tlp": True, "max_tlp": self.most, "check_pap": True, "max_pap": self.most}
        return Neuron(
            self.kind,
            self.id,
            {**{item.name: item.value(given) for item in self.items}, **extracting, **limits},
            self.quota.jobs(given) if self.quota else None,
            self.minutes,
            self.hours,
        )


@dataclass(frozen=True)
class Neuron:
    """An analyzer or a responder as it is to be enabled.

    Attributes:
        kind: analyzer or responder.
        id: of its definition; also the name that it is enabled under.
        configuration: its items; None for the default, that of the base configuration or the definition.
        rate: jobs a day; None for as many as are asked for.
        minutes: after which Cortex stops a job.
        hours: for which an analyzer's answers are kept.
    """

    kind: str
    id: str
    configuration: dict[str, Any] = field(default_factory=dict)
    rate: int | None = None
    minutes: int = 10
    hours: int = SCRIPT_HOURS

    @property
    def limits(self) -> dict[str, Any]:
        """What is set beside the configuration (Cortex 4.1: a job's time-out is the one here)."""
        cached = {"jobCache": self.hours * 60} if self.kind == "analyzer" else {}
        rated = {"rate": self.rate, "rateUnit": "Day"} if self.rate else {}
        return {**cached, **rated, "jobTimeout": self.minutes}


_VIRUSTOTAL = (
    Item("key", "VIRUSTOTAL_KEY", needed=True, secret=True),
    Item("api_url", "VIRUSTOTAL_API_URL"),
)
_HYBRID = (
    Item("key", "HYBRIDANALYSIS_KEY", needed=True, secret=True),
    Item("api_url", "HYBRIDANALYSIS_API_URL"),
)
_VIRUSTOTAL_DAILY = "VIRUSTOTAL_REQUESTS_A_DAY"

_HUMAN = (
    Item("token", "HUMAN_TOKEN", needed=True, secret=True),
    Item("app_ids", "HUMAN_APP_IDS", needed=True, several=True),
    Item("tlds", "HUMAN_TLDS", needed=True, several=True),
)

ROWS = (
    Row(
        "CodeDefender_Host_1_0",
        (
            Item("rdap_bootstrap_url", "RDAP_BOOTSTRAP_URL"),
            Item("lists", "SKIMMER_LISTS", several=True),
            Item("refresh_url", "SKIMMER_LIST_URL", off=True),
        ),
    ),
    Row("CodeDefender_OSV_1_0", (Item("api_url", "OSV_API_URL"),), hours=PACKAGE_HOURS),
    Row(
        "CodeDefender_Content_1_0",
        (
            Item("urlscan_key", "URLSCAN_KEY", secret=True),
            Item("urlscan_url", "URLSCAN_API_URL"),
            # Not the key of VirusTotal's reports: that of most plans may not download, and pays for each try.
            Item("virustotal_key", "VIRUSTOTAL_DOWNLOAD_KEY", secret=True),
            Item("virustotal_url", "VIRUSTOTAL_API_URL"),
            Item("jsdelivr_url", "JSDELIVR_API_URL"),
            Item("npm_url", "NPM_URL"),
            Item("osv_url", "OSV_API_URL"),
            Item("wayback_url", "WAYBACK_API_URL"),
        ),
    ),
    Row("CodeDefender_VirusTotal_1_0", _VIRUSTOTAL, quota=Quota(500, 2, _VIRUSTOTAL_DAILY)),
    Row(
        "CodeDefender_VirusTotal_Scan_1_0",
        _VIRUSTOTAL,
        quota=Quota(500, 8, _VIRUSTOTAL_DAILY),
        scan="virustotal",
        most=1,
    ),
    # A look-up asks for the hash, the report, and what other samples did.
    Row("CodeDefender_HybridAnalysis_1_0", _HYBRID, quota=Quota(3000, 3)),
    Row("CodeDefender_HybridAnalysis_Scan_1_0", _HYBRID, quota=Quota(100), scan="hybridanalysis", most=1),
    Row(
        "CodeDefender_Snyk_1_0",
        (
            Item("key", "SNYK_TOKEN", needed=True, secret=True),
            Item("org_id", "SNYK_ORG_ID", needed=True),
            Item("api_url", "SNYK_API_URL"),
        ),
        hours=PACKAGE_HOURS,
    ),
    Row("CodeDefender_HUMAN_1_0", (*_HUMAN, Item("api_url", "HUMAN_API_URL"))),
    # It says what it would do until an administrator turns its item `dry_run` off, in Cortex.
    Row(
        "CodeDefender_Deny_1_0",
        (*_HUMAN, Item("api_url", "HUMAN_DENY_API_URL")),
        kind="responder",
        minutes=5,
    ),
)


def triage(thehive_url: str, thehive_key: str, organisation: str, case_template: str) -> Neuron:
    """The triage responder, with a TheHive key of its own, which no setting holds."""
    configuration = {
        "thehive_url": thehive_url,
        "thehive_key": thehive_key,
        "thehive_organisation": organisation,
        "case_template": case_template,
        "check_tlp": False,
        "max_tlp": 3,
        "check_pap": False,
        "max_pap": 3,
    }
    return Neuron("responder", "CodeDefender_Triage_1_0", configuration, minutes=5)
