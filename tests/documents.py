"""Give whole manifest documents, as read, for tests to bend."""

from decimal import Decimal
from typing import Any

from trueup.model.identity import Kind


def connector(**spec: object) -> dict[str, Any]:
    """Return a Connector with every field; ``spec`` replaces or adds fields of the spec."""
    return {
        "apiVersion": "trueup/v1",
        "kind": "Connector",
        "metadata": {"key": "acme-tax", "target": "connect-eu", "labels": {"team": "tax"}},
        "spec": {
            "name": "Acme Tax",
            "description": "Calculates sales tax.",
            "integrationTypes": ["tax", "giftcard"],
            "creator": {
                "email": "dev@acme.example",
                "name": "Jane Roe",
                "title": "Lead engineer",
                "company": "Acme",
                "logoUrl": "https://acme.example/logo.png",
                "noOfContributors": 4,
                "supportUrl": "https://acme.example/support",
            },
            "repository": {"url": "git@github.com:acme/tax.git", "tag": "v1.4.0"},
            "supportedRegions": ["europe-west1.gcp", "us-east-2.aws"],
            "privateProjects": ["europe-west1.gcp:shop-1"],
            "documentationUrl": "https://acme.example/docs",
            **spec,
        },
        "lifecycle": {
            "previewable": True,
            "publish": "private",
            "listed": True,
            "certificationComments": ["Ready for review."],
            "protect": True,
            "state": "present",
        },
    }


def certification(**spec: object) -> dict[str, Any]:
    """Return a Certification with every field; ``spec`` replaces or adds fields of the spec."""
    return {
        "apiVersion": "trueup/v1",
        "kind": "Certification",
        "metadata": {"externalId": "ACME-EPD-001", "target": "origin", "locale": "en", "labels": {"line": "flooring"}},
        "spec": {
            "certificateNumber": "ABC-123-000001",
            "url": "https://acme.example/epd.pdf",
            "additionalsDocuments": [{"originalUrl": "https://acme.example/annex.pdf"}],
            "reportingBody": {"name": "Veritas"},
            "standard": {"code": "EPD"},
            "issueDate": "2008-09-15T15:53:00",
            "expiryDate": "2010-09-15",
            "brands": [{"name": "ACME Inc.", "website": "www.acmexyz.com"}, {"name": "Acme Ltd"}],
            "contacts": [
                {
                    "externalId": "JOHNSMITHVENDOR1",
                    "type": "VENDOR",
                    "companyName": "ACME Inc.",
                    "name": "John Smith",
                    "website": "https://www.acme.com/",
                    "postalAddress": "2500 Street Avenue P.O. Box 999 Manchester, PA 1234",
                    "phone": "1-999-123-1234",
                    "email": "salesrep@acme.com",
                }
            ],
            "channels": [{"name": "ORIGIN"}],
            "regulatoryStandardCompliances": [{"code": "ISO 9001"}],
            "featuresCustoms": [{"name": "Highest supported temperature", "value": "1500C"}],
            "featuresProperties": [{"code": "EPD_TYPE", "value": "product-specific"}],
            "voc": {
                "content": {
                    "densityLimitGL": Decimal("12.50"),
                    "containsAddedMCPCE": False,
                    "regulatoryStandardCompliances": [
                        {"standard": {"code": "CARB SCM (2007)"}, "productTypeCode": "Primers"}
                    ],
                    "regulatoryStandardCustoms": [{"standard": {"code": "A CUSTOM CODE"}}],
                    "testMethods": [{"standard": {"code": "ASTM Methods D2369"}}],
                    "exemptCompounds": [{"CAS": "109-99-9", "name": "Tetrahydrofuran", "percentByWeight": "1.9"}],
                },
                "emission": {
                    "densityMin": 250,
                    "densityMax": "500",
                    "regulatoryStandardCompliances": [{"standard": {"code": "Blue Angel Elastic Floorings"}}],
                },
            },
            **spec,
        },
        "lifecycle": {"protect": True, "state": "present"},
    }


def deployment(**spec: object) -> dict[str, Any]:
    """Return a Deployment with every field; ``spec`` replaces or adds fields of the spec."""
    secret = {"fromEnv": "ACME_API_TOKEN", "revision": "2026-11"}
    return {
        "apiVersion": "trueup/v1",
        "kind": "Deployment",
        "metadata": {"key": "acme-tax-live", "target": "connect-eu", "labels": {"team": "tax"}},
        "spec": {
            "connector": {"key": "acme-tax", "staged": False},
            "type": "production",
            "region": "europe-west1.gcp",
            "globalConfiguration": {
                "standardConfiguration": {"CTP_REGION": "europe-west1.gcp"},
                "securedConfiguration": {"CTP_CLIENT_SECRET": secret},
            },
            "applications": {
                "calculator": {
                    "standardConfiguration": {"RATE_TABLE": "eu-2026", "LOG_LEVEL": "info"},
                    "securedConfiguration": {"API_TOKEN": {"fromFile": "secrets/token", "revision": "1"}},
                    "retryPolicy": {
                        "strategy": "exponential-backoff",
                        "minBackoffSeconds": 10,
                        "maxBackoffSeconds": 300,
                        "maxAttempts": 20,
                    },
                },
                "report": {"schedule": "0 3 * * *"},
            },
            **spec,
        },
        "lifecycle": {"follow": True, "runScripts": False, "protect": True, "state": "present"},
    }


DOCUMENTS = {Kind.CONNECTOR: connector, Kind.DEPLOYMENT: deployment, Kind.CERTIFICATION: certification}
"""By kind, the function that gives its document."""


def project(**targets: object) -> dict[str, Any]:
    """Return a project file with every field; ``targets`` are added."""
    return {
        "apiVersion": "trueup/v1",
        "kind": "Project",
        "manifests": ["connectors/**/*.yaml"],
        "targets": {
            "connect-eu": {
                "platform": "connect",
                "region": "europe-west1.gcp",
                "projectKey": "acme",
                "scope": "manage_connectors:acme",
                "clientIdEnv": "ACME_ID",
                "clientSecretEnv": "ACME_SECRET",
                "apiUrl": "https://connect.acme.example",
                "authUrl": "http://127.0.0.1:8080",
                "sandbox": False,
            },
            "origin": {
                "platform": "origin",
                "baseUrl": "https://origin.build/equinox",
                "locale": "es_MX",
                "accessTokenEnv": "ACME_TOKEN",
                "sandbox": True,
            },
            **targets,
        },
        "sandbox": {"seed": "live.yaml"},
    }


def changed(document: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Put a value at a dotted path of a document, and return the document."""
    *parents, last = path.split(".")
    node: Any = document
    for step in parents:
        node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
    if isinstance(node, list):
        node[int(last)] = value
    else:
        node[last] = value
    return document
