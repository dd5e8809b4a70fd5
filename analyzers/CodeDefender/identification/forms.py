"""How the addresses of the registries' CDNs name packages: one reader for each form of address (pure).

A reader takes an address apart and says what it names, in the address's order; empty where it names nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from identification import vendors
from identification.libraries import library_named
from identification.names import (
    REPOSITORIES,
    Named,
    by_version,
    cdnjs_package,
    companion,
    is_npm_name,
    is_repository,
    npm_spec,
)
from identification.script_url import ScriptUrl
from identification.versions import complete, label, npm_version, reference, semver

Reader = Callable[[ScriptUrl], Iterable[Named]]

GOOGLE: Mapping[str, str] = {
    "angular_material": "angular-material",
    "angularjs": "angular",
    "bootstrap": "bootstrap",
    "bootstrap-table": "bootstrap-table",
    "cesiumjs": "cesium",
    "d3js": "d3",
    "dojo": "dojo",
    "hammerjs": "hammerjs",
    "jquery": "jquery",
    "jquerymobile": "jquery-mobile",
    "jqueryui": "jquery-ui",
    "model-viewer": "@google/model-viewer",
    "mootools": "mootools",
    "myanmar-tools": "myanmar-tools",
    "shaka-player": "shaka-player",
    "spf": "spf",
    "swfobject": "swfobject",
    "threejs": "three",
    "webfont": "webfontloader",
    "yui": "yui",
}
"""Name at Google Hosted Libraries → npm package. Prototype, script.aculo.us and Ext Core are not on npm."""

YANDEX: Mapping[str, str] = {
    "angularjs": "angular",
    "backbone": "backbone",
    "bootstrap": "bootstrap",
    "d3": "d3",
    "dojo": "dojo",
    "es5-shims": "es5-shim",
    "handlebars": "handlebars",
    "highlightjs": "highlight.js",
    "jquery": "jquery",
    "jquery-ui": "jquery-ui",
    "lodash": "lodash",
    "modernizr": "modernizr",
    "momentjs": "moment",
    "raphael": "raphael",
    "react": "react",
    "swfobject": "swfobject",
    "underscore": "underscore",
}
"""Name at Yandex' hosted libraries → npm package."""

OLD_JSDELIVR: Mapping[str, str] = {
    "angularjs": "angular",
    "backbonejs": "backbone",
    "bootstrap.daterangepicker": "daterangepicker",
    "chartjs": "chart.js",
    "clipboard.js": "clipboard",
    "docsearch.js": "docsearch.js",
    "emberjs": "ember-source",
    "emojione": "emojione",
    "filesaver.js": "file-saver",
    "fontawesome": "@fortawesome/fontawesome-free",
    "highlight.js": "highlight.js",
    "jquery.slick": "slick-carousel",
    "jquery.ui": "jquery-ui",
    "jquery.validation": "jquery-validation",
    "mark.js": "mark.js",
    "momentjs": "moment",
    "prism": "prismjs",
    "sortable": "sortablejs",
    "threejs": "three",
    "underscorejs": "underscore",
    "vue": "vue",
}
"""Name that jsDelivr used before it took its files from npm → npm package, where the common name differs."""

_TWO_NUMBERS = {"cesium", "swfobject"}
_SITE_REPOSITORIES = {"openlayers/openlayers.github.io": "openlayers.org"}
_DATATABLES_STYLES = {
    "bootstrap": "bs",
    "bootstrap4": "bs4",
    "bootstrap5": "bs5",
    "bulma": "bm",
    "foundation": "zf",
    "jqueryui": "jqui",
    "semanticui": "se",
}
_DATATABLES_PARTS = {
    "af": "datatables.net-autofill",
    "b": "datatables.net-buttons",
    "bs": "bootstrap",
    "bs4": "bootstrap",
    "bs5": "bootstrap",
    "cc": "datatables.net-columncontrol",
    "cr": "datatables.net-colreorder",
    "date": "datatables.net-datetime",
    "dt": "datatables.net",
    "fc": "datatables.net-fixedcolumns",
    "fh": "datatables.net-fixedheader",
    "jq": "jquery",
    "jqc": "jquery",
    "ju": "jquery-ui",
    "jszip": "jszip",
    "kt": "datatables.net-keytable",
    "moment": "moment",
    "pdfmake": "pdfmake",
    "r": "datatables.net-responsive",
    "rg": "datatables.net-rowgroup",
    "rr": "datatables.net-rowreorder",
    "sb": "datatables.net-searchbuilder",
    "sc": "datatables.net-scroller",
    "se": "semantic-ui",
    "sl": "datatables.net-select",
    "sp": "datatables.net-searchpanes",
    "sr": "datatables.net-staterestore",
    "zf": "foundation-sites",
}


# ---- the forms of addresses


def npm_package(segments: Sequence[str]) -> list[Named]:
    """`jquery@3.4.1/…`, `@babel/core@7/…`, `vue/…`: an npm package as every npm CDN writes it."""
    name, asked = npm_spec(segments)
    if not is_npm_name(name):
        return []
    version = semver(asked)
    return [Named(name, version, None if version or not asked else asked)]


def github_repository(owner: str, repository: str, ref: str, rest: Sequence[str] = ()) -> list[Named]:
    """A repository on GitHub at a tag, branch or commit: the npm package that it is the home of, if known."""
    if not is_repository(owner, repository):
        return []
    full = f"{owner}/{repository}"
    site = _SITE_REPOSITORIES.get(full.lower())
    if site is not None:
        return vendors.read(site, ScriptUrl(site, None, tuple(rest), "", ""))
    version = reference(ref)
    asked = None if version or not ref else ref
    package = REPOSITORIES.get(full.lower())
    if package is None:
        return [Named(full, version, asked, type="github")]
    name = by_version(package, version)
    return [Named(name, version and npm_version(name, version), asked, called=full)]


def cdnjs_library(segments: Sequence[str]) -> list[Named]:
    """`<library>/<version>/…/<file>`, with cdnjs's own names; every version there is exact."""
    package = cdnjs_package(segments[0]) if len(segments) >= 3 else None
    version = label(segments[1]) if package else None
    if package is None or version is None:
        return []
    name = by_version(companion(package, segments[-1]), version)
    return [Named(name, npm_version(name, version), called=segments[0])]


def hosted_library(names: Mapping[str, str], segments: Sequence[str]) -> list[Named]:
    """`<library>/<version>/…/<file>`, with the host's own names; `1.4` asks for the newest of those."""
    package = names.get(segments[0]) if len(segments) >= 3 else None
    if package is None or not re.match(r"r?[0-9]|latest$", segments[1]):
        return []
    written = segments[1]
    version = label(written) if package in _TWO_NUMBERS or package == "three" else complete(written)
    name = by_version(companion(package, segments[-1]), version)
    return [Named(name, version and npm_version(name, version), None if version else written, segments[0])]


# ---- the readers of whole addresses


def after(*prefix: str, form: Callable[[Sequence[str]], list[Named]]) -> Reader:
    """A reader for addresses whose path is a fixed prefix (`*` for any one segment) and then a form."""

    def read(script: ScriptUrl) -> list[Named]:
        head = script.segments[: len(prefix)]
        fits = len(head) == len(prefix) and all(a in ("*", b) for a, b in zip(prefix, head, strict=True))
        return form(script.segments[len(prefix) :]) if fits else []

    return read


def jsdelivr(script: ScriptUrl) -> list[Named]:
    """`/npm/…`, `/gh/…`, `/combine/…,…`, and the older `/<name>/<version>/…`, `/g/<name>@…,…`."""
    kind, rest = (script.segments[0], script.segments[1:]) if script.segments else ("", ())
    if kind in ("npm", "gh"):
        return _jsdelivr_file(script.segments)
    if kind == "combine":
        return [named for part in "/".join(rest).split(",") for named in _jsdelivr_file(part.split("/"))]
    if kind == "g":
        parts = re.findall(r"([^,()/]+)(?:\([^()]*\))?", "/".join(rest))
        return [named for part in parts for named in _old_jsdelivr(*part.partition("@")[::2])]
    return _old_jsdelivr(kind, script.segments[1]) if len(script.segments) >= 3 else []


def _jsdelivr_file(segments: Sequence[str]) -> list[Named]:
    if segments[0] == "npm":
        return npm_package(segments[1:])
    if segments[0] == "gh" and len(segments) >= 3:
        repository, _, ref = segments[2].partition("@")
        return github_repository(segments[1], repository, ref, segments[3:])
    return []


def _old_jsdelivr(name: str, written: str) -> list[Named]:
    package = OLD_JSDELIVR.get(name.lower()) or library_named(name)
    if package is None:
        return []
    version = complete(written)
    current = by_version(package, version)
    return [Named(current, version, None if version or not written else written, name)]


def esm_sh(script: ScriptUrl) -> list[Named]:
    """An npm package, perhaps after the build (`/v135/`, `/stable/`) or `*`, or `/gh/…`; JSR is not npm."""
    segments = list(script.segments)
    if segments and re.fullmatch(r"v[0-9]+|stable", segments[0]):
        del segments[0]
    if segments[:1] == ["gh"] and len(segments) >= 3:
        repository, _, ref = segments[2].partition("@")
        return github_repository(segments[1], repository, ref)
    if not segments or segments[0] in ("jsr", "pr", "gh"):
        return []
    segments[0] = segments[0].removeprefix("*")
    return npm_package([segment.partition("&")[0] for segment in segments])


def skypack(script: ScriptUrl) -> list[Named]:
    """An npm package; pinned ones (`/-/`, `/pin/`) have a hash of 20 characters after the version."""
    segments = script.segments[1:] if script.segments[:1] in (("-",), ("pin",), ("new",)) else script.segments
    return npm_package([re.sub(r"(?<=[0-9])-[0-9A-Za-z]{20}$", "", segment) for segment in segments])


def jspm(script: ScriptUrl) -> list[Named]:
    """`/npm:<package>/…`, with a build after `!` on the old hosts."""
    segments = [segment.partition("!")[0] for segment in script.segments]
    if segments:
        segments[0] = segments[0].removeprefix("npm:")
    return npm_package(segments)


def npmmirror(script: ScriptUrl) -> list[Named]:
    """`/<package>/<version>/files/…`."""
    match = re.match(r"/((?:@[^/]+/)?[^/]+)/([^/]+)/files/", script.path)
    return npm_package(f"{match[1]}@{match[2]}".split("/")) if match else []


def statically(script: ScriptUrl) -> list[Named]:
    """`/gh/<owner>/<repository>/<ref>/…`, and `/libs/…` with cdnjs's names."""
    if script.segments[:1] == ("gh",) and len(script.segments) >= 4:
        repository, _, ref = script.segments[2].partition("@")
        return github_repository(script.segments[1], repository, ref or script.segments[3])
    return cdnjs_library(script.segments[1:]) if script.segments[:1] == ("libs",) else []


def github_raw(script: ScriptUrl) -> list[Named]:
    """`/<owner>/<repository>/<ref>/…`."""
    if len(script.segments) < 4:
        return []
    owner, repository, ref, *rest = script.segments
    return github_repository(owner, repository, ref, rest)


def datatables(script: ScriptUrl) -> list[Named]:
    """`/<version>/…`, `/<extension>/<version>/…`, and the builder's `/v/<style>/<part>-<version>/…`."""
    segments = script.segments
    if len(segments) >= 3 and re.fullmatch(r"[r-v]", segments[0]):
        parts = re.split(r"[/,]", "/".join(segments[1:-1]))
        return [named for part in parts for named in _datatables_part(part)]
    if len(segments) >= 3 and label(segments[0]):
        style = re.match(r"datatables\.([a-z0-9]+)\.", script.file.lower())
        suffix = _DATATABLES_STYLES.get(style[1]) if style else None
        return _versioned(f"datatables.net-{suffix}" if suffix else "datatables.net", segments[0])
    if len(segments) >= 4 and segments[0] == "plug-ins":
        return _versioned("datatables.net-plugins", segments[1])
    extension = f"datatables.net-{segments[0].lower()}" if len(segments) >= 4 else ""
    return _versioned(extension, segments[1]) if extension in _DATATABLES_PARTS.values() else []


def _datatables_part(part: str) -> list[Named]:
    code, _, version = part.rpartition("-")
    package = _DATATABLES_PARTS.get(code.partition("-")[0])
    return _versioned(package, version) if package else []


def _versioned(package: str, written: str) -> list[Named]:
    version = label(written)
    return [Named(package, version, None if version else written)]
