"""VirusTotal (API v3): the bytes that a URL served, where the key may download files (premium plans).

Facts: docs.virustotal.com, "URL object", "Get a file's download URL". The bytes lie on a storage host,
under an address with a signature: it is asked without the key.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any, ClassVar

from lookup.client import Client, TooLarge
from neuron.deadline import Deadline
from neuron.failure import Failure
from neuron.reading import mapping, moment, sha256, text
from sources.origin import origin, root_and_path, same_host, same_origin

API_URL = "https://www.virustotal.com/api/v3"
LARGEST_SCRIPT = 8 * 1024 * 1024
STORES = ("virustotal.com", "commondatastorage.googleapis.com", "storage.googleapis.com")
_NOTHING = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class Served:
    """What a URL served: its SHA-256, and when (UTC seconds, or None)."""

    sha256: str
    at: float | None


class NotAllowed(Failure):
    """The key is right, but its plan has no downloads."""


class _Api(Client):
    service = "VirusTotal"
    address_item = "virustotal_url"
    refusals: ClassVar = {
        401: "VirusTotal does not accept the key: check the configuration item virustotal_key",
        403: "VirusTotal does not allow this key to ask: the account or its plan has no right to this",
    }

    def reason(self, body: dict[str, Any]) -> str | None:
        return text(mapping(body.get("error")).get("message"))


class _Store(Client):
    service = "VirusTotal's file store"
    address_item = "virustotal_url"


class VirusTotalFiles:
    """The questions that are asked. Args: as every source's."""

    def __init__(self, root: str, key: str, deadline: Deadline, secrets: tuple[str, ...]) -> None:
        self._root, self._deadline, self._secrets = root, deadline, secrets
        self._api = _Api(root, {"x-apikey": key}, deadline, secrets)

    def served(self, url: str) -> Served | None:
        """What the URL served when VirusTotal last looked; None where that is not known."""
        name = base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
        answer = self._api.get(f"/urls/{name}", allow=(404,))
        attributes = mapping(mapping(answer.body.get("data")).get("attributes"))
        digest = sha256(attributes.get("last_http_response_content_sha256"))
        if not answer.good or digest is None or digest == _NOTHING:
            return None
        return Served(digest, moment(attributes.get("last_analysis_date")))

    def body(self, digest: str, script: str) -> bytes | None:
        """The bytes of a SHA-256; None where VirusTotal has them not.

        Args:
            digest: the SHA-256.
            script: the script's own URL, whose host is never asked.

        Raises:
            NotAllowed: the key may not download.
        """
        answer = self._api.get(f"/files/{digest}/download_url", allow=(403, 404))
        if answer.status == 403:
            raise NotAllowed("the VirusTotal key may not download files (a premium plan may)")
        address = answer.body.get("data")
        if not answer.good:
            return None
        if not isinstance(address, str) or not self._stored(address) or same_host(address, script):
            raise Failure("VirusTotal's answer names no file store of its own: try again later.")
        root, path = root_and_path(address)
        try:
            raw = _Store(root, {}, self._deadline, self._secrets).get_bytes(path, most=LARGEST_SCRIPT).raw
        except TooLarge:
            return None
        return raw if hashlib.sha256(raw).hexdigest() == digest else None

    def _stored(self, address: str) -> bool:
        found = origin(address)
        if found is None:
            return False
        known = any(found[1] == store or found[1].endswith("." + store) for store in STORES)
        return same_origin(address, self._root) or (found[0] == "https" and found[2] == 443 and known)
