"""https:// on a port of plain HTTP, and http:// on one of TLS, are told as that."""

from __future__ import annotations

import pytest
import requests

from codedefender2th.errors import FeederError, Refusal
from codedefender2th.web import transport
from simulators.server import Reply, Simulator


def fault(url: str) -> FeederError:
    session = requests.Session()
    transport.bounded_session(session, 30)
    with pytest.raises(requests.RequestException) as caught:
        session.get(url)
    return transport.explain("Echo", caught.value, "ECHO_URL", url)


class Nginx(Simulator):
    """Answers plain HTTP on its HTTPS port as nginx does."""

    def routes(self) -> None:
        page = "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>"
        self.route("GET", "/", lambda request: Reply(400, page))


def test_https_to_a_port_of_plain_http() -> None:
    with Nginx() as server:
        told = fault(server.url.replace("http:", "https:") + "/")
    assert isinstance(told, Refusal)
    assert "speaks plain HTTP, no TLS: write ECHO_URL with http://" in str(told)


def test_http_to_a_port_of_tls_that_says_so() -> None:
    with Nginx() as server:
        told = fault(server.url + "/")
    assert isinstance(told, Refusal)
    assert "speaks TLS: write ECHO_URL with https://" in str(told)


def test_http_to_a_port_of_tls_that_sends_an_alert() -> None:
    error = requests.ConnectionError(
        "('Connection aborted.', BadStatusLine('\\x15\\x03\\x01\\x00\\x02\\x02P'))"
    )
    assert "speaks TLS" in str(transport.explain("Echo", error, "ECHO_URL", "http://echo:443"))


@pytest.mark.parametrize(
    ("status", "word"), [(200, "ok"), (302, "ok"), (404, "refused"), (429, "limited"), (503, "fault")]
)
def test_each_answer_is_counted_by_its_outcome(status: int, word: str) -> None:
    response = requests.Response()
    response.status_code = status
    assert transport.outcome(response) == word
    assert transport.outcome(requests.ReadTimeout()) == "timeout"
    assert transport.outcome(requests.ConnectionError()) == "unreachable"
