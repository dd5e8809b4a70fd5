"""Under which name a package is known to those who keep vulnerabilities: its source package on npm (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from identification.versions import leading_numbers

DATA = Path(__file__).parent / "data"

_NPM_NAME = re.compile(r"(?:@[a-z0-9][\w.~-]*/)?[a-z0-9][\w.~-]*", re.IGNORECASE | re.ASCII)
_NOT_A_PACKAGE = {"favicon.ico", "robots.txt", "node_modules", "browse", "index.html", "sitemap.xml"}
_GITHUB_NAME = re.compile(r"[\w.-]+", re.ASCII)


@dataclass(frozen=True)
class Named:
    """What an address says about one package."""

    name: str
    """The npm package, or `owner/repository` on GitHub."""

    version: str | None = None
    """Exact, or None."""

    asked: str | None = None
    """What the address says in place of an exact version: a range, a tag, a branch."""

    called: str | None = None
    """The name that the address uses, where it is another."""

    type: str = "npm"
    """The package URL's type: `npm` or `github`."""


SOURCE_PACKAGES: Mapping[str, str] = {
    # A package that only repacks another for browsers: its vulnerabilities are filed under the other.
    "@highlightjs/cdn-assets": "highlight.js",
    "ajv-dist": "ajv",
    "core-js-bundle": "core-js",
    "devextreme-dist": "devextreme",
    "elasticsearch-browser": "elasticsearch",
    "highlightjs": "highlight.js",
    "highmaps-release": "highcharts",
    "highstock-release": "highcharts",
    "jquery-slim": "jquery",
    "jquery-ui-bundle": "jquery-ui",
    "jquery-ui-dist": "jquery-ui",
    "jquery.fancybox": "fancybox",
    "jqueryui": "jquery-ui",
    "moment-mini": "moment",
    **{
        f"plotly.js-{part}dist{build}": "plotly.js"
        for part in ("", "basic-", "cartesian-", "finance-", "geo-", "gl2d-", "gl3d-", "mapbox-", "strict-")
        for build in ("", "-min")
    },
}
"""Served package → the package that vulnerabilities are filed under. The version numbers are the same."""

SINCE: Mapping[str, tuple[tuple[tuple[int, ...], str], ...]] = {
    "@babel/polyfill": (((0,), "babel-polyfill"), ((7,), "@babel/polyfill")),
    "@babel/standalone": (((0,), "babel-standalone"), ((7,), "@babel/standalone")),
    "@fancyapps/fancybox": (((0,), "fancybox"), ((3,), "@fancyapps/fancybox")),
    "@fortawesome/fontawesome-free": (((0,), "font-awesome"), ((5,), "@fortawesome/fontawesome-free")),
    "@material-ui/core": (((0,), "material-ui"), ((1,), "@material-ui/core"), ((5,), "@mui/material")),
    "@popperjs/core": (((0,), "popper.js"), ((2,), "@popperjs/core")),
    "@svgdotjs/svg.js": (((0,), "svg.js"), ((3,), "@svgdotjs/svg.js")),
    "@tweenjs/tween.js": (((0,), "tween.js"), ((17,), "@tweenjs/tween.js")),
    "@uirouter/angularjs": (((0,), "angular-ui-router"), ((1,), "@uirouter/angularjs")),
    "@xterm/xterm": (((0,), "xterm"), ((5, 4), "@xterm/xterm")),
    "ag-grid-community": (((0,), "ag-grid"), ((19,), "ag-grid-community")),
    "angular": (((0,), "angular"), ((2,), "angular2")),
    "ol": (((0,), "openlayers"), ((5,), "ol")),
    "qunit": (((0,), "qunitjs"), ((2,), "qunit")),
    "wp-polyfill": (((0,), "core-js"), ((7,), "@babel/polyfill")),
}
"""A project that changed its npm name → its names, each from a version on. CDNs that name projects, not npm
packages, keep one name for all versions."""

REPOSITORIES: Mapping[str, str] = {
    "ajaxorg/ace-builds": "ace-builds",
    "alpinejs/alpine": "alpinejs",
    "alvarotrigo/fullpage.js": "fullpage.js",
    "angular/bower-angular": "angular",
    "axios/axios": "axios",
    "chartjs/chart.js": "chart.js",
    "craftpip/jquery-confirm": "jquery-confirm",
    "cure53/dompurify": "dompurify",
    "d3/d3": "d3",
    "daneden/animate.css": "animate.css",
    "dangrossman/daterangepicker": "daterangepicker",
    "datatables/datatables": "datatables.net",
    "dimsemenov/magnific-popup": "magnific-popup",
    "fancyapps/fancybox": "@fancyapps/fancybox",
    "fortawesome/font-awesome": "@fortawesome/fontawesome-free",
    "greensock/gsap": "gsap",
    "handlebars-lang/handlebars.js": "handlebars",
    "highlightjs/cdn-release": "highlight.js",
    "jashkenas/backbone": "backbone",
    "jashkenas/underscore": "underscore",
    "jquery-form/form": "jquery-form",
    "jquery-validation/jquery-validation": "jquery-validation",
    "jquery/jquery": "jquery",
    "jquery/jquery-migrate": "jquery-migrate",
    "jquery/jquery-ui": "jquery-ui",
    "kenwheeler/slick": "slick-carousel",
    "knockout/knockout": "knockout",
    "leaflet/leaflet": "leaflet",
    "lodash/lodash": "lodash",
    "markedjs/marked": "marked",
    "mathjax/mathjax": "mathjax",
    "michalsnik/aos": "aos",
    "moment/moment": "moment",
    "moment/moment-timezone": "moment-timezone",
    "mozilla/pdf.js": "pdfjs-dist",
    "mrdoob/three.js": "three",
    "mustachejs/mustache.js": "mustache",
    "nolimits4web/swiper": "swiper",
    "owlcarousel2/owlcarousel2": "owl.carousel",
    "photonstorm/phaser": "phaser",
    "plotly/plotly.js": "plotly.js",
    "prismjs/prism": "prismjs",
    "requirejs/requirejs": "requirejs",
    "robinherbots/inputmask": "inputmask",
    "select2/select2": "select2",
    "snapappointments/bootstrap-select": "bootstrap-select",
    "sortablejs/sortable": "sortablejs",
    "stuk/jszip": "jszip",
    "summernote/summernote": "summernote",
    "sweetalert2/sweetalert2": "sweetalert2",
    "thednp/bootstrap.native": "bootstrap.native",
    "tinymce/tinymce-dist": "tinymce",
    "twbs/bootstrap": "bootstrap",
    "uxsolutions/bootstrap-datepicker": "bootstrap-datepicker",
    "videojs/video.js": "video.js",
    "vuejs/vue": "vue",
    "wenzhixin/bootstrap-table": "bootstrap-table",
    "zloirock/core-js": "core-js",
}
"""GitHub repository (lower case) that holds a library's built files → its npm package."""

COMPANIONS: Mapping[str, Mapping[str, str]] = {
    "angular": {
        f"angular-{module}": f"angular-{module}"
        for module in (
            "animate",
            "aria",
            "cookies",
            "loader",
            "message-format",
            "messages",
            "mocks",
            "parse-ext",
            "resource",
            "route",
            "sanitize",
            "touch",
        )
    },
    "react": {"react-dom": "react-dom", "react-dom-server": "react-dom", "react-dom-test-utils": "react-dom"},
}
"""Library → its files that npm has in a package of their own, released together under the same number."""


def npm_spec(segments: Sequence[str]) -> tuple[str, str]:
    """The name in `jquery@3.4.1/…`, `@babel/core@7/…`, `vue/…`, and what is asked of it, or ""."""
    text = "/".join(segments[:2]) if segments and segments[0].startswith("@") else "".join(segments[:1])
    at = text.find("@", 1)
    return (text[:at], text[at + 1 :]) if at > 0 else (text, "")


def is_npm_name(name: str) -> bool:
    """Whether npm would take a name (old ones may hold capitals; npm's page "package.json", section name)."""
    return len(name) <= 214 and name.lower() not in _NOT_A_PACKAGE and bool(_NPM_NAME.fullmatch(name))


def is_repository(owner: str, repository: str) -> bool:
    """Whether GitHub would take both names."""
    return all(_GITHUB_NAME.fullmatch(part) and part.strip(".") for part in (owner, repository))


def source_package(name: str) -> str:
    """The npm package that the vulnerabilities of a served one are filed under."""
    return SOURCE_PACKAGES.get(name.lower(), name)


def by_version(name: str, version: str | None) -> str:
    """The npm name that a project had at a version; without one, its present name.

    AngularJS is the exception: what came after it is another framework, which no page loads by that name.
    """
    names = SINCE.get(name)
    if names is None:
        return name
    if version is None:
        return name if name == "angular" else names[-1][1]
    numbers = leading_numbers(version)
    return [called for since, called in names if since <= numbers or since == (0,)][-1]


def companion(library: str, file: str) -> str:
    """The npm package of a library's file: the library itself, or one that is released with it."""
    stem = file.lower().partition(".")[0]
    return COMPANIONS.get(library, {}).get(stem, library)


def cdnjs_package(library: str) -> str | None:
    """The npm package of a cdnjs library; None where cdnjs has no such library, or npm no such package."""
    return _cdnjs().get(library)


@cache
def known_npm_packages() -> frozenset[str]:
    """Every npm package that cdnjs has found worth carrying."""
    return frozenset(_cdnjs().values())


@cache
def _cdnjs() -> dict[str, str]:
    table: dict[str, str] = {}
    for file in ("cdnjs-npm.tsv", "cdnjs-git.tsv"):
        for line in (DATA / file).read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                library, _, package = line.partition("\t")
                table[library] = package or library
    return table
