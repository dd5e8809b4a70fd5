#!/usr/bin/env python3
"""The Cortex responder CodeDefender_Triage: escalate what is flagged, mark for follow-up what is not.

Cortex runs `triage.py <job directory>`. Of what it is handed only the `_id` is trusted: the rest is
read from TheHive. Whatever happens, a whole answer is written.
"""

from __future__ import annotations

import sys
from typing import Any

from neuron.packages import told

try:
    from cortexutils.responder import Responder

    from triaging.account import Account
    from triaging.escalation import Settings, Triage
    from triaging.hive import Hive
    from triaging.incidents import Incidents
    from triaging.policy import Policy
except ImportError as missing:
    sys.exit(told(missing))

from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from neuron.job import Job
from neuron.reading import mapping

KINDS = ("thehive:alert", "thehive:case", "thehive:case_artifact")


RUN_SECONDS = 120.0


class CodeDefenderTriage(Job, Responder):  # type: ignore[misc]  # cortexutils has no types
    """One run of the responder."""

    kind = "responder"

    def seconds(self, configuration: Configuration) -> float:
        """A run is a few requests to TheHive."""
        return RUN_SECONDS

    def work(self, configuration: Configuration, deadline: Deadline) -> dict[str, Any]:
        """Triage what TheHive handed over; raises Failure."""
        account = triage(configuration, deadline, str(self.data_type), self.get_data())
        return {"full": account.as_json(), "operations": []}


def triage(configuration: Configuration, deadline: Deadline, data_type: str, data: object) -> Account:
    """Triage an alert, a case, or the alert or case of an observable; raises Failure.

    Args:
        configuration: the responder's.
        deadline: of the whole run.
        data_type: what TheHive handed over.
        data: the object; only its `_id` is believed.
    """
    name = mapping(data).get("_id")
    if data_type not in KINDS or not isinstance(name, str) or not name:
        raise Failure("This responder takes an alert, a case or an observable: start it from TheHive.")
    settings = settings_of(configuration)
    incidents = Incidents(Hive(configuration, deadline))
    kind = data_type.removeprefix("thehive:")
    if kind == "case_artifact":
        kind, name = incidents.parent_of(name)
    work = Triage(incidents, settings)
    return work.of_alert(name) if kind == "alert" else work.of_case(name)


def settings_of(configuration: Configuration) -> Settings:
    """The configuration items, checked; raises Failure."""
    when_clean = configuration.choice("when_clean", ("follow-up", "close"), "follow-up")
    return Settings(
        policy=Policy(
            malicious_severity=int(configuration.number("malicious_severity", 4, least=1, most=4)),
            suspicious_severity=int(configuration.number("suspicious_severity", 3, least=1, most=4)),
            create_case=configuration.flag("create_case", default=True),
            join_case=configuration.flag("join_case", default=True),
            close_when_clean=when_clean == "close",
        ),
        analyzers=configuration.texts("analyzers", ("CodeDefender_*",)),
        job_minutes=configuration.number("job_minutes", 30, least=1, most=100_000),
        case_template=configuration.text("case_template"),
    )


if __name__ == "__main__":
    CodeDefenderTriage().run()
