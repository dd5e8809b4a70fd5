"""From a script's text to its signs."""

from __future__ import annotations

from dataclasses import dataclass, field

from .budget import Budget, Spent
from .hosts import core, hosts_in
from .layers import DECODED, Layer, Reader
from .risks import Risk, Seen, meetings
from .rule import Rule
from .rules import RULES

HIDDEN_HOST = "hidden-host"
_AROUND = 60  # characters shown on each side of what was found
_LONGEST_EXCERPT = 240
_MOST_HOSTS = 50


@dataclass(frozen=True)
class Sign:
    """One thing that the script can be seen to do.

    Attributes:
        rule: what was seen, and what it means.
        offset: where in the file, in characters; of what is encoded, where that starts.
        excerpt: what stands there once decoded, free of control characters.
        how: it was hidden: `base64, then packed`; empty where it is written plainly.
    """

    rule: Rule
    offset: int
    excerpt: str
    how: str


@dataclass(frozen=True)
class Reading:
    """What reading a script gave.

    Attributes:
        signs: the signs, by place; of one rule the first few.
        risks: where signs meet that honest scripts do not have together, each with those signs.
        hidden_hosts: hosts that appear only after decoding.
        layers: how the layers were hidden that were read, the script itself left out.
        complete: whether all was read; else the time or the work ran out.
    """

    signs: tuple[Sign, ...] = ()
    risks: tuple[tuple[Risk, tuple[Sign, ...]], ...] = ()
    hidden_hosts: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    complete: bool = True


@dataclass
class _Notes:
    """What is gathered layer by layer."""

    raw: str
    signs: list[Sign] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    hosts: dict[str, None] = field(default_factory=dict)
    plain: dict[str, bool] = field(default_factory=dict)

    def hidden(self, word: str) -> bool:
        """Whether the file does not say this as it stands."""
        if word not in self.plain:
            self.plain[word] = word in self.raw
        return not self.plain[word]


def read(text: str, seconds: float) -> Reading:
    """Read a script; whatever it is, this ends in about that time.

    Args:
        text: the script, or a page with scripts in it.
        seconds: what reading may take.
    """
    budget = Budget(seconds)
    reader = Reader(budget)
    notes = _Notes(text.lower())
    layers: list[Layer] = []
    complete = True
    try:
        for layer in reader.layers(text):
            number = len(layers)
            layers.append(layer)
            notes.places.append(_around(layer, layers))
            _look(layer, number, notes, budget)
    except Spent:
        complete = False
    risks = tuple(
        (risk, tuple(notes.signs[number] for number in numbers))
        for risk, numbers in meetings(notes.seen, notes.places)
    )
    order = sorted(range(len(notes.signs)), key=lambda number: notes.signs[number].offset)
    return Reading(
        tuple(notes.signs[number] for number in order),
        risks,
        tuple(notes.hosts)[:_MOST_HOSTS],
        tuple(dict.fromkeys(layer.how for layer in layers if layer.how)),
        complete and reader.complete,
    )


def _around(layer: Layer, layers: list[Layer]) -> tuple[int, int]:
    """The layer around this one, and the position in it."""
    for number, outer in enumerate(layers):
        if outer is not layer and layer.nested and not outer.nested and outer.origin <= layer.origin:
            return number, outer.position(layer.origin)
    return len(layers) - 1, 0


def _look(layer: Layer, number: int, notes: _Notes, budget: Budget) -> None:
    """The signs of one layer."""
    for rule in RULES:
        budget.look()
        if rule.id == HIDDEN_HOST:
            places = [(at, at + len(host), host) for at, host in hosts_in(layer.text)]
        else:
            places = [(match.start(), match.end(), match[0].lower()) for match in rule.places(layer)]
        for start, end, word in places:
            if rule.decoded_only and not notes.hidden(core(word) if rule.id == HIDDEN_HOST else word):
                continue
            if rule.id == HIDDEN_HOST:
                notes.hosts[word] = None
            how = layer.how or (DECODED if rule.decoded_only else "")
            notes.signs.append(Sign(rule, layer.offset(start), _excerpt(layer.text, start, end), how))
            notes.seen.append(Seen(rule.id, number, start))


def _excerpt(text: str, start: int, end: int) -> str:
    """What stands at a place and around it, in one line."""
    end = min(end, start + _LONGEST_EXCERPT)
    shown = text[max(0, start - _AROUND) : end + _AROUND]
    return "".join(character if character.isprintable() else " " for character in shown)
