"""What a service's class offers, and all that the command knows of it."""

from __future__ import annotations

from typing import Protocol

from lookup.verdict import Report
from neuron.configuration import Configuration
from neuron.deadline import Deadline


class Service(Protocol):
    """One look-up service.

    Attributes:
        data_types: the observables that it looks up, by TheHive's names.
    """

    data_types: tuple[str, ...]

    def __init__(self, configuration: Configuration, deadline: Deadline) -> None:
        """Read the configuration items; raises `neuron.failure.Failure` for a wrong one."""

    def look_up(self, data_type: str, data: object) -> Report:
        """The report on an observable; raises `neuron.failure.Failure`, in one sentence."""
