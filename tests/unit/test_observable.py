"""What can be looked up, and what may be made public."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookup.observable import domain_name, named_host, require_public, web_address
from neuron.failure import Failure


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.example.com/a.js",
        "http://198.51.100.7:8080/a.js?x=%20#y",
        "HTTPS://CDN.example.com",
        "https://[2001:db8::1]/a.js",
        "https://bücher.example/ü.js",
        "https://cdn.example.com/" + "a" * 5000,
    ],
)
def test_an_absolute_web_address_is_taken_as_it_is(url: str) -> None:
    assert web_address(f" {url}\n") == url


@pytest.mark.parametrize(
    "data",
    [
        None,
        5,
        ["https://x.example"],
        "",
        "cdn.example.com/a.js",
        "hxxps://cdn.example.com/a.js",
        "ftp://cdn.example.com/a.js",
        "javascript:alert(1)",
        "https://",
        "https:///a.js",
        "https://exa mple.com/",
        "https://example.com/a\nb",
        "https://example.com/\ud800",
        "https://good.example\\@evil.example/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://[::1/",
        "https://\u2100.example/",
    ],
)
def test_what_is_no_web_address_is_refused_in_words(data: Any) -> None:
    with pytest.raises(Failure, match="not a URL that can be looked up"):
        web_address(data)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("Example.COM.", "example.com"),
        (" cdn.example.com ", "cdn.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("_dmarc.example.com", "_dmarc.example.com"),
    ],
)
def test_a_domain_is_in_lower_case_and_punycode(data: str, expected: str) -> None:
    assert domain_name(data) == expected


@pytest.mark.parametrize(
    "data",
    [None, 5, "", "localhost", "a..b", "-a.example", "example.com/x", "https://example.com", "a b.example",
     "x" * 64 + ".example", "\ud800.example", "..", "user@example.com", ("a." * 130) + "example"],
)  # fmt: skip
def test_what_is_no_domain_is_refused_in_words(data: Any) -> None:
    with pytest.raises(Failure, match="not a domain name"):
        domain_name(data)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "intranet",
        "shop.local",
        "shop.localhost",
        "db.internal",
        "nas.lan",
        "nas.home.arpa",
        "pc.corp",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "127。0。0。1",
        "１２７.0.0.1",
        "999.1.1.1",
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fe80::1%25eth0]",
        "[fd00::1]",
        "[::ffff:192.168.0.1]",
        "[64:ff9b::a00:1]",
        "[2002:7f00:1::]",
        "[ff02::1]",
    ],
)
def test_a_host_of_a_local_network_is_never_submitted(host: str) -> None:
    with pytest.raises(Failure, match="not submitted"):
        require_public(f"https://{host}/a.js")


@pytest.mark.parametrize("user", ["user@", "user:pass@", "@", ":@"])
def test_a_user_part_is_never_submitted(user: str) -> None:
    with pytest.raises(Failure, match="user part"):
        require_public(f"https://{user}cdn.example.com/a.js")


@pytest.mark.parametrize(
    "host",
    ["cdn.example.com", "8.8.8.8", "bücher.example", "local.example.com", "[2606:4700::1111]", "a.home.pl"],
)
def test_a_public_host_may_be_submitted(host: str) -> None:
    require_public(f"https://{host}:8443/a.js?token=@")


def test_an_address_without_a_scheme_is_looked_up_as_https() -> None:
    assert web_address("//cdn.example.com/a.js") == "https://cdn.example.com/a.js"
    with pytest.raises(Failure):
        web_address("///a.js")


@given(st.text(alphabet=st.sampled_from("ae.:/\\[]%@#? 1xß。\x00"), max_size=20) | st.text(max_size=40))
def test_any_text_may_be_taken_for_a_named_host(text: str) -> None:
    try:
        kind, host = named_host(text)
    except Failure:
        return
    assert kind in {"ip", "domain"}
    assert named_host(host) == (kind, host)
