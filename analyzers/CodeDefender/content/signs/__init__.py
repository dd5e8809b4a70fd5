"""Reading a script without running it: what it says in plain, and what that is a sign of.

    reading = read(text, seconds)
    reading.risks           # where capabilities meet threats: what makes a script suspicious
    reading.signs           # every sign, with its place in the file and what stands there
    reading.hidden_hosts    # hosts that appear only after decoding

    text ── tokens ── folding (names, tables) ── blobs, packer ──▶ layers ── rules ──▶ signs ── risks

Nothing is run, nothing nests, nothing is looked at twice: the time is linear in the file and bounded by the
clock, and the memory by the work that the budget pays for.
"""

from __future__ import annotations

from .hosts import core
from .reading import Reading, Sign, read

__all__ = ["Reading", "Sign", "core", "read"]
