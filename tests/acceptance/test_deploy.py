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


def test_a_secret_that_is_missing_for_two_targets_is_named_once(place: Path) -> None:
    refused = trueup("apply", "--yes", cwd=place)
    assert (refused.status, refused.err.count("error[missing-secret]")) == (3, 1), refused.err


def test_a_project_of_another_region_is_tried_in_the_sandbox(place: Path) -> None:
    for file in place.iterdir():
        file.write_text(
            file.read_text().replace("sandbox: true", "region: us-central1.gcp").replace("europe-west1", "us-central1")
        )
    applied = trueup("apply", "--sandbox", "--yes", cwd=place, env=SECRET)
    assert (applied.status, "Applied 4" in applied.out) == (0, True), applied.out


TO_ONE = [
    ("trueup", "  outlet: {platform: connect, sandbox: true, projectKey: acme-outlet}\n", ""),
    ("connector", "targets: [shop, outlet]", "target: shop"),
    ("deployment", "targets: [shop, outlet]", "target: shop"),
]
TO_PREVIEW = [
    ("connector", "publish: private", "previewable: true"),
    ("deployment", "{key: acme-tax}", "{key: acme-tax, staged: true}"),
    ("deployment", "type: production", "type: preview"),
]


@pytest.mark.parametrize(
    ("edits", "planned", "ended"),
    [
        (
            TO_ONE,
            "v1.4.0 (version 2) -> v1.5.0 (once it is published)",
            {"Tag v1.5.0 is published.", "It runs v1.5.0 (version 5)."},
        ),
        (TO_ONE + TO_PREVIEW, "v1.4.0 -> v1.5.0", {"Tag v1.5.0 has a preview build.", "It runs v1.5.0."}),
    ],
)
def test_one_apply_brings_a_new_tag_to_running_code(
    place: Path, edits: list[tuple[str, str, str]], planned: str, ended: set[str]
) -> None:
    for name, old, new in edits:
        file = place / f"{name}.yaml"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
    assert trueup("apply", "--yes", cwd=place, env=SECRET).status == 0
    assert trueup("set", "acme-tax", "spec.repository.tag=v1.5.0", cwd=place).status == 0

    applied = trueup("apply", "--yes", cwd=place)

    assert applied.status == 0, applied.err
    plan, outcomes = applied.out.split("Plan: 2 to update")
    assert planned in plan
    assert ended <= {line.strip() for line in outcomes.splitlines()}
    again = trueup("plan", "--detailed-exitcode", cwd=place)
    assert (again.status, "No changes." in again.out) == (0, True), again.out
