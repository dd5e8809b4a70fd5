"""The settings, from environment variables or from files; an empty one counts as not made.

A setting `NAME` comes from the variable, from the file that `NAME_FILE` names, or from the file `NAME` in the
folder of keys (BOOTSTRAP_KEYS_DIR), so that no key needs to be in the environment.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bootstrap.neurons import ROWS
from codedefender2th.errors import SettingError

SCANNERS = tuple(row.scan for row in ROWS if row.scan)
_ITEMS = tuple({item.setting: item for row in ROWS for item in row.items}.values())
_QUOTAS = sorted({row.quota.setting for row in ROWS if row.quota and row.quota.setting})
# Cortex keeps users and organisations under one kind of name, so a user's login is taken; `cortex` and
# `admin` are the servers' own organisations.
_TAKEN = {"admin", "cortex", "orgadmin", "thehive"}


@dataclass(frozen=True)
class Settings:
    """What is to be set up, and where.

    Attributes:
        thehive_url, cortex_url: the servers' roots, as this program and the two themselves reach them.
        secrets_dir: folder of the generated passwords and keys.
        organisation: of that name in both servers.
        templates_dir: folder of the report templates.
        timeout: seconds to wait for a server that is not up yet, or that has to forget something.
        analyst: login of the person who works in TheHive.
        admin_password: of TheHive's administrator, where a person has changed it.
        given: what the analyzers' settings (`neurons.ROWS`) say, by variable; only those that are set.
        scans: the analyzers that submit URLs and are wanted, by their word.
    """

    thehive_url: str
    cortex_url: str
    secrets_dir: Path
    organisation: str
    templates_dir: Path
    timeout: float
    analyst: str
    admin_password: str | None
    given: Mapping[str, str]
    scans: frozenset[str]

    @property
    def secrets(self) -> list[str]:
        """What must never be printed."""
        keys = [self.given.get(item.setting) for item in _ITEMS if item.secret]
        return [secret for secret in (*keys, self.admin_password) if secret]


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings.

    Raises:
        SettingError: one is missing or wrong.
    """
    source = _Source(environ)
    scans = frozenset(word.strip().lower() for word in (source.text("ENABLE_SCANS") or "").split(",")) - {""}
    if not scans <= set(SCANNERS):
        raise SettingError(f"ENABLE_SCANS knows {' and '.join(SCANNERS)}.")
    analyst = source.text("BOOTSTRAP_ANALYST") or "analyst@code-defender.local"
    if not re.fullmatch(r"[^\s@/]+@[^\s@/]+", analyst):
        raise SettingError("BOOTSTRAP_ANALYST must be a login such as name@example.com.")
    settings = Settings(
        thehive_url=source.address("THEHIVE_URL", "http://thehive:9000"),
        cortex_url=source.address("CORTEX_URL", "http://cortex:9001"),
        secrets_dir=Path(source.text("BOOTSTRAP_SECRETS_DIR") or "/secrets"),
        organisation=_organisation(source.text("BOOTSTRAP_ORGANISATION") or "code-defender"),
        templates_dir=Path(source.text("BOOTSTRAP_TEMPLATES_DIR") or "thehive-templates"),
        timeout=source.number("BOOTSTRAP_TIMEOUT") or 600,
        analyst=analyst,
        admin_password=source.text("THEHIVE_ADMIN_PASSWORD"),
        given=_given(source),
        scans=scans,
    )
    for row in ROWS:
        needed = [item.setting for item in row.items if item.needed]
        if 0 < sum(name in settings.given for name in needed) < len(needed):
            raise SettingError(f"{' and '.join(needed)} go together: set all or none.")
    return settings


def _given(source: _Source) -> dict[str, str]:
    """What the settings of the analyzers say."""
    given: dict[str, str] = {}
    for item in _ITEMS:
        address = item.setting.endswith("_URL") and not item.is_off(source.text(item.setting))
        text = source.address(item.setting, "") if address else source.text(item.setting)
        if text:
            given[item.setting] = text
    for setting in _QUOTAS:
        number = source.number(setting)
        if number is not None:
            given[setting] = str(number)
    return given


def _organisation(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}[A-Za-z0-9]", name):
        raise SettingError(
            "BOOTSTRAP_ORGANISATION must be 2 to 64 letters, digits, spaces, dots, underscores or hyphens, "
            "a letter or digit at both ends."
        )
    if name.lower() in _TAKEN:
        raise SettingError(
            f"BOOTSTRAP_ORGANISATION can't be {name}, which Cortex or TheHive has as a user or an "
            "organisation of its own: choose another name."
        )
    return name


class _Source:
    """Where settings come from."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        folder = environ.get("BOOTSTRAP_KEYS_DIR", "").strip()
        self._keys = Path(folder) if folder else None

    def text(self, name: str) -> str | None:
        given = self._environ.get(name, "").strip()
        path = self._environ.get(f"{name}_FILE", "").strip()
        if path:
            return self._content(f"{name}_FILE", Path(path))
        if not given and self._keys is not None:
            return self._content(name, self._keys / name, needed=False)
        return given or None

    def address(self, name: str, default: str) -> str:
        value = (self.text(name) or default).rstrip("/")
        if value and not value.startswith(("http://", "https://")):
            raise SettingError(f"{name} must begin with http:// or https://.")
        return value

    def number(self, name: str) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        if not (value.isascii() and value.isdigit() and int(value[:9]) > 0):
            raise SettingError(f"{name} must be a whole number above 0.")
        return int(value[:9])

    def _content(self, name: str, path: Path, needed: bool = True) -> str | None:
        if not needed and not os.path.lexists(path):
            return None
        try:
            return path.read_text(encoding="utf-8").strip() or None
        except (OSError, UnicodeDecodeError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or "no text"
            raise SettingError(f"{name}: {path} can't be read ({reason}).") from None
