"""The analyzers' report templates, zipped as TheHive imports them: `<analyzer>/long.html`."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from codedefender2th.errors import StateError

# A zip that is the same each time.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def read(folder: Path) -> dict[str, str]:
    """Each analyzer's template.

    Raises:
        StateError: the folder has none.
    """
    found = {file.parent.name: file.read_text(encoding="utf-8") for file in folder.glob("*/long.html")}
    if not found:
        raise StateError(f"{folder} holds no report templates: set BOOTSTRAP_TEMPLATES_DIR.")
    return dict(sorted(found.items()))


def zipped(templates: dict[str, str]) -> bytes:
    """The archive."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for analyzer, template in templates.items():
            file.writestr(zipfile.ZipInfo(f"{analyzer}/long.html", _EPOCH), template)
    return archive.getvalue()
