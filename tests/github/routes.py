"""Every request that the stand-in answers, and the way from a request to its answer."""

import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from github import actions, deployments, git_data, issues, pulls
from github.description import one_segment, wrong_with_answer, wrong_with_request
from github.rules import DOCS, NOT_FOUND, Answer, Call, Listing, Refused, Route, page_of, require, token_of
from github.state import State

BELOW: Final = "/repos/{owner}/{repo}"
EITHER: Final = ("issues", "pull_requests")
ROUTES: Final[Mapping[tuple[str, str], Route]] = {
    ("GET", ""): Route("repos/repos", pulls.get_repository, ("metadata",)),
    ("GET", "/actions/artifacts/{artifact_id}/{archive_format}"): Route(
        "actions/artifacts", actions.download_artifact, ("actions",)
    ),
    ("GET", "/actions/runs"): Route("actions/workflow-runs", actions.list_runs, ("actions",)),
    ("GET", "/actions/runs/{run_id}"): Route("actions/workflow-runs", actions.get_run, ("actions",)),
    ("GET", "/actions/runs/{run_id}/artifacts"): Route("actions/artifacts", actions.list_artifacts, ("actions",)),
    ("POST", "/actions/runs/{run_id}/rerun"): Route("actions/workflow-runs", actions.rerun, ("actions",)),
    ("POST", "/actions/workflows/{workflow_id}/dispatches"): Route("actions/workflows", actions.dispatch, ("actions",)),
    ("GET", "/actions/workflows/{workflow_id}/runs"): Route(
        "actions/workflow-runs", actions.list_runs_of_workflow, ("actions",)
    ),
    ("GET", "/collaborators/{username}/permission"): Route(
        "collaborators/collaborators", pulls.get_permission, ("metadata",)
    ),
    ("GET", "/commits/{commit_sha}/pulls"): Route("commits/commits", pulls.pulls_of_commit, ("pull_requests",)),
    ("GET", "/deployments"): Route("deployments/deployments", deployments.list_deployments, ("deployments",)),
    ("POST", "/deployments"): Route("deployments/deployments", deployments.create_deployment, ("deployments",)),
    ("GET", "/deployments/{deployment_id}"): Route(
        "deployments/deployments", deployments.get_deployment, ("deployments",)
    ),
    ("GET", "/deployments/{deployment_id}/statuses"): Route(
        "deployments/statuses", deployments.list_statuses, ("deployments",)
    ),
    ("POST", "/deployments/{deployment_id}/statuses"): Route(
        "deployments/statuses", deployments.create_status, ("deployments",)
    ),
    ("POST", "/git/blobs"): Route("git/blobs", git_data.create_blob, ("contents",)),
    ("POST", "/git/commits"): Route("git/commits", git_data.create_commit, ("contents",)),
    ("GET", "/git/commits/{commit_sha}"): Route("git/commits", git_data.get_commit, ("contents",)),
    ("GET", "/git/ref/{ref}"): Route("git/refs", git_data.get_ref, ("contents",)),
    ("POST", "/git/refs"): Route("git/refs", git_data.create_ref, ("contents",)),
    ("POST", "/git/trees"): Route("git/trees", git_data.create_tree, ("contents",)),
    ("GET", "/issues"): Route("issues/issues", issues.list_issues, ("issues",)),
    ("POST", "/issues"): Route("issues/issues", issues.create_issue, ("issues",)),
    ("GET", "/issues/comments/{comment_id}"): Route("issues/comments", issues.get_comment, EITHER),
    ("PATCH", "/issues/comments/{comment_id}"): Route("issues/comments", issues.update_comment, EITHER),
    ("DELETE", "/issues/comments/{comment_id}"): Route("issues/comments", issues.delete_comment, EITHER),
    ("GET", "/issues/comments/{comment_id}/reactions"): Route(
        "reactions/reactions", issues.list_comment_reactions, ("issues",)
    ),
    ("POST", "/issues/comments/{comment_id}/reactions"): Route(
        "reactions/reactions", issues.react_to_comment, ("issues",)
    ),
    ("GET", "/issues/{issue_number}"): Route("issues/issues", issues.get_issue, ("issues",)),
    ("PATCH", "/issues/{issue_number}"): Route("issues/issues", issues.update_issue, EITHER),
    ("GET", "/issues/{issue_number}/comments"): Route("issues/comments", issues.list_comments, EITHER),
    ("POST", "/issues/{issue_number}/comments"): Route("issues/comments", issues.create_comment, EITHER),
    ("GET", "/issues/{issue_number}/reactions"): Route("reactions/reactions", issues.list_issue_reactions, ("issues",)),
    ("POST", "/issues/{issue_number}/reactions"): Route("reactions/reactions", issues.react_to_issue, ("issues",)),
    ("GET", "/pulls"): Route("pulls/pulls", pulls.list_pulls, ("pull_requests",)),
    ("POST", "/pulls"): Route("pulls/pulls", pulls.create_pull, ("pull_requests",)),
    ("GET", "/pulls/{pull_number}"): Route("pulls/pulls", pulls.get_pull, ("pull_requests",)),
}
SEVERAL_SEGMENTS: Final = frozenset({"ref"})
"""Parameters with slashes in them, as the description says (``x-multi-segment``)."""


@dataclass(frozen=True)
class Asked:
    """A request; names of headers are in small letters."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Addresses:
    """Where the API is, with the prefix of GitHub Enterprise Server, and where archives are."""

    api: str
    files: str


def respond(state: State, asked: Asked, at: Addresses, *, seed: int | None = None) -> Answer:
    """Answer a request as GitHub does; ``seed`` shuffles a list before it is cut into pages."""
    url = urlsplit(asked.target)
    path = url.path.removeprefix(urlsplit(at.api).path)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    state.used += 1
    page = ""
    try:
        token = token_of(state, asked.headers)
        template, route, found = _route(state, asked.method, path)
        page = route.page
        _check(state, asked, template, found, query)
        require(token, asked.method, route.needs)
        body: Any = json.loads(asked.body) if asked.body else {}
        answer = route.rule(Call(state, token, found, query, body, at.files))
        if isinstance(answer, Listing):
            items = list(answer.items)
            if seed is not None:
                random.Random(seed).shuffle(items)
            answer = page_of(Listing(items, answer.member), query, f"{at.api}{path}")
        if wrong := wrong_with_answer(asked.method, BELOW + template, answer.status, content_of(answer)):
            state.violations.append(wrong)
    except Refused as refused:
        answer = refusal(refused, page)
    return answer


def refusal(refused: Refused, page: str = "") -> Answer:
    """Return a refusal as an answer (using-the-rest-api/troubleshooting-the-rest-api)."""
    body: dict[str, Any] = {"message": refused.message, "documentation_url": f"{DOCS}/{page}"}
    errors = {"errors": list(refused.errors)} if refused.errors else {}
    return Answer(refused.status, body | errors | {"status": str(refused.status)}, refused.headers)


def content_of(answer: Answer) -> bytes:
    return b"" if answer.body is None else json.dumps(answer.body).encode()


def _route(state: State, method: str, path: str) -> tuple[str, Route, dict[str, str]]:
    """Return the template of a path, its route and its parameters; the names of a repository ignore case."""
    start = f"/repos/{state.full_name}"
    if path.lower().startswith(start.lower()):
        rest = path[len(start) :]
        for (verb, template), route in ROUTES.items():
            if verb == method and (found := _pattern(template).fullmatch(rest)):
                return template, route, {name: unquote(value) for name, value in found.groupdict().items()}
        state.violations.append(f"{method} {path}: the stand-in has no such route")
    raise NOT_FOUND


def _pattern(template: str) -> "re.Pattern[str]":
    def group(match: "re.Match[str]") -> str:
        return f"(?P<{match[1]}>{'.+' if match[1] in SEVERAL_SEGMENTS else '[^/]+'})"

    return re.compile(re.sub(r"\{(\w+)\}", group, template))


def _check(state: State, asked: Asked, template: str, found: Mapping[str, str], query: Mapping[str, str]) -> None:
    """Raise Refused for a request that GitHub's description does not know, and record it."""
    of = {"owner": state.repository.owner, "repo": state.full_name.partition("/")[2], **found}
    path = (BELOW + template).format_map({name: one_segment(value) for name, value in of.items()})
    if wrong := wrong_with_request(asked.method, path, query, asked.body):
        state.violations.append(wrong)
        raise Refused(422, "Invalid request.")
