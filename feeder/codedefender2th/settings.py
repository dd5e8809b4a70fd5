"""Every setting, once: its variable, its option, its default, what it means, how it is read."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs

from codedefender2th.errors import SettingError
from codedefender2th.incident.message import DEFAULT_TITLE, Rules
from codedefender2th.slack.ts import at, just_before

MAX_SECRET_BYTES = 4096
REPLY = ("off", "flagged", "all")
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Setting:
    """One setting as the user sees it.

    Attributes:
        variable: the environment variable.
        help: what it means, for `--help`.
        default: what holds when it is not given; None where it is required or the help says what holds.
        required: whether there is no default.
        secret: read from the variable or from the file named by `<variable>_FILE`; never an option.
    """

    variable: str
    help: str
    default: str | None = None
    required: bool = False
    secret: bool = False

    @property
    def name(self) -> str:
        """The name of the command-line parameter."""
        return self.variable.removeprefix("FEEDER_").lower()

    @property
    def option(self) -> str:
        """The command-line option."""
        return "--" + self.name.replace("_", "-")


SETTINGS = (
    Setting("SLACK_BOT_TOKEN", "Bot token, xoxb-…", required=True, secret=True),
    Setting("SLACK_CHANNEL", "Channel id or name, public or private.", required=True),
    Setting("SLACK_API_URL", "Root of Slack's Web API.", "https://slack.com/api"),
    Setting("THEHIVE_URL", "Root of the TheHive server.", required=True),
    Setting("THEHIVE_API_KEY", "TheHive API key.", required=True, secret=True),
    Setting("THEHIVE_PUBLIC_URL", "Where people reach TheHive, for links; without it, THEHIVE_URL."),
    Setting("THEHIVE_ORGANISATION", "Organisation to act in; without it, the key's own."),
    Setting("THEHIVE_CA_BUNDLE", "PEM file of the CA to trust; without it, the system's."),
    Setting("FEEDER_STATE_DIR", "Folder of the checkpoint; without it, the platform's."),
    Setting(
        "FEEDER_SINCE",
        "Where to start reading where there is no checkpoint: an ISO date or time, 7d, 12h, or all.",
        "30d",
    ),
    Setting("FEEDER_SENDERS", "Comma list of bot_id or app_id that may raise alerts; without it, any bot."),
    Setting("FEEDER_TITLES", "Attachment titles that mark an incident, separated by ;.", DEFAULT_TITLE),
    Setting("FEEDER_TLP", "TLP of alerts and observables, 0 to 4.", "2"),
    Setting("FEEDER_PAP", "PAP of alerts and observables, 0 to 3.", "2"),
    Setting(
        "FEEDER_ANALYZERS",
        "Comma list of globs of analyzers to run; ! leaves out.",
        "CodeDefender_*,!*_Scan_*",
    ),
    Setting("FEEDER_RESPONDER", "Responder to run.", "CodeDefender_Triage_1_0"),
    Setting("FEEDER_INTERVAL", "Seconds between the passes of run.", "30"),
    Setting("FEEDER_TIMEOUT", "Seconds for which a one-shot command waits out a fault, each call.", "30"),
    Setting("FEEDER_LOOKUPS", "How many distinct scripts are looked up at once.", "4"),
    Setting(
        "FEEDER_REPLY",
        "Tell verdicts in the incident's Slack thread (scope chat:write): off, flagged or all.",
        "off",
    ),
    Setting("FEEDER_METRICS", "Address and port, or a port alone, where run serves Prometheus."),
    Setting("LOG_LEVEL", "DEBUG, INFO, WARNING or ERROR.", "INFO"),
    Setting("LOG_FORMAT", "text, or json for one object a line.", "text"),
)
_BY_VARIABLE = {setting.variable: setting for setting in SETTINGS}

_EPOCH = datetime.fromtimestamp(0, timezone.utc)
_SPAN = re.compile(r"(\d{1,5})([mhdw])", re.ASCII)
_SPANS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True)
class Since:
    """Where reading starts.

    Attributes:
        text: as it was written.
        moment: the first moment to read; None for all.
    """

    text: str
    moment: datetime | None

    @property
    def after(self) -> str | None:
        """The `ts` just before the first to read."""
        if self.moment is None:
            return None
        return just_before(at((self.moment - _EPOCH) // timedelta(microseconds=1)))

    @property
    def milliseconds(self) -> int | None:
        """The moment since the epoch; None for all."""
        return None if self.moment is None else (self.moment - _EPOCH) // timedelta(milliseconds=1)


@dataclass(frozen=True)
class Settings:
    """What was set, read and checked. Secrets stay out of its text form."""

    slack_bot_token: str = field(repr=False)
    slack_key_setting: str
    slack_channel: str
    slack_api_url: str
    thehive_url: str
    thehive_api_key: str = field(repr=False)
    thehive_key_setting: str
    thehive_public_url: str
    thehive_organisation: str | None
    thehive_ca_bundle: Path | None
    state_dir: Path
    since: Since
    senders: frozenset[str]
    titles: tuple[str, ...]
    tlp: int
    pap: int
    analyzers: tuple[str, ...]
    responder: str
    interval: int
    timeout: int
    lookups: int
    reply: str
    metrics: tuple[str, int] | None

    @property
    def rules(self) -> Rules:
        """Which attachments are incidents."""
        return Rules(self.titles, self.senders)


def read_settings(
    environ: Mapping[str, str], options: Mapping[str, str | None], slack: bool = True
) -> Settings:
    """Read and check all settings.

    Args:
        environ: the environment.
        options: what the command line gave, by `Setting.name`; it wins over the environment.
        slack: whether Slack is needed; else its token and channel may be missing, and are left empty.

    Raises:
        SettingError: names the setting and says what is wrong, never with a secret in it.
    """
    source = _Source(environ, options)
    source.require_all(slack)
    return Settings(
        slack_bot_token=_token(source) if slack else "",
        slack_key_setting=source.secret_setting("SLACK_BOT_TOKEN"),
        slack_channel=_channel(source.text("SLACK_CHANNEL")) if slack else "",
        slack_api_url=source.url("SLACK_API_URL"),
        thehive_url=source.url("THEHIVE_URL"),
        thehive_api_key=source.secret("THEHIVE_API_KEY"),
        thehive_key_setting=source.secret_setting("THEHIVE_API_KEY"),
        thehive_public_url=source.url("THEHIVE_PUBLIC_URL", otherwise="THEHIVE_URL"),
        thehive_organisation=source.optional("THEHIVE_ORGANISATION"),
        thehive_ca_bundle=_ca_bundle(source.optional("THEHIVE_CA_BUNDLE")),
        state_dir=_state_dir(source.optional("FEEDER_STATE_DIR")),
        since=_since(source.text("FEEDER_SINCE")),
        senders=frozenset(_list(source.optional("FEEDER_SENDERS") or "", ",")),
        titles=_titles(source.text("FEEDER_TITLES")),
        tlp=source.number("FEEDER_TLP", 0, 4),
        pap=source.number("FEEDER_PAP", 0, 3),
        analyzers=_list(source.text("FEEDER_ANALYZERS"), ","),
        responder=source.text("FEEDER_RESPONDER"),
        interval=source.number("FEEDER_INTERVAL", 1, 86_400),
        timeout=source.number("FEEDER_TIMEOUT", 1, 3_600),
        lookups=source.number("FEEDER_LOOKUPS", 1, 100),
        reply=read_choice(environ, options, "FEEDER_REPLY", REPLY),
        metrics=_metrics(source.optional("FEEDER_METRICS")),
    )


def read_until(text: str) -> Since:
    """A moment written as FEEDER_SINCE is, of the option --until; raises SettingError."""
    return _since(text.strip(), "--until")


def read_choice(
    environ: Mapping[str, str], options: Mapping[str, str | None], variable: str, allowed: tuple[str, ...]
) -> str:
    """A setting that is one of a few words, in the spelling of `allowed`; raises SettingError."""
    text = _Source(environ, options).text(variable)
    for word in allowed:
        if word.casefold() == text.casefold():
            return word
    raise _wrong(variable, f"is not one of {', '.join(allowed)}")


def known_secrets(environ: Mapping[str, str]) -> list[str]:
    """The secrets that can be read now, whatever else is wrong: none of them may be printed."""
    source = _Source(environ, {})
    secrets = []
    for setting in SETTINGS:
        if setting.secret:
            try:
                secrets.append(source.secret(setting.variable))
            except SettingError:
                secrets.append(environ.get(setting.variable, "").strip())
    return [secret for secret in secrets if len(secret) > 3]


class _Source:
    """Where settings come from: the command line first, then the environment, then the default."""

    def __init__(self, environ: Mapping[str, str], options: Mapping[str, str | None]) -> None:
        self.environ, self.options = environ, options

    def optional(self, variable: str) -> str | None:
        setting = _BY_VARIABLE[variable]
        text = self._given(setting).strip()
        if not text.isprintable():
            raise _wrong(variable, "holds a character that can't be printed")
        return text or setting.default

    def require_all(self, slack: bool) -> None:
        """Raise SettingError naming every setting that is missing, rather than one at a time."""
        missing = [
            setting
            for setting in SETTINGS
            if setting.required
            and not self._is_given(setting)
            and (slack or not setting.variable.startswith("SLACK_"))
        ]
        if len(missing) < 2:
            return
        *others, last = (
            f"{setting.variable} (or {setting.variable}_FILE)" if setting.secret else _names(setting.variable)
            for setting in missing
        )
        raise SettingError(f"{', '.join(others)} and {last} are not set.")

    def _is_given(self, setting: Setting) -> bool:
        if setting.secret:
            names = (setting.variable, f"{setting.variable}_FILE")
            return any(self.environ.get(name, "").strip() for name in names)
        return bool(self._given(setting).strip())

    def _given(self, setting: Setting) -> str:
        given = self.options.get(setting.name)
        return (self.environ.get(setting.variable) if given is None else given) or ""

    def text(self, variable: str) -> str:
        text = self.optional(variable)
        if text is None:
            raise SettingError(f"{_names(variable)} is not set: {_BY_VARIABLE[variable].help}")
        return text

    def secret(self, variable: str) -> str:
        """The variable's value or the content of the file that `<variable>_FILE` names."""
        text, path = self.environ.get(variable, "").strip(), self.environ.get(f"{variable}_FILE", "").strip()
        if text and path:
            raise SettingError(f"{variable} and {variable}_FILE are both set: keep one.")
        if path:
            text = _file_content(f"{variable}_FILE", path)
        if not text:
            raise SettingError(
                f"{variable} is not set: put the secret there, or a file's path in {variable}_FILE."
            )
        if not re.fullmatch(r"[\x21-\x7e]+", text):
            raise SettingError(
                f"{self.secret_setting(variable)} holds a space or a character that no key has."
            )
        return text

    def secret_setting(self, variable: str) -> str:
        """The variable that a secret comes from: itself, or that of its file."""
        return f"{variable}_FILE" if self.environ.get(f"{variable}_FILE", "").strip() else variable

    def url(self, variable: str, otherwise: str | None = None) -> str:
        if otherwise is not None and self.optional(variable) is None:
            variable = otherwise
        text = self.text(variable)
        try:
            parts = urlsplit(text)
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            usable = False
        if not usable or re.search(r"\s", text):
            raise _wrong(variable, "is not an http or https address")
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise _wrong(variable, "must be an address alone, without user, query or fragment")
        return text.rstrip("/")

    def number(self, variable: str, lowest: int, highest: int) -> int:
        text = self.text(variable)
        if text.isascii() and text.isdigit() and lowest <= int(text[:9]) <= highest:
            return int(text)
        raise _wrong(variable, f"is not a whole number from {lowest} to {highest}")


def _names(variable: str) -> str:
    setting = _BY_VARIABLE[variable]
    return variable if setting.secret else f"{variable} ({setting.option})"


def _wrong(variable: str, what: str) -> SettingError:
    return SettingError(f"{_names(variable)} {what}.")


def _file_content(variable: str, path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_SECRET_BYTES + 1)
    except OSError as error:
        raise SettingError(f"{variable}: the file can't be read ({error.strerror}).") from None
    if len(content) > MAX_SECRET_BYTES:
        raise SettingError(f"{variable}: the file is too large to be a secret.")
    text = content.decode("utf-8", "replace").strip()
    if not text:
        raise SettingError(f"{variable}: the file is empty.")
    return text


def _token(source: _Source) -> str:
    text = source.secret("SLACK_BOT_TOKEN")
    if text.startswith(("xapp-", "http")):
        setting = source.secret_setting("SLACK_BOT_TOKEN")
        raise SettingError(f"{setting} is no bot token: take the one that begins with xoxb-.")
    return text


def _channel(text: str) -> str:
    name = text.lstrip("#").strip()
    if not name or re.search(r"[\s,/<>]", name):
        raise _wrong("SLACK_CHANNEL", "is neither a channel's id nor its name")
    return name


def _ca_bundle(text: str | None) -> Path | None:
    if text is None:
        return None
    path = Path(text).expanduser()
    try:
        ssl.create_default_context(cafile=str(path))
    except OSError as error:  # ssl.SSLError is an OSError
        reason = error.strerror if type(error) is not ssl.SSLError else "no PEM certificates in it"
        raise _wrong("THEHIVE_CA_BUNDLE", f"can't be used: {reason}") from None
    return path


def _state_dir(text: str | None) -> Path:
    return Path(text).expanduser() if text else platformdirs.user_state_path("codedefender2th")


def _metrics(text: str | None) -> tuple[str, int] | None:
    """Host and port; a port alone is one of the loopback address."""
    if text is None:
        return None
    try:
        parts = urlsplit(f"//{LOOPBACK}:{text}" if text.isdigit() else f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port or "@" in text or parts.path or parts.query or parts.fragment:
        raise _wrong("FEEDER_METRICS", "is neither an address and port, such as 127.0.0.1:9464, nor a port")
    return host, port


def _since(text: str, option: str = "") -> Since:
    now = datetime.now(timezone.utc)
    if text.lower() == "all":
        return Since(text, None)
    span = _SPAN.fullmatch(text.lower())
    try:
        if span:
            return Since(text, now - timedelta(**{_SPANS[span[2]]: int(span[1])}))
        moment = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text))
    except (ValueError, OverflowError):
        raise _not_a_moment(option, "is not an ISO date or time, a span such as 7d, or all") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    if moment > now:
        raise _not_a_moment(option, "lies in the future")
    return Since(text, max(moment, _EPOCH))


def _not_a_moment(option: str, what: str) -> SettingError:
    return SettingError(f"{option} {what}.") if option else _wrong("FEEDER_SINCE", what)


def _titles(text: str) -> tuple[str, ...]:
    titles = _list(text, ";")
    if not titles:
        raise _wrong("FEEDER_TITLES", "names no title")
    return titles


def _list(text: str, separator: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(separator) if part.strip())
