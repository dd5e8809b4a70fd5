"""What an address on anybody's server claims, by the file's name and by the folder it lies in (pure).

Nothing here proves anything: whoever has the server may call a file as they like.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote

from identification.libraries import EVERYDAY_WORDS, LIBRARIES, library_named, normalised
from identification.names import COMPANIONS, Named, by_version, known_npm_packages, npm_spec
from identification.script_url import ScriptUrl
from identification.versions import VERSION, label, leading_numbers, npm_version, semver

_SCRIPT = re.compile(r"\.(?:m|c)?js(?:\.gz)?$", re.IGNORECASE)
_LONGEST_FILE = 160  # characters
_LONGEST_FOLDER = 80
_NEAREST = 6  # folders that may belong to the file

_BUILD = (
    r"[._-](?:min|pack|packed|compressed|slim|dev|development|prod|production|debug|umd|src|gz|gzip|latest)"
)
_VARIANT = (
    r"[._-](?:custom|bundle|full|all|core|lite|runtime|global|common|esm|browser|module|legacy"
    r"|pkgd|wp|dist|yc)"
)
_STAMP = r"[._-](?:(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{6,64}|[0-9]{6,64}|v[0-9]{1,6})"
_UNDERSCORED = r"[0-9]{1,3}(?:[_-][0-9]{1,3}){2}"
_AFTER_NAME = re.compile(
    rf"(?:{_BUILD})*(?:[._@-]?v?(?P<version>{VERSION}|{_UNDERSCORED})(?:{_BUILD}|{_VARIANT}|{_STAMP})*"
    rf"|(?:{_STAMP}|{_BUILD})*)"
)
_FOLDER_AFTER_NAME = re.compile(rf"[._@-]v?(?P<version>{VERSION})(?:{_BUILD}|{_VARIANT})*")
_SHIPPED_IN = {part: library for library, parts in COMPANIONS.items() for part in parts.values()}
_PACKAGE_FOLDERS = ("node_modules", "bower_components")


@dataclass(frozen=True)
class Claim:
    """A package, and what in the address speaks for it."""

    named: Named

    because: str
    """What says so, as a sentence begins: `The file name jquery-1.8.3.min.js`."""


@dataclass(frozen=True)
class Convention:
    """Where a content management system keeps the libraries that it ships, and how it says their version."""

    system: str

    folder: re.Pattern[str]
    """The path up to the file's own part in it; `rest` is what is looked up."""

    parameter: str
    """The query parameter that holds the library's version; empty where the query is the version."""

    files: tuple[tuple[str, str], ...] = ()
    """Beginnings of `rest` whose package the file's name alone would not tell."""


CONVENTIONS = (
    Convention(
        "WordPress core",
        re.compile(r"/wp-includes/js/(?P<rest>.+)"),
        "ver",
        (
            ("jquery/ui/", "jquery-ui"),
            ("dist/vendor/wp-polyfill.", "wp-polyfill"),
            ("dist/vendor/wp-polyfill-fetch.", "whatwg-fetch"),
            ("dist/vendor/wp-polyfill-formdata.", "formdata-polyfill"),
            ("dist/vendor/wp-polyfill-url.", "core-js-url-browser"),
            ("dist/vendor/wp-polyfill-element-closest.", "element-closest"),
            ("dist/vendor/regenerator-runtime.", "regenerator-runtime"),
        ),
    ),
    Convention(
        "Drupal core", re.compile(r"/core/assets/vendor/(?P<rest>.+)"), "v", (("jquery.ui/", "jquery-ui"),)
    ),
    Convention("Drupal 7", re.compile(r"/misc/(?P<rest>(?:ui/)?jquery[^/]*)$"), "v"),
    Convention("The jquery_update module", re.compile(r"/jquery_update/replace/(?P<rest>.+)"), "v"),
    Convention("Joomla", re.compile(r"/media/vendor/(?P<rest>.+)"), ""),
)


def claim(script: ScriptUrl, file_name_only: bool = False) -> Claim | None:
    """What an address claims; with `file_name_only`, no more than what the file's name says whole."""
    if file_name_only:
        return _by_file_name(script, version_needed=True)
    return _by_convention(script) or _by_package_folder(script) or _by_file_name(script, version_needed=False)


def _by_convention(script: ScriptUrl) -> Claim | None:
    for convention in CONVENTIONS:
        match = convention.folder.search(script.path)
        if match and _SCRIPT.search(script.file):
            listed = (package for start, package in convention.files if match["rest"].startswith(start))
            package = next(listed, None) or _library_of(_stem(script.file))
            version = _core_version(_parameter(script.query, convention.parameter))
            because = f"{convention.system}'s folder of libraries"
            return Claim(_project(package, version), because) if package else None
    return None


def _by_package_folder(script: ScriptUrl) -> Claim | None:
    folders = [at for at, segment in enumerate(script.segments[:-2]) if segment in _PACKAGE_FOLDERS]
    if not folders:
        return None
    folder, *inside = script.segments[folders[-1] :]
    name, asked = npm_spec(inside)
    package = name if name in known_npm_packages() or name in LIBRARIES else None
    if folder == "bower_components":
        package = library_named(name) or package
    if package is None:
        return None
    version = semver(asked)
    return Claim(
        Named(package, version, None if version or not asked else asked), f"The folder {folder}/{name}"
    )


def _by_file_name(script: ScriptUrl, version_needed: bool) -> Claim | None:
    file = script.file
    read = _read(_stem(file)) if _SCRIPT.search(file) and len(file) <= _LONGEST_FILE else None
    if read is None:
        return None
    name, package, written = read
    version = _exact(written)
    because = f"The file name {file}"
    if version is None and not version_needed:
        version, folder = _version_in_folders(package, script.segments[:-1])
        because += f" in the folder {folder}" if folder else ""
    if version is None and (version_needed or normalised(name) in EVERYDAY_WORDS):
        return None
    named = _project(package, version)
    return Claim(named if version else replace(named, asked=written), because)


def _read(stem: str) -> tuple[str, str, str | None] | None:
    """The longest known name that a file begins with, its package, and the version after it, as written."""
    for end in range(len(stem), 0, -1):
        package = library_named(stem[:end])
        match = _AFTER_NAME.fullmatch(stem, end) if package else None
        if package and match:
            return stem[:end], package, match["version"]
    return None


def _library_of(stem: str) -> str | None:
    read = _read(stem)
    return read[1] if read else None


def _version_in_folders(package: str, folders: Sequence[str]) -> tuple[str | None, str]:
    """The version in the nearest folders of the same library (`angular/1.5.8/`, `bootstrap-3.3.7-dist/`)."""
    for at in range(len(folders) - 1, max(len(folders) - 1 - _NEAREST, -1), -1):
        folder = folders[at].lower()[:_LONGEST_FOLDER]
        if at and re.fullmatch(rf"v?{VERSION}", folder) and _is_of(package, library_named(folders[at - 1])):
            version = _exact(folder.removeprefix("v"))
            return version, f"{folders[at - 1]}/{folder}" if version else ""
        for end in range(len(folder) - 1, 0, -1):
            match = _FOLDER_AFTER_NAME.fullmatch(folder, end)
            if match and _is_of(package, library_named(folder[:end])):
                version = _exact(match["version"])
                return version, folder if version else ""
    return None, ""


def _is_of(package: str, library: str | None) -> bool:
    return library is not None and library in (package, _SHIPPED_IN.get(package))


def _project(package: str, version: str | None) -> Named:
    name = by_version(package, version)
    return Named(name, npm_version(name, version) if version else None)


def _stem(file: str) -> str:
    return _SCRIPT.sub("", file.lower())


def _exact(written: str | None) -> str | None:
    """A version of at least two numbers, as files are named (`1.7`, `1_8_3`); one number alone is a range."""
    if written is None:
        return None
    if re.fullmatch(_UNDERSCORED, written):
        written = re.sub("[_-]", ".", written)
    return written if len(leading_numbers(written)) >= 2 else None


def _parameter(query: str, name: str) -> str:
    if not name:
        return unquote(query)
    values: Iterable[str] = (
        part.partition("=")[2] for part in query.split("&") if part.partition("=")[0] == name
    )
    return unquote(next(iter(values), ""))


def _core_version(written: str) -> str | None:
    """The library's version out of what a system appends (`1.12.4-wp`, `2.2-20120417`), without its mark."""
    version = label(re.sub(r"-(?:wp|[0-9]{8})$", "", written))
    return version if version and len(leading_numbers(version)) >= 2 else None
