"""Manifests that have most of their lines in common, and what is live for each.

Generated estates may look like this. It is one row of one table: a reader that remembers lines looks several times
as fast on it as on manifests with values of their own.
"""

from typing import Final

TYPES: Final = ("tax", "psp", "erp", "search", "email", "shipping", "pim", "oms")
REGIONS: Final = ("europe-west1.gcp", "us-central1.gcp", "australia-southeast1.gcp", "eu-central-1.aws")
TEAMS: Final = ("payments", "catalog", "checkout", "logistics")


def repeated_connector_manifest(number: int, *, target: str) -> str:
    """Return a connector manifest of 39 lines."""
    return f"""\
# Owned by the team {TEAMS[number % 4]}; see the runbook before changing regions.
apiVersion: trueup/v1
kind: Connector
metadata:
  key: acme-connector-{number:06}
  target: {target}
  labels:
    team: {TEAMS[number % 4]}
    tier: "{number % 3 + 1}"
spec:
  name: Acme Connector {number}
  description: >-
    Connects the shop to system {number}, keeps orders and
    products in step, and tells the team when something needs a hand.
  integrationTypes:
    - {TYPES[number % 8]}
    - other
  creator:
    email: dev-{number % 50}@acme.example
    name: Jane Roe
    title: Lead engineer
    company: Acme
    noOfContributors: {number % 9 + 1}
    supportUrl: https://acme.example/support/{number}
  # Both are always set together.
  repository:
    url: git@github.com:acme/connector-{number:06}.git
    tag: v1.{number % 20}.{number % 7}
  supportedRegions:
    - {REGIONS[number % 4]}
    - {REGIONS[(number + 1) % 4]}
  privateProjects:
    - {REGIONS[number % 4]}:shop-{number % 10}
    - {REGIONS[number % 4]}:shop-{number % 10}-staging
    - {REGIONS[(number + 1) % 4]}:outlet
  documentationUrl: "https://acme.example/docs/connectors/{number:06}"
lifecycle:
  publish: none
  protect: {"true" if number % 10 == 0 else "false"}
"""
