"""Extract the paths that trueup calls from the OpenAPI description of GitHub, for the tests of these calls.

The description comes from the npm package ``@octokit/openapi``::

    npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-23.0.2.tgz package/generated/api.github.com.json
    python scripts/cut_openapi.py package/generated/api.github.com.json @octokit/openapi@23.0.2

The extract keeps all schemas that it refers to, and drops what no check reads: examples and descriptions.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

REPOSITORY = "/repos/{owner}/{repo}"
PATHS: Mapping[str, tuple[str, ...]] = {
    "": ("get",),
    "/actions/artifacts/{artifact_id}/{archive_format}": ("get",),
    "/actions/runs": ("get",),
    "/actions/runs/{run_id}": ("get",),
    "/actions/runs/{run_id}/artifacts": ("get",),
    "/actions/runs/{run_id}/rerun": ("post",),
    "/actions/workflows/{workflow_id}/dispatches": ("post",),
    "/actions/workflows/{workflow_id}/runs": ("get",),
    "/collaborators/{username}/permission": ("get",),
    "/commits/{commit_sha}/pulls": ("get",),
    "/deployments": ("get", "post"),
    "/deployments/{deployment_id}": ("get",),
    "/deployments/{deployment_id}/statuses": ("get", "post"),
    "/git/blobs": ("post",),
    "/git/commits": ("post",),
    "/git/commits/{commit_sha}": ("get",),
    "/git/ref/{ref}": ("get",),
    "/git/refs": ("post",),
    "/git/trees": ("post",),
    "/issues": ("get", "post"),
    "/issues/{issue_number}": ("get", "patch"),
    "/issues/{issue_number}/comments": ("get", "post"),
    "/issues/{issue_number}/reactions": ("get", "post"),
    "/issues/comments/{comment_id}": ("get", "patch", "delete"),
    "/issues/comments/{comment_id}/reactions": ("get", "post"),
    "/pulls": ("get", "post"),
    "/pulls/{pull_number}": ("get",),
}
"""Operations by their path below the repository's."""
EVENTS = (
    "issue-comment-created",
    "merge-group-checks-requested",
    "pull-request-opened",
    "pull-request-synchronize",
    "push",
    "workflow-dispatch",
)
"""Webhooks that start a workflow, whose payload is the file that GITHUB_EVENT_PATH names."""
TARGET = Path(__file__).resolve().parent.parent / "tests" / "github" / "openapi"
UNREAD = frozenset({"example", "examples", "description", "x-github", "externalDocs", "summary", "tags"})
NAMED = frozenset({"properties", "schemas", "parameters", "responses", "headers"})
"""Mappings whose keys are names, not keywords of OpenAPI."""


def references(node: object) -> Iterator[str]:
    """Yield every reference in a node."""
    match node:
        case dict():
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            for child in node.values():
                yield from references(child)
        case list():
            for child in node:
                yield from references(child)


def found(description: Any, reference: str) -> Any:
    """Return the node that a reference points to."""
    node = description
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


def bare(node: Any, *, names: bool = False) -> Any:
    """Return a node without what no check reads."""
    match node:
        case dict():
            return {k: bare(v, names=k in NAMED and not names) for k, v in node.items() if names or k not in UNREAD}
        case list():
            return [bare(child) for child in node]
        case _:
            return node


def cut(description: Any, source: str) -> dict[str, Any]:
    """Return a complete description of the paths of ``PATHS`` alone."""
    whole = {REPOSITORY + path: verbs for path, verbs in PATHS.items()}
    paths = {path: {verb: bare(description["paths"][path][verb]) for verb in verbs} for path, verbs in whole.items()}
    answered = {
        path: {verb: described(operation) for verb, operation in verbs.items()} for path, verbs in paths.items()
    }
    info = {"title": f"Cut from {source}", "version": description["info"]["version"], "license": {"name": "MIT"}}
    parts = corrected(described(components(description, paths)))
    return {"openapi": description["openapi"], "info": info, "paths": answered, "components": parts}


def corrected(parts: Any) -> Any:
    """Return the components with what GitHub answers and its description has not.

    The head of a pull request has no repository, label or user after they were deleted
    (github/rest-api-description, issues 1811 and 5562).
    """
    for name in ("pull-request", "pull-request-simple"):
        head = parts["schemas"][name]["properties"]["head"]["properties"]
        head["label"]["nullable"] = True
        head["repo"] = {"$ref": "#/components/schemas/nullable-repository"}
        head["user"] = {"$ref": "#/components/schemas/nullable-simple-user"}
    return parts


def payloads(description: Any) -> dict[str, Any]:
    """Return the schemas of the payloads of ``EVENTS``, each named as its event is."""
    hooks = description["x-webhooks"]
    bodies = {name: hooks[name]["post"]["requestBody"]["content"]["application/json"]["schema"] for name in EVENTS}
    return {"events": bodies, **components(description, bodies)}


def components(description: Any, node: Any) -> dict[str, Any]:
    """Return all that a node refers to, and that these parts refer to, by group and name."""
    parts: dict[str, Any] = {}
    waiting = list(references(node))
    while waiting:
        reference = waiting.pop()
        _, _, group, name = reference.split("/")
        if name not in parts.setdefault(group, {}):
            parts[group][name] = bare(found(description, reference))
            waiting += references(parts[group][name])
    return {group: dict(sorted(members.items())) for group, members in sorted(parts.items())}


def described(node: Any) -> Any:
    """Return a node whose responses have the description that OpenAPI requires."""
    match node:
        case dict():
            return {
                key: {
                    name: {"description": "", **answer} if "$ref" not in answer else answer
                    for name, answer in child.items()
                }
                if key == "responses"
                else described(child)
                for key, child in node.items()
            }
        case _:
            return node


def main(arguments: list[str]) -> int:
    """Extract from the file in the arguments and write the result to the tests."""
    if len(arguments) != 2:  # noqa: PLR2004 - a file and where it is from
        sys.stderr.write("usage: cut_openapi.py FILE SOURCE\n")
        return 1
    description = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    for name, part in (("github", cut(description, arguments[1])), ("events", payloads(description))):
        text = json.dumps(part, separators=(",", ":"))
        (TARGET / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
