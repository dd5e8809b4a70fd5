"""Keeps the product's processes to the addresses that they are configured with."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FOLDER = Path(__file__).parents[1] / "inside"
EXIT_CODE = 99
_PORTS = {"http": 80, "https": 443}


def guarded(environment: Mapping[str, str], configured: Iterable[Any]) -> dict[str, str]:
    """The environment of a Python process that ends with EXIT_CODE where it asks for another address.

    Args:
        environment: its own.
        configured: the values of its settings; URLs, lists of them, and host:port name the addresses.
    """
    path = [str(FOLDER), *filter(None, [environment.get("PYTHONPATH")])]
    single = [one for value in configured for one in (value if isinstance(value, list) else [value])]
    allowed = {address for value in single if (address := _address(value))}
    # The relay's way to the service that runs the jobs; no host, so no port either.
    allowed |= {f"{environment['NEURONS_SOCKET']}:"} if "NEURONS_SOCKET" in environment else set()
    return {**environment, "PYTHONPATH": os.pathsep.join(path), "GUARD_ALLOWED": " ".join(sorted(allowed))}


def _address(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    if re.fullmatch(r"[a-z0-9.-]+:\d{1,5}", value):
        return value
    try:
        parts = urlsplit(value)
        return f"{parts.hostname}:{parts.port or _PORTS[parts.scheme]}" if parts.hostname else None
    except (ValueError, KeyError):
        return None
