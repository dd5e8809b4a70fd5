"""Which text in an address is the exact version of a package, and which only asks for one (pure)."""

from __future__ import annotations

import re

NUMBERS = r"[0-9]{1,9}(?:\.[0-9]{1,9})*"
PRERELEASE = r"(?:[-.]?(?:alpha|beta|rc|pre|dev|next|canary|nightly|snapshot|b|a)[0-9]*(?:[.-][0-9]+)*)"
VERSION = rf"{NUMBERS}{PRERELEASE}?"
"""A version as it stands in names of files and folders: numbers, and perhaps `-beta.2`; no `v`."""

_SEMVER = re.compile(
    r"[v=]*([0-9]{1,16}\.[0-9]{1,16}\.[0-9]{1,16}(?:-[0-9A-Za-z.-]{1,64})?(?:\+[0-9A-Za-z.-]{1,64})?)"
)
_LABEL = re.compile(r"v?([0-9A-Za-z][0-9A-Za-z.+_-]{0,63})")
_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_REVISION = re.compile(r"r?([0-9]{2,3})")


def semver(text: str) -> str | None:
    """An npm version out of `3.4.1`, `v3.4.1`, `=3.4.1`; None for a range or a tag (`3`, `latest`)."""
    match = _SEMVER.fullmatch(text)
    return match[1] if match else None


def label(text: str) -> str | None:
    """A version where folders are named for released versions only: anything with a digit in it."""
    match = _LABEL.fullmatch(text)
    return match[1] if match and any(char.isdigit() for char in match[1]) else None


def complete(text: str) -> str | None:
    """A version of at least three numbers; None for `2` and `2.1`, which are ranges on most CDNs."""
    found = label(text)
    return found if found and len(leading_numbers(found)) >= 3 else None


def reference(text: str) -> str | None:
    """A git tag that is a version, or a commit; None for a branch."""
    return semver(text) or (text if _COMMIT.fullmatch(text) and any(map(str.isdigit, text)) else None)


def leading_numbers(version: str) -> tuple[int, ...]:
    """`4.17.0-beta` as (4, 17, 0), to compare by; empty where there is no number in front."""
    match = re.match(NUMBERS, version)
    return tuple(map(int, match[0].split("."))) if match else ()


def npm_version(package: str, version: str) -> str:
    """A project's own version as npm writes it: three.js counts revisions (`r128` is 0.128.0 on npm)."""
    match = _REVISION.fullmatch(version)
    return f"0.{match[1]}.0" if package == "three" and match else version
