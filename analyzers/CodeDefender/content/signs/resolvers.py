"""Functions of a script whose calls are known: what each gives for known arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .budget import Budget
from .ciphers import from_alphabet, rc4
from .folding import Knowledge, Resolver, fold
from .tokens import Token, Value

DEEPEST = 6  # how often a call may be passed on


@dataclass(frozen=True)
class Table(Resolver):
    """An index function.

    Attributes:
        name: of the function.
        strings: the table, as the script writes it.
        offset: what is taken from the index.
        alphabet: of the base64 in which the strings are, if they are.
        keyed: whether they are enciphered too, with the key that is the second argument.
        turned: by how many places the table is turned to the left before it is used.
    """

    name: str
    strings: list[str]
    offset: int
    alphabet: str | None
    keyed: bool
    turned: int = 0

    def resolve(self, arguments: list[Value]) -> Value | None:
        """The string of an index (and a key)."""
        if not arguments:
            return None
        index = arguments[0]
        if isinstance(index, str):
            try:
                index = int(index, 0)
            except ValueError:
                return None
        if not isinstance(index, int) or not 0 <= index - self.offset < len(self.strings):
            return None
        text = self.strings[(index - self.offset + self.turned) % len(self.strings)]
        if self.alphabet is None:
            return text
        plain = from_alphabet(text, self.alphabet)
        if plain is None:
            return None
        key = arguments[1] if len(arguments) > 1 else None
        if self.keyed and isinstance(key, str):
            return rc4(plain.decode(errors="replace"), key)
        return plain.decode(errors="replace")


@dataclass(frozen=True)
class Constant(Resolver):
    """A function that always gives the same: `function h() { return "ht"; }`."""

    value: Value

    def resolve(self, arguments: list[Value]) -> Value | None:
        """That value."""
        return self.value


@dataclass(frozen=True)
class Wrapper(Resolver):
    """A function that passes its call on: `function w(a, b) { return t(b - 0x12, a); }`."""

    parameters: list[str]
    call: list[Token]
    functions: Mapping[str, Resolver]
    budget: Budget
    depth: int

    def resolve(self, arguments: list[Value]) -> Value | None:
        """What the call that is passed on gives."""
        if self.depth > DEEPEST:
            return None
        names = dict(zip(self.parameters, arguments, strict=False))
        self.budget.spend(len(self.call))
        result = fold(self.call, Knowledge(names, {}, self.functions), self.budget)
        return result[0].value if len(result) == 1 and result[0].known else None
