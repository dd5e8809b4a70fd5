"""The card test: whether what a visitor types leaves the page.

    behaviour = observe(script, url, seconds)     # bytes, the URL that served it or None, wall time to spend
    behaviour.proven                              # a card number, its code or a password goes to a stranger
    behaviour.leaks                               # what, on which way, to whom, from which place in the code

The script runs twice in the same make-believe checkout page, with the same clock and the same chance: only
what the visitor types differs. Whatever goes out and differs carries it, however it is encoded. Which field
it was shows in further runs in which only that field differs. Silence proves nothing.
"""

from __future__ import annotations

from .findings import FOREIGN, OWN, PAYMENT, PROOF, Behaviour, Leak
from .observation import observe

__all__ = ["FOREIGN", "OWN", "PAYMENT", "PROOF", "Behaviour", "Leak", "observe"]
