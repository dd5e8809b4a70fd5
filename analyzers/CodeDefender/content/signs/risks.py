"""Where means meet harm: which signs together are those of a skimmer.

One sign says nothing: payment forms name card fields, analytics send to fixed hosts, licences forbid
debuggers. What follows names the meetings that honest scripts do not have. They count only where their
signs are near each other; in a bundle of a megabyte everything is somewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

NEAR = 8_000  # characters of a layer's text; a whole skimmer is seldom longer


@dataclass(frozen=True)
class Risk:
    """A meeting of signs.

    Attributes:
        id: its name.
        meaning: in words that fit into a ticket.
        needs: one of each of these rules must be seen.
    """

    id: str
    meaning: str
    needs: tuple[frozenset[str], ...]


def _one_of(*rules: str) -> frozenset[str]:
    return frozenset(rules)


_CARD = _one_of("card-number-field", "hidden-card-words")
_REST_OF_CARD = _one_of("security-code-field", "expiry-field")
_READS = _one_of("reads-values", "collects-all-fields")
_WAY_OUT = _one_of("opens-connection", "sends-to-fixed-address")
_CHECKOUT = _one_of("wants-checkout", "hidden-checkout-words")
_WATCHES = _one_of("watches-typing", "watches-sending", "looks-again-and-again")
_ENCODES = _one_of("encodes", "stores")

RISKS: tuple[Risk, ...] = (
    Risk(
        "hidden-card-fields",
        "reads card fields whose names it hides in its code, and keeps, encodes or sends what it reads",
        (_one_of("hidden-card-words"), _READS, _WAY_OUT | _ENCODES | {"hidden-host"}),
    ),
    Risk(
        "card-fields-to-hidden-host",
        "reads card or form fields, and hides the host that it speaks to",
        (
            _one_of("hidden-host"),
            _CARD | {"collects-all-fields", "draws-card-form"},
            _WAY_OUT | {"loads-script"},
        ),
    ),
    Risk(
        "card-fields-to-fixed-host",
        "reads card fields by name, encodes or keeps what it reads, and sends it to an address in its code",
        (_CARD, _REST_OF_CARD, _READS, _one_of("sends-to-fixed-address"), _ENCODES | _CHECKOUT),
    ),
    Risk(
        "card-fields-to-foreign-host",
        "watches for card fields, reads them by name, and has a way out and the address of another host",
        (_CARD, _REST_OF_CARD, _READS, _WATCHES, _one_of("foreign-address"), _WAY_OUT),
    ),
    Risk(
        "all-fields-at-checkout",
        "looks for the checkout page, collects all its fields, and has a way to send them out",
        (_one_of("collects-all-fields"), _CHECKOUT, _WAY_OUT),
    ),
    Risk(
        "decodes-with-own-text",
        "decodes itself with its own text as the key, so that it can't be read or changed",
        (_one_of("reads-own-text"), _one_of("makes-characters", "runs-text")),
    ),
    Risk(
        "to-drop-box",
        "reads card or form fields, and sends to a place where anybody can leave data unseen",
        (_one_of("drop-box"), _CARD | _REST_OF_CARD | {"collects-all-fields"}, _READS),
    ),
    Risk(
        "code-from-image",
        "reads code out of an image and runs it",
        (_one_of("code-in-image"), _one_of("makes-characters"), _one_of("runs-text")),
    ),
    Risk(
        "named-theft",
        "reads card or form fields and has a way to send them out, and calls that by its name",
        (_one_of("speaks-of-theft"), _CARD | {"collects-all-fields"}, _READS, _WAY_OUT),
    ),
    Risk(
        "all-fields-to-fixed-host",
        "collects all fields of the page, encodes or keeps them, and sends them to an address in its code",
        (_one_of("collects-all-fields"), _one_of("sends-to-fixed-address"), _ENCODES | _CHECKOUT),
    ),
    Risk(
        "loads-hidden-code-at-checkout",
        "looks for the checkout page, and loads code from a host that it hides",
        (_one_of("hidden-host"), _one_of("loads-script", "opens-connection", "runs-what-arrives"), _CHECKOUT),
    ),
    Risk(
        "runs-foreign-code-at-checkout",
        "looks for the checkout page, and runs code that its host sends it",
        (_one_of("runs-what-arrives"), _CHECKOUT),
    ),
    Risk(
        "loads-from-hidden-host",
        "loads code from a host that it hides in its own",
        (_one_of("hidden-host"), _one_of("loads-script", "runs-what-arrives")),
    ),
    Risk(
        "hidden-checkout",
        "hides that it looks for the checkout page, and has a way to send data or to load code",
        (_one_of("hidden-checkout-words"), _WAY_OUT | {"loads-script", "runs-text"}),
    ),
    Risk(
        "hidden-aim",
        "hides both that it wants card fields and that it looks for the checkout page",
        (_one_of("hidden-card-words"), _one_of("hidden-checkout-words")),
    ),
    Risk(
        "own-card-form",
        "puts a card form of its own into the page, and sends what is typed to an address in its code",
        (_one_of("draws-card-form"), _READS, _one_of("sends-to-fixed-address", "hidden-host")),
    ),
    Risk(
        "card-fields-unwatched",
        "reads card or form fields and sends or encodes them, but not while developer tools are open",
        (_one_of("evades-tools"), _CARD | {"collects-all-fields"}, _READS, _WAY_OUT | _ENCODES),
    ),
)


@dataclass(frozen=True)
class Seen:
    """A sign's rule and place, as far as risks need it."""

    rule: str
    layer: int
    position: int


def meetings(seen: Sequence[Seen], places: Iterable[tuple[int, int]]) -> list[tuple[Risk, list[int]]]:
    """The risks that are met, each with the numbers of the signs that meet.

    Args:
        seen: the signs.
        places: for each layer, the layer it was found in (itself for the outermost) and the position there.
    """
    inside = list(places)
    found = []
    for risk in RISKS:
        wanted = frozenset().union(*risk.needs)
        numbers = [number for number, sign in enumerate(seen) if sign.rule in wanted]
        met = _met(risk, numbers, seen, inside)
        if met:
            found.append((risk, met))
    return found


def _met(
    risk: Risk, numbers: list[int], seen: Sequence[Seen], inside: list[tuple[int, int]]
) -> list[int] | None:
    """The signs that meet near one place, or None."""
    for layer in dict.fromkeys(seen[number].layer for number in numbers):
        # All that is in this layer, or in a layer that was found in it, at the place where it was found.
        here = sorted(
            (place, number)
            for number in numbers
            if (place := _place(seen[number], layer, inside)) is not None
        )
        start = 0
        for end in range(len(here)):
            while here[end][0] - here[start][0] > NEAR:
                start += 1
            window = [number for _, number in here[start : end + 1]]
            rules = {seen[number].rule for number in window}
            if all(rules & need for need in risk.needs):
                return _one_each(risk, window, seen)
    return None


def _place(sign: Seen, layer: int, inside: list[tuple[int, int]]) -> int | None:
    """Where a sign is in a layer, or the layer around it; None where it is not in it."""
    at, position = sign.layer, sign.position
    while at != layer:
        outer, place = inside[at]
        if outer == at:
            return None
        at, position = outer, place
    return position


def _one_each(risk: Risk, window: list[int], seen: Sequence[Seen]) -> list[int]:
    """The last sign of each rule that the risk needs, in the order of their places."""
    last = {seen[number].rule: number for number in window}
    return sorted(set(last.values()))
