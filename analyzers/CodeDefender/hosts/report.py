"""From what is known of a host to the report on it (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from hosts.listed import Listing
from hosts.names import HostName
from hosts.registration import Registration
from hosts.vendors import CATEGORIES, RENTED, Vendor
from lookup.verdict import Finding, Report, safe_link

SERVICE = "Host"
SITE = "lookup.icann.org"
MOST_ENTRIES = 10
DAYS_A_YEAR = 365.25


@dataclass(frozen=True)
class Known:
    """All that is known of a host.

    Attributes:
        listed: the entries of lists that name it, or the script's own path on it.
        victim: entries for other paths on it, which say that it was once broken into.
        shared: why it counts as shared by many; None where it does not.
        explanations: what a person would see in the name, in sentences.
        notes: what could not be had, in sentences.
    """

    host: HostName
    registration: Registration
    listed: tuple[Listing, ...] = ()
    victim: tuple[Listing, ...] = ()
    vendor: Vendor | None = None
    shared: str | None = None
    explanations: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def report(data: str, known: Known, young_days: float) -> Report:
    """The report: malicious where it is listed, suspicious where it is young, else for information."""
    host, registration = known.host, known.registration
    return Report(
        SERVICE,
        _findings(known, young_days),
        _summary(known),
        data,
        _links(host),
        details={
            "host": {
                "name": host.name,
                "registrable_domain": host.registrable,
                "registered": _day(registration),
                "age_days": registration.age_days,
                "registrar": registration.registrar,
                "vendor": known.vendor.row if known.vendor else None,
                "listed": [entry.row for entry in known.listed[:MOST_ENTRIES]],
                "shared": known.shared is not None,
            },
            "facts": [{"name": name, "value": value} for name, value in _facts(known) if value],
        },
    )


def _findings(known: Known, young_days: float) -> tuple[Finding, ...]:
    age, vendor = known.registration.age_days, known.vendor
    found = [Finding("malicious", f"listed: {entry.entry[:80]}") for entry in known.listed[:MOST_ENTRIES]]
    if age is not None:
        found.append(Finding("suspicious" if age < young_days else "info", f"registered {_ago(age)}"))
    if vendor is not None:
        found.append(Finding("info", vendor.name))
    if known.shared is not None:
        found.append(Finding("info", "shared by many"))
    return tuple(found) or (Finding("info", "not listed, age unknown"),)


def _summary(known: Known) -> str:
    """One sentence: is it listed, whose is it, since when, and what is not known."""
    listed = known.listed[:1]
    parts = [
        *(f"is a known skimmer host by {entry.list} of {entry.as_of} ({_cited(entry)})" for entry in listed),
        *(() if listed else ("is on no list of known skimmer hosts",)),
        _whose(known),
        _since(known),
        *(note.rstrip(".") for note in known.notes),
    ]
    # A registrar's name may end in a full stop of its own.
    return f"{known.host.name} {'; '.join(parts)}".rstrip(".") + "."


def _cited(entry: Listing) -> str:
    """The entry and its first reference, without the scheme: the summary is no place for links."""
    cited = "".join(f", after {reference.rpartition('://')[2]}" for reference in entry.references[:1])
    return f"entry {entry.entry}{cited}"


def _whose(known: Known) -> str:
    vendor = known.vendor
    if vendor is None:
        return f"it is {known.shared}" if known.shared else "it is no known vendor's"
    if known.shared:
        return f"it is {vendor.name}'s, {known.shared}"
    if known.host.owned != known.host.registrable:
        return f"the name is one that {vendor.name} gives to anybody"
    rented = ", where anybody may rent a place" if vendor.category in RENTED else ""
    return f"it is {vendor.name}'s ({CATEGORIES.get(vendor.category, vendor.category)}){rented}"


def _since(known: Known) -> str:
    registration, domain = known.registration, known.host.registrable
    if registration.age_days is None:
        why = (registration.note or "").rstrip(".")
        return "its age is unknown" + (f": {why}" if why else "")
    whose = "" if domain == known.host.name else f"{domain} was "
    at = f" at {registration.registrar}" if registration.registrar else ""
    return f"{whose}registered on {_day(registration)}, {_ago(registration.age_days)}{at}"


def _facts(known: Known) -> list[tuple[str, str | None]]:
    """Rows for a person, those without a value to be left out."""
    host, registration, vendor = known.host, known.registration, known.vendor
    age = registration.age_days
    provided = host.owned is not None and host.owned != host.registrable
    return [
        *(("Listed", _entry(entry)) for entry in known.listed[:MOST_ENTRIES]),
        *(("Cited for it", cited) for entry in known.listed[:MOST_ENTRIES] for cited in entry.references),
        *(("A path is listed", f"{_entry(entry)}: the host is not") for entry in known.victim[:MOST_ENTRIES]),
        ("Vendor", f"{vendor.name}, {CATEGORIES.get(vendor.category, vendor.category)}" if vendor else None),
        ("Whom to ask", vendor.homepage if vendor else None),
        ("Shared", f"by many: {known.shared}" if known.shared else None),
        ("Registrable domain", host.registrable),
        ("Registered", f"{_day(registration)}, {_ago(age)}" if age is not None else None),
        ("Age", None if age is not None else f"unknown. {registration.note or ''}".strip()),
        ("Registrar", registration.registrar),
        (
            "Whose age",
            f"{host.registrable}'s, who hands out names such as {host.owned}" if provided else None,
        ),
        *(("The name", said) for said in known.explanations),
        *(("Note", note) for note in known.notes),
    ]


def _entry(entry: Listing) -> str:
    return f"{entry.entry}, by {entry.list} of {entry.as_of}"


def _links(host: HostName) -> tuple[dict[str, str], ...]:
    if host.registrable is None:
        return ()
    address = f"https://{SITE}/en/lookup?name={quote(host.registrable, safe='')}"
    return (safe_link(f"Registration of {host.registrable}", address, SITE),)


def _day(registration: Registration) -> str | None:
    return registration.registered.date().isoformat() if registration.registered else None


def _ago(days: int) -> str:
    """`12 days ago`, `3 years ago`."""
    if days < 2:
        return ("today", "yesterday")[days]
    if days < 2 * DAYS_A_YEAR:
        return f"{days} days ago"
    return f"{int(days / DAYS_A_YEAR)} years ago"
