from pathlib import Path
from typing import Any

import pytest

from github.git import tip
from github.merging import merged, opened
from github.state import State
from unit.github_stand_in.asking import client, got, refused, with_git

pytestmark = pytest.mark.slow

EXACT = {"auto_merge": False, "required_contexts": []}


def deploy(state: State, **given: Any) -> int:
    body = {"ref": "a" * 40, "environment": "trueup/prod", **EXACT, **given}
    answer = client(state).post("/deployments", json=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def end(github: State, deployment: int, **given: Any) -> Any:
    answer = client(github).post(f"/deployments/{deployment}/statuses", json=given)
    assert answer.status_code == 201, answer.text
    assert github.violations == []
    return answer.json()


def states(state: State) -> list[str]:
    return [deployment.state for deployment in state.deployments()]


def test_a_deployment_keeps_its_payload_and_is_listed_by_environment_task_and_commit_the_newest_first() -> None:
    state = State()
    first = deploy(state, payload={"key": "k"}, task="trueup:apply")
    second = deploy(state)
    other = deploy(state, environment="production", ref="main", payload="text")

    def listed(**query: str) -> list[int]:
        return [known["id"] for known in got(state, "/deployments", **query)]

    assert listed() == [other, second, first]
    assert listed(environment="trueup/prod") == [second, first]
    assert listed(task="trueup:apply") == [first]
    assert listed(ref="main") == [other]
    assert got(state, f"/deployments/{first}")["payload"] == {"key": "k"}
    assert got(state, f"/deployments/{other}")["payload"] == "text"
    assert got(state, f"/deployments/{other}")["production_environment"] is True


def test_statuses_are_listed_the_newest_first() -> None:
    state = State()
    made = deploy(state)
    end(state, made, state="in_progress", log_url="https://ci.example/1", description="x")
    end(state, made, state="failure")
    listed = got(state, f"/deployments/{made}/statuses")
    assert [known["state"] for known in listed] == ["failure", "in_progress"]
    assert (listed[1]["log_url"], listed[1]["target_url"]) == ("https://ci.example/1", "https://ci.example/1")
    assert refused(client(state).get("/deployments/1/statuses")) == (404, "Not Found")


def test_a_success_ends_earlier_successes_of_its_environment() -> None:
    state = State()
    first, failed, elsewhere = deploy(state), deploy(state), deploy(state, environment="trueup/test")
    end(state, first, state="success", auto_inactive=False)
    end(state, failed, state="failure")
    end(state, elsewhere, state="success")
    end(state, deploy(state), state="success")
    assert states(state) == ["inactive", "failure", "success", "success"]


@pytest.mark.parametrize(
    ("earlier", "status"),
    [
        ({}, {"state": "success", "auto_inactive": False}),
        ({}, {"state": "failure"}),
        ({"production_environment": True}, {"state": "success"}),
        ({"transient_environment": True}, {"state": "success"}),
    ],
)
def test_nothing_else_ends_them(earlier: dict[str, bool], status: dict[str, Any]) -> None:
    state = State()
    end(state, deploy(state, **earlier), state="success")
    end(state, deploy(state), **status)
    assert states(state) == ["success", status["state"]]


def test_a_ref_behind_the_default_branch_is_merged_instead_of_deployed_or_refused(tmp_path: Path) -> None:
    state = with_git(tmp_path)
    behind = opened(state, {"a.yaml": "2\n"}, branch="behind")
    clash = opened(state, {"d.yaml": "2\n"}, branch="clash")
    merged(state, opened(state, {"d.yaml": "3\n"}, branch="new"))
    answer = client(state).post("/deployments", json={"ref": "behind"})
    assert (answer.status_code, answer.json()) == (202, {"message": "Auto-merged main into behind on deployment."})
    assert client(state).post("/deployments", json={"ref": "behind"}).status_code == 201
    told = (409, "Conflict merging main into clash.")
    assert refused(client(state).post("/deployments", json={"ref": "clash"})) == told
    commit = behind.its_pull.head_sha
    assert client(state).post("/deployments", json={"ref": commit}).status_code == 409
    assert client(state).post("/deployments", json={"ref": clash.its_pull.head_sha, **EXACT}).status_code == 201
    assert [d.ref for d in state.deployments()] == ["behind", clash.its_pull.head_sha]
    assert state.deployments()[0].sha == tip(state, "behind")
    assert refused(client(state).post("/deployments", json={"ref": "none"})) == (422, "No ref found for: none")
    assert state.violations == []


def test_a_commit_with_a_failed_check_is_not_deployed_unless_no_check_is_asked_for() -> None:
    state = State(checks={"main": {"test": "failure"}})
    answer = client(state).post("/deployments", json={"ref": "main", "auto_merge": False})
    assert (answer.status_code, answer.json()["message"]) == (409, "Conflict: Commit status checks failed for main.")
    assert client(state).post("/deployments", json={"ref": "main", **EXACT}).status_code == 201


def test_names_and_descriptions_have_a_longest_length() -> None:
    state = State()
    made = deploy(state, environment="e" * 255)
    end(state, made, state="success", description="d" * 140)
    assert client(state).post("/deployments", json={"ref": "x", "environment": "e" * 256, **EXACT}).status_code == 422
    long = {"state": "success", "description": "d" * 141}
    assert client(state).post(f"/deployments/{made}/statuses", json=long).status_code == 422
