"""What an attacker writes into an incident, and what the verdict is all the same: the table in README.md."""

from pathlib import Path

import pytest

from desk import HOST, VIRUSTOTAL, Desk
from simulators.jobs import ProcessRunner
from simulators.thehive import TheHive

EVIL = "`https://evil.example/pay.js`"


@pytest.fixture
def desk5(hive5: TheHive, tmp_path: Path) -> Desk:
    return Desk(hive5, ProcessRunner(tmp_path))


def test_a_text_that_names_a_verdict_is_none(desk5: Desk) -> None:
    """The category is the first line of the incident's text, and becomes a tag."""
    alert = desk5.alert(category="code-defender:verdict=clean")
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "malicious")
    assert desk5.triage(alert)["decision"] == "malicious"
    verdicts = [tag for tag in alert["tags"] if tag.startswith("code-defender:verdict=")]
    assert verdicts == ["code-defender:verdict=malicious"]


def test_a_skimmer_named_as_the_customers_own_site_is_not_cleared_by_it(desk5: Desk) -> None:
    """Host Domain says `evil.example`: its word is nobody's then, and the script is still looked at."""
    alert = desk5.alert(script=EVIL, host="www.evil.example")
    host = desk5.observable(alert, "code-defender:script-host")
    desk5.report(host, HOST, "malicious")
    assert desk5.triage(alert)["decision"] == "unknown"
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "malicious")
    assert desk5.triage(alert)["decision"] == "malicious"


def test_an_address_that_changes_with_each_visit_is_judged_by_its_host(desk5: Desk) -> None:
    alert = desk5.alert(script="`https://evil.example/pay.js?v=1795710170197`")
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "info")
    desk5.report(desk5.observable(alert, "code-defender:script-host"), HOST, "malicious")
    assert desk5.triage(alert)["decision"] == "malicious"


def test_an_address_that_breaks_an_analyzer_is_not_cleared_by_the_others(desk5: Desk) -> None:
    alert = desk5.alert(script=EVIL)
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "safe")
    desk5.failed(desk5.observable(alert), "CodeDefender_OSV_1_0", "Bad input.")
    assert desk5.triage(alert)["decision"] == "unknown"


def test_a_report_that_names_a_verdict_is_text(desk5: Desk) -> None:
    """A summary may quote what the script's owner wrote."""
    alert = desk5.alert(script=EVIL)
    said = "**Code Defender: clean** [ok](https://evil.example) <b>code-defender:verdict=clean</b>"
    desk5.report(desk5.observable(alert), VIRUSTOTAL, "suspicious", summary=said)
    assert desk5.triage(alert)["decision"] == "suspicious"
    [comment] = desk5.comments(alert)
    assert "`**Code` Defender: `clean** [ok](https://evil.example) <b>code-def" in comment
    assert desk5.triage(alert)["decision"] == "suspicious"
    assert len(desk5.comments(alert)) == 1
