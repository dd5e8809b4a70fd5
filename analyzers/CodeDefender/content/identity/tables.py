"""Makes `data/library-rules.json` of its source: `python -m content.identity.tables SOURCES`, or `make data`.

In the folder of sources, as its maintainers publish it, perhaps packed by gzip (where it is not there, the
table stays as it is):
    `jsrepository-v5.json`    RetireJS/retire.js, folder `repository`, at the commit below (Apache-2.0; its
                              LICENSE.md and NOTICE.md lie beside the table)

Kept are the rules `filecontent` and `filecontentreplace` of components that are npm packages. RE2, which runs
them in time linear in the script's length, knows no look-around, no back-reference and no repetition above
1000: there the rule is made wider, so it finds what it found and perhaps more. A rule only claims; the
registry's file decides.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from pathlib import Path
from typing import Any

COMMIT = "fd8df0d6f1da46d4bc0446321395fcf708619e07"
DATE = "2026-08-22"
SOURCE = "jsrepository-v5.json"
TABLE = Path(__file__).parent / "data" / "library-rules.json"
VERSION = r"[0-9][0-9.a-z_\-]+"
# Component → npm package, where neither its name nor its `npmname` is one; None: it is not on npm.
PACKAGES: dict[str, str | None] = {
    "DOMPurify": "dompurify",
    "DWR": None,
    "ExtJS": None,
    "YUI": "yui",
    "dont check": None,
    "ember": "ember-source",
    "flowplayer": None,
    "jquery-ui-autocomplete": None,
    "jquery-ui-dialog": None,
    "jquery-ui-tooltip": None,
    "jquery.prettyPhoto": None,
    "pendo": None,
    "prototypejs": None,
    "retire-example": None,
    "sessvars": None,
}


def rules(repository: dict[str, Any]) -> list[dict[str, str]]:
    """Rows `{"package", "pattern"}`, and `version` (a template of groups) where one group is not enough."""
    made = []
    for component, entry in sorted(repository.items()):
        package = PACKAGES.get(component, entry.get("npmname") or component)
        extractors = entry.get("extractors", {})
        if package is None:
            continue
        made += [{"package": package, "pattern": widened(p)} for p in extractors.get("filecontent", ())]
        for rule in extractors.get("filecontentreplace", ()):
            _, pattern, template, _ = re.split(r"(?<!\\)/", rule)
            made.append({"package": package, "pattern": widened(pattern), "version": template})
    return made


def widened(pattern: str) -> str:
    """The pattern as RE2 takes it."""
    pattern = pattern.replace("§§version§§", VERSION)
    pattern = re.sub(r"\{(\d+),(\d+)\}", lambda m: f"{{{m[1]},{min(int(m[2]), 1000)}}}", pattern)
    pattern = re.sub(r"\(\?<[=!][^()]*\)", "", pattern)
    return re.sub(r"(?<!\\)\\[1-9]", ".", pattern)


def table(folder: Path) -> str:
    """The table that the source in a folder makes."""
    packed = folder / f"{SOURCE}.gz"
    source = gzip.decompress(packed.read_bytes()) if packed.is_file() else (folder / SOURCE).read_bytes()
    head = {"source": f"RetireJS/retire.js repository/{SOURCE}", "commit": COMMIT, "as_of": DATE}
    made = {**head, "rules": rules(json.loads(source))}
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def main(folder: Path) -> None:
    """Write the table."""
    if not list(folder.glob(f"{SOURCE}*")):
        print(f"{SOURCE} is not there: {TABLE.name} stays as it is.")
        return
    made = table(folder)
    TABLE.write_text(made, encoding="utf-8", newline="\n")
    print(f"{TABLE.name}: {made.count('pattern')} rules of {DATE}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
