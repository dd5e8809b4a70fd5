"""Alerts that TheHive 4.1 has stored twice: found, said, and the younger one marked. Nothing is deleted.

4.1 does not check for duplicates atomically: an alert that was sent again after a lost answer, or by a
restart at once, may be stored when it was already on its way.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import Any

from codedefender2th.errors import KeyRefused, Refusal, Unavailable
from codedefender2th.incident.alert import TAG
from codedefender2th.thehive.client import TheHive
from codedefender2th.thehive.refusals import Rejected

log = logging.getLogger(__name__)

DUPLICATE_TAG = f"{TAG}:duplicate"
# How long after it was sent a second one may still turn up.
_WATCHED_SECONDS = 60.0


class Doubles:
    """Watches over what was sent.

    Args:
        thehive: where the alerts are; only 4.1 is watched.
    """

    def __init__(self, thehive: TheHive) -> None:
        self._thehive = thehive
        self._watched: dict[str, float] = {}

    def watch(self, refs: Iterable[str]) -> None:
        """Look for seconds of these references from now on."""
        if self._thehive.is_4:
            until = time.monotonic() + _WATCHED_SECONDS
            self._watched.update(dict.fromkeys(refs, until))

    def look(self) -> None:
        """Mark the younger ones of those that are there twice now."""
        if not self._watched:
            return
        now = time.monotonic()
        try:
            found = self._thehive.alerts_of(self._watched)
            for ref in list(self._watched):
                self._settle(ref, [alert for alert in found if alert.get("sourceRef") == ref])
        except KeyRefused:
            raise
        except (Refusal, Unavailable, Rejected) as fault:
            log.warning("It is not known whether TheHive has stored an alert twice: %s", fault)
            return
        self._watched = {ref: until for ref, until in self._watched.items() if until > now}

    def _settle(self, ref: str, alerts: list[dict[str, Any]]) -> None:
        unmarked = [alert for alert in alerts if DUPLICATE_TAG not in _tags(alert)]
        # The one that people work on stays; else the first.
        in_order = sorted(unmarked, key=lambda alert: (not alert.get("caseId"), _age(alert)))
        for alert in in_order[1:]:
            self._thehive.mark_read(str(alert["_id"]), [*_tags(alert), DUPLICATE_TAG])
            log.warning(
                "TheHive stored %s twice: %s is kept; %s is tagged %s and marked as read.",
                ref,
                in_order[0]["_id"],
                alert["_id"],
                DUPLICATE_TAG,
            )


def _tags(alert: dict[str, Any]) -> list[str]:
    tags = alert.get("tags")
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []


def _age(alert: dict[str, Any]) -> tuple[int, int, str]:
    created, name = alert.get("_createdAt"), str(alert["_id"])
    return created if isinstance(created, int) else 0, len(name), name
