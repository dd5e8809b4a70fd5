"""Analyzers: one verdict, process start included, beside a program on vt-py that makes the official calls."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from row import Row, seconds

from simulators.cortex.workers import REPOSITORY
from simulators.jobs import ProcessRunner, enable, load
from simulators.virustotal import VirusTotal, attributes

ROUNDS = 7
URL = "https://cdn.example.net/a.js"
CONTENT = "c0" * 32
PROGRAM = Path(__file__).parent / "vtpy_program.py"


def run() -> Iterator[Row]:
    """The rows of the report."""
    with VirusTotal() as service, tempfile.TemporaryDirectory() as folder:
        service.urls[URL] = attributes(content=CONTENT)
        service.files[CONTENT] = attributes(malicious=9)
        runner = ProcessRunner(Path(folder))
        definition = load(REPOSITORY / "analyzers/CodeDefender/CodeDefender_VirusTotal.json")
        worker = enable(definition, {"key": service.key, "api_url": service.url})

        def ours() -> None:
            report = runner.run(definition, worker, {"data": URL, "dataType": "url"}).job["report"]
            assert report["full"]["verdict"] == "malicious"

        def theirs() -> None:
            subprocess.run(
                [sys.executable, str(PROGRAM), service.url, service.key, URL],
                check=True,
                capture_output=True,
            )

        our_requests, their_requests = _requests(service, ours), _requests(service, theirs)
        pairs = [(seconds(ours), seconds(theirs)) for _ in range(ROUNDS)]
    our_time, their_time = (statistics.median(times) for times in zip(*pairs, strict=True))
    yield Row(
        f"one verdict on a known URL, process start included, median of {ROUNDS} pairs",
        f"analyzer {our_time * 1000:.0f} ms",
        f"vt-py {their_time * 1000:.0f} ms",
        statistics.median(theirs / ours for ours, theirs in pairs),
        f"a Python process that does nothing, {_bare_process() * 1000:.0f} ms",
    )
    yield Row(
        "requests for it",
        f"analyzer {our_requests} (URL and the content it served)",
        f"vt-py {their_requests} (URL and relations, the content is not looked at)",
        their_requests / our_requests,
        "1 for the URL; the free quota is 4 a minute",
    )


def _bare_process() -> float:
    return statistics.median(
        seconds(lambda: subprocess.run([sys.executable, "-c", ""], check=True)) for _ in range(ROUNDS)
    )


def _requests(service: VirusTotal, work: Callable[[], None]) -> int:
    service.calls.clear()
    work()
    return service.calls.total()
