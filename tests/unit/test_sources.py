"""The sources' clients: bounded, sceptical, and to no other host."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Iterator
from typing import Any

import pytest

import neuron.deadline as deadline
from neuron.deadline import Deadline
from neuron.failure import Failure
from simulators.clock import Clock
from simulators.jsdelivr import JsDelivr as JsDelivrServer
from simulators.npm import Npm as NpmServer
from simulators.npm import archive
from simulators.server import Reply
from simulators.urlscan import Scan
from simulators.urlscan import Urlscan as UrlscanServer
from simulators.wayback import Wayback as WaybackServer
from sources import npm as npm_module
from sources.jsdelivr import JsDelivr
from sources.npm import NotRead, Npm
from sources.origin import origin, root_and_path, same_host, same_origin
from sources.urlscan import Urlscan, of_content, of_other_content, of_script
from sources.wayback import Wayback

URL = "https://cdn.example.com/lib/A.js"
BODY = b"var a = 1;"
DIGEST = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def registry() -> Iterator[NpmServer]:
    with NpmServer() as server:
        yield server


def client(server: NpmServer, seconds: float = 10) -> Npm:
    return Npm(server.url, Deadline(seconds), ())


def files(server: NpmServer, name: str, version: str) -> dict[str, bytes]:
    npm = client(server)
    release = npm.release(name, version)
    assert release is not None
    found: dict[str, bytes] = {}
    npm.read(release, found.__setitem__)
    return found


@pytest.mark.parametrize("name", ["left", "@scope/left", "Left.JS"])
@pytest.mark.parametrize("old", [False, True])
def test_a_releases_files_are_read_byte_for_byte(registry: NpmServer, name: str, old: bool) -> None:
    published = {"dist/a.js": b"1", "README.md": b"\xff" * 70_000}
    registry.publish(name, "1.0.0-rc.1", published, old=old, root="left-1.0.0")
    assert files(registry, name, "1.0.0-rc.1") == published


def test_what_is_not_published_is_none(registry: NpmServer) -> None:
    registry.publish("left", "1.0.0", {"a.js": b"1"})
    npm = client(registry)
    assert npm.release("left", "9.9.9") is None
    assert npm.release("right", "1.0.0") is None
    assert npm.published("left", "9.9.9") is None
    assert npm.published("right", "1.0.0") is None
    at = npm.published("left", "1.0.0")
    assert at is not None
    assert at.tzinfo is not None


def packed(members: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w") as tar:
        for member, content in members:
            tar.addfile(member, io.BytesIO(content))
    return gzip.compress(body.getvalue())


def link(name: str, to: str) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, to
    return member, b""


@pytest.mark.parametrize(
    "body",
    [b"", b"no archive", archive({"a.js": b"1"})[:-20], gzip.compress(b"no tar" * 500), b"\x1f\x8b" * 100],
    ids=["empty", "text", "cut off", "no tar", "no gzip"],
)
def test_a_broken_archive_is_told_as_that(registry: NpmServer, body: bytes) -> None:
    registry.publish("left", "1.0.0", {"a.js": b"1"})
    registry.archives["/left/-/left-1.0.0.tgz"] = body
    with pytest.raises((NotRead, Failure)):
        files(registry, "left", "1.0.0")


def test_links_in_an_archive_lead_nowhere(registry: NpmServer) -> None:
    body = packed([link("package/a.js", "/etc/hostname"), link("package/b.js", "../../x")])
    registry.publish("left", "1.0.0", {})
    registry.archives["/left/-/left-1.0.0.tgz"] = body
    dist = registry.documents["left"]["versions"]["1.0.0"]["dist"]
    del dist["integrity"]
    dist["shasum"] = hashlib.sha1(body).hexdigest()
    assert files(registry, "left", "1.0.0") == {}


@pytest.mark.parametrize(
    ("bound", "value"), [("LARGEST_UNPACKED", 50_000), ("LARGEST_ARCHIVE", 100), ("MOST_FILES", 2)]
)
def test_a_bomb_is_not_read(
    registry: NpmServer, monkeypatch: pytest.MonkeyPatch, bound: str, value: int
) -> None:
    registry.publish("left", "1.0.0", {f"{n}.js": b"0" * 90_000 for n in range(9)})
    monkeypatch.setattr(npm_module, bound, value)
    with pytest.raises(NotRead):
        files(registry, "left", "1.0.0")


def test_an_archive_that_drips_is_given_up_in_time(registry: NpmServer) -> None:
    registry.publish("left", "1.0.0", {"a.js": b"1" * 5000})
    registry.fail("drip", path=r".*\.tgz", times=None)
    npm = client(registry, 1.5)
    release = npm.release("left", "1.0.0")
    assert release is not None
    with pytest.raises(Failure, match=r"in time|within"):
        npm.read(release, lambda path, body: None)


# urlscan.io


@pytest.fixture
def urlscan() -> Iterator[UrlscanServer]:
    with UrlscanServer() as server:
        server.add(Scan("https://shop.example/", "2026-11-21T08:00:00.000Z", {URL: BODY}))
        yield server


def asked(server: UrlscanServer, seconds: float = 5) -> Urlscan:
    return Urlscan(server.url, server.key, Deadline(seconds), (server.key,))


def test_a_script_is_searched_by_named_fields_only(urlscan: UrlscanServer) -> None:
    scans = asked(urlscan)
    assert len(scans.scans(of_script(URL))) == 1
    assert len(scans.scans(of_script(URL), of_content(DIGEST))) == 1
    assert scans.scans(of_script(URL), of_other_content(DIGEST)) == []
    assert urlscan.requests[0].query["q"] == 'domain:"cdn.example.com" AND filename:"a.js"'
    assert {request.headers["api-key"] for request in urlscan.requests} == {urlscan.key}


def test_nothing_in_an_address_leaves_the_quotes(urlscan: UrlscanServer) -> None:
    hostile = 'https://cdn.example.com/x" OR hash:* OR "\\.js'
    assert asked(urlscan).scans(of_script(hostile)) == []
    assert urlscan.requests[0].query["q"].endswith(r'filename:"x\" or hash:* or \"\\.js"')


def test_the_hash_is_that_of_exactly_this_url(urlscan: UrlscanServer) -> None:
    scans = asked(urlscan)
    (scan,) = scans.scans(of_script(URL))
    assert scans.served(scan, URL) == DIGEST
    assert scans.served(scan, URL + "#part") == DIGEST
    assert scans.served(scan, URL + "?v=1") is None
    urlscan.scans[0].gone = True
    assert scans.served(scan, URL) is None


def test_a_minutes_quota_is_waited_for_and_a_days_is_not(
    urlscan: UrlscanServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(deadline, "time", clock)
    over = Reply(429, {"message": "Rate limit exceeded", "status": 429}, {"X-Rate-Limit-Reset-After": "41"})
    urlscan.fail("status", times=1, reply=over)
    assert asked(urlscan, 120).scans(of_script(URL))
    assert clock.slept == [42]
    day = Reply(429, {"message": "Rate limit exceeded"}, {"X-Rate-Limit-Reset-After": "40000"})
    urlscan.fail("status", times=1, reply=day)
    with pytest.raises(Failure, match="quota"):
        asked(urlscan, 120).scans(of_script(URL))
    assert clock.slept == [42]


@pytest.mark.parametrize(
    "body", [{}, {"results": 5}, {"results": [5, {}, {"_id": "../../x", "task": {"time": "t"}}]}]
)
def test_odd_results_name_no_scan(urlscan: UrlscanServer, body: Any) -> None:
    urlscan.fail("status", reply=Reply(200, body))
    if isinstance(body.get("results"), list):
        assert asked(urlscan).scans(of_script(URL)) == []
    else:
        with pytest.raises(Failure, match="no results"):
            asked(urlscan).scans(of_script(URL))


# jsDelivr and the archive


def test_jsdelivr_says_which_file_has_a_hash_and_lists_a_package() -> None:
    with JsDelivrServer() as server:
        jsdelivr = JsDelivr(server.url, Deadline(5), ())
        assert jsdelivr.published(DIGEST) is None
        server.ask_once("npm", "@scope/left", "1.0.0", "dist/a.js", BODY)
        server.ask_once("gh", "stranger/copy", "main", "a.js", BODY)
        found = jsdelivr.published(DIGEST)
        assert found is not None
        assert (found.type, found.name, found.version, found.file) == (
            "npm",
            "@scope/left",
            "1.0.0",
            "dist/a.js",
        )
        server.listings["@scope/left@1.0.0"] = {"dist/a.js": BODY}
        assert jsdelivr.files("@scope/left", "1.0.0") == {"dist/a.js": DIGEST}
        assert jsdelivr.files("@scope/left", "2.0.0") == {}
        server.large.add("left@1.0.0")
        assert jsdelivr.files("left", "1.0.0") == {}


def test_the_archive_tells_each_change_once() -> None:
    with WaybackServer() as server:
        wayback = Wayback(server.url, Deadline(5), ())
        assert wayback.captures(URL) == []
        for time, body in (("20240102030405", b"1"), ("20240202030405", b"1"), ("20250102030405", b"2")):
            server.capture(URL, time, body)
        server.capture(URL, "20250202030405", b"gone", status="404")
        found = wayback.captures(URL)
        assert [capture.at for capture in found] == ["2025-01-02T03:04:05Z", "2024-01-02T03:04:05Z"]
        server.blocked.add(URL)
        with pytest.raises(Failure):
            wayback.captures(URL)


def test_the_archive_is_not_asked_again_after_a_refusal() -> None:
    with WaybackServer() as server:
        server.minute = 0
        with pytest.raises(Failure, match="quota"):
            Wayback(server.url, Deadline(300), ()).captures(URL)
        assert len(server.requests) == 1


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin("https://A.example/x") == ("https", "a.example", 443)
    assert same_origin("https://a.example/x", "https://a.example:443/y")
    assert not same_origin("https://a.example", "http://a.example")
    assert not same_origin("https://a.example", "https://a.example.evil.example")
    assert same_host("https://a.example./x", "https://a.example")
    for odd in ("", "ftp://a/", "https://u@a/", "https://a\\@b/", "https://a:99999/", "https:///x"):
        assert origin(odd) is None
    assert root_and_path("https://a.example:8/x/y?b=c%2Fd#e") == ("https://a.example:8", "/x/y?b=c%2Fd")
