import pytest

from connect_api import refusal, taken
from deployments_api import CONTRACT, DEPLOYMENTS, LIVE, DeploymentsApi
from trueup.sandbox.store import Document


def several(count: int = 4, **switches: object) -> DeploymentsApi:
    api = DeploymentsApi(**switches)
    for number in range(count):
        taken(api.deploy(key=f"key-{number}", type="production" if number % 2 else "sandbox"), 201)
        api.clock.advance(1)
    return api


def page(api: DeploymentsApi, **query: object) -> Document:
    return taken(api.call("GET", DEPLOYMENTS, params=query))


def keys(api: DeploymentsApi, **query: object) -> list[str]:
    return [deployment["key"] for deployment in page(api, **query)["results"]]


def test_a_list_has_the_oldest_first_and_its_bounds() -> None:
    shown = page(several(), limit=2, offset=1)
    assert {name: shown[name] for name in ("limit", "offset", "count", "total")} == {
        "limit": 2,
        "offset": 1,
        "count": 2,
        "total": 4,
    }
    assert [deployment["key"] for deployment in shown["results"]] == ["key-1", "key-2"]


def test_a_list_without_parameters_has_twenty() -> None:
    shown = page(several(21))
    assert (shown["limit"], shown["count"], shown["total"]) == (20, 20, 21)


@pytest.mark.parametrize(
    ("sort", "first"), [("createdAt desc", "key-3"), ("createdAt asc", "key-0"), ("lastModifiedAt desc", "key-0")]
)
def test_a_list_is_sorted(sort: str, first: str) -> None:
    api = several()
    api.clock.advance(60)
    taken(api.call("POST", f"{DEPLOYMENTS}/key=key-0", json={"version": 2, "actions": [{"action": "redeploy"}]}), 201)
    assert keys(api, sort=sort)[0] == first


def test_a_list_is_filtered_by_type_and_integration_type() -> None:
    api = several()
    assert keys(api, deploymentType="production") == ["key-1", "key-3"]
    assert page(api, deploymentType="production", limit=1)["total"] == 2
    assert keys(api, integrationTypes="psp") == []
    assert len(keys(api, integrationTypes=["psp", "tax"])) == 4


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 501},
        {"limit": -1},
        {"offset": 10_001},
        {"deploymentType": "live"},
        {"sort": "name asc"},
        {"integrationTypes": "x"},
    ],
)
def test_a_wrong_parameter_is_refused(query: dict[str, object]) -> None:
    assert refusal(DeploymentsApi().call("GET", DEPLOYMENTS, params=query)) == (400, ["InvalidQueryParam"])


def test_a_list_advances_the_pipelines() -> None:
    api = several(1)
    api.clock.advance(60)
    assert page(api)["results"][0]["status"] == "Deployed"


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("key=nobody", 404, "ResourceNotFound"),
        ("c1f7e2d0-3a5b-4c6d-8e9f-0a1b2c3d4e5f", 404, "ResourceNotFound"),
        ("key=a", 400, "InvalidPathParam"),
        ("no-id", 400, "InvalidPathParam"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_address_that_leads_nowhere_is_refused(address: str, status: int, code: str, method: str) -> None:
    answer = DeploymentsApi().call(method, f"{DEPLOYMENTS}/{address}", json={"version": 1, "actions": []})
    assert refusal(answer) == (status, [code])


def test_a_message_says_which_address_was_used() -> None:
    id_ = "c1f7e2d0-3a5b-4c6d-8e9f-0a1b2c3d4e5f"
    message = DeploymentsApi().call("GET", f"{DEPLOYMENTS}/{id_}").json()["message"]
    assert message == f"Deployment with id={id_} or key=null does not exist"


def test_logs_have_one_line_for_each_application() -> None:
    api = DeploymentsApi()
    deployment = api.deployed()
    logs = taken(api.call("GET", f"{LIVE}/logs"))
    assert [(line["deploymentId"], line["applicationName"]) for line in logs["data"]] == [
        (deployment["id"], "calculator"),
        (deployment["id"], "nightly"),
    ]
    assert logs["next"] == ""
    only = taken(api.call("GET", f"{LIVE}/logs", params={"applicationName": "nightly"}))
    assert len(only["data"]) == 1
    late = taken(api.call("GET", f"{LIVE}/logs", params={"startDate": "2030-01-01T00:00:00.000Z"}))
    assert late["data"] == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"applicationName": "mailer"}, "DeploymentApplicationDoesNotExist"),
        ({"startDate": "yesterday"}, "DeploymentLogInvalidDate"),
        ({"endDate": "2026-01-01T00:00:00"}, "DeploymentLogInvalidDate"),
        ({"pageToken": "x"}, "DeploymentLogInvalidPageToken"),
    ],
)
def test_a_wrong_query_of_logs_has_its_code(query: dict[str, str], code: str) -> None:
    api = DeploymentsApi()
    api.deployed()
    assert refusal(api.call("GET", f"{LIVE}/logs", params=query)) == (400, [code])


def test_logs_in_a_region_of_aws_need_the_name_of_an_application() -> None:
    api = DeploymentsApi({"supportedRegions": []})
    api.deployed(region="eu-central-1.aws")
    assert refusal(api.call("GET", f"{LIVE}/logs")) == (400, ["DeploymentLogMissingApplicationName"])


def test_switch_deployment_logs() -> None:
    api = DeploymentsApi(deployment_logs="gone")
    api.deployed()
    assert refusal(api.call("GET", f"{LIVE}/logs")) == (404, ["ResourceNotFound"])


def test_switch_deployment_revisions() -> None:
    api = DeploymentsApi(deployment_revisions="on", deployment_results={"acme-tax-live": {}})
    api.deployed()
    api.publish("v2")
    api.redeployed({"updateConnector": True})
    api.switch(deployment_result="Failed")
    api.redeployed()
    listed = taken(api.call("GET", f"{LIVE}/revisions"))
    assert [(one["revision"], one["connector"]["repository"]["tag"]) for one in listed["results"]] == [
        (2, "v2"),
        (1, "v1.4.0"),
    ]
    first = taken(api.call("GET", f"{LIVE}/revisions/1"))
    assert first == listed["results"][1]
    assert first["applications"][0]["securedConfiguration"] == [{"key": "API_TOKEN", "value": "****"}]
    assert refusal(api.call("GET", f"{LIVE}/revisions/3")) == (404, ["ResourceNotFound"])


@pytest.mark.parametrize("path", ["revisions", "revisions/1"])
def test_revisions_are_off_by_default(path: str) -> None:
    api = DeploymentsApi({"globalConfiguration": CONTRACT["globalConfiguration"]})
    api.deployed()
    assert refusal(api.call("GET", f"{LIVE}/{path}")) == (404, ["ResourceNotFound"])
