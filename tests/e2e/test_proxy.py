"""The way out through a proxy: Slack is asked through it, what is near is not."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from program import Program
from simulators.slack import Channel, Slack
from simulators.thehive import TheHive
from test_feed import fill

# Nobody's (RFC 2606): only the proxy knows where it is.
FAR = "http://slack.invalid/api"


class Proxy(ThreadingHTTPServer):
    """A proxy for plain HTTP that knows one far place.

    Attributes:
        asked: the hosts that it was asked for.
    """

    def __init__(self, far: str) -> None:
        super().__init__(("127.0.0.1", 0), Passing)
        self.far, self.asked = far, set[str]()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Passing(BaseHTTPRequestHandler):
    """Passes a request on to where the proxy knows the place to be."""

    server: Proxy

    def do_GET(self) -> None:
        to = urlsplit(self.path)
        self.server.asked.add(to.netloc)
        far = http.client.HTTPConnection(self.server.far, timeout=30)
        far.request("GET", f"{to.path}?{to.query}", headers={**dict(self.headers), "Connection": "close"})
        answer = far.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"content-length", "transfer-encoding", "connection", "date", "server"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        far.close()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def proxy(slack: Slack) -> Iterator[Proxy]:
    with Proxy(f"{slack.host}:{slack.port}") as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()


def test_slack_is_asked_through_the_proxy_and_thehive_beside_it(
    proxy: Proxy, slack: Slack, hive: TheHive, channel: Channel, tmp_path: Path
) -> None:
    program = Program.between(
        slack, hive, tmp_path, SLACK_API_URL=FAR, HTTP_PROXY=proxy.url, NO_PROXY="thehive,127.0.0.1"
    )
    fill(channel, 3)
    result = program.run("feed")
    assert (result.code, result.counts["created"]) == (0, 3), result.err
    assert proxy.asked == {"slack.invalid"}
    # Compose gives an empty one where none is set.
    result = program.run("feed", HTTP_PROXY="", SLACK_API_URL=slack.api_url)
    assert (result.code, result.counts["created"]) == (0, 0), result.err


def test_a_proxy_that_is_not_there_is_told_as_that(
    proxy: Proxy, slack: Slack, hive: TheHive, tmp_path: Path
) -> None:
    program = Program.between(
        slack, hive, tmp_path, SLACK_API_URL=FAR, HTTP_PROXY="http://127.0.0.1:9", NO_PROXY="127.0.0.1"
    )
    result = program.run("feed", FEEDER_TIMEOUT="1")
    assert result.code == 1
    assert "The proxy on the way to Slack" in result.err
    assert not proxy.asked
