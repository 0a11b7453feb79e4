"""The pipelines of deployments (``deployment-api.md`` section 5).

As with drafts, nothing runs in the background: before a request is answered, every deployment of its world is advanced
to the clock of the sandbox, and each change of status raises the version by ``pipeline_step``::

    run       Draft --deployment_queue_seconds--> Queued --deployment_queue_seconds--> Deploying
              Deploying --deployment_seconds--> Deployed | Failed
    deletion  Undeploying --undeploy_seconds--> gone | UndeployFailed

A run begins with ``deployment_first_status``. A deployment that is seeded as busy has no run, so that it stays so.
"""

from copy import deepcopy
from typing import Literal

from trueup.sandbox.connect.deployment_values import missing_required
from trueup.sandbox.connect.deployments import Deployments, assign_outputs, type_of
from trueup.sandbox.connect.drafts import HIDDEN
from trueup.sandbox.settings import DeploymentResults, Settings
from trueup.sandbox.store import Document, timestamp
from trueup.sandbox.world import Sandbox

CONTENT = ("connector", "applications", "globalConfiguration")
"""What a redeploy changes."""
_NEXT = {"Draft": "Queued", "Queued": "Deploying"}
_REVISIONS = 20
"""The newest revisions that are kept; how many the platform keeps is not documented."""


def start_run(sandbox: Sandbox, deployment: Document, before: Document | None, *, skip_scripts: bool = False) -> None:
    """Start a run that deploys the content of ``deployment``; ``before`` is the content it replaces, None at first."""
    settings, hidden = sandbox.settings, deployment[HIDDEN]
    hidden["run"] = {
        "id": sandbox.ids.next(),
        "at": sandbox.clock.now() + _seconds(settings.deployment_first_status, settings),
        "skipScripts": skip_scripts,
        "before": before,
        "after": None,
        "details": deployment["details"],
    }
    if before is not None and settings.deployment_copy_changes == "when-deployed":
        hidden["run"]["after"] = {name: deployment[name] for name in CONTENT}
        deployment.update(deepcopy(before))
    deployment["status"] = settings.deployment_first_status
    deployment["details"] = {
        "empty-while-running": {},
        "previous": deployment["details"] or {},
        "null": None,
    }[settings.deployment_details]


def start_deletion(sandbox: Sandbox, deployment: Document) -> None:
    """Start the deletion of a deployment; a run that is under way ends without a result."""
    at = sandbox.clock.now() + sandbox.settings.undeploy_seconds
    deployment[HIDDEN]["run"] = {
        "id": sandbox.ids.next(),
        "at": at,
        # Another client may edit the status: then the end is that of a run.
        "skipScripts": True,
        "before": None,
        "after": None,
        "details": deployment["details"],
    }
    deployment["status"] = "Undeploying"


def _seconds(status: str, settings: Settings) -> float:
    return settings.deployment_seconds if status == "Deploying" else settings.deployment_queue_seconds


def settle_deployments(sandbox: Sandbox, world: str) -> None:
    """Make all transitions of the deployments of the world that are due."""
    deployments, now = Deployments(sandbox.store, world), sandbox.clock.now()
    for deployment in list(deployments.due(now)):
        # After the clock was advanced several transitions may be due, each of which may start the next timer.
        while deployment[HIDDEN]["run"] and deployment[HIDDEN]["run"]["at"] <= now:
            if not _step(deployment, sandbox.settings):
                deployments.remove(deployment)
                break
        else:
            deployments.save(deployment)


def _step(deployment: Document, settings: Settings) -> bool:
    """Make the next transition; return False when the deployment is gone."""
    run, status = deployment[HIDDEN]["run"], deployment["status"]
    if status in _NEXT:
        deployment["status"] = _NEXT[status]
        # From when the last step was due: a late request must not delay all later steps.
        run["at"] += _seconds(deployment["status"], settings)
    elif status == "Undeploying":
        if _result(deployment, "undeploy", settings) == "gone":
            return False
        _end(deployment, "UndeployFailed", [_undeploy_failed(deployment)], settings)
    else:
        _finish(deployment, settings)
    deployment["version"] += settings.pipeline_step
    deployment[HIDDEN]["lastModifiedAt"] = run["at"]
    return True


def _finish(deployment: Document, settings: Settings) -> None:
    """End a run: its content, its outputs and its report."""
    run = deployment[HIDDEN]["run"]
    wanted = run["after"] or {name: deployment[name] for name in CONTENT}
    result = _result(deployment, "deployment", settings)
    entries = _failures(wanted, result, settings)
    if not entries and not run["skipScripts"]:
        entries = _script_entries(wanted, result)
    failed = any(entry["type"] == "Error" for entry in entries)
    warned = any(entry["type"] == "Warning" for entry in entries)
    failed = failed or (warned and settings.deployment_script_failure == "failed")
    if not failed:
        deployment.update(wanted)
        assign_outputs(deployment, run["id"], settings)
    elif settings.deployment_failed_values == "new":
        deployment.update(wanted)
    elif run["before"] is not None:
        deployment.update(run["before"])
    _end(deployment, "Failed" if failed else "Deployed", entries, settings)
    if not failed:
        _keep_revision(deployment, settings)


def _end(deployment: Document, status: str, entries: list[Document], settings: Settings) -> None:
    run = deployment[HIDDEN]["run"]
    created = timestamp(run["at"])
    former = ((run["details"] or {}).get("build") or {}).get("id")
    build_id = former if former and settings.deployment_build_id == "same" else run["id"]
    report = {"entries": [{**entry, "createdAt": created} for entry in entries]}
    deployment["details"] = {"build": {"id": build_id, "report": report}}
    deployment["status"] = status
    deployment[HIDDEN]["run"] = None


def _result(deployment: Document, name: Literal["deployment", "undeploy"], settings: Settings) -> str:
    """Return how a pipeline ends: of the next run alone, of this deployment, or of all."""
    hidden = deployment[HIDDEN]
    once: DeploymentResults = hidden["next"]
    # Used up, so that a redeploy of the same deployment can succeed.
    hidden["next"] = {other: result for other, result in once.items() if other != name}
    seeded: DeploymentResults = hidden["results"]
    own = settings.deployment_results.get(deployment["key"] or "", seeded)
    default = {"deployment": settings.deployment_result, "undeploy": settings.undeploy_result}[name]
    return once.get(name) or own.get(name) or default


def _failures(content: Document, result: str, settings: Settings) -> list[Document]:
    """Return the report entries of a run that fails before its scripts; empty when it does not."""
    entries = [
        {"type": "Error", "application": name, "title": f"Required configuration {key} has no value"}
        for name, key in missing_required(content["connector"], content["applications"])
        if settings.deployment_missing_required == "fail"
    ]
    if not entries and result == "Failed":
        name = next(reversed(content["applications"]), None)
        entries.append(
            {"type": "Error", "application": name, "title": f"Health check for application {name} failed"}
            if name
            else {"type": "Error", "title": "Health check failed"}
        )
    return entries


def _script_entries(content: Document, result: str) -> list[Document]:
    """Return the report entries about postDeploy scripts: a job has none, the first of the others may fail."""
    applications = list(content["applications"])
    jobs = [name for name in applications if type_of(content["connector"], name) == "job"]
    if result != "Deployed-with-warning":
        title = 'Script for "postDeploy" not defined'
        return [{"type": "Information", "application": name, "title": title} for name in jobs]
    failing = next((name for name in applications if name not in jobs), None)
    named = {"application": failing} if failing else {}
    title = "Failed during the execution of 'postDeploy' script"
    return [{"type": "Warning", **named, "title": title, "message": "exit status 1"}]


def _undeploy_failed(deployment: Document) -> Document:
    entry = {"type": "Error", "title": "Failed during the execution of 'preUndeploy' script"}
    name = next(iter(deployment["applications"]), None)
    return {**entry, **({"application": name} if name else {}), "message": "exit status 1"}


def _keep_revision(deployment: Document, settings: Settings) -> None:
    if settings.deployment_revisions == "off":
        return
    hidden = deployment[HIDDEN]
    number = hidden["revisions"][0]["revision"] + 1 if hidden["revisions"] else 1
    content = deepcopy({name: deployment[name] for name in CONTENT})
    hidden["revisions"] = [{"revision": number, "content": content}, *hidden["revisions"]][:_REVISIONS]
