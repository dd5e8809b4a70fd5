"""Which registry knows a domain: IANA's bootstrap file for RDAP (RFC 9224), as new as it can be had.

Asked for once a day and kept; a copy ships along, so that the first job needs no answer of IANA's. A file of
the operator's own (`rdap_bootstrap_url`) has no such copy: it may leave out registries on purpose.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hosts.asking import Asking, TextClient
from hosts.keeping import DAY_SECONDS, Keeping
from lookup.observable import is_public
from neuron.failure import Failure
from neuron.reading import mapping, text

IANA = "https://data.iana.org/rdap/dns.json"
TABLE = Path(__file__).parent / "data" / "rdap.tsv"
LONGEST_KEPT = 3650 * DAY_SECONDS  # a copy of any age is better than none, and its date is told
NAME, ITEM = "The bootstrap file of RDAP", "rdap_bootstrap_url"
LARGEST = 8 * 1024 * 1024  # bytes; IANA's has 70,000
SECONDS, SHARE = 10.0, 0.2
_MOST_SERVICES = 10_000


@dataclass(frozen=True)
class Bootstrap:
    """Registries by what they register.

    Attributes:
        bases: `com`, or a longer name → the addresses of its registry, https first.
        published: when IANA published it, as it says; None where it does not.
        trouble: why there is no newer one, for a note; None where it is of today.
        private: whether registries may be http and of a private network.
    """

    bases: dict[str, tuple[str, ...]]
    published: str | None
    trouble: str | None = None
    private: bool = False

    def base(self, domain: str) -> str | None:
        """The address to ask about a domain, of the longest name that it ends with; None without one."""
        labels = domain.split(".")
        for start in range(len(labels)):
            for base in self.bases.get(".".join(labels[start:]), ()):
                if self.private or base.startswith("https://"):
                    return base
        return None

    def has(self, top: str) -> bool:
        """Whether a top-level domain has a registry here."""
        return top in self.bases

    def is_registry(self, url: str) -> bool:
        """Whether an address is on the server of one of the registries."""
        return _server(url) in {_server(base) for bases in self.bases.values() for base in bases}


def find(url: str, asking: Asking, keeping: Keeping) -> Bootstrap:
    """The newest that can be had; without any registry where there is nothing. Raises nothing.

    Args:
        url: the item `rdap_bootstrap_url`.
        asking: who may be asked.
        keeping: what was had before.
    """
    private = url.startswith("http://") or not is_public(url)
    kept = keeping.read(url, DAY_SECONDS)
    if kept and (found := read(kept, private)):
        return found
    try:
        keeping.check_patience(url)
        asking.check(url, private=True)
        raw = asking.within(
            SECONDS, SHARE, lambda time: TextClient(NAME, ITEM, url, time, asking.secrets, LARGEST).ask()
        )
        if found := read(raw, private):
            keeping.write(url, raw)
            return found
        raise Failure(f"{NAME} is not one: check {ITEM}.")
    except Failure as failure:
        keeping.be_patient(url, failure)
        trouble = _sentence(failure)
    kept = keeping.read(url, LONGEST_KEPT)
    if kept and (found := read(kept, private)):
        return Bootstrap(found.bases, found.published, trouble, private)
    if url == IANA:
        shipped = shipped_copy()
        return Bootstrap(shipped.bases, shipped.published, trouble)
    return Bootstrap({}, None, trouble, private)


def read(raw: bytes, private: bool = False) -> Bootstrap | None:
    """The file's JSON; None where it is none. Takes any bytes, raises nothing."""
    try:
        body = mapping(json.loads(raw))
    except (ValueError, RecursionError):
        return None
    services = body.get("services")
    if not isinstance(services, list):
        return None
    bases: dict[str, tuple[str, ...]] = {}
    for service in services[:_MOST_SERVICES]:
        for name, addresses in _service(service):
            bases[name] = addresses
    return Bootstrap(bases, text(body.get("publication"), 40), private=private) if bases else None


def shipped_copy() -> Bootstrap:
    """The copy that ships along, with the day of its publication."""
    first, *lines = TABLE.read_text(encoding="ascii").splitlines()
    bases: dict[str, tuple[str, ...]] = {
        name: (base,) for line in lines for base, names in [line.split("\t")] for name in names.split(" ")
    }
    return Bootstrap(bases, first.partition("\t")[2])


def table(file: Bootstrap) -> str:
    """The copy's text: a line with the day of publication, then a line for each address with its names."""
    by_base: dict[str, list[str]] = {}
    for name, bases in file.bases.items():
        for base in bases[:1]:
            by_base.setdefault(base, []).append(name)
    lines = [f"{base}\t{' '.join(sorted(names))}" for base, names in sorted(by_base.items())]
    return "\n".join([f"# published\t{file.published}", *lines, ""])


def _service(service: Any) -> list[tuple[str, tuple[str, ...]]]:
    """`[["com", "net"], ["https://…/"]]`."""
    if not (isinstance(service, list) and len(service) >= 2):
        return []
    names, addresses = service[0], service[1]
    if not (isinstance(names, list) and isinstance(addresses, list)):
        return []
    good = sorted(
        (
            a
            for a in addresses
            if isinstance(a, str) and a.startswith(("https://", "http://")) and a.isascii()
        ),
        key=lambda address: address.startswith("http://"),
    )
    return [(name.lower().strip("."), tuple(good)) for name in names if isinstance(name, str) and good]


def _server(url: str) -> tuple[str, str]:
    """Scheme and place of an address; port and all."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", url
    return parts.scheme, parts.netloc.lower()


def _sentence(failure: Failure) -> str:
    words = str(failure)
    return words if words[:1].isupper() else f"{NAME} is not asked for: {words}"
