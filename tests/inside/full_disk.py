"""A disk that is full: no file of the process can grow beyond `DISK_FULL_AT` bytes.

The kernel refuses the write after so many bytes (setrlimit(2), RLIMIT_FSIZE), half-written files included.
"""

from __future__ import annotations

import os
import resource


def install() -> None:
    """Limit from now on, where the environment says so."""
    if "DISK_FULL_AT" in os.environ:
        limit = int(os.environ["DISK_FULL_AT"])
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
