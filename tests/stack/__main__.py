"""`make test-stack`: a Slack post, its alert, an analyst's job, the verdict, the case, for real.

Brings up the bundled stack (`--thehive4` for the open-source TheHive), or takes a TheHive and a Cortex that
run already, where STACK_THEHIVE_URL and the other variables are set.
"""

from __future__ import annotations

import os
import sys
import time

import requests

from demo.story import SKIMMER
from simulators.messages import incident
from stack import bundled, running
from stack.site import Site
from stack.thehive import ANSWER_SECONDS, Analyst, Entity, Trouble, wait_for

ANALYZER = "CodeDefender_VirusTotal_1_0"
MALICIOUS, CRITICAL = "code-defender:verdict=malicious", 4


def main(arguments: list[str]) -> int:
    """0 where it all worked, or where there is nothing to try it on; 1 with one sentence where it did not."""
    given = [name for name in running.VARIABLES if os.environ.get(name)]
    trouble = None if given else bundled.why_not()
    if trouble:
        print(
            f"Skipped: {trouble}. This needs Docker with Compose, or a TheHive and a Cortex that run already:"
        )
        print(running.HELP)
        return 0
    if given and len(given) < len(running.VARIABLES):
        print(f"Not all of {', '.join(running.VARIABLES)} are set.", file=sys.stderr)
        return 2
    try:
        site = running.running(os.environ) if given else bundled.bundled("--thehive4" in arguments)
        with site as installation:
            story(installation)
    except Trouble as told:
        print(f"FAILED: {told}", file=sys.stderr)
        return 1
    return 0


def story(site: Site) -> None:
    """From the post to the case; raises Trouble."""
    analyst = Analyst(site.thehive_url, site.thehive_key)
    host = f"shop-{int(time.time())}.example.com"
    started = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - started:6.1f} s  {what}", flush=True)

    post = incident("", script=f"`{SKIMMER}`", host=f"<http://{host}|{host}>")
    webhook = f"{site.slack_url}/services/T0SIMULATED/{post.pop('bot_id')}/incident"
    requests.post(webhook, json=post, timeout=ANSWER_SECONDS).raise_for_status()
    say(f"Code Defender posts an incident on {host}")

    def alert_is_there() -> Entity | None:
        site.work()
        return analyst.alert_on(host)

    alert = wait_for("The alert is in TheHive", alert_is_there, 120)
    say(f"alert in TheHive, severity {alert['severity']}: {alert['title']}")
    kind, name = "alert", alert["_id"]
    if analyst.is_4:
        made = analyst.make_case(name)
        kind, name = "case", made["_id"]
        say(f"case #{made['number']}, made by the analyst: TheHive 4.1 analyses observables of cases only")

    job = analyst.run_analyzer(ANALYZER, analyst.script_of(kind, name))
    say(f"analyst starts {ANALYZER} on the script")
    done = wait_for("The job ends", lambda: _ended(analyst.job(job)), 300)
    if done["status"] != "Success":
        raise Trouble(f"The job ended as {done['status']}: {done.get('errorMessage') or done.get('report')}")
    say("job done: Success")

    def judged() -> Entity | None:
        site.work()
        entity = analyst.entity(kind, name)
        return entity if MALICIOUS in entity["tags"] else None

    subject = wait_for("The verdict malicious", judged, 600)
    say(f"triage: {MALICIOUS}, severity {subject['severity']}")
    if subject["severity"] != CRITICAL:
        raise Trouble(f"The severity is {subject['severity']}, not {CRITICAL}.")
    case = subject if kind == "case" else analyst.entity("case", str(subject.get("caseId")))
    if MALICIOUS not in case["tags"] or case["severity"] != CRITICAL:
        raise Trouble(f"Case #{case['number']} does not carry the verdict and the severity.")
    say(f"case #{case['number']}: {case['title']}")


def _ended(job: Entity) -> Entity | None:
    return job if job["status"] not in {"Waiting", "InProgress"} else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
