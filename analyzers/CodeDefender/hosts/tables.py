"""Makes the tables in `data/` of their sources: `python -m hosts.tables SOURCES`, or `make data SOURCES=…`.

In the folder of sources, each as its maintainers publish it (`data/README.md` says where):
    `magentocore.txt`         maltrail's list of known skimmer hosts; the first line of the table gets the day
                              that `as-of.txt` beside it says (`2026-08-19`)
    `third-party-web.json`    `dist/entities-nostats.json` of npm's third-party-web
    `dns.json`                IANA's bootstrap file for RDAP
A source may be packed by gzip (`magentocore.txt.gz`); one that is not there leaves its table as it is.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from hosts import bootstrap, entries, lists, vendors
from hosts.listed import HostList
from hosts.names import host_name

FOLDER = Path(__file__).parent / "data"
# Patterns of third-party-web that are wrong there, with what is meant; None where no vendor is.
MENDED_PATTERNS: dict[str, str | None] = {
    # A slip of the pen for cloudfront.net, all of which is not one vendor's.
    "*.cloudfront.ne": None,
}


def skimmer_hosts(text: str, as_of: str) -> str:
    """The table of `listed`, with its day in the first line."""
    return f"# as of\t{as_of}\n" + entries.table(text).decode().removeprefix("\n")


def vendor_rows(entities: Iterable[dict[str, object]], listed: HostList) -> str:
    """The table of `vendors`: pattern, name, category, homepage. Who is listed as a skimmer is no vendor."""
    rows = set()
    for entity in entities:
        words = [_mended(str(entity.get(part) or "")) for part in ("name", "category", "homepage")]
        domains = entity.get("domains")
        for domain in domains if isinstance(domains, list) else ():
            pattern = MENDED_PATTERNS.get(domain, domain)
            if pattern and not listed.of(host_name(pattern.removeprefix("*."))):
                rows.add("\t".join([pattern.lower(), *words]))
    return "\n".join([*sorted(rows), ""])


def _mended(text: str) -> str:
    """A text on one line, UTF-8 that was once read as Latin-1 (`StrÃ¶er`) set right."""
    with contextlib.suppress(UnicodeError):
        text = text.encode("latin-1").decode("utf-8")
    return " ".join(text.split())


def make(sources: Path, folder: Path) -> list[str]:
    """Write each table whose source is there; the names of those written."""
    made = {}
    if (text := _read(sources / "magentocore.txt")) is not None:
        as_of = (sources / "as-of.txt").read_text(encoding="ascii").strip()
        made[lists.TABLE.name] = skimmer_hosts(text, as_of)
    if (text := _read(sources / "third-party-web.json")) is not None:
        shipped = made.get(lists.TABLE.name) or (folder / lists.TABLE.name).read_text(encoding="utf-8")
        listed = HostList(lists.NAME, "", ("\n" + shipped).encode())
        made[vendors.TABLE.name] = vendor_rows(json.loads(text), listed)
    if (text := _read(sources / "dns.json")) is not None:
        read = bootstrap.read(text.encode())
        if read is None:
            raise SystemExit("dns.json is not IANA's bootstrap file.")
        made[bootstrap.TABLE.name] = bootstrap.table(read)
    for name, content in made.items():
        (folder / name).write_text(content, encoding="utf-8", newline="\n")
    return sorted(made)


def _read(file: Path) -> str | None:
    packed = file.with_name(file.name + ".gz")
    if packed.exists():
        return gzip.decompress(packed.read_bytes()).decode("utf-8")
    return file.read_text(encoding="utf-8") if file.exists() else None


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Name the folder of the sources: make data SOURCES=…")
    written = make(Path(sys.argv[1]), FOLDER)
    print(f"{FOLDER}: {', '.join(written) or 'nothing, since no source was found'}")
