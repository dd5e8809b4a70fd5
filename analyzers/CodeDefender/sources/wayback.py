"""The Wayback Machine (CDX server): when an address's content was another one.

Facts: internetarchive/wayback, "wayback-cdx-server". 30 requests a minute; who goes on asking after a 429
is locked out for an hour. Nothing known is `[]`; errors are web pages. No key, and never `/save/`, which
visits the host.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timezone

from lookup.client import Answer, Client
from neuron.deadline import Deadline
from neuron.failure import Failure

API_URL = "https://web.archive.org"
MOST_CAPTURES = 200
FIELDS = ("timestamp", "digest", "statuscode")
_TIMESTAMP = re.compile(r"[0-9]{14}")
_DIGEST = re.compile(r"[A-Z2-7]{32}")


@dataclass(frozen=True)
class Capture:
    """The first of a row of captures that are alike.

    at: ISO 8601, UTC. digest: base32 of the body's SHA-1 (now and then of its compressed form).
    """

    at: str
    digest: str


class _Api(Client):
    service = "the Wayback Machine"
    address_item = "wayback_url"

    def pause_for(self, answer: Answer) -> float | None:
        """It is asked once: whoever insists is locked out."""
        return None


class Wayback:
    """The question that is asked. Args: as every source's."""

    def __init__(self, root: str, deadline: Deadline, secrets: tuple[str, ...]) -> None:
        self._client = _Api(root, {}, deadline, secrets)

    def captures(self, url: str) -> list[Capture]:
        """Each time the content at a URL was another than before, newest first.

        The URL goes without its query, which may hold secrets.
        """
        params = {
            "url": url.partition("#")[0].partition("?")[0],
            "output": "json",
            "fl": ",".join(FIELDS),
            "filter": "statuscode:200",
            "collapse": "digest",
            "limit": f"-{MOST_CAPTURES}",
        }
        answer = self._client.get_bytes("/cdx/search/cdx", params)
        try:
            table = json.loads(answer.raw)
        except (ValueError, RecursionError):
            table = None
        if not isinstance(table, list):
            raise Failure("the Wayback Machine's answer is not the list that it documents: try again later.")
        return sorted(_captures(table), key=lambda capture: capture.at, reverse=True)


def _captures(table: list[object]) -> list[Capture]:
    found = []
    for row in table:
        if not isinstance(row, list) or len(row) < 2 or not all(isinstance(cell, str) for cell in row):
            continue
        if _TIMESTAMP.fullmatch(row[0]) and _DIGEST.fullmatch(row[1]):
            try:
                at = datetime.strptime(row[0], "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)
            except ValueError:
                continue
            found.append(Capture(at.isoformat().replace("+00:00", "Z"), row[1]))
    return found
