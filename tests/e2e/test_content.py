"""The content analyzer's verdict table, row by row, through the job directory; where its bytes come from."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from analyzer_desk import failure_of, report_of
from content.examination import Examination
from content_desk import ADDED, LIBRARY, OWN, SKIMMER, UNNAMED, URL, ContentDesk
from lookup.observable import Attachment
from neuron.failure import Failure
from simulators.osv import record
from simulators.server import Reply


@pytest.fixture(autouse=True)
def unexamined(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a script does is another room's to test, and takes a while: reports without a process skip it."""
    behaviour = {"ran": True, "reads": [], "leaks": [], "signs": []}
    nothing = Examination("info", ("Nothing was seen.",), behaviour)
    monkeypatch.setattr("services.content.examine", lambda content, url, seconds: nothing)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ContentDesk]:
    made = ContentDesk(tmp_path)
    yield made
    made.close()


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


Setup = Callable[[ContentDesk], None]
CHANGED = LIBRARY.replace(b"x7+b", b"x7-b")


def published(days_ago: float = 800, **more: Any) -> Setup:
    return lambda desk: desk.publish(days_ago=days_ago, **more)


def malware(desk: ContentDesk) -> None:
    desk.publish()
    desk.osv.records = [record("MAL-2026-7", "jquery", ("3.7.1", "3.7.2"))]


TABLE: list[tuple[str, bytes, Setup, str, str]] = [
    ("the file itself", LIBRARY, published(), "exact", "safe"),
    ("published yesterday", LIBRARY, published(days_ago=1), "exact", "info"),
    ("published 29 days ago", LIBRARY, published(days_ago=29), "exact", "info"),
    ("published 31 days ago", LIBRARY, published(days_ago=31), "exact", "safe"),
    ("malware, untouched", LIBRARY, malware, "exact", "malicious"),
    ("code added at the end", LIBRARY + ADDED, published(), "altered", "suspicious"),
    ("code added at the start", ADDED + LIBRARY, published(), "altered", "suspicious"),
    ("code added within", LIBRARY[:5000] + ADDED + LIBRARY[5000:], published(), "altered", "suspicious"),
    ("one sign changed", CHANGED, published(), "altered", "suspicious"),
    ("code taken away", LIBRARY.replace(b"return a.x9+b[9]", b""), published(), "altered", "suspicious"),
    ("a comment added", LIBRARY + b"/* copied by us */", published(), "altered", "info"),
    ("its licence taken away", LIBRARY[LIBRARY.index(b"\n") :], published(), "altered", "info"),
    ("other line ends", LIBRARY.replace(b"\n", b"\r\n"), published(), "altered", "info"),
    ("a BOM", b"\xef\xbb\xbf" + LIBRARY, published(), "altered", "info"),
    (
        "a source map's line",
        LIBRARY + b"//# sourceMappingURL=jquery.min.map\n",
        published(),
        "altered",
        "info",
    ),
    ("other code", OWN, published(), "none", "info"),
    ("a version that npm has not", LIBRARY, lambda desk: None, "none", "info"),
    (
        "a comment that runs",
        LIBRARY + b"/*@cc_on document.write(1) @*/",
        published(),
        "altered",
        "suspicious",
    ),
    ("a line end that hides", LIBRARY + "// a\u2028x()".encode(), published(), "altered", "suspicious"),
]


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("body", "setup", "match", "verdict"), [row[1:] for row in TABLE],
                         ids=[row[0] for row in TABLE])  # fmt: skip
def test_the_verdict_is_that_of_the_contracts_table(
    desk: ContentDesk, body: bytes, setup: Setup, match: str, verdict: str
) -> None:
    setup(desk)
    desk.serve(body)
    full = desk.report().full
    assert (full["identity"]["match"], full["verdict"]) == (match, verdict)
    assert full["content"] == {
        "source": "urlscan.io",
        "seen_at": "2026-11-21T08:00:00.000Z",
        "sha256": sha256(body),
        "size": len(body),
    }
    assert {"purl", "file", "match", "published", "added"} <= set(full["identity"])
    assert {"ran", "reads", "leaks", "signs"} <= set(full["behaviour"])


def test_what_was_added_is_shown_where_it_stands(desk: ContentDesk) -> None:
    desk.publish()
    desk.serve(LIBRARY + ADDED)
    full = desk.report().full
    (added,) = full["identity"]["added"]
    assert (added["offset"], added["length"], added["excerpt"]) == (len(LIBRARY), len(ADDED), ADDED.decode())
    assert full["identity"]["purl"] == "pkg:npm/jquery@3.7.1"
    assert full["identity"]["file"] == "dist/jquery.min.js"
    assert f"{len(ADDED)} bytes at offset {len(LIBRARY):,}" in full["summary"]


def test_a_file_needs_no_key(desk: ContentDesk) -> None:
    desk.publish()
    done = desk.asked(
        LIBRARY + ADDED, "file", items={"urlscan_key": None}, request={"filename": "jquery-3.7.1.min.js"}
    )
    full = report_of(done)
    assert (full["verdict"], full["data"], full["history"]) == ("suspicious", "jquery-3.7.1.min.js", [])
    assert full["content"]["source"] == "the file itself"
    assert not desk.urlscan.requests


def test_a_file_is_known_by_its_content_where_its_name_says_nothing(
    desk: ContentDesk, tmp_path: Path
) -> None:
    desk.publish()
    (tmp_path / "a").write_bytes(LIBRARY)
    full = desk.report(Attachment("a.bin", tmp_path / "a"), "file").full
    assert (full["identity"]["match"], full["verdict"]) == ("exact", "safe")


def test_a_file_that_is_no_script_is_looked_at_all_the_same(desk: ContentDesk) -> None:
    body = b"\x00\xff" * 5000 + b"(" * 100_000
    assert report_of(desk.asked(body, "file", request={"filename": "x"}))["verdict"] == "info"


def test_of_a_hash_only_what_is_published_under_it_is_said(desk: ContentDesk) -> None:
    desk.publish()
    desk.jsdelivr.ask_once("npm", "jquery", "3.7.1", "dist/jquery.min.js", LIBRARY)
    full = desk.report(sha256(LIBRARY).upper(), "hash").full
    assert (full["identity"]["match"], full["identity"]["purl"]) == ("exact", "pkg:npm/jquery@3.7.1")
    assert full["verdict"] == "safe"
    assert full["content"] == {
        "source": "npm's registry",
        "seen_at": None,
        "sha256": sha256(LIBRARY),
        "size": len(LIBRARY),
    }
    assert "byte for byte dist/jquery.min.js of jquery@3.7.1" in full["summary"]
    assert not desk.urlscan.requests
    unknown = desk.report("ab" * 32, "hash").full
    assert (unknown["verdict"], unknown["content"]) == ("info", None)
    assert "SHA-256" in failure_of(desk.asked("d41d8cd98f00b204e9800998ecf8427e", "hash"))


# Where the bytes come from.


def test_without_a_key_the_report_says_which_would_help(desk: ContentDesk) -> None:
    full = desk.report(urlscan_key=None).full
    assert (full["verdict"], full["content"]) == ("info", None)
    assert "urlscan_key" in full["summary"]
    assert "virustotal_key" in full["summary"]


def test_virustotal_is_asked_where_urlscan_has_nothing(desk: ContentDesk) -> None:
    desk.publish()
    desk.hold(LIBRARY)
    full = desk.report(virustotal_key=desk.virustotal.key).full
    assert (full["content"]["source"], full["verdict"]) == ("VirusTotal", "safe")
    stored = [request for request in desk.virustotal.requests if request.path.startswith("/store/")]
    assert len(stored) == 1
    assert "x-apikey" not in stored[0].headers


@pytest.mark.parametrize("body", [LIBRARY, LIBRARY + ADDED], ids=["published", "altered"])
@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (
            Reply(429, {"message": "slow down"}, {"Retry-After": "3600"}),
            "quota of the urlscan.io key is used up",
        ),
        (Reply(500, "oops"), "urlscan.io is out of order"),
    ],
)
def test_virustotals_copy_clears_nothing_while_urlscan_could_not_be_asked(
    desk: ContentDesk, body: bytes, reply: Reply, words: str
) -> None:
    desk.publish()
    desk.hold(body)
    desk.urlscan.fail("status", times=None, reply=reply)
    if body == LIBRARY:
        with pytest.raises(Failure, match=words):
            desk.report(virustotal_key=desk.virustotal.key)
    else:
        report = desk.report(virustotal_key=desk.virustotal.key)
        assert report.verdict == "suspicious"
        assert words in report.summary


@pytest.mark.parametrize(("scanned", "verdict"), [(0.5, "info"), (5, "safe")])
def test_virustotals_copy_clears_nothing_where_urlscan_saw_other_bytes_later(
    desk: ContentDesk, scanned: float, verdict: str
) -> None:
    desk.publish()
    desk.hold(LIBRARY)
    at = datetime.now(timezone.utc) - timedelta(days=scanned)
    desk.serve(LIBRARY + ADDED, time=at.strftime("%Y-%m-%dT%H:%M:%S.000Z"))
    desk.urlscan.missing.add(sha256(LIBRARY + ADDED))
    report = desk.report(virustotal_key=desk.virustotal.key)
    assert report.verdict == verdict
    assert ("other bytes" in report.summary) == (verdict == "info")


def test_a_key_that_may_not_download_is_said_to_be_that(desk: ContentDesk) -> None:
    desk.hold(LIBRARY)
    desk.virustotal.premium = False
    full = desk.report(virustotal_key=desk.virustotal.key, urlscan_key=None).full
    assert full["verdict"] == "info"
    assert "may not download" in full["summary"]


def test_only_a_scan_that_requested_exactly_this_url_counts(desk: ContentDesk) -> None:
    desk.serve(LIBRARY, URL + "?v=2")
    desk.serve(LIBRARY, URL.replace("/js/", "/other/"))
    full = desk.report().full
    assert full["content"] is None
    assert "exactly this URL" in full["summary"]


def test_scans_that_were_not_looked_at_are_not_spoken_for(desk: ContentDesk) -> None:
    for day in range(1, 7):
        desk.serve(LIBRARY, URL + f"?v={day}", time=f"2026-11-{day:02}T00:00:00.000Z")
    assert desk.report().summary.startswith("No scan of urlscan.io's requested exactly this URL")
    desk.serve(LIBRARY, time="2026-10-01T00:00:00.000Z")
    assert desk.report().summary.startswith(
        "Of the newest 6 scans of such a file, which were looked at, none of urlscan.io's requested exactly "
        "this URL"
    )


def test_the_newest_scan_that_is_still_there_is_taken(desk: ContentDesk) -> None:
    desk.publish()
    desk.serve(OWN, time="2026-11-20T00:00:00.000Z")
    desk.serve(LIBRARY, time="2026-11-22T00:00:00.000Z").gone = True
    desk.serve(LIBRARY, time="2026-11-21T00:00:00.000Z")
    full = desk.report().full
    assert (full["content"]["sha256"], full["content"]["seen_at"][:10]) == (sha256(LIBRARY), "2026-11-21")


def test_an_error_page_is_not_the_script(desk: ContentDesk) -> None:
    desk.serve(b"<h1>Not found</h1>").status = 404
    assert desk.report().full["content"] is None


@pytest.mark.parametrize("kept", [b"another text", gzip.compress(b"another text", mtime=0)])
def test_a_body_that_has_another_hash_is_not_taken(desk: ContentDesk, kept: bytes) -> None:
    desk.serve(LIBRARY)
    desk.urlscan.stored[sha256(LIBRARY)] = kept
    full = desk.report().full
    assert full["content"] is None
    assert "not the bytes that were served" in full["summary"]


def test_a_compressed_body_is_what_it_holds(desk: ContentDesk) -> None:
    desk.publish()
    desk.serve(LIBRARY)
    desk.urlscan.stored[sha256(LIBRARY)] = gzip.compress(LIBRARY)
    assert desk.report().verdict == "safe"


def test_no_service_is_asked_about_a_script_of_its_own(desk: ContentDesk) -> None:
    url = f"{desk.urlscan.url}/js/app.js"
    assert desk.report(url, wayback_url=desk.urlscan.url).full["content"] is None
    assert not desk.urlscan.requests


# Which published file.


def test_jsdelivr_finds_what_nothing_in_the_script_names(desk: ContentDesk) -> None:
    desk.publish(OWN, "page-statistics", "2.0.0")
    desk.jsdelivr.ask_once("npm", "page-statistics", "2.0.0", "dist/x.js", OWN)
    desk.serve(OWN, UNNAMED)
    full = desk.report(UNNAMED).full
    assert (full["identity"]["purl"], full["verdict"]) == ("pkg:npm/page-statistics@2.0.0", "safe")


def test_a_strangers_copy_on_github_clears_nothing(desk: ContentDesk) -> None:
    desk.jsdelivr.ask_once("gh", "stranger/copies", "main", "a.js", OWN)
    desk.serve(OWN, UNNAMED)
    full = desk.report(UNNAMED).full
    assert (full["identity"]["match"], full["verdict"]) == ("none", "info")
    assert "stranger/copies" in full["summary"]


def test_jsdelivrs_word_alone_is_no_proof(desk: ContentDesk) -> None:
    desk.publish(OWN + b"//", "page-statistics", "2.0.0")
    desk.jsdelivr.ask_once("npm", "page-statistics", "2.0.0", "dist/x.js", OWN)
    desk.serve(OWN, UNNAMED)
    assert desk.report(UNNAMED).verdict == "info"


def test_an_archive_that_is_not_what_was_published_is_a_failure(desk: ContentDesk) -> None:
    desk.publish()
    path = "/jquery/-/jquery-3.7.1.tgz"
    desk.publish(LIBRARY + ADDED, "other", "1.0.0")
    desk.npm.archives[path] = desk.npm.archives["/other/-/other-1.0.0.tgz"]
    desk.serve(LIBRARY + ADDED)
    with pytest.raises(Failure, match="integrity"):
        desk.report()


def test_an_archive_on_another_host_is_not_asked_for(desk: ContentDesk) -> None:
    desk.publish()
    desk.serve(LIBRARY)
    desk.npm.elsewhere = desk.wayback.url
    with pytest.raises(Failure, match="another host"):
        desk.report()
    assert not any("tgz" in request.path for request in desk.wayback.requests)


def test_two_published_files_in_one_are_known_as_such(desk: ContentDesk) -> None:
    second = OWN.replace(b"var statistics0", b"/*! js-cookie v3.0.5 | MIT */ var statistics0")
    desk.publish()
    desk.publish(second, "js-cookie", "3.0.5")
    desk.serve(LIBRARY + b";\n" + second, UNNAMED)
    full = desk.report(UNNAMED).full
    assert full["verdict"] == "info"


@pytest.mark.parametrize(
    ("gone", "instead", "verdict"),
    [(b"a.x7+", b"", "suspicious"), (b"/* a  b", b"/* a b", "info"), (b"'a  b'", b"'a b'", "suspicious")],
)
def test_published_files_in_one_are_no_cover_for_code_that_was_changed(
    desk: ContentDesk, gone: bytes, instead: bytes, verdict: str
) -> None:
    first = b"var words='a  b';/* a  b */" + LIBRARY
    second = OWN.replace(b"var statistics0", b"/*! js-cookie v3.0.5 | MIT */ var statistics0")
    desk.publish(first)
    desk.publish(second, "js-cookie", "3.0.5")
    desk.serve(first.replace(gone, instead) + b";\n" + second, UNNAMED)
    assert desk.report(UNNAMED).verdict == verdict


def test_a_library_that_is_a_part_of_a_larger_script_is_told(desk: ContentDesk) -> None:
    desk.publish()
    desk.serve(LIBRARY + OWN * 20, UNNAMED)
    full = desk.report(UNNAMED).full
    assert (full["identity"]["match"], full["verdict"]) == ("none", "info")
    assert "holds jquery@3.7.1 among other code" in full["summary"]


def test_libraries_inside_are_looked_up_as_those_of_a_url(desk: ContentDesk) -> None:
    desk.publish()
    desk.osv.records = [record("GHSA-1", "jquery", ("0", "3.8.0"), severity="HIGH", aliases=("CVE-1",))]
    desk.serve(LIBRARY, UNNAMED)
    full = desk.report(UNNAMED).full
    (package,) = full["packages"]
    assert (package["purl"], package["issues"][0]["id"]) == ("pkg:npm/jquery@3.7.1", "GHSA-1")
    assert full["verdict"] == "safe"


def test_a_library_with_a_skimmer_behind_it_is_malicious(desk: ContentDesk) -> None:
    desk.publish()
    script = LIBRARY + SKIMMER
    desk.serve(script, time="2026-11-21T08:00:00.000Z")
    done = desk.asked(items={"wait_seconds": 60})
    full = report_of(done)
    assert full["verdict"] == "malicious"
    assert full["identity"]["match"] == "altered"
    assert "card number" in {leak["what"] for leak in full["behaviour"]["leaks"]}
    assert "pixels.slider-stats.example" in full["summary"]
    artifacts = {(a["dataType"], a["data"]) for a in done.job["report"]["artifacts"]}
    assert artifacts >= {("domain", "pixels.slider-stats.example"), ("hash", sha256(script))}
    values = [taxonomy["value"] for taxonomy in done.job["report"]["summary"]["taxonomies"]]
    assert values == ["altered jquery@3.7.1", "skimmer"]


def test_what_is_known_above_info_is_the_report_whoever_could_not_be_asked(desk: ContentDesk) -> None:
    desk.publish()
    desk.serve(LIBRARY + ADDED)
    for service in (desk.osv, desk.jsdelivr, desk.wayback):
        service.fail("status", times=None, reply=Reply(503, "<html>busy</html>"))
    full = desk.report().full
    assert full["verdict"] == "suspicious"
    assert "jsDelivr is out of order" in full["summary"]
    desk.npm.fail("status", times=None, reply=Reply(503, "<html>busy</html>"))
    with pytest.raises(Failure, match="npm's registry is out of order"):
        desk.report()


def test_an_exact_file_is_not_cleared_where_osv_could_not_be_asked(desk: ContentDesk) -> None:
    desk.publish()
    desk.serve(LIBRARY)
    desk.osv.fail("status", times=None, reply=Reply(503, "<html>busy</html>"))
    with pytest.raises(Failure, match="OSV is out of order"):
        desk.report()


# Since when.


def test_the_summary_says_since_when_this_content_is_served(desk: ContentDesk) -> None:
    desk.publish()
    desk.serve(LIBRARY, time="2025-09-20T00:00:00.000Z")
    desk.serve(LIBRARY, time="2026-11-19T00:00:00.000Z")
    desk.serve(LIBRARY + ADDED, time="2026-11-21T00:00:00.000Z")
    desk.serve(LIBRARY + ADDED, time="2026-11-25T00:00:00.000Z")
    desk.wayback.capture(URL, "20250922000000", LIBRARY)
    full = desk.report().full
    assert "changed by 21 November 2026, after 14 months of another content" in full["summary"]
    seen = [(row["seen_at"][:10], row["sha256"], row["source"]) for row in full["history"]]
    assert seen[0] == ("2026-11-25", sha256(LIBRARY + ADDED), "urlscan.io")
    assert ("2025-09-20", sha256(LIBRARY), "urlscan.io") in seen
    assert [row[0] for row in seen] == sorted((row[0] for row in seen), reverse=True)


def test_the_archive_never_learns_a_query(desk: ContentDesk) -> None:
    url = "https://shop.example.com/a.js?session=s3cr3t"
    desk.serve(OWN, url)
    desk.report(url)
    assert [request.query["url"] for request in desk.wayback.requests] == ["https://shop.example.com/a.js"]


@pytest.mark.parametrize("reply", [Reply(503, "<html>busy</html>"), Reply(200, "<html>x</html>"), None])
def test_an_archive_out_of_order_costs_only_the_history(desk: ContentDesk, reply: Reply | None) -> None:
    desk.publish()
    desk.serve(LIBRARY)
    if reply:
        desk.wayback.fail("status", times=None, reply=reply)
    else:
        desk.wayback.minute = 0
    full = desk.report().full
    assert full["verdict"] == "safe"
    assert "Wayback Machine" in full["summary"]
    assert len(desk.wayback.requests) == 1
