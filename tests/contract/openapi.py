"""Checks HTTP exchanges against an OpenAPI 3.1 description."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from simulators.server import Request


class OpenAPI:
    """A description, read from its YAML file."""

    def __init__(self, path: Path) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.description: dict[str, Any] = yaml.load(path.read_text(), Loader=loader)
        self._paths = [
            (re.compile(re.sub(r"\{[^}]+\}", "[^/]+", template)), operations)
            for template, operations in self.description["paths"].items()
        ]

    def operation(self, request: Request) -> dict[str, Any] | None:
        """The description of what is asked; None where the path or the method is not described."""
        for pattern, operations in self._paths:
            if pattern.fullmatch(request.path) and request.method.lower() in operations:
                found: dict[str, Any] = operations[request.method.lower()]
                return found
        return None

    def faults(self, request: Request) -> Iterator[str]:
        """What is wrong with a request, and with the answer that it got."""
        operation = self.operation(request)
        if operation is None:
            yield f"{request.method} {request.path} is not described"
            return
        schema = _schema(operation.get("requestBody", {}))
        if request.headers.get("content-type", "").startswith("multipart/"):
            schema = None
        if request.path.endswith("/api/v1/query"):
            yield from self._query_faults(request.json())
        elif schema is not None:
            yield from self._differences(schema, request.json(), "request")
        elif request.body and not _takes(operation, request.headers.get("content-type", "")):
            yield "a body where none is described"
        if request.reply is not None and request.reply.status < 300:
            described = operation["responses"].get(str(request.reply.status))
            if described is None:
                yield f"answer {request.reply.status} is not described"
                return
            answer = _schema(described)
            if answer is not None:
                yield from self._differences(answer, request.reply.body, "answer")

    def _query_faults(self, body: dict[str, Any]) -> Iterator[str]:
        """The description names operations by placeholders (`<other>`) that its own examples do not
        satisfy, so their parts are checked instead: filters and pages.
        """
        for operation in body["query"]:
            if operation["_name"] == "filter":
                condition = {name: value for name, value in operation.items() if name != "_name"}
                yield from self._differences({"$ref": "#/components/schemas/Filter"}, condition, "filter")
            elif operation["_name"] == "page":
                page = {"$ref": "#/components/schemas/InputQueryPagingOperation"}
                yield from self._differences(page, operation, "page")

    def _differences(self, schema: dict[str, Any], value: Any, what: str) -> Iterator[str]:
        validator = Draft202012Validator({**schema, "components": self.description["components"]})
        for error in validator.iter_errors(json.loads(json.dumps(value))):
            # The description's filters overlap: one that fits several of them is none the worse.
            if error.validator == "oneOf" and " is valid under each of " in error.message:
                continue
            yield f"{what} {'/'.join(map(str, error.path))}: {error.message[:300]}"


def _takes(operation: dict[str, Any], content_type: str) -> bool:
    return content_type.partition(";")[0] in operation.get("requestBody", {}).get("content", {})


def _schema(described: dict[str, Any]) -> dict[str, Any] | None:
    schema: dict[str, Any] | None = described.get("content", {}).get("application/json", {}).get("schema")
    return schema
