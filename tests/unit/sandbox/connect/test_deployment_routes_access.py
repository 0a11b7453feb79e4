import pytest

from connect_api import refusal, taken
from deployments_api import DEPLOYMENTS, DRAFT, LIVE, SCOPES, DeploymentsApi

UPDATE = {"version": 1, "actions": [{"action": "redeploy"}]}
REQUESTS = [("GET", DEPLOYMENTS), ("GET", LIVE), ("GET", f"{LIVE}/logs"), ("POST", DEPLOYMENTS), ("POST", LIVE)]


@pytest.mark.parametrize(
    ("scope", "reading", "writing"),
    [
        ("manage_project", 200, 201),
        ("manage_connectors_deployments", 200, 201),
        ("view_connectors_deployments", 200, 403),
        ("manage_connectors", 403, 403),
        ("manage_deployments", 403, 403),
    ],
)
def test_reading_and_writing_need_the_scopes_of_deployments(scope: str, reading: int, writing: int) -> None:
    api = DeploymentsApi(granted_scopes=[scope])
    assert (api.call("GET", DEPLOYMENTS).status_code, api.deploy().status_code) == (reading, writing)
    assert api.call("DELETE", LIVE).status_code == (400 if writing == 201 else 403)


@pytest.mark.parametrize(("method", "path"), [*REQUESTS, ("DELETE", LIVE)])
def test_a_scope_of_another_project_allows_nothing(method: str, path: str) -> None:
    api = DeploymentsApi(project_key="other")
    assert refusal(api.call(method, path, json=UPDATE)) == (403, ["insufficient_scope"])


@pytest.mark.parametrize(("method", "path"), [*REQUESTS, ("DELETE", LIVE)])
def test_a_request_without_a_token_is_refused(method: str, path: str) -> None:
    assert refusal(DeploymentsApi().send(method, path)) == (401, ["invalid_token"])


@pytest.mark.parametrize("name", ["client", "connect"])
def test_a_client_or_a_world_can_have_a_project_of_its_own(name: str) -> None:
    api = DeploymentsApi(project_key="other", projects={name: "acme-shop"})
    assert api.token().json()["scope"] == " ".join(f"{scope}:acme-shop" for scope in SCOPES)
    assert api.deploy().status_code == 201


def test_the_scopes_of_deployments_can_be_asked_for_with_manage_project() -> None:
    api = DeploymentsApi(granted_scopes=["manage_project"])
    scope = "view_connectors_deployments:acme-shop"
    assert api.token(scope).json()["scope"] == scope


def test_a_deployment_is_not_there_for_another_project() -> None:
    api = DeploymentsApi(projects={"second": "acme-test"})
    deployment = api.deployed()
    token = api.token(auth=("second", "secret")).json()["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    other = "/acme-test/deployments"
    for address in ("key=acme-tax-live", deployment["id"]):
        answer = api.send("GET", f"{other}/{address}", headers=headers)
        assert refusal(answer) == (404, ["ResourceNotFound"])
    assert taken(api.send("GET", other, headers=headers))["total"] == 0
    assert api.send("POST", other, json=DRAFT, headers=headers).status_code == 201


@pytest.mark.parametrize(
    ("connector", "status"), [({"apiClient": None}, 201), ({"apiClient": {"scopes": ["view_products"]}}, 403)]
)
@pytest.mark.parametrize("scope", ["manage_project", "manage_connectors_deployments"])
def test_a_connector_with_an_api_client_needs_its_scope(connector: dict[str, object], status: int, scope: str) -> None:
    assert DeploymentsApi(connector, granted_scopes=[scope]).deploy().status_code == status
    both = DeploymentsApi(connector, granted_scopes=[scope, "manage_api_clients"])
    assert both.deploy().status_code == 201


@pytest.mark.parametrize(("scope", "status"), [("manage_project", 201), ("manage_connectors_deployments", 403)])
def test_switch_deployment_api_client_scope(scope: str, status: int) -> None:
    connector = {"apiClient": {"scopes": ["view_products"]}}
    api = DeploymentsApi(connector, granted_scopes=[scope], deployment_api_client_scope="covered")
    assert api.deploy().status_code == status


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", DEPLOYMENTS), ("PATCH", LIVE), ("GET", f"{LIVE}/nothing"), ("GET", f"{LIVE}/logs/stream")],
)
def test_a_path_or_method_that_does_not_exist_is_refused_in_the_shape_of_connect(method: str, path: str) -> None:
    status, codes = refusal(DeploymentsApi().call(method, path))
    assert (status, codes) == (405 if method != "GET" else 404, ["ResourceNotFound"])


def test_a_project_may_be_called_connect() -> None:
    api = DeploymentsApi(project_key="connect")
    assert api.call("POST", "/connect/deployments", json=DRAFT).status_code == 201
    api.send("POST", "/_sandbox/faults", json={"faults": [{"effect": "general-error"}]})
    assert refusal(api.call("GET", "/connect/deployments")) == (500, ["General"])
