"""The page's program: the files of `page/` and what is bundled, as one function of what is given.

The engine compiles it once; called with a visit's JSON, it makes the page and returns the function that
takes one step.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent

PARTS = (
    "record",
    "events",
    "document",
    "clock",
    "addresses",
    "exits",
    "resources",
    "fields",
    "location",
    "storage",
    "browser",
    "wanted",
    "shop",
    "visit",
    "ready",
)
"""The files of `page/`, in the order in which they build on each other."""

FIRST_LINE = 200_000
"""Our own code starts after so many empty lines: a place with a smaller line number is in the script's."""

_BEFORE = """(function (text) {
"use strict";
const window = globalThis;
const FIRST_LINE = %d;
const page = { given: JSON.parse(text) };
page.global = (members) => {
  for (const name of Object.keys(members)) {
    Object.defineProperty(window, name, { value: members[name], writable: true, configurable: true });
  }
};
const console = { log() {}, warn() {}, error() {} };
const [setTimeout, clearTimeout, setInterval, clearInterval] = [];
"""

_AFTER = """
return page.visit.step;
})"""


@cache
def program() -> str:
    """The whole program, as the engine compiles it."""
    dom = _text("bundle/dom.js")
    jquery = _text("bundle/jquery.js")
    loader = (
        f"const loadJQuery = function () {{ const module = undefined, define = undefined;\n{jquery}\n}};\n"
    )
    parts = "\n".join(_text(f"page/{part}.js") for part in PARTS)
    return "\n" * FIRST_LINE + _BEFORE % FIRST_LINE + dom + "\n" + loader + parts + _AFTER


def _text(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")
