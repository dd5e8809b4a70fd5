"""Script URLs and the packages that they name: the list in `tests/data/script-urls.tsv`, and beyond it."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packageurl import PackageURL

from identification.cdns import CDNS
from identification.libraries import EVERYDAY_WORDS, LIBRARIES
from identification.names import (
    COMPANIONS,
    SINCE,
    SOURCE_PACKAGES,
    by_version,
    cdnjs_package,
    is_npm_name,
    known_npm_packages,
)
from identification.packages import Package, identify
from identification.script_url import LONGEST, parse
from identification.vendors import VENDORS


class Listed(NamedTuple):
    """One line of the list."""

    url: str
    purls: str
    standing: str


def listed() -> list[Listed]:
    lines = (
        (Path(__file__).parent.parent / "data" / "script-urls.tsv").read_text(encoding="utf-8").splitlines()
    )
    return [Listed(*line.split("\t")) for line in lines if line and not line.startswith("#")]


LIST = listed()


def standing(packages: tuple[Package, ...]) -> str:
    kinds = {"proven" if package.proven else "claim" for package in packages} or {"-"}
    return "+".join(sorted(kinds))


@pytest.mark.sampled(3)
@pytest.mark.parametrize("line", LIST, ids=lambda line: line.url)
def test_a_listed_url_names_its_packages(line: Listed) -> None:
    packages = identify(line.url)
    assert (" ".join(package.purl for package in packages) or "-", standing(packages)) == line[1:]


def test_the_list_is_long_and_has_many_urls_without_a_package() -> None:
    assert len({line.url for line in LIST}) == len(LIST) >= 160
    assert sum(line.purls == "-" for line in LIST) >= 50


def test_every_cdn_has_an_address_in_the_list() -> None:
    hosts = {script.host for line in LIST if line.purls != "-" and (script := parse(line.url))}
    assert set(CDNS) - hosts == set()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (
            "https://cdn.jsdelivr.net/npm/jquery@3.4.1/x.js",
            ["jsDelivr serves", "npm package jquery, version 3.4.1"],
        ),
        ("https://cdn.jsdelivr.net/npm/jquery@^3.1/x.js", ["whichever version “^3.1”"]),
        ("https://cdn.jsdelivr.net/npm/jquery", ["a version that is not named"]),
        ("https://cdn.jsdelivr.net/gh/acme/widgets@1.0.0/x.js", ["GitHub repository acme/widgets"]),
        ("https://cdnjs.cloudflare.com/ajax/libs/lodash.js/4.17.4/lodash.min.js", ["called lodash.js there"]),
        (
            "https://cdn.jsdelivr.net/npm/core-js-bundle@3.6.5/x.js",
            ["npm package core-js-bundle", "filed under core-js"],
        ),
        ("https://cdn.bootcss.com/vue/2.5.16/vue.js", ["BootCDN, a mirror of cdnjs", "a claim, not a proof"]),
        ("https://shop.example/jquery-1.8.3.js", ["The file name jquery-1.8.3.js", "a claim, not a proof"]),
        ("https://shop.example/angular/1.5.8/angular.js", ["in the folder angular/1.5.8", "a claim"]),
        (
            "https://shop.example/wp-includes/js/underscore.js?ver=1.8.3",
            ["WordPress core's folder", "a claim"],
        ),
        ("https://shop.example/node_modules/lodash/x.js", ["The folder node_modules/lodash", "a claim"]),
    ],
)
def test_the_evidence_says_what_speaks_for_it_and_how_much_it_proves(url: str, words: list[str]) -> None:
    (package,) = identify(url)
    assert [word for word in words if word not in package.evidence] == []
    assert package.evidence.endswith(".")
    assert package.proven != ("a claim, not a proof" in package.evidence)


@pytest.mark.parametrize(
    ("asked", "version"),
    [
        ("3.4.1", "3.4.1"),
        ("v3.4.1", "3.4.1"),
        ("=3.4.1", "3.4.1"),
        ("3.0.0-beta.1", "3.0.0-beta.1"),
        ("5.0.0-alpha1", "5.0.0-alpha1"),
        ("1.0.0%2Bbuild.5", "1.0.0+build.5"),
        ("3", None),
        ("3.4", None),
        ("3.x", None),
        ("3.x.x", None),
        ("^3.1.0", None),
        ("~3.1.0", None),
        (">=3.0.0", None),
        ("3.4.1 - 3.5.0", None),
        ("latest", None),
        ("next", None),
        ("", None),
    ],
)
def test_only_an_exact_version_is_one_on_an_npm_cdn(asked: str, version: str | None) -> None:
    (package,) = identify(f"https://unpkg.com/jquery@{asked}/dist/jquery.js")
    assert (package.name, package.version) == ("jquery", version)


@pytest.mark.parametrize(
    "name", [".hidden", "_private", "not a name", "a%2Fb", "@scope", "@/x", "näme", "x" * 215]
)
def test_a_name_that_npm_would_not_take_is_no_package(name: str) -> None:
    assert identify(f"https://unpkg.com/{name}@1.0.0") == ()


@pytest.mark.parametrize(
    "host",
    [
        "cdnjs.cloudflare.com.evil.example",
        "evil-cdnjs.cloudflare.com.example",
        "cdnjs-cloudflare.com",
        "cdnjs.cloudflare.com@evil.example",
        "cdnjs.cloudflare.com:x@evil.example",
        "cdnjs.cloudflare.com%2eevil.example",
        "evil.example/cdnjs.cloudflare.com",
        "сdnjs.cloudflare.com",
    ],
)
def test_a_host_that_only_looks_like_a_cdn_proves_nothing(host: str) -> None:
    assert not any(
        package.proven for package in identify(f"https://{host}/ajax/libs/jquery/3.4.1/jquery.min.js")
    )
    assert identify(f"https://{host}/ajax/libs/underscore.js/1.8.3/x.js") == ()


def test_a_file_name_alone_is_a_claim_on_a_look_alike_too() -> None:
    (package,) = identify("https://code.jquery.com.evil.example/jquery-3.4.1.min.js")
    assert (package.purl, package.proven) == ("pkg:npm/jquery@3.4.1", False)


@pytest.mark.parametrize(
    "url",
    [
        "HTTPS://UNPKG.COM/jquery@3.4.1",
        "//unpkg.com/jquery@3.4.1",
        "unpkg.com/jquery@3.4.1",
        "https:/unpkg.com/jquery@3.4.1",
        "https://unpkg.com:443/jquery@3.4.1",
        "http://unpkg.com:80/jquery@3.4.1",
        "https://unpkg.com./jquery@3.4.1",
        "https://user:word@unpkg.com/jquery@3.4.1",
        " https://unpkg.com/jquery@3.4.1\n",
        "https://unp\tkg.com/jquery@3.4.1",
        "https:\\\\unpkg.com\\jquery@3.4.1",
        "https://unpkg.com/a/../jquery@3.4.1",
        "https://unpkg.com/%2E%2e/jquery@3.4.1",
        "https://unpkg.com/./jquery%403.4.1?module#x",
    ],
)
def test_an_address_is_read_as_a_browser_reads_it(url: str) -> None:
    assert [package.purl for package in identify(url)] == ["pkg:npm/jquery@3.4.1"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "https:///",
        "https://unpkg.com:99999/jquery@3.4.1",
        "https://unpkg.com:8443/jquery@3.4.1",
        "https://unpkg.com:port/jquery@3.4.1",
        "https://[::1/jquery@3.4.1",
        "https://unpkg.com]/jquery@3.4.1",
        "https://un pkg.com/jquery@3.4.1",
        "https://evil.example#@unpkg.com/jquery@3.4.1",
        "https://evil.example?@unpkg.com/jquery@3.4.1",
        "ftp://unpkg.com/jquery@3.4.1",
        "javascript://unpkg.com/jquery@3.4.1",
        "/npm/jquery@3.4.1",
        "https://unpkg.com/jquery@3.4.1?" + "x" * LONGEST,
    ],
)
def test_what_no_browser_would_get_from_a_cdn_names_nothing(url: str) -> None:
    assert identify(url) == ()


def test_packages_come_in_the_url_s_order_and_never_twice() -> None:
    url = "https://cdn.jsdelivr.net/combine/npm/b@1.0.0,npm/a@1.0.0,npm/b@1.0.0/x.js,npm/b@2.0.0,gh/o/r@1.0.0"
    assert [package.purl for package in identify(url)] == [
        "pkg:npm/b@1.0.0",
        "pkg:npm/a@1.0.0",
        "pkg:npm/b@2.0.0",
        "pkg:github/o/r@1.0.0",
    ]


@pytest.mark.parametrize(("served", "source"), SOURCE_PACKAGES.items())
def test_a_repacked_package_is_looked_up_under_its_source(served: str, source: str) -> None:
    (package,) = identify(f"https://unpkg.com/{served}@1.2.3/index.js")
    assert (package.name, package.version) == (source, "1.2.3")
    assert f"the npm package {served}" in package.evidence


@pytest.mark.parametrize(
    ("library", "version", "name"),
    [
        ("popper.js", "1.16.1", "popper.js"),
        ("popper.js", "2.11.8", "@popperjs/core"),
        ("xterm", "5.3.0", "xterm"),
        ("xterm", "5.5.0", "@xterm/xterm"),
        ("openlayers", "4.6.5", "openlayers"),
        ("openlayers", "6.5.0", "ol"),
        ("material-ui", "0.20.0", "material-ui"),
        ("material-ui", "4.12.4", "@material-ui/core"),
        ("material-ui", "5.0.0", "@mui/material"),
        ("qunit", "1.23.1", "qunitjs"),
    ],
)
def test_a_project_that_changed_its_name_has_the_one_of_its_time(
    library: str, version: str, name: str
) -> None:
    (package,) = identify(f"https://cdnjs.cloudflare.com/ajax/libs/{library}/{version}/x.js")
    assert package.name == name


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("name", "package"),
    [(name, package) for package, names in LIBRARIES.items() for name in names.split()],
)
def test_every_library_is_told_by_its_file_name_and_version(name: str, package: str) -> None:
    (found,) = identify(f"https://shop.example/js/{name}-2.3.4.min.js")
    assert (found.name, found.version, found.proven) == (by_version(package, "2.3.4"), "2.3.4", False)


@pytest.mark.parametrize("word", sorted(EVERYDAY_WORDS))
def test_an_everyday_word_needs_a_version_beside_it(word: str) -> None:
    assert identify(f"https://shop.example/js/{word}.js") == ()
    assert [package.version for package in identify(f"https://shop.example/{word}-1.2.3.js")] == ["1.2.3"]
    assert [package.version for package in identify(f"https://shop.example/{word}/1.2.3/{word}.js")] == [
        "1.2.3"
    ]


def test_the_tables_hold_only_names_that_npm_would_take() -> None:
    named = {*LIBRARIES, *SOURCE_PACKAGES.values(), *known_npm_packages()}
    named |= {name for parts in COMPANIONS.values() for name in parts.values()}
    named |= {name for names in SINCE.values() for _, name in names}
    named |= {package for rows in VENDORS.values() for _, package in rows if "{" not in package}
    assert [name for name in named if not is_npm_name(name)] == []


def test_every_vendor_s_pattern_is_one_and_fills_its_package_s_name() -> None:
    for rows in VENDORS.values():
        for pattern, package in rows:
            groups = re.compile(pattern.replace("<version>", "").replace("<release>", "")).groupindex
            assert set(re.findall(r"{(\w+)}", package)) <= set(groups)


def test_the_cdnjs_catalogue_is_there() -> None:
    assert len(known_npm_packages()) > 4_000
    assert cdnjs_package("twitter-bootstrap") == "bootstrap"
    assert cdnjs_package("jquery-validate") == "jquery-validation"
    assert cdnjs_package("no-such-library") is None


HOSTS = [*CDNS, "cdn.jsdelivr.net", "shop.example", "[::1]", "unpkg.com.co"]
PIECES = sorted({piece for line in LIST for piece in re.split(r"[/?&]", line.url)})
NASTY = ["..", "%2e%2e", "%2F", "@", ",", "(", "~", "*", "\\", "?", "#", "\ud800", "\x00", "é", "9" * 40]
schemes = st.sampled_from(["https://", "http://", "//", "https:\\\\", ""])
hosts = st.sampled_from(HOSTS)
paths = st.lists(st.sampled_from(PIECES) | st.sampled_from(NASTY) | st.text(max_size=12), max_size=7).map(
    lambda parts: f"/{'/'.join(parts)}"
)
addresses = st.builds("{}{}{}".format, schemes, hosts, paths)


@given(st.text() | addresses)
@example("https://cdn.jsdelivr.net/npm/\ud800@1.0.0")
def test_any_text_is_answered_with_packages_that_are_valid(text: str) -> None:
    for package in identify(text):
        purl = PackageURL.from_string(package.purl)
        assert purl.type == package.type
        assert purl.version == package.version
        assert package.evidence.isprintable()
        assert package.evidence.endswith(".")


@given(schemes, hosts, paths)
def test_the_case_of_scheme_and_host_changes_nothing(scheme: str, host: str, path: str) -> None:
    assert identify(f"{scheme.upper()}{host.upper()}{path}") == identify(f"{scheme}{host}{path}")


def hostile() -> Iterator[str]:
    whole = LONGEST - 60
    yield "https://cdn.jsdelivr.net/g/" + "a(" * (whole // 2)
    yield "https://cdn.jsdelivr.net/combine/" + "npm/a@1.2.3," * (whole // 12)
    yield "https://shop.example/" + "%41/" * (whole // 4) + "jquery.js"
    yield "https://shop.example/" + "-1.1" * (whole // 4) + "/jquery.js"
    yield "https://shop.example/jquery-" + "min-" * 35 + ".js"
    yield "https://shop.example/jquery" + "-0a1b2c" * 20 + "z.js"
    yield "https://shop.example/jquery.js?" + "ver=&" * (whole // 5)
    yield "https://" + "a." * (whole // 2) + "/x.js"
    yield "https://" + ":" * whole
    yield "a." * (whole // 2)
    yield "https://cdn.plot.ly/plotly-" + "1a-" * (whole // 3)
    yield "https://code.highcharts.com/" + "stock/" * (whole // 6)
    yield "https://cdn.datatables.net/v/dt/" + "b-1/" * (whole // 4) + "x.js"
    yield "https://unpkg.com/a@1.1.1-" + "a-." * (whole // 3) + "!"


@pytest.mark.parametrize("url", list(hostile()), ids=lambda url: url[:48])
def test_a_hostile_url_costs_no_time(url: str) -> None:
    def seconds() -> float:
        start = time.process_time()
        identify(url)
        return time.process_time() - start

    assert min(seconds() for _ in range(5)) < 0.02


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/js/angular.min.js",
        "https://shop.example/js/angularjs.js",
        "https://cdnjs.cloudflare.com/ajax/libs/angular.js/angular.min.js",
        "https://ajax.googleapis.com/ajax/libs/angularjs/1/angular.min.js",
        "https://code.angularjs.org/angular.min.js",
    ],
)
def test_angularjs_without_a_version_is_never_its_successor(url: str) -> None:
    assert [package.name for package in identify(url)] == ["angular"]


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/npm/jquery@3.4.1/dist/jquery.min.js",
        "https://evil.example/ajax/libs/jquery/3.4.1/jquery.min.js",
        "https://evil.example/jquery@3.4.1/dist/jquery.min.js",
    ],
)
def test_the_path_of_a_cdn_on_a_strangers_host_is_a_claim_and_told_as_one(url: str) -> None:
    [package] = identify(url)
    assert (package.purl, package.proven) == ("pkg:npm/jquery@3.4.1", False)
    assert "a claim, not a proof" in package.evidence


def test_a_scope_in_percent_encoding_is_read() -> None:
    [package] = identify("https://cdn.jsdelivr.net/npm/%40babel/core@7.0.0/lib/index.js")
    assert package.purl == "pkg:npm/%40babel/core@7.0.0"


PIECES = [
    *("0", "1.", "-1", "1a", "1b1", "a1", "-b", ".min", "-bundle", "-0123456", "_1_2_3", "v1.", "1.0-rc.1"),
    *(
        "@",
        "%40",
        "%2f",
        "%2e",
        "..",
        "(",
        "((",
        "(a",
        ",",
        "+",
        "-",
        "_",
        ".",
        ":",
        "=",
        "&",
        ";",
        "a-",
        "x.y.",
    ),
    *("/1.2.3", "/npm/", "/@a", "/jquery@1", "jquery-", "jquery.", "jquery-1.", "jquery1a", "d3-a", "v5."),
]
PLACES = [
    "https://shop.example/js/{}.js",
    "https://shop.example/js/jquery{}.js",
    "https://shop.example/js/jquery-1{}!.js",
    "https://shop.example/jquery-1{}!/jquery.js",
    "https://shop.example/{}/jquery.js",
    "https://{}.example/jquery.js",
    "https://shop.example:{}/jquery.js",
    "https://shop.example/jquery.js?{}",
    "https://cdn.jsdelivr.net/npm/{}",
    "https://cdn.jsdelivr.net/combine/{}",
    "https://cdnjs.cloudflare.com/ajax/libs/jquery/1{}!/jquery.js",
    "https://cdn.bokeh.org/bokeh/release/bokeh{}!",
    "https://d3js.org/d3-a{}!.v5.js",
    "https://code.highcharts.com/{}!",
]


@pytest.mark.parametrize("place", PLACES)
def test_no_address_costs_more_than_its_length(place: str) -> None:
    for piece in PIECES:
        for length in (60, 8_000):
            url = place.format(piece * (length // len(piece)))
            started = time.process_time()
            identify(url)
            assert time.process_time() - started < 0.5, url[:90]
