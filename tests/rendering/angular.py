"""Shows reports as TheHive does: in AngularJS alone (Node.js and jsdom), or as a page for a browser."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
# Packages: the version that TheHive 4.1.24 has, and the last that there is.
VERSIONS = ("angular-of-thehive", "angular")

# What `thehive.js` takes: {"name", "artifact", "status", "content", "success"}.
Shown = dict[str, Any]


class Page(HTMLParser):
    """The elements of rendered HTML, what is in their attributes, and the text that is to be read."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self._pieces: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self._pieces.append(data)

    @property
    def text(self) -> str:
        """The text, each run of white space as one space."""
        return " ".join(" ".join(self._pieces).split())


@dataclass(frozen=True)
class Rendered:
    """A report as AngularJS rendered it.

    links: rows `{"href", "origin"}`, the origin as the browser's own reading of the address gives it.
    errors: exceptions, and scripts of the report that ran.
    """

    page: Page
    links: list[dict[str, str]]
    errors: list[str]


def render(version: str, templates: dict[str, str], reports: list[Shown]) -> list[Rendered]:
    """Each report, with the AngularJS of a package in `VERSIONS`."""
    done = subprocess.run(
        ["node", str(HERE / "render.cjs"), version],
        input=json.dumps({"templates": templates, "reports": reports}),
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [Rendered(Page(row["html"]), row["links"], row["errors"]) for row in json.loads(done.stdout)]


def page(templates: dict[str, str], reports: list[Shown]) -> str:
    """A web page, complete in itself; its title becomes `alarm` where a script out of a report runs."""
    style = (MODULES / "bootstrap/dist/css/bootstrap.min.css").read_text(encoding="utf-8")
    scripts = [(MODULES / VERSIONS[0] / "angular.min.js"), HERE / "thehive.js"]
    code = [file.read_text(encoding="utf-8") for file in scripts]
    # In a script element only `<` could end it.
    data = [json.dumps(value).replace("<", "\\u003c") for value in (templates, reports)]
    code += [
        "window.alert = () => { document.title = 'alarm'; };",
        f"showReports(document.getElementById('reports'), {data[0]}, {data[1]}, console.error);",
    ]
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Reports</title>"
        f"<style>{style}</style></head><body><div class='container' id='reports'></div>"
        + "".join(f"<script>{text}</script>" for text in code)
        + "</body></html>"
    )
