"""A script's URL, taken apart as a browser does it (pure).

Only what a browser would ask for counts: `..` is resolved, a backslash separates, what stands before `@` is
no host. The rules are those of the WHATWG URL Standard, section "URL parsing", as far as http and https go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

LONGEST = 8_192  # characters; no observable is longer, and no hostile one costs more time

_STRIPPED = "".join(map(chr, range(0x21)))
_START = re.compile(r"(?:(?P<scheme>https?):/*|//+|(?=[a-z0-9-]+(?:\.[a-z0-9-]+)+/))", re.IGNORECASE)
_HOST = re.compile(r"[^\s#%/:<>?@\[\\\]^|]+|\[[0-9a-f:.]+\]")
_ONE_DOT = {".", "%2e"}
_TWO_DOTS = {"..", ".%2e", "%2e.", "%2e%2e"}
_SEPARATORS = re.compile(r"[/\\\x00-\x1f]")


@dataclass(frozen=True)
class ScriptUrl:
    """Where a browser would get a script from."""

    host: str
    """Lower case, without a root dot."""

    port: int | None
    """None for the scheme's own port, also where it is written out."""

    segments: tuple[str, ...]
    """The path's parts, dot segments resolved, each percent-decoded once (but not where that would make a
    separator out of text). The last one is empty where the path ends with `/`."""

    query: str
    """As it stands, without `?`."""

    userinfo: str
    """What stands before `@`, for the eye only."""

    @property
    def path(self) -> str:
        """The segments joined again, with a leading `/`."""
        return "/" + "/".join(self.segments)

    @property
    def file(self) -> str:
        """The last segment, without the parameters that Java servers append (`;jsessionid=…`)."""
        return self.segments[-1].partition(";")[0] if self.segments else ""


def parse(url: str) -> ScriptUrl | None:
    """The parts of an http(s) URL, https where it has no scheme; None where no browser would ask for it."""
    text = url.strip(_STRIPPED)
    if len(text) > LONGEST:
        return None
    text = re.sub(r"[\t\r\n]", "", text).partition("#")[0]
    before_query, _, query = text.partition("?")
    before_query = before_query.replace("\\", "/")
    start = _START.match(before_query)
    if start is None:
        return None
    authority, slash, path = before_query[start.end() :].partition("/")
    userinfo, _, address = authority.rpartition("@")
    located = _host_and_port(address, default=80 if (start["scheme"] or "").lower() == "http" else 443)
    if located is None:
        return None
    host, port = located
    return ScriptUrl(host, port, _resolved(path) if slash else (), query, userinfo)


def _host_and_port(address: str, default: int) -> tuple[str, int | None] | None:
    written, port = address, default
    match = re.fullmatch(r"(.*?):([0-9]{0,8})", address)
    if match and not match[1].endswith(":"):
        written, port = match[1], int(match[2] or default)
    host = unquote(written).lower()
    host = host[:-1] if host.endswith(".") else host
    if port > 65_535 or not _HOST.fullmatch(host):
        return None
    return host, None if port == default else port


def _resolved(path: str) -> tuple[str, ...]:
    parts: list[str] = []
    raw = path.split("/")
    for at, part in enumerate(raw):
        lowered = part.lower()
        if lowered in _TWO_DOTS:
            del parts[-1:]
        elif lowered not in _ONE_DOT:
            parts.append(part)
            continue
        if at == len(raw) - 1:
            parts.append("")
    return tuple(map(_decoded, parts))


def _decoded(segment: str) -> str:
    decoded = unquote(segment) if "%" in segment else segment
    return segment if _SEPARATORS.search(decoded) else decoded
