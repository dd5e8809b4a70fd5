"""jsDelivr (data API): which published file has a SHA-256, and the files of a package with theirs.

Facts: jsdelivr/data.jsdelivr.com. The look-up knows only files that were once asked for through the CDN,
and of equal files the one that was first: it may name a stranger's copy on GitHub, and its 404 is no
answer. No key.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from urllib.parse import quote

from lookup.client import Client, TooLarge
from neuron.deadline import Deadline
from neuron.reading import rows, text

API_URL = "https://data.jsdelivr.com"
LARGEST_LISTING = 16 * 1024 * 1024


@dataclass(frozen=True)
class Published:
    """A file that jsDelivr knows. type: `npm` or `gh`. file: its path, without a leading slash."""

    type: str
    name: str
    version: str
    file: str


class _Api(Client):
    service = "jsDelivr"
    address_item = "jsdelivr_url"


class JsDelivr:
    """The questions that are asked. Args: as every source's."""

    def __init__(self, root: str, deadline: Deadline, secrets: tuple[str, ...]) -> None:
        self._client = _Api(root, {}, deadline, secrets)

    def published(self, digest: str) -> Published | None:
        """A file of this SHA-256."""
        answer = self._client.get(f"/v1/lookup/hash/{digest}", allow=(404,))
        if not answer.good:
            return None
        kind, name, version, file = (
            text(answer.body.get(part), 500) for part in ("type", "name", "version", "file")
        )
        if kind not in ("npm", "gh") or not name or not version or not file:
            return None
        return Published(kind, name, version, file.lstrip("/"))

    def files(self, name: str, version: str) -> dict[str, str]:
        """Path → SHA-256 (hex) of the files of an npm package; empty where jsDelivr has no listing of it."""
        path = f"/v1/packages/npm/{quote(name, safe='@/')}@{quote(version, safe='')}"
        try:
            # 403: larger than jsDelivr serves.
            answer = self._client.get_bytes(path, {"structure": "flat"}, (403, 404), LARGEST_LISTING)
        except TooLarge:
            return {}
        if not answer.good:
            return {}
        return {
            file.lstrip("/"): digest
            for row in rows(self._client.json(answer).get("files"))
            if (file := text(row.get("name"), 500)) and (digest := _hex(row.get("hash")))
        }


def _hex(value: object) -> str | None:
    try:
        digest = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except (binascii.Error, ValueError):
        return None
    return digest.hex() if len(digest) == 32 else None
