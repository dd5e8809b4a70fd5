"""`make screenshots`: the demonstration's page as pictures for the README (needs Chromium)."""

from __future__ import annotations

import sys
from pathlib import Path

from rendering import chromium

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "out" / "demo.html"
# Name, and width and height in pixels.
PICTURES = (("page.png", 1000, 760), ("page-phone.png", 500, 760))


def main() -> int:
    """Write the pictures beside this file."""
    if chromium.PROGRAM is None:
        print("Skipped: there is no Chromium. Install it (Debian: chromium).")
        return 0
    for name, width, height in PICTURES:
        chromium.show(PAGE, f"--window-size={width},{height}", f"--screenshot={HERE / name}")
        print(f"{HERE / name}: {(HERE / name).stat().st_size // 1024} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
