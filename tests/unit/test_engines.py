"""What VirusTotal's attributes say, and when it is which level."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.opinion import Policy, read_opinion
from lookup.verdict import LEVELS

NOW = 1_800_000_000.0
DAY = 86_400
SKIMMER = {"suggested_threat_label": "trojan.js/skimmer"}
POLICY = Policy(threshold=2, max_age_days=30, known_days=30)


def stats(
    malicious: Any = 0, suspicious: Any = 0, harmless: Any = 60, undetected: Any = 30
) -> dict[str, Any]:
    return {
        "malicious": malicious,
        "suspicious": suspicious,
        "harmless": harmless,
        "undetected": undetected,
        "timeout": 1,
    }


def attributes(age_days: float | None = 1, **said: Any) -> dict[str, Any]:
    dated = {} if age_days is None else {"last_analysis_date": NOW - age_days * DAY}
    return {"last_analysis_stats": stats(), **dated, **said}


def engine(category: str, number: int) -> dict[str, Any]:
    return {
        f"Engine {number}": {"engine_name": f"Engine {number}", "category": category, "result": "malware"}
    }


@pytest.mark.parametrize(
    ("said", "level"),
    [
        (attributes(), "info"),
        (attributes(last_analysis_stats=stats(malicious=2)), "malicious"),
        (attributes(last_analysis_stats=stats(malicious=1)), "suspicious"),
        (attributes(last_analysis_stats=stats(suspicious=5)), "suspicious"),
        (attributes(age_days=4000, last_analysis_stats=stats(malicious=2)), "malicious"),
        (attributes(age_days=None, last_analysis_stats=stats(suspicious=1)), "suspicious"),
        (attributes(last_analysis_stats=None), "info"),
        (attributes(last_analysis_stats={}), "info"),
        (attributes(last_analysis_stats=stats(harmless=0, undetected=0)), "info"),
        (attributes(last_analysis_stats=stats(malicious="0")), "info"),
        (attributes(last_analysis_stats={"harmless": 60}), "info"),
        (attributes(last_analysis_stats=None, last_analysis_results=engine("malicious", 1)), "suspicious"),
        (
            attributes(
                last_analysis_stats=None,
                last_analysis_results=engine("malicious", 1) | engine("malicious", 2),
            ),
            "malicious",
        ),
        ({}, "info"),
    ],
)
def test_a_flag_counts_at_any_age_and_nothing_else_does(said: dict[str, Any], level: str) -> None:
    assert read_opinion("URL", said, NOW).level(POLICY) == level


@pytest.mark.parametrize(
    ("age_days", "fresh"), [(1, True), (29.9, True), (-0.5, True), (30.1, False), (-3, False), (None, False)]
)
def test_a_report_is_fresh_for_as_long_as_the_administrator_says(age_days: float | None, fresh: bool) -> None:
    assert read_opinion("URL", attributes(age_days), NOW).fresh(POLICY) is fresh


def test_undetected_is_a_word_on_a_file_and_none_on_an_address() -> None:
    said = attributes(last_analysis_stats=stats(malicious=1, harmless=5, undetected=30))
    address, content = read_opinion("URL", said, NOW), read_opinion("content", said, NOW)
    assert (address.engines, address.silent) == (6, 30)
    assert (content.engines, content.silent) == (36, 0)
    assert read_opinion("URL", attributes(), NOW).words == (
        "none of 60 engines flags the URL (30 more have no opinion), analysed 1 day ago"
    )


@pytest.mark.parametrize(("threshold", "level"), [(1, "malicious"), (3, "malicious"), (4, "suspicious")])
def test_the_threshold_is_the_administrators(threshold: int, level: str) -> None:
    opinion = read_opinion("URL", attributes(last_analysis_stats=stats(malicious=3)), NOW)
    assert opinion.level(Policy(threshold, 30, 30)) == level


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (attributes(), "none of 90 engines flags the content, analysed 1 day ago"),
        (attributes(age_days=0), "none of 90 engines flags the content, analysed today"),
        (
            attributes(last_analysis_stats=stats(3, 1), popular_threat_classification=SKIMMER),
            "3 of 94 engines flag the content as malicious, 1 as suspicious (trojan.js/skimmer), "
            "analysed 1 day ago",
        ),
        (
            attributes(900, last_analysis_stats=stats(0, 2), threat_names=["C2/Generic-A"]),
            "2 of 92 engines flag the content as suspicious (C2/Generic-A), analysed 900 days ago",
        ),
        (attributes(None, last_analysis_stats=stats(1)),
         "1 of 91 engines flag the content as malicious, analysed at an unknown time"),
        ({}, "the report on the content holds no engine's opinion"),
    ],
)  # fmt: skip
def test_an_opinion_is_said_in_words(said: dict[str, Any], words: str) -> None:
    assert read_opinion("content", said, NOW).words == words


def test_the_engines_that_flag_are_listed_with_what_they_call_it() -> None:
    results = (
        engine("suspicious", 2)
        | engine("harmless", 3)
        | engine("malicious", 1)
        | {"odd": 5, "x": {"category": []}}
    )
    opinion = read_opinion("URL", attributes(last_analysis_results=results), NOW)
    assert opinion.flagged_by == (
        {"subject": "URL", "engine": "Engine 1", "category": "malicious", "result": "malware"},
        {"subject": "URL", "engine": "Engine 2", "category": "suspicious", "result": "malware"},
    )


odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(math.inf),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


# A busy machine draws examples slowly: that is no finding.
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(
            ["last_analysis_stats", "last_analysis_results", "last_analysis_date", "threat_names",
             "popular_threat_classification"]
        ),
        odd | st.dictionaries(st.sampled_from(["malicious", "harmless", "suspicious"]), odd),
    )
)  # fmt: skip
def test_odd_attributes_are_read_for_what_they_say(said: dict[str, Any]) -> None:
    opinion = read_opinion("URL", said, NOW)
    assert opinion.level(POLICY) in LEVELS
    assert opinion.words
    assert opinion.row("info")["engines"] >= 0
