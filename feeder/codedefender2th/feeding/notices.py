"""What is said of messages: those that look like incidents and are none, and what incidents lack."""

from __future__ import annotations

import itertools
import logging
from collections import Counter

from codedefender2th.feeding.tally import Tally
from codedefender2th.incident.message import Outcome, Reading

log = logging.getLogger(__name__)


def tell(readings: list[Reading], tally: Tally) -> None:
    """Say it, and count it in the tally."""
    outcomes = Counter(reading.outcome for reading in readings)
    tally.refused += outcomes[Outcome.BAD_TS]
    for outcome in (Outcome.NOT_A_BOT, Outcome.NOT_ALLOWED, Outcome.BAD_TS, Outcome.UNFURL):
        if outcomes[outcome]:
            log.warning("Ignored: %d that %s.", outcomes[outcome], outcome.value)
    titles = Counter(itertools.chain.from_iterable(reading.near_misses for reading in readings))
    tally.near_misses += titles.total()
    for title, count in titles.items():
        log.warning(
            "%d near misses, with an incident's fields but the title %r: if that is Code Defender's, add "
            "it to FEEDER_TITLES and feed again with --since.",
            count,
            title,
        )
    for incident in itertools.chain.from_iterable(reading.incidents for reading in readings):
        if incident.refused_link:
            log.warning("%s: the console link does not lead to HUMAN's console.", incident.ts)
        if incident.missing:
            log.warning("%s: %s missing or unreadable.", incident.ts, ", ".join(incident.missing))
