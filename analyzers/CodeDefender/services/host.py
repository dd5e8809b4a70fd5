"""Whose host is it, since when, and is it known as a skimmer's? No key is needed, and hardly any network.

Facts: the lists and tables of `hosts/data/README.md`; RFC 9083, "RDAP responses"; publicsuffix.org. A listed
host is malicious, one whose domain was registered a moment ago is suspicious, and none is ever safe: that
nobody has listed it says nothing, and an old domain may have a new owner.

Details in the full report:
    host: `{"name", "registrable_domain", "registered" (a day), "age_days", "registrar", "vendor"
        {"name", "category", "homepage"}, "listed" [{"list", "entry", "as_of"}], "shared"}`; what is not known
        is null.
    facts: rows `{"name", "value"}` for a person, the same and what explains it.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from hosts import bootstrap, lists, lookalike, rdap
from hosts.asking import Asking
from hosts.keeping import Keeping
from hosts.listed import HostList, Listing
from hosts.names import HostName, host_name
from hosts.registration import Registration
from hosts.report import Known, report
from hosts.vendors import Vendor, Vendors
from identification import script_url
from lookup.observable import domain_name, is_public, web_address
from lookup.verdict import Report
from neuron import shared_hosts
from neuron.configuration import Configuration
from neuron.deadline import Deadline

YOUNG_DAYS = 30


@dataclass(frozen=True)
class _Asked:
    """What is looked up: the observable, its host, and the script's path where there is one."""

    data: str
    host: str
    path: str | None


class Host:
    """Looks a host up in lists and tables, and asks its registry."""

    data_types: tuple[str, ...] = ("url", "domain", "fqdn")

    def __init__(self, configuration: Configuration, deadline: Deadline) -> None:
        self._young_days = configuration.number("young_days", YOUNG_DAYS, least=0, most=36_500)
        self._bootstrap_url = configuration.url("rdap_bootstrap_url", bootstrap.IANA)
        self._lists = configuration.texts("lists", ())
        emptied = configuration.has("refresh_url") and configuration.text("refresh_url") is None
        self._refresh_url = None if emptied else configuration.url("refresh_url", lists.REFRESH_URL)
        self._deadline, self._secrets = deadline, configuration.secrets
        self._keeping = Keeping.of_this_user()

    def look_up(self, data_type: str, data: object) -> Report:
        """The report on a URL's host, or a domain; raises `Failure` for what is neither."""
        asked = _asked(data_type, data)
        asking = Asking(host_name(asked.host).name, self._deadline, self._secrets)
        host, registration, trouble = self._registration(asked.host, asking)
        found = lists.find(self._refresh_url, self._lists, asking, self._keeping)
        listed = [entry for each in found.lists if (entry := each.of(host, asked.path)) is not None]
        vendors = Vendors()
        vendor = vendors.of(host.name)
        known = Known(
            host=host,
            registration=registration,
            listed=tuple(listed),
            victim=() if listed else _others(found.lists, host),
            vendor=vendor,
            shared=shared_hosts.reason(host.name),
            explanations=_explanations(host, vendor, vendors),
            notes=(*trouble, *found.notes),
        )
        return report(asked.data, known, self._young_days)

    def _registration(self, name: str, asking: Asking) -> tuple[HostName, Registration, tuple[str, ...]]:
        """The host taken apart, what its registry says, and what could not be had."""
        host = host_name(name)
        if host.is_address:
            return host, Registration(note="An address has no date of registration."), ()
        if not is_public(f"https://{host.name}/"):
            return host, Registration(note="The name is one of a local network, which no registry knows."), ()
        known = bootstrap.find(self._bootstrap_url, asking, self._keeping)
        host = host_name(name, is_top=known.has(host.top))
        trouble = (known.trouble,) if known.trouble else ()
        if host.registrable is None:
            note = f"Nobody can register {host.name}: .{host.top} is no top-level domain, or it is a suffix."
            return host, Registration(note=note), trouble
        return host, rdap.look_up(host.registrable, known, asking, self._keeping), trouble


def _asked(data_type: str, data: object) -> _Asked:
    """The observable, read as a browser reads it; raises `Failure`."""
    if data_type != "url":
        name = domain_name(data)
        return _Asked(name, name, None)
    url = web_address(data)
    script = script_url.parse(url)
    if script is None:
        return _Asked(url, urlsplit(url).hostname or "", None)
    return _Asked(url, script.host, f"{script.path}?{script.query}" if script.query else script.path)


def _others(searched: list[HostList], host: HostName) -> tuple[Listing, ...]:
    """The entries that name another path on the host than the script's own."""
    return tuple(entry for each in searched for _, entry in each.paths(host))


def _explanations(host: HostName, vendor: Vendor | None, vendors: Vendors) -> tuple[str, ...]:
    """What a person would see in the name: other letters, and a vendor whom it imitates."""
    imitated = None if vendor else lookalike.told(host, vendors.names())
    return tuple(filter(None, (lookalike.foreign_letters(host), imitated)))
