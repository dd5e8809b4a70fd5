"""What a script is and does: its bytes beside published files, the card test, since when it is served.

The bytes come from urlscan.io's stored responses, from VirusTotal where the key may download, or with the
job; never from the script's own host. Of a hash only what is published under it is said.

Details in the full report:
    content: `{"source", "seen_at", "sha256", "size"}`, null where there are no bytes.
    identity: `{"purl", "file", "match", "published", "added", "changes", "formatting_only"}`: `match` is
        `exact`, `altered` or `none`; `added` rows `{"offset", "length", "excerpt", "removed"}`, in bytes of
        the script, the longest of `changes` in all. Null where it could not be told.
    behaviour: `{"ran", "reads", "leaks", "signs"}`, null where there are no bytes; see `content.examination`.
    history: rows `{"seen_at", "sha256", "source"}`, the newest first; `sha256` null where it is not known.
    packages: the libraries that the script names, as `flaws.vulnerability` has them. They change no level.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

from content.examination import examine
from content.history import Sighting
from content.identity.naming import BANNER, Named, named_in
from flaws.osv_records import issues_of
from flaws.vulnerability import Lookup
from identification.names import known_npm_packages
from identification.packages import Package, served_names
from lookup.observable import Attachment, content_hash, web_address
from lookup.verdict import Report
from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from services.content_report import Known, report
from sources import jsdelivr, npm, osv, sightings, urlscan, virustotal_file, wayback
from sources.origin import same_host
from sources.publication import Claim, Publications
from sources.script import Script, Search

MOST_CLAIMS = 6
MOST_NAMED = 10  # libraries inside that OSV is asked about
# What each part may take of the time that is left, and at most, in seconds.
FIRST_LOOK, SECOND_LOOK, LOOK_BACK = (0.4, 45.0), (0.5, 20.0), (0.5, 20.0)
RESERVE = 2.0  # seconds of the run that are kept for the answer
KEYS_NEEDED = (
    "no key can get at its bytes: a urlscan.io key (urlscan_key) or one of a premium VirusTotal plan "
    "(virustotal_key) would help"
)
T = TypeVar("T")


class _OSV(osv.OSVClient):
    address_item = "osv_url"


class Content:
    """Looks a script up by its URL, its file, or the hash of it."""

    data_types = ("url", "file", "hash")

    def __init__(self, configuration: Configuration, deadline: Deadline) -> None:
        # Before the end of the run, where nobody could write down any more what is known by then.
        self._deadline = Deadline(deadline.seconds - min(RESERVE, deadline.seconds / 10))
        self._secrets = configuration.secrets
        self._roots = {
            name: configuration.url(f"{name}_url", default)
            for name, default in (
                ("urlscan", urlscan.API_URL),
                ("virustotal", virustotal_file.API_URL),
                ("jsdelivr", jsdelivr.API_URL),
                ("npm", npm.API_URL),
                ("osv", osv.API_URL),
                ("wayback", wayback.API_URL),
            )
        }
        self._keys = {
            name: configuration.key(f"{name}_key")
            for name in ("urlscan", "virustotal")
            if configuration.text(f"{name}_key")
        }
        self._osv = _OSV(self._roots["osv"], {}, self._deadline, self._secrets)
        self._publications = Publications(
            npm.Npm(self._roots["npm"], self._deadline, self._secrets),
            jsdelivr.JsDelivr(self._roots["jsdelivr"], self._deadline, self._secrets),
            self._osv,
        )

    def look_up(self, data_type: str, data: object) -> Report:
        """The report on an observable; raises `Failure`."""
        if data_type == "hash":
            return self._of_hash(content_hash(data))
        if isinstance(data, Attachment):
            known = Known(data.name, data.name, script=Script(data.body(), "the file itself"))
        else:
            known = self._of_url(web_address(data))
        if known.script is not None:
            self._look_into(known, known.script)
        return report(known)

    def _of_hash(self, digest: str) -> Report:
        """What is published under a hash: the bytes are npm's own, where there are any."""
        known = Known(digest)
        known.identity = self._publications.identify(digest, None, (), "")
        if known.identity.comparison.match == "exact":
            known.script = Script(known.identity.body, "npm's registry")
        else:
            known.notes.append("no published file with this hash is known, which says nothing about it")
        return report(known)

    def _of_url(self, url: str) -> Known:
        known = Known(url, url.partition("?")[0].rpartition("/")[2], url)
        search = Search(self._urlscan(url, self._deadline), self._virustotal(url))
        known.script = search.find(url)
        # Another's copy may be an older one than whoever could not be asked would have had.
        known.unasked += search.troubles
        known.outdated = _outdated(known.script, search)
        if known.script is None:
            known.notes += search.notes
            known.notes += [] if self._keys else [KEYS_NEEDED]
            if self._keys and not search.troubles and "virustotal" not in self._keys:
                known.notes.append("a key of a premium VirusTotal plan (virustotal_key) might get its bytes")
            if self._keys and not search.troubles and "urlscan" not in self._keys:
                known.notes.append("a urlscan.io key (urlscan_key) might get its bytes")
        return known

    def _look_into(self, known: Known, script: Script) -> None:
        """All that the bytes tell, what is done here first."""
        known.examined.append(examine(script.body, known.url, self._seconds(*FIRST_LOOK)))
        named = named_in(script.body)
        known.identity = self._publications.identify(
            script.sha256, script.body, _claims(known, named), known.file
        )
        added = known.identity.comparison.added
        if added.strip() and known.examined[0].level != "malicious":
            known.examined.append(examine(added, known.url, self._seconds(*SECOND_LOOK)))
        known.lookups = self._asked(known.unasked, lambda: self._lookups(known, named)) or []
        if known.url is not None:
            self._look_back(known, known.url, script)

    def _lookups(self, known: Known, named: tuple[Named, ...]) -> list[Lookup]:
        """What OSV knows of the libraries that the script names or is."""
        packages = {
            (n.package, n.version): Package("npm", n.package, n.version, _says(n), proven=False)
            for n in named
            if n.by_rule or n.package in known_npm_packages()
        }
        found = known.identity
        if found is not None and found.name and found.version and found.comparison.match == "exact":
            says = f"The script is byte for byte {found.file} of it."
            packages = {(found.name, found.version): Package("npm", found.name, found.version, says, True)}
        return [
            Lookup(package, issues_of(self._osv.records(package.purl), package.name, package.version))
            for package in list(packages.values())[:MOST_NAMED]
        ]

    def _look_back(self, known: Known, url: str, script: Script) -> None:
        """Since when the content is served. No verdict depends on it."""
        seen = sightings.moment(script.seen_at)
        if seen is not None:
            known.sightings.append(Sighting(seen, script.sha256, script.source, script.sha256))
        scans = self._urlscan(url, Deadline(self._seconds(*LOOK_BACK)))
        if scans is not None:
            known.sightings += self._asked(known.missed, lambda: sightings.of_scans(scans, url, script)) or []
        if not same_host(self._roots["wayback"], url):
            bodies = [script.body, *([known.identity.body] if known.identity else [])]
            captures = wayback.Wayback(
                self._roots["wayback"], Deadline(self._seconds(*LOOK_BACK)), self._secrets
            )
            known.sightings += (
                self._asked(known.missed, lambda: sightings.of_captures(captures, url, *bodies)) or []
            )

    def _urlscan(self, url: str, deadline: Deadline) -> urlscan.Urlscan | None:
        key, root = self._keys.get("urlscan"), self._roots["urlscan"]
        if key is None or same_host(root, url):
            return None
        return urlscan.Urlscan(root, key, deadline, self._secrets)

    def _virustotal(self, url: str) -> virustotal_file.VirusTotalFiles | None:
        key, root = self._keys.get("virustotal"), self._roots["virustotal"]
        if key is None or same_host(root, url):
            return None
        return virustotal_file.VirusTotalFiles(root, key, self._deadline, self._secrets)

    def _asked(self, troubles: list[str], ask: Callable[[], T]) -> T | None:
        try:
            return ask()
        except Failure as failure:
            troubles.append(str(failure))
            return None

    def _seconds(self, part: float, most: float) -> float:
        return max(0.1, min(most, self._deadline.left() * part))


def _outdated(script: Script | None, search: Search) -> str | None:
    """Why a script's bytes are not the newest that anybody got, as a clause; None where they may be."""
    if script is None or search.lost is None or script.sha256 == search.lost[1]:
        return None
    scanned, seen = sightings.moment(search.lost[0].time), sightings.moment(script.seen_at)
    if scanned is not None and seen is not None and seen > scanned:
        return None
    day = f" of {scanned.date()}" if scanned else ""
    return f"a scan{day} got other bytes, which urlscan.io has not: {script.source}'s copy clears nothing"


def _claims(known: Known, named: tuple[Named, ...]) -> list[Claim]:
    """Which releases the script says it is of: by its address first, then by what stands at its start."""
    address = known.url or f"https://file.invalid/{quote(known.file)}"
    by_address = served_names(address)
    versions = {n.package.lower(): n.version for n in reversed(named)}
    claims = [
        Claim(name.name, version, by_address=True)
        for name in by_address
        if (version := name.version or versions.get(name.name.lower()))
    ]
    called = {name.name.lower() for name in by_address}
    claims += [Claim(n.package, n.version, n.package.lower() in called) for n in named if n.offset < BANNER]
    claims += [Claim(n.package, n.version, n.package.lower() in called) for n in named if n.offset >= BANNER]
    return list(dict.fromkeys(claims))[:MOST_CLAIMS]


def _says(named: Named) -> str:
    return f"The script says “{named.because}” at byte {named.offset:,}: a claim, not a proof."
