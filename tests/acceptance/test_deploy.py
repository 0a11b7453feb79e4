"""Deploy connectors into projects of the embedded sandbox, from an empty folder to running code."""

from pathlib import Path

import pytest

from acceptance.commands import trueup

pytestmark = [pytest.mark.process, pytest.mark.slow]

PROJECT = """\
apiVersion: trueup/v1
kind: Project
targets:
  shop: {platform: connect, sandbox: true, projectKey: acme-shop}
  outlet: {platform: connect, sandbox: true, projectKey: acme-outlet}
"""
CONNECTOR = """\
apiVersion: trueup/v1
kind: Connector
metadata: {key: acme-tax, targets: [shop, outlet]}
spec:
  name: Acme Tax
  creator: {email: dev@acme.example}
  repository: {url: "git@github.com:acme/connect-tax.git", tag: v1.4.0}
  privateProjects: ["europe-west1.gcp:acme-shop", "europe-west1.gcp:acme-outlet"]
lifecycle: {publish: private}
"""
DEPLOYMENT = """\
apiVersion: trueup/v1
kind: Deployment
metadata: {key: acme-tax-live, targets: [shop, outlet]}
spec:
  connector: {key: acme-tax}
  type: production
  region: europe-west1.gcp
  applications:
    connect-tax:
      securedConfiguration:
        API_KEY: {fromEnv: ACME_API_KEY, revision: "1"}
lifecycle: {follow: true}
"""
SECRET = {"ACME_API_KEY": "value of the key"}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder with a project of two targets, a connector, and a deployment of it."""
    for name, text in (("trueup", PROJECT), ("connector", CONNECTOR), ("deployment", DEPLOYMENT)):
        (tmp_path / f"{name}.yaml").write_text(text)
    return tmp_path


def test_a_connector_is_deployed_into_the_projects_that_the_project_file_names(place: Path) -> None:
    applied = trueup("apply", "--yes", "--format", "json", cwd=place, env=SECRET)
    assert (applied.status, {outcome["status"] for outcome in applied.document["outcomes"]}) == (0, {"applied"})
    again = trueup("plan", "--detailed-exitcode", cwd=place)
    assert (again.status, "No changes." in again.out) == (0, True), again.out
