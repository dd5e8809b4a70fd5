"""Known expressions are replaced by their value: `"ht" + "tp"`, `atob("…")`, `["b","a"].reverse()`.

One pass from left to right over a stack. Whenever a closing bracket or an operand arrives, the top of
the stack is looked at: a few tokens, never the whole. So it is linear in what it reads, and what it
produces is paid for beforehand; brackets may nest as deep as they like.

Scopes are not followed: a name counts as known where the whole script assigns it once. That may name a
wrong value; a sign is a hint to look at, and proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .budget import Budget
from .pure import arithmetic, call_function, call_method, call_static
from .tokens import Kind, Token, Value

_BINDS = {  # how strongly an operator binds
    "*": 6, "/": 6, "%": 6, "+": 5, "-": 5, "<<": 4, ">>": 4, ">>>": 4, "&": 3, "^": 2, "|": 1,
}  # fmt: skip
_TIGHTER = frozenset((".", "[", "(", "?.", "**", "++", "--", "`"))
_PREFIX = frozenset(("!", "~", "**", ".", "?.", "++", "--"))
_ASSIGN = frozenset(("=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "++", "--", "=>"))
_OPENERS = {")": "(", "]": "["}
_LONGEST_ARGUMENTS = 200_000
_NO_VALUE = frozenset(
    (
        "return", "typeof", "case", "in", "of", "new", "delete", "void", "throw", "else", "do",
        "instanceof", "yield", "await", "function",
    )
)  # fmt: skip


class Resolver:
    """A function of the script whose calls are known: the index function of a table of strings."""

    def resolve(self, arguments: list[Value]) -> Value | None:
        """What a call gives; None where we can't tell."""
        raise NotImplementedError


@dataclass(frozen=True)
class Knowledge:
    """What is known of a script's names.

    Attributes:
        names: variables with one value.
        properties: property names that are given one value, in one place.
        functions: functions whose calls are known.
    """

    names: Mapping[str, Value] = field(default_factory=dict)
    properties: Mapping[str, Value] = field(default_factory=dict)
    functions: Mapping[str, Resolver] = field(default_factory=dict)


def fold(tokens: list[Token], knowledge: Knowledge, budget: Budget) -> list[Token]:
    """The same script with what is known put in place.

    Raises:
        Spent: the budget is used up.
    """
    folder = _Folder(knowledge, budget)
    for number, token in enumerate(tokens):
        if not number & 0x3FF:
            budget.look()
        following = tokens[number + 1] if number + 1 < len(tokens) else None
        folder.take(token, following)
    return folder.stack


class _Folder:
    """The stack, and what is done at its top."""

    def __init__(self, knowledge: Knowledge, budget: Budget) -> None:
        self.stack: list[Token] = []
        self._knowledge = knowledge
        self._words: frozenset[Value] = frozenset(knowledge.names) | frozenset(knowledge.properties)
        self._budget = budget
        self._open: list[int] = []  # where on the stack a bracket is open

    def take(self, token: Token, following: Token | None) -> None:
        """Put a token on the stack, and fold what that completes."""
        if token.kind is Kind.MARK:
            mark = str(token.value)
            if mark in ("(", "["):
                self._open.append(len(self.stack))
            elif mark in _OPENERS:
                self._close(token, mark)
                if self.stack[-1].known:
                    self._settle(following)
                return
            self.stack.append(token)
            return
        if token.kind is Kind.NAME:
            if token.value not in self._words:
                self.stack.append(token)
                return
            token = self._named(token, following)
        self.stack.append(token)
        if token.known:
            self._settle(following)

    def _named(self, token: Token, following: Token | None) -> Token:
        """A name, or the value that it is known to have."""
        name = str(token.value)
        mark = following.value if following and following.kind is Kind.MARK else None
        if mark in _ASSIGN or mark == ":":
            return token
        if self.stack and self.stack[-1].kind is Kind.MARK and self.stack[-1].value in (".", "?."):
            value = self._knowledge.properties.get(name) if mark != "(" else None
            if value is None or len(self.stack) < 2 or self.stack[-2].kind is not Kind.NAME:
                return token
            del self.stack[-2:]
        else:
            value = self._knowledge.names.get(name)
            if value is None or (isinstance(value, list) and mark not in ("[", ".")):
                return token
        return self._value(value, token.offset)

    def _value(self, value: Value, offset: int) -> Token:
        """A value as a token, paid for."""
        kind = (
            Kind.STRING if isinstance(value, str) else Kind.LIST if isinstance(value, list) else Kind.NUMBER
        )
        # A list may be the same one again and again: nothing was produced.
        self._budget.spend(len(value) + 1 if isinstance(value, str) else 1)
        return Token(kind, value, offset)

    def _replace(self, count: int, value: Value) -> None:
        """The top tokens become one value."""
        offset = self.stack[-count].offset
        del self.stack[-count:]
        self.stack.append(self._value(value, offset))

    # -- operators

    def _settle(self, following: Token | None) -> None:
        """Fold the operators at the top of the stack, as far as what follows allows."""
        mark = following.value if following and following.kind is Kind.MARK else ""
        if mark in _TIGHTER:
            return
        binds = _BINDS.get(str(mark), 0)
        stack = self.stack
        while len(stack) >= 2 and stack[-1].known and stack[-2].kind is Kind.MARK:
            sign = str(stack[-2].value)
            third = stack[-3] if len(stack) >= 3 else None
            if sign == "-" and isinstance(stack[-1].value, int | float) and not _is_operand(third):
                self._replace(2, -stack[-1].value)
                continue
            if third is None or not third.known or _BINDS.get(sign, -1) < binds or sign not in _BINDS:
                return
            left = stack[-4] if len(stack) >= 4 else None
            if left is not None and left.kind is Kind.MARK and _holds(str(left.value), _BINDS[sign]):
                return
            value = arithmetic(third.value, sign, stack[-1].value)
            if value is None:
                return
            self._replace(3, value)

    # -- brackets

    def _close(self, token: Token, mark: str) -> None:
        """A closing bracket arrived: fold what it closes, or put it on the stack."""
        stack = self.stack
        while self._open and self._open[-1] >= len(stack):
            self._open.pop()
        if not self._open or not stack[self._open[-1]].is_mark(_OPENERS[mark]):
            stack.append(token)
            return
        start = self._open.pop()
        before = stack[start - 1] if start else None
        called = _is_operand(before)
        values = self._values(start + 1)
        if values is None:
            stack.append(token)
        elif mark == "]":
            if not called and not any(isinstance(value, list) for value in values):
                self._replace(len(stack) - start, values)  # lists are flat: nothing nests
            elif not called or not self._index(start, values):
                stack.append(token)
        elif not called:
            if len(values) == 1 and (before is None or not _is_head(before)):
                self._replace(len(stack) - start, values[0])
            else:
                stack.append(token)
        elif not self._call(start, values):
            stack.append(token)

    def _values(self, start: int) -> list[Value] | None:
        """The known values between here and the top, parted by commas; None where one is not known."""
        stack, values = self.stack, []
        if len(stack) - start > _LONGEST_ARGUMENTS:
            return None
        for at in range(start, len(stack)):
            token = stack[at]
            if (at - start) % 2:
                if not token.is_mark(","):
                    return None
            elif not token.known and (token.kind is not Kind.REGEX or at != start):
                return None
            else:
                values.append(token.value)
        return values

    def _index(self, start: int, values: list[Value]) -> bool:
        """`x["name"]` becomes `x.name`; an element of a known list or string becomes a value."""
        if len(values) != 1:
            return False
        of, index, stack = self.stack[start - 1], values[0], self.stack
        if isinstance(index, str) and index.isidentifier():
            offset = stack[start].offset
            del stack[start:]
            stack.append(Token(Kind.MARK, ".", offset))
            stack.append(Token(Kind.NAME, index, offset))
            return True
        if not isinstance(of.value, list | str) or not of.known or not isinstance(index, int):
            return False
        if not 0 <= index < len(of.value):
            return False
        self._replace(len(stack) - start + 1, of.value[index])
        return True

    def _call(self, start: int, values: list[Value]) -> bool:
        """A call with known arguments becomes its result, where we can tell it."""
        stack = self.stack
        callee = stack[start - 1]
        if callee.kind is not Kind.NAME:
            return False
        name, taken, result = str(callee.value), 1, None
        # A call costs what it may make: what it is given, and what it is of.
        self._budget.spend(sum(len(value) if isinstance(value, str | list) else 1 for value in values))
        if start >= 3 and stack[start - 2].kind is Kind.MARK and stack[start - 2].value in (".", "?."):
            owner, taken = stack[start - 3], 3
            if owner.known:
                self._budget.spend(len(owner.value) if isinstance(owner.value, str | list) else 1)
                result = call_method(owner.value, name, values)
            elif owner.kind is Kind.NAME:
                result = call_static(str(owner.value), name, values)
                if result is None and owner.value in ("window", "self", "globalThis", "top"):
                    result = call_function(name, values)
        elif name in self._knowledge.functions:
            result = self._knowledge.functions[name].resolve(values)
        else:
            result = call_function(name, values)
        if result is None:
            return False
        self._replace(len(stack) - start + taken, result)
        return True


def _holds(mark: str, binds: int) -> bool:
    """Whether an operator on the left takes the operand first."""
    return mark in _PREFIX or _BINDS.get(mark, 0) >= binds


def _is_operand(token: Token | None) -> bool:
    """Whether a bracket after this token is a call or an index, and a minus a difference."""
    if token is None:
        return False
    if token.kind is Kind.NAME:
        return token.value not in _NO_VALUE
    return token.kind is not Kind.MARK or token.value in (")", "]", "}")


def _is_head(token: Token) -> bool:
    """Whether the bracket after it belongs to it: `function (…)`."""
    return token.is_name("function")
