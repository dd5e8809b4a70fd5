"""The demonstration: from Slack posts to triaged alerts, on simulated services over real HTTP.

The feeder is the real command, the analyzers and the responder run as the processes that Cortex starts.
"""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from rich.console import Console  # noqa: E402  (after the path is set)

from demo import page, playground, story  # noqa: E402
from demo.outcome import (  # noqa: E402
    DEMONSTRATED,
    TABLE_WIDTH,
    Outcome,
    outcomes,
    table_or_cards,
    timeline,
)
from simulators.lab import Lab  # noqa: E402

# What a loaded machine may need.
PATIENCE_SECONDS = 240
# A file or a pager is read in so many columns.
PLAIN_WIDTH = 80
PAGE = ROOT / "out" / "demo.html"
# The list of skimmers' hosts as its maintainers serve it: the analyzers look for a newer one each day.
SKIMMER_LIST = ROOT / "tests" / "data" / "hosts" / "magentocore.txt.gz"

# Wide enough for every line but the table's where the output is no terminal.
console = Console(highlight=False, width=None if sys.stdout.isatty() else TABLE_WIDTH)


def main(serve: bool = False) -> int:
    """Run the story; 0 when it came out as it should. With `serve`, then wait for a stop signal."""
    with (
        Lab(analyzers=DEMONSTRATED) as lab,
        tempfile.TemporaryDirectory(prefix="codedefender2th-demo-") as state,
    ):
        story.teach(lab)
        lab.registries.skimmers = gzip.decompress(SKIMMER_LIST.read_bytes()).decode()
        story.fill(lab)
        environ = settings(lab, state)
        section("1. Are all requirements met?")
        command(environ, "check")
        section("2. What is in the channel becomes alerts")
        command(environ, "feed")
        section("3. `run` keeps at it: a skimmer is found, alerts are analysed and triaged")
        struck = watch(lab, environ)
        section("4. What an analyst finds in TheHive")
        found = outcomes(lab)
        console.print(table_or_cards(found, console.width if console.is_terminal else PLAIN_WIDTH))
        took = list(timeline(lab, struck))
        for line in took:
            console.print(f"{'  ' if line.startswith('+') else ''}{line}")
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page.render(lab, found, took), encoding="utf-8")
        console.print(f"\nThe same as a page: {PAGE}", soft_wrap=True)
        came_out = as_told(found)
        if serve:
            playground.keep_up(lab, console)
        return 0 if came_out else 1


def settings(lab: Lab, state: str) -> dict[str, str]:
    """The environment of the product's commands: nothing in it says that the services are simulated."""
    return {**os.environ, **playground.exports(lab, state), "FEEDER_INTERVAL": "1"}


def section(title: str) -> None:
    """Print a heading."""
    console.print(f"\n[bold]{title}[/bold]")


def command(environ: dict[str, str], name: str) -> None:
    """Run one of the product's commands and let it speak for itself."""
    console.print(f"[dim]$ codedefender2th {name}[/dim]")
    subprocess.run([sys.executable, "-m", "codedefender2th", name], env=environ, check=False)


def watch(lab: Lab, environ: dict[str, str]) -> float:
    """Let `run` work until every alert has its verdict; when the skimmer was posted."""
    console.print("[dim]$ codedefender2th run[/dim]")
    process = subprocess.Popen(
        [sys.executable, "-m", "codedefender2th", "run"], env=environ, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    threading.Thread(target=echo, args=(process.stderr,), daemon=True).start()
    struck = time.time()
    story.strike(lab, f"{struck:.6f}")
    end = time.monotonic() + PATIENCE_SECONDS
    while not all_judged(lab, struck) and time.monotonic() < end and process.poll() is None:
        time.sleep(0.1)
    process.terminate()
    process.wait(60)
    return struck


def echo(lines: IO[str]) -> None:
    """Show what `run` logs."""
    for line in lines:
        console.print("  " + line.rstrip(), markup=False, soft_wrap=True)


def all_judged(lab: Lab, struck: float) -> bool:
    """Whether the skimmer's alert is there and every alert has a verdict."""
    alerts = list(lab.hive.store.alerts.values())
    return max((alert["date"] for alert in alerts), default=0) >= int(struck * 1000) and all(
        any(tag.startswith("code-defender:verdict=") for tag in alert["tags"]) for alert in alerts
    )


def as_told(found: list[Outcome]) -> bool:
    """Whether each script ended as the story has it."""
    verdicts = {outcome.script: outcome.verdict for outcome in found}
    wanted = {
        story.SKIMMER: "malicious",
        story.LISTED: "malicious",
        story.SLIDER: "malicious",
        story.JQUERY: "suspicious",
        story.CLEAN: "clean",
        story.NEW: "unknown",
    }
    wrong = {script for script, verdict in wanted.items() if verdicts.get(script) != verdict}
    for script in wrong:
        console.print(f"[red]{script} ended as {verdicts.get(script)}, not {wanted[script]}.[/red]")
    return not wrong


if __name__ == "__main__":
    sys.exit(main(serve="--serve" in sys.argv[1:]))
