"""`report`: what was fed, judged and decided, from TheHive 5 and 4.1 alone, in three formats."""

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from desk import CONTENT, HOST, SCRIPT, VIRUSTOTAL, Desk
from program import Program, Result
from simulators.jobs import ProcessRunner
from simulators.messages import ts_at
from simulators.thehive import TheHive
from simulators.thehive.store import Entity, now

POSTED = int(ts_at(0).split(".")[0]) * 1000
HOUR = 3_600_000
SHA = "AB" * 32
VENDOR = {"name": "Example CDN", "category": "cdn", "homepage": "https://cdn.example"}


@pytest.fixture
def desk(hive: TheHive, tmp_path: Path) -> Desk:
    return Desk(hive, ProcessRunner(tmp_path))


def program(desk: Desk, tmp_path: Path, **settings: str) -> Program:
    """A program that knows TheHive alone."""
    place = {"THEHIVE_URL": desk.hive.root, "THEHIVE_API_KEY": desk.hive.key, "FEEDER_TIMEOUT": "30"}
    return Program(
        {**place, "FEEDER_STATE_DIR": str(tmp_path / "state"), "FEEDER_SINCE": "all", **settings},
        [desk.hive.key],
    )


def told(desk: Desk, tmp_path: Path, *arguments: str) -> dict[str, Any]:
    """What `--format json` says."""
    result = program(desk, tmp_path).run("report", "--format", "json", *arguments)
    assert result.code == 0, result.err
    found: dict[str, Any] = json.loads(result.out)
    return found


def judge(desk: Desk, alert: Entity, hours: float = 2) -> Entity:
    """An alert that was posted an hour ago or so, judged malicious; its case."""
    alert |= {"date": now() - int(hours * HOUR), "_createdAt": now() - int(hours * HOUR) + 60_000}
    case = desk.case_of(alert) if desk.hive.is_4 else None
    script = desk.observable(case or alert)
    desk.report(script, VIRUSTOTAL, "malicious", summary="23 of 90 engines flag it.")
    desk.report(script, HOST, "info", data=SCRIPT, host={"name": "cdn.example.net", "vendor": VENDOR})
    desk.report(script, CONTENT, "info", data=SCRIPT, content={"sha256": SHA})
    desk.triage(case or alert, "case" if case else "alert")
    return desk.hive.store.cases[alert["caseId"]]


def close(desk: Desk, case: Entity, summary: str) -> None:
    """What an analyst does at the end."""
    if desk.hive.is_4:
        fields = {"status": "Resolved", "resolutionStatus": "TruePositive", "endDate": now()}
    else:
        fields = {"status": "TruePositive", "stage": "Closed", "closedDate": now()}
    case |= {**fields, "summary": summary, "_updatedBy": "analyst@demo.local", "_updatedAt": now()}


def test_a_script_from_the_post_to_the_decision(desk: Desk, tmp_path: Path) -> None:
    first, second = desk.alert(1), desk.alert(2, host="shop.example.org")
    case = judge(desk, first)
    close(desk, case, "Skimmer, removed.")
    second["date"] = now() - HOUR
    report = told(desk, tmp_path)
    assert (report["totals"]["incidents"], report["totals"]["scripts"], report["totals"]["cases"]) == (
        2,
        1,
        1,
    )
    assert (report["totals"]["open"], report["totals"]["closed"]) == (1, 1)
    [script] = report["scripts"]
    assert (script["script"], script["host"], script["vendor"]) == (SCRIPT, "cdn.example.net", VENDOR)
    assert (script["incidents"], script["severity"], script["verdict"]) == (2, "critical", "malicious")
    assert script["sites"] == ["example.com", "shop.example.org"]
    assert "VirusTotal: 23 of 90 engines flag it." in script["reason"]
    assert script["content_sha256"] == SHA.lower()
    [decision] = script["decisions"]
    assert decision["of"] == f"case #{case['number']}"
    assert (decision["status"], decision["by"]) == ("TruePositive", "analyst@demo.local")
    assert (decision["summary"], bool(decision["at"])) == ("Skimmer, removed.", True)
    [shown] = script["cases"]
    assert shown["number"] == case["number"]
    assert shown["url"].startswith(desk.hive.root)
    times = script["times"]
    assert (times["alert"]["count"], times["case"]["count"], times["closing"]["count"]) == (2, 1, 1)
    assert 7190 < times["closing"]["worst"] < 7400
    assert 7190 < times["case"]["median"] < 7400
    # TheHive 4.1 does not keep when a verdict came.
    assert times["verdict"]["count"] == (0 if desk.hive.is_4 else 1)


def test_it_names_what_it_fills_of_the_standard_and_what_it_cannot(desk: Desk, tmp_path: Path) -> None:
    fields = told(desk, tmp_path)["pci_dss_4_0_1"]
    for requirement in ("6.4.3", "11.6.1"):
        assert {each["filled"] for each in fields if each["requirement"] == requirement} == {True, False}
    columns = next(csv.reader(io.StringIO(program(desk, tmp_path).run("report", "--format", "csv").out)))
    named = {column for each in fields for column in each["columns"]}
    assert all(any(column.startswith(name) for column in columns) for name in named)


def test_a_period(desk: Desk, tmp_path: Path) -> None:
    for number in (0, 86_400, 2 * 86_400):
        desk.alert(number)
    day = ("--since", "2020-09-22", "--until", "2020-09-23T00:00:00Z")
    report = told(desk, tmp_path, *day)
    assert report["totals"]["incidents"] == 1
    assert (report["since"], report["until"]) == ("2020-09-22T00:00:00+00:00", "2020-09-23T00:00:00+00:00")
    assert told(desk, tmp_path, "--since", "7d")["totals"]["incidents"] == 0
    assert told(desk, tmp_path, "--since", "all", "--until", "all")["totals"]["incidents"] == 3


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--since", "yesterday"), "--since"),
        (("--until", "soon"), "--until is not"),
        (("--until", "2999-01-01"), "--until lies in the future"),
        (("--since", "2020-01-02", "--until", "2020-01-01"), "--until"),
        (("--format", "pdf"), "--format"),
    ],
)
def test_a_mistake_in_an_option(
    arguments: tuple[str, ...], named: str, hive5: TheHive, tmp_path: Path
) -> None:
    desk = Desk(hive5, ProcessRunner(tmp_path))
    result = program(desk, tmp_path).run("report", *arguments)
    assert (result.code, result.out) == (2, "")
    assert named in result.err
    assert result.err.count("\n") == 1


def test_many_pages_and_equal_dates(tmp_path: Path) -> None:
    count, at_once = 253, 150
    with TheHive("4.1.24-1") as hive:
        desk = Desk(hive, ProcessRunner(tmp_path))
        for number in range(count):
            alert = desk.alert(number, script=f"`https://cdn.example.net/{number % 7}.js`")
            # More than a page holds were posted in one millisecond.
            alert["date"] = POSTED + max(number - at_once, 0)
        report = told(desk, tmp_path)
        asked = hive.calls["POST /api/v1/query"]
    assert report["totals"]["incidents"] == count
    assert sum(script["incidents"] for script in report["scripts"]) == count
    assert len(report["scripts"]) == 7
    # Pages of alerts, and observables of 25 alerts at once.
    assert asked <= 5 + count // 25 + 5


HOSTILE = "https://evil.example/</script><img/src=x/onerror=alert(1)>.js"
WORDS = '=HYPERLINK("http://evil.example")</td><script>alert(1)</script>\u202e\x1b[31m{{7*7}}'


class Page(HTMLParser):
    """The tags of a page, and what they fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs


def hostile(desk: Desk, tmp_path: Path, form: str) -> Result:
    alert = desk.alert(1)
    case = judge(desk, alert)
    for parent in (alert, case):
        desk.observable(parent)["data"] = HOSTILE
        for tag_of in desk.hive.store.observables_of(parent["_id"]):
            if "code-defender:host" in tag_of["tags"]:
                tag_of["data"] = "@SUM(1+1)*cmd|' /C calc'!A0"
    for job in desk.hive.store.jobs.values():
        job["report"]["full"]["data"] = HOSTILE
        if "host" in job["report"]["full"]:
            job["report"]["full"]["host"]["vendor"] = {"name": f"+{WORDS}", "category": WORDS}
    close(desk, case, WORDS)
    result = program(desk, tmp_path).run("report", "--format", form)
    assert (result.code, result.err) == (0, "")
    assert not re.search("[\u202e\x1b]", result.out)
    return result


def test_hostile_texts_stay_text_in_html(desk: Desk, tmp_path: Path) -> None:
    page = hostile(desk, tmp_path, "html").out
    read = Page(page)
    assert not read.tags & {"script", "img", "link", "iframe", "object", "form", "base"}
    assert not [name for name, _ in read.attributes if name.startswith("on") or name in {"src", "style"}]
    links = [value or "" for name, value in read.attributes if name == "href"]
    assert links
    assert all(link.startswith(f"{desk.hive.root}/") for link in links)
    assert "default-src 'none'" in page
    assert "&lt;img/src=x/onerror" in page
    assert "{{7*7}}" in page
    assert len(re.findall("<svg", page)) >= 3


def test_hostile_texts_stay_text_in_a_spreadsheet(desk: Desk, tmp_path: Path) -> None:
    rows = list(csv.reader(io.StringIO(hostile(desk, tmp_path, "csv").out)))
    assert len(rows) == 2
    assert len(rows[0]) == len(rows[1])
    for cell in rows[1]:
        assert not cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))
    row = dict(zip(*rows, strict=True))
    assert row["sites"].startswith("'@SUM")
    assert row["vendor"].startswith("'+=HYPERLINK")
    assert row["script"] == HOSTILE


def test_hostile_texts_are_whole_in_json(desk: Desk, tmp_path: Path) -> None:
    [script] = json.loads(hostile(desk, tmp_path, "json").out)["scripts"]
    assert script["script"] == HOSTILE
    assert script["decisions"][0]["summary"].startswith("=HYPERLINK")


def test_a_file_is_written_whole_or_not_at_all(hive5: TheHive, tmp_path: Path) -> None:
    desk = Desk(hive5, ProcessRunner(tmp_path))
    desk.alert()
    path = tmp_path / "out" / "report.html"
    missing = program(desk, tmp_path).run("report", "--output", str(path))
    assert missing.code == 1
    assert "can't be written (No such file or directory)" in missing.err
    assert not hive5.calls["POST /api/v1/query"]
    path.parent.mkdir()
    path.write_text("before")
    hive5.fail("status", path="/api/v1/query", times=None)
    failed = program(desk, tmp_path, FEEDER_TIMEOUT="1").run("report", "--output", str(path))
    assert (failed.code, failed.out, path.read_text()) == (1, "", "before")
    hive5.faults.clear()
    assert program(desk, tmp_path).run("report", "--output", str(path)).code == 0
    assert path.read_text().rstrip().endswith("</html>")
    assert [each.name for each in path.parent.iterdir()] == ["report.html"]


def test_a_full_disk_is_said(hive5: TheHive, tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    desk = Desk(hive5, ProcessRunner(tmp_path))
    result = program(desk, tmp_path).run("report", "--output", "/dev/full")
    assert result.code == 1
    assert "is no file" in result.err
