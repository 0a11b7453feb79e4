from typing import Any

import pytest

from connect_api import WORLD, refusal, taken
from deployments_api import DEPLOYMENTS, LIVE, DeploymentsApi, application, entry, shown

VALUE = {"applications.calculator.standardConfiguration.RATE_TABLE": "us"}


def ready(**switches: object) -> DeploymentsApi:
    api = DeploymentsApi(**switches)
    api.deployed()
    return api


@pytest.mark.parametrize("name", ["acme-tax-live", "acme-shop/acme-tax-live", "id"])
def test_a_deployment_is_edited_by_key_project_and_key_or_id(name: str) -> None:
    api = ready()
    name = api.after(0)["id"] if name == "id" else name
    assert api.edit({"deployment": name, "set": VALUE}) == 1
    after = api.after(0)
    assert (shown(after, "calculator")["RATE_TABLE"], after["version"], after["status"]) == ("us", 3, "Deployed")


def test_an_edit_names_nothing_that_is_not_there() -> None:
    api = ready()
    for name in ("nobody", "other/acme-tax-live"):
        assert api.edit({"deployment": name, "set": VALUE}) == 0


def test_an_edit_removes_values_and_adds_applications() -> None:
    api = ready()
    api.edit(
        {
            "deployment": "acme-tax-live",
            "set": {
                "applications.calculator.securedConfiguration.API_TOKEN": None,
                "applications.calculator.standardConfiguration.LOG_LEVEL": None,
                "applications.other.standardConfiguration": {"A": "1"},
            },
        }
    )
    after = api.after(0)
    assert shown(after, "calculator") == {"RATE_TABLE": "eu"}
    assert shown(after, "other") == {"A": "1"}
    assert application(after, "other")["id"]


def test_an_edit_can_delete_at_once() -> None:
    api = ready()
    assert api.edit({"deployment": "acme-tax-live", "delete": True}) == 1
    assert refusal(api.call("GET", LIVE)) == (404, ["ResourceNotFound"])


def test_a_foreign_redeploy_starts_a_run() -> None:
    api = ready()
    api.publish("v2")
    payload = {"updateConnector": True, "configurationValues": [entry("calculator", {"RATE_TABLE": "us"})]}
    assert api.edit({"deployment": "acme-tax-live", "redeploy": payload}) == 1
    running = api.after(0)
    assert (running["status"], running["version"], running["connector"]["version"]) == ("Deploying", 3, 8)
    assert api.edit({"deployment": "acme-tax-live", "redeploy": {}}) == 0
    assert api.after(60)["status"] == "Deployed"


def test_a_foreign_rollback_deploys_a_revision_with_its_secrets() -> None:
    api = ready(deployment_revisions="on")
    first = api.send("GET", "/_sandbox/state").json()["deployment"][0]
    api.publish("v2")
    values = [entry("calculator", {"RATE_TABLE": "us"}, {"API_TOKEN": "another"})]
    api.redeployed({"updateConnector": True, "configurationValues": values})
    assert api.edit({"deployment": "acme-tax-live", "rollback": 1}) == 1
    running = api.after(0)
    assert (running["status"], running["rollbackRevision"], running["version"]) == ("Deploying", 1, 5)
    assert api.edit({"deployment": "acme-tax-live", "rollback": 1}) == 0
    after = api.after(60)
    assert (after["connector"]["repository"]["tag"], shown(after, "calculator")["RATE_TABLE"]) == ("v1.4.0", "eu")
    (stored,) = api.send("GET", "/_sandbox/state").json()["deployment"]
    assert (
        stored["applications"]["calculator"]["securedConfiguration"]
        == (first["applications"]["calculator"]["securedConfiguration"])
    )
    assert api.edit({"deployment": "acme-tax-live", "rollback": 9}) == 0
    assert "rollbackRevision" not in api.redeployed()


def test_a_foreign_redeploy_comes_after_the_end_of_a_run_that_is_due() -> None:
    api = DeploymentsApi()
    taken(api.deploy(), 201)
    api.clock.advance(60)
    assert api.edit({"deployment": "acme-tax-live", "redeploy": {}}) == 1


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ({"deployment": "a", "redeploy": True}, "or redeploy, a mapping"),
        ({"deployment": "a", "redeploy": {}, "set": {}}, "Expected either set"),
        ({"deployment": "a", "redeploy": {}, "delete": True}, "Expected either set"),
        ({"deployment": "a", "rollback": True}, "or rollback, a number"),
        ({"certification": "a", "rollback": 1}, "rollback: Only a deployment can be redeployed."),
        ({"connector": "a", "redeploy": {}}, "Only a deployment can be redeployed."),
        ({"deployment": "a", "connector": "b", "delete": True}, "of one connector, deployment or certification"),
    ],
)
def test_a_wrong_edit_is_refused(edit: dict[str, Any], message: str) -> None:
    answer = DeploymentsApi().send("POST", "/_sandbox/edits", json=edit)
    assert answer.status_code == 400
    assert message in answer.json()["error"]


@pytest.mark.parametrize("by", ["key", "id"])
def test_a_fault_edits_the_deployment_of_the_request(by: str) -> None:
    api = ready()
    path = LIVE if by == "key" else f"{DEPLOYMENTS}/{api.after(0)['id']}"
    rule = {"effect": "foreign-edit", "method": "POST", "edit": {"set": VALUE}, "once": True}
    api.send("POST", "/_sandbox/faults", json={"faults": [rule]})
    answer = api.call("POST", path, json={"version": 2, "actions": [{"action": "redeploy"}]})
    assert refusal(answer) == (409, ["ConcurrentModification"])
    assert shown(api.after(0), "calculator")["RATE_TABLE"] == "us"


def test_a_fault_redeploys_the_deployment_of_the_request() -> None:
    api = ready()
    rule = {"effect": "foreign-edit", "method": "GET", "edit": {"redeploy": {}}, "once": True}
    api.send("POST", "/_sandbox/faults", json={"faults": [rule]})
    assert api.after(0)["status"] == "Deploying"


def test_a_redeploy_does_nothing_to_a_connector_or_a_certification() -> None:
    api = ready()
    rule = {"effect": "foreign-edit", "edit": {"redeploy": {}}}
    api.send("POST", "/_sandbox/faults", json={"faults": [rule]})
    before = api.sandbox.store.list(WORLD, "connector")
    taken(api.call("GET", "/connectors/drafts/key=acme-tax"))
    assert api.sandbox.store.list(WORLD, "connector") == before


@pytest.mark.parametrize("fault", [{"effect": "drop"}, {"effect": "general-error"}])
def test_a_lost_answer_to_a_creation_leaves_the_deployment(fault: dict[str, Any]) -> None:
    api = DeploymentsApi()
    rule = {**fault, "performed": True, "method": "POST", "path": "/deployments$", "once": True}
    api.send("POST", "/_sandbox/faults", json={"faults": [rule]})
    if fault["effect"] == "drop":
        with pytest.raises(Exception, match="closed"):
            api.deploy()
    else:
        assert refusal(api.deploy()) == (500, ["General"])
    assert api.after(60)["status"] == "Deployed"
    assert refusal(api.deploy()) == (400, ["DuplicateField"])
