"""What a script's names stand for, where it says so in one place only."""

from __future__ import annotations

from collections import Counter

from .tokens import Kind, Token, Value

_LONGEST = 100_000
_STEPS_BACK = 60  # how long a list of parameters may be

_SPEAKING = frozenset((Kind.MARK, Kind.NAME))
_SAYING: frozenset[Value] = frozenset(
    (
        "=",
        ":",
        "=>",
        "function",
        "catch",
        "in",
        "of",
        "+=",
        "-=",
        "*=",
        "/=",
        "%=",
        "&=",
        "|=",
        "^=",
        "++",
        "--",
    )
)
# The page's own properties: what a script gives one element says nothing about another's.
_OF_THE_PAGE = frozenset(
    (
        "value", "src", "href", "name", "type", "id", "className", "method", "action", "innerHTML",
        "outerHTML", "textContent", "innerText", "data", "url", "hash", "host", "hostname",
        "pathname", "search", "cookie", "onload", "onerror", "key", "text", "title", "rel", "async",
        "defer", "style", "display", "length", "checked", "prototype", "constructor",
        "responseType", "mode", "body", "headers", "credentials", "default", "exports",
    )
)  # fmt: skip
_END = frozenset((";", ",", ")", "}", "]"))


def known_names(tokens: list[Token]) -> tuple[dict[str, Value], dict[str, Value]]:
    """Variables and properties that get one known value, in one place.

    Returns:
        By name: the variables' values, the properties' values (strings only).
    """
    variables, properties = _Seen(), _Seen()
    last = len(tokens) - 1
    for at, token in enumerate(tokens):
        if token[0] not in _SPEAKING or token[1] not in _SAYING or not 0 < at < last:
            continue
        mark, before = token[1], tokens[at - 1]
        if mark == "=>":
            _arrow(tokens, at, variables)
        elif mark in ("function", "catch"):
            _parameters(tokens, at, variables)
        elif mark == ":":
            if before.known and not isinstance(before.value, str):
                continue
            outer = tokens[at - 2] if at > 1 else None
            if outer is not None and outer.kind is Kind.MARK and outer.value in ("{", ","):
                properties.given(str(before.value), _value_at(tokens, at + 1))
        elif before.kind is not Kind.NAME:
            if mark in ("++", "--") and tokens[at + 1].kind is Kind.NAME:
                variables.given(str(tokens[at + 1].value), None)
        elif at > 1 and tokens[at - 2].is_mark("."):
            if mark == "=":
                properties.given(str(before.value), _value_at(tokens, at + 1))
        else:
            variables.given(str(before.value), _value_at(tokens, at + 1) if mark == "=" else None)
    return variables.once(), {
        name: value
        for name, value in properties.once().items()
        if isinstance(value, str) and name not in _OF_THE_PAGE
    }


class _Seen:
    """How often each name was given a value, and which."""

    def __init__(self) -> None:
        self._times: Counter[str] = Counter()
        self._values: dict[str, Value] = {}

    def given(self, name: str, value: Value | None) -> None:
        """A name is given a value; None: one that we do not know."""
        self._times[name] += 1
        if value is not None:
            self._values[name] = value

    def once(self) -> dict[str, Value]:
        """The names that were given one known value, once."""
        return {name: value for name, value in self._values.items() if self._times[name] == 1}


def _value_at(tokens: list[Token], at: int) -> Value | None:
    """The known value that makes up the whole expression that starts here."""
    if at >= len(tokens) or not tokens[at].known:
        return None
    if at + 1 < len(tokens):
        after = tokens[at + 1]
        if after.kind is Kind.MARK and after.value not in _END:
            return None
    value = tokens[at].value
    return None if isinstance(value, str) and len(value) > _LONGEST else value


def _parameters(tokens: list[Token], at: int, variables: _Seen) -> None:
    """The parameters of the function whose keyword is here get a value at every call."""
    for token in tokens[at + 1 : at + _STEPS_BACK]:
        if token.is_mark(")") or token.is_mark("{"):
            return
        if token.kind is Kind.NAME:
            variables.given(str(token.value), None)


def _arrow(tokens: list[Token], at: int, variables: _Seen) -> None:
    """The same for the arrow function whose arrow is here."""
    if at and tokens[at - 1].kind is Kind.NAME:
        variables.given(str(tokens[at - 1].value), None)
        return
    for token in reversed(tokens[max(0, at - _STEPS_BACK) : max(0, at - 1)]):
        if token.kind is Kind.MARK and token.value in ("(", "{", ";"):
            return
        if token.kind is Kind.NAME:
            variables.given(str(token.value), None)
