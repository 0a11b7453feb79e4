"""The deployments of the sandbox in tests: one project, a published connector, a clock that only tests advance."""

from collections.abc import Mapping
from typing import Any

import httpx

from connect_api import WORLD, ConnectApi, taken
from trueup.sandbox.seed import apply_seed, check_seed
from trueup.sandbox.store import Document

PROJECT = "acme-shop"
DEPLOYMENTS = f"/{PROJECT}/deployments"
LIVE = f"{DEPLOYMENTS}/key=acme-tax-live"
SCOPES = ["manage_connectors_deployments", "manage_connectors"]

CONTRACT: Document = {
    "configurations": [
        {
            "applicationName": "calculator",
            "applicationType": "service",
            "standardConfiguration": [
                {"key": "RATE_TABLE", "description": "Table of rates", "required": True},
                {"key": "LOG_LEVEL", "description": "Verbosity", "required": False, "default": "info"},
            ],
            "securedConfiguration": [{"key": "API_TOKEN", "description": "Token", "required": True}],
        },
        {
            "applicationName": "nightly",
            "applicationType": "job",
            "standardConfiguration": [],
            "securedConfiguration": [],
        },
    ],
    "globalConfiguration": {
        "standardConfiguration": [{"key": "CTP_REGION", "description": "Region", "required": True}],
        "securedConfiguration": [],
    },
}
"""What the connector of deployment-api.md section 15 declares."""

CONNECTOR: Document = {
    "id": "5a0d8c1e-7b42-4f7e-9a63-1d2c3b4a5f60",
    "key": "acme-tax",
    "version": 7,
    "name": "Acme Tax",
    "integrationTypes": ["tax"],
    "creator": {"email": "dev@acme.example"},
    "repository": {"url": "git@github.com:acme/tax.git", "tag": "v1.4.0"},
    "supportedRegions": ["europe-west1.gcp"],
    "status": "Published",
    "alreadyListed": True,
    **CONTRACT,
}
"""The draft of that connector, published."""

DRAFT: Document = {
    "key": "acme-tax-live",
    "type": "sandbox",
    "connector": {"key": "acme-tax"},
    "region": "europe-west1.gcp",
    "configurations": [
        {
            "applicationName": "calculator",
            "standardConfiguration": [{"key": "RATE_TABLE", "value": "eu"}],
            "securedConfiguration": [{"key": "API_TOKEN", "value": "s3cr3t-01"}],
        },
        {"applicationName": "nightly", "standardConfiguration": [], "securedConfiguration": []},
    ],
    "globalConfiguration": {
        "standardConfiguration": [{"key": "CTP_REGION", "value": "europe-west1.gcp"}],
        "securedConfiguration": [],
    },
}
"""The creation of example 1 there."""


class DeploymentsApi(ConnectApi):
    """Serve a world with CONNECTOR, some of whose members differ; ``switches`` differ from their defaults."""

    def __init__(self, connector: Mapping[str, object] | None = None, /, **switches: object) -> None:
        super().__init__(**{"project_key": PROJECT, "granted_scopes": SCOPES, **switches})
        self.seed({"connectors": [{**CONNECTOR, **(connector or {})}]})

    def seed(self, seed: Document) -> None:
        """Add the resources of a seed."""
        apply_seed(self.sandbox.store, WORLD, check_seed(seed, "test"), clock=self.clock)

    def deploy(self, **fields: object) -> httpx.Response:
        """Create a deployment: DRAFT, with some fields changed; None leaves a field out."""
        body = {name: value for name, value in {**DRAFT, **fields}.items() if value is not None}
        return self.call("POST", DEPLOYMENTS, json=body)

    def deployed(self, seconds: float = 60, **fields: object) -> Document:
        """Create a deployment that must be taken; return it after this time."""
        path = f"{DEPLOYMENTS}/{taken(self.deploy(**fields), 201)['id']}"
        return self.after(seconds, path)

    def after(self, seconds: float, path: str = LIVE) -> Document:
        """Return a deployment after this time."""
        self.clock.advance(seconds)
        return taken(self.call("GET", path))

    def redeploy(self, payload: Document | None = None, *, version: int | None = None) -> httpx.Response:
        """Redeploy the deployment of DRAFT; at its current version, unless another is given."""
        known = self.after(0)["version"] if version is None else version
        actions = [{"action": "redeploy", **(payload or {})}]
        return self.call("POST", LIVE, json={"version": known, "actions": actions})

    def redeployed(self, payload: Document | None = None, seconds: float = 60) -> Document:
        """Redeploy in a way that must be taken; return the deployment after this time."""
        taken(self.redeploy(payload), self.sandbox.settings.update_status)
        return self.after(seconds)

    def edit(self, edit: Document) -> int:
        """Change a resource as another client would; return how many were changed."""
        return int(taken(self.send("POST", "/_sandbox/edits", json=edit))["edited"])

    def publish(self, tag: str) -> None:
        """Publish another tag of the connector."""
        actions = [{"action": "setRepository", "tag": tag}, {"action": "publish", "certification": False}]
        self.acted(*actions)
        self.clock.advance(60)


def entry(name: str, standard: Mapping[str, str] | None = None, secured: Mapping[str, str] | None = None) -> Document:
    """Return an element of configurations or configurationValues."""
    return {"applicationName": name, **shared(standard, secured)}


def shared(standard: Mapping[str, str] | None = None, secured: Mapping[str, str] | None = None) -> Document:
    """Return both lists of a configuration."""
    sides = {"standardConfiguration": standard, "securedConfiguration": secured}
    return {side: [{"key": k, "value": v} for k, v in (values or {}).items()] for side, values in sides.items()}


def shown(deployment: Document, name: str | None = None) -> dict[str, Any]:
    """Return the values of an application, or the global ones, by key."""
    found = deployment["globalConfiguration"]
    if name is not None:
        (found,) = (one for one in deployment["applications"] if one["applicationName"] == name)
    both = [*found["standardConfiguration"], *found["securedConfiguration"]]
    return {item["key"]: item["value"] for item in both}


def application(deployment: Document, name: str) -> Document:
    """Return an application of a deployment."""
    (found,) = (one for one in deployment["applications"] if one["applicationName"] == name)
    return dict(found)
