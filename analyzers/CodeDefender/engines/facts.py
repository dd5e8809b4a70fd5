"""What else VirusTotal knows, as a table of name and value: one row here is one row of the report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from neuron.reading import iso, mapping, moment, rows, sha256, text, texts

LONGEST_URL = 4096  # what TheHive takes as an observable

Fact = tuple[str, str, Callable[[Any], str | None]]


def _when(value: Any) -> str | None:
    return iso(moment(value))


def _integer(value: Any) -> str | None:
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**12
    return str(value) if whole else None


def _list(value: Any) -> str | None:
    return text(", ".join(texts(value)))


def _values(value: Any) -> str | None:
    return _list(sorted(set(texts(list(mapping(value).values())))))


def _threats(value: Any) -> str | None:
    return _list([row.get("value") for row in rows(mapping(value).get("popular_threat_name"))])


def _chain(value: Any) -> str | None:
    return text(" → ".join(texts(value, LONGEST_URL)), LONGEST_URL)


URL_FACTS: tuple[Fact, ...] = (
    ("First submitted", "first_submission_date", _when),
    ("Last submitted", "last_submission_date", _when),
    ("Times submitted", "times_submitted", _integer),
    ("Reputation", "reputation", _integer),
    ("Threat names", "threat_names", _list),
    ("Categories", "categories", _values),
    ("Tags", "tags", _list),
    ("Page title", "title", text),
    ("HTTP status", "last_http_response_code", _integer),
    ("Redirections", "redirection_chain", _chain),
    ("Content SHA-256", "last_http_response_content_sha256", sha256),
)
CONTENT_FACTS: tuple[Fact, ...] = (
    ("Content name", "meaningful_name", text),
    ("Content type", "type_description", text),
    ("Content first seen", "first_submission_date", _when),
    ("Content last seen", "last_submission_date", _when),
    ("Content times submitted", "times_submitted", _integer),
    ("Content reputation", "reputation", _integer),
    ("Content threat names", "popular_threat_classification", _threats),
)
DOMAIN_FACTS: tuple[Fact, ...] = (
    ("Reputation", "reputation", _integer),
    ("Categories", "categories", _values),
    ("Registrar", "registrar", text),
    ("Created", "creation_date", _when),
    ("Tags", "tags", _list),
)


def facts(table: tuple[Fact, ...], attributes: dict[str, Any]) -> list[dict[str, str]]:
    """Rows `{"name", "value"}` of what the attributes hold."""
    read = ((name, reader(attributes.get(attribute))) for name, attribute, reader in table)
    return [{"name": name, "value": value} for name, value in read if value is not None]
