"""Scripts beside published files: what was added is found, and no code passes for white space."""

from __future__ import annotations

import hashlib
import random
import time
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.identity.alignment import align
from content.identity.comparison import compare
from content.identity.formatting import same_code
from content.identity.likeness import Likeness
from content.identity.naming import named_in
from content.identity.witness import Witness
from sources.identity import Identity

LIBRARY = b"/*! shop.js v1.2.3 */\n" + b"".join(
    b"function f%d(a, b) {\n  return a.x%d + b[%d]; // part %d\n}\n" % (n, n, n, n) for n in range(200)
)
NOW = datetime(2026, 11, 26, tzinfo=timezone.utc)
ADDED = b";(function(){window.__count=(window.__count||0)+1})();\n"


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_kept_and_changed_make_up_both(original: bytes, served: bytes) -> None:
    found = align(original, served)
    at = to = kept = 0
    for change in found.changes:
        equal = change.original - at
        assert equal == change.served - to >= 0
        assert original[at : change.original] == served[to : change.served]
        kept += equal
        at, to = change.original + change.removed, change.served + change.added
        assert change.removed or change.added
    assert original[at:] == served[to:]
    assert kept + len(original) - at == found.kept


@given(st.integers(0, len(LIBRARY)), st.binary(min_size=1, max_size=200))
def test_an_insertion_is_found_whole_wherever_it_stands(at: int, added: bytes) -> None:
    found = align(LIBRARY, LIBRARY[:at] + added + LIBRARY[at:])
    assert found.kept == len(LIBRARY)
    assert sum(change.added for change in found.changes) == len(added)
    assert not any(change.removed for change in found.changes)


@given(st.lists(st.integers(0, len(LIBRARY) - 1), min_size=1, max_size=10, unique=True))
def test_changes_at_several_places_are_told_apart(places: list[int]) -> None:
    script = bytearray(LIBRARY)
    for place in places:
        script[place] ^= 0x80
    found = align(LIBRARY, bytes(script))
    covered = {at for c in found.changes for at in range(c.served, c.served + c.added)}
    assert set(places) <= covered
    assert len(LIBRARY) - found.kept <= 150 * len(places)


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"ab" * 1_000_000, b"ba" * 1_000_000),
        (b"a" * 2_000_000, b"a" * 1_000_000 + b"b" + b"a" * 999_999),
        (random.Random(1).randbytes(1_500_000), random.Random(2).randbytes(1_500_000)),
        (LIBRARY * 100, bytes(reversed(LIBRARY * 100))),
    ],
    ids=["shifted", "one letter", "noise", "backwards"],
)
def test_megabytes_of_any_form_take_seconds(one: bytes, other: bytes) -> None:
    started = time.monotonic()
    align(one, other)
    Likeness(one).of(other)
    assert time.monotonic() - started < 15


@pytest.mark.parametrize(
    "script",
    [
        LIBRARY.replace(b"\n", b"\r\n"),
        LIBRARY.replace(b"\n", b"\r"),
        b"\xef\xbb\xbf" + LIBRARY,
        LIBRARY + b"//# sourceMappingURL=shop.js.map\n",
        b"/* (c) the shop */" + LIBRARY,
        LIBRARY[LIBRARY.index(b"\n") :],
        LIBRARY.replace(b" // part 7\n", b"\n"),
        LIBRARY.replace(b"  return", b"\treturn"),
        LIBRARY.replace(b"{\n", b"{ /* here */\n"),
    ],
)
def test_what_is_only_written_otherwise_is_formatting(script: bytes) -> None:
    found = compare(LIBRARY, script)
    assert (found.match, found.formatting) == ("altered", True)


@pytest.mark.parametrize(
    "added",
    [
        b";x()",
        b";",
        b"//\rx()",
        b"// \xe2\x80\xa8x()\n",
        b"// \xe2\x80\xa9x()\n",
        b"/* */x()/* */",
        b"/*@cc_on x() @*/",
        b"//@cc_on x()\n",
        b"<!-- x\ny()",
        b"\n--> x\n",
        b"'//';x()",
        b"/\x00*x()*/",
        b"`//${x()}`",
        b"/[/]*x()//*/",
        b"/* \xff */",
        b"\\u0078()",
        b"#!x\n",
    ],
)
def test_no_code_passes_for_formatting(added: bytes) -> None:
    for script in (
        LIBRARY + added,
        added + LIBRARY,
        LIBRARY.replace(b"\nfunction f9(", added + b"\nfunction f9("),
    ):
        found = compare(LIBRARY, script)
        assert (found.match, found.formatting) == ("altered", False), script[:50]


def test_a_changed_name_is_no_formatting() -> None:
    assert not compare(LIBRARY, LIBRARY.replace(b"f7(", b"g7(")).formatting
    assert not compare(LIBRARY, LIBRARY.replace(b"a.x7 +", b"a.x7 -")).formatting
    assert not same_code(b"a + +b", b"a++b")
    assert not same_code(b"x = 'a b'", b"x = 'ab'")
    assert not same_code(b"x = `a b`", b"x = `ab`")
    assert not same_code(b"x = /a b/", b"x = /ab/")


PRINTED = b"""/*! print.js v1.0.0 */
var heading = 'Total  5 x', words = /a b|c d/g; var name;
function paint(order) {
  var text = `Dear ${order.name},
you pay ${order.total}\x20\x20
 in all`;
  return text.replace(words, heading) + '\xc2\xa0' + order.count / 2 / name;
}
var of = paint; // the door
"""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"5 x", b"5  x"),
        (b"/a b|", b"/a  b|"),
        (b"var name", b"varname"),
        (b"heading = 'Total  5", b"heading = 'Total 5"),
        (b"var of", b"varof"),
        (b"}  \n in", b"}\n in"),
        (b"},\nyou", b"},\n\nyou"),
    ],
)
def test_white_space_inside_a_token_is_code_and_shown(one: bytes, other: bytes) -> None:
    script = PRINTED.replace(one, other)
    assert script != PRINTED
    found = compare(PRINTED, script)
    assert (found.match, found.formatting, found.many) == ("altered", False, 1)
    (part,) = found.parts
    assert part.excerpt.strip()
    assert script[part.offset : part.offset + part.length].decode() == part.excerpt
    assert "that are not in" in str(Identity(found, "print", "1.0.0", "print.js").words(NOW))


@pytest.mark.parametrize("line_end", [b"\r\n", b"\r"])
def test_line_ends_in_a_template_literal_are_line_ends(line_end: bytes) -> None:
    found = compare(PRINTED, PRINTED.replace(b"\n", line_end))
    assert (found.match, found.formatting) == ("altered", True)


def test_white_space_that_says_nothing_is_not_shown_beside_what_was_added() -> None:
    (part,) = compare(LIBRARY, LIBRARY.replace(b"f7(a, b)", b"f7(a,  b)") + ADDED).parts
    assert part.excerpt.strip() == ADDED.decode().strip()


def test_white_space_that_says_something_is_shown_beside_a_changed_comment() -> None:
    found = compare(PRINTED, PRINTED.replace(b"the door", b"a door").replace(b"5 x", b"5  x"))
    assert not found.formatting
    assert any("5  x" in part.excerpt for part in found.parts)


@given(
    st.lists(
        st.tuples(
            st.integers(0, len(PRINTED)),
            st.integers(0, 3),
            st.text("\r\n \t;x'`/\u00a0\u2028\ufeff", max_size=3).map(str.encode) | st.binary(max_size=2),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_is_edited_can_be_said_and_code_is_shown(edits: list[tuple[int, int, bytes]]) -> None:
    script = PRINTED
    for at, gone, new in edits:
        script = script[:at] + new + script[at + gone :]
    found = compare(PRINTED, script)
    assert Identity(found, "print", "1.0.0", "print.js").words(NOW) or found.match == "none"
    if found.match == "altered" and not found.formatting:
        assert found.parts
        assert all(part.excerpt or part.removed for part in found.parts)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_offsets_are_those_of_the_script_itself(line_end: bytes) -> None:
    script = b"\xef\xbb\xbf" + (LIBRARY + ADDED).replace(b"\n", line_end)
    (part,) = compare(LIBRARY, script).parts
    assert script[part.offset : part.offset + part.length] == ADDED.replace(b"\n", line_end)
    assert part.excerpt == ADDED.decode()


def test_another_script_is_none() -> None:
    other = b"".join(b"var y%d = document.q%d;\n" % (n, n) for n in range(500))
    assert compare(LIBRARY, other).match == "none"
    assert compare(LIBRARY, b"").match == "none"


def test_much_that_was_added_is_shown_in_part_and_counted() -> None:
    script = LIBRARY.replace(b"\nfunction", b"\nx();function")
    found = compare(LIBRARY, script)
    assert (found.many, len(found.parts)) == (200, 20)
    long = compare(LIBRARY, LIBRARY + b"x" * 100_000)
    assert len(long.parts[0].excerpt) == 4000
    assert long.added == b"x" * 100_000


# What a script says it is.


@pytest.mark.parametrize(
    ("script", "package", "version"),
    [
        (b"/*! jQuery v3.7.1 | (c) OpenJS */", "jquery", "3.7.1"),
        (b"/*\n AngularJS v1.2.27\n (c) Google */", "angular", "1.2.27"),
        (b"/*!\r\n * Bootstrap v4.3.1 (https://x)", "bootstrap", "4.3.1"),
        (b"/*! js-cookie v3.0.5 | MIT */", "js-cookie", "3.0.5"),
        (b"/*! @splidejs/splide v4.1.4", "@splidejs/splide", "4.1.4"),
        (b"/**\n * Swiper 8.4.7\n */", "swiper", "8.4.7"),
        (b"x();/*! jQuery v3.7.1 | (c) */", "jquery", "3.7.1"),
    ],
)
def test_a_library_is_named_by_its_own_words(script: bytes, package: str, version: str) -> None:
    found = named_in(script)
    assert (found[0].package, found[0].version) == (package, version)


def test_several_libraries_are_named_in_their_order() -> None:
    script = b"/*! jQuery v3.7.1 */" + LIBRARY + b"/*! js-cookie v3.0.5 | MIT */"
    assert [n.package for n in named_in(script)] == ["jquery", "shop", "js-cookie"]


@pytest.mark.parametrize(
    "script",
    [b" " * 5_000_000, b"/*\n *" * 800_000, b'="1.2.3",' * 500_000, b"/*!" * 1_500_000, b"\xff" * 4_000_000],
    ids=["blanks", "comments", "versions", "banners", "no text"],
)
def test_hostile_megabytes_are_read_in_seconds(script: bytes) -> None:
    started = time.monotonic()
    named_in(script)
    assert time.monotonic() - started < 15


# A release's files.


def test_a_small_file_of_the_same_name_is_looked_at_closely() -> None:
    published = (
        b"Prism.languages.abap={comment:/^\\*.*/m,string:/(`|')(?:\\\\.|(?!\\1)[^\\\\])*\\1/m" + b"|a" * 400
    )
    script = published.replace(b"|a|a|a", b"|a|b|a", 1)
    witness = Witness(hashlib.sha256(script).hexdigest(), script, "prism-abap.min.js")
    witness.look("components/prism-other.min.js", b"Prism.languages.other={}" * 30)
    witness.look("components/prism-abap.min.js", published)
    assert witness.closest is not None
    assert compare(witness.closest[1], script).match == "altered"


def test_the_file_that_is_equal_or_most_alike_is_found() -> None:
    files = {
        "package.json": b"{}",
        "lib/a.js": LIBRARY[:3000],
        "dist/shop.js": LIBRARY,
        "x.js": b"var other = 1",
    }
    for script, exact, closest in (
        (LIBRARY, "dist/shop.js", None),
        (LIBRARY + ADDED, None, "dist/shop.js"),
        (b"something_else_entirely(1)", None, "dist/shop.js"),
    ):
        witness = Witness(hashlib.sha256(script).hexdigest(), script, "shop.js")
        for path, body in files.items():
            witness.look(path, body)
        assert witness.exact == exact
        if exact is None:
            assert (witness.closest[0] if witness.closest else None) == closest
