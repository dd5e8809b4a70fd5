"""The checks that TheHive makes on request bodies, and the forms of its errors."""

from __future__ import annotations

from typing import Any

from simulators.server import Reply

# TheHive 5.7's OpenAPI description: least and greatest length, or allowed values.
LENGTHS = {
    "type": (1, 32),
    "source": (1, 32),
    "sourceRef": (1, 128),
    "title": (1, 512),
    "description": (0, 1_048_576),
    "externalLink": (1, 4096),
    "status": (1, 64),
    "summary": (0, 1_048_576),
    "caseTemplate": (1, 128),
    "dataType": (1, 64),
    "message": (0, 1_048_576),
}
VALUES = {"severity": {1, 2, 3, 4}, "tlp": {0, 1, 2, 3, 4}, "pap": {0, 1, 2, 3}}
BOOLEANS = {"flag", "ioc", "sighted", "ignoreSimilarity", "follow", "read"}
NUMBERS = {"date", "severity", "tlp", "pap", "startDate"}
TAG, DATA = (1, 128), (1, 4096)
MAX_BODY_4 = 256_000


class Refused(Exception):
    """A request that ends with an error."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.reply = problem(status, kind, message)


def problem(status: int, kind: str, message: str) -> Reply:
    """TheHive's form of an error."""
    return Reply(status, {"type": kind, "message": message})


def check_required(body: dict[str, Any], *names: str) -> None:
    """400 where an attribute is missing; all missing ones are listed."""
    missing = [name for name in names if body.get(name) is None]
    if missing:
        listed = ", ".join(f"Attribute {name} is missing" for name in missing)
        raise Refused(400, "AttributeCheckingError", f"[{listed}]")


def check_types(body: dict[str, Any]) -> None:
    """400 for texts where numbers are due and the reverse; both TheHives do so."""
    for name, value in body.items():
        wrong = (
            (name in LENGTHS and value is not None and not isinstance(value, str))
            or (name in NUMBERS and (isinstance(value, bool) or not isinstance(value, int)))
            or (name in BOOLEANS and not isinstance(value, bool))
            or (name == "tags" and not _texts(value))
        )
        if wrong:
            raise Refused(
                400,
                "AttributeCheckingError",
                f"[Invalid format for {name}: {str(value)[:80]}, expected other]",
            )


def check_limits(body: dict[str, Any]) -> None:
    """400 for lengths and values outside 5.7's limits; 4.1 does not check them."""
    for name, value in body.items():
        within = LENGTHS.get(name)
        if within and isinstance(value, str) and not within[0] <= len(value) <= within[1]:
            raise Refused(400, "BadRequest", f"{name}: length must be between {within[0]} and {within[1]}")
        if name in VALUES and value not in VALUES[name]:
            raise Refused(400, "BadRequest", f"{name}: {value} is not allowed")
        if name in {"tags", "addTags", "removeTags"}:
            for tag in value:
                if not TAG[0] <= len(tag) <= TAG[1]:
                    raise Refused(400, "BadRequest", "tag: length must be between 1 and 128")
        if name == "data":
            for one in value if isinstance(value, list) else [value]:
                if not DATA[0] <= len(one) <= DATA[1]:
                    raise Refused(400, "BadRequest", "data: length must be between 1 and 4096")


def check_closing(body: dict[str, Any], stage: str, mandatory: list[str]) -> None:
    """400 where a status would close an alert or a case (TheHive 5) whose mandatory fields are empty."""
    if stage == "Closed" and mandatory and "status" in body:
        raise Refused(400, "BadRequest", f"Mandatory custom fields are missing: {', '.join(mandatory)}")


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
