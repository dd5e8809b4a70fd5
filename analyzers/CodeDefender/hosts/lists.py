"""The lists of known skimmer hosts of one run: the shipped one or its newer self, and those of the operator.

A list from an address is asked for once a day and kept. Where it can't be had, the copy of an earlier day
serves, then the shipped one, and the report says so. A list that has lost most of its hosts is no list.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import urlsplit

from hosts.asking import Asking, TextClient
from hosts.entries import table
from hosts.keeping import DAY_SECONDS, Keeping
from hosts.listed import HostList
from lookup.observable import is_public
from neuron.failure import Failure

TABLE = Path(__file__).parent / "data" / "skimmer-hosts.tsv"
REFRESH_URL = (
    "https://raw.githubusercontent.com/stamparm/maltrail/master/trails/static/malicious/magentocore.txt"
)
NAME = "maltrail (magentocore)"
LARGEST = 16 * 1024 * 1024  # bytes of a list
MOST_LISTS = 20
SECONDS, SHARE = 10.0, 0.15
LONGEST_KEPT = 3650 * DAY_SECONDS


@dataclass
class Lists:
    """What was found.

    Attributes:
        lists: to be searched, the shipped one (or its newer self) first.
        notes: sentences on what could not be had.
    """

    lists: list[HostList] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def find(refresh_url: str | None, further: tuple[str, ...], asking: Asking, keeping: Keeping) -> Lists:
    """Every list, as new as it can be had.

    Args:
        refresh_url: where the shipped list is found anew; None where it is not to be refreshed.
        further: addresses, and files of this machine.
        asking: who may be asked.
        keeping: what was had before.
    """
    found = Lists()
    shipped = shipped_list()
    newer = _asked(NAME, refresh_url, asking, keeping, found.notes) if refresh_url else None
    if newer is not None and len(newer) < len(shipped) // 2:
        found.notes.append(f"{NAME} has lost most of its hosts at refresh_url: the shipped list is used.")
        newer = None
    found.lists.append(newer or shipped)
    if len(further) > MOST_LISTS:
        found.notes.append(f"Only the first {MOST_LISTS} of {len(further)} lists were read.")
    for place in further[:MOST_LISTS]:
        is_address = "://" in place
        name = _name(place)
        read = _asked(name, place, asking, keeping, found.notes) if is_address else _file(place, found.notes)
        if read is not None:
            found.lists.append(read)
    return found


def shipped_list() -> HostList:
    """The list that ships along: a comment with its day, then the table."""
    first, _, rest = TABLE.read_bytes().partition(b"\n")
    return HostList(NAME, first.decode().rpartition("\t")[2], b"\n" + rest)


def _asked(name: str, url: str, asking: Asking, keeping: Keeping, notes: list[str]) -> HostList | None:
    """A list from its address, of today or of an earlier day; None where there is none."""
    kept = keeping.read(url, DAY_SECONDS)
    if kept is None:
        try:
            keeping.check_patience(url)
            # http only from the operator's own network, where the address says so.
            asking.check(url, private=not _public(url))
            title, item = f"The list {name}", "refresh_url" if name == NAME else "lists"
            raw = asking.within(
                SECONDS,
                SHARE,
                lambda time: TextClient(title, item, url, time, asking.secrets, LARGEST).ask(),
            )
            kept = table(raw.decode("utf-8", "replace"))
            if not kept:
                raise Failure(f"The list {name} holds no host.")
            keeping.write(url, kept)
        except Failure as failure:
            keeping.be_patient(url, failure)
            kept = keeping.read(url, LONGEST_KEPT)
            notes.append(f"{_sentence(name, failure)} {_instead(name, url, kept, keeping)}")
    return HostList(name, _day(keeping.written(url)), kept) if kept else None


def _file(place: str, notes: list[str]) -> HostList | None:
    """A list of a file on this machine."""
    file = Path(place)
    try:
        if not file.is_absolute() or not file.is_file():
            raise OSError
        if file.stat().st_size > LARGEST:
            notes.append(f"The list {file.name} is larger than {LARGEST >> 20} MB: it was not read.")
            return None
        made = table(file.read_text(encoding="utf-8", errors="replace"))
        day = _day(file.stat().st_mtime)
    except (OSError, ValueError):
        notes.append(f"The list {place} can not be read: give the whole path of a file that Cortex may read.")
        return None
    if not made:
        notes.append(f"The list {file.name} holds no host.")
        return None
    return HostList(file.name, day, made)


def _name(place: str) -> str:
    """A list's name in the report: its address without user and query, which may be secret."""
    if "://" not in place:
        return Path(place).name
    try:
        parts = urlsplit(place)
        return f"{parts.hostname}{parts.path}"
    except ValueError:
        return "of a wrong address"


def _public(url: str) -> bool:
    try:
        return is_public(url)
    except ValueError:
        return True


def _day(moment: float | None) -> str:
    at = datetime.now(timezone.utc) if moment is None else datetime.fromtimestamp(moment, timezone.utc)
    return at.date().isoformat()


def _sentence(name: str, failure: Failure) -> str:
    words = str(failure)
    return words if words[:1].isupper() else f"The list {name} is not asked for: {words}"


def _instead(name: str, url: str, kept: bytes | None, keeping: Keeping) -> str:
    if kept:
        return f"Its copy of {_day(keeping.written(url))} is used."
    return "The shipped one is used." if name == NAME else "It is done without."
