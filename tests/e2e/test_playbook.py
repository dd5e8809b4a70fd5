"""The playbook over hours and days of a moved clock: nothing keeps anything else back, all mends itself."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from inside.shifted import Shifted
from simulators.lab import RESPONDER, Lab
from simulators.server import Reply
from soak.site import HOUR, MINUTE, OSV, VIRUSTOTAL, Site

SKIMMER = "https://cdn.evil.example/skim.js"
Analyzers = tuple[str, ...]


@contextmanager
def opened(
    folder: Path, version: str = "5.7.3", analyzers: tuple[str, ...] = (VIRUSTOTAL, OSV)
) -> Iterator[Site]:
    with Shifted() as clock, Lab(version, analyzers=analyzers) as lab:
        yield Site(lab, folder, clock)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with opened(tmp_path) as site:
        yield site


def scripts(count: int, start: int = 0) -> list[str]:
    return [f"https://cdn{number}.example{number}.net/a.js" for number in range(start, start + count)]


@pytest.mark.slow
def test_one_expired_key_keeps_nothing_back_and_all_is_made_good_when_it_is_renewed(site: Site) -> None:
    site.down.add(VIRUSTOTAL)
    posted = [site.post(script) for script in scripts(24)]
    assert site.until(site.all_judged, 30 * MINUTE) < 15 * MINUTE
    assert {site.verdict(each) for each in posted} == {"unknown"}
    site.passes(8, every=30 * MINUTE)
    assert max(len(site.jobs_on(each, VIRUSTOTAL)) for each in posted) <= 3
    site.down.clear()
    site.truth |= dict.fromkeys(scripts(24), "malicious")
    site.post("https://cdn.new.example/b.js")
    site.until(lambda: all(site.verdict(each) == "malicious" for each in posted), 3 * HOUR)
    assert len(site.lab.hive.store.cases) == 24
    assert max(len(site.jobs_on(each, VIRUSTOTAL)) for each in posted) <= 4


def test_a_single_script_whose_look_ups_failed_all_has_another_chance(site: Site) -> None:
    site.down.add(VIRUSTOTAL)
    posted = site.post(SKIMMER)
    site.until(site.all_judged, HOUR)
    assert (site.verdict(posted), len(site.jobs_on(posted, VIRUSTOTAL))) == ("unknown", 3)
    site.wait(4 * HOUR)
    site.down.clear()
    site.truth[SKIMMER] = "malicious"
    site.until(lambda: site.verdict(posted) == "malicious", 70 * MINUTE, every=5 * MINUTE)
    assert len(site.lab.hive.store.cases) == 1


@pytest.mark.slow
def test_a_broken_responder_keeps_nothing_back_and_is_forgiven(site: Site) -> None:
    site.responder_is_broken = True
    for script in scripts(40):
        site.post(script)
    site.passes(6)
    site.responder_is_broken = False
    assert site.until(site.all_judged, HOUR) < 15 * MINUTE


def test_jobs_that_hang_keep_no_other_alert_from_being_looked_at_within_two_passes(site: Site) -> None:
    site.lab.workers.broken.add(VIRUSTOTAL)
    for script in scripts(6):
        site.post(script)
    site.passes(3)
    late = site.post(SKIMMER)
    site.passes(2)
    assert site.jobs_on(late, OSV)
    site.heal()
    site.truth[SKIMMER] = "malicious"
    site.until(site.all_judged, 3 * HOUR)
    site.until(lambda: site.verdict(late) == "malicious", 3 * HOUR)


@pytest.mark.slow
def test_a_job_that_a_restart_of_cortex_left_behind_is_started_past_its_cache(site: Site) -> None:
    site.truth[SKIMMER] = "malicious"
    site.lab.workers.broken.add(VIRUSTOTAL)
    first = site.post(SKIMMER)
    site.passes(2)
    site.heal()
    second = site.post(SKIMMER)
    site.until(lambda: site.verdict(first) == site.verdict(second) == "malicious", 2 * HOUR)
    assert len(site.lab.hive.store.cases) == 1


@pytest.mark.slow
def test_what_a_restart_of_thehive_forgot_is_done_again(site: Site) -> None:
    site.truth[SKIMMER] = "malicious"
    posted = site.post(SKIMMER)
    site.lab.workers.delay = 0.3
    site.pass_()
    site.lab.hive.connector.restart()
    site.lab.workers.delay = 0
    other = [site.post(script) for script in scripts(6)]
    site.until(lambda: all(map(site.verdict, other)), 10 * MINUTE)
    site.until(lambda: site.verdict(posted) == "malicious", 2 * HOUR)


def test_a_verdict_is_judged_again_when_a_report_comes_later_and_not_for_ever(site: Site) -> None:
    posted = site.post(SKIMMER)
    site.until(site.all_judged, 10 * MINUTE)
    assert site.verdict(posted) == "unknown"
    site.passes(4)
    judged = len(site.lab.hive.store.actions)
    site.truth[SKIMMER] = "malicious"
    rerun(site, posted, VIRUSTOTAL)
    site.until(lambda: site.verdict(posted) == "malicious", 30 * MINUTE)
    site.passes(6)
    assert len(site.lab.hive.store.actions) == judged + 1
    assert [(each.verdict, each.before) for each in site.verdicts] == [
        ("unknown", None),
        ("malicious", "unknown"),
    ]


def rerun(site: Site, reference: str, analyzer: str) -> None:
    """An analyst runs an analyzer."""
    alert, hive = site.alert(reference), site.lab.hive
    assert alert is not None
    script = next(o for o in hive.store.observables_of(alert["_id"]) if "code-defender:script" in o["tags"])
    worker = site.lab.workers.find(analyzer)
    hive.connector.run(hive.store.users["feeder@demo.local"], script, worker, parameters={"by": "hand"})
    site.settle()


def test_a_verdict_that_the_state_folder_knows_nothing_of_is_watched_too(site: Site) -> None:
    posted = site.post(SKIMMER)
    site.truth[SKIMMER] = "suspicious"
    site.until(site.all_judged, 10 * MINUTE)
    site.restart()
    for file in site.state.glob("*/investigations.json"):
        file.unlink()
    site.truth[SKIMMER] = "malicious"
    rerun(site, posted, VIRUSTOTAL)
    site.until(lambda: site.verdict(posted) == "malicious", 30 * MINUTE)


@pytest.mark.slow
def test_a_hundred_alerts_that_turn_malicious_at_once_make_one_case(site: Site) -> None:
    posted = [site.post(SKIMMER) for _ in range(30)]
    site.until(site.all_judged, HOUR)
    site.truth[SKIMMER] = "malicious"
    for each in posted:
        rerun(site, each, VIRUSTOTAL)
    site.until(lambda: all(site.verdict(each) == "malicious" for each in posted), 2 * HOUR)
    assert len(site.lab.hive.store.cases) == 1


@pytest.mark.sampled(4)
@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_what_thehive_refuses_about_one_alert_is_that_ones_trouble(status: int, site: Site) -> None:
    refused = site.post(SKIMMER)
    site.pass_()
    [alert] = site.lab.hive.store.alerts.values()
    site.settle()
    reply = Reply(status, {"type": "Refused", "message": "not this one"})
    fault = site.lab.hive.fail(
        "status", method="POST|GET", path=f".*/action(/alert/{alert['_id']})?", reply=reply, times=None
    )
    others = [site.post(script) for script in scripts(3)]
    progress = site.pass_()
    assert progress is not None
    site.lab.hive.faults.clear()
    site.until(lambda: all(map(site.verdict, others)), 10 * MINUTE)
    site.until(lambda: site.verdict(refused) is not None, HOUR)
    assert fault.seen
    assert not site.errors


def test_a_deleted_alert_and_a_deleted_observable_trouble_nobody(site: Site) -> None:
    gone, bare = site.post(SKIMMER), site.post("https://cdn.bare.example/b.js")
    others = [site.post(script) for script in scripts(3)]
    site.pass_()
    store = site.lab.hive.store
    alert = site.alert(gone)
    assert alert is not None
    del store.alerts[alert["_id"]]
    bare_alert = site.alert(bare)
    assert bare_alert is not None
    for each in store.observables_of(bare_alert["_id"]):
        del store.observables[each["_id"]]
    del site.posted[gone]
    site.until(lambda: all(map(site.verdict, [bare, *others])), HOUR)
    assert not site.errors


def test_one_script_host_and_one_script_cost_one_look_up_each(site: Site) -> None:
    site.truth["cdn.evil.example"] = "malicious"
    posted = [site.post(f"https://cdn.evil.example/{number}.js") for number in range(6)]
    own = site.post("https://static.shop.example/app.js")
    shared = site.post("https://cdn.jsdelivr.net/npm/jquery@3.4.1/dist/jquery.min.js")
    site.until(site.all_judged, HOUR)
    assert {site.verdict(each) for each in posted} == {"malicious"}
    looked_up = [data for name, data in site.lab.workers.started if name == VIRUSTOTAL]
    assert sorted(data for data in looked_up if "/" not in data) == ["cdn.evil.example"]
    assert {site.verdict(own), site.verdict(shared)} == {"unknown"}


def test_a_broken_analyzer_costs_only_itself_on_every_later_alert(site: Site) -> None:
    site.down.add(OSV)
    first = site.post(SKIMMER)
    site.until(site.all_judged, HOUR)
    site.truth[SKIMMER] = "malicious"
    site.wait(5 * HOUR)
    later = [site.post(SKIMMER) for _ in range(3)]
    site.until(site.all_judged, HOUR)
    assert {site.verdict(each) for each in later} == {"malicious"}
    # One an hour, of whichever alert, finds out whether it is well again.
    assert len(site.jobs_on(first, OSV)) == 3
    assert sum(len(site.jobs_on(each, OSV)) for each in later) <= 1


@pytest.mark.sampled(4)
@pytest.mark.parametrize("count", [1, 2, 5])
def test_an_outage_that_used_up_every_attempt_is_made_good_without_a_new_script(
    count: int, site: Site
) -> None:
    site.down.add(VIRUSTOTAL)
    posted = [site.post(script) for script in scripts(count)]
    site.until(site.all_judged, HOUR)
    site.passes(24, every=10 * MINUTE)
    # Look-ups of scripts, and of their hosts, which are tried in turn.
    assert sum(len(site.jobs_on(each, VIRUSTOTAL)) for each in posted) <= max(count, 3) + 4 + 5
    site.down.clear()
    site.truth |= dict.fromkeys(scripts(count), "malicious")
    site.until(lambda: all(site.verdict(each) == "malicious" for each in posted), 70 * MINUTE, every=MINUTE)


def cases_of(site: Site, posted: list[str]) -> list[dict[str, object]]:
    """An analyst makes a case of each alert."""
    hive, made = site.lab.hive, []
    user = hive.store.users["feeder@demo.local"]
    for reference in posted:
        alert = site.alert(reference)
        assert alert is not None
        parts = {key: alert[key] for key in ("title", "description", "severity", "tags", "tlp", "pap")}
        made.append(hive.cases.create(user, parts))
        hive.cases.take_in(user, alert, made[-1])
    return made


def judged(case: dict[str, object]) -> bool:
    return "code-defender:verdict=malicious" in str(case["tags"])


def test_on_4_1_five_cases_about_one_known_skimmer_are_all_malicious(tmp_path: Path) -> None:
    with opened(tmp_path, "4.1.24-1") as site:
        site.lab.hive.connector.report_seconds = 0.05
        site.truth[SKIMMER] = "malicious"
        posted = [site.post(SKIMMER) for _ in range(5)]
        site.pass_()
        cases = cases_of(site, posted)
        site.until(lambda: all(map(judged, cases)), HOUR)
        [first] = {verdict.references for verdict in site.verdicts[:1]}
        assert set(first) <= set(posted)


def test_on_4_1_nothing_of_a_case_above_pap_2_is_analysed_and_it_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its observables have no PAP: the case's is sent to Cortex."""
    with opened(tmp_path, "4.1.24-1") as site:
        posted = [site.post(script) for script in scripts(2)]
        site.pass_()
        store = site.lab.hive.store
        for alert in store.alerts.values():
            alert["pap"] = 3
        cases = cases_of(site, posted)
        site.passes(4)
        assert not store.jobs
        assert all("code-defender:verdict=unknown" in case["tags"] for case in cases)
        assert "Above TLP or PAP 2, not analysed" in caplog.text


def test_on_4_1_a_success_that_never_gets_its_report_is_run_again(tmp_path: Path) -> None:
    with opened(tmp_path, "4.1.24-1") as site:
        site.truth[SKIMMER] = "malicious"
        [case, other] = cases_of_new(site, 2)
        site.until(lambda: judged(case), HOUR)
        del other
        again = cases_of_new(site, 1)
        site.lab.hive.connector.report_seconds = 30
        site.pass_()
        time.sleep(0.05)
        site.lab.hive.connector.restart()
        site.lab.hive.connector.report_seconds = 0.02
        site.until(lambda: all(map(judged, again)), 3 * MINUTE)


@pytest.mark.slow
def test_on_4_1_where_no_answer_of_cortexs_cache_gets_its_report_it_is_started_past_the_cache(
    tmp_path: Path,
) -> None:
    with opened(tmp_path, "4.1.24-1") as site:
        site.truth[SKIMMER] = "malicious"
        [case] = cases_of_new(site, 1)
        site.until(lambda: judged(case), HOUR)
        site.lab.hive.connector.report_seconds = 10**6
        others = cases_of_new(site, 3)
        before = len(site.lab.hive.store.jobs)
        site.until(lambda: all(map(judged, others)), 10 * MINUTE)
        site.passes(60, every=5 * MINUTE)
        started = Counter(
            (job[".observable"], job["analyzerName"])
            for job in list(site.lab.hive.store.jobs.values())[before:]
        )
        assert max(started.values()) == 3


def cases_of_new(site: Site, count: int) -> list[dict[str, object]]:
    posted = [site.post(SKIMMER) for _ in range(count)]
    site.pass_()
    return cases_of(site, posted)


def test_on_4_1_without_the_connector_it_is_said_what_to_enable(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(tmp_path, "4.1.24-1") as site:
        site.lab.hive.connector.enabled = False
        cases_of_new(site, 1)
        assert site.pass_() is None
        assert site.errors == {"MissingWorkers": 1}
        with pytest.raises(Exception, match=r"CortexModule.*cortex\.servers"):
            assert site._investigator is not None
            site._investigator.run()
        site.lab.hive.connector.enabled = True
        assert site.pass_() is not None


@pytest.mark.sampled(9)
@pytest.mark.parametrize("version", ["5.7.3", "4.1.24-1"])
def test_without_the_responder_look_ups_go_on_it_is_said_and_made_good(version: str, tmp_path: Path) -> None:
    with opened(tmp_path, version) as site:
        workers = site.lab.workers
        [name] = [key for key, each in workers.enabled.items() if each.name == RESPONDER]
        responder = workers.enabled.pop(name)
        posted = [site.post(script) for script in scripts(6)]
        site.pass_()
        if version.startswith("4"):
            cases_of(site, posted)
        calls = site.lab.hive.calls
        asked = sum(count for call, count in calls.items() if "/responder" in call)
        site.passes(5)
        assert {data for _, data in workers.started} >= set(scripts(6))
        assert set(site.errors) == {"MissingResponder"}
        assert sum(count for call, count in calls.items() if "/responder" in call) - asked <= 5 * 6
        workers.enabled[name] = responder
        site.until(lambda: len(site.verdicts) == 6, 10 * MINUTE)
        site.errors.clear()
        site.pass_()
        assert not site.errors


def test_while_cortex_is_down_nothing_is_lost(site: Site) -> None:
    site.pass_()
    site.lab.workers.down = True
    posted = [site.post(script) for script in scripts(3)]
    site.passes(5)
    site.lab.workers.down = False
    site.until(lambda: all(map(site.verdict, posted)), 30 * MINUTE)
