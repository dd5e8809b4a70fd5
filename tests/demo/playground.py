"""After the story: the simulated services stay up on loopback, and a person tries the commands on them."""

from __future__ import annotations

import json
import shlex
import tempfile
from pathlib import Path

from rich.console import Console

from demo.story import BOT
from simulators.lab import Lab
from simulators.messages import incident
from simulators.outside import CHANNEL
from simulators.stopping import stop_signals


def exports(lab: Lab, state: str) -> dict[str, str]:
    """The settings of the product's commands for these services."""
    return {
        "SLACK_BOT_TOKEN": lab.slack.token,
        "SLACK_CHANNEL": CHANNEL,
        "SLACK_API_URL": lab.slack.api_url,
        "THEHIVE_URL": lab.hive.root,
        "THEHIVE_API_KEY": lab.hive.key,
        "FEEDER_STATE_DIR": state,
        "FEEDER_SINCE": "all",
        "FEEDER_INTERVAL": "2",
    }


def post_by_hand(lab: Lab, folder: Path) -> str:
    """A command line that posts an incident into the simulated channel."""
    post = incident("0000000000.000000", script="`https://static.checkout-metrics.example/v2/collect.js`")
    body = {"username": "Code Defender", "attachments": post["attachments"]}
    file = folder / "incident.json"
    file.write_text(json.dumps(body, indent=1), encoding="utf-8")
    hook = f"{lab.slack.url}/services/T0SIMULATED/{BOT}/incident"
    return f"curl -sS -H 'Content-Type: application/json' --data @{shlex.quote(str(file))} {hook}"


def keep_up(lab: Lab, console: Console) -> None:
    """Print what there is, and wait for SIGTERM or SIGINT."""
    wait = stop_signals()
    with tempfile.TemporaryDirectory(prefix="codedefender2th-playground-") as folder:
        lines = ["", "The simulated services stay up until Ctrl-C. In another terminal:", ""]
        lines += [f"export {name}={shlex.quote(value)}" for name, value in exports(lab, folder).items()]
        lines += [
            "",
            "codedefender2th check      # then: feed, investigate, run, report, check --live --yes",
            "",
        ]
        lines += ["An incident by hand (edit the file as you like):", post_by_hand(lab, Path(folder)), ""]
        console.print("\n".join(lines), markup=False, soft_wrap=True)
        wait()
