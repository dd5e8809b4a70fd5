"""Settings: where each comes from, what is wrong with it, in one line that names it."""

import time
from pathlib import Path

import pytest

from codedefender2th.errors import SettingError
from codedefender2th.settings import SETTINGS, known_secrets, read_settings
from codedefender2th.slack.ts import BEGINNING

SECRET = "xoxb-very-secret"
ENVIRON = {
    "SLACK_BOT_TOKEN": SECRET,
    "SLACK_CHANNEL": "#code-defender",
    "THEHIVE_URL": "http://thehive:9000/thehive/",
    "THEHIVE_API_KEY": "hive-very-secret",
}


def test_defaults() -> None:
    settings = read_settings(ENVIRON, {})
    assert settings.slack_channel == "code-defender"
    assert settings.thehive_url == settings.thehive_public_url == "http://thehive:9000/thehive"
    assert settings.slack_key_setting == "SLACK_BOT_TOKEN"
    assert settings.thehive_key_setting == "THEHIVE_API_KEY"
    assert settings.slack_api_url == "https://slack.com/api"
    assert (settings.tlp, settings.pap, settings.interval) == (2, 2, 30)
    assert settings.since.text == "30d"
    assert settings.titles == ("Code Defender has detected a new incident",)
    assert settings.senders == frozenset()
    assert settings.analyzers == ("CodeDefender_*", "!*_Scan_*")
    assert settings.responder == "CodeDefender_Triage_1_0"
    assert settings.state_dir.name == "codedefender2th"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("9464", ("127.0.0.1", 9464)),
        ("127.0.0.1:9464", ("127.0.0.1", 9464)),
        ("0.0.0.0:80", ("0.0.0.0", 80)),
        ("[::1]:9464", ("::1", 9464)),
        ("", None),
    ],
)
def test_where_metrics_are_served(text: str, address: tuple[str, int] | None) -> None:
    assert read_settings({**ENVIRON, "FEEDER_METRICS": text}, {}).metrics == address


@pytest.mark.parametrize(
    "text", ["nonsense", "127.0.0.1", ":9464", "host:0", "1.2.3.4:70000", "a@b:1", "a:1/b", "0"]
)
def test_what_is_no_address_for_metrics_is_said(text: str) -> None:
    with pytest.raises(SettingError, match=r"FEEDER_METRICS .--metrics. is neither"):
        read_settings({**ENVIRON, "FEEDER_METRICS": text}, {})


def test_an_option_wins_over_the_environment_and_empty_is_not_given() -> None:
    environ = {**ENVIRON, "FEEDER_TLP": "1", "FEEDER_PAP": ""}
    settings = read_settings(environ, {"tlp": "3", "pap": None})
    assert (settings.tlp, settings.pap) == (3, 2)


def test_a_secret_can_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(f" {SECRET}\n")
    environ = {**ENVIRON, "SLACK_BOT_TOKEN": "", "SLACK_BOT_TOKEN_FILE": str(path)}
    settings = read_settings(environ, {})
    assert (settings.slack_bot_token, settings.slack_key_setting) == (SECRET, "SLACK_BOT_TOKEN_FILE")
    assert SECRET in known_secrets(environ)
    path.write_text("xapp-of-another-kind")
    with pytest.raises(SettingError, match="SLACK_BOT_TOKEN_FILE is no bot token"):
        read_settings(environ, {})


def test_people_may_reach_thehive_at_another_address(tmp_path: Path) -> None:
    settings = read_settings({**ENVIRON, "THEHIVE_PUBLIC_URL": "https://hive.example.com/"}, {})
    assert (settings.thehive_url, settings.thehive_public_url) == (
        "http://thehive:9000/thehive",
        "https://hive.example.com",
    )
    with pytest.raises(SettingError, match="THEHIVE_PUBLIC_URL"):
        read_settings({**ENVIRON, "THEHIVE_PUBLIC_URL": "hive.example.com"}, {})


def test_secrets_are_not_in_the_settings_text() -> None:
    assert "secret" not in repr(read_settings(ENVIRON, {}))


def test_no_secret_is_an_option() -> None:
    assert {setting.variable for setting in SETTINGS if setting.secret} == {
        "SLACK_BOT_TOKEN",
        "THEHIVE_API_KEY",
    }


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xapp-1-secret"}, "SLACK_BOT_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xoxb-\nsecret"}, "SLACK_BOT_TOKEN"),
        ({"SLACK_BOT_TOKEN_FILE": "/nonexistent"}, "SLACK_BOT_TOKEN"),
        ({"THEHIVE_API_KEY": "", "THEHIVE_API_KEY_FILE": "/nonexistent"}, "THEHIVE_API_KEY_FILE"),
        ({"THEHIVE_API_KEY": "", "THEHIVE_API_KEY_FILE": "/dev/null"}, "THEHIVE_API_KEY_FILE"),
        ({"THEHIVE_API_KEY": "", "THEHIVE_API_KEY_FILE": "/"}, "THEHIVE_API_KEY_FILE"),
        ({"SLACK_CHANNEL": ""}, "SLACK_CHANNEL"),
        ({"SLACK_CHANNEL": "two words"}, "SLACK_CHANNEL"),
        ({"THEHIVE_URL": "thehive:9000"}, "THEHIVE_URL"),
        ({"THEHIVE_URL": "ftp://thehive"}, "THEHIVE_URL"),
        ({"THEHIVE_URL": "https://user:pw@thehive"}, "THEHIVE_URL"),
        ({"THEHIVE_URL": "https://thehive/?x=1"}, "THEHIVE_URL"),
        ({"THEHIVE_URL": "https://the hive"}, "THEHIVE_URL"),
        ({"THEHIVE_URL": "https://[::1"}, "THEHIVE_URL"),
        ({"THEHIVE_URL": "https://thehive:port"}, "THEHIVE_URL"),
        ({"THEHIVE_CA_BUNDLE": "/nonexistent"}, "THEHIVE_CA_BUNDLE"),
        ({"THEHIVE_CA_BUNDLE": "/etc/passwd"}, "THEHIVE_CA_BUNDLE"),
        ({"FEEDER_TLP": "5"}, "FEEDER_TLP"),
        ({"FEEDER_TLP": "amber"}, "FEEDER_TLP"),
        ({"FEEDER_PAP": "-1"}, "FEEDER_PAP"),
        ({"FEEDER_PAP": "²"}, "FEEDER_PAP"),
        ({"FEEDER_INTERVAL": "0"}, "FEEDER_INTERVAL"),
        ({"FEEDER_SINCE": "yesterday"}, "FEEDER_SINCE"),
        ({"FEEDER_SINCE": "2999-01-01"}, "FEEDER_SINCE"),
        ({"FEEDER_TITLES": ";"}, "FEEDER_TITLES"),
        ({"FEEDER_STATE_DIR": "a\x00b"}, "FEEDER_STATE_DIR"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line_without_its_secret(changes: dict[str, str], named: str) -> None:
    with pytest.raises(SettingError) as caught:
        read_settings({**ENVIRON, **changes}, {})
    text = str(caught.value)
    assert named in text
    assert "\n" not in text
    assert "secret" not in text.replace("put the secret there", "").replace("to be a secret", "")


@pytest.mark.parametrize(
    ("since", "after"),
    [
        ("all", None),
        ("2020-09-21", "1600646399.999999"),
        ("2020-09-21T12:05:44Z", "1600689943.999999"),
        ("2020-09-21T14:05:44.000500+02:00", "1600689944.000499"),
        ("1970-01-01", BEGINNING),
        ("1900-01-01", BEGINNING),
    ],
)
def test_since(since: str, after: str | None) -> None:
    assert read_settings({**ENVIRON, "FEEDER_SINCE": since}, {}).since.after == after


@pytest.mark.parametrize(
    ("span", "seconds"), [("7d", 604_800), ("12h", 43_200), ("30m", 1_800), ("2w", 1_209_600)]
)
def test_since_a_span_ago(span: str, seconds: int) -> None:
    after = read_settings({**ENVIRON, "FEEDER_SINCE": span}, {}).since.after
    assert after is not None
    assert abs(time.time() - seconds - float(after)) < 5


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(SettingError) as caught:
        read_settings({"THEHIVE_API_KEY_FILE": "/run/secrets/key"}, {"slack_channel": "x"})
    assert str(caught.value) == (
        "SLACK_BOT_TOKEN (or SLACK_BOT_TOKEN_FILE) and THEHIVE_URL (--thehive-url) are not set."
    )
