"""npm's registry: a published version's files, byte for byte, and when it was published.

Facts: npm/registry, "package-metadata". Dates stand only in a package's full document, which may be tens of
MB. An archive is asked for where the registry itself keeps it, checked against the version's integrity, and
read as a stream: nothing is unpacked, nothing of it is run. No key.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from urllib.parse import quote

from lookup.client import Client, TooLarge
from neuron.deadline import Deadline
from neuron.failure import Failure
from neuron.reading import mapping, text
from sources.origin import root_and_path, same_origin

API_URL = "https://registry.npmjs.org"
LARGEST_MANIFEST = 4 * 1024 * 1024
LARGEST_DOCUMENT = 32 * 1024 * 1024
LARGEST_ARCHIVE = 64 * 1024 * 1024
LARGEST_UNPACKED = 256 * 1024 * 1024
LARGEST_FILE = 8 * 1024 * 1024
MOST_FILES = 30_000
_ALGORITHMS = {"sha512": 3, "sha384": 2, "sha256": 1}


@dataclass(frozen=True)
class Release:
    """A version of a package. digest: (algorithm, bytes) of its archive."""

    name: str
    version: str
    archive: str
    digest: tuple[str, bytes]


class NotRead(Exception):
    """The archive is larger than anybody reads, or none that can be read. The text says which."""


class _Api(Client):
    service = "npm's registry"
    address_item = "npm_url"


class Npm:
    """The questions that are asked. Args: as every source's."""

    def __init__(self, root: str, deadline: Deadline, secrets: tuple[str, ...]) -> None:
        self._root, self._deadline, self._secrets = root, deadline, secrets
        self._client = _Api(root, {}, deadline, secrets)

    def release(self, name: str, version: str) -> Release | None:
        """A version; None where the registry has none of this name and version."""
        path = f"/{quote(name, safe='@')}/{quote(version, safe='')}"
        answer = self._client.get_bytes(path, allow=(404, 405), most=LARGEST_MANIFEST)
        if not answer.good:
            return None
        dist = mapping(self._client.json(answer).get("dist"))
        archive, digest = text(dist.get("tarball"), 2000), _digest(dist)
        if archive is None or digest is None:
            raise Failure("npm's registry describes the version without its archive: check npm_url.")
        if not same_origin(archive, self._root):
            raise Failure("npm's registry keeps its archives on another host: check npm_url.")
        return Release(name, version, archive, digest)

    def published(self, name: str, version: str) -> datetime | None:
        """When a version was published (UTC); None where that is not known."""
        try:
            answer = self._client.get_bytes(f"/{quote(name, safe='@')}", allow=(404,), most=LARGEST_DOCUMENT)
        except TooLarge:
            return None
        if not answer.good:
            return None
        return _moment(mapping(self._client.json(answer, scrub=False).get("time")).get(version))

    def read(self, release: Release, look: Callable[[str, bytes], None]) -> None:
        """Show every file of a version to `look`: its path in the package, its bytes.

        What `look` was shown counts only once this returns: the archive's integrity is known at its end.

        Raises:
            NotRead: see there. Failure: as a client's, or the archive is not the one that was published.
        """
        root, path = root_and_path(release.archive)
        algorithm, wanted = release.digest
        body = _Body(_Api(root, {}, self._deadline, self._secrets).download(path, LARGEST_ARCHIVE), algorithm)
        try:
            _read_files(body, self._deadline, look)
            body.drain()
        except TooLarge as error:
            raise NotRead(f"its archive is larger than {LARGEST_ARCHIVE >> 20} MB") from error
        except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError) as error:
            raise NotRead("its archive can not be read") from error
        if body.digest() != wanted:
            raise Failure(
                f"The archive of {release.name}@{release.version} is not the one that was published "
                "(its integrity differs): try again later."
            )


class _Body(io.RawIOBase):
    """A download as a file that can be read, and its digest."""

    def __init__(self, chunks: Iterator[bytes], algorithm: str) -> None:
        self._chunks, self._left = chunks, b""
        self._hash = hashlib.new(algorithm, usedforsecurity=False)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # io gives a writable buffer
        if not self._left:
            self._left = next(self._chunks, b"")
            self._hash.update(self._left)
        many = min(len(view), len(self._left))
        view[:many], self._left = self._left[:many], self._left[many:]
        return many

    def drain(self) -> None:
        """Read what is left: the digest is that of the whole."""
        self._left = b""
        for chunk in self._chunks:
            self._hash.update(chunk)

    def digest(self) -> bytes:
        """Of all that was read."""
        return self._hash.digest()


class _Unpacked(io.RawIOBase):
    """The archive without its compression, of bounded size and in time."""

    def __init__(self, packed: io.RawIOBase, deadline: Deadline) -> None:
        self._file = gzip.GzipFile(fileobj=packed, mode="rb")
        self._deadline, self._many = deadline, 0

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes."""
        if self._deadline.left() <= 0:
            raise Failure("npm's registry did not finish answering in time: try again later.")
        found = self._file.read(size)
        self._many += len(found)
        if self._many > LARGEST_UNPACKED:
            raise NotRead(f"its files are larger than {LARGEST_UNPACKED >> 20} MB")
        return found


def _read_files(body: _Body, deadline: Deadline, look: Callable[[str, bytes], None]) -> None:
    with tarfile.open(fileobj=_Unpacked(body, deadline), mode="r|") as archive:
        for many, member in enumerate(archive):
            if many >= MOST_FILES:
                raise NotRead(f"it has more than {MOST_FILES} files")
            if not member.isfile() or member.size > LARGEST_FILE:
                continue
            file = archive.extractfile(member)
            if file is not None:
                # The first folder is `package` by habit only.
                look(member.name.lstrip("./").partition("/")[2], file.read())


def _digest(dist: dict[str, object]) -> tuple[str, bytes] | None:
    """The strongest digest that the registry gives; old versions have SHA-1 only."""
    stated = (text(dist.get("integrity"), 1000) or "").split()
    found = sorted(
        (
            entry.partition("?")[0].partition("-")
            for entry in stated
            if entry.partition("-")[0] in _ALGORITHMS
        ),
        key=lambda parts: _ALGORITHMS[parts[0]],
    )
    try:
        if found:
            return found[-1][0], base64.b64decode(found[-1][2], validate=True)
        return "sha1", bytes.fromhex(text(dist.get("shasum"), 40) or "-")
    except ValueError:
        return None


def _moment(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(text(value, 40)).replace("Z", "+00:00"))
        return at if at.tzinfo else at.replace(tzinfo=timezone.utc)
    except ValueError:
        return None
