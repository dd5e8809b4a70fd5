"""The Public Suffix List, as far as it concerns one top-level domain.

To have the library read all of it takes a tenth of a second, longer than all else that a short job does.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

from publicsuffixlist import PSLFILE, PublicSuffixList


# Names come from scripts, and the feeder runs for months.
@lru_cache(256)
def suffixes(top: str) -> tuple[PublicSuffixList, PublicSuffixList]:
    """The list's ICANN part, and the whole of it; neither knows a suffix that the list does not have.

    Args:
        top: the top-level domain, lower case, as it is on the wire.
    """
    icann, private = ([*_lines(part, {top, readable(top)})] for part in _parts())
    return (
        PublicSuffixList(icann, accept_unknown=False),
        PublicSuffixList([*icann, *private], accept_unknown=False),
    )


def registrable(name: str) -> str | None:
    """The domain of which a name is a part and that one owner has; a public suffix has none.

    Args:
        name: lower case, without a dot at its end; no address.
    """
    labels = name.split(".")
    if not all(labels):
        return None
    known = suffixes(labels[-1])[1]
    if known.publicsuffix(name) is None:
        # A top-level domain that is newer than the list: the rule `*` holds for it.
        return ".".join(labels[-2:]) if len(labels) > 1 else None
    return known.privatesuffix(name)


def readable(label: str) -> str:
    """A label as people read it, punycode decoded where it can be."""
    if not label.startswith("xn--"):
        return label
    try:
        return unicodedata.normalize("NFC", label[4:].encode("ascii").decode("punycode"))
    except (UnicodeError, ValueError):
        return label


@cache
def _parts() -> tuple[str, str]:
    """The list's two parts, of names that are registered and of names that providers hand out."""
    icann, _, private = Path(PSLFILE).read_text(encoding="utf-8").partition("===END ICANN DOMAINS===")
    return icann, private


def _lines(part: str, tops: set[str]) -> Iterator[str]:
    """The rules that end with one of the top-level domains."""
    for top in tops:
        end = part.find(f"{top}\n")
        while end >= 0:
            start = part.rfind("\n", 0, end) + 1
            if end == start or part[end - 1] == ".":
                yield part[start : end + len(top)]
            end = part.find(f"{top}\n", end + 1)
