"""Deployments and their statuses, as pages below https://docs.github.com/rest/deployments describe them."""

from typing import Any, Final

from github import bodies
from github.git import commit_of, has_branch, is_ancestor
from github.merging import auto_merged
from github.rules import NOT_FOUND, Answer, Call, Listing, Refused, invalid
from github.state import Deployment, Status

LONGEST_NAME: Final = 255
"""Characters of an environment's name (actions/how-tos/deploy/configure-and-manage-deployments)."""
LONGEST_DESCRIPTION: Final = 140


def list_deployments(call: Call) -> Listing:
    """deployments#list-deployments: filters, among which "none" is the default that filters nothing.

    The page names no order; the newest come first here, and the fault ``Shuffled`` has any other.
    """
    kept = list(call.state.deployed.values())
    for name in ("sha", "ref", "task", "environment"):
        if (wanted := call.query.get(name, "none")) != "none":
            kept = [d for d in kept if getattr(d, name) == wanted]
    return Listing([bodies.deployment(d) for d in sorted(kept, key=lambda d: -d.id)])


def get_deployment(call: Call) -> Answer:
    """deployments#get-a-deployment."""
    return Answer(200, bodies.deployment(_deployment(call)))


def create_deployment(call: Call) -> Answer:
    """deployments#create-a-deployment: ``auto_merge`` and the checks of the commit come first, and both are on."""
    body, state = call.body, call.state
    ref, environment = str(body["ref"]), str(body.get("environment", "production"))
    if len(environment) > LONGEST_NAME:
        raise invalid("Deployment", "environment", "environment is too long (maximum is 255 characters)")
    sha = commit_of(state, ref)
    if sha is None:
        raise Refused(422, f"No ref found for: {ref}")
    if body.get("auto_merge", True) and (answer := _merged(call, ref, sha)) is not None:
        return answer
    _checked(call, ref, sha)
    made = Deployment(
        id=next(state.ids),
        sha=sha,
        ref=ref,
        task=str(body.get("task", "deploy")),
        environment=environment,
        payload=body.get("payload", ""),
        description=body.get("description"),
        transient=bool(body.get("transient_environment", False)),
        production=bool(body.get("production_environment", environment == "production")),
        creator=call.token.login,
        created_at=state.moment(),
    )
    state.deployed[made.id] = made
    return Answer(201, bodies.deployment(made))


def _merged(call: Call, ref: str, sha: str) -> Answer | None:
    """Merge the default branch into a ref that is behind it: 202 and no deployment, or 409 where that fails."""
    default = call.state.repository.default_branch
    newest = commit_of(call.state, default) if call.state.work else sha
    if newest is None or is_ancestor(call.state, newest, sha):
        return None
    if not has_branch(call.state, ref) or auto_merged(call.state, ref, newest) is None:
        raise Refused(409, f"Conflict merging {default} into {ref}.")
    return Answer(202, {"message": f"Auto-merged {default} into {ref} on deployment."})


def _checked(call: Call, ref: str, sha: str) -> None:
    """Raise Refused for a commit with checks that are no success; an empty list of contexts asks for none."""
    states = call.state.checks.get(sha, {})
    contexts = call.body.get("required_contexts", list(states))
    if failed := [context for context in contexts if states.get(context) != "success"]:
        errors = tuple({"resource": "Deployment", "field": "required_contexts", "code": c} for c in failed)
        raise Refused(409, f"Conflict: Commit status checks failed for {ref}.", errors)


def list_statuses(call: Call) -> Listing:
    """statuses#list-deployment-statuses: the newest first."""
    return Listing([bodies.status(s) for s in reversed(_deployment(call).statuses)])


def create_status(call: Call) -> Answer:
    """statuses#create-a-deployment-status."""
    deployment, body = _deployment(call), call.body
    description = str(body.get("description", ""))
    if len(description) > LONGEST_DESCRIPTION:
        raise invalid("DeploymentStatus", "description", "description is too long (maximum is 140 characters)")
    before = deployment.statuses[-1].environment if deployment.statuses else deployment.environment
    made = _status(call, str(body["state"]), str(body.get("environment", before)))
    made.description = description
    made.log_url = str(body.get("log_url") or body.get("target_url", ""))
    made.environment_url = str(body.get("environment_url", ""))
    deployment.statuses.append(made)
    if body.get("auto_inactive", True) and made.state == "success":
        _end_earlier(call, deployment)
    return Answer(201, bodies.status(made))


def _end_earlier(call: Call, newest: Deployment) -> None:
    """Make earlier deployments inactive: those of the environment that had a success.

    statuses, ``auto_inactive``: "all prior non-transient, non-production environment deployments".
    """
    for earlier in call.state.deployments(newest.environment):
        ends = earlier.id < newest.id and not earlier.transient and not earlier.production
        if ends and earlier.state == "success":
            earlier.statuses.append(_status(call, "inactive", earlier.environment))


def _status(call: Call, state: Any, environment: str) -> Status:
    now = call.state.moment()
    return Status(next(call.state.ids), state, "", "", environment, "", call.token.login, now)


def _deployment(call: Call) -> Deployment:
    found = call.state.deployed.get(call.number("deployment_id"))
    if found is None:
        raise NOT_FOUND
    return found
