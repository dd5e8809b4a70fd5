"""`make faults`: the whole matrix, as a table with counts.

Each cell is a line in out/faults.tsv as soon as it is known: a run that is cut off was not for nothing.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import nursery
from faults.matrix import FAULTS, Cell, places, try_out
from faults.scenarios import NAMES

KEPT = Path(__file__).parents[2] / "out/faults.tsv"
# Most of a cell's time is waiting.
WORKERS_PER_CPU = 5


def main(names: list[str]) -> int:
    """Run it all, or the pieces of work that are named; 0 where nothing is lost, doubled, hung or leaked."""
    nursery.adopt()
    found = list(places(names or NAMES))
    print(f"{len(found)} requests × {len(FAULTS)} faults", flush=True)
    pairs = [(place, fault) for place in found for fault in FAULTS]
    KEPT.parent.mkdir(exist_ok=True)
    workers = WORKERS_PER_CPU * (os.cpu_count() or 2)
    cells = {}
    with ProcessPoolExecutor(workers, initializer=nursery.adopt) as pool, KEPT.open("w") as kept:
        futures = {pool.submit(try_out, *pair): pair for pair in pairs}
        for future in as_completed(futures):
            cell = cells[futures[future]] = future.result()
            print(f"{cell.place}\t{cell.fault}\t{cell.outcome}\t{cell.seconds:.1f}", file=kept, flush=True)
            if not cell.good:
                print(f"WRONG  {cell.place}, {cell.fault}: {cell.outcome}", flush=True)
    _print([cells[pair] for pair in pairs])
    return 0 if all(cell.good for cell in cells.values()) else 1


def _print(cells: list[Cell]) -> None:
    _table("fault", cells, lambda cell: cell.fault)
    _table("service", cells, lambda cell: cell.place.server)
    _table("work", cells, lambda cell: cell.place.work)
    longest = max(cells, key=lambda cell: cell.seconds)
    print(
        f"\n{len(cells)} cells; the longest took {longest.seconds:.0f} s ({longest.place}, {longest.fault})"
    )


def _table(title: str, cells: list[Cell], row_of: Callable[[Cell], str]) -> None:
    words = sorted({_word(cell) for cell in cells})
    print(f"\n{title:<36}" + "".join(f"{word:>12}" for word in [*words, "all"]))
    for row in dict.fromkeys(map(row_of, cells)):
        counts = Counter(_word(cell) for cell in cells if row_of(cell) == row)
        print(
            f"{row:<36}"
            + "".join(f"{count:>12}" for count in [*(counts[word] for word in words), counts.total()])
        )


def _word(cell: Cell) -> str:
    return cell.outcome if cell.good else "WRONG"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
