import json
from pathlib import Path
from typing import Any

import pytest

from trueup.errors import Diagnostic, UsageError
from trueup.github.context import CommentEvent, RunId, read_context
from trueup.model.position import Position

ENV = {
    "GITHUB_EVENT_NAME": "pull_request",
    "GITHUB_REPOSITORY": "acme/connectors",
    "GITHUB_SHA": "c" * 40,
    "GITHUB_RUN_ID": "123",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_API_URL": "https://api.github.example/",
}


def event(folder: Path, document: Any) -> dict[str, str]:
    file = folder / "event.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    return {**ENV, "GITHUB_EVENT_PATH": str(file), "GITHUB_WORKSPACE": str(folder)}


def pull(full_name: str | None = "acme/connectors") -> dict[str, Any]:
    repo = None if full_name is None else {"full_name": full_name}
    return {"pull_request": {"number": 7, "head": {"sha": "a" * 40, "repo": repo}, "base": {"sha": "b" * 40}}}


def test_the_head_of_a_pull_request_is_its_own_and_not_the_test_merge(tmp_path: Path) -> None:
    found = read_context(event(tmp_path, pull()), tmp_path)
    assert (found.pull, found.head, found.base, found.fork) == (7, "a" * 40, "b" * 40, False)
    assert found.run == RunId(number=123, attempt=2)
    assert found.run_url == "https://github.example/acme/connectors/actions/runs/123/attempts/2"
    assert found.api_url == "https://api.github.example"


@pytest.mark.parametrize("name", ["mallory/connectors", None])
def test_a_pull_request_from_another_repository_is_a_fork(tmp_path: Path, name: str | None) -> None:
    assert read_context(event(tmp_path, pull(name)), tmp_path).fork


@pytest.mark.parametrize(
    "document", [{}, [], "no json", {"pull_request": 1}, {"pull_request": {"number": "7", "head": []}}, "[" * 100_000]
)
def test_an_event_of_another_shape_is_not_a_pull_request(tmp_path: Path, document: Any) -> None:
    found = read_context(event(tmp_path, document), tmp_path)
    assert (found.pull, found.head, found.base) == (None, "c" * 40, "")


def test_a_missing_event_is_not_a_pull_request(tmp_path: Path) -> None:
    found = read_context({**ENV, "GITHUB_EVENT_PATH": str(tmp_path / "none")}, tmp_path)
    assert (found.pull, found.fork) == (None, False)


def test_outside_of_a_runner_the_missing_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="GITHUB_REPOSITORY is not set"):
        read_context({}, tmp_path)


def test_a_line_link_names_the_head_commit_and_the_path_from_the_root(tmp_path: Path) -> None:
    folder = tmp_path / "estate"
    folder.mkdir()
    found = read_context(event(tmp_path, pull()), folder)
    assert found.line_url("a b/(x)#?.yaml", 3) == (
        f"https://github.example/acme/connectors/blob/{'a' * 40}/estate/a%20b/%28x%29%23%3F.yaml#L3"
    )


@pytest.mark.parametrize(
    ("file", "named"),
    [("a.yaml", "estate/a.yaml"), ("../a.yaml", "a.yaml"), ("/etc/a.yaml", "/etc/a.yaml")],
)
def test_an_annotation_names_its_file_from_the_repositorys_root(tmp_path: Path, file: str, named: str) -> None:
    folder = tmp_path / "estate"
    folder.mkdir()
    problem = Diagnostic(code="c", message="m", position=Position(file, 3, 1))
    assert read_context(event(tmp_path, pull()), folder).placed(problem).position == Position(named, 3, 1)
    assert read_context(event(tmp_path, pull()), tmp_path).placed(problem) == problem


def test_a_newer_run_or_attempt_comes_later() -> None:
    runs = [RunId(number=10, attempt=2), RunId(number=9, attempt=3), RunId(number=10, attempt=1)]
    assert [str(run) for run in sorted(runs)] == ["9.3", "10.1", "10.2"]


def test_a_push_names_its_branch_the_default_branch_and_the_commit_before(tmp_path: Path) -> None:
    pushed = {"before": "b" * 40, "repository": {"default_branch": "main"}}
    env = {**event(tmp_path, pushed), "GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/release/1"}
    found = read_context(env, tmp_path)
    assert (found.branch, found.default_branch, found.before) == ("release/1", "main", "b" * 40)


@pytest.mark.parametrize("before", ["0" * 40, "0" * 64, "", "main", "b" * 39, "--all", None, 1])
def test_a_new_branch_has_no_commit_before(tmp_path: Path, before: object) -> None:
    env = {**event(tmp_path, {"before": before}), "GITHUB_EVENT_NAME": "push"}
    assert read_context(env, tmp_path).before == ""


def test_the_commit_before_of_a_pull_requests_branch_is_not_that_of_the_target_branch(tmp_path: Path) -> None:
    document = {**pull(), "before": "d" * 40}
    document["pull_request"]["base"]["ref"] = "main"
    found = read_context({**event(tmp_path, document), "GITHUB_REF": "refs/pull/7/merge"}, tmp_path)
    assert (found.before, found.branch) == ("", "main")


def test_a_merge_group_names_its_base_and_its_target_branch(tmp_path: Path) -> None:
    group = {"base_sha": "b" * 40, "base_ref": "refs/heads/main", "head_ref": "refs/heads/gh-readonly-queue/main/pr-1"}
    env = {**event(tmp_path, {"merge_group": group}), "GITHUB_REF": "refs/heads/gh-readonly-queue/main/pr-1"}
    found = read_context(env, tmp_path)
    assert (found.merge_group_base, found.branch) == ("b" * 40, "main")


def test_a_tag_is_no_branch(tmp_path: Path) -> None:
    assert read_context({**event(tmp_path, {}), "GITHUB_REF": "refs/tags/v1"}, tmp_path).branch == ""


def commented(**members: Any) -> dict[str, Any]:
    comment = {"id": 5, "body": "/trueup plan", "user": {"login": "ada", "type": "User"}}
    return {"action": "created", "comment": comment, "issue": {"number": 7}, **members}


def test_a_comment_names_its_author_and_where_it_is(tmp_path: Path) -> None:
    found = read_context(event(tmp_path, commented()), tmp_path).comment
    assert found == CommentEvent(
        action="created", id=5, body="/trueup plan", login="ada", kind="User", number=7, on_pull=False
    )
    on_pull = read_context(event(tmp_path, commented(issue={"number": 7, "pull_request": {}})), tmp_path).comment
    assert on_pull is not None
    assert on_pull.on_pull


@pytest.mark.parametrize("members", [{"comment": None}, {"comment": {"id": "5"}}, {"issue": {}}, {"issue": [7]}])
def test_a_comment_of_another_shape_is_none(tmp_path: Path, members: dict[str, Any]) -> None:
    assert read_context(event(tmp_path, commented(**members)), tmp_path).comment is None
