"""The HTTP client: every trouble is one sentence in time, and the key goes nowhere else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

import neuron.deadline as deadline
from lookup.client import LARGEST_ANSWER, Client
from neuron.deadline import Deadline
from neuron.failure import Failure
from simulators.clock import Clock
from simulators.server import Reply, Request, Simulator

KEY = "s3cr3t-key-of-the-service"


class Shop(Client):
    service = "Shop"
    refusals: ClassVar = {401: "Shop does not accept the key: check the configuration item key"}
    quota_pause = 15.0


class ShopServer(Simulator):
    def routes(self) -> None:
        self.route("GET", "/thing", self.thing)
        self.route("POST", "/form", self.form)

    def thing(self, request: Request) -> Reply:
        return Reply(200, {"name": "thing", "asked": request.query})

    def form(self, request: Request) -> Reply:
        return Reply(200, {"form": request.form()})


@pytest.fixture
def shop() -> Iterator[ShopServer]:
    with ShopServer() as server:
        yield server


def client(root: str, seconds: float = 1.0) -> Shop:
    return Shop(root, {"x-key": KEY}, Deadline(seconds), (KEY,))


def refusal(shop: ShopServer, seconds: float = 1.0) -> str:
    started = time.monotonic()
    with pytest.raises(Failure) as caught:
        client(shop.url, seconds).get("/thing")
    assert time.monotonic() - started < seconds + 1
    said = str(caught.value)
    assert said.endswith(".")
    assert "\n" not in said
    assert KEY not in said
    return said


def test_a_good_answer_is_a_json_object(shop: ShopServer) -> None:
    answer = client(shop.url).get("/thing", {"q": "a b&c"})
    assert answer.body == {"name": "thing", "asked": {"q": "a b&c"}}
    assert shop.requests[0].headers["x-key"] == KEY


def test_a_form_is_posted_as_one(shop: ShopServer) -> None:
    assert client(shop.url).post_form("/form", {"url": "https://x.example/ä"}).body == {
        "form": {"url": "https://x.example/ä"}
    }


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("status", {"reply": Reply(500, "oops")}, "out of order (HTTP 500)"),
        ("status", {"reply": Reply(503, "<html>busy</html>")}, "out of order (HTTP 503)"),
        ("status", {"reply": Reply(401, {"message": "Wrong key"})}, "item key (Shop says: Wrong key)."),
        ("status", {"reply": Reply(400, {"message": "No\nsuch  thing."})}, "(Shop says: No such  thing)."),
        ("status", {"reply": Reply(403, "<html>blocked</html>")}, "A web page came in place"),
        ("status", {"reply": Reply(404, {})}, "no such address"),
        ("status", {"reply": Reply(429, {}, {"Retry-After": "3600"})}, "quota"),
        ("status", {"reply": Reply(302, None, {"Location": "http://127.0.0.1:1/"})}, "redirects"),
        ("status", {"reply": Reply(200, "[1]")}, "not the JSON object"),
        ("status", {"reply": Reply(200, "{")}, "not valid JSON"),
        ("status", {"reply": Reply(200, "")}, "not valid JSON"),
        ("status", {"reply": Reply(200, b"\xff\xfe\xfd")}, "not valid JSON"),
        ("status", {"reply": Reply(200, "[" * 100_000)}, "not valid JSON"),
        ("status", {"reply": Reply(200, '{"n": ' + "9" * 5000 + "}")}, "not valid JSON"),
        ("status", {"reply": Reply(200, b"{}", {"Content-Encoding": "gzip"})}, "wrongly compressed"),
        ("html", {}, "web page rather than JSON"),
        ("truncated", {}, "broke off"),
        ("reset_before", {}, "can not be reached"),
        ("reset_after", {}, "can not be reached"),
        ("hang", {}, "within the 1 seconds"),
        ("huge", {}, "larger than"),
    ],
)
def test_every_trouble_is_one_sentence(
    shop: ShopServer, kind: str, options: dict[str, Any], said: str
) -> None:
    shop.fail(kind, times=None, **options)
    assert said in refusal(shop, seconds=1 if kind == "hang" else 20)


def test_a_server_that_is_not_there_is_said_to_be(shop: ShopServer) -> None:
    shop.stop()
    assert "can not be reached" in refusal(shop)


def test_an_answer_of_five_megabytes_is_read(shop: ShopServer) -> None:
    shop.fail("status", reply=Reply(200, {"rows": ["x" * 1000] * 5000}))
    assert len(client(shop.url, 10).get("/thing").body["rows"]) == 5000
    assert LARGEST_ANSWER > 5_000_000


def test_a_redirect_is_not_followed_and_the_key_stays(shop: ShopServer) -> None:
    with ShopServer() as elsewhere:
        for status in (301, 302, 307, 308):
            shop.fail("status", reply=Reply(status, None, {"Location": f"{elsewhere.url}/thing"}))
            refusal(shop)
        assert not elsewhere.requests


def test_a_key_in_an_answer_is_removed_before_anything_is_cut(shop: ShopServer) -> None:
    shop.fail("status", reply=Reply(400, {"message": "x" * 290 + KEY}))
    assert KEY[:6] not in refusal(shop)


def test_a_netrc_password_never_takes_the_keys_place(
    shop: ShopServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password net-rc-password\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    client(shop.url).get("/thing")
    assert "authorization" not in shop.requests[0].headers


def test_a_proxy_of_the_environment_is_used(shop: ShopServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", shop.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert client("http://shop.example").get("/thing").body["name"] == "thing"
    assert shop.requests[0].headers["host"] == "shop.example"


def test_trusted_certificates_of_the_environment_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    with pytest.raises(Failure, match="REQUESTS_CA_BUNDLE"):
        client("https://127.0.0.1:1").get("/thing")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(deadline, "time", made)
    return made


def test_quota_is_waited_for_in_steps_while_there_is_time(shop: ShopServer, clock: Clock) -> None:
    shop.fail("status", times=2, reply=Reply(429, {}))
    assert client(shop.url, 120).get("/thing").good
    assert clock.slept == [15, 15]


def test_quota_that_does_not_come_back_ends_in_time(shop: ShopServer, clock: Clock) -> None:
    shop.fail("status", times=None, reply=Reply(429, {"message": "Slow down"}))
    with pytest.raises(Failure, match=r"^The quota of the Shop key is used up.*Slow down"):
        client(shop.url, 40).get("/thing")
    assert clock.slept == [15, 15]


@pytest.mark.parametrize(
    ("header", "slept"),
    [
        ("7", [7]),
        ("0", [1]),
        ("600", []),
        ("soon", [15]),
        ("Tue, 24 Nov 2020 00:10:59 GMT", [1]),
        ("9" * 40, [15]),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_servers_own_pause_is_obeyed(
    shop: ShopServer, clock: Clock, header: str, slept: list[float], status: int
) -> None:
    shop.fail("status", times=1, reply=Reply(status, {}, {"Retry-After": header}))
    if status == 503 and slept == [15]:
        slept = []  # no readable pause, and no quota either: nothing to wait for
    if slept:
        assert client(shop.url, 120).get("/thing").good
    else:
        with pytest.raises(Failure):
            client(shop.url, 120).get("/thing")
    assert clock.slept == slept
