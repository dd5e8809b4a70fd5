"""One discipline of HTTP: four programs speak it, and one table of hostile servers is read to all of them.

The feeder (to Slack and to TheHive), the analyzers' client, the responder and the bootstrap. Each asks one
question with a key; whatever the server does, the speaker ends in time with one sentence in words, and the
key has gone nowhere else.
"""

from __future__ import annotations

import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bootstrap.api import Api
from codedefender2th.errors import FeederError
from codedefender2th.slack.client import Slack
from codedefender2th.thehive.client import TheHive
from codedefender2th.web import transport as feeders
from codedefender2th.web.patience import Patience
from lookup import client as analyzers
from neuron.configuration import Configuration
from neuron.deadline import Deadline
from neuron.failure import Failure
from simulators.server import Reply, Simulator
from triaging import hive as responders
from triaging.incidents import Incidents

KEY = "xoxb-SECRET-0123456789"
SECONDS = 2.0
# A busy machine, and what a speaker may add once the time is over.
GRACE = 8.0


class Anything(Simulator):
    """Answers every question of the four as if all were well."""

    def routes(self) -> None:
        """One answer that all understand."""
        self.route("GET", r"/.*", self.well)
        self.route("POST", r"/.*", self.well)

    def well(self, request: Any) -> Reply:
        """Slack's, TheHive's and Cortex's forms in one."""
        return Reply(
            200,
            {
                "ok": True,
                "team_id": "T1",
                "version": "5.7.3",
                "login": "l",
                "organisation": "o",
                "_id": "~1",
                "_type": "Alert",
            },
        )


def to_slack(url: str) -> Any:
    return Slack(KEY, url, Patience(SECONDS, threading.Event())).identity()


def to_thehive(url: str) -> Any:
    return TheHive(url, KEY, None, None, Patience(SECONDS, threading.Event())).user()


class _Service(analyzers.Client):
    service = "Echo"
    quota_pause = 1.0


def from_an_analyzer(url: str) -> Any:
    headers = {"Authorization": f"Bearer {KEY}"}
    return _Service(url, headers, Deadline(SECONDS), (KEY,)).get("/x")


def from_the_responder(url: str) -> Any:
    configuration = Configuration({"thehive_url": url, "thehive_key": KEY})
    return Incidents(responders.Hive(configuration, Deadline(SECONDS))).alert("~1")


def from_the_bootstrap(url: str) -> Any:
    api = Api("Echo", url, "ECHO_URL", Patience(SECONDS, threading.Event()))
    return api.ask("GET", "/x", auth=KEY)


SPEAKERS: dict[str, Callable[[str], Any]] = {
    "feeder to Slack": to_slack,
    "feeder to TheHive": to_thehive,
    "analyzer": from_an_analyzer,
    "responder": from_the_responder,
    "bootstrap": from_the_bootstrap,
}


@pytest.fixture
def server() -> Iterator[Anything]:
    with Anything() as anything:
        yield anything


@pytest.fixture(params=SPEAKERS)
def speaker(request: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    # What one request may take is less than the whole; both are seconds here.
    monkeypatch.setattr("bootstrap.api._REQUEST_SECONDS", SECONDS)
    monkeypatch.setattr(analyzers, "ANSWER_SECONDS", SECONDS)
    return SPEAKERS[request.param]


def sentence(speaker: Callable[[str], Any], url: str) -> str:
    """What a speaker says at the end, which comes in time and tells no key."""
    started = time.monotonic()
    with pytest.raises((FeederError, Failure)) as caught:
        speaker(url)
    assert time.monotonic() - started < SECONDS + GRACE
    said = str(caught.value)
    assert said.endswith(".")
    assert "\n" not in said
    assert KEY not in said
    assert "Traceback" not in said
    assert "HTTPConnectionPool" not in said
    return said


def test_a_server_that_is_well_is_heard(speaker: Callable[[str], Any], server: Anything) -> None:
    assert speaker(server.url)


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    "kind", ["hang", "drip", "reset_before", "reset_after", "truncated", "html", "wrong_types"]
)
def test_a_broken_server_is_told_in_words_and_in_time(
    speaker: Callable[[str], Any], server: Anything, kind: str, request: pytest.FixtureRequest
) -> None:
    server.fail(kind, times=None)
    if kind == "wrong_types" and "responder" not in request.node.callspec.id:
        pytest.skip("what is of the right form is each speaker's own question: see their tests")
    if kind == "html" and speaker is from_the_bootstrap:
        pytest.skip("the bootstrap says for each question what an answer must be: see its tests")
    sentence(speaker, server.url)


@pytest.mark.sampled(5)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 418, 500, 502, 503, 504])
def test_a_refusal_is_told_in_words(speaker: Callable[[str], Any], server: Anything, status: int) -> None:
    server.fail("status", times=None, reply=Reply(status, {"type": "Trouble", "message": "It is not so."}))
    sentence(speaker, server.url)


@pytest.mark.sampled(3)
def test_an_endless_answer_is_given_up(
    speaker: Callable[[str], Any], server: Anything, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeders, "MAX_RESPONSE_BYTES", 100_000)
    monkeypatch.setattr(analyzers, "LARGEST_ANSWER", 100_000)
    monkeypatch.setattr(responders, "LARGEST_ANSWER", 100_000)
    server.fail("huge", times=None)
    sentence(speaker, server.url)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_takes_the_key_along(
    speaker: Callable[[str], Any], server: Anything, status: int
) -> None:
    with Anything() as elsewhere:
        server.fail("status", times=None, reply=Reply(status, None, {"Location": f"{elsewhere.url}/there"}))
        sentence(speaker, server.url)
        assert not elsewhere.requests


def test_no_netrc_takes_the_keys_place(
    speaker: Callable[[str], Any], server: Anything, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1\nlogin somebody\npassword netrc-password\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    speaker(server.url)
    assert {request.headers.get("authorization") for request in server.requests} <= {f"Bearer {KEY}", None}
    assert any(request.headers.get("authorization") == f"Bearer {KEY}" for request in server.requests)


def test_a_certificate_that_nobody_vouches_for_is_refused(
    speaker: Callable[[str], Any], self_signed: str
) -> None:
    said = sentence(speaker, self_signed)
    assert "TLS" in said or "certificate" in said


def test_retry_after_is_obeyed(speaker: Callable[[str], Any], server: Anything) -> None:
    server.fail("status", reply=Reply(429, {"type": "x", "message": "slow down"}, {"Retry-After": "1"}))
    started = time.monotonic()
    assert speaker(server.url)
    assert time.monotonic() - started >= 1


def test_nobody_there_is_told_in_words(speaker: Callable[[str], Any]) -> None:
    with Anything() as gone:
        url = gone.url
    sentence(speaker, url)


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a TLS server with a certificate of its own making."""
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    words = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout"
    made = subprocess.run(
        [*words.split(), str(key), "-out", str(certificate)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("openssl is needed to make a certificate")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = Anything()
    listener = server._server
    listener.socket = context.wrap_socket(listener.socket, server_side=True)
    server.start()
    yield server.url.replace("http://", "https://")
    server.stop()
