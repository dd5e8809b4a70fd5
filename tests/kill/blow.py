"""One blow, what came of it after a restart, and the table of many."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from faults.scenarios import Work

WHOLE = "whole"


@dataclass(frozen=True)
class Blow:
    """A blow at a moment.

    Attributes:
        kind: what was struck, and with what.
        moment: which one.
        outcome: `whole` where all is there once after a restart; else what is wrong.
    """

    kind: str
    moment: str
    outcome: str


def after_restart(work: Work) -> str:
    """Do the work again, and look."""
    try:
        again = work.run()
        # For what is stored late.
        time.sleep(1.0)
        work.check()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return WHOLE if again.ok else f"failed: {again.said[-200:]}"


def table(blows: Iterable[Blow]) -> str:
    """How many blows of each kind left all whole."""
    found = list(blows)
    totals, whole = Counter(b.kind for b in found), Counter(b.kind for b in found if b.outcome == WHOLE)
    rows = [f"{'blow':<52}{'blows':>7}{'whole':>7}{'WRONG':>7}"]
    rows += [
        f"{kind:<52}{total:>7}{whole[kind]:>7}{total - whole[kind]:>7}" for kind, total in totals.items()
    ]
    rows.append(f"{'all':<52}{totals.total():>7}{whole.total():>7}{totals.total() - whole.total():>7}")
    return "\n".join(rows)
