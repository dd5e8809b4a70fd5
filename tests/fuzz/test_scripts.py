"""Hostile scripts against the reader and the engine: a whole answer in time, whatever they are."""

from __future__ import annotations

import json
import os
import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.examination import examine
from content.signs import read
from fuzz.invariants import check_reading
from fuzz.scripts import readable, runnable

# `make fuzz` asks for more. A run in the engine takes seconds.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "3"))
RUNS = max(3, EXAMPLES // 10)
SECONDS = 4.0
GRACE = 25.0  # on a busy machine
relaxed = settings(deadline=None, suppress_health_check=list(HealthCheck))


@given(readable)
@settings(relaxed, max_examples=EXAMPLES)
def test_any_text_is_read_in_time(text: str) -> None:
    start = time.process_time()
    reading = read(text, 60)
    assert time.process_time() - start < 12
    check_reading(reading, text)


@given(readable, st.floats(0, 0.05))
@settings(relaxed, max_examples=EXAMPLES // 3)
def test_reading_stops_when_its_time_is_over(text: str, seconds: float) -> None:
    check_reading(read(text * 4, seconds), text * 4)


@given(
    runnable | st.binary(max_size=2_000),
    st.sampled_from((None, "https://cdn.example.net/a.js", "::", "data:,x")),
)
@settings(relaxed, max_examples=RUNS)
def test_any_script_is_examined_in_time(script: str | bytes, url: str | None) -> None:
    content = script if isinstance(script, bytes) else script.encode(errors="replace")
    start = time.monotonic()
    found = examine(content, url, SECONDS)
    assert time.monotonic() - start < SECONDS + GRACE
    assert found.level in ("malicious", "suspicious", "info")
    assert found.sentences
    told = json.loads(json.dumps(found.behaviour))
    assert set(told) == {"ran", "reads", "leaks", "signs"}
    assert len(json.dumps(told)) < 2_000_000
