import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from github import events
from github.merging import landed, merged, opened, pushed, pushed_directly, queued
from github.server import served
from github.state import TOKEN, State
from unit.github_stand_in.asking import with_git

pytestmark = pytest.mark.slow


@pytest.fixture
def state(tmp_path: Path) -> State:
    return with_git(tmp_path)


def at(payload: Any, *names: str) -> Any:
    for name in names:
        payload = payload[name]
    return payload


def test_a_pull_request_runs_on_its_test_merge(state: State) -> None:
    pull = opened(state, {"n.yaml": "1\n"}, author="mallory", fork=True)
    event = events.pull_request(state, pull)
    assert (event.sha, event.ref) == (pull.its_pull.merge_commit_sha, "refs/pull/1/merge")
    assert at(event.payload, "action") == "opened"
    assert at(event.payload, "pull_request", "head", "sha") == pull.its_pull.head_sha
    assert at(event.payload, "pull_request", "head", "repo", "full_name") == "mallory/connectors"
    assert at(event.payload, "pull_request", "user", "login") == at(event.payload, "sender", "login") == "mallory"
    before = pull.its_pull.head_sha
    after = pushed(state, pull, {"n.yaml": "2\n"})
    again = events.pull_request(state, pull, before=before)
    assert [at(again.payload, name) for name in ("action", "before", "after")] == ["synchronize", before, after]


def test_a_push_says_what_the_branch_was_before(state: State) -> None:
    push = merged(state, opened(state, {"n.yaml": "1\n"}))
    event = events.push(state, push)
    assert (event.sha, event.ref) == (push.after, "refs/heads/main")
    expected = ["refs/heads/main", push.before, push.after, False]
    assert [at(event.payload, name) for name in ("ref", "before", "after", "forced")] == expected
    assert at(event.payload, "repository", "default_branch") == "main"
    assert at(events.push(state, pushed_directly(state, {}, onto="main~1")).payload, "forced") is True


def test_a_merge_group_runs_on_its_own_branch(state: State) -> None:
    group = queued(state, opened(state, {"n.yaml": "1\n"}))
    event = events.merge_group(state, group)
    assert (event.sha, event.ref) == (group.head_sha, group.head_ref)
    assert at(event.payload, "merge_group", "base_sha") == group.base_sha
    landed(state, group)


def test_a_comment_a_dispatch_and_a_schedule_run_on_the_default_branch(state: State) -> None:
    pull = opened(state, {"n.yaml": "1\n"})
    comment = state.add_comment(pull.number, "/trueup plan", author="bob")
    commented = events.issue_comment(state, comment)
    assert at(commented.payload, "comment", "body") == "/trueup plan"
    assert "pull_request" in at(commented.payload, "issue")
    assert commented.actor == at(commented.payload, "sender", "login") == "bob"
    dispatched = events.workflow_dispatch(state, inputs={"target": "prod"})
    assert at(dispatched.payload, "inputs", "target") == "prod"
    scheduled = events.schedule(state)
    assert {event.ref for event in (commented, dispatched, scheduled)} == {"refs/heads/main"}
    assert {event.sha for event in (commented, dispatched, scheduled)} == {pull.its_pull.base_sha}
    assert dict(scheduled.payload) == {"schedule": events.CRON}
    elsewhere = events.workflow_dispatch(state, branch="topic")
    assert (elsewhere.ref, elsewhere.sha) == ("refs/heads/topic", pull.its_pull.head_sha)


def test_the_variables_of_a_run_name_the_file_of_its_event(state: State, tmp_path: Path) -> None:
    pull = opened(state, {"n.yaml": "1\n"}, branch="x")
    event = events.pull_request(state, pull)
    run = state.add_run(event.sha)
    env = event.variables(state, run, tmp_path)
    assert json.loads(Path(env["GITHUB_EVENT_PATH"]).read_text()) == event.payload
    assert (env["GITHUB_HEAD_REF"], env["GITHUB_BASE_REF"], env["GITHUB_REF_NAME"]) == ("x", "main", "1/merge")
    assert (env["GITHUB_RUN_ID"], env["GITHUB_RUN_ATTEMPT"]) == (str(run.id), "1")


@pytest.mark.process
def test_github_enterprise_server_has_a_prefix_in_all_addresses() -> None:
    state = State()
    for _ in range(3):
        state.add_issue("x")
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with served(state, prefix="/api/v3") as url:
        assert url.endswith("/api/v3")
        answer = httpx.get(f"{url}/repos/acme/connectors/issues?per_page=2", headers=headers)
        following = httpx.get(answer.links["next"]["url"], headers=headers)
    assert [len(answer.json()), len(following.json())] == [2, 1]
