"""A host's name taken apart: what was registered of it, and up to where it is one owner's.

The Public Suffix List says both: its ICANN part where names are registered, its private part where a provider
hands out names (`github.io`). The library publicsuffixlist brings the list along and asks no network for it.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from dataclasses import dataclass

from neuron.suffixes import readable, suffixes


@dataclass(frozen=True)
class HostName:
    """A host as browsers ask for it."""

    name: str
    """Lower case ASCII without the root dot; an address in its shortest form, without brackets."""

    is_address: bool
    """Whether it is an IP address, which is nobody's by registration."""

    registrable: str | None = None
    """The name that was registered; None for addresses, suffixes and unknown top-level domains."""

    owned: str | None = None
    """The name up to which everything is one owner's: longer than `registrable` below a provider's suffix."""

    @property
    def top(self) -> str:
        """The top-level domain."""
        return self.name.rpartition(".")[2]

    @property
    def labels(self) -> tuple[str, ...]:
        """Each label as people read it, punycode decoded where it can be."""
        return tuple(map(readable, self.name.split(".")))

    def names(self) -> Iterator[str]:
        """The name itself, then each above it up to the owner's own, which no stranger shares."""
        yield self.name
        above = self.name
        while self.owned and above != self.owned and "." in above:
            above = above.partition(".")[2]
            yield above


def host_name(host: str, is_top: bool = False) -> HostName:
    """A host of a URL or of a domain observable, taken apart. Takes any text, raises nothing.

    Args:
        host: as it was found.
        is_top: whether its last label is known to be a top-level domain, should the list not have it.
    """
    address = _address(host)
    if address is not None:
        return HostName(address, is_address=True)
    name = _ascii(host.strip().rstrip("."))
    labels = name.split(".")
    if not all(labels):
        return HostName(name, is_address=False)
    icann, private = suffixes(labels[-1])
    if icann.publicsuffix(name) is None and is_top and len(labels) > 1:
        # A top-level domain that is newer than the list: the rule `*` holds for it.
        registrable = owned = ".".join(labels[-2:])
        return HostName(name, False, registrable, owned)
    return HostName(name, False, icann.privatesuffix(name), private.privatesuffix(name))


def _address(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host.strip().strip("[]").partition("%")[0]))
    except ValueError:
        pass
    if not host.rstrip(".").rpartition(".")[2][:1].isdigit():
        return None
    try:
        # A browser takes 127.1, 0x7f000001 and 2130706433 for addresses.
        return str(ipaddress.IPv4Address(socket.inet_aton(host.rstrip("."))))
    except (OSError, ValueError):
        return None


def _ascii(host: str) -> str:
    """As browsers put it on the wire; as it is where no rule allows it."""
    lowered = host.lower()
    if lowered.isascii():
        return lowered
    import idna  # noqa: PLC0415  few hosts need it, and it takes long to load

    try:
        return idna.encode(lowered, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return lowered
