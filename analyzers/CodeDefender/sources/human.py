"""HUMAN's API for Code Defender: the incidents of the customer's own sites.

Facts: docs.humansecurity.com, "Get incidents"; the types in HUMAN's own `human-mcp-server` (MIT): every field
is optional, unknown ones are allowed, and what look like enumerations are examples. `appId` and `tld` are
repeated, `from` and `to` are milliseconds, `take` is 50 at most. Paging is by `skip`: the addresses in an
answer are never followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import time
from typing import Any, ClassVar
from urllib.parse import urlencode

from lookup.client import Client
from neuron.failure import Failure
from neuron.reading import count, mapping, rows, text

API_URL = "https://api.humansecurity.com/v1"
PAGE = 50
MOST_PAGES = 40
_DAY_MS = 86_400_000


@dataclass(frozen=True)
class Scope:
    """Whose incidents: applications and host domains, as HUMAN names them, and how many days back."""

    app_ids: tuple[str, ...]
    sites: tuple[str, ...]
    days: float

    def query(self, skip: int, now: float) -> str:
        """The query of one page, from `skip` on."""
        to = int(now * 1000)
        pairs = [("appId", each) for each in self.app_ids] + [("tld", each) for each in self.sites]
        pairs += [("from", str(to - int(self.days * _DAY_MS))), ("to", str(to))]
        return urlencode([*pairs, ("take", str(PAGE)), ("skip", str(skip))])


@dataclass(frozen=True)
class Page:
    """A page of incidents, and whether there are more behind it."""

    incidents: list[dict[str, Any]]
    more: bool


class HumanClient(Client):
    """HUMAN types no error: what its answers say is shown as it comes."""

    service = "HUMAN"
    refusals: ClassVar = {
        401: "HUMAN does not accept the token, or it has expired: make a new one in the console and enter it "
        "in the configuration item token",
        403: "HUMAN does not allow this token to read incidents: check its rights, app_ids and tlds",
    }

    def incidents(self, path: str, scope: Scope) -> Iterator[Page]:
        """Incidents, newest first as HUMAN gives them, page by page, at most `MOST_PAGES`; raises Failure."""
        skip, now = 0, time()
        for _ in range(MOST_PAGES):
            body = self.get(f"{path}?{scope.query(skip, now)}").body
            if not isinstance(body.get("data"), list):
                raise Failure("HUMAN's answer holds no list of incidents: try again later.")
            skip += len(body["data"])
            total = count(mapping(body.get("paging")).get("count"))
            page = Page(rows(body["data"]), bool(body["data"]) and (total is None or skip < total))
            yield page
            if not page.more:
                return

    def reason(self, body: dict[str, Any]) -> str | None:
        """What an error's body says, under whichever name."""
        return next((said for name in ("message", "error", "detail") if (said := text(body.get(name)))), None)
