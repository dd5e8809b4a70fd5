"""Which analyzers are enabled, and how: one table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bootstrap.settings import Settings

DAY_MINUTES = 24 * 60
# Requests that one job makes at most: the quota is the service's, the rate is Cortex's.
VIRUSTOTAL_REQUESTS, VIRUSTOTAL_SCAN_REQUESTS = 2, 8
HYBRID_JOBS_A_DAY, HYBRID_SCANS_A_DAY = 1000, 100
RESPONDER = "CodeDefender_Triage_1_0"


@dataclass(frozen=True)
class Neuron:
    """An analyzer or a responder as it is to be enabled.

    Attributes:
        kind: analyzer or responder.
        id: of its definition; also the name that it is enabled under.
        configuration: its items.
        rate: jobs a day; None for as many as are asked for.
        minutes: after which Cortex stops a job.
    """

    kind: str
    id: str
    configuration: dict[str, Any] = field(default_factory=dict)
    rate: int | None = None
    minutes: int = 10

    @property
    def limits(self) -> dict[str, Any]:
        """What is set beside the configuration (Cortex 4.1: a job's time-out is the one here)."""
        cached = {"jobCache": DAY_MINUTES} if self.kind == "analyzer" else {}
        rated = {"rate": self.rate, "rateUnit": "Day"} if self.rate else {}
        return {**cached, **rated, "jobTimeout": self.minutes}


def analyzers(settings: Settings) -> list[Neuron]:
    """The analyzers that the keys allow; those that submit URLs only where they are asked for."""
    found = [_analyzer(settings, "OSV", "osv")]
    if settings.services["virustotal"].key:
        rate = max(settings.virustotal_daily // VIRUSTOTAL_REQUESTS, 1)
        found.append(_analyzer(settings, "VirusTotal", "virustotal", rate))
    if settings.services["virustotal"].key and settings.services["virustotal"].scans:
        rate = max(settings.virustotal_daily // VIRUSTOTAL_SCAN_REQUESTS, 1)
        found.append(_analyzer(settings, "VirusTotal_Scan", "virustotal", rate, most=1))
    if settings.services["hybridanalysis"].key:
        found.append(_analyzer(settings, "HybridAnalysis", "hybridanalysis", HYBRID_JOBS_A_DAY))
    if settings.services["hybridanalysis"].key and settings.services["hybridanalysis"].scans:
        found.append(_analyzer(settings, "HybridAnalysis_Scan", "hybridanalysis", HYBRID_SCANS_A_DAY, most=1))
    if settings.services["snyk"].key:
        found.append(_analyzer(settings, "Snyk", "snyk", org_id=settings.snyk_org))
    return found


def responder(settings: Settings, key: str, case_template: str) -> Neuron:
    """The triage responder, with a TheHive key of its own."""
    configuration = {
        "thehive_url": settings.thehive_url,
        "thehive_key": key,
        "thehive_organisation": settings.organisation,
        "case_template": case_template,
        "check_tlp": False,
        "max_tlp": 3,
        "check_pap": False,
        "max_pap": 3,
    }
    return Neuron("responder", RESPONDER, configuration, minutes=5)


def _analyzer(
    settings: Settings, name: str, service: str, rate: int | None = None, most: int = 2, **items: Any
) -> Neuron:
    """One analyzer; `most` is the highest TLP and PAP that it takes."""
    given = settings.services[service]
    configuration = {
        **({"key": given.key} if given.key else {}),
        **({"api_url": given.api_url} if given.api_url else {}),
        **items,
        "auto_extract_artifacts": False,
        "check_tlp": True,
        "max_tlp": most,
        "check_pap": True,
        "max_pap": most,
    }
    return Neuron("analyzer", f"CodeDefender_{name}_1_0", configuration, rate)
