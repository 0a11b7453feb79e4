from pathlib import Path

import pytest

from github.git import commit_of, is_ancestor, tip
from github.merging import How, landed, merged, opened, pushed, pushed_directly, queued
from github.state import BOT, State
from repositories import git
from unit.github_stand_in.asking import client, got, refused, with_git

pytestmark = pytest.mark.slow


@pytest.fixture
def state(tmp_path: Path) -> State:
    return with_git(tmp_path)


def numbers(state: State, commit: str) -> list[int]:
    return [pull["number"] for pull in got(state, f"/commits/{commit}/pulls")]


def parents(state: State, commit: str) -> list[str]:
    assert state.work is not None
    return git(state.work.root, "show", "--no-patch", "--format=%P", commit).split()


def text(state: State, commit: str, file: str) -> str:
    assert state.work is not None
    return git(state.work.root, "show", f"{commit}:{file}")


@pytest.mark.parametrize("how", ["merge", "squash", "rebase", "queue"])
def test_each_commit_that_a_merge_adds_answers_with_the_merged_pull_request(how: How, state: State) -> None:
    pull = opened(state, {"n.yaml": "1\n"})
    pushed(state, pull, {"n.yaml": "2\n"})
    moved = merged(state, opened(state, {"a.yaml": "9\n"}, branch="other"))
    push = merged(state, pull, how=how)
    assert push.before == moved.after
    assert text(state, push.after, "n.yaml") == "2"
    assert text(state, push.after, "a.yaml") == "9"
    assert numbers(state, push.after) == [pull.number]
    assert [numbers(state, commit) for commit in pull.its_pull.introduced] == [[1]] * len(pull.its_pull.introduced)
    answer = got(state, f"/pulls/{pull.number}")
    assert (answer["merged"], answer["state"], answer["merge_commit_sha"]) == (True, "closed", push.after)
    assert answer["merged_at"] is not None


@pytest.mark.parametrize(
    ("how", "commits", "ancestors"), [("merge", 3, 2), ("squash", 1, 1), ("rebase", 2, 1), ("queue", 3, 2)]
)
def test_a_merge_makes_the_commits_of_its_kind(how: How, commits: int, ancestors: int, state: State) -> None:
    pull = opened(state, {"n.yaml": "1\n"})
    head = pushed(state, pull, {"n.yaml": "2\n"})
    push = merged(state, pull, how=how)
    assert len(pull.its_pull.introduced) == commits
    assert len(parents(state, push.after)) == ancestors
    assert is_ancestor(state, head, push.after) == (ancestors == 2)
    assert numbers(state, head) == [pull.number]


def test_a_queue_adds_each_pull_request_on_top_of_the_one_before_in_one_push(state: State) -> None:
    pulls = [opened(state, {f"{name}.yaml": "1\n"}, branch=name) for name in "xyz"]
    before = tip(state)
    group = queued(state, *pulls)
    assert group.head_ref == f"refs/heads/gh-readonly-queue/main/pr-3-{before}"
    assert tip(state) == before == group.base_sha
    push = landed(state, group)
    assert (push.before, push.after, push.after) == (before, group.head_sha, tip(state))
    assert [numbers(state, p.its_pull.introduced[-1]) for p in pulls] == [[1], [2], [3]]
    assert commit_of(state, group.head_ref) is None


def test_a_commit_that_was_pushed_directly_has_no_pull_request(state: State) -> None:
    opened(state, {"n.yaml": "1\n"})
    push = pushed_directly(state, {"a.yaml": None})
    state.add_pull(push.after, base_sha=push.before)
    assert numbers(state, push.after) == []
    assert not push.forced
    rewritten = pushed_directly(state, {"a.yaml": "3\n"}, onto="main~1")
    assert rewritten.forced
    assert not is_ancestor(state, push.after, rewritten.after)
    unknown = client(state).get(f"/commits/{'f' * 40}/pulls")
    assert refused(unknown) == (422, f"No commit found for SHA: {'f' * 40}")


def test_a_commit_outside_of_the_default_branch_answers_with_open_and_merged_pull_requests(state: State) -> None:
    first = opened(state, {"n.yaml": "1\n"})
    head = first.its_pull.head_sha
    second = state.add_pull(head, head_ref="same", base_sha=first.its_pull.base_sha)
    closed = state.add_pull(head, head_ref="closed", base_sha=first.its_pull.base_sha)
    closed.state = "closed"
    assert numbers(state, head) == [first.number, second.number]
    assert numbers(state, "topic") == [first.number]


def test_a_pull_request_of_a_fork_has_the_head_of_its_repository_and_of_none_once_that_is_deleted(state: State) -> None:
    pull = opened(state, {"n.yaml": "1\n"}, author="mallory", fork=True)
    answer = got(state, f"/pulls/{pull.number}")
    assert answer["head"]["repo"]["full_name"] == "mallory/connectors"
    assert answer["base"]["repo"]["full_name"] == "acme/connectors"
    assert commit_of(state, "refs/heads/topic") is None
    pull.its_pull.source = None
    head = got(state, f"/pulls/{pull.number}")["head"]
    assert (head["repo"], head["user"], head["label"]) == (None, None, None)


def test_the_work_tree_is_what_a_workflow_checks_out(state: State) -> None:
    assert state.work is not None
    pull = opened(state, {"n.yaml": "1\n"})
    head = git(state.work.root, "rev-parse", "HEAD")
    assert head == pull.its_pull.merge_commit_sha == commit_of(state, "refs/pull/1/merge")
    assert parents(state, head) == [tip(state), pull.its_pull.head_sha]
    assert git(state.work.root, "rev-parse", "HEAD") == head
    push = merged(state, pull)
    assert git(state.work.root, "rev-parse", "HEAD") == push.after
    assert git(state.work.root, "status", "--porcelain") == ""


def test_a_conflict_has_no_test_merge(state: State) -> None:
    pull = opened(state, {"a.yaml": "2\n"})
    pushed_directly(state, {"a.yaml": "3\n"})
    pushed(state, pull, {"a.yaml": "4\n"})
    assert pull.its_pull.merge_commit_sha is None


def test_pull_requests_are_listed_by_head_base_and_state(state: State) -> None:
    own, fork = opened(state, {"n.yaml": "1\n"}), opened(state, {"m.yaml": "1\n"}, author="mallory", fork=True)

    def listed(**query: str) -> list[int]:
        return [pull["number"] for pull in got(state, "/pulls", **query)]

    assert listed() == [fork.number, own.number]
    assert listed(head="acme:topic") == [own.number]
    assert listed(head="mallory:topic", base="main") == [fork.number]
    assert listed(base="other") == []
    merged(state, own)
    assert listed() == [fork.number]
    assert listed(state="all", direction="asc") == [own.number, fork.number]


def test_one_pull_request_is_opened_for_a_head_and_only_where_there_is_a_commit(state: State) -> None:
    state.allow("app", login="app[bot]", pull_requests="write")
    asking = client(state, token="app")
    branch = opened(state, {"n.yaml": "1\n"}, branch="x").its_pull
    merged(state, state.threads[1])
    told = (422, "No commits between main and x")
    assert refused(asking.post("/pulls", json={"title": "t", "head": "x", "base": "main"})) == told
    push = opened(state, {"n.yaml": "2\n"}, branch="y")
    told = (422, "A pull request already exists for acme:y.")
    assert refused(asking.post("/pulls", json={"title": "t", "head": "y", "base": "main"})) == told
    push.state = "closed"
    made = asking.post("/pulls", json={"title": "t", "head": "acme:y", "base": "main", "body": "b"}).json()
    assert (made["user"]["login"], made["head"]["sha"], made["state"]) == ("app[bot]", push.its_pull.head_sha, "open")
    for head, base in (("none", "main"), ("y", "none")):
        assert asking.post("/pulls", json={"title": "t", "head": head, "base": base}).status_code == 422
    assert state.violations == []
    assert branch.merged_at is not None


def test_the_token_of_a_workflow_opens_a_pull_request_only_where_a_setting_allows_it(state: State) -> None:
    pull = opened(state, {"n.yaml": "1\n"})
    pull.state = "closed"
    given = {"title": "t", "head": "topic", "base": "main"}
    told = (403, "GitHub Actions is not permitted to create or approve pull requests.")
    assert refused(client(state).post("/pulls", json=given)) == told
    state.actions_may_open_pulls = True
    assert client(state).post("/pulls", json=given).json()["user"]["login"] == BOT


@pytest.mark.parametrize(
    ("role", "permission"),
    [
        ("admin", "admin"),
        ("maintain", "write"),
        ("write", "write"),
        ("triage", "read"),
        ("read", "read"),
        ("none", "none"),
    ],
)
def test_a_role_has_one_of_four_permissions(role: str, permission: str) -> None:
    state = State()
    state.people["eve"] = role  # type: ignore[assignment]
    answer = got(state, "/collaborators/eve/permission")
    assert (answer["permission"], answer["role_name"], answer["user"]["login"]) == (permission, role, "eve")


@pytest.mark.parametrize(("private", "permission"), [(True, "none"), (False, "read")])
def test_everyone_may_read_what_is_public(private: bool, permission: str) -> None:  # noqa: FBT001 - of the parameters
    assert got(State(private=private), "/collaborators/stranger/permission")["permission"] == permission


def test_the_repository_names_its_default_branch() -> None:
    answer = client(State()).get("https://api.github.example/repos/acme/connectors").json()
    assert (answer["id"], answer["default_branch"], answer["private"]) == (42, "main", True)
