"""The creation, redeployment and deletion of deployments (``deployment-api.md`` sections 2 to 5 and 7)."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from trueup.sandbox.connect.actions import check_actions
from trueup.sandbox.connect.connectors import snapshot
from trueup.sandbox.connect.deployment_pipeline import CONTENT, start_deletion, start_run
from trueup.sandbox.connect.deployment_references import not_previewable, referenced
from trueup.sandbox.connect.deployment_shapes import draft_problems, redeploy_problems
from trueup.sandbox.connect.deployment_values import (
    Asked,
    New,
    configure,
    drop_stale,
    new_application,
    new_deployment,
    new_values,
    wrong_values,
)
from trueup.sandbox.connect.deployments import RUNNING, Deployments, declared_application
from trueup.sandbox.connect.drafts import HIDDEN, Drafts
from trueup.sandbox.connect.errors import Failure, error, invalid
from trueup.sandbox.connect.writes import check_version, read_update
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import Document
from trueup.sandbox.world import Grant, Sandbox


def create(sandbox: Sandbox, grant: Grant, project: str, body: object) -> Document:
    """Create a deployment and start its first run. Raises Failure."""
    settings, deployments = sandbox.settings, Deployments(sandbox.store, grant.world, project)
    if not isinstance(body, Mapping):
        raise invalid("InvalidJsonInput", ["Expected an object"])
    wrong = list(draft_problems(body, settings))
    if wrong:
        raise invalid("InvalidJsonInput", wrong)
    key = body.get("key")
    taken = deployments.by_key(key) if key else None
    if taken and (taken["status"] != "Undeploying" or settings.deployment_key_while_undeploying == "refuse"):
        message = f"A duplicate value {key} exists for field key."
        raise Failure(error("DuplicateField", message, field="key", duplicateValue=key))
    connector = referenced(sandbox, grant, project, body)
    made = New(project=project, settings=settings, ids=sandbox.ids, now=sandbox.clock.now())
    deployment = new_deployment(made, body, connector)
    start_run(sandbox, deployment, None)
    deployments.save(deployment)
    return deployment


def update(sandbox: Sandbox, world: str, project: str, address: str, body: object) -> Document:
    """Redeploy the deployment at ``address``; return it, as it is then or, with ``write_answer``, as it was before.

    Raises Failure. Nothing is changed then.
    """
    version, actions = read_update(body)
    deployments, settings = Deployments(sandbox.store, world, project), sandbox.settings
    before = deployments.addressed(address)
    # No page says whether the version or the actions are checked first.
    if settings.check_order == "actions":
        check_actions(actions, settings, _wrong)
    check_version(before, version, settings)
    check_actions(actions, settings, _wrong)
    deployment = deepcopy(before)
    for index, action in enumerate(actions):
        # The second of two actions meets the run that the first one started (section 4).
        if not index or settings.deployment_second_action == "refuse":
            check_idle(deployment)
        redeploy(sandbox, world, deployment, action)
    if actions:
        steps = {"request": 1, "action": len(actions), "request-and-action": 1 + len(actions)}
        deployment["version"] += steps[settings.version_step]
        deployment[HIDDEN]["lastModifiedAt"] = sandbox.clock.now()
        deployments.save(deployment)
    return before if settings.write_answer == "before" else deployment


def _wrong(action: object, settings: Settings) -> list[str]:
    if not isinstance(action, Mapping):
        return ["Expected an object"]
    if action.get("action") != "redeploy":
        return [f"Unknown action {action.get('action')!r}"]
    return list(redeploy_problems(action, settings))


def check_idle(deployment: Document) -> None:
    """Check that no run and no deletion is under way. Raises Failure."""
    if deployment["status"] in RUNNING:
        message = f"Invalid status change: Already {deployment['status'].lower()}"
        raise Failure(error("DeploymentInvalidStatusTransition", message))


def redeploy(sandbox: Sandbox, world: str, deployment: Document, action: Mapping[str, Any]) -> None:
    """Change a deployment as a valid action ``redeploy`` says, and start a run. Raises Failure."""
    settings = sandbox.settings
    asked = Asked(entries=action.get("configurationValues"), shared=action.get("globalConfiguration"))
    if asked.entries is not None and not asked.entries and settings.deployment_empty_values == "refuse":
        raise Failure(error("DeploymentApplicationRequired", "A Deployment requires at least one application"))
    before = deepcopy({name: deployment[name] for name in CONTENT})
    # A rollback is over when something else is deployed.
    deployment.pop("rollbackRevision", None)
    if action.get("updateConnector"):
        _move(sandbox, world, deployment)
    contract = before["connector"] if settings.deployment_contract == "old" else deployment["connector"]
    wrong = list(wrong_values(contract, asked, settings)) or list(_foreign(deployment, asked))
    if wrong:
        raise Failure(*wrong)
    _reset(deployment, asked, settings)
    configure(deployment, asked, settings)
    start_run(sandbox, deployment, before, skip_scripts=bool(action.get("skipScripts")))


def _foreign(deployment: Document, asked: Asked) -> list[dict[str, Any]]:
    """Return an error for each application of the connector that this deployment does not have."""
    named = f"Deployment with id={deployment['id']} or key={deployment['key']}"
    names = [entry["applicationName"] for entry in asked.entries or ()]
    return [
        error("DeploymentApplicationDoNotBelong", f"{named} does not include application: {name}")
        for name in names
        if name not in deployment["applications"]
    ]


def _reset(deployment: Document, asked: Asked, settings: Settings) -> None:
    """Forget the values that a redeploy does not name, unless it keeps each key (switch ``deployment_merge``)."""
    if settings.deployment_merge == "key":
        return
    named = {entry["applicationName"] for entry in asked.entries or ()}
    for name, stored in deployment["applications"].items():
        if name in named or (settings.deployment_merge == "all" and asked.entries is not None):
            stored.update(new_values())
    if asked.shared is not None:
        deployment["globalConfiguration"] = new_values()


def _move(sandbox: Sandbox, world: str, deployment: Document) -> None:
    """Take over the latest state of the connector, and adapt applications and keys to it. Raises Failure."""
    settings, old = sandbox.settings, deployment["connector"]
    new = _latest(sandbox, world, deployment)
    # The version of a draft rises with its pipelines, so that a preview is compared by its repository (section 6).
    compared = "repository" if deployment["preview"] else "version"
    if new[compared] == old[compared] and settings.deployment_update_without_news == "update-failure":
        raise _update_failure(deployment, "there is no newer version")
    if not settings.deployment_update_moves:
        return
    deployment["connector"] = new
    former = {declared["applicationName"] for declared in old["configurations"]}
    kept: dict[str, Document] = {}
    for declared in new["configurations"]:
        name = declared["applicationName"]
        if name in deployment["applications"]:
            kept[name] = deployment["applications"][name]
        elif name not in former:
            if settings.deployment_new_application == "update-failure":
                raise _update_failure(deployment, f"it has no configuration for application {name}")
            if settings.deployment_new_application == "added":
                kept[name] = new_application(sandbox.ids.next())
    deployment["applications"] = kept
    if settings.deployment_stale_keys == "drop":
        for name, stored in kept.items():
            drop_stale(stored, declared_application(new, name))
        drop_stale(deployment["globalConfiguration"], new["globalConfiguration"])


def _latest(sandbox: Sandbox, world: str, deployment: Document) -> Document:
    draft = Drafts(sandbox.store, world).by_id(deployment["connector"]["id"])
    if draft is None:
        raise _update_failure(deployment, "it does not exist")
    if not deployment["preview"]:
        published: Document | None = draft[HIDDEN].get("connector")
        if published is None:
            raise _update_failure(deployment, "it is not published")
        return published
    if draft["isPreviewable"] != "true":
        if sandbox.settings.deployment_update_unpreviewable == "update-failure":
            raise _update_failure(deployment, "it is not previewable")
        raise not_previewable(draft)
    return snapshot(draft)


def _update_failure(deployment: Document, cause: str) -> Failure:
    connector = deployment["connector"]
    named = f"Deployment with id={deployment['id']} or key={deployment['key']}"
    message = f"{named} failed while trying to update Connector {connector['key'] or connector['id']} (cause: {cause})"
    return Failure(error("DeploymentConnectorUpdateFailure", message))


def roll_back(sandbox: Sandbox, world: str, deployment: Document, number: int) -> None:
    """Deploy a revision again, as another client does; no page describes the request. Raises Failure."""
    check_idle(deployment)
    kept = {revision["revision"]: revision["content"] for revision in deployment[HIDDEN]["revisions"]}
    if number not in kept:
        raise Failure(error("DeploymentRollbackNotAllowed", f"There is no revision {number}"))
    before = {name: deployment[name] for name in CONTENT}
    deployment |= deepcopy(kept[number]) | {"rollbackRevision": number}
    start_run(sandbox, deployment, before)
    deployment["version"] += 1
    deployment[HIDDEN]["lastModifiedAt"] = sandbox.clock.now()
    Deployments(sandbox.store, world).save(deployment)


def delete(sandbox: Sandbox, world: str, project: str, address: str) -> Document:
    """Start the deletion of the deployment of any version; return it. Raises Failure."""
    deployments, settings = Deployments(sandbox.store, world, project), sandbox.settings
    deployment = deployments.addressed(address)
    if settings.deployment_delete_while_busy == "refuse":
        check_idle(deployment)
    elif deployment["status"] == "Undeploying":
        return deployment
    start_deletion(sandbox, deployment)
    deployment["version"] += 1
    deployment[HIDDEN]["lastModifiedAt"] = sandbox.clock.now()
    deployments.save(deployment)
    return deployment
