"""Which hosts are shared by many: what is known of them counts for nothing."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuron import shared_hosts

SHARED = [
    "cdn.jsdelivr.net",
    "fastly.jsdelivr.net",
    "unpkg.com",
    "cdnjs.cloudflare.com",
    "ajax.googleapis.com",
    "code.jquery.com",
    "maxcdn.bootstrapcdn.com",
    "s3.amazonaws.com",
    "s3.eu-west-1.amazonaws.com",
    "s3-us-west-2.amazonaws.com",
    "s3.dualstack.us-east-1.amazonaws.com",
    "storage.googleapis.com",
    "nyc3.digitaloceanspaces.com",
    "f004.backblazeb2.com",
    "raw.githubusercontent.com",
    "gist.githubusercontent.com",
    "github.com",
    "gitlab.com",
    "pastebin.com",
    "cdn.shopify.com",
    "www.googletagmanager.com",
    "tags.tiqcdn.com",
    "CDN.jsDelivr.net.",
]
# Names that a provider gives to one customer alone, look-alikes, and hosts with a past.
OWNED = [
    "somebody.github.io",
    "shop.myshopify.com",
    "d111111abcdef8.cloudfront.net",
    "bucket.s3.amazonaws.com",
    "bucket.s3.eu-west-1.amazonaws.com",
    "bucket.storage.googleapis.com",
    "bucket.nyc3.digitaloceanspaces.com",
    "cdn.example.com",
    "cdn.jsdelivr.net.evil.example",
    "evil-jsdelivr.net",
    "s3.amazonaws.com.evil.example",
    "polyfill.io",
    "cdn.bootcss.com",
    "198.51.100.7",
    "com",
    "",
]


@pytest.mark.parametrize("host", SHARED)
def test_a_host_that_serves_many_owners_is_shared_and_the_reason_is_told(host: str) -> None:
    why = shared_hosts.reason(host)
    assert why is not None
    assert why.startswith(("a ", "an "))


@pytest.mark.parametrize("host", OWNED)
def test_a_host_with_one_owner_is_not_shared(host: str) -> None:
    assert shared_hosts.reason(host) is None


def test_every_row_has_a_reason_and_none_stands_twice() -> None:
    lines = shared_hosts.TABLE.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    assert all(len(row) == 2 and all(row) for row in rows)
    assert len({name for name, _ in rows}) == len(rows) > 150
    assert all(name == name.lower() and name.isascii() for name, _ in rows)


@given(st.text())
def test_any_text_may_be_asked_for(host: str) -> None:
    shared_hosts.reason(host)


def test_a_long_hostile_host_costs_no_time() -> None:
    started = time.monotonic()
    for hostile in ("s3." + "a." * 5_000, "s3-" * 20_000 + ".amazonaws.com", "-" * 50_000):
        shared_hosts.reason(hostile)
    assert time.monotonic() - started < 1
