"""One verdict of CodeDefender_VirusTotal beside a minimal program on vt-py with the official calls.

The official analyzer asks for a URL's report and three of its relations; it never looks at the content
that the URL served. Both are timed from the start of the process to its answer, turn by turn.
"""

from __future__ import annotations

import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from simulators.jobs import ProcessRunner, enable, load
from simulators.virustotal import VirusTotal, attributes

DEFINITION = Path(__file__).parents[2] / "analyzers" / "CodeDefender" / "CodeDefender_VirusTotal.json"
URL = "https://cdn.example.com/lib/a.js"
SHA256 = "ab" * 32
TURNS = 15
SERVER_SECONDS = (0.0, 0.1)
RELATIONS = ("contacted_domains", "contacted_ips", "last_serving_ip_address")
OFFICIAL = """
import json, sys, vt
host, key, url, *relations = sys.argv[1:]
with vt.Client(key, host=host) as client:
    found = client.get_object(f"/urls/{vt.url_id(url)}").to_dict()
    for relation in relations:
        try:
            found[relation] = client.get_json(f"/urls/{vt.url_id(url)}/{relation}")
        except vt.APIError as error:
            found[relation] = error.code
print(json.dumps(found, default=str))
"""


def run() -> Iterator[str]:
    """The rows of the report."""
    if importlib.util.find_spec("vt") is None:
        yield "skipped: vt-py is not installed (the extra `bench` brings it)"
        return
    for latency in SERVER_SECONDS:
        with VirusTotal(latency=latency) as service, tempfile.TemporaryDirectory() as folder:
            service.urls[URL] = attributes(content=SHA256)
            service.files[SHA256] = attributes(malicious=5)
            yield from _compare(service, Path(folder), latency)


def _compare(service: VirusTotal, folder: Path, latency: float) -> Iterator[str]:
    definition = load(DEFINITION)
    worker = enable(definition, {"key": service.key, "api_url": service.url})
    runner = ProcessRunner(folder)

    def ours() -> None:
        done = runner.run(definition, worker, {"data": URL, "dataType": "url"})
        assert done.job["report"]["full"]["verdict"] == "malicious"

    def official() -> None:
        command = [sys.executable, "-c", OFFICIAL, service.url, service.key, URL, *RELATIONS]
        done = subprocess.run(command, capture_output=True, check=True)
        assert set(RELATIONS) <= set(json.loads(done.stdout))

    ours(), official()  # the first of each fills the caches of the disk
    requests = [_requests(service, work) for work in (ours, official)]
    times = [(_seconds(ours), _seconds(official)) for _ in range(TURNS)]
    mine, theirs = (statistics.median(column) for column in zip(*times, strict=True))
    yield (
        f"one verdict, a VirusTotal that takes {latency * 1000:.0f} ms: {mine * 1000:.0f} ms and "
        f"{requests[0]} requests; vt-py with the official calls {theirs * 1000:.0f} ms and "
        f"{requests[1]}; ratio of the times {theirs / mine:.2f}"
    )


def _requests(service: VirusTotal, work: Callable[[], None]) -> int:
    before = len(service.requests)
    work()
    return len(service.requests) - before


def _seconds(work: Callable[[], None]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started
