"""What reading and running scripts finds, on a corpus of one's own: `make bench-content CORPUS=<folder>`.

Every file under the folder is a script (or a page with scripts); its first sub-folder is the corpus it
belongs to. In a corpus whose name begins with `benign` a finding is a false one. `--half` takes the files
whose SHA-256 is even or odd: develop on one half, and let the other tell how well. Nothing of a sample is
kept or shown but its file's name.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import resource
import statistics
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "analyzers/CodeDefender"))

from content.examination import INFO, MALICIOUS, SUSPICIOUS, examine  # noqa: E402


@dataclass(frozen=True)
class Outcome:
    """What came of one file."""

    corpus: str
    name: str
    level: str
    ran: bool
    seconds: float
    megabytes: float
    sentences: tuple[str, ...]


def outcome(task: tuple[Path, Path, float]) -> Outcome:
    """Examine one file; in a process of its own, so that the memory is this file's."""
    folder, file, seconds = task
    start = time.monotonic()
    found = examine(file.read_bytes(), None, seconds)
    took = time.monotonic() - start
    corpus = file.relative_to(folder).parts[0] if file.parent != folder else folder.name
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return Outcome(corpus, file.name, found.level, found.behaviour["ran"], took, peak, found.sentences)


def files(folder: Path, half: str | None) -> list[Path]:
    """The files to look at, in a fixed order."""
    odd = {None: (0, 1), "even": (0,), "odd": (1,)}[half]
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path for path in found if hashlib.sha256(path.read_bytes()).digest()[0] % 2 in odd]


def table(outcomes: list[Outcome]) -> Table:
    """A row for each corpus."""
    shown = Table(
        "corpus",
        "scripts",
        "ran",
        "proven",
        "any evidence",
        "false malicious",
        "false suspicious",
        "seconds, median / most",
        "MB, most",
    )
    by_corpus: dict[str, list[Outcome]] = defaultdict(list)
    for each in outcomes:
        by_corpus[each.corpus].append(each)
    for corpus, group in sorted(by_corpus.items()):
        malicious = sum(each.level == MALICIOUS for each in group)
        suspicious = sum(each.level == SUSPICIOUS for each in group)
        benign = corpus.startswith("benign")
        some = malicious + suspicious
        share = f"{malicious} ({malicious / len(group):.0%})", f"{some} ({some / len(group):.0%})"
        false = str(malicious), f"{suspicious} ({suspicious / len(group):.1%})"
        times = [each.seconds for each in group]
        shown.add_row(
            corpus,
            str(len(group)),
            str(sum(each.ran for each in group)),
            *(("–", "–", *false) if benign else (*share, "–", "–")),
            f"{statistics.median(times):.1f} / {max(times):.1f}",
            f"{max(each.megabytes for each in group):.0f}",
        )
    return shown


def main() -> None:
    """Print the table, and with `--list` a line for every file that is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--seconds", type=float, default=30.0, help="wall time for a script")
    parser.add_argument("--half", choices=("even", "odd"), help="only files whose SHA-256 is even or odd")
    parser.add_argument("--jobs", type=int, default=1, help="scripts at the same time")
    parser.add_argument("--list", action="store_true", help="name what was missed, or found where nothing is")
    asked = parser.parse_args()
    tasks = [(asked.corpus, file, asked.seconds) for file in files(asked.corpus, asked.half)]
    with multiprocessing.Pool(asked.jobs, maxtasksperchild=1) as pool:
        outcomes = pool.map(outcome, tasks, chunksize=1)
    console = Console(width=160)
    console.print(table(outcomes))
    if asked.list:
        for each in outcomes:
            benign = each.corpus.startswith("benign")
            if (each.level != INFO) if benign else (each.level != MALICIOUS):
                console.print(f"{each.corpus}/{each.name}: {each.level}: {each.sentences[0]}", markup=False)


if __name__ == "__main__":
    main()
