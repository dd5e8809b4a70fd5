"""The report templates in real AngularJS: on real reports, failures, and what a hostile service could send.

`make test-rendering` installs what this needs; without it, it is skipped.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rendering import chromium, reports
from rendering.angular import MODULES, VERSIONS, Page, Rendered, Shown, page, render

ROOT = Path(__file__).parents[2]
SITES = {
    "CodeDefender_VirusTotal_1_0": "www.virustotal.com",
    "CodeDefender_VirusTotal_Scan_1_0": "www.virustotal.com",
    "CodeDefender_Snyk_1_0": "security.snyk.io",
    "CodeDefender_OSV_1_0": "osv.dev",
    "CodeDefender_Host_1_0": "lookup.icann.org",
    "CodeDefender_Content_1_0": "www.npmjs.com",
    "CodeDefender_HUMAN_1_0": "console.humansecurity.com",
    "CodeDefender_HybridAnalysis_1_0": "www.hybrid-analysis.com",
    "CodeDefender_HybridAnalysis_Scan_1_0": "www.hybrid-analysis.com",
}
TEMPLATES = {name: (ROOT / f"thehive-templates/{name}/long.html").read_text("utf-8") for name in SITES}
ELEMENTS = {"report", "div", "p", "span", "strong", "small", "code", "h5", "a"}
ELEMENTS |= {"table", "thead", "tbody", "tr", "th", "td"}
MANY = 5_000
CUT_AT = {
    "links": 20,
    "engines": 15,
    "facts": 40,
    "packages": 20,
    "issues": 50,
    "reports": 20,
    "scanners": 50,
    "listed": 10,
    "leaks": 10,
    "signs": 15,
    "added": 20,
    "history": 15,
    "incidents": 20,
    "actions": 20,
}

pytestmark = [
    pytest.mark.rendering,
    pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed"),
    pytest.mark.skipif(not MODULES.is_dir(), reason="AngularJS is not installed: run `make test-rendering`"),
]
needs_chromium = pytest.mark.skipif(chromium.PROGRAM is None, reason="Chromium is not installed")
both_versions = pytest.mark.parametrize("version", VERSIONS)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> list[Shown]:
    return reports.real(tmp_path_factory.mktemp("jobs"))


@pytest.fixture(scope="module")
def small(real: list[Shown]) -> list[Shown]:
    """Each template's fullest report, with one row in each list."""
    fullest = {r["name"]: r for r in sorted(real, key=lambda r: len(str(r["content"]))) if r["success"]}
    assert set(fullest) == set(SITES)
    return [{**r, "content": reports.with_rows(r["content"], 1)} for r in fullest.values()]


def values(value: Any) -> Iterator[str]:
    """Every text and number of a report but its links' addresses."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, found in inner:
        yield from values(found) if key != "url" else ()
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield str(value)


def defanged(text: str) -> str:
    return text.replace(".", "[.]").replace("http", "hxxp")


def check(shown: Shown, rendered: Rendered) -> None:
    """What holds whatever a report says."""
    assert rendered.errors == []
    assert set(rendered.page.elements) <= ELEMENTS
    names = {name for name, _ in rendered.page.attributes}
    assert not [name for name in names if name.startswith("on") or name in ("src", "srcdoc")]
    origin = f"https://{SITES[shown['name']]}"
    for link in rendered.links:
        assert link["href"].startswith(f"{origin}/")
        assert link["origin"] == origin


def test_the_alarm_rings_where_a_report_is_run() -> None:
    """The harness itself: a template that evaluates what it is given is caught."""
    shown = {"name": "bad", "content": "constructor.constructor('alert(1)')()", "success": True}
    for version in VERSIONS:
        [rendered] = render(version, {"bad": reports.ALARM}, [shown])
        assert "what a report says was run" in rendered.errors


@both_versions
def test_a_report_shows_its_verdict_first_then_the_summary_and_links(version: str, real: list[Shown]) -> None:
    for shown, rendered in zip(real, render(version, TEMPLATES, real), strict=True):
        check(shown, rendered)
        if not shown["success"]:
            continue
        content, read = shown["content"], rendered.page.text
        assert read.startswith(f"{content['verdict']} ")
        assert read.index(defanged(content["data"])) < read.index(content["summary"]) < 400
        assert {link["href"] for link in rendered.links} >= {link["url"] for link in content["links"]}


@both_versions
def test_all_that_a_report_says_is_shown(version: str, small: list[Shown]) -> None:
    # The observable is shown as TheHive has it.
    apart = [{**r, "content": reports.told_apart({**r["content"], "data": None})} for r in small]
    for shown, rendered in zip(apart, render(version, TEMPLATES, apart), strict=True):
        check(shown, rendered)
        said = set(values({**shown["content"], "data": None}))
        assert [value for value in said if value not in rendered.page.text] == []


@both_versions
def test_no_address_is_shown_as_it_is(version: str, real: list[Shown]) -> None:
    for rendered in render(version, TEMPLATES, real):
        assert "http" not in rendered.page.text
        assert "hxxp" in rendered.page.text or "[.]" in rendered.page.text


@both_versions
def test_a_failure_says_so_and_why(version: str, real: list[Shown]) -> None:
    [failure] = [shown for shown in real if not shown["success"]]
    failures = [{**failure, "name": name} for name in SITES]
    for shown, rendered in zip(failures, render(version, TEMPLATES, failures), strict=True):
        check(shown, rendered)
        assert rendered.page.text.startswith("failed ")
        assert rendered.page.text.endswith(failure["content"]["errorMessage"])
        assert ("class", "panel panel-danger") in rendered.page.attributes


@both_versions
def test_no_text_of_a_report_becomes_markup_or_is_run(version: str, small: list[Shown]) -> None:
    hostile = [
        (t, {**r, "content": reports.with_texts(r["content"], t)}) for r in small for t in reports.TEXTS
    ]
    hostile += [
        (t, {**r, "success": False, "content": {"errorMessage": t}, "artifact": {"data": t, "dataType": t}})
        for r in small
        for t in reports.TEXTS
    ]
    for (text, shown), rendered in zip(
        hostile, render(version, TEMPLATES, [shown for _, shown in hostile]), strict=True
    ):
        check(shown, rendered)
        assert " ".join(text.split()) in rendered.page.text


@both_versions
def test_links_lead_to_the_services_own_site_or_are_none(version: str, small: list[Shown]) -> None:
    def leading(addresses: tuple[str, ...]) -> list[Shown]:
        return [
            {**r, "content": reports.with_addresses(r["content"], a.replace("{site}", SITES[r["name"]]))}
            for r in small
            for a in addresses
        ]

    elsewhere, on_site = leading(reports.ADDRESSES), leading(reports.ON_SITE)
    rendered = render(version, TEMPLATES, elsewhere + on_site)
    for shown, one in zip(elsewhere + on_site, rendered, strict=True):
        check(shown, one)
    assert [one.links for one in rendered[: len(elsewhere)]] == [[]] * len(elsewhere)
    assert all(one.links for one in rendered[len(elsewhere) :])


@both_versions
def test_long_tables_are_cut_and_say_so(version: str, small: list[Shown]) -> None:
    wide = [{**r, "content": reports.with_rows(r["content"], MANY)} for r in small]
    deep = [{**r, "content": reports.with_rows(r["content"], 1, MANY)} for r in small]
    for shown, rendered in zip(wide + deep, render(version, TEMPLATES, wide + deep), strict=True):
        check(shown, rendered)
        content = shown["content"]
        lists = {
            **content,
            **content.get("host", {}),
            **(content.get("behaviour") or {}),
            **(content.get("identity") or {}),
            "issues": (content.get("packages") or [{}])[0].get("issues"),
        }
        for name, most in CUT_AT.items():
            if len(lists.get(name) or ()) == MANY:
                assert f"… and {MANY - most} more" in rendered.page.text
        assert rendered.page.elements.count("tr") < 100


@both_versions
def test_odd_values_leave_the_rest_readable(version: str, small: list[Shown]) -> None:
    odd = [{**r, "content": content} for r in small for content in reports.oddities(r["content"])]
    for shown, rendered in zip(odd, render(version, TEMPLATES, odd), strict=True):
        check(shown, rendered)
        assert defanged(shown["artifact"]["data"]) in rendered.page.text


@needs_chromium
def test_a_browser_runs_nothing_of_a_hostile_report(tmp_path: Path, small: list[Shown]) -> None:
    hostile = [
        {**r, "content": reports.with_texts(r["content"], t)} for r in small for t in reports.TEXTS[:-1]
    ]
    file = tmp_path / "hostile.html"
    file.write_text(page(TEMPLATES, hostile), encoding="utf-8")
    shown = chromium.show(file, "--dump-dom", "--virtual-time-budget=5000")
    assert "<title>Reports</title>" in shown
    body = shown.partition("<body>")[2].partition("<script>")[0]
    assert Page(body).elements.count("report") == len(hostile)
    assert set(Page(body).elements) <= ELEMENTS
    # The same page with a template that evaluates, so that the title is known to tell.
    file.write_text(page({"bad": reports.ALARM}, [{"name": "bad", "content": reports.TEXTS[0][2:-2]}]))
    assert "<title>alarm</title>" in chromium.show(file, "--dump-dom", "--virtual-time-budget=5000")


@needs_chromium
def test_a_picture_of_all_templates_is_made(tmp_path: Path, real: list[Shown]) -> None:
    """To be looked at: `out/report-templates.png`."""
    file, picture = tmp_path / "reports.html", ROOT / "out" / "report-templates.png"
    file.write_text(page(TEMPLATES, real), encoding="utf-8")
    picture.parent.mkdir(exist_ok=True)
    picture.unlink(missing_ok=True)
    chromium.show(file, f"--screenshot={picture}", "--window-size=1200,4800")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 100_000
