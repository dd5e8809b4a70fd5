"""Whether two scripts differ only in how they are written: comments, white space, line ends, BOM (pure).

Both are read by a JavaScript grammar, and their tokens compared. Where it is in doubt the answer is no: a
comment that some engine runs or that a browser may end earlier than the grammar does, a byte between two
tokens that is no white space. So no code passes for formatting; formatting may pass for code.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from functools import cache

import tree_sitter_javascript
from tree_sitter import Language, Parser, Tree

LARGEST = 8 * 1024 * 1024  # bytes; what is longer is not compared
BOM = b"\xef\xbb\xbf"
# Wherever one of these ends a line, also in a template literal, JavaScript reads a line feed.
LINE_END = re.compile(rb"\r\n?")
_WHITE = re.compile(rb"(?:[\t\n\v\f\r ]|\xc2\xa0|\xef\xbb\xbf)*")
# `@cc_on` and its like are run by old Internet Explorers; `//@ sourceMappingURL` is an old source map's line.
_RUN = re.compile(rb"/[/*]@(?! ?source)", re.IGNORECASE)
# Line ends that the grammar and some browser may see differently, and escapes that switch a character set.
_ODD = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]|\xe2\x80[\xa8\xa9]")


def same_code(one: bytes, other: bytes) -> bool:
    """Whether the two differ in nothing but comments and white space."""
    if max(len(one), len(other)) > LARGEST:
        return False
    # A tree takes fifty times its script's memory: one at a time, and of the first its tokens' hashes.
    mine = array("q", map(hash, _tokens(one)))
    many = 0
    for token in _tokens(other):
        if many == len(mine) or mine[many] != hash(token):
            return False
        many += 1
    return many == len(mine)


def _tokens(script: bytes) -> Iterator[bytes]:
    """Each token, and each comment that may be more than one."""
    script = LINE_END.sub(b"\n", script.removeprefix(BOM))
    at = 0
    for kind, start, end in _leaves(_parser().parse(script)):
        gap = script[at:start]
        if not _WHITE.fullmatch(gap):
            yield gap
        at = max(at, end)
        if kind == "comment":
            if not _plain(script[start:end]):
                yield script[start:end]
        elif end > start:
            yield script[start:end]
    rest = script[at:]
    if not _WHITE.fullmatch(rest):
        yield rest


def _plain(comment: bytes) -> bool:
    try:
        comment.decode()
    except UnicodeDecodeError:
        return False
    return not _RUN.match(comment) and not _ODD.search(comment)


def _leaves(tree: Tree) -> Iterator[tuple[str, int, int]]:
    """Kind, start and end of every token; with a cursor, since a tree may be deeper than Python's stack."""
    cursor = tree.walk()
    while True:
        if cursor.goto_first_child():
            continue
        node = cursor.node
        if node is not None:
            yield node.type, node.start_byte, node.end_byte
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_javascript.language()))
