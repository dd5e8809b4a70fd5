"""Reports to show: real ones, from the analyzers at simulated services, and what hostility makes of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rendering.angular import Shown
from simulators import registries
from simulators.human import incident
from simulators.hybridanalysis import overview, sample, scanner
from simulators.jobs import ProcessRunner, Run, enable, load
from simulators.known_flaws import JQUERY_OSV, JQUERY_SNYK
from simulators.osv import record
from simulators.outside import Outside
from simulators.snyk import issue
from simulators.urlscan import Scan
from simulators.virustotal import attributes

ANALYZERS = Path(__file__).parents[2] / "analyzers" / "CodeDefender"
SKIMMER = "https://static.checkout-metrics.example/v2/collect.js?shop=17"
JQUERY = "https://code.jquery.com/jquery-3.4.1.min.js"
COPIED = "https://shop.example/js/jquery-3.4.1.min.js"
CLEAN = "https://cdn.payments.example/sdk/4.2.0/elements.js"
NEW = "https://tags.fresh-analytics.example/t.js"
DOMAIN = "checkout-metrics.example"
LISTED = "https://cdn-s11.azureedge.net/jquery.js"
TAG_MANAGER = "https://www.googletagmanager.com/gtm.js?id=GTM-1"
STOLEN = "https://cdn.jsdelivr.net/npm/event-stream@3.3.6/index.js"
CONTENT = "9f4a5c3d" * 8
# Some of what an analyst meets: the analyzer, the data type, the observable.
LOOKUPS = (
    ("VirusTotal", "url", SKIMMER),
    ("VirusTotal", "domain", DOMAIN),
    ("VirusTotal", "url", CLEAN),
    ("VirusTotal_Scan", "url", NEW),
    ("Snyk", "url", JQUERY),
    ("OSV", "url", COPIED),
    ("OSV", "url", STOLEN),
    ("Host", "url", LISTED),
    ("Host", "url", TAG_MANAGER),
    ("Host", "url", NEW),
    ("Content", "url", COPIED),
    ("Content", "url", NEW),
    ("HUMAN", "url", SKIMMER),
    ("HybridAnalysis", "url", SKIMMER),
    ("HybridAnalysis_Scan", "url", NEW),
)


def real(folder: Path) -> list[Shown]:
    """A report for each of `LOOKUPS`, then a failure; jobs run in the folder."""
    runner = ProcessRunner(folder)
    outside = Outside()
    _teach(outside)
    with ExitStack() as stack:
        for server in outside.servers():
            stack.enter_context(server)
        done = [_run(runner, outside, *lookup) for lookup in LOOKUPS]
        done.append(_run(runner, outside, "VirusTotal", "url", JQUERY, key="wr0ng-key-wr0ng-key"))
    return done


def _teach(outside: Outside) -> None:
    _teach_content(outside)
    chain = [SKIMMER, "https://static.checkout-metrics.example/v3/collect.js"]
    outside.virustotal.urls[SKIMMER] = attributes(
        malicious=1, content=CONTENT, redirection_chain=chain, title="Checkout", tags=["external-resources"]
    )
    outside.virustotal.files[CONTENT] = attributes(
        malicious=23, suspicious=2, label="trojan.magecart/skimmer", meaningful_name="collect.js"
    )
    outside.virustotal.urls[CLEAN] = attributes(content="ab" * 32)
    outside.virustotal.domains[DOMAIN] = attributes(suspicious=1, registrar="Some Registrar, Inc.")
    outside.virustotal.scanned[NEW] = attributes(age_days=0)
    outside.snyk.issues["pkg:npm/jquery@3.4.1"] = [
        *JQUERY_SNYK,
        issue("SNYK-JS-JQUERY-174006", "low", "Prototype Pollution", score=None),
    ]
    outside.osv.records = [
        *JQUERY_OSV,
        record("MAL-2022-1", "event-stream", ("3.3.6", None), summary="Malicious code in event-stream (npm)"),
    ]
    for name, days in (
        ("azureedge.net", 2000),
        ("googletagmanager.com", 5000),
        ("fresh-analytics.example", 3),
    ):
        outside.registries.domains[name] = registries.record(name, days)
    outside.hybrid.overviews[SKIMMER] = overview(
        "malicious", 2, threat_score=95, vx_family="Magecart", last_file_name=SKIMMER
    )
    outside.hybrid.samples = [
        (sample("no specific threat", 400, threat_score=0, submit_name=SKIMMER), [f"GET {SKIMMER}"]),
        (sample(None, 500, environment_description=None), [f"GET {SKIMMER}"]),
    ]
    outside.human.known = [
        incident(SKIMMER, "shop.example", "Critical"),
        incident(f"{SKIMMER}?v=2", "shop.example", "Low", days_ago=3, number=2),
    ]
    outside.hybrid.scanners[NEW] = [
        scanner("VirusTotal", "clean", 0, 70),
        scanner("urlscan.io", "no-result"),
        scanner("CrowdStrike Falcon Static Analysis (ML)", "clean"),
    ]


def _teach_content(outside: Outside) -> None:
    """A copy of a library that was untouched for a year has a skimmer behind it now."""
    scripts = Path(__file__).parents[1] / "demo" / "scripts"
    library = b"/*! jQuery v3.4.1 | (c) JS Foundation */\n" + (scripts / "slider.js").read_bytes()
    outside.npm.publish("jquery", "3.4.1", {"dist/jquery.min.js": library}, days_ago=2_000)
    outside.wayback.capture(COPIED, "20250920081500", library)
    altered = library + (scripts / "skimmer.js").read_bytes()
    for day, body in (("2025-11-02", library), ("2026-11-21", altered)):
        outside.urlscan.add(Scan("https://shop.example/checkout", f"{day}T08:15:00.000Z", {COPIED: body}))


def _run(runner: ProcessRunner, outside: Outside, analyzer: str, kind: str, data: str, **more: Any) -> Shown:
    definition = load(ANALYZERS / f"CodeDefender_{analyzer}.json")
    virustotal = {"key": outside.virustotal.key, "api_url": outside.virustotal.url}
    hybrid = {"key": outside.hybrid.key, "api_url": outside.hybrid.url}
    snyk = {"key": outside.snyk.token, "org_id": outside.snyk.organisation, "api_url": outside.snyk.url}
    items: dict[str, dict[str, Any]] = {
        "VirusTotal": virustotal,
        "VirusTotal_Scan": virustotal,
        "Snyk": snyk,
        "OSV": {"api_url": outside.osv.url},
        "Host": {
            "rdap_bootstrap_url": outside.registries.bootstrap_url,
            "refresh_url": outside.registries.list_url,
        },
        "Content": outside.content_items,
        "HUMAN": {
            "token": outside.human.token,
            "app_ids": ["PX12345678"],
            "tlds": ["shop.example"],
            "api_url": f"{outside.human.url}/v1",
        },
        "HybridAnalysis": hybrid,
        "HybridAnalysis_Scan": hybrid,
    }
    request = {"data": data, "dataType": kind, "tlp": 1, "pap": 1}
    # Little time to wait makes the first look at a scan come early.
    seconds = 60 if analyzer == "Content" else 6
    worker = enable(definition, items[analyzer]) | {"wait_seconds": seconds} | more
    return shown(definition.id, request, runner.run(definition, worker, request))


def shown(name: str, artifact: dict[str, Any], done: Run) -> Shown:
    """A job as TheHive hands it to the template: the full report, or the failure's."""
    report_, status = done.job["report"], done.job["status"]
    return {
        "name": name,
        "artifact": {"data": artifact["data"], "dataType": artifact["dataType"]},
        "status": status,
        "content": report_.get("full", report_),
        "success": report_["success"],
    }


# What a hostile service could make of a report, if nothing before the template held.

TEXTS = (
    "{{constructor.constructor('alert(1)')()}}",
    "{{$eval.constructor('alert(1)')()}}",
    "<img src=x onerror=alert(1)>",
    "</span><script>alert(1)</script>",
    "\"'><svg/onload=alert(1)>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "constructor",
    "__proto__",
    "\ud83d half a pair",
)
ADDRESSES = (
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "//evil.example/",
    "https://evil.example/",
    "https://{site}.evil.example/",
    "https://{site}@evil.example/",
    "https://{site}:pw@evil.example/",
    "https://{site}\\@evil.example/",
    " https://{site}/",
    "http://{site}/",
)
ON_SITE = (
    "https://{site}//evil.example/",
    "https://{site}/../..//evil.example/",
    "https://{site}/\\evil.example/",
    "https://{site}/@evil.example/",
    "https://{site}/{{constructor.constructor('alert(1)')()}}",
    'https://{site}/"onmouseover="alert(1)',
    "https://{site}/\n//evil.example/",
)
# A template that does what none may: it evaluates what it is given.
ALARM = "<p>{{$root.$eval(content)}}</p>"

ODD: tuple[Any, ...] = (None, True, 0, -1.5, "", [], {}, ["a"], {"a": {"b": 1}}, [[1], None, "x"])


def with_texts(content: Any, text: str) -> Any:
    """Every text, links too, is this one."""
    return _mapped(content, lambda _, value: text if isinstance(value, str) else value)


def with_addresses(content: Any, address: str) -> Any:
    """Every link leads here."""
    return _mapped(content, lambda key, value: address if key == "url" else value)


def told_apart(content: Any) -> Any:
    """Every text and number is another one, so that each can be looked for."""
    numbers = itertools.count(70_001)

    def another(key: str, value: Any) -> Any:
        if key == "url" or isinstance(value, bool):
            return value
        return next(numbers) if isinstance(value, (int, float)) else f"text-{next(numbers)}"

    return _mapped(content, another)


def with_rows(content: dict[str, Any], many: int, inside: int = 1) -> dict[str, Any]:
    """Every list of objects has this many; those in its rows have `inside`."""

    def grown(value: Any) -> Any:
        if isinstance(value, dict):
            return with_rows(value, many, inside)
        return [with_rows(value[0], inside)] * many if _is_table(value) else value

    return {key: grown(value) for key, value in content.items()}


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def oddities(content: dict[str, Any]) -> list[Any]:
    """The content with every value at one depth of an odd type; an empty row is one that lacks everything."""
    depths = range(1, 1 + _depth(content))
    return [{}, *ODD, *(_odd_at(content, depth, odd) for depth in depths for odd in ODD)]


def _depth(value: Any) -> int:
    return 1 + max(map(_depth, _inner(value)), default=0) if isinstance(value, (dict, list)) else 0


def _inner(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else list(value)


def _odd_at(value: Any, depth: int, odd: Any) -> Any:
    if depth == 0:
        return odd
    if isinstance(value, dict):
        return {key: _odd_at(inner, depth - 1, odd) for key, inner in value.items()}
    return [_odd_at(inner, depth - 1, odd) for inner in value] if isinstance(value, list) else value


def _mapped(value: Any, change: Callable[[str, Any], Any], key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _mapped(inner, change, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_mapped(inner, change, key) for inner in value]
    return change(key, value)
