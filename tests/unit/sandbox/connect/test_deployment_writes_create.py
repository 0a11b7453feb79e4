from typing import Any

import pytest

from connect_api import WORLD, details, refusal, taken
from deployments_api import (
    CONNECTOR,
    CONTRACT,
    DEPLOYMENTS,
    DRAFT,
    LIVE,
    DeploymentsApi,
    application,
    entry,
    shared,
    shown,
)
from trueup.sandbox.store import Document

EVENT = {
    "applicationName": "order-events",
    "applicationType": "event",
    "standardConfiguration": [],
    "securedConfiguration": [],
}
WITH_EVENT = {"configurations": [*CONTRACT["configurations"], EVENT]}
BACKOFF = {"strategy": "exponential-backoff", "minBackoffSeconds": 10, "maxBackoffSeconds": 300}
STAGED = {"key": "acme-tax", "staged": True}


def with_entries(*entries: object) -> dict[str, Any]:
    return {"configurations": [*DRAFT["configurations"], *entries]}


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"key": "k"}, "key: Expected a string matching"),
        ({"type": "live"}, "type: Unexpected value 'live'"),
        ({"connector": None}, "connector: Missing required value"),
        ({"connector": {}}, "connector: Expected id or key"),
        ({"connector": {"key": "acme-tax", "staged": "true"}}, "connector.staged: Expected a boolean"),
        ({"connector": {"key": "acme-tax", "version": "7"}}, "connector.version: Expected an integer"),
        ({"region": None}, "region: Missing required value"),
        ({"region": "mars"}, "region: Unexpected value 'mars'"),
        ({"configurations": {}}, "configurations: Expected an array"),
        ({"configurations": [1]}, "configurations[0]: Expected an object"),
        ({"configurations": [{**entry("calculator"), "applicationName": ""}]}, "configurations[0].applicationName: "),
        ({"configurations": [entry("calculator") | {"schedule": "often"}]}, "schedule: Expected a cron expression"),
        ({"configurations": [entry("calculator") | {"standardConfiguration": None}]}, "Expected an array"),
        ({"configurations": [entry("calculator") | {"securedConfiguration": [1]}]}, "[0]: Expected an object"),
        ({"configurations": [entry("calculator", {"RATE_TABLE": 5})]}, "[0].value: Expected a string"),  # type: ignore[dict-item]
        ({"globalConfiguration": []}, "globalConfiguration: Expected an object"),
        ({"globalConfiguration": {"standardConfiguration": {}}}, "standardConfiguration: Expected an array"),
    ],
)
def test_a_malformed_creation_is_refused_with_the_place(fields: dict[str, Any], detail: str) -> None:
    answer = DeploymentsApi().deploy(**fields)
    assert refusal(answer)[0] == 400
    assert set(refusal(answer)[1]) == {"InvalidJsonInput"}
    assert any(detail in found for found in details(answer)), details(answer)


@pytest.mark.parametrize("body", ["{", "[]"])
def test_a_body_that_is_no_object_is_refused(body: str) -> None:
    assert refusal(DeploymentsApi().call("POST", DEPLOYMENTS, content=body)) == (400, ["InvalidJsonInput"])


def test_no_refusal_repeats_a_value() -> None:
    api = DeploymentsApi()
    secret: Any = {"nested": "s3cr3t"}
    wrong = [entry("calculator", {"UNKNOWN": "s3cr3t"}, {"API_TOKEN": secret}), entry("mailer", {"A": "s3cr3t"})]
    assert "s3cr3t" not in api.deploy(configurations=wrong).text
    assert "s3cr3t" not in api.deploy(configurations=wrong[1:]).text


@pytest.mark.parametrize(
    ("reference", "fields", "shown_type", "preview"),
    [
        ({"key": "acme-tax"}, {"type": None}, "sandbox", False),
        ({"id": CONNECTOR["id"]}, {"type": "production"}, "production", False),
        ({"key": "acme-tax", "staged": False, "version": 7}, {}, "sandbox", False),
        (STAGED, {"type": None}, "preview", True),
        (STAGED | {"version": 7}, {"type": "preview"}, "preview", True),
    ],
)
def test_the_type_follows_from_the_reference(
    reference: Document, fields: dict[str, Any], shown_type: str, *, preview: bool
) -> None:
    api = DeploymentsApi({"isPreviewable": "true"})
    deployment = taken(api.deploy(connector=reference, **fields), 201)
    assert (deployment["type"], deployment["preview"], deployment["version"]) == (shown_type, preview, 1)
    assert deployment["connector"]["key"] == "acme-tax"


@pytest.mark.parametrize(
    ("connector", "fields", "code"),
    [
        ({}, {"connector": {"key": "nobody"}}, "ConnectorReferenceNotFound"),
        ({}, {"connector": {"id": CONNECTOR["id"], "key": "nobody"}}, "ConnectorReferenceNotFound"),
        ({}, {"connector": {"key": "acme-tax", "version": 6}}, "ConnectorReferenceNotFound"),
        ({"status": "Draft", "alreadyListed": False}, {}, "ConnectorReferenceNotFound"),
        ({}, {"connector": STAGED, "type": None}, "ConnectorStagedNotPreviewable"),
        ({"isPreviewable": "true"}, {"connector": STAGED, "type": "sandbox"}, "DeploymentInvalidType"),
        ({}, {"type": "preview"}, "DeploymentInvalidType"),
        ({}, {"region": "us-central1.gcp"}, "DeploymentUnsupportedRegion"),
        ({}, with_entries(entry("mailer")), "DeploymentUnknownApplicationConfiguration"),
        ({}, {"configurations": [entry("nightly", {"X": "1"})]}, "DeploymentUnknownApplicationConfigurationKey"),
        (
            {},
            {"configurations": [entry("calculator", {}, {"RATE_TABLE": "1"})]},
            "DeploymentUnknownApplicationConfigurationKey",
        ),
        ({}, {"globalConfiguration": shared({"CTP_REGION": "r", "X": "1"})}, "DeploymentUnknownGlobalConfigurationKey"),
        (
            {},
            {"globalConfiguration": shared({"CTP_REGION": "r"}, {"X": "1"})},
            "DeploymentUnknownGlobalConfigurationKey",
        ),
        ({}, {"globalConfiguration": None}, "DeploymentMissingGlobalConfigurationKey"),
        ({}, {"globalConfiguration": shared({"CTP_REGION": ""})}, "DeploymentEmptyRequiredGlobalConfigurationKey"),
        (WITH_EVENT, with_entries(entry("order-events") | {"retryPolicy": {}}), "DeploymentInvalidRetryPolicy"),
        (
            {},
            {"configurations": [entry("nightly") | {"retryPolicy": BACKOFF}]},
            "DeploymentRetryPolicyOverrideNotAllowed",
        ),
        ({}, {"configurations": [entry("calculator") | {"schedule": "0 3 * * *"}]}, "InvalidJsonInput"),
    ],
)
def test_a_creation_that_the_connector_does_not_allow_has_its_code(
    connector: Document, fields: dict[str, Any], code: str
) -> None:
    api = DeploymentsApi(connector)
    assert refusal(api.deploy(**fields)) == (400, [code])
    assert api.sandbox.store.list(WORLD, "deployment") == []


def test_all_wrong_values_are_named_at_once() -> None:
    answer = DeploymentsApi().deploy(configurations=[entry("mailer"), entry("calculator", {"A": "1", "B": "2"})])
    assert len(answer.json()["errors"]) == 3


@pytest.mark.parametrize(
    ("policy", "accepted"),
    [
        ({"strategy": "immediate"}, True),
        (BACKOFF, True),
        (BACKOFF | {"minBackoffSeconds": 1, "maxBackoffSeconds": 600, "maxAttempts": 5}, True),
        (BACKOFF | {"maxAttempts": 100}, True),
        (BACKOFF | {"minBackoffSeconds": 0}, False),
        (BACKOFF | {"maxBackoffSeconds": 601}, False),
        (BACKOFF | {"maxBackoffSeconds": 9}, False),
        (BACKOFF | {"maxAttempts": 4}, False),
        (BACKOFF | {"maxAttempts": 101}, False),
        (BACKOFF | {"minBackoffSeconds": True}, False),
        ({"strategy": "exponential-backoff"}, False),
        ({"strategy": "never"}, False),
        ("immediate", False),
        (None, False),
    ],
)
def test_a_retry_policy_has_the_bounds_of_connect_yaml(policy: object, *, accepted: bool) -> None:
    api = DeploymentsApi(WITH_EVENT)
    answer = api.deploy(**with_entries(entry("order-events") | {"retryPolicy": policy}))
    assert (answer.status_code == 201) == accepted
    if accepted:
        assert application(answer.json(), "order-events")["retryPolicy"] == policy


def test_a_schedule_and_an_empty_value_of_an_optional_key_are_stored() -> None:
    configurations = [entry("calculator", {"RATE_TABLE": "eu", "LOG_LEVEL": ""}, {"API_TOKEN": "x"})]
    configurations.append(entry("nightly") | {"schedule": "*/5 0-6 * * MON"})
    deployment = taken(DeploymentsApi().deploy(configurations=configurations), 201)
    assert shown(deployment, "calculator")["LOG_LEVEL"] == ""
    assert application(deployment, "nightly")["schedule"] == "*/5 0-6 * * MON"


def test_a_connector_without_supported_regions_is_deployed_anywhere() -> None:
    api = DeploymentsApi({"supportedRegions": []})
    assert taken(api.deploy(region="us-east-2.aws"), 201)["deployedRegion"] == "us-east-2.aws"


def test_two_creations_without_key_make_two_deployments() -> None:
    api = DeploymentsApi()
    first, second = (taken(api.deploy(key=None), 201) for _ in range(2))
    assert first["id"] != second["id"]
    assert "key" not in first


@pytest.mark.parametrize(
    ("projects", "status"), [([], 201), (["europe-west1.gcp:acme-shop"], 201), (["us-central1.gcp:acme-shop"], 403)]
)
@pytest.mark.parametrize("staged", [False, True])
def test_a_private_connector_is_deployed_by_its_private_projects(
    projects: list[str], status: int, *, staged: bool
) -> None:
    api = DeploymentsApi({"privateProjects": projects, "isPreviewable": "true"})
    assert api.deploy(connector={"key": "acme-tax", "staged": staged}, type=None).status_code == status


def test_a_public_connector_is_deployed_by_every_project_but_its_preview_is_not() -> None:
    api = DeploymentsApi({"private": False, "privateProjects": ["europe-west1.gcp:other"], "isPreviewable": "true"})
    assert api.deploy().status_code == 201
    assert refusal(api.deploy(key="other", connector=STAGED, type=None)) == (403, ["AuthorizationError"])


# --- switches


def test_switch_deployment_forbidden_project() -> None:
    api = DeploymentsApi(
        {"privateProjects": ["europe-west1.gcp:other"]}, deployment_forbidden_project="ConnectorReferenceNotFound"
    )
    assert refusal(api.deploy()) == (400, ["ConnectorReferenceNotFound"])


def test_switch_deployment_open_private() -> None:
    assert refusal(DeploymentsApi(deployment_open_private=False).deploy()) == (403, ["AuthorizationError"])


def test_switch_project_region() -> None:
    connector = {"privateProjects": ["us-central1.gcp:acme-shop"]}
    assert DeploymentsApi(connector, project_region="us-central1.gcp").deploy().status_code == 201


def test_switch_project_regions() -> None:
    connector = {"privateProjects": ["us-central1.gcp:acme-shop"], "supportedRegions": []}
    api = DeploymentsApi(connector, project_regions={WORLD: "us-central1.gcp"}, deployment_foreign_region="refuse")
    assert refusal(api.deploy()) == (400, ["DeploymentUnsupportedRegion"])
    assert api.deploy(region="us-central1.gcp").status_code == 201
    assert refusal(DeploymentsApi(connector, project_regions={"other": "us-central1.gcp"}).deploy()) == (
        403,
        ["AuthorizationError"],
    )


def test_switch_deployment_foreign_region() -> None:
    api = DeploymentsApi({"supportedRegions": []}, deployment_foreign_region="refuse")
    assert refusal(api.deploy(region="us-central1.gcp")) == (400, ["DeploymentUnsupportedRegion"])
    assert api.deploy().status_code == 201


def test_switch_deployment_production() -> None:
    api = DeploymentsApi(deployment_production=False)
    assert refusal(api.deploy(type="production")) == (400, ["DeploymentProductionDeactivated"])
    assert api.deploy().status_code == 201


def test_switch_deployment_reference_version() -> None:
    api = DeploymentsApi(deployment_reference_version="ignore")
    assert taken(api.deploy(connector={"key": "acme-tax", "version": 6}), 201)["connector"]["version"] == 7


@pytest.mark.parametrize(
    "fields",
    [{"configurations": None}, {"configurations": [{"applicationName": "nightly"}]}],
    ids=["no configurations", "an entry without lists"],
)
def test_switch_deployment_missing_lists(fields: dict[str, Any]) -> None:
    assert set(refusal(DeploymentsApi().deploy(**fields))[1]) == {"InvalidJsonInput"}
    assert DeploymentsApi(deployment_missing_lists="accept").deploy(**fields).status_code == 201


def test_switch_deployment_unknown_fields() -> None:
    assert DeploymentsApi().deploy(configurationValues=[]).status_code == 201
    answer = DeploymentsApi(deployment_unknown_fields="refuse").deploy(configurationValues=[])
    assert details(answer) == ["configurationValues: Unknown member"]


@pytest.mark.parametrize(("value", "names"), [("not-deployed", ["calculator"]), ("added", ["calculator", "nightly"])])
def test_switch_deployment_left_out_application(value: str, names: list[str]) -> None:
    api = DeploymentsApi(deployment_left_out_application=value)
    deployment = taken(api.deploy(configurations=DRAFT["configurations"][:1]), 201)
    assert [one["applicationName"] for one in deployment["applications"]] == names


def test_switch_deployment_left_out_application_refuse() -> None:
    api = DeploymentsApi(deployment_left_out_application="refuse")
    assert details(api.deploy(configurations=[])) == [
        "configurations: Missing application calculator",
        "configurations: Missing application nightly",
    ]


def test_switch_deployment_missing_required() -> None:
    incomplete: dict[str, Any] = {"configurations": [entry("calculator", {"RATE_TABLE": "eu"})]}
    failed = DeploymentsApi().deployed(**incomplete)
    assert failed["status"] == "Failed"
    assert (
        failed["details"]["build"]["report"]["entries"][0]["title"] == "Required configuration API_TOKEN has no value"
    )
    accepting = DeploymentsApi(deployment_missing_required="accept")
    assert accepting.deployed(**incomplete)["status"] == "Deployed"
    refusing = DeploymentsApi(deployment_missing_required="refuse")
    assert details(refusing.deploy(**incomplete)) == ["calculator: Missing required configuration API_TOKEN"]


def test_switch_deployment_empty_value() -> None:
    empty = {"configurations": [entry("calculator", {"RATE_TABLE": "eu", "LOG_LEVEL": ""}, {"API_TOKEN": "x"})]}
    unset = DeploymentsApi(deployment_empty_value="unset")
    assert shown(taken(unset.deploy(**empty), 201), "calculator")["LOG_LEVEL"] == "info"
    refusing = DeploymentsApi(deployment_empty_value="refuse")
    assert details(refusing.deploy(**empty)) == ["configurations[0].standardConfiguration[1].value: Must not be empty"]


def test_switch_deployment_key_while_undeploying() -> None:
    for value, status in (("refuse", 400), ("accept", 201)):
        api = DeploymentsApi(deployment_key_while_undeploying=value)
        api.deployed()
        taken(api.call("DELETE", LIVE), 202)
        answer = api.deploy()
        assert answer.status_code == status
        if status == 201:
            assert api.after(0)["id"] == answer.json()["id"]
            assert api.after(60)["status"] == "Deployed"
        else:
            assert refusal(answer)[1] == ["DuplicateField"]
            api.clock.advance(60)
            assert api.deploy().status_code == 201


def test_error_statuses_of_deployments_can_be_changed() -> None:
    api = DeploymentsApi(error_statuses={"DeploymentUnsupportedRegion": 422})
    assert refusal(api.deploy(region="us-central1.gcp")) == (422, ["DeploymentUnsupportedRegion"])
