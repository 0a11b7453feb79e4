import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from connect_api import WORLD
from deployments_api import CONNECTOR, DEPLOYMENTS, DRAFT, LIVE, PROJECT, DeploymentsApi, application, shown
from trueup.errors import InvalidInput
from trueup.sandbox.seed import apply_seed, check_seed
from trueup.sandbox.store import Store

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "sandbox-in-tests.md"
DEPLOYMENT = {"projectKey": PROJECT, **DRAFT}


def seeded(**fields: object) -> DeploymentsApi:
    api = DeploymentsApi({"isPreviewable": "true"})
    api.seed({"deployments": [{**DEPLOYMENT, **fields}]})
    return api


def test_a_seeded_deployment_is_deployed() -> None:
    deployment = seeded().after(0)
    assert (deployment["status"], deployment["version"], deployment["type"]) == ("Deployed", 2, "sandbox")
    assert shown(deployment, "calculator") == {"RATE_TABLE": "eu", "LOG_LEVEL": "info", "API_TOKEN": "****"}
    assert application(deployment, "calculator")["url"].startswith("https://calculator-")


def test_a_seeded_deployment_has_the_state_of_the_seed() -> None:
    id_ = "c1f7e2d0-3a5b-4c6d-8e9f-0a1b2c3d4e5f"
    deployment = seeded(id=id_, version=9, status="Failed", details={}).after(0, f"{DEPLOYMENTS}/{id_}")
    assert (deployment["version"], deployment["status"], deployment["details"]) == (9, "Failed", {})


@pytest.mark.parametrize("status", ["Queued", "Deploying", "Undeploying"])
def test_a_deployment_that_is_seeded_as_busy_stays_busy(status: str) -> None:
    assert seeded(status=status).after(1_000_000)["status"] == status


def test_a_seeded_deployment_can_be_of_an_older_version() -> None:
    old = {"key": "acme-tax", "version": 5, "repository": {"url": "git@github.com:acme/tax.git", "tag": "v1.3.0"}}
    api = seeded(connector=old)
    connector = api.after(0)["connector"]
    assert (connector["version"], connector["repository"]["tag"]) == (5, "v1.3.0")
    assert api.redeployed({"updateConnector": True})["connector"]["version"] == 7


def test_a_seeded_preview_is_of_the_draft() -> None:
    deployment = seeded(connector={"key": "acme-tax", "staged": True}, type="preview").after(0)
    assert (deployment["type"], deployment["preview"]) == ("preview", True)


def test_a_seed_sets_how_the_pipelines_of_a_deployment_end() -> None:
    api = seeded(sandbox={"deployment": "Failed", "undeploy": "UndeployFailed"})
    assert api.redeployed()["status"] == "Failed"
    api.call("DELETE", LIVE)
    assert api.after(60)["status"] == "UndeployFailed"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"projectKey": None}, "deployments[0].projectKey: Missing required value"),
        ({"region": "mars"}, "deployments[0].region: Unexpected value 'mars'"),
        ({"regions": []}, "deployments[0].regions: Not a member of a deployment"),
        ({"connector": {"key": "nobody"}}, "deployments[0]: Connector 'nobody' not found"),
        (
            {"configurations": [{**DRAFT["configurations"][1], "applicationName": "mailer"}]},
            "application named 'mailer'",
        ),
    ],
)
def test_a_wrong_deployment_in_a_seed_is_refused_and_nothing_is_added(fields: dict[str, Any], message: str) -> None:
    store = Store()
    seed = {"connectors": [CONNECTOR], "deployments": [{**DEPLOYMENT, **fields}]}
    with pytest.raises(InvalidInput) as refused:
        apply_seed(store, WORLD, check_seed(seed, "test"))
    assert message in str(refused.value.diagnostics)
    assert store.kinds(WORLD) == ()


def test_the_seed_of_the_how_to_is_valid() -> None:
    (text,) = (
        block
        for block in re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
        if "deployments:" in block
    )
    store = Store()
    apply_seed(store, WORLD, check_seed(yaml.safe_load(text), "page"))
    assert [store.count(WORLD, kind) for kind in ("connector", "deployment", "certification")] == [1, 1, 1]
