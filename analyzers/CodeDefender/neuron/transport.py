"""HTTP with bounds: every request ends in time, no answer is too large, no redirect takes a key along.

requests has time-outs between two bytes only; a server that drips can hold a client for as long as it likes.
Here a timer shuts the socket down, while the headers come as while the body does. TLS is verified against the
system's CAs or `REQUESTS_CA_BUNDLE`, and proxies come from the environment, where Cortex puts both.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from time import time
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from neuron.deadline import Deadline

CONNECT_SECONDS = 10.0
SHORTEST_PAUSE = 1.0  # seconds, whatever a service allows
_CHUNK = 64 * 1024
_SHORTEST = 0.05  # seconds: a time-out of 0 would mean none


class TooLarge(requests.RequestException):
    """An answer that is larger than anybody reads."""


class _Watched(HTTPConnection):
    """A connection whose headers, too, must be there within its time-out."""

    def getresponse(self) -> Any:
        kept = self.sock
        with _shut_down_after(self.timeout or CONNECT_SECONDS, kept):
            response = super().getresponse()
        # For the body: the connection forgets its socket where the server is to close it.
        response.watched_socket = kept  # type: ignore[attr-defined]  # ours
        return response


class _WatchedTLS(_Watched, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTLS


class WatchedAdapter(HTTPAdapter):
    """An adapter for a requests session: the headers come in time, and nothing is tried twice unasked.

    The caller streams, and reads the body by `read_body`.
    """

    def __init__(self) -> None:
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Make the pools of connections through a proxy."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}
        return manager


class BoundedAdapter(WatchedAdapter):
    """An adapter that bounds the whole of a request, for a library that knows no bounds of its own.

    Args:
        deadline: of the whole run.
        seconds: how long one request may take, from the connection to the last byte.
        largest: bytes of an answer.

    Raises (from `send`):
        requests.RequestException: as requests does; also for an answer that is too slow, too large
            (`TooLarge`) or a redirect (`TooManyRedirects`).
    """

    def __init__(self, deadline: Deadline, seconds: float, largest: int) -> None:
        self._deadline, self._seconds, self._largest = deadline, seconds, largest
        super().__init__()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send a request and read its answer whole; the caller's time-out and `stream` give way."""
        within = Deadline(max(_SHORTEST, min(self._seconds, self._deadline.left())))
        bounds = (min(CONNECT_SECONDS, within.seconds), within.seconds)
        response = super().send(request, True, bounds, verify, cert, proxies)
        try:
            if response.is_redirect:
                raise requests.TooManyRedirects("a redirect")
            # The place where `Response.content` keeps what it has read.
            response._content = read_body(response, within, self._largest)
        finally:
            response.close()
        return response


def bound(session: requests.Session, adapter: WatchedAdapter) -> None:
    """Give a session an adapter, and keep requests from putting a `.netrc` password in the key's place."""
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    session.auth = lambda request: request


def read_body(response: requests.Response, deadline: Deadline, largest: int) -> bytes:
    """The body of a streamed answer.

    Raises:
        requests.ReadTimeout: the time was over before its last byte.
        TooLarge: it has more than `largest` bytes.
        requests.RequestException: it broke off, or is wrongly compressed.
    """
    body = bytearray()
    for chunk in chunks(response, deadline):
        body += chunk
        if len(body) > largest:
            raise TooLarge("the answer is too large")
    return bytes(body)


def chunks(response: requests.Response, deadline: Deadline) -> Iterator[bytes]:
    """The body of a streamed answer, piece by piece; raises as `read_body` does, but for its size."""
    try:
        with _shut_down_after(deadline.left(), getattr(response.raw, "watched_socket", None)):
            yield from response.iter_content(_CHUNK)
    except requests.RequestException:
        if deadline.left() <= 0:
            raise requests.ReadTimeout("the answer came too slowly") from None
        raise
    if deadline.left() <= 0:
        # Where no length was announced, a connection that was shut down looks like an end.
        raise requests.ReadTimeout("the answer came too slowly")


def retry_after(value: str | None) -> float | None:
    """Seconds that a `Retry-After` header asks to wait (RFC 9110: a number or a date); None without one."""
    if value is None:
        return None
    if value.strip().isdigit() and len(value) < 10:
        return max(SHORTEST_PAUSE, float(value))
    try:
        return max(SHORTEST_PAUSE, parsedate_to_datetime(value).timestamp() - time())
    except (ValueError, OverflowError, TypeError):
        return None


@contextmanager
def _shut_down_after(seconds: float, watched: socket.socket | None) -> Iterator[None]:
    """End whatever waits for a socket when the time is over."""

    def shut_down() -> None:
        if watched is not None:
            with suppress(OSError):
                watched.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(seconds, _SHORTEST), shut_down)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
