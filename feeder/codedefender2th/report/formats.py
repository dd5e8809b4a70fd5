"""The report as HTML, CSV and JSON. Whatever is said in it comes from outside: in all three it stays text."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup

from codedefender2th.output import printable
from codedefender2th.report import plots

Document = dict[str, Any]

COLUMNS = (
    *("script", "host", "vendor", "vendor_category", "first_seen", "last_seen", "sites", "incidents"),
    *("severity", "verdict", "reason", "content_sha256", "decisions", "cases"),
    *(
        f"time_to_{step}_{what}_s"
        for step in ("alert", "verdict", "case", "closing")
        for what in ("median", "worst")
    ),
)
# What a spreadsheet takes for the beginning of a formula, its wide forms too.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def as_json(document: Document) -> Iterator[str]:
    """One object; what a terminal would obey is escaped."""
    yield from json.JSONEncoder(indent=1).iterencode(document)
    yield "\n"


def as_csv(document: Document) -> Iterator[str]:
    """A line for each script; no cell begins as a formula does."""
    yield _line(COLUMNS)
    for script in document["scripts"]:
        times = [script["times"][step] for step in ("alert", "verdict", "case", "closing")]
        yield _line(
            (
                script["script"] or "(no script could be read)",
                script["host"],
                (script["vendor"] or {}).get("name"),
                (script["vendor"] or {}).get("category"),
                script["first_seen"],
                script["last_seen"],
                "; ".join(script["sites"]),
                script["incidents"],
                script["severity"],
                script["verdict"],
                script["reason"],
                script["content_sha256"],
                "; ".join(decided(each) for each in script["decisions"]),
                "; ".join(f"#{case['number']}" for case in script["cases"]),
                *(time[what] for time in times for what in ("median", "worst")),
            )
        )


def as_html(document: Document) -> Iterator[str]:
    """A page that needs nothing else, in a browser and on paper."""
    environment = jinja2.Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: printable(value) if type(value) is str else "" if value is None else value,
    )
    environment.filters |= {"spoken": plots.spoken, "decided": decided}
    room = files("codedefender2th.report")
    style = room.joinpath("page.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    yield from environment.from_string(room.joinpath("page.html").read_text("utf-8")).generate(
        report=document,
        style=Markup(style),  # noqa: S704
        digest=digest,
        verdicts=plots.VERDICTS,
        by_week=plots.verdicts_a_week(document["weeks"]),
        times=plots.times_a_week(document["weeks"]),
        scripts=plots.most_frequent(document["scripts"]),
        vendors=plots.vendors(document["scripts"]),
        width=plots.WIDTH,
        height=plots.HEIGHT,
    )


FORMATS: dict[str, Callable[[Document], Iterator[str]]] = {"html": as_html, "csv": as_csv, "json": as_json}


def decided(decision: dict[str, Any]) -> str:
    """`case #7 FalsePositive by a@b.example on 2026-11-02: their words`."""
    by = f" by {decision['by']}" if decision["by"] else ""
    at = f" on {decision['at'][:10]}" if decision["at"] else ""
    return f"{decision['of']} {decision['status']}{by}{at}" + (
        f": {decision['summary']}" if decision["summary"] else ""
    )


def _line(cells: Any) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerow([_cell(cell) for cell in cells])
    return text.getvalue()


def _cell(value: Any) -> str:
    text = "" if value is None else printable(str(value))
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
