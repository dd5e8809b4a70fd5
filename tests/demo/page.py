"""The page that the demonstration writes: the alerts as an analyst would see them.

It is complete in itself. The long reports are rendered in it by the analyzers' own templates, with
AngularJS, which is what TheHive compiles them with.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import rjsmin
import xstatic.pkg.angular
from jinja2 import Environment, FileSystemLoader, select_autoescape
from markdown_it import MarkdownIt
from markupsafe import Markup

from demo.outcome import SEVERITIES, Outcome, service
from simulators.lab import Lab

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
    environment.filters |= {"defanged": defanged, "markdown": as_html}
    store = lab.hive.store
    cases = sorted(store.cases.values(), key=lambda case: int(case["number"]))
    return environment.get_template("page.html.j2").render(
        outcomes=found,
        cases=cases,
        case_observables={case["number"]: store.observables_of(case["_id"]) for case in cases},
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


def defanged(text: str) -> str:
    """A URL as TheHive shows it: nobody follows it by mistake."""
    return text.replace(".", "[.]").replace("http", "hxxp")


def as_html(text: str) -> Markup:
    """An alert's description; HTML in it stays text."""
    return Markup(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))
