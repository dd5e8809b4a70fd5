"""HTTP with bounds: every request ends in time, no answer is too large, no redirect takes a key along.

requests has time-outs between two bytes only; a server that drips can hold a client for ever. The
adapter here bounds the whole: `sock.shutdown` from a timer while the headers come, a deadline while
the body does.
"""

from __future__ import annotations

import email.utils
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from codedefender2th.errors import Refusal, Unavailable

MAX_RESPONSE_BYTES = 48 * 1024 * 1024
CONNECT_SECONDS = 10
_CHUNK = 64 * 1024

Seen = Callable[[str], None]
# What servers of TLS say to plain HTTP, where they say it (nginx, Apache, Go).
_PLAIN_TO_TLS = re.compile(
    rb"plain HTTP request was sent to HTTPS|speaking plain HTTP to an SSL|HTTP request to an HTTPS server"
)
_SAID_IN_AN_ERROR_BYTES = 4096
# An alert record where the status line should be, as Python's http.client quotes it.
_TLS_ALERT = "\\x15\\x03"
# What OpenSSL says where the other side begins with something else than TLS.
_NO_TLS = ("WRONG_VERSION_NUMBER", "wrong version number", "HTTP_REQUEST", "record layer failure")


def nobody(outcome: str) -> None:
    """Where requests aren't counted."""


class TooLarge(requests.RequestException):
    """An answer has more bytes than are taken."""


class SpeaksTls(requests.RequestException):
    """Plain HTTP was sent to a port that expects TLS."""


class _HeadersInTime(HTTPConnection):
    """A connection whose response headers, too, must be there within its time-out."""

    _hung_up = False

    def getresponse(self) -> Any:
        timer = threading.Timer(self.timeout or CONNECT_SECONDS, self._hang_up)
        timer.daemon = True
        timer.start()
        try:
            return super().getresponse()
        except Exception:
            # Hanging up shows in several ways; what is anything else goes on as it is.
            if self._hung_up:
                raise TimeoutError("the headers came too slowly") from None
            raise
        finally:
            timer.cancel()

    def _hang_up(self) -> None:
        self._hung_up = True
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


class _SecureHeadersInTime(_HeadersInTime, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _HeadersInTime


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureHeadersInTime


class BoundedAdapter(HTTPAdapter):
    """An adapter for a requests session.

    Args:
        seconds: how long one request may take from the connection to the last byte.
        connections: how many connections to one host are kept.
        seen: told how each request ended, in one of the words of `outcome`.

    Raises (from `send`):
        requests.RequestException: as requests does; also for an answer that is too slow, too
            large or a redirect.
    """

    def __init__(self, seconds: float, connections: int = 1, seen: Seen = nobody) -> None:
        self.seconds, self.seen = seconds, seen
        super().__init__(max_retries=0, pool_maxsize=connections)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Make the pools of connections through a proxy."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
        return manager

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
        deadline = time.monotonic() + self.seconds
        bounds = (min(CONNECT_SECONDS, self.seconds), self.seconds)
        try:
            response = super().send(request, True, bounds, verify, cert, proxies)
            _read(response, deadline)
        except requests.RequestException as error:
            self.seen(outcome(error))
            raise
        self.seen(outcome(response))
        return response


def outcome(ended: requests.Response | requests.RequestException) -> str:
    """How a request ended: ok, limited (429), refused (4xx), fault (5xx), timeout, unreachable, broken."""
    if isinstance(ended, requests.Response):
        status = ended.status_code
        if status == 429:
            return "limited"
        return "ok" if status < 400 else "refused" if status < 500 else "fault"
    if isinstance(ended, requests.Timeout):
        return "timeout"
    return "unreachable" if isinstance(ended, requests.ConnectionError) else "broken"


def _read(response: requests.Response, deadline: float) -> None:
    """Read an answer whole, where it is one."""
    try:
        if response.is_redirect:
            raise requests.TooManyRedirects(f"a redirect to {response.headers['Location'][:200]}")
        # The place where `Response.content` keeps what it has read.
        response._content = _body(response, deadline)
    finally:
        response.close()
    if response.status_code == 400 and _PLAIN_TO_TLS.search(response.content[:_SAID_IN_AN_ERROR_BYTES]):
        raise SpeaksTls("it speaks TLS")


def _body(response: requests.Response, deadline: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if time.monotonic() > deadline:
            raise requests.ReadTimeout("the answer came too slowly")
        if len(body) > MAX_RESPONSE_BYTES:
            raise TooLarge("the answer is too large")
    return bytes(body)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def bounded_session(
    session: requests.Session, seconds: float, connections: int = 1, seen: Seen = nobody
) -> None:
    """Give a session the bounds of `BoundedAdapter`, and no other login than its own headers.

    Without an `auth` of its own, requests puts what `.netrc` has for the host in the key's place.
    """
    session.auth = _as_it_is
    adapter = BoundedAdapter(seconds, connections, seen)
    session.mount("http://", adapter)
    session.mount("https://", adapter)


def explain(
    service: str, error: requests.RequestException, address_setting: str, address: str
) -> Refusal | Unavailable:
    """A failed request in words.

    Args:
        service: its name, to begin the sentence with.
        error: what requests raised.
        address_setting: the variable that holds the service's address.
        address: the service's address.
    """
    at = f"{service} at {address}"
    if isinstance(error, requests.TooManyRedirects):
        return Refusal(f"{at} answers with {error}: set {address_setting} to its final address.")
    if isinstance(error, SpeaksTls) or _TLS_ALERT in str(error):
        return Refusal(f"{at} speaks TLS: write {address_setting} with https://.")
    if isinstance(error, requests.exceptions.SSLError) and any(sign in str(error) for sign in _NO_TLS):
        return Refusal(
            f"{at} speaks plain HTTP, no TLS: write {address_setting} with http://, or with its HTTPS port."
        )
    if isinstance(error, requests.exceptions.SSLError):
        return Refusal(
            f"The TLS certificate of {at} could not be verified ({_tls_reason(error)}): trust its CA "
            "(THEHIVE_CA_BUNDLE for TheHive, REQUESTS_CA_BUNDLE for all), or correct the address."
        )
    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
        return Refusal(f"{address_setting} is not an address that can be used.")
    if isinstance(error, requests.ConnectTimeout):
        return Unavailable(f"{at} could not be reached in time.", acted=False)
    if isinstance(error, requests.Timeout):
        return Unavailable(f"{at} did not answer in time.")
    if isinstance(error, requests.exceptions.ProxyError):
        return Unavailable(f"The proxy on the way to {at} failed.", acted=False)
    if isinstance(error, requests.ConnectionError):
        text = str(error)
        if "refused" in text:
            return Unavailable(f"{at} can't be reached: nothing listens there.", acted=False)
        if "NameResolution" in text or "Name or service not known" in text or "getaddrinfo" in text:
            return Unavailable(f"The host name of {at} could not be resolved.", acted=False)
        return Unavailable(f"The connection to {at} broke.")
    if isinstance(error, TooLarge) or type(error) is requests.RequestException:
        return Unavailable(f"{at}: {error}.")
    return Unavailable(f"The answer of {at} broke off or could not be read.")


def is_too_much(error: requests.RequestException) -> bool:
    """Whether an answer was too large or too slow, so that a smaller one may come through."""
    return isinstance(error, (TooLarge, requests.ReadTimeout))


def retry_after(response: requests.Response) -> float | None:
    """Seconds that `Retry-After` asks to wait (RFC 9110: a number or a date); None without one."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max((moment - datetime.now(timezone.utc)).total_seconds(), 0.0)


def _tls_reason(error: requests.exceptions.SSLError) -> str:
    text = str(error)
    for sign, reason in (
        ("self-signed", "self-signed"),
        ("self signed", "self-signed"),
        ("expired", "expired"),
        ("Hostname mismatch", "another host's"),
        ("doesn't match", "another host's"),
        ("unable to get local issuer", "its issuer is unknown"),
    ):
        if sign in text:
            return reason
    return "not trusted"
