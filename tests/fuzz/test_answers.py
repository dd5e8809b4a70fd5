"""Answers of every service with mutations: a report or one clear sentence, nothing else."""

import json
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

import within
from codedefender2th.errors import FeederError
from fuzz.strategies import mutate, seeds
from hosts.keeping import Keeping
from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from program import Program
from services.host import Host
from services.hybridanalysis import HybridAnalysis
from services.osv import OSV
from services.snyk import Snyk
from services.virustotal import VirusTotal
from simulators.hybridanalysis import overview
from simulators.lab import Lab
from simulators.messages import incident, ts_at
from simulators.osv import record
from simulators.registries import record as registered
from simulators.server import Reply, Simulator
from simulators.snyk import issue
from simulators.virustotal import attributes

JQUERY = "https://code.jquery.com/jquery-3.4.1.min.js"
CONTENT = "c0" * 32
# `make fuzz` asks for more.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "6"))
relaxed = settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        lab.virustotal.urls[JQUERY] = attributes(content=CONTENT)
        lab.virustotal.files[CONTENT] = attributes()
        lab.osv.records = [record("GHSA-1", "jquery", ("1.0.0", "3.5.0"), severity="HIGH")]
        lab.registries.domains["jquery.com"] = registered("jquery.com")
        lab.snyk.issues["pkg:npm/jquery@3.4.1"] = [issue("SNYK-JS-JQUERY-1")]
        lab.hybrid.overviews[JQUERY] = overview("no specific threat")
        yield lab


@contextmanager
def answering(server: Simulator, change: Callable[[Any], Any]) -> Iterator[None]:
    """Every answer of a server that has a body is changed."""
    real = server.answer

    def answer(request: Any) -> Reply:
        reply = real(request)
        if isinstance(reply.body, (dict, list)) and reply.status < 300:
            return Reply(reply.status, change(reply.body), dict(reply.headers))
        return reply

    server.answer = answer  # type: ignore[method-assign]  # for the time of a test
    try:
        yield
    finally:
        server.answer = real  # type: ignore[method-assign]  # as above


def forgetful(configuration: Configuration, deadline: Deadline) -> Host:
    """The look-up of hosts, which keeps nothing from one example to the next."""
    host = Host(configuration, deadline)
    host._keeping = Keeping(None)
    return host


def hosts(lab: Lab) -> tuple[Simulator, dict[str, Any]]:
    """Registries, bootstrap file and list, all of one server."""
    items = {"rdap_bootstrap_url": lab.registries.bootstrap_url, "refresh_url": lab.registries.list_url}
    return lab.registries, items


SERVICES: dict[str, tuple[Callable[..., Any], Callable[[Lab], tuple[Simulator, dict[str, Any]]]]] = {
    "VirusTotal": (VirusTotal, lambda lab: (lab.virustotal, {"key": lab.virustotal.key})),
    "OSV": (OSV, lambda lab: (lab.osv, {})),
    "Snyk": (Snyk, lambda lab: (lab.snyk, {"key": lab.snyk.token, "org_id": lab.snyk.organisation})),
    "Host": (forgetful, hosts),
    "HybridAnalysis": (HybridAnalysis, lambda lab: (lab.hybrid, {"key": lab.hybrid.key})),
}


@pytest.mark.parametrize("name", SERVICES)
@relaxed
@given(seed=seeds)
def test_an_analyzer_reports_or_says_why_not(name: str, lab: Lab, seed: int) -> None:
    service, place = SERVICES[name]
    server, items = place(lab)
    chance = random.Random(seed)
    with answering(server, lambda body: mutate(body, chance)):
        configuration = Configuration({**items, "api_url": server.url})
        try:
            found = service(configuration, Deadline(2)).look_up("url", JQUERY)
        except Failure as failure:
            assert "\n" not in str(failure)
            return
    full = found.full
    assert full["verdict"] in {"malicious", "suspicious", "safe", "info"}
    assert full["summary"]
    assert full["data"] == JQUERY
    json.dumps(full)
    levels = [taxonomy["level"] for taxonomy in found.taxonomies]
    order = ["malicious", "suspicious", "safe", "info"]
    assert min(levels, key=order.index) == full["verdict"]
    if name in {"OSV", "Snyk", "Host"}:
        assert full["verdict"] != "safe"


@relaxed
@given(seed=seeds)
@pytest.mark.parametrize("service", ["Slack", "TheHive"])
def test_the_feeder_feeds_or_says_why_not_and_loses_nothing(service: str, seed: int) -> None:
    with Lab() as lab, TemporaryDirectory() as state:
        for number in range(3):
            lab.channel.post(incident(ts_at(number)))
        server: Simulator = lab.slack if service == "Slack" else lab.hive
        chance = random.Random(seed)
        with answering(server, lambda body: mutate(body, chance)):
            try:
                feed(lab, Path(state), patience=0.1)
            except FeederError as told:
                assert "\n" not in str(told)
        # A mutated history is another history: what it showed counts as read.
        feed(lab, Path(state), again=service == "Slack")
        refs = [alert["sourceRef"] for alert in lab.hive.store.alerts.values()]
        assert len(set(refs)) == len(refs)
        assert {f"{lab.channel.id}-{ts_at(number)}" for number in range(3)} <= set(refs)


def feed(lab: Lab, state: Path, again: bool = False, patience: float = 10) -> None:
    """Feed and investigate once, in this process."""
    program = Program.between(lab.slack, lab.hive, state)
    within.feed(program, patience, again)
    try:
        within.investigate(program, patience, analyzers=("Nothing_*",), responder="Nothing")
    except FeederError as told:
        assert "\n" not in str(told)
