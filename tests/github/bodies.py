"""The JSON of what the stand-in keeps, with all members that GitHub's description requires."""

from collections.abc import Mapping
from typing import Any

from github.description import SITE, filled
from github.state import Artifact, Comment, Deployment, Issue, Repository, Run, State, Status

Body = dict[str, Any]


def user(login: str) -> Body:
    return {"login": login, "id": sum(map(ord, login)), "type": "Bot" if login.endswith("[bot]") else "User"}


def repository(of: Repository) -> Body:
    return {
        "id": of.id,
        "name": of.full_name.partition("/")[2],
        "full_name": of.full_name,
        "owner": user(of.owner),
        "html_url": f"{SITE}/{of.full_name}",
        "fork": of.fork,
    }


def whole_repository(state: State) -> Body:
    of = state.repository
    known = {**repository(of), "default_branch": of.default_branch, "private": state.private}
    return filled("full-repository", known)


def pull(state: State, thread: Issue, schema: str) -> Body:
    """Return a pull request; ``schema`` is pull-request, or pull-request-simple in lists."""
    of = thread.its_pull
    base = {"label": f"{state.repository.owner}:{of.base_ref}", "ref": of.base_ref, "sha": of.base_sha}
    source = of.source
    label = source and f"{source.owner}:{of.head_ref}"
    head = {"label": label, "ref": of.head_ref, "sha": of.head_sha, "user": source and user(source.owner)}
    whole = {"merged": of.merged_at is not None, "mergeable": None} if schema == "pull-request" else {}
    return filled(
        schema,
        {
            **_thread(thread),
            "html_url": f"{SITE}/{state.full_name}/pull/{thread.number}",
            "draft": of.draft,
            "merged_at": of.merged_at,
            "merge_commit_sha": of.merge_commit_sha,
            "base": {**base, "repo": {**repository(state.repository), "default_branch": "main"}},
            "head": {**head, "repo": source and {**repository(source), "default_branch": source.default_branch}},
            "auto_merge": None,
            **whole,
        },
    )


def issue(state: State, thread: Issue) -> Body:
    """Return an issue, or a pull request as an issue, which has a member of that name."""
    url = f"{SITE}/{state.full_name}/{'pull' if thread.pull else 'issues'}/{thread.number}"
    of: Body = dict.fromkeys(("url", "html_url", "diff_url", "patch_url"), url)
    as_pull = {"pull_request": of | {"merged_at": thread.pull.merged_at}} if thread.pull else {}
    comments = len(state.comments_of(thread.number))
    return filled("issue", {**_thread(thread), "html_url": url, "comments": comments, **as_pull})


def _thread(thread: Issue) -> Body:
    return {
        "id": thread.id,
        "number": thread.number,
        "title": thread.title,
        "body": thread.body,
        "user": user(thread.author),
        "state": thread.state,
        "locked": thread.locked,
        "labels": [{"name": label} for label in thread.labels],
        "created_at": thread.created_at,
        "updated_at": thread.updated_at,
        "closed_at": thread.closed_at,
    }


def comment(state: State, of: Comment) -> Body:
    kind = "pull" if state.threads[of.number].pull else "issues"
    return filled(
        "issue-comment",
        {
            "id": of.id,
            "html_url": f"{SITE}/{state.full_name}/{kind}/{of.number}#issuecomment-{of.id}",
            "issue_url": f"{SITE}/repos/{state.full_name}/issues/{of.number}",
            "body": of.body,
            "user": user(of.author),
            "created_at": of.created_at,
            "updated_at": of.updated_at,
            "author_association": "NONE",
        },
    )


def reaction(number: int, login: str, content: str) -> Body:
    return filled("reaction", {"id": number, "user": user(login), "content": content})


def run(state: State, of: Run) -> Body:
    """Return a run; those of forks name no pull request (actions/workflow-runs)."""
    pulls = [
        {"number": thread.number, "id": thread.id}
        for thread in state.pulls()
        if thread.its_pull.head_sha == of.head_sha and not of.source.fork
    ]
    return filled(
        "workflow-run",
        {
            "id": of.id,
            "event": of.event,
            "head_sha": of.head_sha,
            "head_branch": of.head_branch,
            "path": of.path,
            "status": of.status,
            "conclusion": of.conclusion,
            "run_attempt": of.attempt,
            "workflow_id": _workflow_id(of.path),
            "pull_requests": [_pull_of_run(state, known) for known in pulls],
            "repository": repository(state.repository),
            "head_repository": repository(of.source),
            "actor": user(of.actor),
            "html_url": f"{SITE}/{state.full_name}/actions/runs/{of.id}",
            "created_at": of.created_at,
        },
    )


def _workflow_id(path: str) -> int:
    return sum(map(ord, path))


def _pull_of_run(state: State, known: Mapping[str, Any]) -> Body:
    of = state.threads[known["number"]].its_pull
    at = {"id": state.repository.id, "url": SITE, "name": state.full_name.partition("/")[2]}
    head = {"ref": of.head_ref, "sha": of.head_sha, "repo": at}
    return {**known, "url": SITE, "head": head, "base": {"ref": of.base_ref, "sha": of.base_sha, "repo": at}}


def artifact(state: State, of: Artifact) -> Body:
    origin = {"id": of.run.id, "repository_id": state.repository.id, "head_repository_id": of.run.source.id}
    return filled(
        "artifact",
        {
            "id": of.id,
            "name": of.name,
            "size_in_bytes": len(of.content),
            "expired": of.expired,
            "digest": of.digest,
            "created_at": of.created_at,
            "workflow_run": {**origin, "head_branch": of.run.head_branch, "head_sha": of.run.head_sha},
        },
    )


def deployment(of: Deployment) -> Body:
    return filled(
        "deployment",
        {
            "id": of.id,
            "sha": of.sha,
            "ref": of.ref,
            "task": of.task,
            "environment": of.environment,
            "original_environment": of.environment,
            "payload": of.payload,
            "description": of.description,
            "creator": user(of.creator),
            "transient_environment": of.transient,
            "production_environment": of.production,
            "created_at": of.created_at,
            "updated_at": of.statuses[-1].created_at if of.statuses else of.created_at,
        },
    )


def status(of: Status) -> Body:
    return filled(
        "deployment-status",
        {
            "id": of.id,
            "state": of.state,
            "description": of.description,
            "log_url": of.log_url,
            "target_url": of.log_url,
            "environment": of.environment,
            "environment_url": of.environment_url,
            "creator": user(of.creator),
            "created_at": of.created_at,
        },
    )
