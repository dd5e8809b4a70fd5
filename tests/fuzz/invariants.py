"""What must be so of all that is made of a message, a script's address or a script, whatever they hold."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

from packageurl import PackageURL

from codedefender2th.incident.alert import MAX_BODY_BYTES, build_alert
from codedefender2th.incident.message import Outcome, Rules, read_message
from codedefender2th.incident.script import is_ip, read_script
from codedefender2th.slack.text import SlackText
from codedefender2th.thehive.client import as_v0
from content.signs import Reading
from identification.packages import identify

RULES = Rules()
TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
KINDS = {"url", "domain", "ip", "other"}


def check_message(message: object) -> None:
    """Every alert of a message keeps the limits of both TheHives and the form of the contract."""
    reading = read_message(message, RULES)
    assert bool(reading.incidents) == (reading.outcome is Outcome.INCIDENTS)
    for read in reading.incidents:
        alert: Any = build_alert(read, "C0CODEDEF01", 2, 2)
        assert 1 <= len(alert["title"]) <= 512
        assert _is_harmless(alert["title"])
        assert all(1 <= len(tag) <= 128 and _is_harmless(tag) for tag in alert["tags"])
        assert len(set(alert["tags"])) == len(alert["tags"])
        assert alert["severity"] in {1, 2, 3, 4}
        assert isinstance(alert["date"], int)
        assert len(json.dumps(as_v0(alert))) <= MAX_BODY_BYTES + 4096
        assert "{{" not in alert["description"]
        json.dumps(alert, ensure_ascii=False).encode()
        link = alert.get("externalLink", "https://perimeterx.com")
        assert link.startswith("https://")
        assert len(link) <= 4096
        _check_observables(alert["observables"])


def _is_harmless(text: str) -> bool:
    """Whether no character breaks the line, controls a terminal or turns the text around."""
    return not any(
        unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
        or unicodedata.bidirectional(character) in TURNING
        for character in text
    )


def _check_observables(observables: list[dict[str, Any]]) -> None:
    found = [(each["dataType"], each["data"]) for each in observables]
    assert len(set(found)) == len(found) <= 3
    for kind, data in found:
        assert kind in KINDS
        assert 1 <= len(data) <= 4096
        assert _is_harmless(data)
        assert data.strip() == data
        assert kind != "url" or data.startswith(("http://", "https://"))
        assert is_ip(data) == (kind == "ip") or kind in {"url", "other"}


def check_script(written: str) -> None:
    """A canonical address is its own canonical form; what packages it names can be looked up."""
    script = read_script(SlackText(written))
    if script is not None and script.url is not None:
        again = read_script(SlackText(script.url))
        assert again is not None
        assert (again.url, again.host) == (script.url, script.host)
        check_packages(script.url)
    check_packages(written)


def check_packages(url: str) -> None:
    """Package URLs are valid, none twice, and the evidence is a sentence that a page can show."""
    packages = identify(url)
    assert len({package.purl for package in packages}) == len(packages)
    for package in packages:
        parsed = PackageURL.from_string(package.purl)
        assert parsed.type == package.type
        assert parsed.version == package.version
        assert package.version is None or package.version.isascii()
        assert package.evidence.isprintable()
        assert package.evidence.endswith(".")
        assert len(package.evidence) < 1000


def check_reading(reading: Reading, text: str) -> None:
    """What is told of a script is bounded, in its place, and harmless to print."""
    assert len(reading.signs) <= 100_000
    assert len(reading.hidden_hosts) <= 50
    for sign in reading.signs:
        assert 0 <= sign.offset <= len(text)
        assert len(sign.excerpt) < 400
        assert sign.excerpt.isprintable() or not sign.excerpt
    for _, signs in reading.risks:
        assert set(signs) <= set(reading.signs)
    for host in reading.hidden_hosts:
        assert host == host.lower()
        assert host.isprintable()
