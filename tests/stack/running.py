"""A TheHive and a Cortex that run already: the services outside are simulated on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import requests

from demo import story
from simulators.outside import CHANNEL, Outside
from stack.site import Site
from stack.thehive import ANSWER_SECONDS, Trouble

VARIABLES = ("STACK_THEHIVE_URL", "STACK_THEHIVE_KEY", "STACK_CORTEX_URL", "STACK_CORTEX_KEY")
HELP = """\
  STACK_THEHIVE_URL, STACK_THEHIVE_KEY  TheHive, and the key of a user with the profile analyst
  STACK_CORTEX_URL, STACK_CORTEX_KEY    Cortex, and the key of an orgadmin of TheHive's organisation;
                                        analyzer.urls and responder.urls hold this checkout's folders
  STACK_HOST                            this machine's address for Cortex (127.0.0.1)
  STACK_THEHIVE_URL_FOR_CORTEX          TheHive's root as Cortex reaches it (the same)"""


@contextmanager
def running(environ: Mapping[str, str]) -> Iterator[Site]:
    """Enable analyzers and responder against the simulated services; take them away afterwards."""
    host = environ.get("STACK_HOST", "127.0.0.1")
    thehive, key, cortex, cortex_key = (environ[name] for name in VARIABLES)
    outside = Outside(host="127.0.0.1" if host == "127.0.0.1" else "0.0.0.0")
    story.teach(outside)
    with ExitStack() as stack:
        for server in outside.servers():
            stack.enter_context(server)
        workers = {
            ("analyzer", "CodeDefender_VirusTotal_1_0"): {
                "key": outside.virustotal.key,
                "api_url": f"http://{host}:{outside.virustotal.port}",
            },
            ("analyzer", "CodeDefender_OSV_1_0"): {"api_url": f"http://{host}:{outside.osv.port}"},
            ("responder", "CodeDefender_Triage_1_0"): {
                "thehive_url": environ.get("STACK_THEHIVE_URL_FOR_CORTEX", thehive),
                "thehive_key": key,
            },
        }
        for (kind, name), configuration in workers.items():
            stack.enter_context(_enabled(cortex, cortex_key, kind, name, configuration))
        state = stack.enter_context(tempfile.TemporaryDirectory(prefix="codedefender2th-stack-"))
        settings = {
            "SLACK_BOT_TOKEN": outside.slack.token,
            "SLACK_CHANNEL": CHANNEL,
            "SLACK_API_URL": f"http://127.0.0.1:{outside.slack.port}/api",
            "THEHIVE_URL": thehive,
            "THEHIVE_API_KEY": key,
            "FEEDER_STATE_DIR": state,
        }
        yield Site(thehive, key, f"http://127.0.0.1:{outside.slack.port}", lambda: _work(settings))


@contextmanager
def _enabled(cortex: str, key: str, kind: str, name: str, configuration: dict[str, Any]) -> Iterator[None]:
    def ask(method: str, path: str, body: Any = None) -> requests.Response:
        return requests.request(
            method,
            f"{cortex.rstrip('/')}/api/{path}",
            json=body,
            headers={"Authorization": f"Bearer {key}"},
            timeout=ANSWER_SECONDS,
        )

    answer = ask("POST", f"organization/{kind}/{name}", {"name": name, "configuration": configuration})
    if answer.status_code == 400 and "ConflictError" in answer.text:
        raise Trouble(f"{name} is enabled in Cortex already: take another organisation, or disable it there.")
    if answer.status_code != 201:
        raise Trouble(f"Cortex answers {answer.status_code} to enabling {name}: {answer.text[:200]}")
    try:
        yield
    finally:
        ask("DELETE", f"{kind}/{answer.json()['id']}")


def _work(settings: dict[str, str]) -> None:
    for command in ("feed", "investigate"):
        subprocess.run(
            [sys.executable, "-m", "codedefender2th", command],
            env={**os.environ, **settings},
            stdout=subprocess.DEVNULL,
            check=True,
            timeout=300,
        )
