"""Every answer about a deployment has the required fields of its representation (``deployment-api.md`` section 3)."""

from typing import Final

import pytest

from connect_api import action
from deployments_api import DEPLOYMENTS, LIVE, DeploymentsApi, entry
from trueup.sandbox.connect.shapes import REGIONS
from unit.sandbox.test_server_required_fields import (
    APPLICATION,
    CREATOR,
    REPORT,
    SECURED_KEY,
    STANDARD_KEY,
    anything,
    assert_shape,
    filled,
    one_of,
    text,
    truth,
    whole,
)

VALUES: Final = ({"key": filled, "value": text},)
GLOBAL_KEYS: Final = {"standardConfiguration?": (STANDARD_KEY,), "securedConfiguration?": (SECURED_KEY,)}
COPY: Final = {
    "id": filled,
    "key?": filled,
    "version": whole,
    "name": filled,
    "description?": text,
    "integrationTypes": (filled,),
    "creator": CREATOR,
    "repository": {"url": filled, "tag": filled},
    "configurations?": (APPLICATION,),
    "globalConfiguration?": GLOBAL_KEYS,
    "certified": truth,
    "supportedRegions?": (filled,),
    "documentationUrl?": text,
}
DEPLOYMENT: Final = {
    "id": filled,
    "key?": filled,
    "version": whole,
    "type": one_of("preview", "sandbox", "production"),
    "preview": truth,
    "connector": COPY,
    "deployedRegion": one_of(*REGIONS),
    "applications": (
        {
            "id": filled,
            "applicationName": filled,
            "standardConfiguration": VALUES,
            "securedConfiguration": VALUES,
            "schedule?": filled,
            "retryPolicy?": {"strategy": filled},
            "url?": filled,
            "topic?": filled,
        },
    ),
    "globalConfiguration?": {"standardConfiguration?": VALUES, "securedConfiguration?": VALUES},
    "apiClient?": {"name": filled, "scopes": (filled,)},
    # Seen without build while a run is under way.
    "details": {"build?": {"id": filled, "report?": REPORT}},
    "status": one_of("Draft", "Queued", "Deploying", "Deployed", "Failed", "Undeploying", "UndeployFailed"),
}
PAGE: Final = {"limit": whole, "offset": whole, "count": whole, "total": whole, "results": (DEPLOYMENT,)}
LOGS: Final = {
    "data": (
        {
            "type": one_of("HTTP_REQUEST", "APPLICATION_TEXT", "APPLICATION_JSON"),
            "deploymentId": filled,
            "applicationName": filled,
            "severity": filled,
            "timestamp": filled,
            "details": anything,
        },
    ),
    "next": text,
}
EVENT: Final = {
    "applicationName": "events",
    "applicationType": "event",
    "standardConfiguration": [],
    "securedConfiguration": [],
}


@pytest.mark.parametrize("result", ["Deployed", "Deployed-with-warning", "Failed"])
def test_every_answer_about_a_deployment_has_its_required_members(result: str) -> None:
    connector = {"configurations": [EVENT], "apiClient": {"scopes": ["view_products"]}}
    api = DeploymentsApi(connector, deployment_result=result, granted_scopes=["manage_project", "manage_api_clients"])
    policy = {"strategy": "immediate"}
    assert_shape(api.deploy(configurations=[entry("events") | {"retryPolicy": policy}]), DEPLOYMENT, 201)
    api.clock.advance(60)
    assert_shape(api.call("GET", LIVE), DEPLOYMENT, 200)
    body = {"version": 2, "actions": [action("redeploy")]}
    assert_shape(api.call("POST", LIVE, json=body), DEPLOYMENT, 201)
    api.clock.advance(60)
    assert_shape(api.call("GET", DEPLOYMENTS), PAGE, 200)
    assert_shape(api.call("GET", f"{LIVE}/logs"), LOGS, 200)
    assert_shape(api.call("GET", "/connectors/key=acme-tax"), {**COPY, "private": truth}, 200)
    assert_shape(api.call("DELETE", LIVE), DEPLOYMENT, 202)


@pytest.mark.parametrize("status", ["Draft", "Queued", "Deploying"])
def test_a_deployment_under_way_has_its_required_members(status: str) -> None:
    api = DeploymentsApi(deployment_first_status=status, deployment_queue_seconds=10)
    assert_shape(
        api.deploy(key=None, globalConfiguration={"standardConfiguration": [{"key": "CTP_REGION", "value": "r"}]}),
        DEPLOYMENT,
        201,
    )
