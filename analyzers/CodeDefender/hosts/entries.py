"""A list of hosts as its maintainers write it, made into a table that is searched without being read.

Read are maltrail's static trails (github.com/stamparm/maltrail, `trails/static`): a line is a domain, an
address, `address:port`, `host/path` or a URL; `# Reference: …` heads a group; the rest after `#` is comment.
Hosts files (`0.0.0.0 name`) are read too. A path without a host (`/gate.php`) fits too many hosts to be one.

The table, lines of UTF-8 in the order of their keys after the references:
    `R<number>` TAB `<reference>`
    `<host>` or `<host>/<path>` TAB `<numbers of its references>` TAB `<the entry as written, if another>`
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

LONGEST_LINE = 2_000
_COMMENT = re.compile(r"(?:^|\s)#.*")
_REFERENCE = re.compile(r"#\s*Reference:\s*(\S.*)", re.IGNORECASE)
_ENTRY = re.compile(r"(?:https?://)?(?P<host>\[[0-9a-f:.]+\]|[^\s/:?#\[\]@]+)(?::\d{1,5})?(?P<path>/\S*)?")
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)+")
_SINKS = ("0.0.0.0 ", "127.0.0.1 ", "::1 ")  # what hosts files begin with


@dataclass
class Entry:
    """What a list says of one key.

    Attributes:
        written: as it stands in the list, the first time.
        references: numbers of the references that head its groups.
    """

    written: str
    references: dict[int, None] = field(default_factory=dict)


def table(text: str) -> bytes:
    """The table of a list; empty where the text is no such list. Takes any text, raises nothing."""
    numbers: dict[str, int] = {}
    entries: dict[str, Entry] = {}
    for key, written, references in _read(text):
        entry = entries.setdefault(key, Entry(written))
        for reference in references:
            entry.references[numbers.setdefault(reference, len(numbers) + 1)] = None
    lines = [f"R{number}\t{reference}" for reference, number in numbers.items()]
    for key, entry in sorted(entries.items()):
        written = "" if entry.written == key else entry.written
        lines.append(f"{key}\t{' '.join(map(str, entry.references))}\t{written}")
    return ("\n".join(["", *lines, ""]) if entries else "").encode()


def _read(text: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Each entry's key, the entry as written, and the references that head its group."""
    references: tuple[str, ...] = ()
    heading = False
    for line in (line[:LONGEST_LINE].strip() for line in text.splitlines()):
        if match := _REFERENCE.fullmatch(line):
            reference = match[1].replace("\t", " ")
            references = (*references, reference) if heading else (reference,)
            heading = True
            continue
        written = _COMMENT.sub("", line).strip()
        if not written:
            continue
        heading = False
        if written.startswith(_SINKS):
            written = written.split()[1]
        if key := _key(written.lower()):
            yield key, written.replace("\t", " "), references


def _key(entry: str) -> str | None:
    """The host, or host and path, that an entry means; None where it is none."""
    match = _ENTRY.fullmatch(entry)
    if match is None:
        return None
    host, path = match["host"].strip("[]"), match["path"] or ""
    if ":" in host or host.rpartition(".")[2].isdigit():
        try:
            host = str(ipaddress.ip_address(host))
        except ValueError:
            return None
    elif not _NAME.fullmatch(host):
        return None
    return host if path in {"", "/"} else host + path
