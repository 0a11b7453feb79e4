"""Events that start a workflow, made from what the stand-in knows: their payloads and their variables.

The refs and commits are those of actions/reference/events-that-trigger-workflows, the payloads those of the webhooks.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from github import bodies
from github.description import SITE, payload
from github.git import tip
from github.merging import Group, Push
from github.state import WORKFLOW, Comment, Issue, Run, State

CRON: Final = "17 5 * * *"
ZEROS: Final = "0" * 40


@dataclass(frozen=True)
class Event:
    """An event: what GitHub writes to a file, and the commit and the ref that its workflow runs on."""

    name: str
    payload: Mapping[str, Any]
    sha: str
    ref: str
    actor: str

    def is_foreign(self, state: State) -> bool:
        """Return whether a run has no secrets and may only read: for a fork's pull request, or Dependabot's.

        code-security/reference/supply-chain-security/dependabot-on-actions
        """
        match self.payload.get("pull_request"):
            case {"head": {"repo": {"full_name": source}}, "user": {"login": author}}:
                return bool(source != state.full_name or author == "dependabot[bot]")
            case _:
                return False

    def write(self, folder: Path) -> Path:
        """Write the payload to a file of a folder; return the file."""
        file = folder / "event.json"
        file.write_text(json.dumps(self.payload), encoding="utf-8")
        return file

    def variables(self, state: State, run: Run, folder: Path) -> dict[str, str]:
        """Return the variables of a run of this event (actions/reference/variables), and write the payload."""
        pull = self.payload.get("pull_request")
        of = {"GITHUB_HEAD_REF": pull["head"]["ref"], "GITHUB_BASE_REF": pull["base"]["ref"]} if pull else {}
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTOR": self.actor,
            "GITHUB_EVENT_NAME": self.name,
            "GITHUB_EVENT_PATH": str(self.write(folder)),
            "GITHUB_REF": self.ref,
            "GITHUB_REF_NAME": re.sub("^refs/(heads|pull|tags)/", "", self.ref),
            "GITHUB_REPOSITORY": state.full_name,
            "GITHUB_REPOSITORY_ID": str(state.repository.id),
            "GITHUB_RUN_ATTEMPT": str(run.attempt),
            "GITHUB_RUN_ID": str(run.id),
            "GITHUB_SERVER_URL": SITE,
            "GITHUB_SHA": self.sha,
            "GITHUB_WORKFLOW_REF": f"{state.full_name}/{run.path}@{self.ref}",
            **of,
        }


def pull_request(state: State, thread: Issue, *, before: str = "") -> Event:
    """Return the event of a pull request that was opened, or pushed to after the commit ``before``.

    It runs on the test merge, refs/pull/N/merge.
    """
    pull = thread.its_pull
    sha = pull.merge_commit_sha or ("" if state.work else pull.head_sha)
    assert sha, "a pull request with conflicts starts no workflow"
    known: dict[str, Any] = {
        "number": thread.number,
        "pull_request": bodies.pull(state, thread, "pull-request"),
        **_common(state, thread.author),
    }
    name = "pull-request-opened"
    known["action"] = "opened"
    if before:
        name = "pull-request-synchronize"
        known |= {"action": "synchronize", "before": before, "after": pull.head_sha}
    ref = f"refs/pull/{thread.number}/merge"
    return Event("pull_request", payload(name, known), sha, ref, thread.author)


def push(state: State, of: Push, *, actor: str = "ann") -> Event:
    """Return the event of a push to the default branch."""
    ref = _default(state)
    known = {"ref": ref, "before": of.before, "after": of.after, "forced": of.forced, **_common(state, actor)}
    known["pusher"] = {"name": actor}
    return Event("push", payload("push", known), of.after, ref, actor)


def schedule(state: State) -> Event:
    """Return the event of a schedule, which has no webhook: it holds the schedule and nothing of the repository."""
    return Event("schedule", {"schedule": CRON}, tip(state), _default(state), "ann")


def workflow_dispatch(
    state: State, *, inputs: Mapping[str, Any] | None = None, actor: str = "ann", branch: str = ""
) -> Event:
    """Return the event of a start by hand, on the default branch unless another is named."""
    ref = f"refs/heads/{branch}" if branch else _default(state)
    known = {"inputs": inputs, "ref": ref, "workflow": WORKFLOW, **_common(state, actor)}
    return Event("workflow_dispatch", payload("workflow-dispatch", known), tip(state, branch), ref, actor)


def merge_group(state: State, group: Group) -> Event:
    """Return the event of a merge queue's group, which runs on its temporary branch."""
    of = {
        "head_sha": group.head_sha,
        "head_ref": group.head_ref,
        "base_sha": group.base_sha,
        "base_ref": _default(state),
    }
    known = {"action": "checks_requested", "merge_group": of, **_common(state, "github-merge-queue[bot]")}
    made = payload("merge-group-checks-requested", known)
    return Event("merge_group", made, group.head_sha, group.head_ref, "github-merge-queue[bot]")


def issue_comment(state: State, comment: Comment) -> Event:
    """Return the event of a new comment; it runs on the default branch, also for a pull request."""
    known = {
        "action": "created",
        "issue": bodies.issue(state, state.threads[comment.number]),
        "comment": bodies.comment(state, comment),
        **_common(state, comment.author),
    }
    made = payload("issue-comment-created", known)
    return Event("issue_comment", made, tip(state), _default(state), comment.author)


def _default(state: State) -> str:
    return f"refs/heads/{state.repository.default_branch}"


def _common(state: State, actor: str) -> dict[str, Any]:
    of = {**bodies.repository(state.repository), "default_branch": state.repository.default_branch}
    return {"repository": of, "sender": bodies.user(actor)}
