"""What Code Defender says of a script's origin → a canonical URL, where there is one.

The value need not be a URL: HUMAN groups scripts whose paths differ (`script.com/main.[UNIQUE_ID].js`),
calls inline ones `Anonymous` and leaves out the scheme (HUMAN documentation, "Get incidents").
Parsing follows the WHATWG URL Standard where browsers and RFC 3986 disagree, since a browser loaded it.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

import idna

from codedefender2th.slack.text import SlackText, clean, percent_encode_controls

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST_ONLY_SCHEMES = {"ws", "wss", "ftp"}
_SCHEME = re.compile(r"([a-z][a-z0-9+.\-]*):(.*)", re.IGNORECASE | re.DOTALL)
_PORT_FOLLOWS = re.compile(r"\d+(?:[/\\?#]|$)")
_AUTHORITY = re.compile(r"([^/\\?#]*)(.*)", re.DOTALL)
_PLACEHOLDER = re.compile(r"\[[A-Z][A-Z0-9_]*\]")
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_MAX_HOST = 253
_TOP_LEVEL = re.compile(r"[a-z]{2,}|xn--[a-z0-9-]+")
# None of these is a top-level domain: `app.min.js` is a file, not a host.
_FILE_ENDINGS = {"js", "mjs", "cjs", "jsx", "ts", "tsx", "json", "html", "htm", "php", "css", "map", "wasm"}


@dataclass(frozen=True)
class Script:
    """A script as the incident names it.

    Attributes:
        shown: the text in the message.
        url: canonical absolute http(s) URL; None for an inline or grouped script, or where there are several.
        host: the script's host, canonical; None where it has none, or several.
        hosts: every host that the text names; one at the most unless it holds several addresses.
    """

    shown: str
    url: str | None
    host: str | None
    hosts: tuple[str, ...] = ()

    @property
    def is_ambiguous(self) -> bool:
        """Whether the text holds more than one address: nobody can say which one ran."""
        return len(self.hosts) > 1 or (bool(self.hosts) and self.host is None)


@dataclass(frozen=True)
class _Address:
    """An absolute URL in parts; `tail` is path and query."""

    scheme: str
    user: str
    host: str
    port: int | None
    tail: str

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port in {None, _DEFAULT_PORTS.get(self.scheme)} else f":{self.port}"
        return f"{self.scheme}://{self.user}{host}{port}{self.tail}"


def read_script(text: SlackText) -> Script | None:
    """The script that a field's value names; None where it names nothing."""
    written = text.shown if text.target is None or text.auto_linked else text.target
    if not clean(written):
        return None
    several = _addresses(text)
    if len(several) > 1:
        hosts = tuple(dict.fromkeys(address.host for address in several))
        return Script(text.shown, None, None, hosts)
    address = _parse(written)
    if address is None:
        return Script(text.shown, None, None)
    if address.scheme not in _DEFAULT_PORTS or _PLACEHOLDER.search(written):
        return Script(text.shown, None, address.host, (address.host,))
    return Script(text.shown, str(address), address.host, (address.host,))


def _addresses(text: SlackText) -> list[_Address]:
    """The distinct addresses in a text that holds several words or links; one that has a space is one."""
    words = [word.strip(",;|") for word in text.shown.split()]
    if text.targets:
        words += text.targets if len(set(text.targets)) > 1 else []
    found = [address for word in words if (_is_absolute(word) and (address := _parse(word)))]
    return list({str(address): address for address in found}.values())


def _is_absolute(word: str) -> bool:
    return word[:2] in {"//", "\\\\"} or word[:8].lower().startswith(("http://", "https://"))


def read_host(text: SlackText) -> str | None:
    """The canonical host that a field's value names; None where it is missing or no host."""
    written = clean(text.shown if text.target is None or text.auto_linked else text.target)
    match = _SCHEME.fullmatch(written)
    if match and match[1].lower() in _DEFAULT_PORTS:
        written = match[2].lstrip("/\\")
    address = _authority("https", written)
    return address.host if address else None


def is_ip(host: str) -> bool:
    """Whether a canonical host is an IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _parse(written: str) -> _Address | None:
    """The absolute URL that was written, or None where it says nothing of a host."""
    text = re.sub(r"[\t\r\n]", "", written).strip().strip("\x00")
    if text[:2] in {"//", "\\\\"}:
        return _authority("https", text.lstrip("/\\"))
    match = _SCHEME.fullmatch(text)
    if match and not _PORT_FOLLOWS.match(match[2]):
        scheme = match[1].lower()
        if scheme in _DEFAULT_PORTS or (scheme in _HOST_ONLY_SCHEMES and match[2].startswith("//")):
            return _authority(scheme, match[2].lstrip("/\\"))
        return None
    if any(character.isspace() for character in text):
        return None
    address = _authority("https", text)
    return address if address and _looks_like_host(address, text) else None


def _authority(scheme: str, rest: str) -> _Address | None:
    match = _AUTHORITY.fullmatch(rest)
    if match is None:
        return None
    user, at, place = match[1].rpartition("@")
    if place.startswith("["):
        name, _, after = place[1:].partition("]")
        port = after.removeprefix(":")
        if after and not after.startswith(":"):
            return None
    else:
        name, _, port = place.partition(":")
    host = _canonical_host(name)
    if host is None or (port and not _is_port(port)):
        return None
    # A space that stood before the fragment would end the address, and be lost when it is read again.
    whole = match[2].partition("#")[0]
    tail = whole.rstrip()
    tail += quote(whole[len(tail) :])
    if tail.startswith("\\"):
        tail = "/" + tail[1:]
    return _Address(
        scheme,
        percent_encode_controls(user + at),
        host,
        int(port[-5:]) if port else None,
        percent_encode_controls(tail),
    )


def _is_port(text: str) -> bool:
    # Leading zeros are allowed, thousands of digits are not: int() itself refuses those.
    digits = text.lstrip("0") or "0"
    return text.isascii() and text.isdigit() and len(digits) <= 5 and int(digits) <= 65535


def _canonical_host(name: str) -> str | None:
    name = unquote(name).lower()
    try:
        if is_ip(name):
            return str(ipaddress.ip_address(name))
        if not name.isascii():
            name = idna.encode(name, uts46=True).decode()
    except (ValueError, UnicodeError):  # idna.IDNAError is a UnicodeError
        return None
    name = name.removesuffix(".")
    return name if len(name) <= _MAX_HOST and _HOST.fullmatch(name) else None


def _looks_like_host(address: _Address, text: str) -> bool:
    """Whether a text without a scheme begins with a host rather than a folder or a file name."""
    if is_ip(address.host) or address.host == "localhost":
        return True
    _, dot, last = address.host.rpartition(".")
    return bool(dot) and _TOP_LEVEL.fullmatch(last) is not None and last not in _FILE_ENDINGS
