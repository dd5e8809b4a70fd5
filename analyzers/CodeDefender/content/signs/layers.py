"""A script, layer by layer: as it is written, and what is packed or encoded in it, and in that.

A layer is one text in one shape, on which the rules are written: no comments, no white space that means
nothing, every string in double quotes with none inside, `x.name` for `x["name"]`, known expressions
replaced by their value, encoded strings by what they say.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from .blobs import Decoder
from .budget import Budget, Spent
from .folding import Knowledge, fold
from .markup import scripts_in
from .names import known_names
from .packer import unpacked
from .pure import text_of
from .tables import known_functions
from .tokens import Kind, Token, tokenize

DECODED = "decoded"
_ROUNDS = 4
_MANY = 120_000  # tokens; a longer script is a bundle: its names are looked up once
_DEEPEST = 8
_MOST = 80
_SHORTEST_CODE = 24
_CODE = re.compile(
    r"\b(?:function|var|let|const|return|document|window|location|eval|atob|self)\b|=>|\$\(|createElement"
)
_MARKS = re.compile(r"[;(){}=]")
_LOWER = {upper: upper + 32 for upper in range(65, 91)}
_STICKS = frozenset((Kind.NAME, Kind.NUMBER, Kind.REGEX))


@dataclass(frozen=True)
class Layer:
    """One text.

    Attributes:
        text: in the shape described above.
        how: it was hidden; empty for the script as it is written.
        origin: where the layer comes from in the file.
        starts: where each token starts in the text.
        offsets: where that token is in the layer's source.
        nested: whether offsets count in a decoded text, rather than in the file.
    """

    text: str
    how: str
    origin: int
    starts: list[int]
    offsets: list[int]
    nested: bool

    @cached_property
    def lower(self) -> str:
        """The text in lower case, character by character in the same places.

        But for `Function(…)`, which makes code of text: that reads `#unction(`.
        """
        text = self.text.replace("Function(", "#unction(")
        lower = text.lower()
        return lower if len(lower) == len(text) else text.translate(_LOWER)

    def in_string(self, position: int) -> bool:
        """Whether a position of the text is in a string, or in a list of them."""
        at = bisect_right(self.starts, position) - 1
        return at >= 0 and self.text[self.starts[at]] in '"['

    def offset(self, position: int) -> int:
        """Where in the file a position of the text comes from."""
        if self.nested or not self.starts:
            return self.origin
        return self.origin + self.offsets[max(0, bisect_right(self.starts, position) - 1)]

    def position(self, offset: int) -> int:
        """Where in the text a place of the file is."""
        at = bisect_right(self.offsets, offset - self.origin) - 1
        return self.starts[at] if 0 <= at < len(self.starts) else 0


@dataclass(frozen=True)
class Source:
    """A text to be read."""

    text: str
    how: str
    origin: int
    depth: int


class Reader:
    """Reads one script.

    Attributes:
        complete: whether all of it was read, as far as reading goes.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.complete = True

    def layers(self, text: str) -> Iterator[Layer]:
        """The layers of a file, each as soon as it is read."""
        parts = scripts_in(text)
        queue = deque(
            Source(part, "", offset, 0) for offset, part in ([(0, text)] if parts is None else parts)
        )
        seen: set[str] = set()
        while queue and len(seen) < _MOST:
            source = queue.popleft()
            if source.text in seen:
                continue
            seen.add(source.text)
            found: list[Source] = []
            yield self._read(source, found)
            if source.depth < _DEEPEST:
                queue.extend(found)
        self.complete = self.complete and not queue

    def _read(self, source: Source, found: list[Source]) -> Layer:
        """One layer; what is nested in it is added to the found ones. What can't be paid stays as it is."""
        tokens, whole = tokenize(source.text, self._budget)
        self.complete = self.complete and whole
        try:
            tokens = self._folded(tokens)
            for offset, text in unpacked(tokens, self._budget):
                found.append(self._nested(source, offset, text, "packed"))
            tokens = self._decoded(tokens, source, found)
        except Spent:
            self.complete = False
        return _layer(tokens, source)

    def _folded(self, tokens: list[Token]) -> list[Token]:
        """Known values in place, again and again while that makes more of them known."""
        tokens = fold(tokens, Knowledge(), self._budget)
        names, properties = known_names(tokens)
        functions = known_functions(tokens, names, self._budget)
        for _ in range(_ROUNDS if len(tokens) < _MANY else 1):
            for name in functions:
                names.pop(name, None)
            if not (names or properties or functions):
                break
            before = len(tokens)
            tokens = fold(tokens, Knowledge(names, properties, functions), self._budget)
            if len(tokens) == before:
                break
            more, more_properties = known_names(tokens)
            if more.keys() <= names.keys() and more_properties.keys() <= properties.keys():
                break
            names, properties = more, more_properties
        return tokens

    def _decoded(self, tokens: list[Token], source: Source, found: list[Source]) -> list[Token]:
        """Every encoded string replaced by what it says; code among them is a layer of its own."""
        strings = [str(token.value) for token in tokens if token.kind is Kind.STRING]
        for token in tokens:
            if token.kind is Kind.LIST and isinstance(token.value, list):
                strings += [item for item in token.value if isinstance(item, str)]
        decoder = Decoder(strings, self._budget)
        known: dict[str, str | None] = {}

        def said(text: str, offset: int) -> str:
            if text not in known:
                known[text] = None
                plain = decoder.string(text)
                code = plain.text if plain else text
                if _is_code(code):
                    found.append(
                        self._nested(
                            source,
                            offset,
                            code,
                            plain.how if plain else "" if code in source.text else DECODED,
                        )
                    )
                    known[text] = ""
                elif plain:
                    known[text] = plain.text
            replaced = known[text]
            return text if replaced is None else replaced

        for at, token in enumerate(tokens):
            if token.kind is Kind.STRING:
                plain = said(str(token.value), token.offset)
                if plain is not token.value:
                    tokens[at] = token._replace(value=plain)
            elif token.kind is Kind.LIST and isinstance(token.value, list):
                spoken = decoder.numbers(token.value)
                if spoken is None:
                    items = [
                        said(item, token.offset) if isinstance(item, str) else item for item in token.value
                    ]
                    tokens[at] = token._replace(value=items)
                elif _is_code(spoken.text):
                    found.append(self._nested(source, token.offset, spoken.text, spoken.how))
                else:
                    tokens[at] = Token(Kind.STRING, spoken.text, token.offset)
        return tokens

    def _nested(self, source: Source, offset: int, text: str, how: str) -> Source:
        """A text found in a layer, to be read as one."""
        origin = source.origin if source.depth else source.origin + offset
        hows = [part for part in (source.how, how) if part]
        return Source(text, ", then ".join(hows), origin, source.depth + 1)


def _is_code(text: str) -> bool:
    """Whether a string looks like a script, or a page with one."""
    if len(text) < _SHORTEST_CODE:
        return False
    start = text[:4_000]
    return len(_MARKS.findall(start)) >= 4 and _CODE.search(start) is not None


def _layer(tokens: list[Token], source: Source) -> Layer:
    """Tokens as a layer's text."""
    parts: list[str] = []
    starts: list[int] = []
    offsets: list[int] = []
    length, sticky = 0, False
    for token in tokens:
        sticks = token.kind in _STICKS
        if sticks and sticky:
            parts.append(" ")
            length += 1
        starts.append(length)
        offsets.append(token.offset)
        word = _written(token)
        parts.append(word)
        length += len(word)
        sticky = sticks
    return Layer("".join(parts), source.how, source.origin, starts, offsets, source.depth > 0)


def _written(token: Token) -> str:
    """A token in the layer's shape."""
    if token.kind is Kind.STRING:
        return '"' + str(token.value).replace('"', "'").replace("\n", " ") + '"'
    if isinstance(token.value, list):
        return (
            "["
            + ",".join(
                f'"{text_of(item)}"'.replace("\n", " ") if isinstance(item, str) else text_of(item)
                for item in token.value
            )
            + "]"
        )
    return text_of(token.value)
