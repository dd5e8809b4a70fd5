"""How well scripts are told from published files: real browser files of npm, untouched and altered.

`make bench-identity CORPUS=folder`, with npm's own archives (`npm pack jquery@3.7.1 …`) in the folder. Each
archive is served by a simulated registry; the rest is the product's own way, over HTTP.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / name) for name in ("tests", "analyzers/CodeDefender")]

from content.identity.comparison import LARGEST  # noqa: E402  (after the path is set)
from content.identity.naming import named_in  # noqa: E402
from neuron.deadline import Deadline  # noqa: E402
from simulators import osv as osv_api  # noqa: E402
from simulators.jsdelivr import JsDelivr as JsDelivrServer  # noqa: E402
from simulators.npm import Npm as NpmServer  # noqa: E402
from sources.identity import Identity  # noqa: E402
from sources.jsdelivr import JsDelivr  # noqa: E402
from sources.npm import Npm, Release  # noqa: E402
from sources.osv import OSVClient  # noqa: E402
from sources.publication import Claim, Publications  # noqa: E402

MOST, EACH = 200, 2
BROWSER = re.compile(r"(?:^|/)(?:dist|build|umd|lib|js|min)/[^/]*\.js$|\.min\.js$")
NOT_BROWSER = re.compile(r"(?:^|/)(?:node_modules|test|tests|src|esm|cjs)/|\.(?:cjs|esm|node|test|map)\.")
ADDED = (
    b';(function(){var a=document.forms[0];a&&a.addEventListener("submit",function(){window.__n=1})})();\n'
)


@dataclass(frozen=True)
class File:
    """A browser file of a package."""

    name: str
    version: str
    path: str
    body: bytes


class ReadOnce(Npm):
    """The product's client; each archive is read by it once, since every file is looked at six times."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._files: dict[Release, list[tuple[str, bytes]]] = {}

    def read(self, release: Release, look: Callable[[str, bytes], None]) -> None:
        """As the client's."""
        if release not in self._files:
            # Packages are asked about one after another.
            self._files = {release: []}
            super().read(release, lambda path, body: self._files[release].append((path, body)))
        for path, body in self._files[release]:
            look(path, body)


def browser_files(archive: Path) -> Iterator[File]:
    """At most `EACH` browser files of an archive, the minified first."""
    with tarfile.open(archive) as tar:
        members = {m.name.partition("/")[2]: m for m in tar if m.isfile()}
        manifest = tar.extractfile(members["package.json"])
        about = json.load(manifest) if manifest else {}
        paths = [
            p
            for p, m in members.items()
            if BROWSER.search(p) and not NOT_BROWSER.search(p) and 1000 < m.size < LARGEST
        ]
        for path in sorted(paths, key=lambda p: (not p.endswith(".min.js"), p))[:EACH]:
            file = tar.extractfile(members[path])
            if file is not None:
                yield File(about["name"], about["version"], path, file.read())


def one_changed(body: bytes) -> bytes:
    """A letter in the middle is another one."""
    match = re.compile(rb"[a-z]").search(body, len(body) // 2)
    at = match.start() if match else len(body) // 2
    return body[:at] + bytes([body[at] ^ 1 or 1]) + body[at + 1 :]


def within(body: bytes) -> bytes:
    """Code stands behind a statement in the middle."""
    at = body.find(b";", len(body) // 2) + 1 or len(body) // 2
    return body[:at] + ADDED + body[at:]


VARIANTS: dict[str, Callable[[bytes], bytes]] = {
    "untouched": lambda body: body,
    "one letter changed": one_changed,
    "code at the start": lambda body: ADDED + body,
    "code in the middle": within,
    "code at the end": lambda body: body + b"\n" + ADDED,
}


def judged(identity: Identity, variant: str) -> str:
    """A column of the table."""
    level = identity.level(datetime.now(timezone.utc))
    if variant == "untouched":
        return "right" if level == "safe" else "wrong"
    if level == "safe":
        return "cleared wrongly"
    if identity.comparison.match == "altered" and identity.comparison.formatting:
        # The grammar says that the place lies in a comment.
        return "in a comment"
    return "right" if level == "suspicious" else "wrong"


def main(corpus: Path, most: int = MOST) -> int:
    """Print the tables; 1 where something was cleared wrongly."""
    files: list[File] = []
    with NpmServer() as npm, JsDelivrServer() as jsdelivr, osv_api.OSV() as osv:
        for archive in sorted(corpus.glob("*.tgz")):
            found = list(browser_files(archive))
            files += found
            if found:
                npm.publish_archive(found[0].name, found[0].version, archive.read_bytes())
        files = files[:most]
        deadline = Deadline(86_400)
        publications = Publications(
            ReadOnce(npm.url, deadline, ()),
            JsDelivr(jsdelivr.url, deadline, ()),
            OSVClient(osv.url, {}, deadline, ()),
        )
        print(f"{len(files)} browser files of {len({f.name for f in files})} npm packages")
        table = {variant: Counter() for variant in VARIANTS}  # type: dict[str, Counter[str]]
        seconds: list[float] = []
        named = 0
        for file in files:
            for variant, alter in VARIANTS.items():
                started = time.monotonic()
                identity = identified(publications, file, alter(file.body), by_address=True)
                seconds.append(time.monotonic() - started)
                column = judged(identity, variant)
                table[variant][column] += 1
                if column in ("wrong", "cleared wrongly"):
                    print(f"  {column}: {variant}: {file.name} {file.path}: {identity.comparison.match}")
            named += identified(publications, file, file.body, by_address=False).comparison.match == "exact"
    columns = ("right", "in a comment", "wrong", "cleared wrongly")
    print("".join(f"{word:>18}" for word in ("", *columns)))
    for variant, counts in table.items():
        print(f"{variant:>18}" + "".join(f"{counts[column]:>18}" for column in columns))
    print(f"untouched and known by their own words alone, without an address: {named} of {len(files)}")
    print(
        f"one script: {sorted(seconds)[len(seconds) // 2]:.2f} s at the median, {max(seconds):.1f} s at most"
    )
    for file in by_size(files):
        print(f"  {alone(file)}")
    together = b"\n".join(file.body for file in files)[:5_000_000]
    print(f"  {alone(File('several', 'together', '', together))}")
    return 1 if any(counts["cleared wrongly"] for counts in table.values()) else 0


def identified(publications: Publications, file: File, script: bytes, by_address: bool) -> Identity:
    """What the product makes of a script."""
    digest = hashlib.sha256(script).hexdigest()
    if by_address:
        claims = [Claim(file.name, file.version, by_address=True)]
        return publications.identify(digest, script, claims, file.path.rpartition("/")[2])
    claims = [Claim(named.package, named.version, by_address=False) for named in named_in(script)[:6]]
    return publications.identify(digest, script, claims, "")


def by_size(files: list[File]) -> list[File]:
    """The file nearest to each size."""
    sizes = (100_000, 500_000, 1_000_000, 2_500_000, 5_000_000)
    return list(dict.fromkeys(min(files, key=lambda f: abs(len(f.body) - size)) for size in sizes))


ALONE = """
import sys, time
from content.identity.comparison import compare
from content.identity.naming import named_in
compare(b"var a;", b"var a; // b"), named_in(b"")
body = sys.stdin.buffer.read()
started = time.process_time()
named_in(body); compare(body, body[: len(body) // 2] + b";x();" + body[len(body) // 2 :])
spent = time.process_time() - started
# Not getrusage's, which begins with the parent's.
most = int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
print(f"{spent:.2f} s of the processor, {most / 1024:.0f} MB of memory in all")
"""


def alone(file: File) -> str:
    """Time and memory that one comparison takes, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE],
        input=file.body,
        capture_output=True,
        check=True,
        cwd=ROOT / "analyzers/CodeDefender",
    )
    return f"{len(file.body) / 1e6:.1f} MB ({file.name}@{file.version}): {done.stdout.decode().strip()}"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *map(int, sys.argv[2:3])))
