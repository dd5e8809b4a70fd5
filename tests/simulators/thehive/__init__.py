"""TheHive, as its 5.7 OpenAPI description and a recorded 4.1.24 server have it."""

from simulators.thehive.server import TheHive

__all__ = ["TheHive"]
