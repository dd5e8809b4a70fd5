"""Whether a tag is the version that the files name: `python release/version.py v1.0.0`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def named() -> dict[str, str]:
    """The version as each file names it; a change log's `unreleased` is none."""
    patterns = {
        "pyproject.toml": r'^version = "([^"]+)"',
        "feeder/codedefender2th/__init__.py": r'^__version__ = "([^"]+)"',
        "docker-compose.yml": r"localhost/codedefender2th/feeder:(\S+)",
        "CHANGELOG.md": r"^## (\S+) – \d{4}-\d{2}-\d{2}$",
    }
    found = {}
    for name, pattern in patterns.items():
        match = re.search(pattern, (ROOT / name).read_text(encoding="utf-8"), re.M)
        found[name] = match[1] if match else "none with a date"
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
