"""Puts the relay where each definition's command is looked for: `place.py FOLDER` at the image's building."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path


def place(folder: Path) -> None:
    """Copy `relay.py` of the folder to every command of `analyzers/*/*.json` and `responders/*/*.json`."""
    for kind in ("analyzers", "responders"):
        for file in sorted((folder / kind).glob("*/*.json")):
            command = folder / kind / json.loads(file.read_text(encoding="utf-8"))["command"]
            shutil.copyfile(folder / "relay.py", command)
            command.chmod(0o755)


if __name__ == "__main__":
    place(Path(sys.argv[1]))
