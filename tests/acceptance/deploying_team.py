"""A team that brings a connector and its deployment live with the workflow that it calls."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from acceptance.jobs import Ran
from acceptance.stories import Team
from acceptance.test_saved_plan import control
from deployments_api import CONNECTOR, DRAFT
from trueup.sandbox.request_log import digest

PROJECT: Final = "acme-shop"
PLATFORM: Final = {
    "project_key": PROJECT,
    **dict.fromkeys(
        ("preview_seconds", "publish_seconds", "ready_seconds", "deployment_seconds", "undeploy_seconds"), 0
    ),
    "publish_result": "Published",
    "deployment_result": "Deployed",
}
"""The switches of a platform that does everything at once and without problems."""

LIVE: Final = {
    "connectors": [{**CONNECTOR, "description": "As before"}],
    "deployments": [{**DRAFT, "projectKey": PROJECT}],
}
"""What is live when a story begins: the same as :func:`connector` and :func:`deployment` want."""


def connector(tag: str = "v1.4.0", description: str = "As before") -> dict[str, str]:
    """Return the file of the published connector; its two values are so far from each other that git can merge them."""
    text = (
        f"apiVersion: trueup/v1\nkind: Connector\nmetadata: {{key: acme-tax}}\nspec:\n  description: {description}\n"
        "  name: Acme Tax\n  integrationTypes:\n    - tax\n  creator:\n    email: dev@acme.example\n"
        f"  repository: {{url: 'git@github.com:acme/tax.git', tag: {tag}}}\n"
        "lifecycle: {publish: private}\n"
    )
    return {"connectors/tax.yaml": text}


def deployment(
    revision: str = "1", *, rates: str = "eu", variable: str = "ACME_API_TOKEN", follow: bool = False
) -> dict[str, str]:
    """Return the file of its deployment."""
    text = (
        "apiVersion: trueup/v1\nkind: Deployment\nmetadata: {key: acme-tax-live}\nspec:\n"
        "  connector: {key: acme-tax}\n  type: sandbox\n  region: europe-west1.gcp\n"
        "  globalConfiguration:\n    standardConfiguration: {CTP_REGION: europe-west1.gcp}\n"
        "  applications:\n    calculator:\n"
        f"      standardConfiguration: {{RATE_TABLE: {rates}}}\n"
        f"      securedConfiguration:\n        API_TOKEN: {{fromEnv: {variable}, revision: '{revision}'}}\n"
        f"lifecycle: {{follow: {str(follow).lower()}}}\n"
    )
    return {"deployments/tax.yaml": text}


@dataclass
class DeployingTeam(Team):
    """A team with one connector and one deployment of it; ``secured`` is the secret SECURED_VALUES."""

    secured: str = "ACME_API_TOKEN=canary-token-1\n"

    def project(self) -> str:
        url = self.platforms
        return (
            "apiVersion: trueup/v1\nkind: Project\nmanifests: ['connectors/*.yaml', 'deployments/*.yaml']\ntargets:\n"
            f"  eu: {{platform: connect, projectKey: {PROJECT}, apiUrl: '{url}', authUrl: '{url}'}}\n"
        )

    def _secrets(self, event: Any) -> dict[str, str]:
        found = super()._secrets(event)
        return {**found, "SECURED_VALUES": self.secured} if found and self.secured else found

    def run(self, *arguments: Any, **options: Any) -> list[Ran]:
        """Run, and check that no secured value is shown."""
        ran = super().run(*arguments, **options)
        values = [line.partition("=")[2] for line in self.secured.splitlines()]
        bodies = [comment.body for comment in self.state.comments.values()]
        bodies += [issue.body for issue in self.state.issues("all")]
        for job in (job for one in ran for job in one.jobs):
            shown = [line for line in job.log.splitlines() if not line.startswith("::add-mask::")]
            for value in filter(None, values):
                assert value not in "\n".join([*shown, job.summary, *bodies]), job.name
                assert (f"::add-mask::{value}" in job.log) == (job.name == "apply" and options.get("lost_at") != "run")
        return ran

    def deployed(self, path: str = "status") -> Any:
        """Return a member of the live deployment, None if there is none."""
        (found,) = control(self.platforms, "state").get("deployment", [{}])
        for step in path.split("."):
            found = found.get(step, {})
        return found or None

    def switches(self, **switches: object) -> None:
        """Change how the platform behaves."""
        control(self.platforms, "settings", switches)

    def changes(self, **members: object) -> None:
        """Change the connector outside of git."""
        control(self.platforms, "edits", {"connector": "acme-tax", "set": members})

    def redeploys(self) -> list[dict[str, Any]]:
        """Return the bodies of the writes to deployments since the last time, each as its one action or draft."""
        log = control(self.platforms, "requests")["requests"]
        control(self.platforms, "requests", method="DELETE")
        bodies = [entry["body"] for entry in log if entry["method"] == "POST" and "/deployments" in entry["path"]]
        return [body["actions"][0] if "actions" in body else body for body in bodies]

    def secrets(self) -> list[list[tuple[str, str]]]:
        """Return key and value of each secured value of each such write; a value as :func:`sealed` returns it."""
        return [list(_secrets_in(body)) for body in self.redeploys()]


def _secrets_in(action: Any) -> Iterator[tuple[str, str]]:
    """Yield the key and the digest of each secured value of a write."""
    entries = action.get("configurationValues") or action.get("configurations") or ()
    for entry in (*entries, action.get("globalConfiguration") or {}):
        yield from ((pair["key"], pair["value"]) for pair in entry.get("securedConfiguration", ()))


def sealed(value: str) -> str:
    """Return how the log of the sandbox shows a secured value."""
    return f"sha256:{digest(value)}"
