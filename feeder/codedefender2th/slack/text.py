"""Slack's text, as the API sends it, turned back into what was written.

Slack escapes three characters, turns URLs into `<target|label>` and lets people decorate text.
Source: Slack documentation, "Formatting message text".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_ESCAPES = {"amp": "&", "lt": "<", "gt": ">"}
_ESCAPE = re.compile("&(amp|lt|gt);")
_LINK = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_SCHEME = re.compile("^(?:https?://|mailto:|tel:)")
_DECORATION = ("`", "*", "_", "~")
# What no reader should meet in a title or tag: C0 and C1 controls, the marks, embeddings,
# overrides and isolates of the Unicode Bidirectional Algorithm (UAX #9).
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class SlackText:
    """One piece of text.

    Attributes:
        shown: what a reader of the channel sees.
        target: where the link leads, when the text is a link or holds exactly one.
        targets: where all the links in it lead.
        told: as `shown`, and where its links lead.
    """

    shown: str
    target: str | None = None
    targets: tuple[str, ...] = field(default=(), compare=False)
    told: str = field(default="", compare=False)

    @property
    def auto_linked(self) -> bool:
        """Whether Slack made the link itself, of a host or path that was written without a scheme."""
        if self.target is None or not self.target.startswith("http://"):
            return False
        return self.target.removeprefix("http://").rstrip("/") == self.shown.rstrip("/")


def unescape(text: str) -> str:
    """Undo Slack's three escapes, once."""
    return _ESCAPE.sub(lambda match: _ESCAPES[match[1]], text)


def shown(text: str) -> str:
    """The text with each link replaced by its label (its target where it has none), unescaped."""
    return unescape(_LINK.sub(lambda match: match[2] or match[1], text))


def told(text: str) -> str:
    """The text as `shown`, and behind each link's label, where that says something else, where it leads."""
    return unescape(_LINK.sub(lambda match: _told(match[1], match[2]), text))


def _told(target: str, label: str | None) -> str:
    bare = _SCHEME.sub("", target).rstrip("/")
    if not label or not bare or _undecorated(_SCHEME.sub("", label).rstrip("/")) == bare:
        return label or target
    return f"{label} ({target})"


def read(text: str) -> SlackText:
    """Read a field's value: decoration around the whole is taken off, once of each kind."""
    bare = _undecorated(text.strip())
    whole = _LINK.fullmatch(bare)
    if whole:
        label = _undecorated((whole[2] or whole[1]).strip())
        return SlackText(unescape(label), _target(whole[1]), told=told(bare))
    links = tuple(dict.fromkeys(found for match in _LINK.finditer(bare) if (found := _target(match[1]))))
    return SlackText(shown(bare), links[0] if len(links) == 1 else None, links, told(bare))


def clean(text: str) -> str:
    """One line of plain text: no control or bidirectional-override characters, no outer space."""
    return " ".join(_CONTROL.sub(" ", text).split())


def percent_encode_controls(text: str) -> str:
    """The same URL part with what `clean` would remove percent-encoded, as a browser sends it."""
    return _CONTROL.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), text)


def whole_characters(text: str) -> str:
    """The text with halves of surrogate pairs, which no UTF-8 can carry, replaced by U+FFFD."""
    return _SURROGATE.sub("\ufffd", text)


def _undecorated(text: str) -> str:
    if not text.strip("".join(_DECORATION) + " "):
        return ""
    remaining = list(_DECORATION)
    while remaining:
        mark = next((mark for mark in remaining if _is_wrapped(text, mark)), None)
        if mark is None:
            break
        remaining.remove(mark)
        width = 3 if mark == "`" and _is_wrapped(text, "```") else 1
        text = text[width:-width].strip()
    return text


def _is_wrapped(text: str, mark: str) -> bool:
    return len(text) > 2 * len(mark) and text.startswith(mark) and text.endswith(mark)


def _target(raw: str) -> str | None:
    # <@U…>, <#C…> and <!…> name users, channels and commands.
    return None if raw[:1] in {"", "@", "#", "!"} else unescape(raw)
