"""What the test needs to know of an installation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Site:
    """One installation with simulated services outside.

    Attributes:
        thehive_url, thehive_key: TheHive and the key of a user of the feeder's organisation.
        slack_url: the simulated Slack.
        work: lets the feeder feed and investigate; does nothing where it runs by itself.
    """

    thehive_url: str
    thehive_key: str
    slack_url: str
    work: Callable[[], None]
