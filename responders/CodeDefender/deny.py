#!/usr/bin/env python3
"""The Cortex responder CodeDefender_Deny: a script's incidents go on HUMAN's deny list. A person starts it.

Cortex runs `deny.py <job directory>`. With `dry_run`, the default, it says what it would do. Whatever
happens, a whole answer is written, and it says whether anything was denied.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from neuron.packages import told

try:
    from cortexutils.responder import Responder

    from denying.human import API_URL, Human, Unsure
    from denying.plan import Incident, Plan, comment, entries, plan, read_incident
except ImportError as missing:
    sys.exit(told(missing))

from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from neuron.job import Job
from neuron.reading import mapping, text, texts

SCRIPT_TAG = "code-defender:script"
RUN_SECONDS = 120.0
NOTHING = "nothing was denied"
DONE = "what was to be denied is denied"
UNKNOWN = "whether anything was denied is not known: look at HUMAN's deny list"


class CodeDefenderDeny(Job, Responder):  # type: ignore[misc]  # cortexutils has no types
    """One run of the responder.

    denied: a clause on what has been denied so far; every fault ends with it, whoever ends the run.
    """

    kind = "responder"
    denied = NOTHING

    def seconds(self, configuration: Configuration) -> float:
        """A run is a few requests to HUMAN."""
        return RUN_SECONDS

    def work(self, configuration: Configuration, deadline: Deadline) -> dict[str, Any]:
        """Deny what the observable names; raises Failure."""
        parameters = mapping(self.get_param("parameters", {}))
        by = text(parameters.get("user"), 200) or "a user of TheHive"
        full = deny(configuration, deadline, str(self.data_type), self.get_data(), by, self._note)
        return {"full": full, "operations": []}

    def _note(self, denied: str) -> None:
        self.denied = denied

    def _answer(self, answer: dict[str, Any]) -> None:
        if not answer["success"]:
            answer = {**answer, "errorMessage": f"{answer['errorMessage'].rstrip('.')}; {self.denied}."}
        super()._answer(answer)


def deny(
    configuration: Configuration,
    deadline: Deadline,
    data_type: str,
    data: object,
    by: str,
    note: Callable[[str], None],
) -> dict[str, Any]:
    """Deny a script's incidents, or say what that would do; the report.

    Args:
        configuration: the responder's.
        deadline: of the whole run.
        data_type: what TheHive handed over.
        data: the observable.
        by: who started the responder.
        note: told a clause on what has been denied, whenever that is another than before.

    Raises:
        Failure: says why; what has been denied by then was noted.
    """
    url, case = _script(data_type, data)
    app_ids = _required(configuration, "app_ids", "PX12345678")
    sites = _required(configuration, "tlds", "shop.example")
    human = Human(configuration.url("api_url", API_URL), configuration.key("token"), deadline)
    incidents, more = human.incidents(app_ids, sites)
    found = [each for row in incidents if (each := read_incident(row))]
    what = plan(url, found, _denied(human, url, found))
    dry = configuration.flag("dry_run", default=True)
    if what.deny and not dry:
        _carry_out(human, url, found, what, comment(what.deny, case), by, note)
    return {
        "message": _message(what, dry, by, len(incidents) if more else None),
        "script": url,
        "dry_run": dry,
        "denied": [each.as_json() for each in what.deny],
        "already_denied": [each.as_json() for each in what.done],
        "also_touched": [each.as_json() for each in what.touched],
        "by": by,
        "case": case,
    }


def _script(data_type: str, data: object) -> tuple[str, str]:
    """The script's address, and the case that it is in, in words."""
    observable = mapping(data)
    url = text(observable.get("data"), 4096)
    if data_type != "thehive:case_artifact" or observable.get("dataType") != "url" or url is None:
        raise Failure("This responder takes a script's URL: start it from the observable's own menu.")
    if SCRIPT_TAG not in texts(observable.get("tags")):
        raise Failure(f"The observable is no script of Code Defender's: it has no tag {SCRIPT_TAG}.")
    case = mapping(observable.get("case"))
    number = case.get("caseId") or case.get("number")
    return url, f"case #{number}" if isinstance(number, int) else "no case"


def _required(configuration: Configuration, name: str, example: str) -> tuple[str, ...]:
    found = configuration.texts(name, ())
    if not found:
        raise Failure(f"The configuration item {name} is empty: enter it, such as {example}.")
    return found


def _denied(human: Human, url: str, found: list[Incident]) -> list[dict[str, Any]]:
    """The entries of the deny lists of the sites where the script was seen."""
    own = plan(url, found, ()).deny
    places = sorted({(each.app_id, each.site) for each in own if each.app_id and each.site})
    return [entry for app_id, site in places for entry in entries(human.deny_list(app_id, site))]


def _carry_out(
    human: Human,
    url: str,
    found: list[Incident],
    what: Plan,
    why: str,
    by: str,
    note: Callable[[str], None],
) -> None:
    """Deny; where the answer got lost, look."""
    note(UNKNOWN)
    try:
        human.deny([each.id for each in what.deny], why, by)
    except Unsure as lost:
        try:
            left = plan(url, found, _denied(human, url, found)).deny
        except Failure:
            raise lost from None
        if left:
            note(NOTHING)
            raise
    except Failure:
        note(NOTHING)
        raise
    note(DONE)


def _message(what: Plan, dry: bool, by: str, cut: int | None) -> str:
    """One sentence. cut: how many incidents were read, where HUMAN has more; else None."""
    already = f"; {_many(what.done)} of it denied before" if what.done else ""
    touched = f"; that touches {_many(what.touched)} under other addresses" if what.touched else ""
    unread = "" if cut is None else f"; HUMAN has more than the {cut} incidents that were read"
    if not what.deny:
        return f"There is no incident of this script left to deny{already}{unread}: {NOTHING}."
    sites = ", ".join(sorted({each.site for each in what.deny}))
    these = f"{_many(what.deny)} of this script on {sites}"
    if dry:
        return f"Would deny {these}{touched}{already}{unread} (dry_run is on): {NOTHING}."
    return f"Denied {these} for {by}{touched}{already}{unread}."


def _many(incidents: tuple[Incident, ...]) -> str:
    return "1 incident" if len(incidents) == 1 else f"{len(incidents)} incidents"


if __name__ == "__main__":
    CodeDefenderDeny().run()
