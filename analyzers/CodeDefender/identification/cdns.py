"""Which hosts serve packages (pure).

To add a CDN: one row in `CDNS` with a reader of `forms.py`, or one small reader more there; a vendor's own
CDN goes to `vendors.py`. Each needs an address of it in `tests/data/script-urls.tsv`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from identification import vendors
from identification.forms import (
    GOOGLE,
    YANDEX,
    Reader,
    after,
    cdnjs_library,
    datatables,
    esm_sh,
    github_raw,
    hosted_library,
    jsdelivr,
    jspm,
    npm_package,
    npmmirror,
    skypack,
    statically,
)
from identification.script_url import ScriptUrl

_TELLING = 8  # letters: a shorter name stands in other names by chance


@dataclass(frozen=True)
class Cdn:
    """A host that serves packages by name."""

    title: str
    """Whose it is, as it stands in a sentence."""

    read: Reader

    official: bool = True
    """False for a mirror: it copies what another CDN serves, and nobody but its owner knows how truly."""


_JSDELIVR = Cdn("jsDelivr", jsdelivr)
_ROOT_NPM = after(form=npm_package)
_JSPM = Cdn("JSPM", jspm)
_CDNJS = Cdn("cdnjs", after("ajax", "libs", form=cdnjs_library))
_CDNJS_COPY = after("ajax", "libs", form=cdnjs_library)
_CDNJS_ROOT = after(form=cdnjs_library)
_BYTEDANCE = Cdn("ByteDance's mirror of cdnjs", after("cdn", "*", form=cdnjs_library), official=False)
_GOOGLE = after("ajax", "libs", form=partial(hosted_library, GOOGLE))

CDNS: Mapping[str, Cdn] = {
    "ajax.cdnjs.com": _CDNJS,
    "ajax.googleapis.com": Cdn("Google Hosted Libraries", _GOOGLE),
    "ajax.loli.net": Cdn("a mirror of Google Hosted Libraries", _GOOGLE, official=False),
    "ajax.lug.ustc.edu.cn": Cdn("a mirror of Google Hosted Libraries", _GOOGLE, official=False),
    "bundle.run": Cdn("bundle.run", _ROOT_NPM),
    "cdn.bootcdn.net": Cdn("BootCDN, a mirror of cdnjs", _CDNJS_COPY, official=False),
    "cdn.bootcss.com": Cdn("BootCDN, a mirror of cdnjs", _CDNJS_ROOT, official=False),
    "cdn.datatables.net": Cdn("DataTables' own CDN", datatables),
    "cdn.esm.sh": Cdn("esm.sh", esm_sh),
    "cdn.jsdmirror.com": Cdn("a mirror of jsDelivr", jsdelivr, official=False),
    "cdn.pika.dev": Cdn("Pika", skypack),
    "cdn.rawgit.com": Cdn("RawGit", github_raw),
    "cdn.skypack.dev": Cdn("Skypack", skypack),
    "cdn.staticfile.net": Cdn("Staticfile, a mirror of cdnjs", _CDNJS_ROOT, official=False),
    "cdn.staticfile.org": Cdn("Staticfile, a mirror of cdnjs", _CDNJS_ROOT, official=False),
    "cdn.statically.io": Cdn("Statically", statically),
    "cdnjs.cloudflare.com": _CDNJS,
    "cdnjs.loli.net": Cdn("a mirror of cdnjs", _CDNJS_COPY, official=False),
    "cdnjs.webstatic.cn": Cdn("a mirror of cdnjs", _CDNJS_COPY, official=False),
    "dev.jspm.io": _JSPM,
    "esm.run": Cdn("jsDelivr", _ROOT_NPM),
    "esm.sh": Cdn("esm.sh", esm_sh),
    "g.alicdn.com": Cdn("a mirror of cdnjs", after("code", "lib", form=cdnjs_library), official=False),
    "ga.jspm.io": _JSPM,
    "ga.system.jspm.io": _JSPM,
    "jsd.cdn.zzko.cn": Cdn("a mirror of jsDelivr", jsdelivr, official=False),
    "jsd.onmicrosoft.cn": Cdn("a mirror of jsDelivr", jsdelivr, official=False),
    "jspm.dev": _JSPM,
    "lib.baomitu.com": Cdn("Baomitu, a mirror of cdnjs", _CDNJS_ROOT, official=False),
    "mirrors.sustech.edu.cn": Cdn(
        "a mirror of cdnjs", after("cdnjs", "ajax", "libs", form=cdnjs_library), official=False
    ),
    "npm.elemecdn.com": Cdn("a mirror of unpkg", _ROOT_NPM, official=False),
    "npmcdn.com": Cdn("unpkg", _ROOT_NPM),
    "raw.githack.com": Cdn("githack", github_raw),
    "raw.githubusercontent.com": Cdn("GitHub", github_raw),
    "rawcdn.githack.com": Cdn("githack", github_raw),
    "rawgit.com": Cdn("RawGit", github_raw),
    "registry.npmmirror.com": Cdn("npmmirror, a mirror of npm", npmmirror, official=False),
    "s4.zstatic.net": Cdn("a mirror of cdnjs", _CDNJS_COPY, official=False),
    "unpkg.com": Cdn("unpkg", _ROOT_NPM),
    "unpkg.zhimg.com": Cdn("a mirror of unpkg", _ROOT_NPM, official=False),
    "www.unpkg.com": Cdn("unpkg", _ROOT_NPM),
    "yandex.st": Cdn("Yandex' hosted libraries", after(form=partial(hosted_library, YANDEX))),
    "yastatic.net": Cdn("Yandex' hosted libraries", after(form=partial(hosted_library, YANDEX))),
    **{host: Cdn(f"the vendor's own CDN ({host})", partial(vendors.read, host)) for host in vendors.VENDORS},
}
"""Host → the CDN behind it."""

EDGES: tuple[tuple[re.Pattern[str], Cdn], ...] = (
    (re.compile(r"[a-z0-9-]+\.jsdelivr\.net"), _JSDELIVR),
    (re.compile(r"lf[0-9]*-cdn-tos\.bytecdntp\.com"), _BYTEDANCE),
)
"""CDNs with many hosts: all names of a form."""


def cdn_at(host: str) -> Cdn | None:
    """The CDN behind a host, compared whole; None for everybody else's."""
    edges = (cdn for form, cdn in EDGES if form.fullmatch(host))
    return CDNS.get(host) or next(edges, None)


def _squeezed(host: str) -> str:
    return host.replace(".", "").replace("-", "")


_HOSTS = frozenset((*CDNS, "cdn.jsdelivr.net", "fastly.jsdelivr.net"))
_SQUEEZED = tuple(sorted(name for name in map(_squeezed, _HOSTS) if len(name) >= _TELLING))


def imitates(script: ScriptUrl) -> bool:
    """Whether an address wears the name of a CDN that it does not go to: within its own host's name
    (`unpkg.com.co`, `cdn-jsdelivr.net`), before `@`, or as a folder.
    """
    host = _squeezed(script.host)
    genuine = cdn_at(script.host) is not None or script.host.endswith(tuple(f".{name}" for name in _HOSTS))
    return (
        (not genuine and any(name in host for name in _SQUEEZED))
        or any(name in script.userinfo.lower() for name in _HOSTS)
        or not _HOSTS.isdisjoint(script.segments)
    )
