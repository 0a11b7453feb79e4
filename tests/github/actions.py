"""Workflow runs, artifacts and dispatches, as pages below https://docs.github.com/rest/actions describe them."""

from pathlib import PurePosixPath
from typing import Final

from github import bodies
from github.description import SITE
from github.git import commit_of, has_branch
from github.rules import NOT_FOUND, Answer, Call, Listing, Refused
from github.state import Run

MOST: Final = 1000
"""Runs that a search answers with (workflow-runs#list-workflow-runs-for-a-repository)."""
MOST_INPUTS: Final = 25


def list_runs(call: Call) -> Listing:
    """workflow-runs#list-workflow-runs-for-a-repository: ``status`` is a status or a conclusion."""
    return _runs(call, list(call.state.runs.values()))


def list_runs_of_workflow(call: Call) -> Listing:
    """workflow-runs#list-workflow-runs-for-a-workflow: a workflow is named by its file as well."""
    path = _workflow(call)
    return _runs(call, [run for run in call.state.runs.values() if run.path == path])


def _runs(call: Call, runs: list[Run]) -> Listing:
    asked = call.query
    for name, wanted in asked.items():
        match name:
            case "head_sha":
                runs = [run for run in runs if run.head_sha == wanted]
            case "event":
                runs = [run for run in runs if run.event == wanted]
            case "branch":
                runs = [run for run in runs if run.head_branch == wanted]
            case "actor":
                runs = [run for run in runs if run.actor == wanted]
            case "status":
                runs = [run for run in runs if wanted in (run.status, run.conclusion)]
            case "per_page" | "page" | "exclude_pull_requests":
                pass
            case _:
                raise NotImplementedError(name)
    newest_first = sorted(runs, key=lambda run: -run.id)
    return Listing([bodies.run(call.state, run) for run in newest_first][:MOST], "workflow_runs")


def get_run(call: Call) -> Answer:
    """workflow-runs#get-a-workflow-run."""
    return Answer(200, bodies.run(call.state, _run(call)))


def rerun(call: Call) -> Answer:
    """workflow-runs#re-run-a-workflow: the same run, its next attempt; one that runs cannot be repeated.

    actions/how-tos/manage-workflow-runs/re-run-workflows-and-jobs
    """
    run = _run(call)
    if run.status != "completed":
        raise Refused(403, "The workflow run containing this job is already running")
    run.status, run.conclusion, run.attempt = "queued", None, run.attempt + 1
    return Answer(201, {})


def list_artifacts(call: Call) -> Listing:
    """artifacts#list-workflow-run-artifacts: the newest first unless asked, also expired ones."""
    run, name = _run(call), call.query.get("name")
    kept = [a for a in call.state.artifacts.values() if a.run is run and name in (None, a.name)]
    kept.sort(key=lambda a: a.id, reverse=call.query.get("direction", "desc") == "desc")
    return Listing([bodies.artifact(call.state, a) for a in kept], "artifacts")


def download_artifact(call: Call) -> Answer:
    """artifacts#download-an-artifact: 302 to an address that is signed; 410 after its retention."""
    found = call.state.artifacts.get(call.number("artifact_id"))
    if found is None or call.path["archive_format"] != "zip":
        raise NOT_FOUND
    if found.expired:
        raise Refused(410, "Artifact has expired")
    return Answer(302, headers={"Location": f"{call.files_url}/{found.id}/{found.name}.zip?sig={found.id}"})


def dispatch(call: Call) -> Answer:
    """workflows#create-a-workflow-dispatch-event: the workflow must have the event, and the ref must exist."""
    path, ref = _workflow(call), str(call.body["ref"])
    if "workflow_dispatch" not in call.state.workflows[path]:
        raise Refused(422, "Workflow does not have 'workflow_dispatch' trigger")
    branch = ref.removeprefix("refs/heads/")
    if not has_branch(call.state, branch):
        raise Refused(422, f"No ref found for: {ref}")
    inputs = call.body.get("inputs", {})
    if len(inputs) > MOST_INPUTS:
        raise Refused(422, f"you may only define up to {MOST_INPUTS} `inputs` for a `workflow_dispatch` event")
    sha = commit_of(call.state, branch)
    assert sha is not None
    made = call.state.add_run(
        sha, event="workflow_dispatch", head_branch=branch, path=path, status="queued", actor=call.token.login
    )
    made.inputs = inputs
    if call.body.get("return_run_details"):
        url = f"{SITE}/{call.state.full_name}/actions/runs/{made.id}"
        return Answer(200, {"workflow_run_id": made.id, "run_url": url, "html_url": url})
    return Answer(204)


def _run(call: Call) -> Run:
    found = call.state.runs.get(call.number("run_id"))
    if found is None:
        raise NOT_FOUND
    return found


def _workflow(call: Call) -> str:
    named = call.path["workflow_id"]
    found = next((path for path in call.state.workflows if PurePosixPath(path).name == named), None)
    if found is None:
        raise NOT_FOUND
    return found
