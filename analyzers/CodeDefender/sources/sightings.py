"""Who saw which content at a script's address, and when: urlscan.io and the Wayback Machine."""

from __future__ import annotations

import base64
from datetime import datetime, timezone
from hashlib import sha1, sha256

from content.history import Sighting
from sources.script import Script
from sources.urlscan import Urlscan, of_content, of_other_content, of_script
from sources.wayback import Wayback

SCANS, CAPTURES = "urlscan.io", "Wayback Machine"
MOST_OTHERS = 3  # scans with another content that are read


def of_scans(urlscan: Urlscan, url: str, script: Script) -> list[Sighting]:
    """The first and last scans that found this content, and those of the one before it; raises `Failure`."""
    found = _ends(urlscan, url, script.sha256)
    others = urlscan.scans(of_script(url), of_other_content(script.sha256))
    for scan in others[:MOST_OTHERS]:
        digest, at = urlscan.served(scan, url), moment(scan.time)
        if digest is not None and digest != script.sha256 and at is not None:
            found += [Sighting(at, digest, SCANS, digest), *_ends(urlscan, url, digest)]
            break
    return found


def of_captures(wayback: Wayback, url: str, *bodies: bytes) -> list[Sighting]:
    """Each time that the content was another than before; raises `Failure`.

    The archive names a content by its SHA-1. `bodies`, the script and the published file that it was made of,
    are known again by it.
    """
    known = {
        base64.b32encode(sha1(body, usedforsecurity=False).digest()).decode(): sha256(body).hexdigest()
        for body in bodies
    }
    return [
        Sighting(at, known.get(capture.digest, f"sha1:{capture.digest}"), CAPTURES, known.get(capture.digest))
        for capture in wayback.captures(url)
        if (at := moment(capture.at))
    ]


def moment(value: str | None) -> datetime | None:
    """The time that an ISO 8601 text tells, in UTC where it names no zone; None where it tells none."""
    try:
        at = datetime.fromisoformat((value or "").replace("Z", "+00:00"))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=timezone.utc)


def _ends(urlscan: Urlscan, url: str, digest: str) -> list[Sighting]:
    """The newest and the oldest scan (of those in one answer) with this content from the script's host."""
    host = of_script(url).partition(" AND ")[0]
    times = [at for scan in urlscan.scans(of_content(digest), host) if (at := moment(scan.time))]
    return [Sighting(at, digest, SCANS, digest) for at in {*times[:1], *times[-1:]}]
