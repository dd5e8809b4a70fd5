"""A simulated VirusTotal, API v3: URLs, files, domains, submissions, and quotas.

Shapes: docs.virustotal.com, "URL object", "Files", "Domains", "Analysis", "Errors"; the error
messages are those that the service gives. Everything known is set by the test::

    vt.urls["https://cdn.example.com/a.js"] = attributes(malicious=3, content=sha256)
    vt.files[sha256] = attributes(malicious=5, label="trojan.js/skimmer")
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import time
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from .server import Reply, Request, Simulator

# As the service names engines; which of them flags what is made up here.
_NAMED = (
    "Acronis, AhnLab-V3, Alibaba, ALYac, Antiy-AVL, Arcabit, Arctic Wolf, Avast, AVG, Avira, Baidu, "
    "BitDefender, Bkav Pro, ClamAV, CMC, CrowdStrike Falcon, CTX, Cybereason, Cylance, Cynet, "
    "DeepInstinct, DrWeb, Elastic, Emsisoft, eScan, ESET-NOD32, Fortinet, GData, Google, Gridinsoft, "
    "Huorong, Ikarus, Jiangmin, K7AntiVirus, K7GW, Kaspersky, Kingsoft, Lionic, Malwarebytes, "
    "MaxSecure, McAfee Scanner, Microsoft, NANO-Antivirus, Palo Alto Networks, Panda, QuickHeal, "
    "Rising, Sangfor Engine Zero, SecureAge, SentinelOne, Skyhigh, Sophos, SUPERAntiSpyware, Symantec, "
    "TACHYON, TEHTRIS, Tencent, Trapmine, Trellix, TrendMicro, TrendMicro-HouseCall, Trustlook, "
    "Varist, VBA32, VIPRE, VirIT, ViRobot, Webroot, WithSecure, Xcitium, Yandex, Zillya, ZoneAlarm, "
    "Zoner, alphaMountain.ai, Criminal IP, CyRadar, Forcepoint ThreatSeeker, Netcraft, OpenPhish, "
    "PhishTank, Quttera, SCUMWARE.org, Seclookup, Sucuri SiteCheck, ThreatHive, URLhaus, URLQuery, "
    "Viettel Threat Intelligence, Webacy"
)
NAMES = tuple(_NAMED.split(", "))
ENGINES = len(NAMES)
DAY = 86_400
MINUTE_QUOTA_MESSAGE = (
    "You have reached one of your quotas (minute, daily or monthly). Daily and monthly quotas "
    "are reset every day at 00:00 UTC. You may have run out of disk space and/or number of files "
    "on your VirusTotal Monitor account."
)


def attributes(
    malicious: int = 0,
    suspicious: int = 0,
    age_days: float = 1,
    content: str | None = None,
    label: str | None = None,
    harmless: int = 60,
    undetected: int = ENGINES - 60,
    **more: Any,
) -> dict[str, Any]:
    """Attributes of a URL, file or domain as the service has them: statistics, results and dates.

    malicious, suspicious: engines that flag it, out of the `harmless` ones; undetected: those that have
    no opinion (of a file: that found nothing).
    """
    now = int(time.time())
    categories = ["malicious"] * malicious + ["suspicious"] * suspicious
    categories += ["harmless"] * (harmless - len(categories)) + ["undetected"] * undetected
    said = {"malicious": "malware", "suspicious": "suspicious", "harmless": "clean", "undetected": "unrated"}
    made: dict[str, Any] = {
        "last_analysis_date": int(now - age_days * DAY),
        "first_submission_date": now - 400 * DAY,
        "last_submission_date": int(now - age_days * DAY),
        "times_submitted": 7,
        "reputation": -3 * malicious,
        "total_votes": {"harmless": 0, "malicious": malicious},
        "tags": [],
        "last_analysis_stats": {
            kind: categories.count(kind) for kind in ("harmless", "malicious", "suspicious", "undetected")
        }
        | {"timeout": 0},
        "last_analysis_results": {
            _name(number): {
                "method": "blacklist",
                "engine_name": _name(number),
                "category": category,
                "result": said[category],
            }
            for number, category in enumerate(categories)
        },
    }
    if content is not None:
        made |= {"last_http_response_content_sha256": content, "last_http_response_code": 200}
    if label is not None:
        made["popular_threat_classification"] = {
            "suggested_threat_label": label,
            "popular_threat_name": [{"value": label.rpartition("/")[2], "count": malicious}],
        }
    return made | more


def _name(number: int) -> str:
    """An engine's; where more are asked for than there are, a number makes them distinct."""
    more, place = divmod(number, len(NAMES))
    return f"{NAMES[place]} {more + 1}" if more else NAMES[place]


def error(status: int, code: str, message: str, **headers: str) -> Reply:
    """VirusTotal's error object."""
    return Reply(status, {"error": {"code": code, "message": message}}, headers)


def canonical(url: str) -> str:
    """The form that VirusTotal files a URL under: scheme and host in lower case, a path."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path or "/", parts.query, ""))


def identifier(url: str) -> str:
    """The id of a URL object."""
    return hashlib.sha256(canonical(url).encode()).hexdigest()


class VirusTotal(Simulator):
    """The service.

    key: the one that is accepted. urls, files, domains: name → attributes. scanned: URL → the
    attributes that it has once an analysis of it is over (`looks_until_done` looks later).
    bodies: SHA-256 → bytes; premium: whether the key may download them.
    minute_quota: requests in `minute_seconds`, None for any number; retry_after: whether the refusal
    says when. day_quota: requests that are left in all, None for any number.
    """

    def __init__(self, **options: Any) -> None:
        self.key = "vt-" + "5" * 61
        self.urls: dict[str, dict[str, Any]] = {}
        self.files: dict[str, dict[str, Any]] = {}
        self.domains: dict[str, dict[str, Any]] = {}
        self.scanned: dict[str, dict[str, Any]] = {}
        self.bodies: dict[str, bytes] = {}
        self.premium = True
        self.submitted: list[str] = []
        self.looks_until_done = 1
        self.minute_quota: int | None = None
        self.minute_seconds = 60.0
        self.retry_after = False
        self.day_quota: int | None = None
        self._recent: list[float] = []
        self._analyses: dict[str, list[Any]] = {}
        super().__init__(**options)

    def routes(self) -> None:
        """The paths that an analyzer, and a program on vt-py, ask for."""
        self.route("GET", r"/urls/([^/]+)", self.url_object)
        self.route("GET", r"/urls/([^/]+)/(contacted_domains|contacted_ips)", self.forbidden)
        self.route("GET", r"/urls/([^/]+)/(last_serving_ip_address)", self.serving_address)
        self.route("POST", r"/urls", self.submit)
        self.route("GET", r"/files/([^/]+)", self.file_object)
        self.route("GET", r"/files/([^/]+)/download_url", self.download_url)
        self.route("GET", r"/store/([^/]+)", self.store)
        self.route("GET", r"/domains/([^/]+)", self.domain_object)
        self.route("GET", r"/analyses/([^/]+)", self.analysis)

    def before(self, request: Request) -> Reply | None:
        """The key, then the quotas: a refused key costs none. The store knows signatures, no keys."""
        if request.path.startswith("/store/"):
            return Reply(400, "keys do not belong here") if "x-apikey" in request.headers else None
        key = request.headers.get("x-apikey")
        if key is None:
            return error(401, "AuthenticationRequiredError", "X-Apikey header is missing")
        if key != self.key:
            return error(401, "WrongCredentialsError", "Wrong API key")
        with self.lock:
            return self._over_quota(time.monotonic())

    def _over_quota(self, now: float) -> Reply | None:
        self._recent = [at for at in self._recent if now - at < self.minute_seconds]
        if self.minute_quota is not None and len(self._recent) >= self.minute_quota:
            wait = {"Retry-After": str(int(self.minute_seconds) + 1)} if self.retry_after else {}
            return error(429, "QuotaExceededError", MINUTE_QUOTA_MESSAGE, **wait)
        if self.day_quota is not None:
            if self.day_quota <= 0:
                return error(429, "QuotaExceededError", MINUTE_QUOTA_MESSAGE)
            self.day_quota -= 1
        self._recent.append(now)
        return None

    def unknown(self, request: Request) -> Reply:
        """A path that the API does not have."""
        return error(404, "NotFoundError", f"Resource not found: {request.path}")

    def _object(self, kind: str, name: str, found: dict[str, Any] | None, what: str) -> Reply:
        if found is None:
            return error(404, "NotFoundError", what)
        link = {"self": f"{self.url}/{kind}s/{name}"}
        return Reply(200, {"data": {"type": kind, "id": name, "links": link, "attributes": found}})

    def _url_of(self, name: str) -> str | None:
        """The URL that an identifier (SHA-256, or base64 without padding) stands for."""
        for url in self.urls:
            if name == identifier(url):
                return url
        try:
            asked = base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        return next((url for url in self.urls if canonical(url) == canonical(asked)), asked)

    def url_object(self, request: Request, name: str) -> Reply:
        """GET /urls/{id}."""
        if "=" in name:
            return error(400, "InvalidArgumentError", f'URL identifier "{name}" is not valid')
        url = self._url_of(name)
        if url is None:
            return error(404, "NotFoundError", f'URL "{name}" not found')
        found = self.urls.get(url)
        shown = None if found is None else {"url": canonical(url), "last_final_url": canonical(url), **found}
        return self._object("url", identifier(url), shown, f'URL "{name}" not found')

    def file_object(self, request: Request, name: str) -> Reply:
        """GET /files/{hash}."""
        return self._object("file", name, self.files.get(name), f'File "{name}" not found')

    def domain_object(self, request: Request, name: str) -> Reply:
        """GET /domains/{domain}."""
        return self._object("domain", name, self.domains.get(name), f'Domain "{name}" not found')

    def download_url(self, request: Request, name: str) -> Reply:
        """GET /files/{id}/download_url: a signed address of the store, for premium keys."""
        if not self.premium:
            return self.forbidden(request, name, "")
        if name not in self.bodies:
            return error(404, "NotFoundError", f'File "{name}" not found')
        return Reply(200, {"data": f"{self.url}/store/{name}?Expires=1&Signature=abc%2Bdef"})

    def store(self, request: Request, name: str) -> Reply:
        """The file store."""
        if request.query.get("Signature") != "abc+def":
            return Reply(403, "<?xml version='1.0'?><Error><Code>SignatureDoesNotMatch</Code></Error>")
        return Reply(200, self.bodies[name], {"Content-Type": "application/octet-stream"})

    def forbidden(self, request: Request, name: str, relation: str) -> Reply:
        """A relation that a public key may not read."""
        return error(403, "ForbiddenError", "You are not authorized to perform the requested operation")

    def serving_address(self, request: Request, name: str, relation: str) -> Reply:
        """GET /urls/{id}/last_serving_ip_address."""
        if self._url_of(name) not in self.urls:
            return error(404, "NotFoundError", f'URL "{name}" not found')
        shown = {"last_analysis_stats": attributes()["last_analysis_stats"], "country": "ZZ"}
        return self._object("ip_address", "198.51.100.7", shown, "")

    def submit(self, request: Request) -> Reply:
        """POST /urls."""
        if request.headers.get("content-type") != "application/x-www-form-urlencoded":
            return error(400, "BadRequestError", "Unexpected content type")
        url = request.form().get("url", "")
        if not urlsplit(url).hostname:
            return error(400, "InvalidArgumentError", "Unable to canonicalize url")
        with self.lock:
            self.submitted.append(url)
            name = f"u-{identifier(url)}-{int(time.time())}"
            self._analyses[name] = [url, 0]
        return Reply(
            200, {"data": {"type": "analysis", "id": name, "links": {"self": f"{self.url}/analyses/{name}"}}}
        )

    def analysis(self, request: Request, name: str) -> Reply:
        """GET /analyses/{id}: over after some looks, and then the URL has a report."""
        with self.lock:
            found = self._analyses.get(name)
            if found is None:
                return error(404, "NotFoundError", f'Analysis "{name}" not found')
            found[1] += 1
            url, done = found[0], found[1] > self.looks_until_done
            if done:
                self.urls[url] = self.scanned.get(url, attributes(age_days=0))
        shown = {"date": int(time.time()), "status": "completed" if done else "queued"}
        meta = {"url_info": {"id": identifier(url), "url": canonical(url)}}
        return Reply(200, {"data": {"type": "analysis", "id": name, "attributes": shown}, "meta": meta})
