"""Text of services and scripts in Markdown that stays text: no link, image, HTML or template comes of it.

Whatever is more than words, figures and the marks between them stands in a code span, in which CommonMark
interprets nothing and no page makes a link of a bare address. TheHive 4.1's page escapes it (its `marked` has
`sanitize` on), and no code block is opened, on whose language its highlighter might throw.
"""

from __future__ import annotations

import re
from itertools import groupby

# Letters and figures of any language, and marks that mean nothing in Markdown within a line.
_PLAIN = re.compile(r"[\w,.;:()'\"%/+=?!…“”‘’–—→≥≤-]+")
# What a page might make a link of: a scheme, or a dot before a letter as in a host's name.
_ADDRESS = re.compile(r"//|\.[^\W\d_]|www\.")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
# TheHive 4's pages are AngularJS: a pair of braces that reached the page unescaped would be code.
_BRACES = re.compile(r"(?<=[{}$])(?=[{}])")
_MARKS = re.compile(r"[,.;:)!?\"']*$")


def inert(text: str) -> str:
    """The text in one line of Markdown, as it is to be read."""
    words = _UNSEEN.sub(" ", text).split()
    runs = groupby(words, key=_is_plain)
    return " ".join(" ".join(run) if plain else _spanned(" ".join(run)) for plain, run in runs)


def code(text: str) -> str:
    """The text as one code span."""
    line = " ".join(_UNSEEN.sub(" ", text).split()).replace("`", "'")
    return f"`{_BRACES.sub(chr(0x200B), line)}`" if line else ""


def _is_plain(word: str) -> bool:
    return bool(_PLAIN.fullmatch(word)) and "_" not in word and not _ADDRESS.search(word)


def _spanned(words: str) -> str:
    # A full stop after an address is the sentence's.
    bare = _MARKS.sub("", words)
    return f"{code(bare)}{words[len(bare) :]}" if bare else code(words)
