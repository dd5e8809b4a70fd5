"""The matrix: every request of every piece of work × every fault → one word.

Which requests there are is not written down: a run without faults shows them.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from canary import Lookout, traces
from faults.absence import plan_absence, wait_until_back
from faults.scenarios import NAMES, Work, Wrong, scenario
from simulators.server import Fault, Reply

TOO_MANY = {"ok": False, "error": "ratelimited", "type": "TooManyRequests", "message": "too many requests"}
FAULTS: dict[str, tuple[str, Reply | None]] = {
    "refused": ("absence", None),
    "403": ("status", Reply(403, {"type": "AuthorizationError", "message": "no", "error": "no"})),
    "firewall's 403": ("status", Reply(403, "<h1>Request blocked</h1>", {"Content-Type": "text/html"})),
    "edge's 404": ("status", Reply(404, "<h1>Not found</h1>", {"Content-Type": "text/html"})),
    "421": ("status", Reply(421, "<h1>Misdirected request</h1>", {"Content-Type": "text/html"})),
    "reset before": ("reset_before", None),
    "reset after": ("reset_after", None),
    "late": ("late", None),
    "hang": ("hang", None),
    "slow drip": ("drip", None),
    "429": ("status", Reply(429, TOO_MANY)),
    "429 + Retry-After": ("status", Reply(429, TOO_MANY, {"Retry-After": "1"})),
    "500": ("status", Reply(500, {"type": "InternalError", "message": "simulated"})),
    "500 after acting": ("status_after", None),
    "503": ("status", Reply(503, "<h1>Unavailable</h1>", {"Content-Type": "text/html"})),
    "HTML": ("html", None),
    "truncated": ("truncated", None),
    "wrong types": ("wrong_types", None),
    "huge": ("huge", None),
}
# How long after its check a TheHive 4.1 acts, where the answer is lost meanwhile.
LATE_SECONDS = 0.8
# The product's patience is 2 s a call; a run may make a few calls, and a job is bounded on its own.
LONGEST_RUN = 45.0


@dataclass(frozen=True)
class Place:
    """A request: whose, to which server, which one."""

    work: str
    server: str
    method: str
    path: str
    number: int

    def __str__(self) -> str:
        again = f" ({self.number + 1}.)" if self.number else ""
        return f"{self.work}: {self.server} {self.method} {self.path}{again}"


@dataclass(frozen=True)
class Cell:
    """What came of a fault at a place: `recovered`, `resumed`, `reported`, or what must never be.

    `reported`: what a source has not, or has something else in place of, is said in the report.
    `not reached`: that run did without the request; how often some are made depends on the time.
    """

    place: Place
    fault: str
    outcome: str
    seconds: float

    @property
    def good(self) -> bool:
        """Whether it is one of the outcomes that may be."""
        return self.outcome in {"recovered", "resumed", "reported", "not reached"}


def places(names: Sequence[str] = NAMES, most_alike: int = 2) -> Iterator[Place]:
    """The requests of every piece of work, as a run without faults makes them.

    Args:
        names: the pieces of work.
        most_alike: how many requests of one work with the same method and path are told apart.
    """
    for name in names:
        with scenario(name) as work:
            work.run()
            work.check()
            for server, simulator in work.servers.items():
                seen: Counter[tuple[str, str]] = Counter()
                for request in simulator.requests:
                    kind = request.method, _template(request.path)
                    if seen[kind] < most_alike:
                        yield Place(name, server, *kind, seen[kind])
                    seen[kind] += 1


def try_out(place: Place, fault: str) -> Cell:
    """Let a fault strike a request, run again where the first run says that it failed, and look."""
    kind, reply = FAULTS[fault]
    started = time.monotonic()
    with scenario(place.work) as work:
        path = re.escape(place.path).replace(re.escape("{id}"), "[^/]+")
        which: dict[str, Any] = {"method": place.method, "path": path, "after": place.number}
        server = work.servers[place.server]
        if kind == "absence":
            planned: Fault = plan_absence(server, **which)
        else:
            planned = server.fail(kind, reply=reply, seconds=LATE_SECONDS if kind == "late" else 20, **which)
        lookout = Lookout(work.secrets)
        for server in work.servers.values():
            server.watch = lambda request: lookout.look()
        try:
            outcome = _outcome(work)
        except Wrong as wrong:
            outcome = str(wrong)
        except AssertionError as error:
            outcome = f"wrong: {str(error)[:120]}"
        except Exception as error:
            # One cell's trouble is one cell's.
            outcome = f"broke off: {error!r}"[:200]
        if not planned.seen > place.number:
            outcome = "not reached"
        if lookout.found:
            outcome = "leaked on a command line"
    seconds = time.monotonic() - started
    return Cell(place, fault, "hung" if seconds > LONGEST_RUN else outcome, seconds)


def _outcome(work: Work) -> str:
    first = work.run()
    said = first.said
    if first.ok:
        word = "reported" if first.is_less else "recovered"
    else:
        for server in work.servers.values():
            server.faults.clear()
            wait_until_back(server)
        second = work.run()
        said += second.said
        word = "resumed" if second.ok else "not resumed"
    work.check()
    if traces(work.secrets, said):
        return "leaked"
    if "Traceback" in said:
        return "traceback"
    return word


def _template(path: str) -> str:
    """The path with ids left out."""
    return re.sub(r"/(~[0-9]+|[A-Za-z0-9_-]{30,}|pkg[^/]+|[0-9a-f-]{36}|[0-9a-f]{24})(?=/|$)", "/{id}", path)
