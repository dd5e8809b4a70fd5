"""Cortex, as a recorded 4.1.0 server has it."""

from simulators.cortex.server import Cortex
from simulators.cortex.workers import Workers

__all__ = ["Cortex", "Workers"]
