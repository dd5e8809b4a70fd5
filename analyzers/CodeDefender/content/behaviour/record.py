"""The record of one visit, as the page's own files write it (`page/record.js`), parsed into typed entries.

It is the script's claim: whoever runs in the page may have bent the page. So it is read with care, and for
what it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Exit:
    """Something sent: on which way, to which address, with which text, from which place in the code."""

    how: str
    url: str
    body: str
    at: str


@dataclass
class Record:
    """What was seen in one visit."""

    exits: list[Exit] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    kept: dict[str, dict[str, str]] = field(default_factory=dict)
    wanted: list[str] = field(default_factory=list)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)
    began: bool = False
    """Whether the visit got as far as the script."""
    stirs: bool = False
    """Whether the script waits for something: an event, a time, or to be called."""
    cut: bool = False
    """True where the visit, or a step of it, was ended by a limit."""
    broken: bool = False
    """True where the process died, or said what no page of ours says."""

    @property
    def idle(self) -> bool:
        """Whether the script did nothing in the page, and waits for nothing."""
        looked = self.reads or self.wanted or self.asked or self.kept or any(exit_.at for exit_ in self.exits)
        return not (looked or self.stirs or self.errors or self.cut or self.broken)

    def add(self, later: Record) -> None:
        """Take over what a later visit of the same visitor showed."""
        self.exits += later.exits
        self.reads += [kind for kind in later.reads if kind not in self.reads]
        self.errors += later.errors
        self.cut |= later.cut
        self.broken |= later.broken


def read(text: str, end: str) -> Record:
    """The record in `text`; `end` is how its process ended: `done`, `time` or `killed`."""
    record = Record(cut=end == "time", broken=end == "killed")
    try:
        for entry in _entries(text.encode("utf-16-le", "surrogatepass")):
            _take(record, entry)
    except ValueError:  # cut off in the middle of an entry, or falsified: what was whole is kept
        record.cut = True
    return record


def _entries(data: bytes) -> list[list[str]]:
    """Entries of the form `2;4:read11:card number`: how many fields, then each with its length before it.

    Lengths count UTF-16 code units, as the engine does. Raises: ValueError where the form ends.
    """
    entries: list[list[str]] = []
    at = 0
    try:
        while at < len(data):
            count, at = _number(data, at, ";")
            entry = []
            for _ in range(min(count, 8)):
                length, at = _number(data, at, ":")
                if at + 2 * length > len(data):
                    raise ValueError("cut off")
                entry.append(data[at : at + 2 * length].decode("utf-16-le", "replace"))
                at += 2 * length
            entries.append(entry)
    except ValueError:
        entries.append(["cut"])
    return entries


def _number(data: bytes, at: int, mark: str) -> tuple[int, int]:
    digits = ""
    while at < len(data) and len(digits) < 9:
        character = data[at : at + 2].decode("utf-16-le", "replace")
        at += 2
        if character == mark and digits:
            return int(digits), at
        if character not in "0123456789":
            break
        digits += character
    raise ValueError("no number")


_FLAGS = {"begins": "began", "stirs": "stirs", "interrupted": "cut", "cut": "cut", "broken": "broken"}


def _take(record: Record, entry: list[str]) -> None:
    match entry:
        case ["exit", how, url, body, at]:
            record.exits.append(Exit(how, url, body, at))
        case ["read", kind] if kind not in record.reads:
            record.reads.append(kind)
        case ["keep", store, key, value]:
            record.kept.setdefault(store, {})[key] = value
        case ["drop", store, key]:
            record.kept.get(store, {}).pop(key, None)
        case ["clear", store]:
            record.kept.pop(store, None)
        case ["wanted", selector]:
            record.wanted.append(selector)
        case ["asked", about, kind, wanted]:
            record.asked.append((about, kind, wanted))
        case ["error", where, text]:
            record.errors.append((where, text))
        case [flag, *_] if flag in _FLAGS:
            setattr(record, _FLAGS[flag], True)
        case _:
            pass
