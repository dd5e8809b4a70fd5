"""urlscan.io (API v1): which scans requested a script, and the bytes that they got.

Facts: docs.urlscan.io, "Search API Reference", "Result API Reference", "API Rate Limits". Since May 2026
results and responses need a key. Scans can be deleted at any time, also between a search and the next
request. Nothing is submitted: a scan would have urlscan.io's browser visit the script's host.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

from lookup.client import Answer, Client, TooLarge
from neuron.deadline import Deadline
from neuron.failure import Failure
from neuron.reading import mapping, rows, sha256, text

API_URL = "https://urlscan.io"
LARGEST_SCRIPT = 8 * 1024 * 1024
LARGEST_RESULT = 32 * 1024 * 1024
MOST_HITS = 100
_GONE = (404, 410)


@dataclass(frozen=True)
class Scan:
    """A scan that a search found. time: ISO 8601, UTC, as urlscan.io writes it."""

    id: str
    time: str


class NotTheBytes(Exception):
    """What is stored under a hash has another one."""


class UrlscanClient(Client):
    """urlscan.io says in a header of its own when a quota begins anew."""

    service = "urlscan.io"
    address_item = "urlscan_url"
    refusals: ClassVar = {
        401: "urlscan.io does not accept the key: check the configuration item urlscan_key",
        403: "urlscan.io does not allow this key to ask: check the plan of the account",
    }

    def pause_for(self, answer: Answer) -> float | None:
        """As long as the window that is used up still lasts: a minute's is waited for, a day's never."""
        said = answer.headers.get("x-rate-limit-reset-after", "").strip()
        if self.over_quota(answer) and said.isdigit() and len(said) < 10:
            return float(said) + 1
        return super().pause_for(answer)


class Urlscan:
    """The questions that are asked.

    Args:
        root: the configured address.
        key: API key.
        deadline: of the run.
        secrets: that no output may hold.
    """

    def __init__(self, root: str, key: str, deadline: Deadline, secrets: tuple[str, ...]) -> None:
        self._client = UrlscanClient(root, {"api-key": key}, deadline, secrets)

    def scans(self, *conditions: str, size: int = MOST_HITS) -> list[Scan]:
        """The newest scans that meet all conditions (see `of_script`, `of_content`), newest first."""
        params = {"q": " AND ".join(conditions), "size": str(size)}
        answer = self._client.get("/api/v1/search/", params)
        if not isinstance(answer.body.get("results"), list):
            raise Failure("urlscan.io's answer holds no results: check urlscan_url and the proxy.")
        return [scan for hit in rows(answer.body["results"]) if (scan := _scan(hit))]

    def served(self, scan: Scan, url: str) -> str | None:
        """SHA-256 of what exactly this URL served in a scan; None where it was not requested, or is gone."""
        answer = self._client.get_bytes(f"/api/v1/result/{scan.id}/", allow=_GONE, most=LARGEST_RESULT)
        if not answer.good:
            return None
        data = mapping(self._client.json(answer, scrub=False).get("data"))
        asked = url.partition("#")[0]
        for request in rows(data.get("requests")):
            sent = mapping(mapping(request.get("request")).get("request")).get("url")
            found = _hash(mapping(request.get("response")))
            if isinstance(sent, str) and sent.partition("#")[0] == asked and found:
                return found
        return None

    def body(self, digest: str) -> bytes | None:
        """The bytes of this SHA-256; None where they are not stored.

        Raises:
            NotTheBytes: what is stored is not what the page got (it is stored as text).
        """
        try:
            answer = self._client.get_bytes(f"/responses/{digest}/", allow=_GONE, most=LARGEST_SCRIPT)
        except TooLarge:
            return None
        if not answer.good:
            return None
        for body in (answer.raw, _unzipped(answer.raw)):
            if body is not None and hashlib.sha256(body).hexdigest() == digest:
                return body
        raise NotTheBytes


def of_script(url: str) -> str:
    """The condition that a scan requested a file of this name from this host; `served` tells the rest."""
    parts = urlsplit(url)
    named = parts.path.rpartition("/")[2].lower()
    host = f'domain:"{_quoted((parts.hostname or "").lower())}"'
    return f'{host} AND filename:"{_quoted(named)}"' if named else host


def of_content(digest: str) -> str:
    """The condition that some response had these bytes."""
    return f"hash:{digest}"


def of_other_content(digest: str) -> str:
    """The condition that none had."""
    return f"NOT hash:{digest}"


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _scan(hit: dict[str, Any]) -> Scan | None:
    name = text(hit.get("_id"), 100)
    time = text(mapping(hit.get("task")).get("time"), 40)
    good = name and name.replace("-", "").isalnum() and name.isascii()
    return Scan(name, time) if good and name and time else None


def _hash(response: dict[str, Any]) -> str | None:
    """The SHA-256 of a body that came as an answer, not with an error page."""
    status = mapping(response.get("response")).get("status")
    return sha256(response.get("hash")) if isinstance(status, int) and 200 <= status < 300 else None


def _unzipped(raw: bytes) -> bytes | None:
    if not raw.startswith(b"\x1f\x8b"):
        return None
    try:
        return zlib.decompressobj(31).decompress(raw, LARGEST_SCRIPT)
    except zlib.error:
        return None
