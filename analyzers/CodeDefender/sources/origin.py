"""Which host an address is on (pure)."""

from __future__ import annotations

from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


def origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None where it is no http(s) address, or one with a user part."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    if port is None or not parts.hostname or "@" in parts.netloc or "\\" in parts.netloc:
        return None
    return parts.scheme, parts.hostname.rstrip("."), port


def same_origin(one: str, other: str) -> bool:
    """Whether both are on one host, port and scheme."""
    found = origin(one)
    return found is not None and found == origin(other)


def same_host(one: str, other: str) -> bool:
    """Whether both are on one host, whatever the port."""
    mine, theirs = origin(one), origin(other)
    return mine is not None and theirs is not None and mine[1:] == theirs[1:]


def root_and_path(url: str) -> tuple[str, str]:
    """`https://host:port` and the rest, query included, of an address that has an origin."""
    scheme, _, rest = url.partition("#")[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host}", slash + path
