"""Writes Cortex's catalogs of the images: `python docker/catalog.py [folder [registry tag]]`.

The images are those that one builds oneself, under the names in the definitions, or with a registry and a tag
those of a release.

Cortex reads `analyzers.json` and `responders.json` from a path or an address in `analyzer.urls` and
`responder.urls`. From an address it takes only entries without a `command`: these are run as images.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def image(built: str, registry: str | None, tag: str | None) -> str:
    """The image's name, `localhost/…/codedefender:1.0`, or that of a release."""
    if registry is None:
        return built
    name = built.rpartition("/")[2].partition(":")[0]
    return f"{registry}/{name}:{tag}"


def main(folder: Path, registry: str | None = None, tag: str | None = None) -> None:
    """Write both catalogs into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in ("analyzers", "responders"):
        definitions = [json.loads(file.read_text()) for file in sorted((ROOT / kind).glob("*/*.json"))]
        images = [
            {
                **{name: value for name, value in definition.items() if name != "command"},
                "dockerImage": image(definition["dockerImage"], registry, tag),
            }
            for definition in definitions
        ]
        catalog = folder / f"{kind}.json"
        catalog.write_text(json.dumps(images, indent=2) + "\n")
        print(f"{catalog}: {', '.join(definition['name'] for definition in images)}")


if __name__ == "__main__":
    given = sys.argv[1:]
    main(Path(given[0]) if given else ROOT / "out" / "catalog", *given[1:3])
