"""`make faults`: the whole matrix, as a table with counts."""

from __future__ import annotations

import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from faults.matrix import FAULTS, Cell, places, try_out


def main() -> int:
    """Run it all; 0 where nothing is lost, doubled, hung or leaked."""
    found = list(places())
    print(f"{len(found)} requests × {len(FAULTS)} faults", flush=True)
    pairs = [(place, fault) for place in found for fault in FAULTS]
    with ProcessPoolExecutor(max(4, 2 * (os.cpu_count() or 2))) as pool:
        cells = list(pool.map(try_out, *zip(*pairs, strict=True), chunksize=4))
    _print(cells)
    bad = [cell for cell in cells if not cell.good]
    for cell in bad:
        print(f"WRONG  {cell.place}, {cell.fault}: {cell.outcome}")
    return 1 if bad else 0


def _print(cells: list[Cell]) -> None:
    words = sorted({cell.outcome if cell.good else "WRONG" for cell in cells})
    print(f"\n{'fault':<20}" + "".join(f"{word:>12}" for word in words))
    for fault in FAULTS:
        counts = Counter(c.outcome if c.good else "WRONG" for c in cells if c.fault == fault)
        print(f"{fault:<20}" + "".join(f"{counts[word]:>12}" for word in words))
    print(f"\n{'work':<36}" + "".join(f"{word:>12}" for word in words))
    for work in dict.fromkeys(cell.place.work for cell in cells):
        counts = Counter(c.outcome if c.good else "WRONG" for c in cells if c.place.work == work)
        print(f"{work:<36}" + "".join(f"{counts[word]:>12}" for word in words))
    longest = max(cells, key=lambda cell: cell.seconds)
    print(
        f"\n{len(cells)} cells; the longest took {longest.seconds:.0f} s ({longest.place}, {longest.fault})"
    )


if __name__ == "__main__":
    sys.exit(main())
