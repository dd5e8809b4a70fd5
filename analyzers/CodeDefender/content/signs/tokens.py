"""JavaScript as tokens, in one pass that never goes back.

Not a parser: nothing here nests, so nothing a script nests can hurt. Every pattern consumes what it
has looked at, whether or not what it looked for was there; a broken string is a string as far as it
goes. What is no JavaScript at all gives tokens too.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import NamedTuple

from .budget import Budget, Spent
from .escapes import unescape


class Kind(IntEnum):
    """What a token is. LIST is not in the language: an array of known values, made by folding."""

    NAME = 1
    NUMBER = 2
    STRING = 3
    REGEX = 4
    MARK = 5
    LIST = 6


Value = str | int | float | list["Value"]


class Token(NamedTuple):
    """A token.

    Attributes:
        kind: what it is.
        value: a name's or mark's text, a string's value, a number, a list of values.
        offset: where it starts in the text of its layer.
    """

    kind: Kind
    value: Value
    offset: int

    @property
    def known(self) -> bool:
        """Whether it is a value."""
        return self.kind in (Kind.STRING, Kind.NUMBER, Kind.LIST)

    def is_mark(self, mark: str) -> bool:
        """Whether it is this punctuation."""
        return self.kind is Kind.MARK and self.value == mark

    def is_name(self, name: str) -> bool:
        """Whether it is this name."""
        return self.kind is Kind.NAME and self.value == name


# After these words comes an operand: a slash opens a regular expression there.
_OPERATOR_WORDS = frozenset(
    [
        "return",
        "typeof",
        "instanceof",
        "in",
        "of",
        "new",
        "delete",
        "void",
        "throw",
        "case",
        "do",
        "else",
        "yield",
        "await",
    ]
)
_LONGEST_REGEX = 1_000  # a slash that opens nothing costs at most this

_START = re.compile(
    r"(?P<space>[\s\ufeff\u2028\u2029]+)"
    r"|(?P<line>//|<!--)"
    r"|(?P<block>/\*)"
    r"|(?P<name>(?:[A-Za-z_$\u0080-\U0010ffff]|\\u[0-9a-fA-F]{4})(?:[\w$]|\\u[0-9a-fA-F]{4})*)"
    r"|(?P<number>0[xX][0-9a-fA-F_]+n?|0[bB][01_]+n?|0[oO][0-7_]+n?"
    r"|(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?n?)"
    r"|(?P<quote>[\"'`])"
    r"|(?P<mark>>>>=|===|!==|\*\*=|<<=|>>=|>>>|\.\.\.|=>|==|!=|<=|>=|&&|\|\||\?\?|\?\.|\+\+|--|\+=|-=|\*=|/=|%=|&=|\|=|\^=|<<|>>|\*\*|.)",
    re.DOTALL,
)
_BODY = {
    '"': re.compile(r'(?:[^"\\\n\r]+|\\(?:\r\n|.))*', re.DOTALL),
    "'": re.compile(r"(?:[^'\\\n\r]+|\\(?:\r\n|.))*", re.DOTALL),
    "`": re.compile(r"(?:[^`\\$]+|\\.|\$(?!\{))*", re.DOTALL),
}
_REGEX = re.compile(
    r"/(?:[^/\\\[\n\r*]|\\.|\[(?:[^\]\\\n\r]|\\.)*\])(?:[^/\\\[\n\r]|\\.|\[(?:[^\]\\\n\r]|\\.)*\])*/[a-z]*"
)
_LINE_END = re.compile(r"[\n\r\u2028\u2029]")


def tokenize(text: str, budget: Budget) -> tuple[list[Token], bool]:
    """Cut a script into tokens.

    Returns:
        The tokens, and whether all of the text is in them (not where the time was over first).
    """
    tokens: list[Token] = []
    match_start, put = _START.match, tokens.append
    at = looked = braces = 0
    templates: list[int] = []  # at which depth of braces a template goes on
    while match := match_start(text, at):
        kind = match.lastgroup
        start, at = at, match.end()
        if kind == "space":
            continue
        if len(tokens) - looked > 0xFFF:
            looked = len(tokens)
            try:
                budget.look()
            except Spent:
                return tokens, False
        if kind == "name":
            word = match[0]
            put(Token(Kind.NAME, unescape(word) if "\\" in word else word, start))
        elif kind == "mark":
            word = match[0]
            if word == "}" and templates and templates[-1] == braces:
                templates.pop()
                put(Token(Kind.MARK, ")", start))
                put(Token(Kind.MARK, "+", start))
                at = _string(text, at, "`", start, tokens, templates, braces)
            elif word in ("/", "/=") and _operand_is_due(tokens):
                at = _regex(text, start, word, tokens)
            else:
                braces += (word == "{") - (word == "}")
                put(Token(Kind.MARK, word, start))
        elif kind == "number":
            put(Token(Kind.NUMBER, _number(match[0]), start))
        elif kind == "quote":
            at = _string(text, at, match[0], start, tokens, templates, braces)
        else:
            at = _after_comment(text, at, kind == "line")
    return tokens, True


def _after_comment(text: str, at: int, one_line: bool) -> int:
    """Where a comment ends."""
    if one_line:
        end = _LINE_END.search(text, at)
        return end.end() if end else len(text)
    closing = text.find("*/", at)
    return closing + 2 if closing >= 0 else len(text)


def _regex(text: str, start: int, word: str, tokens: list[Token]) -> int:
    """A regular expression, or a slash that opens none; and where it ends."""
    pattern = _REGEX.match(text, start, start + _LONGEST_REGEX)
    if pattern:
        tokens.append(Token(Kind.REGEX, pattern[0], start))
        return pattern.end()
    tokens.append(Token(Kind.MARK, word, start))
    return start + len(word)


def _string(
    text: str, at: int, quote: str, start: int, tokens: list[Token], templates: list[int], braces: int
) -> int:
    """The string whose body starts here, and where it ends.

    Of a template, each fixed part is a string, and each expression a bracketed term of a sum.
    """
    body = _BODY[quote].match(text, at)
    end = body.end() if body else at
    tokens.append(Token(Kind.STRING, unescape(text[at:end]), start))
    if quote == "`" and text.startswith("${", end):
        templates.append(braces)
        tokens.append(Token(Kind.MARK, "+", start))
        tokens.append(Token(Kind.MARK, "(", start))
        return end + 2
    return end + 1 if text.startswith(quote, end) else end


def _operand_is_due(tokens: list[Token]) -> bool:
    """Whether a slash opens a regular expression here, rather than divides."""
    if not tokens:
        return True
    before = tokens[-1]
    if before.kind is Kind.NAME:
        return before.value in _OPERATOR_WORDS
    return before.kind is Kind.MARK and before.value not in (")", "]", "}", "++", "--")


def _number(word: str) -> int | float:
    """The value of a number's text."""
    plain = word.replace("_", "").rstrip("n").lower()
    try:
        if plain[:2] in ("0x", "0b", "0o"):
            return int(plain[:66], 0)
        if plain.isdigit():
            return int(
                plain[:40], 8 if plain[0] == "0" and len(plain) > 1 and not set(plain) & {"8", "9"} else 10
            )
        return float(plain)
    except ValueError:
        return 0
