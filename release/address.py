"""The project's public address, which stands in `pyproject.toml` and is copied to where others need it.

`python release/address.py [ADDRESS]` puts an address there, if one is given, and copies it; `--check`
only says whether all are the same, and `--published` also whether it is a real one yet. Definitions and the
systemd unit name it; so does the README, whose pictures need whole addresses on the package's page.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[1]
# Reserved (RFC 2606), so that it is nobody's: where the project is published is not known to its files.
PLACEHOLDER = "https://codedefender2th.example"
_ADDRESS = r"https://[^\s\"'<>)]+"
# Where it is named: files, and what stands before it there.
_PLACES = (
    ("pyproject.toml", r'^(?:Repository|Homepage) = "'),
    ("analyzers/*/*.json", r'^  "url": "'),
    ("responders/*/*.json", r'^  "url": "'),
    ("examples/systemd/*.service", r"^Documentation="),
    ("README.md", r"^\$ git clone "),
)
_PICTURE = re.compile(r"\]\((?:https://[^\s)]+/raw/main/)?((?:\w|[-/])+\.png)\)")


def current() -> str:
    """The address in `pyproject.toml`."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    [found] = re.findall(rf'^Repository = "({_ADDRESS})"', text, re.M)
    return str(found)


def rewrite(text: str, before: str, address: str) -> str:
    """A file's text with the address where it is named."""
    return re.sub(rf"({before}){_ADDRESS}", lambda match: match[1] + address, text, flags=re.M)


def with_pictures(text: str, address: str) -> str:
    """The README with whole addresses of its pictures, which the package's page needs, once there is one."""
    root = "" if address == PLACEHOLDER else f"{address}/raw/main/"
    return _PICTURE.sub(lambda match: f"]({root}{match[1]})", text)


def files() -> dict[Path, str]:
    """Each file that names the address, and what stands before it."""
    return {file: before for pattern, before in _PLACES for file in sorted(ROOT.glob(pattern))}


def main(arguments: list[str]) -> int:
    """0 where all is the same, and published where that is asked for; 1 with a sentence where not."""
    flags = {argument for argument in arguments if argument.startswith("--")}
    [*given] = [argument.rstrip("/") for argument in arguments if argument not in flags]
    new = given[0] if given else current()
    if urlsplit(new).scheme != "https" or not re.fullmatch(_ADDRESS, new):
        print(f"{new} is no address of a repository: give one that begins with https://.", file=sys.stderr)
        return 1
    if "--published" in flags and new == PLACEHOLDER:
        print("The project has no public address yet: make address URL=https://…", file=sys.stderr)
        return 1
    wrong = []
    for file, before in files().items():
        text = file.read_text(encoding="utf-8")
        changed = rewrite(text, before, new)
        if file.name == "README.md":
            changed = with_pictures(changed, new)
        if changed != text:
            wrong.append(str(file.relative_to(ROOT)))
            if "--check" not in flags:
                file.write_text(changed, encoding="utf-8")
    if "--check" in flags and wrong:
        print(f"Another address than {new} is in {', '.join(wrong)}: make address", file=sys.stderr)
        return 1
    print(new)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
