"""Hosts that serve many owners' code under one name: what is known of such a host says nothing of a script.

The table beside this file, `shared-hosts.tsv`, has a pattern and a reason in each row. In a pattern a `*`
stands for a label or a part of one, and a dot at the front takes in every name below. A name that its
provider gives to one customer alone (`somebody.github.io`, `bucket.s3.amazonaws.com`) is not shared.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("shared-hosts.tsv")
LONGEST = 253  # characters of a host name (RFC 1035, in text form)


def reason(host: str) -> str | None:
    """Why a host counts as shared, as a sentence's end (`a public CDN of …`); None where it is its owner's.

    Args:
        host: a name in lower or upper case, with or without the root dot; takes any text, raises nothing.
    """
    name = host.strip().lower().removesuffix(".")
    if len(name) > LONGEST:
        return None
    exact, below, patterns = _rows()
    if name in exact:
        return exact[name]
    labels = name.split(".")
    for start in range(len(labels)):
        if (found := below.get(".".join(labels[start:]))) is not None:
            return found
    return next((why for pattern, why in patterns if pattern.fullmatch(name)), None)


@cache
def _rows() -> tuple[dict[str, str], dict[str, str], tuple[tuple[re.Pattern[str], str], ...]]:
    """Names, names with all below them, and patterns, each with its reason."""
    exact: dict[str, str] = {}
    below: dict[str, str] = {}
    patterns: list[tuple[re.Pattern[str], str]] = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        name, why = line.split("\t")
        if "*" in name:
            # Between two dots only, so that the time stays linear.
            patterns.append((re.compile("[a-z0-9-]+".join(map(re.escape, name.split("*")))), why))
        elif name.startswith("."):
            below[name[1:]] = why
        else:
            exact[name] = why
    return exact, below, tuple(patterns)
