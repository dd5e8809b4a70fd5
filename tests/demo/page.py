"""The page that the demonstration writes: the alerts as an analyst would see them."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape

from demo.outcome import SEVERITIES, Outcome, service
from simulators.lab import Lab

HERE = Path(__file__).parent


def render(lab: Lab, found: list[Outcome]) -> str:
    """The page, complete in itself."""
    environment = Environment(loader=FileSystemLoader(HERE), autoescape=select_autoescape(default=True))
    return environment.get_template("page.html.j2").render(
        outcomes=found,
        cases=sorted(lab.hive.store.cases.values(), key=lambda case: case["number"]),
        severities=SEVERITIES,
        service=service,
    )
