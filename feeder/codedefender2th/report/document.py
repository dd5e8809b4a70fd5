"""The report as data: what JSON shows, and what HTML and CSV are made of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from codedefender2th import __version__
from codedefender2th.report.reading import Reader
from codedefender2th.report.standard import FIELDS
from codedefender2th.report.summing import NO_SCRIPT, Row, Sums
from codedefender2th.settings import Since
from codedefender2th.thehive.client import TheHive

SEVERITIES = {1: "low", 2: "medium", 3: "high", 4: "critical"}


def summed(reader: Reader) -> Sums:
    """All that a reader reads, summed up; raises as it does."""
    sums = Sums()
    for incidents, notes in reader.batches():
        sums.add(incidents, notes)
    reported = {name for row in sums.rows.values() for name in row.observables.values()}
    for analyzer, about, full in reader.reports_on(sorted(reported)):
        sums.learn(analyzer, about, full)
    return sums


def document(sums: Sums, thehive: TheHive, since: Since, until: Since | None) -> dict[str, Any]:
    """The report.

    Args:
        sums: of the period.
        thehive: where it was read; for links.
        since: the period's beginning.
        until: its end; None for now.

    Returns:
        What `--format json` prints; moments are ISO 8601 in UTC, times are seconds.
    """
    rows = sorted(sums.rows.values(), key=lambda row: (-row.severity, -row.incidents, row.url))
    return {
        "generated": _iso(int(datetime.now(timezone.utc).timestamp() * 1000)),
        "generator": f"codedefender2th {__version__}",
        "thehive": {"version": thehive.version},
        "since": since.moment and since.moment.isoformat(timespec="seconds"),
        "until": until and until.moment and until.moment.isoformat(timespec="seconds"),
        "totals": {
            "incidents": sums.incidents,
            "open": sums.open,
            "closed": sums.incidents - sums.open,
            "scripts": sum(row.url != NO_SCRIPT for row in rows),
            "sites": len(sums.sites),
            "cases": len(sums.cases),
            "severities": {name: sums.severities[level] for level, name in SEVERITIES.items()},
            "verdicts": dict(sorted(sums.verdicts.items())),
        },
        "times": sums.times.as_json(),
        "time_to_verdict_known": not thehive.is_4,
        "weeks": [
            {
                "week": name,
                "incidents": week.verdicts.total(),
                "verdicts": dict(sorted(week.verdicts.items())),
                "times": week.times.as_json(),
            }
            for name, week in sorted(sums.weeks.items())
        ],
        "scripts": [_script(row, lambda case: thehive.page("case", case)) for row in rows],
        "pci_dss_4_0_1": [
            {
                "requirement": each.requirement,
                "asks": each.asks,
                "filled": each.filled,
                "columns": list(each.columns),
                "says": each.says,
            }
            for each in FIELDS
        ],
    }


def _script(row: Row, page: Callable[[str], str]) -> dict[str, Any]:
    return {
        "script": row.url or None,
        "host": row.host,
        "vendor": row.vendor,
        "first_seen": _iso(row.first),
        "last_seen": _iso(row.last),
        "sites": sorted(row.sites),
        "incidents": row.incidents,
        "severity": SEVERITIES[row.severity],
        "verdict": row.verdict,
        "verdicts": dict(sorted(row.verdicts.items())),
        "reason": row.reason,
        "content_sha256": row.sha256,
        "decisions": [
            {
                "of": what,
                "status": status,
                "by": by or None,
                "at": at and _iso(at),
                "summary": summary or None,
            }
            for (what, status, by, summary), at in sorted(row.decisions.items(), key=lambda d: -(d[1] or 0))
        ],
        "cases": [{"number": number, "id": case, "url": page(case)} for case, number in row.cases.items()],
        "times": row.times.as_json(),
        "left_out": row.left_out,
    }


def _iso(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, tz=timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
