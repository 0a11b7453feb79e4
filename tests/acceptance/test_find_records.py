"""What the action's first step records before an apply, and what it does without records."""

import io
from pathlib import Path

import pytest

from acceptance.find_team import APPLY, PROJECT, GitHub, Team
from repositories import Work, git, new_repository
from trueup.cli.github.begin import perform
from trueup.github.found import Found
from trueup.github.workflow import WorkflowStep
from trueup.plan.records import records_from_json
from unit.github.answers import REPO, Answer, Table, lost, pages, refuses

pytestmark = pytest.mark.slow


@pytest.fixture
def team(tmp_path: Path) -> Team:
    work = new_repository(tmp_path / "work")
    work.commit({"trueup.yaml": PROJECT})
    (tmp_path / "job").mkdir()
    return Team(work, tmp_path / "job")


def test_an_old_run_that_is_repeated_is_superseded(team: Team) -> None:
    old = team.commit()
    newer = team.commit()
    team.github.deploy(newer, "in_progress")
    git(team.work.root, "checkout", "--quiet", "--detach", old)
    assert team.begin(before=team.commits()[1]) == 0
    assert team.found.superseded == newer
    assert team.found.deployments == {}
    page = "https://github.com/acme/connectors/actions/runs/1/attempts/1"
    assert f"the newer commit {newer[:12]} was applied, or its apply has begun. See {page}" in team.log
    assert len(team.github.deployments) == 1


def test_an_old_commit_is_not_compared_with_what_a_newer_one_brought(team: Team) -> None:
    older, newer = team.commit(), team.commit()
    team.github.deploy(newer, "success")
    git(team.work.root, "checkout", "--quiet", "--detach", older)
    drift = {"command": "drift", "applied": "auto"}
    assert team.begin(event="schedule", **drift) == 0
    assert team.found.superseded == newer
    assert f"Live is not compared: the newer commit {newer[:12]} was applied" in team.log
    git(team.work.root, "checkout", "--quiet", "main")
    assert team.begin(event="schedule", **drift) == 0
    assert team.found.superseded == ""


def test_a_record_of_another_history_supersedes_nothing(team: Team) -> None:
    head = team.branch("a")
    team.github.deploy(head, "success")
    pushed = team.commit()
    team.github.answer(f"GET {REPO}/commits/{pushed}/pulls", pages([]))
    assert team.begin(before=team.commits()[1]) == 0
    assert (team.found.superseded, team.records["targets"]) == ("", {})
    assert "not in the default branch here: 1." in team.log


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (f"POST {REPO}/deployments", refuses(403, "Resource not accessible by integration")),
        (f"POST {REPO}/deployments", lost),
        (f"GET {REPO}/deployments", refuses(403, "Resource not accessible by integration")),
        (f"GET {REPO}/deployments", lost),
    ],
)
def test_an_apply_that_cannot_be_recorded_does_not_begin(team: Team, path: str, answer: Answer) -> None:
    (before,) = team.commits()
    team.github.merge(7, "7" * 40, team.commit())
    team.github.keep(7, "7" * 40)
    team.github.answer(path, answer)
    assert team.begin(before=before) == 1
    assert team.outputs["failure-reason"] == "record-failed"
    assert team.outputs["exit-code"] == "1"
    assert team.outputs["summary"].startswith("The apply cannot be recorded, so it did not begin and nothing was sent.")
    assert "::error title=trueup::The apply cannot be recorded" in team.log


def test_the_pull_requests_are_known_although_the_record_failed(team: Team) -> None:
    (before,) = team.commits()
    team.github.merge(7, "7" * 40, team.commit())
    team.github.keep(7, "7" * 40, plan=7)
    team.github.answer(f"POST {REPO}/deployments", refuses(500))
    assert team.begin(before=before) == 1
    assert team.shown() == [(7, [7], None)]


def test_a_plan_goes_on_without_records_and_says_that_they_are_not_known(team: Team) -> None:
    team.github.answer(f"GET {REPO}/deployments", refuses(403, "Resource not accessible by integration"))
    assert team.begin(command="plan", applied="auto") == 0
    assert team.records == {"formatVersion": 1, "targets": {}, "pulls": {}}
    assert "::notice title=trueup::What was applied to eu is not known." in team.log
    assert "deployments: read" in team.log


def test_a_plan_of_a_pull_request_knows_who_merged_what_is_not_applied(team: Team) -> None:
    applied = team.commits()[0]
    merged = team.commit()
    team.github.deploy(applied, "success")
    team.github.merge(7, "7" * 40, merged)
    team.branch("a")
    git(team.work.root, "checkout", "--quiet", "--detach", "main")
    git(team.work.root, "merge", "--quiet", "--no-ff", "--message", "test merge", "change")
    assert team.begin(event="pull_request", command="plan", applied="auto") == 0
    assert list(team.records["pulls"]) == [merged]
    # The test merge is no commit of the branch, so it is not asked about.
    assert not any(team.commits()[0] in path for path in team.github.table.paths)
    # Nothing is opened and no plan is downloaded.
    assert {request.method for request in team.github.table.asked} == {"GET"}
    assert team.found == Found()


def test_what_asks_for_nothing_needs_no_token_and_no_repository(team: Team) -> None:
    (team.work.root / ".git").rename(team.folder / "git")
    event = {"GITHUB_REPOSITORY": "acme/connectors", "RUNNER_TEMP": str(team.folder)}
    out = io.StringIO()
    env = {**event, "TRUEUP_INPUT_COMMAND": "plan", "GITHUB_OUTPUT": str(team.folder / "output")}
    assert perform(WorkflowStep(env=env, cwd=team.work.root, out=out)) == 0
    assert out.getvalue() == ""


def test_a_folder_that_cannot_be_made_is_one_message(team: Team) -> None:
    out = io.StringIO()
    none = team.folder / "none"
    assert perform(WorkflowStep(env={"RUNNER_TEMP": str(none)}, cwd=team.work.root, out=out)) == 64
    assert out.getvalue().startswith(f"::error title=trueup::{none}/trueup-")
    assert out.getvalue().endswith(" cannot be written: No such file or directory.\n")


@pytest.mark.parametrize(
    ("inputs", "status", "words"),
    [
        ({"command": "drift", "record": "true"}, 64, "only be used with command: apply"),
        ({**APPLY, "paths": "a.yaml"}, 64, "it excludes the input paths"),
        ({**APPLY, "changed_since": "HEAD"}, 64, "it excludes the input changed-since"),
        ({**APPLY, "shard": "1/2"}, 64, "it excludes the input shard"),
        ({**APPLY, "shard": "1/1"}, 0, ""),
        ({**APPLY, "project": "none.yaml"}, 3, "none.yaml"),
        ({"command": "evil"}, 64, "The input command"),
    ],
)
def test_inputs_that_cannot_be_recorded(team: Team, inputs: dict[str, str], status: int, words: str) -> None:
    commit = team.commits()[0]
    team.github.answer(f"GET {REPO}/commits/{commit}/pulls", pages([]))
    assert team.begin(**inputs) == status
    assert words in team.log
    # Later steps need the inputs also when they are wrong: an older comment must not stay.
    assert team.step_folder.read_inputs()["TRUEUP_INPUT_COMMAND"] == inputs["command"]


def test_a_wrong_project_file_is_left_to_the_run_which_shows_each_line(team: Team) -> None:
    commit = team.work.commit({"trueup.yaml": "apiVersion: trueup/v1"})
    team.github.merge(7, "b" * 40, commit)
    assert team.begin(command="plan", applied="auto") == 0
    assert (team.log, team.found, team.github.table.asked) == ("", Found(), [])
    assert team.begin() == 3
    assert (team.shown(), team.found.deployments) == ([(7, [], None)], {})


def test_only_the_selected_targets_are_recorded(team: Team) -> None:
    other = "  us: {platform: connect, region: us-central1.gcp}\n"
    team.work.commit({"trueup.yaml": f"{PROJECT}{other}"})
    assert team.begin(**APPLY, target="us") == 0
    assert list(team.found.deployments) == ["us"]
    assert team.begin() == 0
    assert list(team.found.deployments) == ["eu", "us"]


def test_a_project_in_a_folder_is_recorded_under_its_path(team: Team) -> None:
    team.work.commit({"shop/trueup.yaml": PROJECT})
    folder = Team(Work(team.work.root), team.folder, team.github)
    commit = team.commits()[0]
    team.github.answer(f"GET {REPO}/commits/{commit}/pulls", pages([]))
    assert folder.begin(**APPLY, project="shop/trueup.yaml") == 0
    made = team.github.deployments[0]
    assert made["environment"] == "trueup/shop/eu"
    assert made["payload"]["project"] == "shop/trueup.yaml"


def test_a_server_of_an_enterprise_is_called_below_its_prefix(team: Team) -> None:
    (before,) = team.commits()
    team.github = GitHub(Table({}, api="https://github.acme.example/api/v3"))
    team.github.merge(7, "7" * 40, team.commit())
    team.github.keep(7, "7" * 40, plan=7)
    assert team.begin(before=before) == 0
    assert team.shown() == [(7, [7], None)]


@pytest.mark.parametrize("commit", ["HEAD", "main", "--all", "\0", "0" * 40, "f" * 40])
def test_what_a_record_calls_a_commit_and_is_none_is_not_known(team: Team, commit: str) -> None:
    team.github.deploy(team.commits()[0], "failure")
    left = {"kind": "Connector", "field": "key", "value": "tax", "commit": commit}
    team.github.deployments[0]["payload"]["left"] = [left]
    pushed = team.commit()
    team.github.answer(f"GET {REPO}/commits/{pushed}/pulls", pages([]))
    assert team.begin(before=team.commits()[1]) == 0
    (kept,) = records_from_json(team.records, file="records.json").targets["eu"].left.values()
    assert kept is None
