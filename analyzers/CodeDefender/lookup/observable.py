"""What Cortex was asked about, checked before any service is."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from neuron.failure import Failure

# Names that only a local network resolves: RFC 6762, RFC 8375, ICANN's `internal`, and habit.
LOCAL_SUFFIXES = (
    *("local", "localhost", "localdomain", "internal", "home.arpa"),
    *("intranet", "private", "lan", "home", "corp"),
)
LARGEST_FILE = 8 * 1024 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")
_BLANK_OR_CONTROL = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff]")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


@dataclass(frozen=True)
class Attachment:
    """The file of a job: its name as TheHive has it, and where it lies."""

    name: str
    path: Path

    def body(self) -> bytes:
        """The bytes.

        Raises:
            Failure: it can not be read, or is larger than any script.
        """
        try:
            with self.path.open("rb") as file:
                body = file.read(LARGEST_FILE + 1)
        except OSError as error:
            raise Failure("The job's file can not be read: start the job again.") from error
        if len(body) > LARGEST_FILE:
            raise Failure(f"The file is larger than {LARGEST_FILE >> 20} MB, which no script is.")
        return body


def content_hash(data: object) -> str:
    """A SHA-256 in lower case.

    Raises:
        Failure: it is another hash, or none.
    """
    digest = data.strip().lower() if isinstance(data, str) else ""
    if not _SHA256.fullmatch(digest):
        raise Failure("The observable is not a SHA-256, the only hash that published files are found by.")
    return digest


def web_address(data: object) -> str:
    """The URL, as it came but for outer blanks; one that begins with `//` as https.

    Raises:
        Failure: it is not an absolute http(s) URL with a host.
    """
    url = data.strip() if isinstance(data, str) else ""
    url = f"https:{url}" if url.startswith("//") else url
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and "\\" not in parts.netloc
        good = good and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good or _BLANK_OR_CONTROL.search(url):
        raise Failure(
            "The observable is not a URL that can be looked up: it needs http:// or https:// and a host."
        )
    return url


def domain_name(data: object) -> str:
    """The domain in lower case, an IDN as punycode, without the root dot.

    Raises:
        Failure: it is not a domain name of two labels or more.
    """
    name = data.strip().lower().removesuffix(".") if isinstance(data, str) else ""
    try:
        name = name.encode("idna").decode()
    except UnicodeError:
        name = ""
    labels = name.split(".")
    if len(labels) < 2 or len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise Failure("The observable is not a domain name that can be looked up, such as cdn.example.com.")
    return name


def named_host(said: object) -> tuple[str, str]:
    """The host that a text names alone, with a port or in a URL, as an observable: its data type and data.

    Raises:
        Failure: it names neither a domain of two labels or more nor an IP address.
    """
    written = said.strip().replace("\\", "/") if isinstance(said, str) else ""
    scheme, slashes, _ = written.partition("//")
    is_url = bool(slashes) and (not scheme or scheme.endswith(":"))
    try:
        # Without brackets an IPv6 address and a port can not be told apart: it has none.
        bare = written.count(":") > 1 and not is_url and "[" not in written
        host = written if bare else urlsplit(written if is_url else f"//{written}").hostname or ""
    except ValueError:
        host = ""
    try:
        return "ip", str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        name = domain_name(host)
    if name.rpartition(".")[2].isdigit():
        raise Failure("The text names a number where a host is wanted.")
    return "domain", name


def has_user_part(url: str) -> bool:
    """Whether a URL carries a name, perhaps a password, before its host."""
    return "@" in urlsplit(url).netloc


def is_public(url: str) -> bool:
    """Whether a URL names a host of the public internet, and carries no user part."""
    return not has_user_part(url) and _is_public(urlsplit(url))


def require_public(url: str) -> None:
    """Make sure that a URL may be given to a service that shows it to others.

    Raises:
        Failure: its host is private, or it carries a user part.
    """
    if has_user_part(url):
        raise Failure("The URL holds a user part, which would become public: it is not submitted.")
    if not _is_public(urlsplit(url)):
        raise Failure("The URL's host is not one of the public internet: it is not submitted.")


def _is_public(parts: SplitResult) -> bool:
    host = (parts.hostname or "").rstrip(".")
    try:
        if ":" in host:
            return _is_global(ipaddress.IPv6Address(host.partition("%")[0]))
        # IDNA folds the dots and digits that a browser takes for others.
        host = host.encode("idna").decode().lower().rstrip(".")
    except ValueError:
        return False
    try:
        # A browser takes 127.1, 0x7f000001 and 2130706433 for addresses, and so does this.
        return _is_global(ipaddress.IPv4Address(socket.inet_aton(host)))
    except (OSError, ValueError):
        return _is_public_name(host)


def _is_public_name(host: str) -> bool:
    top = host.rpartition(".")[2]
    local = any(host.endswith("." + suffix) for suffix in LOCAL_SUFFIXES)
    return "." in host and not local and not top.isdigit()


def _is_global(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if inner:
            return _is_global(inner)
        if address in ipaddress.IPv6Network("64:ff9b::/96"):  # NAT64
            return _is_global(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address.is_global and not address.is_multicast
