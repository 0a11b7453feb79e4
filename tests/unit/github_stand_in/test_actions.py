import io
import zipfile

import pytest

from github.state import READ_ONLY, State
from unit.github_stand_in.asking import client, got, refused

pytestmark = pytest.mark.slow

HEAD, OTHER = "a" * 40, "c" * 40


def test_runs_are_found_by_commit_event_branch_actor_and_status_or_conclusion_the_newest_first() -> None:
    state = State()
    shown = state.add_run(HEAD, conclusion="failure")
    queue = state.add_run(HEAD, event="merge_group", actor="bob", head_branch="gh-readonly-queue/main/pr-1-x")
    waits = state.add_run(OTHER, status="in_progress")

    def found(**query: str) -> list[int]:
        return [run["id"] for run in got(state, "/actions/runs", **query)["workflow_runs"]]

    assert found() == [waits.id, queue.id, shown.id]
    assert found(head_sha=HEAD) == [queue.id, shown.id]
    assert found(head_sha=HEAD, event="pull_request") == [shown.id]
    assert found(branch=queue.head_branch) == found(actor="bob") == [queue.id]
    assert found(status="failure") == [shown.id]
    assert found(status="in_progress") == [waits.id]
    assert got(state, f"/actions/runs/{waits.id}")["conclusion"] is None


def test_a_search_answers_with_1000_runs() -> None:
    state = State()
    for _ in range(1001):
        state.add_run(HEAD)
    assert got(state, "/actions/runs", per_page=1)["total_count"] == 1000


def test_a_run_of_a_fork_has_its_repository_and_names_no_pull_request() -> None:
    state = State()
    own, fork = state.add_run(HEAD), state.add_run(HEAD, source=state.fork("mallory"))
    pull = state.add_pull(HEAD)
    runs = {run["id"]: run for run in got(state, "/actions/runs")["workflow_runs"]}
    assert runs[own.id]["head_repository"]["id"] == runs[own.id]["repository"]["id"]
    assert [known["number"] for known in runs[own.id]["pull_requests"]] == [pull.number]
    assert runs[fork.id]["head_repository"]["full_name"] == "mallory/connectors"
    assert runs[fork.id]["head_repository"]["id"] != runs[fork.id]["repository"]["id"]
    assert runs[fork.id]["pull_requests"] == []


def test_the_runs_of_one_workflow_are_found_by_its_file() -> None:
    state = State()
    state.add_workflow(".github/workflows/other.yml", "push")
    state.add_run(HEAD)
    other = state.add_run(HEAD, path=".github/workflows/other.yml")
    page = got(state, "/actions/workflows/other.yml/runs")
    assert [run["id"] for run in page["workflow_runs"]] == [other.id]
    assert refused(client(state).get("/actions/workflows/none.yml/runs")) == (404, "Not Found")


def test_the_artifacts_of_a_run_are_listed_by_name_also_when_they_expired() -> None:
    state = State()
    run = state.add_run(HEAD)
    first, second = (state.keep_plan(run, name, {"x": name}) for name in ("first", "second"))
    state.keep_plan(state.add_run(OTHER), "first", {})
    state.expire(first)

    def listed(**query: str) -> list[tuple[str, bool]]:
        page = got(state, f"/actions/runs/{run.id}/artifacts", **query)
        return [(known["name"], known["expired"]) for known in page["artifacts"]]

    assert listed() == [("second", False), ("first", True)]
    assert listed(name="second") == [("second", False)]
    assert got(state, f"/actions/runs/{run.id}/artifacts")["artifacts"][0]["digest"] == second.digest


def test_an_archive_is_downloaded_from_another_host_which_refuses_the_token() -> None:
    state = State()
    kept = state.keep_plan(state.add_run(HEAD), "plan", {"document.json": "{}"})
    asking = client(state)
    address = asking.get(f"/actions/artifacts/{kept.id}/zip").headers["location"]
    assert address.startswith("https://store.github.example/")
    assert asking.get(address).status_code == 400
    with client(state) as bare:
        del bare.headers["Authorization"]
        archive = bare.get(address)
        assert bare.get(address.partition("?")[0]).status_code == 403
    assert zipfile.ZipFile(io.BytesIO(archive.content)).read("document.json") == b"{}"
    assert len(state.downloads) == 3


def test_an_archive_that_expired_is_gone_and_a_deleted_one_is_not_found() -> None:
    state = State()
    expired, deleted = (state.keep_plan(state.add_run(HEAD), "plan", {}) for _ in range(2))
    state.expire(expired)
    state.delete(deleted)
    assert refused(client(state).get(f"/actions/artifacts/{expired.id}/zip")) == (410, "Artifact has expired")
    assert refused(client(state).get(f"/actions/artifacts/{deleted.id}/zip")) == (404, "Not Found")
    assert refused(client(state).get(f"/actions/artifacts/{expired.id}/tar")) == (404, "Not Found")


def test_an_exchanged_archive_does_not_fit_its_digest() -> None:
    state = State()
    kept = state.keep_plan(state.add_run(HEAD), "plan", {"x": "1"})
    listed = kept.digest
    state.poison(kept, {"x": "2"})
    assert got(state, f"/actions/runs/{kept.run.id}/artifacts")["artifacts"][0]["digest"] == listed
    with pytest.raises(ValueError, match="already exists"):
        state.keep_plan(kept.run, "plan", {})


def test_a_repeated_run_is_the_next_attempt_of_the_same_run() -> None:
    state = State()
    run = state.add_run(HEAD, conclusion="failure")
    state.allow("writer", actions="write")
    asking = client(state, token="writer")
    assert asking.post(f"/actions/runs/{run.id}/rerun").status_code == 201
    assert (run.attempt, run.status, run.conclusion) == (2, "queued", None)
    assert asking.post(f"/actions/runs/{run.id}/rerun").status_code == 403
    assert run.attempt == 2
    state.allow("fork", **READ_ONLY)
    assert client(state, token="fork").post(f"/actions/runs/{run.id}/rerun").status_code == 403


def test_a_dispatch_starts_a_run_of_a_workflow_that_has_the_event() -> None:
    state = State()
    state.add_workflow(".github/workflows/other.yml", "push")
    state.allow("writer", login="ann", actions="write")
    asking = client(state, token="writer")
    path = "/actions/workflows/{}.yml/dispatches"
    given = {"ref": "main", "inputs": {"target": "prod"}}
    assert asking.post(path.format("trueup"), json=given).status_code == 204
    (run,) = state.runs.values()
    assert (run.event, run.head_branch, run.status, run.inputs) == (
        "workflow_dispatch",
        "main",
        "queued",
        {"target": "prod"},
    )
    told = refused(asking.post(path.format("other"), json={"ref": "main"}))
    assert told == (422, "Workflow does not have 'workflow_dispatch' trigger")
    answer = asking.post(path.format("trueup"), json={"ref": "main", "return_run_details": True})
    assert answer.json()["workflow_run_id"] in state.runs
    assert state.violations == []
