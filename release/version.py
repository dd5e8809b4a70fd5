"""Whether a tag is the version that the files name: `python release/version.py v1.0.0`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


# Images as Compose and Kubernetes files name them; the tag of Cortex's begins with Cortex's own version.
_IMAGE = r"localhost/codedefender2th/[\w-]+:(?:[\d.]+-)?(\d[\w.]*)$"
_PLACES = {
    "pyproject.toml": r'^version = "([^"]+)"',
    "feeder/codedefender2th/__init__.py": r'^__version__ = "([^"]+)"',
    "docker-compose.yml": _IMAGE,
    "examples/kubernetes/codedefender2th.yaml": _IMAGE,
    "examples/two-channels/docker-compose.yml": _IMAGE,
    "CHANGELOG.md": r"^## (\S+) – \d{4}-\d{2}-\d{2}$",
}


def named() -> dict[str, str]:
    """The version as each file names it, several where it is not of one mind.

    A change log's `unreleased` is none, and of those with a date the newest counts.
    """
    found = {}
    for name, pattern in _PLACES.items():
        versions = re.findall(pattern, (ROOT / name).read_text(encoding="utf-8"), re.M)
        if name == "CHANGELOG.md":
            versions = versions[:1]
        found[name] = " and ".join(dict.fromkeys(versions)) or "none with a date"
    return found


def main(tag: str) -> int:
    """0 where all are the tag's; 1 with a sentence where not."""
    wrong = {name: version for name, version in named().items() if f"v{version}" != tag}
    if wrong:
        told = ", ".join(f"{name} has {version}" for name, version in wrong.items())
        print(f"The tag is {tag}, but {told}.", file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
