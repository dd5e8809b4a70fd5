"""Hosts taken apart, looked up in lists and tables, and what registries' files and records say."""

from __future__ import annotations

import json
import os
import shutil
import time
from datetime import timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hosts import bootstrap, lists, lookalike, tables
from hosts.entries import table
from hosts.keeping import MOST_FILES, Keeping
from hosts.listed import HostList
from hosts.names import host_name
from hosts.registration import Registration, record, unkept
from hosts.vendors import CATEGORIES, Vendors
from neuron import shared_hosts

SOURCES = Path(__file__).parents[1] / "data" / "hosts"
SHIPPED = lists.shipped_list()
VENDORS = Vendors()


# Names.


@pytest.mark.parametrize(
    ("host", "name", "registrable", "owned"),
    [
        ("WWW.Example.com.", "www.example.com", "example.com", "example.com"),
        ("a.b.co.uk", "a.b.co.uk", "b.co.uk", "b.co.uk"),
        ("somebody.github.io", "somebody.github.io", "github.io", "somebody.github.io"),
        ("b.s3.amazonaws.com", "b.s3.amazonaws.com", "amazonaws.com", "b.s3.amazonaws.com"),
        ("a.b.c.kobe.jp", "a.b.c.kobe.jp", "b.c.kobe.jp", "b.c.kobe.jp"),
        ("city.kobe.jp", "city.kobe.jp", "city.kobe.jp", "city.kobe.jp"),
        ("shop.рф", "shop.xn--p1ai", "shop.xn--p1ai", "shop.xn--p1ai"),
        ("googlepíng.com", "xn--googlepng-m5a.com", "xn--googlepng-m5a.com", "xn--googlepng-m5a.com"),
        ("a_b.evil.su", "a_b.evil.su", "evil.su", "evil.su"),
        ("com", "com", None, None),
        ("co.uk", "co.uk", None, None),
        ("localhost", "localhost", None, None),
        ("cdn.nowhere", "cdn.nowhere", None, None),
        ("x..com", "x..com", None, None),
        ("", "", None, None),
    ],
)
def test_a_name_comes_apart_as_registries_and_providers_hand_it_out(
    host: str, name: str, registrable: str | None, owned: str | None
) -> None:
    found = host_name(host)
    assert (found.name, found.registrable, found.owned, found.is_address) == (name, registrable, owned, False)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("127.1", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("[2001:DB8::1]", "2001:db8::1"),
    ],
)
def test_an_address_is_nobodys_name(host: str, address: str) -> None:
    found = host_name(host)
    assert (found.name, found.is_address, found.registrable) == (address, True, None)
    assert list(found.names()) == [address]


def test_a_top_level_domain_that_a_registry_has_counts_though_the_list_has_it_not() -> None:
    assert host_name("a.b.newest", is_top=True).registrable == "b.newest"


@settings(deadline=None)
@given(st.text(max_size=300))
@example("0\x00")
def test_any_text_may_be_taken_for_a_host(host: str) -> None:
    found = host_name(host)
    assert found.owned is None or found.name.endswith(found.owned)
    list(found.names())
    lookalike.foreign_letters(found)
    assert SHIPPED.of(found) is None or found.name


# Lists.

LIST = """# Reference: https://example.org/one
# Reference: https://example.org/two

Evil.example.com  # was: something else
45.141.84.239:1443
http://89.47.162.248
[2a12:bec4:1460:50::2]:3478
shop.example.org/media/skim.js
shop.example.org/js/
/gate.php
no host at all
0.0.0.0 ads.example.net

# Reference: https://example.org/three

evil.example.com
github.io
"""
SMALL = HostList("small", "2026-11-01", table(LIST))


@pytest.mark.parametrize(
    ("host", "path", "entry"),
    [
        ("evil.example.com", None, "Evil.example.com"),
        ("a.b.evil.example.com", None, "Evil.example.com"),
        ("notevil.example.com", None, None),
        ("example.com", None, None),
        ("45.141.84.239", None, "45.141.84.239:1443"),
        ("89.47.162.248", None, "http://89.47.162.248"),
        ("2a12:bec4:1460:50::2", None, "[2a12:bec4:1460:50::2]:3478"),
        ("ads.example.net", None, "ads.example.net"),
        ("shop.example.org", None, None),
        ("shop.example.org", "/media/skim.js", "shop.example.org/media/skim.js"),
        ("shop.example.org", "/MEDIA/skim.js?v=2", "shop.example.org/media/skim.js"),
        ("shop.example.org", "/media/skim.js.map", None),
        ("shop.example.org", "/js/any/thing.js", "shop.example.org/js/"),
        ("www.shop.example.org", "/media/skim.js", None),
        ("any.example.net", "/gate.php", None),
        ("github.io", None, "github.io"),
        ("somebody.github.io", None, None),
    ],
)
def test_a_host_is_listed_by_its_name_one_above_or_its_very_path(
    host: str, path: str | None, entry: str | None
) -> None:
    found = SMALL.of(host_name(host), path)
    assert (found.entry if found else None) == entry


def test_an_entry_cites_what_heads_its_groups() -> None:
    found = SMALL.of(host_name("evil.example.com"))
    assert found is not None
    assert found.references == tuple(f"https://example.org/{number}" for number in ("one", "two", "three"))
    assert found.row == {"list": "small", "entry": "Evil.example.com", "as_of": "2026-11-01"}


def test_hosts_are_counted_without_paths() -> None:
    assert len(SMALL) == 6
    assert len(SHIPPED) > 13_000


@given(st.text())
def test_any_text_may_be_taken_for_a_list(text: str) -> None:
    made = table(text)
    found = HostList("any", "", made)
    assert (made == b"") == (found.table == b"")
    for key in (line.split(b"\t")[0].decode() for line in made.splitlines()[1:]):
        if not key.startswith("R"):
            host, _, path = key.partition("/")
            assert found.of(host_name(host), f"/{path}") is not None or ":" in key or path


def test_hostile_lists_cost_linear_time() -> None:
    started = time.monotonic()
    for line in ("a" * 500_000, "a.b" * 200_000, "# " * 200_000, "\n" * 500_000, "x.y/" * 100_000):
        table(line)
    assert time.monotonic() - started < 5


def test_no_host_that_many_share_is_on_the_shipped_list() -> None:
    keys = [line.split(b"\t")[0].decode() for line in SHIPPED.table.splitlines()[1:]]
    assert [key for key in keys if shared_hosts.reason(key)] == []


# Vendors.


@pytest.mark.parametrize(
    ("host", "vendor"),
    [
        ("www.googletagmanager.com", "Google Tag Manager"),
        ("static.hotjar.com", "Hotjar"),
        ("hotjar.com", "Hotjar"),
        ("a.stroeerdigitalmedia.de", "Ströer Digital Media"),
        ("nothotjar.com", None),
        ("hotjar.com.evil.example", None),
        ("order-security.com", None),
        ("anything.cloudfront.ne", None),
        ("example.com", None),
        ("com", None),
    ],
)
def test_a_vendor_is_known_by_its_hosts(host: str, vendor: str | None) -> None:
    found = VENDORS.of(host)
    assert (found.name if found else None) == vendor


def test_every_vendor_has_a_category_in_words_and_a_name() -> None:
    rows = [line.split("\t") for line in (tables.FOLDER / "vendors.tsv").read_text().splitlines()]
    assert {row[2] for row in rows} == set(CATEGORIES)
    assert all(row[1] and len(row) == 4 for row in rows)
    assert not [row for row in rows if "Ã" in row[1]]


@pytest.mark.slow
def test_no_vendor_is_listed() -> None:
    assert [name for name, _ in VENDORS.names() if SHIPPED.of(host_name(name))] == []


# Look-alikes.


@pytest.mark.parametrize(
    ("host", "like"),
    [
        ("hotjar-cdn.com", "hotjar.com"),
        ("h0tjar.com", "hotjar.com"),
        ("static.hotjra.com", "hotjar.com"),
        ("hotjarr.net", "hotjar.com"),
        ("klavyio.com", "klaviyo.com"),
        ("google-analytîcs.com", "google-analytics.com"),
        ("example.com", None),
        ("my-shop.com", None),
        ("198.51.100.7", None),
    ],
)
def test_a_name_that_imitates_a_vendors_is_explained(host: str, like: str | None) -> None:
    said = lookalike.told(host_name(host), VENDORS.names())
    assert (said is not None) == (like is not None)
    assert said is None or f"like {like}" in said


def test_letters_of_another_script_are_told_with_what_they_look_like() -> None:
    said = lookalike.foreign_letters(host_name("раураl.com"))
    assert said is not None
    assert "Cyrillic" in said
    assert "looks like paypal.com" in said
    assert lookalike.foreign_letters(host_name("paypal.com")) is None


# The bootstrap file, and records.


def test_the_longest_name_wins_and_https_comes_first() -> None:
    services = [
        [["example"], ["http://a.example/", "https://b.example/"]],
        [["co.example"], ["https://c.example/"]],
        [["old"], ["http://d.example/"]],
        [["bad"], [5, None, "ftp://x/"]],
        "nonsense",
    ]
    file = bootstrap.read(json.dumps({"services": services, "publication": "2026-11-20T00:00:00Z"}).encode())
    assert file is not None
    assert file.base("shop.example") == "https://b.example/"
    assert file.base("shop.co.example") == "https://c.example/"
    assert (file.base("shop.old"), file.base("shop.bad"), file.base("shop.new")) == (None, None, None)
    assert file.is_registry("https://c.example/rdap/domain/x")
    assert not file.is_registry("https://c.example:8443/domain/x")
    assert not file.is_registry("https://evil.example/")


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_may_be_taken_for_a_bootstrap_file_or_a_record(value: Any) -> None:
    bootstrap.read(json.dumps({"services": value}).encode())
    bootstrap.read(json.dumps(value).encode())
    found = record({"objectClassName": "domain", "events": value, "entities": value})
    assert unkept(found.kept()) == Registration(found.registered, found.registrar, found.note)


def test_the_copy_that_ships_along_knows_the_common_registries() -> None:
    shipped = bootstrap.shipped_copy()
    assert shipped.published is not None
    assert shipped.published.startswith("2026-")
    assert len(shipped.bases) > 1_000
    assert shipped.base("example.com") == "https://rdap.verisign.com/com/v1/"
    assert shipped.base("example.su") is None


def test_a_moment_with_a_zone_is_told_in_utc() -> None:
    event = {"eventAction": "registration", "eventDate": "2020-01-31T03:20:30+09:00"}
    found = record({"events": [event]}).registered
    assert found is not None
    assert found.tzinfo is timezone.utc
    assert found.date().isoformat() == "2020-01-30"


# What is kept.


def test_what_is_kept_is_had_again_for_its_time(tmp_path: Path) -> None:
    keeping = Keeping(tmp_path)
    keeping.write("https://example.org/list?key=s3cr3t", b"x")
    assert keeping.read("https://example.org/list?key=s3cr3t", 60) == b"x"
    assert keeping.read("https://example.org/list", 60) is None
    [file] = tmp_path.iterdir()
    os.utime(file, (time.time() - 61,) * 2)
    assert keeping.read("https://example.org/list?key=s3cr3t", 60) is None
    os.utime(file, (time.time() + 3600,) * 2)
    assert keeping.read("https://example.org/list?key=s3cr3t", 60) is None


def test_what_is_kept_stays_within_bounds(tmp_path: Path) -> None:
    for number in range(MOST_FILES):
        (tmp_path / f"{number}").touch()
    Keeping(tmp_path).write("one more", b"x")
    assert len(list(tmp_path.iterdir())) <= MOST_FILES // 2 + 1


def test_a_folder_that_others_can_write_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "none"))
    (tmp_path / "none").write_text("a file")
    shared = tmp_path / "cache" / "codedefender"
    shared.mkdir(parents=True)
    shared.chmod(0o777)
    keeping = Keeping.of_this_user()
    keeping.write("x", b"x")
    assert keeping.read("x", 60) is None
    assert list(shared.iterdir()) == []
    shared.chmod(0o700)
    keeping = Keeping.of_this_user()
    keeping.write("x", b"x")
    assert keeping.read("x", 60) == b"x"


# The tables.


@pytest.mark.slow
def test_the_shipped_tables_are_what_their_sources_make(tmp_path: Path) -> None:
    assert tables.make(SOURCES, tmp_path) == ["rdap.tsv", "skimmer-hosts.tsv", "vendors.tsv"]
    for name in ("rdap.tsv", "skimmer-hosts.tsv", "vendors.tsv"):
        assert (tmp_path / name).read_bytes() == (tables.FOLDER / name).read_bytes(), "run `make data`"


def test_a_source_that_is_not_there_leaves_its_table(tmp_path: Path) -> None:
    shutil.copy(SOURCES / "dns.json.gz", tmp_path)
    assert tables.make(tmp_path, tmp_path) == ["rdap.tsv"]
