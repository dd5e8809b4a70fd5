"""OSV.dev: what is known of a package. No key.

Facts: google.github.io/osv.dev, "POST /v1/query"; ossf.github.io/osv-schema, "Open Source Vulnerability
format".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lookup.client import Client
from neuron.failure import Failure
from neuron.reading import rows, text

API_URL = "https://api.osv.dev"
MOST_PAGES = 20


class OSVClient(Client):
    """OSV's errors are gRPC's: `{"code", "message"}`."""

    service = "OSV"

    def records(self, purl: str) -> list[dict[str, Any]]:
        """Every record that OSV has on a package; raises `Failure`."""
        return [record for page in self.pages(purl) for record in page]

    def pages(self, purl: str) -> Iterator[list[dict[str, Any]]]:
        """The same, page by page; one may be empty and yet have another after it."""
        query: dict[str, Any] = {"package": {"purl": purl}}
        for _ in range(MOST_PAGES):
            answer = self.post_json("/v1/query", query)
            # Nothing known is an empty object; anything else is not OSV that answers.
            if answer.body and not answer.body.keys() & {"vulns", "next_page_token"}:
                raise Failure(f"The answer is not one of OSV's: check {self.address_item} and the proxy.")
            yield rows(answer.body.get("vulns"))
            token = text(answer.body.get("next_page_token"), 4096)
            if token is None or token == query.get("page_token"):
                return
            query["page_token"] = token
