"""The platform's command line client, ``@commercetools/cli`` 0.0.23 from npm, works with the default settings.

Its requests are repeated here as they were recorded, and of each answer what its code reads. Where the client itself is
installed (see ``official_client.py``), it runs against the served sandbox.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from connect_api import DRAFTS, REPOSITORY, ConnectApi, action, taken
from official_client import needs_client, official_client
from trueup.sandbox.store import Document

CREATION: Document = {
    "name": "Acme Tax",
    "repository": REPOSITORY,
    "creator": {"email": "a@b.c"},
    "key": "acme-tax",
}
"""``connectorstaged create`` with its required options and a key."""


class Cli:
    """The services of the client's ``connector-staged.service.js``: what they send and which members they read."""

    def __init__(self, api: ConnectApi) -> None:
        self._api = api
        self._headers = {"content-type": "application/json", "x-correlation-id": "commercetools-cli-0123"}

    def create(self, **more: object) -> str:
        answer = taken(self._api.call("POST", DRAFTS, json={**CREATION, **more}, headers=self._headers), 201)
        return f"{answer['name']} {answer['id']}"

    def read(self) -> Document:
        return taken(self._api.call("GET", f"{DRAFTS}/key=acme-tax", headers=self._headers))

    def update(
        self, *actions: Mapping[str, object], tag: str | None = None, private_projects: Sequence[str] | None = None
    ) -> int:
        current = self.read()
        sent = [*actions, action("setRepository", tag=tag or current["repository"]["tag"])]
        if private_projects is not None:
            present = current["privateProjects"]
            sent += [action("addPrivateProject", privateProject=p) for p in private_projects if p not in present]
            sent += [action("removePrivateProject", privateProject=p) for p in present if p not in private_projects]
        return int(self._post(current, f"{DRAFTS}/key=acme-tax", sent)["version"])

    def publish(self, *, certify: bool) -> Document:
        current = self.read()
        path = f"{DRAFTS}/{current['id']}"
        return self._post(current, path, [action("publish", certification=certify)])

    def preview(self) -> list[str]:
        current = self.read()
        if current["isPreviewable"] != "pending":
            self._post(current, f"{DRAFTS}/key=acme-tax", [action("updatePreviewable")])
        self._api.clock.advance(60)
        report = self.read()["previewableReport"]
        return [f"{entry['type']} {entry['title']}" for entry in report["entries"]] if report else []

    def rows(self) -> list[tuple[Any, ...]]:
        query = {"limit": "20", "offset": "0", "sort": "createdAt desc"}
        page = taken(self._api.call("GET", DRAFTS, params=query, headers=self._headers))
        assert page["offset"] + page["count"] <= page["total"]
        return [(draft["id"], draft["key"], draft["name"], draft["status"]) for draft in page["results"]]

    def _post(self, current: Document, path: str, actions: Sequence[object]) -> Document:
        body = {"version": current["version"], "actions": list(actions)}
        return taken(self._api.call("POST", path, json=body, headers=self._headers), 201)


def test_it_creates_and_updates_with_the_default_settings() -> None:
    cli = Cli(ConnectApi())
    assert cli.create().startswith("Acme Tax ")
    assert cli.update(action("setName", name="New"), private_projects=["europe-west1.gcp:shop-1"]) == 2
    assert cli.update(
        action("setDescription", description="d"),
        action("setCreatorEmail", creatorEmail="c@b.c"),
        action("setSupportedRegions", regions=["europe-west1.gcp"]),
        action("setIntegrationTypes", integrationTypes=["tax", "psp"]),
        tag="v2",
        private_projects=["europe-west1.gcp:shop-2"],
    )
    draft = cli.read()
    assert (draft["name"], draft["repository"]["tag"], draft["privateProjects"]) == (
        "New",
        "v2",
        ["europe-west1.gcp:shop-2"],
    )


def test_it_creates_with_every_option() -> None:
    cli = Cli(ConnectApi())
    cli.create(
        description="d",
        supportedRegions=["europe-west1.gcp"],
        integrationTypes=["tax"],
        privateProjects=["europe-west1.gcp:shop-1"],
    )
    assert cli.update(private_projects=[]) == 2
    assert cli.read()["privateProjects"] == []


def test_it_previews_publishes_certifies_and_lists() -> None:
    api = ConnectApi()
    cli = Cli(api)
    cli.create()
    assert "Error Connector runtime security check skipped" in cli.preview()
    assert cli.publish(certify=False)["status"] == "Processing"
    api.clock.advance(30)
    draft = cli.read()
    assert (draft["status"], [entry["type"] for entry in draft["publishingReport"]["entries"]][:1]) == (
        "Published",
        ["Information"],
    )
    cli.publish(certify=True)
    api.clock.advance(600)
    assert cli.rows() == [(draft["id"], "acme-tax", "Acme Tax", "Published")]


@pytest.mark.process
@needs_client
def test_the_client_itself_creates_and_updates(tmp_path: Path) -> None:
    with official_client(tmp_path) as client:
        options = ("--creator-email", "a@b.c", "--repository-url", REPOSITORY["url"], "--repository-tag", "v1")
        client.run("connectorstaged", "create", "--key", "acme-tax", "--name", "Acme Tax", *options)
        private = ("--private-projects", "region:shop-1")
        client.run("connectorstaged", "update", "--key", "acme-tax", "--name", "New", *private)
        (draft,) = client.state("connector")
    assert (draft["name"], draft["privateProjects"]) == ("New", ["region:shop-1"])
