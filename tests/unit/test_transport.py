"""Requests end in time, answers have a bound, waiting obeys the server."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from codedefender2th.errors import FeederError, Refusal, Stopped, Unavailable
from codedefender2th.slack.client import Slack
from codedefender2th.thehive.client import TheHive
from codedefender2th.web import patience, transport
from codedefender2th.web.patience import Patience
from simulators.server import Reply, Request, Simulator

SECONDS = 0.6


class Echo(Simulator):
    def routes(self) -> None:
        self.route("GET", "/", lambda request: Reply(200, {"ok": True, "key": request.headers.get("x-key")}))


@pytest.fixture
def server() -> Iterator[Echo]:
    with Echo() as echo:
        yield echo


def get(url: str) -> requests.Response:
    session = requests.Session()
    session.headers["X-Key"] = "secret"
    transport.bounded_session(session, SECONDS)
    return session.get(url)


def fault(url: str) -> FeederError:
    try:
        get(url)
    except requests.RequestException as error:
        return transport.explain("Echo", error, "ECHO_URL", url)
    raise AssertionError("no fault")


def test_an_answer_comes_through(server: Echo) -> None:
    assert get(server.url + "/").json() == {"ok": True, "key": "secret"}


@pytest.mark.parametrize("kind", ["hang", "drip"])
def test_a_hang_and_a_slow_drip_end_in_time(server: Echo, kind: str) -> None:
    server.fail(kind)
    started = time.monotonic()
    assert isinstance(fault(server.url + "/"), Unavailable)
    assert time.monotonic() - started < 3 * SECONDS


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "truncated"])
def test_a_broken_connection_is_temporary(server: Echo, kind: str) -> None:
    server.fail(kind)
    assert isinstance(fault(server.url + "/"), Unavailable)


def test_an_endless_answer_is_given_up(server: Echo, monkeypatch: Any) -> None:
    monkeypatch.setattr(transport, "MAX_RESPONSE_BYTES", 100_000)
    # The size is what ends it, not the clock, however busy the machine is.
    monkeypatch.setattr(sys.modules[__name__], "SECONDS", 30)
    server.fail("huge")
    assert "too large" in str(fault(server.url + "/"))


def test_nobody_there_is_temporary_and_nothing_was_done() -> None:
    with Echo() as echo:
        url = echo.url
    told = fault(url + "/")
    assert isinstance(told, Unavailable)
    assert not told.acted


def test_a_redirect_is_not_followed_and_says_where_to(server: Echo) -> None:
    with Echo() as elsewhere:
        server.fail("status", reply=Reply(302, "", {"Location": elsewhere.url + "/"}))
        told = fault(server.url + "/")
        assert isinstance(told, Refusal)
        assert elsewhere.url in str(told)
        assert "ECHO_URL" in str(told)
        assert not elsewhere.requests


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30.0),
        ("0", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("99999999999999999999", 999999999.0),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    response = requests.Response()
    response.headers["Retry-After"] = value
    assert transport.retry_after(response) == seconds


class Flaky:
    """Fails with these faults, then succeeds."""

    def __init__(self, *faults: Unavailable) -> None:
        self.faults = list(faults)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.faults:
            raise self.faults.pop(0)
        return "done"


@pytest.fixture
def waits(monkeypatch: Any) -> list[float]:
    """Waiting takes no time here: the clock is moved on and the wait noted."""
    noted: list[float] = []
    clock = [100.0]
    monkeypatch.setattr(patience.time, "monotonic", lambda: clock[0])

    def wait(self: Patience, seconds: float, fault: Unavailable) -> None:
        noted.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr(Patience, "pause", wait)
    return noted


def test_a_temporary_fault_is_waited_out_with_growing_pauses(waits: list[float]) -> None:
    call = Flaky(*[Unavailable("x")] * 4)
    assert Patience(30, threading.Event()).call(call) == "done"
    assert waits == sorted(waits)
    assert len(waits) == 4


def test_waiting_ends_after_the_time_allowed(waits: list[float]) -> None:
    with pytest.raises(Unavailable):
        Patience(30, threading.Event()).call(Flaky(*[Unavailable("x")] * 100))
    assert 15 < sum(waits) <= 30


def test_retry_after_is_obeyed_beyond_the_time_allowed(waits: list[float]) -> None:
    assert Patience(30, threading.Event()).call(Flaky(Unavailable("x", retry_after=60))) == "done"
    assert waits == [60]


def test_a_retry_after_of_nothing_is_no_reason_to_hurry(waits: list[float]) -> None:
    with pytest.raises(Unavailable):
        Patience(30, threading.Event()).call(Flaky(*[Unavailable("x", retry_after=0)] * 100))
    assert 60 < sum(waits) <= 120
    # Half the longest wait at least, once they have grown.
    assert len(waits) < 120 / 4 + 6


def test_a_retry_after_beyond_all_measure_is_not(waits: list[float]) -> None:
    with pytest.raises(Unavailable):
        Patience(30, threading.Event()).call(Flaky(Unavailable("x", retry_after=3600)))
    assert waits == []


def test_a_wait_ends_at_once_when_told_to_stop() -> None:
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    started = time.monotonic()
    with pytest.raises(Stopped):
        Patience(30, stop).call(Flaky(Unavailable("x", retry_after=60)))
    assert time.monotonic() - started < 2


def test_the_key_goes_nowhere_but_to_its_server(server: Echo) -> None:
    get(server.url + "/")
    seen: Request = server.requests[0]
    assert seen.headers["x-key"] == "secret"


def test_a_netrc_password_never_takes_the_keys_place(
    server: Echo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password net-rc-password\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    stop = threading.Event()
    with suppress(FeederError):
        Slack("xoxb-token", server.url, Patience(0.2, stop)).identity()
    with suppress(FeederError):
        TheHive(server.url, "hive-key", None, None, Patience(0.2, stop)).user()
    sent = {request.headers["authorization"] for request in server.requests}
    assert sent == {"Bearer xoxb-token", "Bearer hive-key"}


def test_an_address_is_named_where_nobody_answers() -> None:
    told = fault("http://127.0.0.1:1/")
    assert "http://127.0.0.1:1" in str(told)
    assert "nothing listens" in str(told)
