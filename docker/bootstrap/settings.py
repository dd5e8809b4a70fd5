"""The settings, all from environment variables; an empty one counts as not made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from codedefender2th.errors import SettingError

SCANNERS = ("virustotal", "hybridanalysis")


@dataclass(frozen=True)
class Service:
    """A service that analyzers ask.

    Attributes:
        key: API key or token; None where there is none.
        api_url: root of its API where it is not the service's own.
        scans: whether the analyzer that submits URLs is wanted.
    """

    key: str | None = None
    api_url: str | None = None
    scans: bool = False


@dataclass(frozen=True)
class Settings:
    """What is to be set up, and where.

    Attributes:
        thehive_url, cortex_url: the servers' roots, as this program and the two themselves reach them.
        secrets_dir: folder of the generated passwords and keys.
        organisation: of that name in both servers.
        templates_dir: folder of the report templates.
        timeout: seconds to wait for a server that is not up yet.
        analyst: login of the person who works in TheHive.
        admin_password: of TheHive's administrator, where a person has changed it.
        virustotal_daily: requests a day that the VirusTotal key may make.
        services: by name.
        snyk_org: UUID of Snyk's organisation.
    """

    thehive_url: str
    cortex_url: str
    secrets_dir: Path
    organisation: str
    templates_dir: Path
    timeout: float
    analyst: str
    admin_password: str | None
    virustotal_daily: int
    services: Mapping[str, Service]
    snyk_org: str | None

    @property
    def secrets(self) -> list[str]:
        """What must never be printed."""
        keys = [service.key for service in self.services.values()]
        return [secret for secret in (*keys, self.admin_password) if secret]


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings.

    Raises:
        SettingError: one is missing or wrong.
    """

    def optional(name: str) -> str | None:
        path = environ.get(f"{name}_FILE", "").strip()
        if path:
            try:
                return Path(path).read_text(encoding="utf-8").strip() or None
            except (OSError, UnicodeDecodeError) as error:
                raise SettingError(f"{name}_FILE: {path} can't be read ({type(error).__name__}).") from None
        return environ.get(name, "").strip() or None

    def address(name: str, default: str) -> str:
        value = (optional(name) or default).rstrip("/")
        if not value.startswith(("http://", "https://")):
            raise SettingError(f"{name} must begin with http:// or https://.")
        return value

    def number(name: str, default: int) -> int:
        value = optional(name) or str(default)
        if not (value.isascii() and value.isdigit() and int(value) > 0):
            raise SettingError(f"{name} must be a whole number above 0.")
        return int(value)

    scans = {name.strip().lower() for name in (optional("ENABLE_SCANS") or "").split(",")} - {""}
    if not scans <= set(SCANNERS):
        raise SettingError(f"ENABLE_SCANS knows {' and '.join(SCANNERS)}.")
    analyst = optional("BOOTSTRAP_ANALYST") or "analyst@code-defender.local"
    if "@" not in analyst:
        raise SettingError("BOOTSTRAP_ANALYST must be a login such as name@example.com.")
    snyk_token, snyk_org = optional("SNYK_TOKEN"), optional("SNYK_ORG_ID")
    if (snyk_token is None) != (snyk_org is None):
        raise SettingError("SNYK_TOKEN and SNYK_ORG_ID go together: set both or none.")
    return Settings(
        thehive_url=address("THEHIVE_URL", "http://thehive:9000"),
        cortex_url=address("CORTEX_URL", "http://cortex:9001"),
        secrets_dir=Path(optional("BOOTSTRAP_SECRETS_DIR") or "/secrets"),
        organisation=optional("BOOTSTRAP_ORGANISATION") or "code-defender",
        templates_dir=Path(optional("BOOTSTRAP_TEMPLATES_DIR") or "thehive-templates"),
        timeout=number("BOOTSTRAP_TIMEOUT", 600),
        analyst=analyst,
        admin_password=optional("THEHIVE_ADMIN_PASSWORD"),
        virustotal_daily=number("VIRUSTOTAL_REQUESTS_A_DAY", 500),
        services={
            "virustotal": Service(
                optional("VIRUSTOTAL_KEY"), optional("VIRUSTOTAL_API_URL"), "virustotal" in scans
            ),
            "hybridanalysis": Service(
                optional("HYBRIDANALYSIS_KEY"), optional("HYBRIDANALYSIS_API_URL"), "hybridanalysis" in scans
            ),
            "snyk": Service(snyk_token, optional("SNYK_API_URL")),
            "osv": Service(None, optional("OSV_API_URL")),
        },
        snyk_org=snyk_org,
    )
