"""A sample of the matrix that `make faults` runs whole, and every cell that was once wrong."""

import pytest

from faults.matrix import Place, try_out

TRIAGE, OSV = "triage", "CodeDefender_OSV_1_0"


def at(work: str, server: str, method: str, path: str, number: int = 0) -> Place:
    return Place(work, server, method, path, number)


@pytest.mark.sampled(8)
@pytest.mark.parametrize("fault", ["HTML", "wrong types"])
@pytest.mark.parametrize(
    "place",
    [
        at(TRIAGE, "TheHive", "PATCH", "/api/v1/alert/{id}"),
        at(TRIAGE, "TheHive", "PATCH", "/api/v1/alert/{id}", 1),
        at(TRIAGE, "TheHive", "PATCH", "/api/v1/case/{id}"),
        at(TRIAGE, "TheHive", "PATCH", "/api/v1/observable/{id}"),
        at(TRIAGE, "TheHive", "POST", "/api/v1/alert/{id}/case"),
        at(OSV, "OSV", "POST", "/v1/query"),
        at("bootstrap", "TheHive", "POST", "/api/v1/user"),
        at("bootstrap", "TheHive", "POST", "/api/v1/caseTemplate"),
        at("bootstrap", "TheHive", "POST", "/api/v1/user/feeder@code-defender.local/key/renew"),
        at("bootstrap", "TheHive", "PUT", "/api/v1/admin/config/cortex"),
        at("bootstrap", "Cortex", "POST", "/api/organization/analyzer/CodeDefender_OSV_1_0"),
    ],
    ids=str,
)
def test_an_answer_that_is_none_is_not_taken_for_one(place: Place, fault: str) -> None:
    assert try_out(place, fault).outcome in {"recovered", "resumed"}


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    ("place", "fault"),
    [
        (at("bootstrap", "Cortex", "POST", "/api/user"), "reset after"),
        (at("bootstrap", "TheHive", "GET", "/api/v1/user/current", 1), "403"),
        (at("feed", "Slack", "GET", "/api/conversations.history"), "slow drip"),
        (at("feed", "TheHive", "POST", "/api/v1/alert"), "403"),
        (at("feed", "TheHive", "POST", "/api/v1/alert"), "refused"),
        (at("triage", "TheHive", "PATCH", "/api/v1/alert/{id}"), "refused"),
        (at("investigate", "TheHive", "POST", "/api/v1/connector/cortex/job"), "500 after acting"),
        (at("investigate", "TheHive", "POST", "/api/v1/connector/cortex/action"), "reset after"),
        (at("CodeDefender_VirusTotal_1_0", "VirusTotal", "GET", "/files/{id}"), "hang"),
        (at("CodeDefender_Content_1_0", "npm", "GET", "/{id}/{id}"), "reset before"),
        (at("CodeDefender_Content_1_0", "Wayback", "GET", "/cdx/search/cdx"), "HTML"),
        (at("CodeDefender_Snyk_1_0", "Snyk", "GET", "/rest/orgs/{id}/packages/{id}/issues"), "truncated"),
    ],
    ids=str,
)
def test_a_sample_of_the_matrix(place: Place, fault: str) -> None:
    assert try_out(place, fault).outcome in {"recovered", "resumed"}
