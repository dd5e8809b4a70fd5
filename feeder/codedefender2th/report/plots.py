"""The geometry of the page's small plots; the template draws them. Pure.

All lengths are in the units of the drawing, WIDTH wide.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

WIDTH, HEIGHT = 480, 120
_MOST_WEEKS, _MOST_BARS = 53, 10
# From the axis upwards.
VERDICTS = ("malicious", "suspicious", "unknown", "clean", "none")


@dataclass(frozen=True)
class Bar:
    """A rectangle: `kind` is its class, `says` what it stands for."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    says: str


@dataclass(frozen=True)
class Plot:
    """Upright bars over weeks.

    Attributes:
        top: what the full height stands for.
        labels: a place along the axis and what stands there.
    """

    bars: tuple[Bar, ...]
    top: str
    labels: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Lying:
    """A bar of a list: its width, its number, its name."""

    width: float
    number: int
    name: str


def verdicts_a_week(weeks: list[dict[str, Any]]) -> Plot:
    """Incidents by verdict."""
    shown = _every_week(weeks)
    most = max((week.get("incidents", 0) for week in shown), default=0) or 1
    bars, step = [], WIDTH / max(len(shown), 1)
    for place, week in enumerate(shown):
        y = float(HEIGHT)
        for verdict in VERDICTS:
            count = week.get("verdicts", {}).get(verdict, 0)
            if count:
                height = HEIGHT * count / most
                y -= height
                says = f"{week['week']}: {count} {'without a verdict' if verdict == 'none' else verdict}"
                bars.append(Bar(place * step, y, step * 0.8, height, verdict, says))
    return Plot(tuple(bars), str(most), _labels(shown, step))


def times_a_week(weeks: list[dict[str, Any]]) -> Plot:
    """The medians of the times to a verdict and to closing."""
    shown = _every_week(weeks)
    kinds = ("verdict", "closing")
    values = {
        (place, kind): week["times"][kind]["median"]
        for place, week in enumerate(shown)
        for kind in kinds
        if "times" in week and week["times"][kind]["median"] is not None
    }
    most, step = max(values.values(), default=0) or 1, WIDTH / max(len(shown), 1)
    bars = [
        Bar(
            place * step + kinds.index(kind) * step * 0.4,
            HEIGHT - max(HEIGHT * value / most, 1),
            step * 0.4,
            max(HEIGHT * value / most, 1),
            kind,
            f"{shown[place]['week']}: {spoken(value)} to {'a verdict' if kind == 'verdict' else 'closing'}",
        )
        for (place, kind), value in values.items()
    ]
    return Plot(tuple(bars), spoken(most) if values else "no times are known", _labels(shown, step))


def most_frequent(scripts: list[dict[str, Any]]) -> list[Lying]:
    """The scripts with the most incidents."""
    return _lying(Counter({each["script"]: each["incidents"] for each in scripts if each["script"]}))


def vendors(scripts: list[dict[str, Any]]) -> list[Lying]:
    """The vendors with the most incidents."""
    found: Counter[str] = Counter()
    for each in scripts:
        if each["vendor"]:
            found[each["vendor"]["name"]] += each["incidents"]
    return _lying(found)


def spoken(seconds: float | None) -> str:
    """A time in its two largest units: `3 h 20 min`; a dash where there is none."""
    if seconds is None:
        return "–"
    units = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))
    for place, (name, size) in enumerate(units):
        if seconds >= size:
            whole, rest = divmod(int(seconds), size)
            smaller, its_size = units[min(place + 1, 3)]
            part = rest // its_size if smaller != name else 0
            return f"{whole} {name}" + (f" {part} {smaller}" if part else "")
    return "under 1 s"


def _lying(counts: Counter[str]) -> list[Lying]:
    listed = sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:_MOST_BARS]
    most = listed[0][1] if listed else 1
    return [Lying(100 * number / most, number, name) for name, number in listed]


def _every_week(weeks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last weeks up to the last with an incident, those without one too."""
    if not weeks:
        return []
    known = {week["week"]: week for week in weeks}
    year, number = weeks[-1]["week"].split("-W")
    monday = date.fromisocalendar(int(year), int(number), 1)
    shown: list[dict[str, Any]] = []
    while len(shown) < _MOST_WEEKS:
        name = f"{monday.isocalendar()[0]}-W{monday.isocalendar()[1]:02}"
        shown.append(known.get(name, {"week": name}))
        if name == weeks[0]["week"]:
            break
        monday -= timedelta(weeks=1)
    return shown[::-1]


def _labels(weeks: list[dict[str, Any]], step: float) -> tuple[tuple[float, str], ...]:
    every = max(len(weeks) // 6, 1)
    return tuple((place * step, week["week"]) for place, week in enumerate(weeks) if place % every == 0)
