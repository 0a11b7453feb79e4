import json
from hashlib import sha256

import pytest

from connect_api import taken
from deployments_api import DRAFT, LIVE, DeploymentsApi, application, entry, shared, shown

SECRET = "s3cr3t-01"


@pytest.mark.parametrize(("mask", "value"), [("fixed", "****"), ("length", "*" * 9), ("empty", ""), ("omit-key", None)])
def test_switch_deployment_mask(mask: str, value: str | None) -> None:
    deployment = DeploymentsApi(deployment_mask=mask).deployed()
    assert shown(deployment, "calculator").get("API_TOKEN") == value
    assert SECRET not in json.dumps(deployment)


def test_a_global_secret_is_masked_too() -> None:
    declared = {"standardConfiguration": [], "securedConfiguration": [{"key": "VAULT", "required": True}]}
    api = DeploymentsApi({"globalConfiguration": declared})
    deployment = api.deployed(globalConfiguration=shared({}, {"VAULT": "gl0bal"}))
    assert shown(deployment) == {"VAULT": "****"}
    assert "gl0bal" not in api.send("GET", "/_sandbox/state").text


def test_neither_the_state_nor_the_log_holds_a_secret() -> None:
    api = DeploymentsApi()
    api.deployed()
    api.redeployed({"configurationValues": [entry("calculator", {}, {"API_TOKEN": "s3cr3t-02"})]})
    api.edit(
        {"deployment": "acme-tax-live", "set": {"applications.calculator.securedConfiguration.API_TOKEN": "s3cr3t-03"}}
    )
    state, log = (api.send("GET", f"/_sandbox/{what}") for what in ("state", "requests"))
    assert "s3cr3t" not in state.text + log.text
    (stored,) = state.json()["deployment"]
    digest = sha256(b"s3cr3t-03").hexdigest()
    assert stored["applications"]["calculator"]["securedConfiguration"]["API_TOKEN"] == {"sha256": digest, "length": 9}
    created = next(one for one in log.json()["requests"] if one["path"] == "/acme-shop/deployments")
    sent = created["body"]["configurations"][0]
    assert sent["securedConfiguration"] == [
        {"key": "API_TOKEN", "value": f"sha256:{sha256(SECRET.encode()).hexdigest()}"}
    ]
    assert sent["standardConfiguration"] == [{"key": "RATE_TABLE", "value": "eu"}]


@pytest.mark.parametrize(
    "misplaced", [{"API_TOKEN": SECRET}, SECRET, [SECRET], [{"key": "K", "value": {"x": [SECRET]}}]]
)
def test_the_log_holds_no_secret_of_a_malformed_request(misplaced: object) -> None:
    api = DeploymentsApi()
    api.deploy(configurations=[{"applicationName": "calculator", "securedConfiguration": misplaced}])
    assert SECRET not in api.send("GET", "/_sandbox/requests").text


@pytest.mark.parametrize(("value", "schedule"), [("effective", "0 2 * * *"), ("override", None)])
def test_switch_deployment_schedule_shown(value: str, schedule: str | None) -> None:
    api = DeploymentsApi(deployment_schedule_shown=value)
    assert application(api.deployed(), "nightly").get("schedule") == schedule
    after = api.redeployed({"configurationValues": [entry("nightly") | {"schedule": "0 9 * * *"}]})
    assert application(after, "nightly")["schedule"] == "0 9 * * *"


def test_the_default_schedule_is_that_of_the_contract() -> None:
    contracts = {
        "v1.4.0": {
            "configurations": [{"applicationName": "nightly", "applicationType": "job"}],
            "schedules": {"nightly": "5 5 * * *"},
        }
    }
    api = DeploymentsApi({"configurations": None, "globalConfiguration": None, "sandbox": {"contracts": contracts}})
    deployment = api.deployed(configurations=[entry("nightly")], globalConfiguration=None)
    assert application(deployment, "nightly")["schedule"] == "5 5 * * *"
    assert "schedules" not in deployment["connector"]


def test_switch_deployment_defaults_shown() -> None:
    api = DeploymentsApi(deployment_defaults_shown=False)
    assert shown(api.deployed(), "calculator") == {"RATE_TABLE": "eu", "API_TOKEN": "****"}
    after = api.redeployed({"configurationValues": [entry("calculator", {"LOG_LEVEL": "info"})]})
    assert shown(after, "calculator")["LOG_LEVEL"] == "info"


def test_switch_deployment_old_shape() -> None:
    deployment = DeploymentsApi(deployment_old_shape=True).deployed()
    assert "type" not in deployment
    assert not {"key", "integrationTypes"} & deployment["connector"].keys()
    assert deployment["preview"] is False


def test_the_copy_has_what_the_documentation_lists() -> None:
    connector = DeploymentsApi({"apiClient": None, "documentationUrl": "https://a.example"}).deployed()["connector"]
    assert connector["documentationUrl"] == "https://a.example"
    assert not {"private", "privateProjects", "apiClient", "status", "staged"} & connector.keys()


def test_a_connector_with_an_api_client_gives_the_deployment_one() -> None:
    scopes = ["view_products", "manage_orders"]
    api = DeploymentsApi({"apiClient": {"scopes": scopes}}, granted_scopes=["manage_project", "manage_api_clients"])
    deployment = api.deployed()
    assert deployment["apiClient"]["scopes"] == scopes
    assert api.redeployed()["apiClient"] == deployment["apiClient"]


def test_global_configuration_is_shown_where_the_connector_has_one() -> None:
    api = DeploymentsApi({"globalConfiguration": None})
    for given in (None, shared()):
        assert "globalConfiguration" not in taken(api.deploy(key=None, globalConfiguration=given), 201)


@pytest.mark.parametrize("form", ["sample", "omit", "null", "empty"])
def test_switch_empty_values(form: str) -> None:
    deployment = taken(DeploymentsApi(empty_values=form).deploy(key=None), 201)
    assert ("key" in deployment) == (form == "null")
    assert ("url" in application(deployment, "nightly")) == (form == "null")
    assert application(deployment, "nightly")["standardConfiguration"] == []


@pytest.mark.parametrize(
    ("order", "names"), [("kept", ["calculator", "nightly"]), ("reversed", ["nightly", "calculator"])]
)
def test_switch_element_order(order: str, names: list[str]) -> None:
    deployment = DeploymentsApi(element_order=order).deployed()
    assert [one["applicationName"] for one in deployment["applications"]] == names


def test_switches_extra_field_and_odd_enum() -> None:
    api = DeploymentsApi(extra_field=True, odd_enum=True)
    deployment = taken(api.deploy(), 201)
    assert (deployment["sandboxRevision"], deployment["status"]) == ({"number": 1}, "Provisioning")
    assert api.after(60)["status"] == "Deployed"


def test_switch_conflict_numbers() -> None:
    api = DeploymentsApi(conflict_numbers=False)
    api.deployed()
    answer = api.call("POST", LIVE, json={"version": 9, "actions": [{"action": "redeploy"}]})
    assert not {"expectedVersion", "currentVersion"} & answer.json()["errors"][0].keys()


def test_values_are_in_the_order_of_the_contract() -> None:
    reverse = [{"key": "LOG_LEVEL", "value": "debug"}, {"key": "RATE_TABLE", "value": "eu"}]
    configurations = [{**DRAFT["configurations"][0], "standardConfiguration": reverse}]
    assert list(shown(DeploymentsApi().deployed(configurations=configurations), "calculator")) == [
        "RATE_TABLE",
        "LOG_LEVEL",
        "API_TOKEN",
    ]
