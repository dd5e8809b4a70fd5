"""Since when a domain is registered, and with whom: one question to its registry by RDAP.

Facts: RFC 9224 (which registry), RFC 7480 (HTTP), RFC 9082 (questions), RFC 9083 (errors). The
registrable domain is asked for, never a name below it; a registry may send on to another one, to nobody else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import quote, urljoin, urlsplit

from hosts.asking import Asking, OpenClient
from hosts.bootstrap import Bootstrap
from hosts.keeping import DAY_SECONDS, Keeping
from hosts.registration import Registration, record, unkept
from lookup.client import Answer
from neuron.deadline import Deadline
from neuron.failure import Failure
from neuron.reading import text, texts

SECONDS, SHARE = 20.0, 0.4
MOST_REDIRECTS = 3
LARGEST = 2 * 1024 * 1024  # bytes of a record; notices and all it has some ten thousand
LONGEST_PAUSE = 5.0  # seconds; a registry that asks for more is not waited for
_MOVED = (301, 302, 303, 307, 308)


class Registry(OpenClient):
    """A registry's manners: a question that it does not like is refused in many ways, mostly for a while."""

    address_item = "rdap_bootstrap_url"
    refusals: ClassVar = {
        400: "The registry takes the name for malformed",
        403: "The registry refuses to answer this machine",
        429: "The registry was asked too often: try again later",
        501: "The registry does not answer questions about domains",
        503: "The registry does not answer for now: try again later",
    }

    def __init__(self, url: str, deadline: Deadline, secrets: tuple[str, ...]) -> None:
        parts = urlsplit(url)
        self.service = f"The registry's server {parts.hostname}"
        self._question = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {"Accept": "application/rdap+json, application/json"}
        super().__init__(f"{parts.scheme}://{parts.netloc}", headers, deadline, secrets)

    def ask(self) -> Answer:
        """The answer, a record in its body; raises Failure where it is no record, no 404 and no redirect."""
        answer = self._patiently("GET", self._question, LARGEST)
        if answer.good:
            return replace(answer, body=self.json(answer))
        if answer.status == 404 or answer.status in _MOVED:
            return answer
        raise Failure(self._refusal(answer))

    def pause_for(self, answer: Answer) -> float | None:
        """What a registry asks for, where it is short."""
        asked = answer.headers.get("retry-after", "")
        patient = answer.status in {429, 503} and asked.isdigit() and len(asked) < 4
        return max(1.0, float(asked)) if patient and float(asked) <= LONGEST_PAUSE else None

    def reason(self, body: dict[str, Any]) -> str | None:
        """RFC 9083, section 6: a title and a description."""
        description = body.get("description")
        lines = description if isinstance(description, list) else [description]
        return text(": ".join(texts([body.get("title"), *lines[:2]])))


def look_up(domain: str, bootstrap: Bootstrap, asking: Asking, keeping: Keeping) -> Registration:
    """What the registry of a domain says, today or when it was asked within a day; raises nothing.

    Args:
        domain: as it was registered, in ASCII.
        bootstrap: which registry to ask.
        asking: who may be asked.
        keeping: what registries said within a day.
    """
    base = bootstrap.base(domain)
    if base is None:
        return _unserved(domain, bootstrap)
    place = f"{domain} at {base}"
    kept = keeping.read(place, DAY_SECONDS)
    if kept and (known := unkept(kept)):
        return known
    try:
        keeping.check_patience(base)
        found = asking.within(SECONDS, SHARE, lambda time: _ask(domain, base, bootstrap, asking, time))
    except Failure as failure:
        keeping.be_patient(base, failure)
        words = str(failure)
        said = words if words[:1].isupper() else f"The registry is not asked: {words}"
        return Registration(note=said, final=False)
    if found.final:
        keeping.write(place, found.kept())
    return found


def _ask(domain: str, base: str, bootstrap: Bootstrap, asking: Asking, deadline: Deadline) -> Registration:
    url = base.rstrip("/") + "/domain/" + quote(domain)
    for _ in range(MOST_REDIRECTS + 1):
        asking.check(url, bootstrap.private)
        answer = Registry(url, deadline, asking.secrets).ask()
        if answer.status not in _MOVED:
            return record(answer.body) if answer.good else _absent(domain)
        url = _next(url, answer, bootstrap)
    raise Failure(f"The registry sent the question on more than {MOST_REDIRECTS} times.")


def _unserved(domain: str, bootstrap: Bootstrap) -> Registration:
    top = domain.rpartition(".")[2]
    if not bootstrap.bases:
        return Registration(final=False)  # the bootstrap's own trouble says it all
    if bootstrap.has(top):
        return Registration(note=f"The registry of .{top} has no https address, so that it is not asked.")
    day = f" (of {bootstrap.published[:10]})" if bootstrap.published else ""
    return Registration(note=f"There is no RDAP service for .{top} in IANA's list{day}.")


def _next(url: str, answer: Answer, bootstrap: Bootstrap) -> str:
    location = answer.headers.get("location")
    if not location:
        raise Failure("The registry sends the question on, but does not say where to.")
    try:
        moved = urljoin(url, location)
    except ValueError:
        moved = ""
    if not bootstrap.is_registry(moved):
        raise Failure("The registry sends the question on to an address that is no registry's: not followed.")
    return moved


def _absent(domain: str) -> Registration:
    return Registration(note=f"The registry says that it holds no {domain}: it is not registered there.")
