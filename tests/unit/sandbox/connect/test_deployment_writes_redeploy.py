from typing import Any

import pytest

from connect_api import DRAFTS, details, refusal, taken
from deployments_api import CONTRACT, LIVE, DeploymentsApi, application, entry, shared, shown
from trueup.sandbox.store import Document

CALCULATOR, NIGHTLY = CONTRACT["configurations"]
SERVICE = {**NIGHTLY, "applicationName": "enabler", "applicationType": "assets"}


def ready(connector: Document | None = None, /, **switches: object) -> DeploymentsApi:
    api = DeploymentsApi(connector, **switches)
    api.deployed()
    return api


def moved(new: Document, **switches: object) -> DeploymentsApi:
    """Return a deployment whose connector has since been published with another contract."""
    api = ready({"sandbox": {"contracts": {"v2": {**CONTRACT, **new}}}}, **switches)
    api.publish("v2")
    return api


def values(name: str, standard: dict[str, str] | None = None, secured: dict[str, str] | None = None) -> Document:
    return {"configurationValues": [entry(name, standard, secured)]}


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"actions": []}, "version: Missing required value"),
        ({"version": 2}, "actions: Missing required value"),
        ({"version": 2, "actions": [1]}, "actions[0]: Expected an object"),
        ({"version": 2, "actions": [{"action": "update"}]}, "actions[0]: Unknown action 'update'"),
        (
            {"version": 2, "actions": [{"action": "redeploy", "updateConnector": 1}]},
            "updateConnector: Expected a boolean",
        ),
        ({"version": 2, "actions": [{"action": "redeploy", "skipScripts": None}]}, "skipScripts: Expected a boolean"),
        ({"version": 2, "actions": [{"action": "redeploy", "configurationValues": {}}]}, "Expected an array"),
        ({"version": 2, "actions": [{"action": "redeploy", **values("calculator")}] * 2}, ""),
    ],
)
def test_a_malformed_redeploy_is_refused_and_changes_nothing(body: Document, detail: str) -> None:
    api = ready()
    before = api.after(0)
    answer = api.call("POST", LIVE, json=body)
    assert answer.status_code == 400
    assert not detail or detail in "".join(details(answer))
    assert api.after(0) == before


def test_a_bare_redeploy_restarts_with_the_same_values_and_a_new_build() -> None:
    api = ready()
    before = api.after(0)
    after = api.redeployed()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"version", "details"}
    assert after["details"]["build"]["id"] != before["details"]["build"]["id"]


def test_a_redeploy_keeps_what_it_does_not_name() -> None:
    api = ready()
    after = api.redeployed(values("calculator", {"LOG_LEVEL": "debug"}))
    assert shown(after, "calculator") == {"RATE_TABLE": "eu", "LOG_LEVEL": "debug", "API_TOKEN": "****"}
    assert shown(after) == {"CTP_REGION": "europe-west1.gcp"}
    again = api.redeployed({"globalConfiguration": shared({"CTP_REGION": "r"})})
    assert (shown(again), shown(again, "calculator")) == ({"CTP_REGION": "r"}, shown(after, "calculator"))


def test_a_masked_value_that_is_sent_back_becomes_the_secret() -> None:
    api = ready()

    def stored() -> Any:
        (deployment,) = api.send("GET", "/_sandbox/state").json()["deployment"]
        return deployment["applications"]["calculator"]["securedConfiguration"]["API_TOKEN"]

    before = stored()
    api.redeployed(values("calculator", {}, {"API_TOKEN": "****"}))
    assert before["length"] == len("s3cr3t-01")
    assert stored()["length"] == len("****")


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (values("mailer"), "DeploymentUnknownApplicationConfiguration"),
        (values("calculator", {"X": "1"}), "DeploymentUnknownApplicationConfigurationKey"),
        ({"globalConfiguration": shared({"X": "1"})}, "DeploymentUnknownGlobalConfigurationKey"),
        ({"globalConfiguration": shared({"CTP_REGION": ""})}, "DeploymentEmptyRequiredGlobalConfigurationKey"),
        ({"configurationValues": []}, "DeploymentApplicationRequired"),
        (
            {"configurationValues": [entry("calculator") | {"retryPolicy": {}}]},
            "DeploymentRetryPolicyOverrideNotAllowed",
        ),
    ],
)
def test_a_redeploy_that_the_connector_does_not_allow_has_its_code(payload: Document, code: str) -> None:
    api = ready()
    before = api.after(0)
    assert refusal(api.redeploy(payload)) == (400, [code])
    assert api.after(0) == before


def test_without_update_connector_a_deployment_stays_on_its_version() -> None:
    api = ready()
    api.publish("v2")
    assert api.redeployed()["connector"]["repository"]["tag"] == "v1.4.0"
    assert api.redeployed({"updateConnector": True})["connector"]["repository"]["tag"] == "v2"


def test_a_preview_moves_to_the_latest_previewable_state_of_its_draft() -> None:
    api = DeploymentsApi({"isPreviewable": "true"})
    api.deployed(connector={"key": "acme-tax", "staged": True}, type="preview")
    api.acted({"action": "setRepository", "tag": "v2"}, {"action": "updatePreviewable"})
    assert refusal(api.redeploy({"updateConnector": True})) == (400, ["DeploymentConnectorUpdateFailure"])
    api.clock.advance(60)
    assert api.redeployed({"updateConnector": True})["connector"]["repository"]["tag"] == "v2"


def test_a_connector_that_is_gone_cannot_be_updated_to() -> None:
    api = ready(deployment_blocks_connector_delete=False)
    taken(api.call("DELETE", f"{DRAFTS}/key=acme-tax"))
    assert refusal(api.redeploy({"updateConnector": True})) == (400, ["DeploymentConnectorUpdateFailure"])
    assert api.redeployed()["status"] == "Deployed"


@pytest.mark.parametrize(
    "new", [{"globalConfiguration": {"standardConfiguration": [{"key": "NEW", "required": True}]}}]
)
def test_a_new_required_global_key_must_come_with_the_redeploy(new: Document) -> None:
    api = moved(new)
    update = {"updateConnector": True}
    assert refusal(api.redeploy(update)) == (400, ["DeploymentMissingGlobalConfigurationKey"])
    after = api.redeployed(update | {"globalConfiguration": shared({"NEW": "1"})})
    assert shown(after) == {"NEW": "1"}


def test_a_deployed_default_stays_when_a_newer_version_changes_it() -> None:
    newer = [
        {**one, "default": "warn"} if one["key"] == "LOG_LEVEL" else one for one in CALCULATOR["standardConfiguration"]
    ]
    api = moved({"configurations": [{**CALCULATOR, "standardConfiguration": newer}]})
    assert shown(api.redeployed({"updateConnector": True}), "calculator")["LOG_LEVEL"] == "info"


def test_the_version_is_checked_before_the_status() -> None:
    api = ready()
    taken(api.redeploy(), 201)
    assert refusal(api.redeploy(version=2)) == (409, ["ConcurrentModification"])
    assert refusal(api.redeploy(version=3)) == (400, ["DeploymentInvalidStatusTransition"])


# --- switches


@pytest.mark.parametrize(
    ("merge", "calculator", "nightly"),
    [
        ("key", {"RATE_TABLE": "eu", "LOG_LEVEL": "debug", "API_TOKEN": "****"}, "0 9 * * *"),
        ("application", {"LOG_LEVEL": "debug"}, "0 9 * * *"),
        ("all", {"LOG_LEVEL": "debug"}, "0 9 * * *"),
    ],
)
def test_switch_deployment_merge(merge: str, calculator: Document, nightly: str) -> None:
    api = DeploymentsApi(deployment_merge=merge, deployment_missing_required="accept")
    api.deployed(
        configurations=[
            entry("calculator", {"RATE_TABLE": "eu"}, {"API_TOKEN": "x"}),
            entry("nightly") | {"schedule": nightly},
        ]
    )
    after = api.redeployed(values("calculator", {"LOG_LEVEL": "debug"}))
    assert (shown(after, "calculator"), application(after, "nightly")["schedule"]) == (calculator, nightly)


@pytest.mark.parametrize(
    ("merge", "left"), [("application", {"RATE_TABLE", "LOG_LEVEL", "API_TOKEN"}), ("all", {"LOG_LEVEL"})]
)
def test_switch_deployment_merge_decides_about_other_applications(merge: str, left: set[str]) -> None:
    api = ready(deployment_merge=merge, deployment_missing_required="accept")
    assert set(shown(api.redeployed(values("nightly")), "calculator")) == left
    assert set(shown(api.redeployed(), "calculator")) == left


def test_switch_deployment_empty_values() -> None:
    assert ready(deployment_empty_values="accept").redeploy({"configurationValues": []}).status_code == 201


@pytest.mark.parametrize(("value", "status"), [("refuse", 400), ("accept", 201)])
def test_switch_deployment_second_action(value: str, status: int) -> None:
    api = ready(deployment_second_action=value)
    actions = [{"action": "redeploy", **values("calculator", {"RATE_TABLE": rate})} for rate in ("a", "b")]
    assert api.call("POST", LIVE, json={"version": 2, "actions": actions}).status_code == status
    after = api.after(60)
    assert (after["version"], shown(after, "calculator")["RATE_TABLE"]) == ((4, "b") if status == 201 else (2, "eu"))


def test_switch_deployment_missing_lists() -> None:
    payload = {"configurationValues": [{"applicationName": "calculator"}]}
    assert refusal(ready().redeploy(payload)) == (400, ["InvalidJsonInput", "InvalidJsonInput"])
    assert ready(deployment_missing_lists="accept").redeploy(payload).status_code == 201


@pytest.mark.parametrize(("value", "shown_schedule"), [("keep", "0 9 * * *"), ("default", "0 2 * * *")])
def test_switch_deployment_schedule_left_out(value: str, shown_schedule: str) -> None:
    api = ready(deployment_schedule_left_out=value)
    api.redeployed({"configurationValues": [entry("nightly") | {"schedule": "0 9 * * *"}]})
    assert application(api.redeployed(values("calculator")), "nightly")["schedule"] == "0 9 * * *"
    assert application(api.redeployed(values("nightly")), "nightly")["schedule"] == shown_schedule


@pytest.mark.parametrize(
    ("value", "names"), [("added", ["calculator", "nightly", "enabler"]), ("not-added", ["calculator", "nightly"])]
)
def test_switch_deployment_new_application(value: str, names: list[str]) -> None:
    api = moved({"configurations": [CALCULATOR, NIGHTLY, SERVICE]}, deployment_new_application=value)
    if value == "not-added":
        answer = api.redeploy({"updateConnector": True, **values("enabler")})
        assert refusal(answer) == (400, ["DeploymentApplicationDoNotBelong"])
    after = api.redeployed({"updateConnector": True})
    assert [one["applicationName"] for one in after["applications"]] == names


def test_switch_deployment_new_application_update_failure() -> None:
    api = moved({"configurations": [CALCULATOR, NIGHTLY, SERVICE]}, deployment_new_application="update-failure")
    assert refusal(api.redeploy({"updateConnector": True})) == (400, ["DeploymentConnectorUpdateFailure"])


def test_an_application_that_was_left_out_at_the_creation_is_not_new() -> None:
    api = DeploymentsApi({"sandbox": {"contracts": {"v2": CONTRACT}}})
    api.deployed(configurations=[entry("nightly")])
    api.publish("v2")
    assert [one["applicationName"] for one in api.redeployed({"updateConnector": True})["applications"]] == ["nightly"]


def test_an_application_that_a_newer_version_removes_is_dropped() -> None:
    after = moved({"configurations": [NIGHTLY]}).redeployed({"updateConnector": True})
    assert [one["applicationName"] for one in after["applications"]] == ["nightly"]


@pytest.mark.parametrize(("value", "status"), [("new", 201), ("old", 400)])
def test_switch_deployment_contract(value: str, status: int) -> None:
    added = [*CALCULATOR["standardConfiguration"], {"key": "NEW", "required": False}]
    api = moved({"configurations": [{**CALCULATOR, "standardConfiguration": added}]}, deployment_contract=value)
    assert api.redeploy({"updateConnector": True, **values("calculator", {"NEW": "1"})}).status_code == status


@pytest.mark.parametrize(
    ("value", "keys"), [("drop", {"API_TOKEN"}), ("keep", {"API_TOKEN", "RATE_TABLE", "LOG_LEVEL"})]
)
def test_switch_deployment_stale_keys(value: str, keys: set[str]) -> None:
    api = moved({"configurations": [{**CALCULATOR, "standardConfiguration": []}]}, deployment_stale_keys=value)
    assert set(shown(api.redeployed({"updateConnector": True}), "calculator")) == keys


def test_switch_deployment_update_without_news() -> None:
    update = {"updateConnector": True}
    assert ready().redeploy(update).status_code == 201
    api = ready(deployment_update_without_news="update-failure")
    assert refusal(api.redeploy(update)) == (400, ["DeploymentConnectorUpdateFailure"])
    api.publish("v2")
    assert api.redeploy(update).status_code == 201


def test_switch_deployment_update_unpreviewable() -> None:
    switches = {"deployment_update_unpreviewable": "ConnectorStagedNotPreviewable"}
    api = DeploymentsApi({"isPreviewable": "true"}, **switches)
    api.deployed(connector={"key": "acme-tax", "staged": True}, type="preview")
    api.acted({"action": "setRepository", "tag": "v2"})
    assert refusal(api.redeploy({"updateConnector": True})) == (400, ["ConnectorStagedNotPreviewable"])


def test_switch_deployment_update_moves() -> None:
    api = ready(deployment_update_moves=False)
    api.publish("v2")
    after = api.redeployed({"updateConnector": True})
    assert (after["status"], after["connector"]["repository"]["tag"]) == ("Deployed", "v1.4.0")


@pytest.mark.parametrize(("value", "version"), [("request", 3), ("action", 3), ("request-and-action", 4)])
def test_switch_version_step(value: str, version: int) -> None:
    assert taken(ready(version_step=value).redeploy(), 201)["version"] == version


def test_switch_write_answer() -> None:
    answer = ready(write_answer="before").redeploy(values("calculator", {"RATE_TABLE": "x"}))
    assert (taken(answer, 201)["version"], answer.json()["status"]) == (2, "Deployed")


def test_switch_update_status() -> None:
    assert ready(update_status=200).redeploy().status_code == 200


def test_switch_empty_actions() -> None:
    api = ready()
    assert taken(api.call("POST", LIVE, json={"version": 2, "actions": []}), 201)["version"] == 2
    refusing = ready(empty_actions="refuse")
    assert refusal(refusing.call("POST", LIVE, json={"version": 2, "actions": []})) == (400, ["InvalidJsonInput"])


def test_switch_check_order() -> None:
    body = {"version": 1, "actions": [{"action": "nothing"}]}
    assert ready().call("POST", LIVE, json=body).status_code == 409
    assert ready(check_order="actions").call("POST", LIVE, json=body).status_code == 400
