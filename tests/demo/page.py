"""The page that the demonstration writes: the alerts as an analyst would see them.

It is complete in itself. The long reports are rendered in it by the analyzers' own templates, with
AngularJS, which is what TheHive compiles them with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import rjsmin
import xstatic.pkg.angular
from jinja2 import Environment, FileSystemLoader, select_autoescape
from markdown_it import MarkdownIt
from markupsafe import Markup

from demo.outcome import SEVERITIES, Outcome, service, utc
from simulators.lab import Lab
from simulators.thehive.store import Entity

_ADDRESS = re.compile(r"http(s?)://([^\s/?#<>\"'`\\|]+)", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]+(?::\d+)?", re.IGNORECASE)

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ANGULAR = Path(xstatic.pkg.angular.BASE_DIR) / "angular.js"
THEHIVE = ROOT / "tests" / "rendering" / "thehive.js"


def render(lab: Lab, found: list[Outcome], timeline: list[str]) -> str:
    """The page.

    Args:
        timeline: how long the way from the post to the case took, the first line its title.
    """
    environment = Environment(loader=FileSystemLoader(HERE), autoescape=select_autoescape(default=True))
    environment.filters |= {"defanged": defanged, "markdown": as_html, "utc": utc, "hosts": hosts_of}
    store = lab.hive.store
    cases = sorted(store.cases.values(), key=lambda case: int(case["number"]))
    observables = {case["number"]: store.observables_of(case["_id"]) for case in cases}
    return environment.get_template("page.html.j2").render(
        outcomes=found,
        cases=cases,
        case_observables=observables,
        case_hosts={number: hosts_among(held) for number, held in observables.items()},
        timeline=timeline,
        severities=SEVERITIES,
        service=service,
        reports={job["_id"]: shown(outcome, job) for outcome in found for job in outcome.finished},
        templates=templates(),
        style=Markup((HERE / "page.css").read_text(encoding="utf-8")),
        angular=script(ANGULAR),
        thehive=script(THEHIVE),
    )


def script(file: Path) -> Markup:
    """A script's code, small, as it can stand in a page."""
    return Markup(rjsmin.jsmin(file.read_text(encoding="utf-8")).replace("</script", "<\\/script"))


def shown(outcome: Outcome, job: dict[str, Any]) -> dict[str, Any]:
    """What TheHive hands to a report's template."""
    observable = next(each for each in outcome.observables if each["_id"] == job[".observable"])
    success = job["status"] == "Success"
    return {
        "name": job["analyzerName"],
        "artifact": {"data": observable["data"], "dataType": observable["dataType"]},
        "status": job["status"],
        "content": job["report"]["full"] if success else job["report"],
        "success": success,
    }


def templates() -> dict[str, str]:
    """The analyzers' report templates."""
    files = (ROOT / "thehive-templates").glob("*/long.html")
    return {file.parent.name: file.read_text(encoding="utf-8") for file in files}


def defanged(text: str, hosts: Iterable[str] = ()) -> str:
    """A text whose addresses nobody follows by mistake; paths and versions stay as they are.

    Args:
        text: a host alone, or anything with addresses in it.
        hosts: those that are defanged wherever they stand.
    """
    if _HOST.fullmatch(text):
        return text.replace(".", "[.]")
    text = _ADDRESS.sub(lambda found: f"hxxp{found[1]}://{found[2].replace('.', '[.]')}", text)
    for host in sorted(hosts, key=len, reverse=True):
        text = text.replace(host, host.replace(".", "[.]"))
    return text


def as_html(text: str, hosts: Iterable[str] = ()) -> Markup:
    """An alert's description, defanged; HTML in it stays text, and links lead where they led."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(text)
    for token in (each for block in tokens for each in (block, *(block.children or ()))):
        if token.type in {"text", "code_inline", "code_block", "fence"}:
            token.content = defanged(token.content, hosts)
    return Markup(markdown.renderer.render(tokens, markdown.options, {}))


def hosts_of(outcome: Outcome) -> set[str]:
    """The hosts among an alert's observables, and in their URLs."""
    return hosts_among(outcome.observables)


def hosts_among(observables: Iterable[Entity]) -> set[str]:
    """The hosts among observables, and in their URLs."""
    found = {urlsplit(each["data"]).hostname or each["data"] for each in observables}
    return {host for host in found if _HOST.fullmatch(host)}
