"""The report templates: one for each analyzer, inert, and zipped as TheHive imports them."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bootstrap import report_templates
from simulators.jobs import load

ROOT = Path(__file__).parents[2]
TEMPLATES = report_templates.read(ROOT / "thehive-templates")
SITES = {
    "VirusTotal": "https://www.virustotal.com/",
    "Snyk": "https://security.snyk.io/",
    "OSV": "https://osv.dev/",
    "Host": "https://lookup.icann.org/",
    "Content": "https://www.npmjs.com/",
    "HUMAN": "https://console.humansecurity.com/",
    "HybridAnalysis": "https://www.hybrid-analysis.com/",
}
ELEMENTS = {"div", "p", "span", "strong", "small", "code", "h5", "br", "a"} | {
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}
DIRECTIVES = {"ng-if", "ng-class", "ng-init", "ng-repeat", "ng-href"}
ATTRIBUTES = DIRECTIVES | {"class", "scope", "style", "target", "rel"}
FILTERS = {"fang", "limitTo", "lowercase"}


def site_of(name: str) -> str:
    return SITES[name.removeprefix("CodeDefender_").removesuffix("_1_0").removesuffix("_Scan")]


def assemble(folder: Path, archive: Path) -> None:
    subprocess.run(
        [sys.executable, str(folder / "assemble.py"), str(archive)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        capture_output=True,
    )


class Elements(HTMLParser):
    """Checks that elements nest, and collects their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_every_analyzer_has_its_template_and_every_template_its_analyzer() -> None:
    definitions = {load(file).id for file in (ROOT / "analyzers" / "CodeDefender").glob("*.json")}
    assert set(TEMPLATES) == definitions


def test_there_is_nothing_but_templates_in_the_folders() -> None:
    """TheHive takes the first file of a folder."""
    for name in TEMPLATES:
        assert [file.name for file in (ROOT / "thehive-templates" / name).iterdir()] == ["long.html"]


def test_the_templates_are_what_their_parts_make(tmp_path: Path) -> None:
    folder = tmp_path / "thehive-templates"
    shutil.copytree(ROOT / "thehive-templates", folder)
    assemble(folder, tmp_path / "templates.zip")
    assert report_templates.read(folder) == TEMPLATES, "run `make templates`"


@pytest.mark.parametrize("name", TEMPLATES)
def test_only_known_elements_and_directives_are_used(name: str) -> None:
    for tag, attributes in Elements(TEMPLATES[name]).found:
        assert tag in ELEMENTS
        assert set(attributes) <= ATTRIBUTES, tag
        assert "{{" not in "".join(value for key, value in attributes.items() if key not in DIRECTIVES)


@pytest.mark.parametrize("name", TEMPLATES)
def test_links_lead_to_the_services_own_site_and_tell_it_nothing(name: str) -> None:
    site = site_of(name)
    links = [attributes for tag, attributes in Elements(TEMPLATES[name]).found if tag == "a"]
    assert links
    for link in links:
        target = re.fullmatch(
            re.escape(site) + r"\{\{\('' \+ \w+\.url\)\.slice\('(.+)'\.length\)\}\}", link["ng-href"]
        )
        assert target
        assert target[1] == site
        assert "href" not in link
        assert link["rel"] == "noopener noreferrer"
    assert set(re.findall(r"https?://[^/'\"]+/", TEMPLATES[name])) == {site}


@pytest.mark.parametrize("name", TEMPLATES)
def test_only_filters_that_thehive_has_are_used(name: str) -> None:
    found = set(re.findall(r"[^|]\|\s*(\w+)", TEMPLATES[name]))
    assert found <= FILTERS
    assert "fang" in found


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_verdict_and_the_summary_come_first(name: str) -> None:
    text = TEMPLATES[name]
    body = text[text.index("panel-heading") :]
    verdict, summary = body.index("{{content.verdict"), body.index("content.summary")
    assert verdict < summary < body.index("<table")
    assert 'ng-if="!success"' in text
    assert "{{content.errorMessage" in text


def test_the_archive_holds_what_thehive_imports(tmp_path: Path) -> None:
    archive = tmp_path / "templates.zip"
    assemble(ROOT / "thehive-templates", archive)
    with zipfile.ZipFile(io.BytesIO(archive.read_bytes())) as file:
        assert file.namelist() == [f"{name}/long.html" for name in sorted(TEMPLATES)]
        assert all(file.read(f"{name}/long.html").decode() == text for name, text in TEMPLATES.items())
        assert not any("." in name.partition("/")[0] for name in file.namelist())
