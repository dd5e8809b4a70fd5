"""Hosts: what each source says of vendors' hosts and of listed ones, false alarms, and what a start costs.

No registry is asked: of the age it is counted how many of the domains have one to be asked, by IANA's file.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from row import Row

from hosts import bootstrap, lists, lookalike
from hosts.names import HostName, host_name
from hosts.vendors import Vendors
from neuron import shared_hosts
from simulators.cortex.workers import REPOSITORY
from simulators.jobs import ProcessRunner, enable, load
from simulators.registries import Registries, record

ROUNDS = 9
SAMPLE = 7  # every seventh listed host
LISTED = "https://cdn.magento-cdn.top/a.js"


def run() -> Iterator[Row]:
    """The rows of the report."""
    shipped, vendors = lists.shipped_list(), Vendors()
    names = sorted({name for name, _ in vendors.names()})
    theirs = [host_name(name) for name in names]
    keys = [line.split(b"\t")[0].decode() for line in shipped.table.splitlines()[1:]]
    listed = [host_name(key) for key in keys if not key.startswith("R") and "/" not in key][::SAMPLE]
    for what, hosts in ((f"{len(theirs)} hosts of vendors", theirs), (f"{len(listed)} listed hosts", listed)):
        yield Row(f"{what}: the sources that say something", _said(hosts, vendors, shipped))
    alarms = sum(shipped.of(host) is not None for host in theirs)
    yield Row("vendors' hosts that are called malicious", f"{alarms} of {len(theirs)}")
    few = listed[::SAMPLE]
    imitations = _share(lookalike.told(host, vendors.names()) is not None for host in few)
    yield Row("listed hosts that a look-alike rule would find", imitations, limit="explained, never a level")
    yield from _start()


def _said(hosts: list[HostName], vendors: Vendors, shipped: lists.HostList) -> str:
    """How often each source has a word."""
    registries = bootstrap.shipped_copy()
    asked = _share(
        host.registrable is not None and registries.base(host.registrable) is not None for host in hosts
    )
    vendor = _share(vendors.of(host.name) is not None for host in hosts)
    known = _share(shipped.of(host) is not None for host in hosts)
    shared = _share(shared_hosts.reason(host.name) is not None for host in hosts)
    return f"age (a registry can be asked) {asked}, vendor {vendor}, list {known}, shared {shared}"


def _share(found: Iterator[bool]) -> str:
    every = list(found)
    return f"{100 * sum(every) / len(every):.1f} %"


def _start() -> Iterator[Row]:
    with Registries() as service, tempfile.TemporaryDirectory() as folder:
        service.domains["magento-cdn.top"] = record("magento-cdn.top", age_days=3000)
        runner = ProcessRunner(Path(folder))
        definition = load(REPOSITORY / "analyzers/CodeDefender/CodeDefender_Host.json")
        worker = enable(definition, {"rdap_bootstrap_url": service.bootstrap_url}) | {"refresh_url": None}

        def ours() -> None:
            report = runner.run(definition, worker, {"data": LISTED, "dataType": "url"}).job["report"]
            assert report["full"]["verdict"] == "malicious"

        ours()
        pairs = [(_processor(ours), _processor(_bare)) for _ in range(ROUNDS)]
    our_time, bare_time = (statistics.median(times) for times in zip(*pairs, strict=True))
    yield Row(
        f"one verdict on a listed host, processor time, start included, median of {ROUNDS} pairs",
        f"analyzer {our_time * 1000:.0f} ms",
        f"a process that only loads cortexutils and requests {bare_time * 1000:.0f} ms",
        bare_time / our_time,
        f"lists, vendors and registries add {(our_time - bare_time) * 1000:.0f} ms",
    )


def _processor(work: Callable[[], None]) -> float:
    """Seconds of a processor that the processes of some work take, however busy the machine is."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _bare() -> None:
    subprocess.run([sys.executable, "-c", "import cortexutils.analyzer, requests"], check=True)
