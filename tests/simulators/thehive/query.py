"""The Query API of TheHive 5 and 4.1 (`POST /api/v1/query`), the operations around alerts and cases.

4.1 knows `_is` and a bare `_field`/`_value` for equality; `_eq`, `_has` and `_match` came with 5.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable
from typing import Any

from simulators.thehive.store import Entity

_COMMON = {"_id", "_createdBy", "_createdAt", "_updatedBy", "_updatedAt"}
_OBSERVABLE = {"dataType", "data", "startDate", "tlp", "tags", "ioc", "sighted", "message", "attachment"}
_ALERT = {
    "type",
    "source",
    "sourceRef",
    "title",
    "description",
    "severity",
    "date",
    "tags",
    "tlp",
    "pap",
    "follow",
}
_CASE = {
    "number",
    "title",
    "description",
    "severity",
    "startDate",
    "endDate",
    "tags",
    "flag",
    "tlp",
    "pap",
    "status",
}
PROPERTIES = {
    "Alert": _COMMON | _ALERT | {"caseId"},
    "Case": _COMMON | _CASE | {"assignee", "summary"},
    "Observable": _COMMON | _OBSERVABLE,
    "case_artifact_job": {"analyzerId", "analyzerDefinition", "status", "startDate", "cortexId"},
    "Action": {"responderId", "status", "startDate", "objectId"},
    "CaseTemplate": _COMMON | {"name", "displayName"},
    "User": _COMMON | {"login", "name"},
    "Organisation": _COMMON | {"name"},
}
ONLY_IN_5 = {"Alert": {"status", "stage", "externalLink"}, "Case": {"stage"}, "Observable": {"pap"}}
ONLY_IN_4 = {"Alert": {"read"}}

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "_is": lambda have, want: have == want,
    "_eq": lambda have, want: have == want,
    "_ne": lambda have, want: have != want,
    "_gt": lambda have, want: have is not None and have > want,
    "_gte": lambda have, want: have is not None and have >= want,
    "_lt": lambda have, want: have is not None and have < want,
    "_lte": lambda have, want: have is not None and have <= want,
    "_like": lambda have, want: isinstance(have, str) and fnmatch.fnmatchcase(have, want),
    "_startsWith": lambda have, want: isinstance(have, str) and have.startswith(want),
    "_endsWith": lambda have, want: isinstance(have, str) and have.endswith(want),
}


class BadQuery(Exception):
    """A query that TheHive answers with 400."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind, self.message = kind, message


def matches(entity: Entity, condition: Any, is_4: bool) -> bool:
    """Whether an entity passes a filter; raises BadQuery for one that this TheHive does not know."""
    if not isinstance(condition, dict):
        raise _not_understood(condition)
    if "_field" in condition and "_value" in condition:
        if not is_4:
            raise _not_understood(condition)
        return _compare("_is", entity, condition, is_4)
    if len(condition) != 1:
        raise _not_understood(condition)
    name, operand = next(iter(condition.items()))
    if name in {"_and", "_or"}:
        results = [matches(entity, part, is_4) for part in operand]
        return all(results) if name == "_and" else any(results)
    if name == "_not":
        return not matches(entity, operand, is_4)
    if name == "_any":
        return True
    if name == "_id":
        return bool(entity["_id"] == operand)
    if name == "_has" and not is_4:
        return _value(entity, operand, is_4) is not None
    if name == "_in":
        have = _value(entity, operand["_field"], is_4)
        wanted = operand["_values"]
        return any(one in wanted for one in (have if isinstance(have, list) else [have]))
    if name == "_between":
        have = _value(entity, operand["_field"], is_4)
        return have is not None and operand["_from"] <= have < operand["_to"]
    if name not in _COMPARISONS or (name == "_eq" and is_4):
        raise _not_understood(condition)
    return _compare(name, entity, operand, is_4)


def _compare(name: str, entity: Entity, operand: Any, is_4: bool) -> bool:
    have = _value(entity, operand["_field"], is_4)
    compare = _COMPARISONS[name]
    if isinstance(have, list):
        # A list property passes where one of its elements does; `_ne` where none is equal.
        results = [compare(one, operand["_value"]) for one in have]
        return all(results) if name == "_ne" else any(results)
    return compare(have, operand["_value"])


def sort_key(entity: Entity, name: str, is_4: bool) -> Any:
    """What an entity is sorted by; entities without it come first."""
    value = _value(entity, name, is_4)
    return (value is not None, value if value is not None else 0)


def _value(entity: Entity, name: str, is_4: bool) -> Any:
    kind = entity["_type"]
    known = PROPERTIES.get(kind, set()) | (ONLY_IN_4 if is_4 else ONLY_IN_5).get(kind, set())
    if name not in known:
        raise BadQuery("BadRequest", f"Property {name} for type Traversal.V[{kind}] not found")
    return entity.get(name)


def _not_understood(condition: Any) -> BadQuery:
    return BadQuery("AttributeCheckingError", f"[Invalid format for : {condition}, expected empty (query)]")
