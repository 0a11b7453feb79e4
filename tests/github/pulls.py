"""Pull requests, people and the repository, as pages below https://docs.github.com/rest describe them."""

from typing import Final

from github import bodies
from github.description import filled
from github.git import commit_of, commits_between, has_branch, is_ancestor, tip
from github.rules import NOT_FOUND, Answer, Call, Listing, Refused, invalid
from github.state import BOT, Issue, State

BASE_ROLES: Final = {"maintain": "write", "triage": "read"}
"""What ``permission`` says of a role (collaborators/collaborators#get-repository-permissions-for-a-user)."""


def get_repository(call: Call) -> Answer:
    """repos/repos#get-a-repository."""
    return Answer(200, bodies.whole_repository(call.state))


def pulls_of_commit(call: Call) -> Listing:
    """commits/commits#list-pull-requests-associated-with-a-commit.

    For a commit of the default branch "the merged pull request that introduced the commit"; for another one "merged
    and open pull requests associated with the commit"; for a branch's name those of the branch.
    """
    state, name = call.state, call.path["commit_sha"]
    known = [t for t in state.pulls("all") if t.state == "open" or t.its_pull.merged_at]
    of_branch = [t for t in known if t.its_pull.head_ref == name]
    commit = commit_of(state, name)
    if commit is None and not of_branch:
        raise Refused(422, f"No commit found for SHA: {name}")
    found = of_branch or [t for t in known if commit in t.its_pull.introduced]
    if not found and commit is not None and not _on_default(state, commit):
        found = [t for t in known if commit in commits_between(state, t.its_pull.base_sha, t.its_pull.head_sha)]
    return Listing([bodies.pull(state, t, "pull-request-simple") for t in found])


def _on_default(state: State, commit: str) -> bool:
    return state.work is not None and is_ancestor(state, commit, tip(state))


def list_pulls(call: Call) -> Listing:
    """pulls/pulls#list-pull-requests: ``head`` is "user:ref-name"; the newest first unless asked."""
    state, asked = call.state, call.query
    found = state.pulls(asked.get("state", "open"))
    if head := asked.get("head"):
        found = [t for t in found if _label(t) == head]
    if base := asked.get("base"):
        found = [t for t in found if t.its_pull.base_ref == base]
    found.sort(key=lambda t: t.number, reverse=asked.get("direction", "desc") == "desc")
    return Listing([bodies.pull(state, t, "pull-request-simple") for t in found])


def get_pull(call: Call) -> Answer:
    """pulls/pulls#get-a-pull-request."""
    thread = call.state.threads.get(call.number("pull_number"))
    if thread is None or thread.pull is None:
        raise NOT_FOUND
    return Answer(200, bodies.pull(call.state, thread, "pull-request"))


def create_pull(call: Call) -> Answer:
    """pulls/pulls#create-a-pull-request: one at a time for a head, and only with commits that the base has not.

    A workflow's own token may not, unless a setting allows it (repositories/managing-your-repositorys-settings).
    """
    state, body = call.state, call.body
    if call.token.login == BOT and not state.actions_may_open_pulls:
        raise Refused(403, "GitHub Actions is not permitted to create or approve pull requests.")
    branch, base = str(body["head"]).rpartition(":")[2], str(body["base"])
    if not has_branch(state, base):
        raise invalid("PullRequest", "base", "base is invalid", "invalid")
    if not has_branch(state, branch):
        raise invalid("PullRequest", "head", "head is invalid", "invalid")
    label = f"{state.repository.owner}:{branch}"
    if any(_label(t) == label and t.its_pull.base_ref == base for t in state.pulls()):
        raise invalid("PullRequest", "head", f"A pull request already exists for {label}.")
    newest, head = (tip(state, base), tip(state, branch)) if state.work else ("b" * 40, "c" * 40)
    if not commits_between(state, newest, head):
        raise invalid("PullRequest", "head", f"No commits between {base} and {branch}")
    made = state.add_pull(
        head,
        head_ref=branch,
        base_ref=base,
        base_sha=newest,
        title=str(body.get("title", "")),
        body=str(body.get("body") or ""),
        author=call.token.login,
    )
    made.its_pull.draft = bool(body.get("draft", False))
    return Answer(201, bodies.pull(state, made, "pull-request"))


def get_permission(call: Call) -> Answer:
    """collaborators/collaborators#get-repository-permissions-for-a-user: everyone may read what is public."""
    login = call.path["username"]
    role = call.state.people.get(login, "none" if call.state.private else "read")
    known = {"permission": BASE_ROLES.get(role, role), "role_name": role}
    member = {**bodies.user(login), "role_name": role}
    return Answer(200, filled("repository-collaborator-permission", {**known, "user": member}))


def _label(thread: Issue) -> str:
    source = thread.its_pull.source
    return f"{source.owner if source else 'unknown'}:{thread.its_pull.head_ref}"
