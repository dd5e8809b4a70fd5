"""The bounds that analyzers and responder share: time from first to last byte, size, redirects, `.netrc`."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from neuron.deadline import Deadline
from neuron.transport import BoundedAdapter, TooLarge, WatchedAdapter, bound, read_body, retry_after
from simulators.server import Reply, Simulator

SECONDS = 0.6


class Echo(Simulator):
    def routes(self) -> None:
        self.route(
            "GET", "/", lambda request: Reply(200, {"ok": True, "key": request.headers.get("authorization")})
        )


@pytest.fixture
def server() -> Iterator[Echo]:
    with Echo() as echo:
        yield echo


def session(deadline: float = 30, seconds: float = SECONDS, largest: int = 1_000_000) -> requests.Session:
    made = requests.Session()
    made.headers["Authorization"] = "Bearer secret"
    bound(made, BoundedAdapter(Deadline(deadline), seconds, largest))
    return made


def test_an_answer_comes_through(server: Echo) -> None:
    assert session().get(server.url + "/").json() == {"ok": True, "key": "Bearer secret"}


@pytest.mark.parametrize("kind", ["hang", "drip"])
@pytest.mark.parametrize(("deadline", "seconds"), [(30, SECONDS), (SECONDS, 30)])
def test_a_hang_and_a_slow_drip_end_in_time(server: Echo, kind: str, deadline: float, seconds: float) -> None:
    server.fail(kind)
    started = time.monotonic()
    with pytest.raises(requests.RequestException):
        session(deadline, seconds).get(server.url + "/")
    assert time.monotonic() - started < 4 * SECONDS


def dripping(head: bytes, piece: bytes) -> str:
    """The address of a server that never stops sending a little."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, listener.accept()[0] as client:
            client.recv(65536)
            client.sendall(head)
            try:
                while True:
                    client.sendall(piece)
                    time.sleep(0.05)
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/"


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n", b"x"),
    ],
    ids=["headers", "length", "no length", "small chunks", "one chunk"],
)
def test_bytes_that_never_end_are_given_up_whatever_they_are_part_of(head: bytes, piece: bytes) -> None:
    started = time.monotonic()
    with pytest.raises(requests.RequestException):
        session().get(dripping(head, piece))
    assert time.monotonic() - started < 4 * SECONDS


def test_a_caller_that_streams_is_bounded_alike() -> None:
    made = requests.Session()
    bound(made, WatchedAdapter())
    url = dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", b"x")
    started = time.monotonic()
    with made.get(url, stream=True, timeout=5) as response, pytest.raises(requests.ReadTimeout):
        read_body(response, Deadline(SECONDS), 1_000_000)
    assert time.monotonic() - started < 4 * SECONDS


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "truncated"])
def test_a_broken_connection_is_told(server: Echo, kind: str) -> None:
    server.fail(kind)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        session(seconds=10).get(server.url + "/")


def test_what_is_larger_than_anybody_reads_is_not_read(server: Echo) -> None:
    server.fail("huge")
    with pytest.raises(TooLarge):
        session(seconds=30, largest=100_000).get(server.url + "/")


def test_a_redirect_takes_no_key_along(server: Echo) -> None:
    with Echo() as elsewhere:
        server.fail("status", reply=Reply(302, "", {"Location": elsewhere.url + "/"}))
        with pytest.raises(requests.TooManyRedirects):
            session().get(server.url + "/")
        assert not elsewhere.requests


def test_a_password_in_netrc_does_not_take_the_keys_place(
    server: Echo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password elses\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert session().get(server.url + "/").json()["key"] == "Bearer secret"


def test_one_connection_serves_many_requests(server: Echo) -> None:
    """A timer that outlives its answer would shut down the next one."""
    made = session()
    for _ in range(3):
        assert made.get(server.url + "/").status_code == 200
        time.sleep(SECONDS / 2)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("30", 30.0), ("0", 1.0), (None, None), ("soon", None), ("-5", None), ("9" * 20, None)],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after(value) == seconds


def test_retry_after_as_a_date() -> None:
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 1.0
