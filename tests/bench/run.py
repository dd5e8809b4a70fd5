"""All benchmarks on one page. Compare the ratios: absolute times are this machine's."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("feeder", "tests", "tests/bench", "analyzers/CodeDefender", "responders/CodeDefender")
sys.path[:0] = [str(ROOT / name) for name in FOLDERS]

import analysis  # noqa: E402  (after the path is set)
import feeding  # noqa: E402
import hosts_known  # noqa: E402
import investigation  # noqa: E402
import memory  # noqa: E402

BENCHES = (
    ("Feeding", feeding),
    ("Memory", memory),
    ("Analysis", analysis),
    ("Hosts", hosts_known),
    ("Investigation", investigation),
)

for title, bench in BENCHES:
    print(title)
    for row in bench.run():
        print(f"  {row}", flush=True)
