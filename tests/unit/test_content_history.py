"""Since when a content is served: told only where it is known."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from content.history import Sighting, newest_first, since_when, span


def seen(day: str, content: str, source: str = "urlscan.io") -> Sighting:
    at = datetime.fromisoformat(day).replace(tzinfo=timezone.utc)
    return Sighting(at, content, source, content if len(content) == 1 else None)


def archived(day: str, digest: str) -> Sighting:
    return seen(day, f"sha1:{digest}", "Wayback Machine")


@pytest.mark.parametrize(
    ("sightings", "ours", "said"),
    [
        ([], "a", None),
        ([seen("2026-11-21", "a")], "a", "this content is served since 21 November 2026 at the latest"),
        (
            [seen("2025-09-20", "b"), seen("2026-10-01", "b"), seen("2026-11-21", "a")],
            "a",
            "changed by 21 November 2026, after 14 months of another content",
        ),
        (
            [seen("2026-11-20", "a"), seen("2026-11-21", "b")],
            "a",
            "this content is served since 20 November 2026 at the latest; "
            "another content was seen on 21 November 2026, after it",
        ),
        (
            [seen("2026-01-01", "a"), seen("2026-02-01", "b"), seen("2026-02-11", "a")],
            "a",
            "changed by 11 February 2026, after 10 days of another content",
        ),
        # An archive that never saw ours may name contents in another way: what it saw is told as its own.
        (
            [seen("2025-01-01", "sha1:X", "Wayback Machine"), seen("2026-11-21", "a")],
            "a",
            "this content is served since 21 November 2026 at the latest",
        ),
        (
            [archived("2025-01-01", "X"), archived("2026-01-01", "Y")],
            "a",
            "Wayback Machine: changed by 1 January 2026, after 12 months of another content",
        ),
        # An archive that saw what another source saw names contents as that one does.
        (
            [
                Sighting(seen("2025-09-20", "b").at, "b", "Wayback Machine", "b"),
                seen("2025-11-02", "b"),
                seen("2026-11-21", "a"),
            ],
            "a",
            "changed by 21 November 2026, after 14 months of another content",
        ),
        ([archived("2025-01-01", "X")], "a", "Wayback Machine: seen since "
         "1 January 2025, always alike"),
    ],
)  # fmt: skip
def test_the_summary_says_since_when(sightings: list[Sighting], ours: str, said: str | None) -> None:
    assert since_when(sightings, ours) == said
    assert since_when(list(reversed(sightings)), ours) == said


def test_rows_are_newest_first_and_each_once() -> None:
    rows = [
        s.row
        for s in newest_first([seen("2026-01-01", "a"), seen("2026-02-01", "b"), seen("2026-01-01", "a")])
    ]
    assert rows == [
        {"seen_at": "2026-02-01T00:00:00Z", "sha256": "b", "source": "urlscan.io"},
        {"seen_at": "2026-01-01T00:00:00Z", "sha256": "a", "source": "urlscan.io"},
    ]


def test_spans_are_in_words() -> None:
    assert [span(n) for n in (0, 1, 30, 90, 430, 1500)] == [
        "less than a day", "1 day", "30 days", "3 months", "14 months", "4 years",
    ]  # fmt: skip
