"""The deployment commands of the platform's command line client and its SDK work with the default settings.

The requests of the client are repeated as they were recorded from version 0.0.23 (``deployment-api.md`` section 9).
Where the client is installed, it runs against the served sandbox, and so does the SDK that comes with it.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from connect_api import DRAFTS, action, taken
from deployments_api import CONNECTOR, DEPLOYMENTS, DRAFT, PROJECT, DeploymentsApi, entry, shared, shown
from official_client import OfficialClient, needs_client, official_client
from trueup.sandbox.store import Document

HEADERS = {"content-type": "application/json", "x-correlation-id": "commercetools-cli-0123"}
VALUES = ("calculator.RATE_TABLE=eu", "calculator.API_TOKEN=s3cr3t", "CTP_REGION=europe-west1.gcp")
OPTIONS = tuple(word for value in VALUES for word in ("--configuration", value))
EMPTY = [entry("calculator"), entry("nightly")]
POLL = 60
"""Seconds between two polls of the client."""


class Cli:
    """The services of the client for deployments: what they send and which members they read."""

    def __init__(self, api: DeploymentsApi) -> None:
        self._api = api

    def _get(self, path: str) -> Document:
        return taken(self._api.call("GET", path, headers=HEADERS))

    def create(self, reference: Document, path: str, **more: object) -> Document:
        connector = self._get(path)
        body = {
            **more,
            "connector": {**reference, "version": connector["version"]},
            "configurations": DRAFT["configurations"],
            "globalConfiguration": DRAFT["globalConfiguration"],
            "region": "europe-west1.gcp",
        }
        return taken(self._api.call("POST", DEPLOYMENTS, json=body, headers=HEADERS), 201)

    def redeploy(self, key: str, **payload: object) -> Document:
        path = f"{DEPLOYMENTS}/key={key}"
        current = self._get(path)
        actions = [action("redeploy", **payload)]
        body = {"version": current["version"], "actions": actions}
        return taken(self._api.call("POST", path, json=body, headers=HEADERS), 201)

    def rows(self) -> Sequence[tuple[Any, ...]]:
        page = self._get(f"{DEPLOYMENTS}?limit=20&offset=0&sort=createdAt+desc")
        return [(one["id"], one["key"], one["version"], one["status"]) for one in page["results"]]

    def preview(self) -> Document:
        """Deploy the draft as a preview, or redeploy that preview, and poll until it is not Deploying."""
        draft = self._get(f"{DRAFTS}/key=acme-tax")
        path = f"{DEPLOYMENTS}/key=preview"
        if self._api.call("GET", path, headers=HEADERS).status_code == 404:
            reference = {"id": draft["id"], "staged": True}
            deployment = self.create(reference, f"{DRAFTS}/{draft['id']}", key="preview")
        else:
            values = {"configurationValues": EMPTY, "globalConfiguration": shared()}
            deployment = self.redeploy("preview", **values, updateConnector=True)
        while deployment["status"] == "Deploying":
            self._api.clock.advance(POLL)
            deployment = self._get(path)
        return deployment


def test_it_creates_redeploys_and_lists() -> None:
    api = DeploymentsApi()
    cli = Cli(api)
    created = cli.create(
        {"key": "acme-tax", "staged": False}, "/connectors/key=acme-tax", key="acme-tax-live", type="sandbox"
    )
    api.clock.advance(POLL)
    cli.redeploy("acme-tax-live", updateConnector=False, skipScripts=False)
    api.clock.advance(POLL)
    one_key = [entry("calculator", {"LOG_LEVEL": "debug"}), entry("nightly")]
    values = {"configurationValues": one_key, "globalConfiguration": shared()}
    cli.redeploy("acme-tax-live", **values, updateConnector=True, skipScripts=False)
    deployment = api.after(POLL)
    assert shown(deployment, "calculator") == {"RATE_TABLE": "eu", "LOG_LEVEL": "debug", "API_TOKEN": "****"}
    assert cli.rows() == [(created["id"], "acme-tax-live", 6, "Deployed")]


def test_it_previews_a_draft_to_the_end_and_again() -> None:
    api = DeploymentsApi({"isPreviewable": "true"})
    cli = Cli(api)
    for version in (2, 4):
        deployment = cli.preview()
        assert (deployment["status"], deployment["type"], deployment["version"]) == ("Deployed", "preview", version)
    assert shown(deployment, "calculator")["RATE_TABLE"] == "eu"


def test_a_connector_without_global_configuration_is_deployed_with_empty_lists() -> None:
    api = DeploymentsApi({"globalConfiguration": None})
    assert api.deploy(globalConfiguration=shared()).status_code == 201


@pytest.fixture
def client(tmp_path: Path) -> Iterator[OfficialClient]:
    times = dict.fromkeys(("deployment_seconds", "preview_seconds", "undeploy_seconds"), 1)
    with official_client(tmp_path, {"connectors": [CONNECTOR]}, project_key=PROJECT, **times) as served:
        yield served


@pytest.mark.slow
@pytest.mark.process
@needs_client
def test_the_client_itself_creates_redeploys_describes_lists_and_deletes(client: OfficialClient) -> None:
    place = ("--connector-key", "acme-tax", "--region", "europe-west1.gcp", "--key", "acme-tax-live")
    assert "successfully created" in client.run("deployment", "create", *place, "--type", "sandbox", *OPTIONS)
    client.advance(POLL)
    changed = ("--configuration", "calculator.RATE_TABLE=us", "--updateConnector")
    assert "successfully redeployed" in client.run("deployment", "redeploy", "--key", "acme-tax-live", *changed)
    client.advance(POLL)
    described = client.run("deployment", "describe", "--key", "acme-tax-live")
    assert "Deployed" in described
    assert "us" in described
    assert "acme-tax-live" in client.run("deployment", "list", "--sort", "-createdAt")
    (deployment,) = client.state("deployment")
    values = deployment["applications"]["calculator"]
    assert values["standardConfiguration"] == {"RATE_TABLE": "us", "LOG_LEVEL": "info"}
    assert values["securedConfiguration"]["API_TOKEN"]["length"] == len("s3cr3t")
    shown = client.run_on_terminal("deployment", "delete", "--key", "acme-tax-live", answer="y\r")
    assert "has been successfully deleted" in shown
    client.advance(POLL)
    assert "acme-tax-live" not in client.run("deployment", "list")


@pytest.mark.slow
@pytest.mark.process
@needs_client
def test_the_client_itself_previews_a_draft_to_the_end_and_again(client: OfficialClient) -> None:
    place = ("--key", "acme-tax", "--deployment-key", "preview", "--region", "europe-west1.gcp")
    for options in (OPTIONS, ()):
        assert "was successfully deployed" in client.run("connectorstaged", "preview", *place, *options)
    (deployment,) = client.state("deployment")
    assert (deployment["type"], deployment["version"], deployment["status"]) == ("preview", 4, "Deployed")


@pytest.mark.slow
@pytest.mark.process
@needs_client
def test_the_sdk_itself_creates_redeploys_lists_and_deletes(client: OfficialClient) -> None:
    body = json.dumps(DRAFT)
    deployments = f'api.withProjectKey({{projectKey: "{PROJECT}"}}).deployments()'
    created = client.run_sdk(f"return (await {deployments}.post({{body: {body}}}).execute()).body")
    assert (created["version"], created["status"]) == (1, "Deploying")
    client.advance(POLL)
    change = json.dumps({"version": 2, "actions": [action("redeploy", updateConnector=True)]})
    one = f'{deployments}.withKey({{key: "acme-tax-live"}})'
    assert client.run_sdk(f"return (await {one}.post({{body: {change}}}).execute()).body")["version"] == 3
    client.advance(POLL)
    listed = client.run_sdk(f"return (await {deployments}.get({{queryArgs: {{limit: 500}}}}).execute()).body")
    assert [(found["id"], found["status"]) for found in listed["results"]] == [(created["id"], "Deployed")]
    by_id = f'{deployments}.withId({{ID: "{created["id"]}"}})'
    assert client.run_sdk(f"return (await {by_id}.delete().execute()).statusCode") == 202
    client.advance(POLL)
    status = client.run_sdk(f"try {{ await {one}.get().execute() }} catch (wrong) {{ return wrong.statusCode }}")
    assert status == 404
