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

PATHS: Mapping[str, tuple[str, ...]] = {
    "/repos/{owner}/{repo}/issues": ("get", "post"),
    "/repos/{owner}/{repo}/issues/{issue_number}": ("patch",),
    "/repos/{owner}/{repo}/issues/{issue_number}/comments": ("get", "post"),
    "/repos/{owner}/{repo}/issues/comments/{comment_id}": ("patch",),
}
TARGET = Path(__file__).resolve().parent.parent / "tests" / "unit" / "github" / "openapi" / "github.json"
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
    paths = {path: {verb: bare(description["paths"][path][verb]) for verb in verbs} for path, verbs in PATHS.items()}
    parts: dict[str, Any] = {}
    waiting = list(references(paths))
    while waiting:
        reference = waiting.pop()
        _, _, group, name = reference.split("/")
        if name not in parts.setdefault(group, {}):
            parts[group][name] = bare(found(description, reference))
            waiting += references(parts[group][name])
    info = {"title": f"Cut from {source}", "version": description["info"]["version"], "license": {"name": "MIT"}}
    ordered = {group: dict(sorted(members.items())) for group, members in sorted(parts.items())}
    answered = {
        path: {verb: described(operation) for verb, operation in verbs.items()} for path, verbs in paths.items()
    }
    return {"openapi": description["openapi"], "info": info, "paths": answered, "components": described(ordered)}


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
    TARGET.write_text(json.dumps(cut(description, arguments[1]), separators=(",", ":")) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
