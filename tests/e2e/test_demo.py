"""`codedefender2th demo`: the story comes out as told, and its page stands alone."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from demo import story
from demo.page import defanged

PAGE = Path(__file__).parents[2] / "out" / "demo.html"


class Elements(HTMLParser):
    """Every element with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, tag: str) -> Iterator[dict[str, str]]:
        return (attributes for name, attributes in self.found if name == tag)


# A loaded machine needs minutes.
pytestmark = [pytest.mark.timeout(300), pytest.mark.slow]


@pytest.fixture(scope="module")
def told() -> str:
    done = subprocess.run(
        [sys.executable, "-m", "codedefender2th", "demo"],
        capture_output=True,
        text=True,
        check=False,
        timeout=290,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_ends_with_the_table_the_times_and_the_page(told: str) -> None:
    table = told[told.index("4. What an analyst finds") :]
    for word in ("critical", "malicious", "suspicious", "clean", "unknown", "#1"):
        assert word in table
    assert re.search(r"From the Slack post to the case: \d+\.\d s", told)
    assert str(PAGE) in told
    lines = table[: table.index("From the Slack post")].splitlines()
    assert max(len(line) for line in lines) <= 80
    assert table.index("malicious") < table.index("suspicious") < table.index("clean")
    assert "xoxb-" not in told


def test_the_page_asks_nothing_of_the_network(told: str) -> None:
    html = PAGE.read_text()
    elements = Elements(html)
    assert not {"link", "img", "iframe", "object", "embed", "base", "video"} & {
        tag for tag, _ in elements.found
    }
    assert not [attributes for _, attributes in elements.found if "src" in attributes]
    assert "default-src 'none'" in next(elements.all("meta"), {}).get("content", "") or any(
        "default-src 'none'" in meta.get("content", "") for meta in elements.all("meta")
    )
    assert not re.search(r"url\((?!#)|@import", html.partition("</style>")[0])
    assert len(html) < 700_000


def test_the_page_shows_every_alert_with_its_reports(told: str) -> None:
    html = PAGE.read_text()
    for script in (story.SKIMMER, story.LISTED, story.JQUERY, story.CLEAN, story.NEW):
        assert defanged(script) in html
    assert html.index("alert-1") < html.index(defanged(story.CLEAN))
    assert html.count('class="reason"') == html.count('class="facts"') >= 7
    assert 'class="ratio' in html
    assert "The responder's report" in html
    assert "TLP:AMBER" in html
    jobs = [div["data-job"] for div in Elements(html).all("div") if "data-job" in div]
    assert len(jobs) == len(set(jobs)) >= 16


def test_nothing_of_the_simulated_world_is_amiss(told: str) -> None:
    """A service that can't be had is told in every reason, where it would hide what the story shows."""
    assert "refresh_url" not in PAGE.read_text() + told


def test_the_page_can_be_read_by_everybody(told: str) -> None:
    elements = Elements(PAGE.read_text())
    assert next(elements.all("html"))["lang"] == "en"
    assert any(meta.get("name") == "viewport" for meta in elements.all("meta"))
    assert all(header.get("scope") in {"col", "row"} for header in elements.all("th"))
    ids = [attributes["id"] for _, attributes in elements.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in elements.found:
        assert attributes.get("aria-labelledby", ids[0]) in ids
        target = attributes.get("href", "")
        assert not target.startswith("#") or target[1:] in ids


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://cdn.example.com/a.min.js?v=1.2", "hxxps://cdn[.]example[.]com/a.min.js?v=1.2"),
        ("cdn.example.com", "cdn[.]example[.]com"),
        (
            "23 of 90 engines. See http://x.example/1.0, please.",
            "23 of 90 engines. See hxxp://x[.]example/1.0, please.",
        ),
        ("version 3.5.0", "version 3.5.0"),
    ],
)
def test_hosts_and_schemes_alone_are_defanged(text: str, shown: str) -> None:
    assert defanged(text) == shown


def luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_white_on_the_labels_can_be_read() -> None:
    """WCAG 2.1, "Contrast (Minimum)": 4.5 to 1."""
    css = (Path(__file__).parents[1] / "demo" / "page.css").read_text()
    colours = re.findall(r"\.(?:label-\w+|s\d) \{ background: (#\w{6})", css)
    assert len(colours) == 9
    assert all(1.05 / (luminance(colour) + 0.05) >= 4.5 for colour in colours)
