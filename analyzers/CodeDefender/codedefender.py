#!/usr/bin/env python3
"""The Cortex analyzers CodeDefender_*: what a service knows of a script (its URL, file, hash, or domain).

Cortex runs `codedefender.py <job directory>`; without a job file the job is read from standard input.
The definition's `config.service` names the service. Whatever happens, a whole answer is written: a
verdict, or one sentence on why there is none.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from neuron.packages import told

try:
    from cortexutils.analyzer import Analyzer
except ImportError as missing:
    sys.exit(told(missing))

from lookup.observable import Attachment
from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from neuron.job import Job
from services import SERVICES
from services.interface import Service

WAIT_SECONDS = 120.0
# Services that answer at once or not at all.
WAIT_SECONDS_OF = {"host": 60.0, "human": 60.0}
LONGEST_WAIT = 86_400.0
# What an empty item means: Cortex writes null, which would switch the checks off.
MOST_SHARED = 2
MOST_SHARED_BY_SCANS = 1


class CodeDefender(Job, Analyzer):  # type: ignore[misc]  # cortexutils has no types
    """One job: its checks, its service, its answer."""

    def get_param(self, name: str, default: Any = None, message: str | None = None) -> Any:
        """A value of the job; the checks of TLP and PAP stay on where the administrator left them empty."""
        if name in {"config.check_tlp", "config.check_pap"}:
            default = True
        elif name in {"config.max_tlp", "config.max_pap"}:
            scans = str(super().get_param("config.service")).endswith("_scan")
            default = MOST_SHARED_BY_SCANS if scans else MOST_SHARED
        return super().get_param(name, default, message)

    def seconds(self, configuration: Configuration) -> float:
        """The item `wait_seconds`."""
        default = WAIT_SECONDS_OF.get(configuration.text("service") or "", WAIT_SECONDS)
        return configuration.number("wait_seconds", default, least=0.1, most=LONGEST_WAIT)

    def work(self, configuration: Configuration, deadline: Deadline) -> dict[str, Any]:
        """Ask the service; raises Failure."""
        module, kind = SERVICES[configuration.choice("service", tuple(SERVICES), "")]
        service: Service = getattr(importlib.import_module(f"services.{module}"), kind)(
            configuration, deadline
        )
        if self.data_type not in service.data_types:
            raise Failure(f"This analyzer looks up {' and '.join(service.data_types)}, not {self.data_type}.")
        report = service.look_up(self.data_type, self._observable())
        return {
            "summary": {"taxonomies": report.taxonomies},
            "artifacts": list(report.artifacts),
            "operations": [],
            "full": report.full,
        }

    def _observable(self) -> object:
        """What is to be looked up: the job's data, or its file."""
        if self.data_type != "file":
            return self.get_data()
        path = self.get_param("file")
        if not isinstance(path, str) or self.job_directory is None:
            raise Failure("The job has no file: start it again.")
        return Attachment(str(self.get_data()), Path(path))


if __name__ == "__main__":
    CodeDefender().run()
