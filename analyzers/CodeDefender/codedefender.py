#!/usr/bin/env python3
"""The Cortex analyzers CodeDefender_*: what a service knows of a script URL (or a domain).

Cortex runs `codedefender.py <job directory>`; without a job file the job is read from standard input.
The definition's `config.service` names the service. Whatever happens, a whole answer is written: a
verdict, or one sentence on why there is none.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from types import FrameType
from typing import Any, NoReturn, Protocol

try:
    from cortexutils.analyzer import Analyzer
except ImportError:
    sys.exit("The Python package cortexutils is missing: pip install -r requirements.txt.")

from configuration import Configuration
from deadline import Deadline
from failure import Failure
from output import Output
from verdict import Report

# config.service → the module and class that ask it; only the one that is needed is imported.
SERVICES = {
    "virustotal": ("virustotal", "VirusTotal"),
    "virustotal_scan": ("virustotal_scan", "VirusTotalScan"),
    "snyk": ("snyk", "Snyk"),
    "osv": ("osv", "OSV"),
    "hybridanalysis": ("hybridanalysis", "HybridAnalysis"),
    "hybridanalysis_scan": ("hybridanalysis_scan", "HybridAnalysisScan"),
}
WAIT_SECONDS = 120.0
LONGEST_WAIT = 86_400.0
# What an empty item means: Cortex writes null, which would switch the checks off.
MOST_SHARED = 2
MOST_SHARED_BY_SCANS = 1


class Service(Protocol):
    """What every service's class offers."""

    data_types: tuple[str, ...]

    def look_up(self, data_type: str, data: object) -> Report:
        """The report on an observable; raises `Failure`."""


class CodeDefender(Analyzer):  # type: ignore[misc]  # cortexutils has no types
    """One job: its checks, its service, its answer."""

    def __init__(self) -> None:
        self._output = Output()
        self._input: dict[str, Any] = {}
        self.job_directory: str | None = None
        signal.signal(signal.SIGTERM, self._stopped)
        try:
            super().__init__()
        except Exception:
            self.error("The job's input is not what Cortex writes: it can not be read.")

    def get_param(self, name: str, default: Any = None, message: str | None = None) -> Any:
        """A value of the job; the checks of TLP and PAP stay on where the administrator left them empty."""
        if name in {"config.check_tlp", "config.check_pap"}:
            default = True
        elif name in {"config.max_tlp", "config.max_pap"}:
            scans = str(super().get_param("config.service")).endswith("_scan")
            default = MOST_SHARED_BY_SCANS if scans else MOST_SHARED
        return super().get_param(name, default, message)

    def run(self) -> None:
        """Ask the service and write what it says."""
        try:
            report = self._ask()
        except Failure as failure:
            self.error(str(failure))
        except ModuleNotFoundError as error:
            self.error(f"The Python package {error.name} is missing: pip install -r requirements.txt.")
        except Exception as error:
            # Its text and traceback could hold anything, the key too.
            self.error(f"The analyzer met an error of its own ({_place(error)}): please report it.")
        else:
            self._answer(
                {
                    "success": True,
                    "summary": {"taxonomies": report.taxonomies},
                    "artifacts": list(report.artifacts),
                    "operations": [],
                    "full": report.full,
                }
            )

    def _ask(self) -> Report:
        configuration = Configuration(self.get_param("config", {}))
        seconds = configuration.number("wait_seconds", WAIT_SECONDS, least=0.1, most=LONGEST_WAIT)
        deadline = Deadline(seconds)
        late = f"The service did not finish answering within {seconds:g} seconds: try again later."
        deadline.enforce(lambda: self._end(late))
        name = configuration.choice("service", tuple(SERVICES), "")
        module, kind = SERVICES[name]
        service: Service = getattr(importlib.import_module(module), kind)(configuration, deadline)
        if self.data_type not in service.data_types:
            raise Failure(f"This analyzer looks up {' and '.join(service.data_types)}, not {self.data_type}.")
        return service.look_up(self.data_type, self.get_data())

    def error(self, message: str, ensure_ascii: bool = True) -> NoReturn:
        """Answer with a failure and end."""
        self._answer({"success": False, "errorMessage": message})
        sys.exit(1)

    def _answer(self, answer: dict[str, Any]) -> None:
        self._output.write_or_say(answer, self._input, self.job_directory)

    def _end(self, message: str) -> None:
        """Answer with a failure and end at once, from any thread and whatever the others do."""
        self._answer({"success": False, "errorMessage": message})
        sys.stdout.flush()
        os._exit(1)

    def _stopped(self, _signal: int, _frame: FrameType | None) -> None:
        self._end("Cortex stopped the analyzer: its job timeout was reached.")


def _place(error: BaseException) -> str:
    """`KeyError in snyk.py, line 42`."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    name = os.path.basename(trace.tb_frame.f_code.co_filename)  # noqa: PTH119  no Path for a name
    return f"{type(error).__name__} in {name}, line {trace.tb_lineno}"


if __name__ == "__main__":
    CodeDefender().run()
