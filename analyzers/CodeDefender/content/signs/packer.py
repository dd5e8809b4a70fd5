"""The packer that everyone uses: `eval(function(p,a,c,k,e,d){…}('…',62,97,'…'.split('|'),0,{}))`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .budget import Budget
from .tokens import Kind, Token

_WORD = re.compile(r"\b\w{1,12}\b")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def unpacked(tokens: list[Token], budget: Budget) -> Iterator[tuple[int, str]]:
    """Every packed script: where it is, and what it says.

    Raises:
        Spent: the budget is used up.
    """
    for at in range(len(tokens) - 8):
        if not (
            tokens[at].is_mark("(")
            and tokens[at + 1].kind is Kind.STRING
            and tokens[at + 3].kind is Kind.NUMBER
        ):
            continue
        payload, base, words = tokens[at + 1], tokens[at + 3].value, tokens[at + 7]
        if words.kind is not Kind.LIST or not isinstance(words.value, list) or not isinstance(base, int):
            continue
        if 2 <= base <= 62 and tokens[at + 5].kind is Kind.NUMBER:
            yield payload.offset, _unpack(str(payload.value), base, list(map(str, words.value)), budget)


def _unpack(payload: str, base: int, words: list[str], budget: Budget) -> str:
    """The payload with each number replaced by its word."""
    numbers = {digit: number for number, digit in enumerate(_DIGITS[:base])}

    def word(match: re.Match[str]) -> str:
        index = 0
        for digit in match[0]:
            if digit not in numbers:
                return match[0]
            index = index * base + numbers[digit]
        found = words[index] if index < len(words) and words[index] else match[0]
        budget.spend(len(found))
        return found

    return _WORD.sub(word, payload)
