"""Whose a host is: the page's own, a known payment provider's, or a stranger's.

`payment-hosts.tsv` beside this file names the providers' registrable domains, each with where that is
documented. A provider gets card numbers by right, on the way from the form to the bank; anybody else has
none to such text.
"""

from __future__ import annotations

import ipaddress
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from .findings import FOREIGN, OWN, PAYMENT


def host_of(url: str) -> str:
    """Lower-cased host of an address, without a final dot; empty where there is none to reach."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return ""
    return host if parts.scheme in {"http", "https", "ws", "wss", "ftp"} else ""


def registrable(host: str) -> str:
    """The domain one can register that `host` belongs to; an address, or a name without dots, is its own."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return _suffixes().privatesuffix(host) or host
    return host


def whose(host: str, own: frozenset[str]) -> str:
    """`OWN`, `PAYMENT` or `FOREIGN`; `own` are the registrable domains of the page."""
    domain = registrable(host)
    if domain in own or host in own:
        return OWN
    return PAYMENT if domain in payment_hosts() or host in payment_hosts() else FOREIGN


@cache
def payment_hosts() -> frozenset[str]:
    """Registrable domains of known payment providers."""
    lines = (Path(__file__).parent / "payment-hosts.tsv").read_text("utf-8").splitlines()
    return frozenset(line.split("\t")[0] for line in lines if line and not line.startswith("#"))


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=True)
