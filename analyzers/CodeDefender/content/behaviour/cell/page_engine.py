"""The engine that runs the page: quickjs-ng. All that the rest knows of it stands here.

It has no I/O of its own, and keeps its limits on time, memory and stack, as long as nothing but one flat
string ever comes out of it: converting an object or an error would run the script's code outside of the
limits.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import quickjs

MEMORY = 160 * 1024 * 1024
STACK = 900 * 1024
LONGEST_STEP = 1.5
"""Seconds of processor time in which one step of the visit must be done."""
MOST_PROMISES = 2000
"""How many promises are kept after one step."""


class PageEngine:
    """A page's program, compiled; `visit` runs it, once: every visit is a fork."""

    def __init__(self, program: str) -> None:
        self._context = quickjs.Context()
        self._context.set_memory_limit(MEMORY)
        self._context.set_max_stack_size(STACK)
        self._make = self._context.eval(program)

    def visit(self, given: dict[str, Any], cpu: float, tell: Callable[[str], None]) -> None:
        """Make the page that is given, and go through the visit step by step."""
        ends = time.process_time() + cpu
        try:
            self._limit(ends)
            step = self._make(json.dumps(given))
        except quickjs.JSException as error:
            tell(_entry("broken", str(error)))
            return
        while time.process_time() < ends:
            try:
                self._limit(ends)
                told = step()
            except quickjs.JSException:
                tell(_entry("interrupted"))
                continue
            tell(told[1:])
            self._keep_promises(ends, tell)
            if told[:1] != "1":
                return
        tell(_entry("interrupted"))

    def _limit(self, ends: float) -> None:
        self._context.set_time_limit(max(0.05, min(LONGEST_STEP, ends - time.process_time())))

    def _keep_promises(self, ends: float, tell: Callable[[str], None]) -> None:
        for _ in range(MOST_PROMISES):
            try:
                self._limit(ends)
                if not self._context.execute_pending_job():
                    return
            except quickjs.JSException:
                if time.process_time() >= ends:
                    tell(_entry("interrupted"))
                    return


def _entry(*fields: str) -> str:
    """An entry of the record as the page itself writes them (see `page/record.js`)."""
    texts = [field.encode("ascii", "replace").decode() for field in fields]
    return f"{len(texts)};" + "".join(f"{len(text)}:{text}" for text in texts)
