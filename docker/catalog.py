"""Writes Cortex's catalogs of the images: `python docker/catalog.py [folder]`.

Cortex reads `analyzers.json` and `responders.json` from a path or an address in `analyzer.urls` and
`responder.urls`. From an address it takes only entries without a `command`: these are run as images.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main(folder: Path) -> None:
    """Write both catalogs into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in ("analyzers", "responders"):
        definitions = [json.loads(file.read_text()) for file in sorted((ROOT / kind).glob("*/*.json"))]
        images = [
            {name: value for name, value in definition.items() if name != "command"}
            for definition in definitions
        ]
        catalog = folder / f"{kind}.json"
        catalog.write_text(json.dumps(images, indent=2) + "\n")
        print(f"{catalog}: {', '.join(definition['name'] for definition in images)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "out" / "catalog")
