"""Valid JSON values with mutations: parts replaced, left out, repeated or nested, deep or shallow.

A mutation is a function of a seed, so that a server's thread can make it, too.
"""

from __future__ import annotations

import copy
import random
from typing import Any

from hypothesis import strategies as st

TEXTS = (
    "",
    " ",
    "\x00",
    "\ud800",
    "\u202egnp.exe",
    "{{constructor.constructor('alert(1)')()}}",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/t.png)",
    "javascript:alert(1)",
    "https://evil.example/a.js",
    "9" * 400,
    "x" * 5000,
)
NUMBERS = (0, -1, 1, 2**31, 2**63, 10**400, 1.5, float("inf"), float("nan"))

values = st.recursive(
    st.none() | st.booleans() | st.sampled_from(NUMBERS) | st.sampled_from(TEXTS) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
seeds = st.integers(0, 2**32)


def mutated(valid: Any) -> st.SearchStrategy[Any]:
    """JSON values like `valid`, each changed in one to four places."""
    return seeds.map(lambda seed: mutate(valid, random.Random(seed)))


def mutate(valid: Any, chance: random.Random) -> Any:
    """A JSON value like `valid`, changed in one to four places."""
    value = copy.deepcopy(valid)
    for _ in range(chance.randint(1, 4)):
        value = _change(value, chance)
    return value


def _change(value: Any, chance: random.Random) -> Any:
    """Change one place, the value itself where it has no parts."""
    if not isinstance(value, (dict, list)) or not value or chance.random() < 0.08:
        return _any_value(chance)
    key = chance.choice(list(value) if isinstance(value, dict) else range(len(value)))
    how = chance.choice(("deeper", "deeper", "deeper", "replace", "drop", "repeat", "wrap"))
    if how == "deeper" and isinstance(value[key], (dict, list)) and value[key]:
        value[key] = _change(value[key], chance)
    elif how == "drop":
        del value[key]
    elif how == "repeat" and isinstance(value, list):
        value.extend([copy.deepcopy(value[key])] * chance.randint(1, 5))
    elif how == "wrap":
        value[key] = [value[key]]
    else:
        value[key] = _any_value(chance)
    return value


def _any_value(chance: random.Random, depth: int = 0) -> Any:
    kind = chance.randrange(6 if depth < 3 else 4)
    if kind == 0:
        return chance.choice((None, True, False))
    if kind == 1:
        return chance.choice(NUMBERS)
    if kind in {2, 3}:
        return chance.choice(TEXTS)
    inner = [_any_value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return inner if kind == 4 else {chance.choice(TEXTS): each for each in inner}
