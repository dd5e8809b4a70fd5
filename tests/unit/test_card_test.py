"""The card test's parts that run no script: what is typed, whose a host is, what two records tell apart."""

from datetime import date

import pytest

from content.behaviour import FOREIGN, OWN, PAYMENT, Behaviour, Leak
from content.behaviour.comparison import carried, differing, plain
from content.behaviour.hosts import host_of, payment_hosts, registrable, whose
from content.behaviour.record import Exit, Record, read
from content.behaviour.source import source
from content.behaviour.typed import CARD_NUMBER, KINDS, typed

TODAY = date(2026, 11, 26)
SHOP = frozenset({"shop.example"})


def luhn(number: str) -> bool:
    doubled = [int(digit) * (2 if at % 2 else 1) for at, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def three(kind: str) -> list[str]:
    return [typed(TODAY)[kind], typed(TODAY, None)[kind], typed(TODAY, None, 2)[kind]]


def test_what_is_typed_tells_nothing_but_itself_apart() -> None:
    for kind in KINDS:
        assert len({len(text) for text in three(kind)}) == 1 or kind == "e-mail", kind
        assert len(set(three(kind))) == 3, kind
    cards = three(CARD_NUMBER)
    assert all(luhn(card) for card in cards)
    assert len({(card[:8], card[-4:]) for card in cards}) == 1


def test_only_the_kinds_named_differ() -> None:
    first, other = typed(TODAY), typed(TODAY, frozenset({"password"}))
    assert {kind for kind in KINDS if first[kind] != other[kind]} == {"password"}


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("api.stripe.com", PAYMENT),
        ("stripe.com.evil.example", FOREIGN),
        ("static.shop.example", OWN),
        ("shop.example.evil.co.uk", FOREIGN),
        ("198.51.100.7", FOREIGN),
    ],
)
def test_whose_a_host_is(host: str, said: str) -> None:
    assert whose(host, SHOP) == said


def test_registrable_domains() -> None:
    assert registrable("a.b.co.uk") == "b.co.uk"
    assert registrable("198.51.100.7") == "198.51.100.7"
    assert host_of("wss://Evil.Example.:8443/x") == "evil.example"
    assert host_of("data:text/plain,x") == host_of("http://[") == ""


def test_every_payment_host_is_registrable_and_has_a_source() -> None:
    assert len(payment_hosts()) > 100
    exceptions = {host for host in payment_hosts() if registrable(host) != host}
    # Of a host that is shared with others, only the provider's own name is one.
    assert exceptions == {"worldpay-bsh.securedataplatform.com", "opayo.eu.elavon.com"}


def entry(*fields: str) -> str:
    return f"{len(fields)};" + "".join(f"{len(f.encode('utf-16-le')) // 2}:{f}" for f in fields)


def test_a_record_is_read_with_whatever_is_in_its_texts() -> None:
    text = entry("exit", "image", "https://x.example/?a=1;2:3", "ü😀", "3:14") + entry("read", "card number")
    record = read(text, "done")
    assert record.exits == [Exit("image", "https://x.example/?a=1;2:3", "ü😀", "3:14")]
    assert record.reads == ["card number"]
    assert not record.cut
    assert not record.broken


@pytest.mark.parametrize(
    "text", ["5;4:exit", "x", "9999999999;", "1;99:a", "0;0;0;", "1;3:abc", "\ud800", "2;4:read"]
)
def test_a_falsified_record_is_read_as_far_as_it_goes(text: str) -> None:
    record = read(entry("read", "name") + text, "done")
    assert record.reads == ["name"]


def record_of(*urls: str, cut: bool = False) -> Record:
    return Record(exits=[Exit("image", url, "", "") for url in urls], cut=cut)


def test_what_differs_and_what_does_not() -> None:
    always = "https://analytics.example/?page=checkout"
    first, other = (
        record_of(always, "https://evil.example/?c=1"),
        record_of(always, "https://evil.example/?c=2"),
    )
    assert list(differing(first, other)) == [("image", "evil.example")]
    assert not differing(first, first)


def test_names_that_carry_are_the_same_way() -> None:
    first, other = record_of("https://31.evil.example/"), record_of("https://32.evil.example/")
    assert list(differing(first, other)) == [("image", "evil.example")]


def test_a_visit_that_was_cut_off_missed_something_and_that_is_no_difference() -> None:
    assert not differing(record_of("https://evil.example/?1"), record_of(cut=True))
    assert differing(record_of("https://evil.example/?1"), record_of())


def test_one_fact_about_a_text_is_not_the_text() -> None:
    odd, even = record_of("https://a.example/?odd"), record_of("https://a.example/?even")
    assert not carried(odd, even, odd)
    assert carried(odd, even, record_of("https://a.example/?third"))


def test_plain_whatever_stands_between() -> None:
    card = typed(TODAY)[CARD_NUMBER]
    spaced = " ".join(card[at : at + 4] for at in range(0, 16, 4))
    assert plain(card, Exit("fetch", "https://x.example/", f"n={spaced.replace(' ', '%20')}", ""))
    assert not plain(card, Exit("fetch", "https://x.example/", "n=" + card[::-1], ""))


def test_a_page_is_its_inline_scripts_and_its_markup() -> None:
    page = b'<body><script src="//x.example/a.js"></script><script type="x/y"></script><script>go()</script>'
    read_ = source(page, None)
    assert read_.scripts == ("go()",)
    assert "//x.example/a.js" in read_.html
    assert source(b"\xff\xfeg\0o\0(\0)\0", None).scripts == ("go()",)
    assert source(b"  ", None).scripts == ()


def test_proof_needs_a_stranger_and_a_secret() -> None:
    leak = Leak("evil.example", "image", "card number", "p", "1:1", True, "https://evil.example/", FOREIGN)
    assert Behaviour(True, True, leaks=(leak,)).proven
    for harmless in ({"whose": OWN}, {"whose": PAYMENT}, {"what": "e-mail"}):
        changed = Leak(**{**vars(leak), **harmless})
        assert not Behaviour(True, True, leaks=(changed,)).proven
