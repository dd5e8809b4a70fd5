"""What the card test saw: what left the page, and what else the script did with what was typed."""

from __future__ import annotations

from dataclasses import dataclass

PROOF = frozenset({"card number", "security code", "password"})
"""The kinds of typed text whose leaving for a stranger is theft and nothing else."""

OWN, PAYMENT, FOREIGN = "own", "payment provider", "foreign"
"""Whose the host is that something was sent to: the page's own, a known payment provider's, anyone else's."""


@dataclass(frozen=True)
class Leak:
    """One kind of typed text that left the page on one way to one host."""

    to: str
    """Host or address it was sent to; where the name itself carried the text, what is registrable of it."""
    how: str
    """The way out: `image`, `fetch`, `xhr`, `beacon`, `websocket`, `script`, `form`, `navigation`, …"""
    what: str
    """The kind of field it was typed into: `card number`, `security code`, `expiry`, `name`, `e-mail`, …"""
    page: str
    """The make-believe page on which it happened."""
    at: str
    """`line:column` of the code that sent it, where the engine could tell; else empty."""
    encoded: bool
    """True where the text does not stand there as typed (Base64, hex, encryption, …)."""
    url: str
    """The first 200 characters of the address."""
    whose: str
    """Whose the host is: `OWN`, `PAYMENT` or `FOREIGN`."""

    @property
    def proof(self) -> bool:
        """Whether this is the theft of a card, its code or a password."""
        return self.whose == FOREIGN and self.what in PROOF


@dataclass(frozen=True)
class Behaviour:
    """All that the card test can say about a script. What it did not see proves nothing."""

    ran: bool
    """Did the script's own code run in at least one page (even if it threw in the end)?"""
    survived: bool
    """False where the engine was killed or broke in the course: what is told is then not all."""
    reads: tuple[str, ...] = ()
    """Kinds of fields whose content the script asked for."""
    leaks: tuple[Leak, ...] = ()
    """What left, proof first."""
    kept: tuple[str, ...] = ()
    """Kinds of typed text that the script put into the browser's storage (cookies included)."""
    hosts: tuple[str, ...] = ()
    """Every host that the script addressed, or put into the page, the page's own left out."""
    notes: tuple[str, ...] = ()
    """What a reader should know, in sentences."""

    @property
    def proven(self) -> bool:
        """A card number, its code or password goes to neither the page's own host nor a payment provider."""
        return any(leak.proof for leak in self.leaks)
