"""What the action's first step finds for a push to the default branch, in a real repository."""

import io
import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from repositories import ENVIRONMENT, Work, git, new_repository
from trueup.cli.github.begin import step
from trueup.cli.github.commits import MOST_COMMITS
from trueup.github.artifacts import KeptNames
from trueup.github.deployments import record_key
from trueup.github.folder import VARIABLE, StepFolder
from trueup.github.found import Found, NoPlan
from trueup.github.key import KeyScope, kept_name
from trueup.github.workflow import WorkflowStep
from unit.github.answers import REPO, STORE, Answer, Table, document, holds, lost, moves, pages, refuses, says
from unit.github.test_artifacts import zipped
from unit.github.test_workflow import read_outputs

PROJECT = """apiVersion: trueup/v1
kind: Project
targets:
  eu: {platform: connect, region: europe-west1.gcp}
"""
SCOPE = KeyScope(project="trueup.yaml")
APPLY = {"command": "apply", "approved": "auto", "applied": "auto", "record": "true"}


@dataclass
class GitHub:
    """GitHub with what this file needs: merged pull requests, their runs, and deployments that are kept."""

    table: Table = field(default_factory=lambda: Table({}))
    runs: list[dict[str, Any]] = field(default_factory=list)
    deployments: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.table.answers |= {
            f"GET {REPO}/actions/runs": self._runs,
            f"GET {REPO}/deployments": pages(self.deployments),
            f"POST {REPO}/deployments": self._create,
        }

    def _runs(self, request: httpx.Request) -> httpx.Response:
        wanted = request.url.params["head_sha"]
        return pages([run for run in self.runs if run["head_sha"] == wanted], "workflow_runs")(request)

    def _create(self, request: httpx.Request) -> httpx.Response:
        self.deploy(**json.loads(request.content))
        return httpx.Response(201, json=self.deployments[-1])

    def deploy(self, ref: str, *states: str, **members: Any) -> None:
        number = len(self.deployments) + 1
        payload = {"formatVersion": 1, "key": record_key(SCOPE, "eu"), "project": "trueup.yaml", "target": "eu"}
        payload |= {"run": f"{number}.1", "digest": "", "pulls": [], "left": None}
        self.deployments.append({"id": number, "ref": ref, "sha": ref, "payload": payload, **members})
        statuses = [{"id": place, "state": state} for place, state in enumerate(states)]
        self.table.answers[f"GET {REPO}/deployments/{number}/statuses"] = pages(statuses)
        self.table.answers[f"POST {REPO}/deployments/{number}/statuses"] = says({"id": 1}, 201)

    def merge(self, number: int, head: str, *commits: str, source: int = 5) -> None:
        """Merge a pull request into commits of the default branch."""
        base = {"ref": "main", "repo": {"id": 5}}
        pull: dict[str, Any] = {"number": number, "title": "T"}
        pull |= {"merged_at": "2026-01-02T03:04:05Z", "head": {"sha": head, "repo": {"id": source}}, "base": base}
        for commit in commits:
            self.table.answers[f"GET {REPO}/commits/{commit}/pulls"] = pages([pull])

    def keep(self, number: int, head: str, *, plan: int = 0, source: int = 5, **members: Any) -> None:
        """Let a run of a pull request keep a plan; run and artifact have this number."""
        run = {"id": number, "event": "pull_request", "status": "completed", "head_sha": head, "path": "x"}
        self.runs.append({**run, "repository": {"id": 5}, "head_repository": {"id": source}})
        kept = {"id": number, "name": kept_name(SCOPE, shard="1/1", attempt=1), "expired": False, **members}
        content = zipped(plan=document(plan), key=KeptNames.of(SCOPE).key, head=head)
        self.table.answers |= {
            f"GET {REPO}/actions/runs/{number}/artifacts": pages([kept], "artifacts"),
            f"GET {REPO}/actions/artifacts/{number}/zip": moves(f"{STORE}/{number}"),
            f"GET {STORE}/{number}": holds(content),
        }

    def answer(self, path: str, answer: Answer | list[Answer]) -> None:
        self.table.answers[path] = answer


@dataclass
class Team:
    """A repository of a team, and the first step of its action."""

    work: Work
    folder: Path
    github: GitHub = field(default_factory=GitHub)
    log: str = ""
    outputs: dict[str, str] = field(default_factory=dict)

    def commit(self, text: str = "") -> str:
        return self.work.commit({"note": text or str(len(self.commits()))})

    def commits(self) -> list[str]:
        return git(self.work.root, "rev-list", "HEAD").split()

    def branch(self, *texts: str) -> str:
        """Commit to the branch of a pull request and return its last commit; the default branch stays."""
        git(self.work.root, "checkout", "--quiet", "-B", "change")
        for text in texts:
            self.work.commit({f"{text}.txt": text})
        head = git(self.work.root, "rev-parse", "HEAD")
        git(self.work.root, "checkout", "--quiet", "main")
        return head

    def begin(self, *, before: str = "", event: str = "push", **inputs: str) -> int:
        """Run the first step for the commit of the work tree."""
        git(self.work.root, "update-ref", "refs/remotes/origin/main", "main")
        payload = {"before": before, "repository": {"default_branch": "main"}}
        (self.folder / "event.json").write_text(json.dumps(payload))
        (self.folder / "output").write_text("")
        out = io.StringIO()
        env = {
            **ENVIRONMENT,
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_REPOSITORY": "acme/connectors",
            "GITHUB_RUN_ID": "50",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_SHA": git(self.work.root, "rev-parse", "HEAD"),
            "GITHUB_TOKEN": "canary",
            "RUNNER_TEMP": str(self.folder),
            **{f"TRUEUP_INPUT_{name.upper()}": value for name, value in (inputs or APPLY).items()},
        }
        status = step(
            WorkflowStep(env=env, cwd=self.work.root, out=out, sleep=lambda _: None),
            connect=lambda _, __: self.github.table.rest(),
        )
        self.log, self.outputs = out.getvalue(), read_outputs((self.folder / "output").read_text())
        for file in self.step_folder.path.iterdir():
            assert b"canary" not in file.read_bytes()
        assert "canary" not in self.log
        return status

    @property
    def step_folder(self) -> StepFolder:
        return StepFolder.of({VARIABLE: self.outputs["folder"]})

    @property
    def found(self) -> Found:
        return self.step_folder.read_found()

    @property
    def records(self) -> Any:
        return self.step_folder.read(self.step_folder.records)

    def shown(self) -> list[tuple[int, list[int | None], NoPlan | None]]:
        """Return number, plans and reason of the pull requests that were found."""
        folder = self.step_folder.path
        return [
            (pull.number, [_number(json.loads((folder / name).read_text())) for name in pull.files], pull.reason)
            for pull in self.found.pulls
        ]


def _number(plan: Any) -> int:
    number: int = plan["plan"]["unmanaged"]["eu"]
    return number


@pytest.fixture
def team(tmp_path: Path) -> Team:
    work = new_repository(tmp_path / "work")
    work.commit({"trueup.yaml": PROJECT})
    (tmp_path / "job").mkdir()
    return Team(work, tmp_path / "job")


def test_a_merge(team: Team) -> None:
    (before,) = team.commits()
    head = team.branch("a", "b")
    git(team.work.root, "merge", "--quiet", "--no-ff", "--message", "m", "change")
    merge = team.commits()[0]
    team.github.merge(7, head, merge)
    team.github.keep(9, head, plan=1)
    assert team.begin(before=before) == 0
    assert team.shown() == [(7, [1], None)]
    assert team.found.pulls[0].commits == (merge,)
    # The commits of the branch are not first parents, so they are no direct pushes.
    assert (team.found.direct, team.found.complete) == ((), True)
    assert team.found.deployments == {"eu": 1}
    assert team.github.deployments[0]["ref"] == merge
    assert team.github.deployments[0]["payload"]["pulls"] == [7]
    assert team.records == {
        "formatVersion": 1,
        "targets": {},
        "pulls": {merge: {"number": 7, "url": "https://github.com/acme/connectors/pull/7"}},
    }


def test_a_squash(team: Team) -> None:
    (before,) = team.commits()
    head = team.branch("a", "b")
    git(team.work.root, "merge", "--quiet", "--squash", "change")
    team.github.merge(7, head, team.work.commit())
    team.github.keep(9, head, plan=1)
    assert team.begin(before=before) == 0
    assert team.shown() == [(7, [1], None)]


def test_a_rebase(team: Team) -> None:
    (before,) = team.commits()
    head = "e" * 40
    one, two = team.commit("one"), team.commit("two")
    team.github.merge(7, head, one, two)
    team.github.keep(9, head, plan=1)
    assert team.begin(before=before) == 0
    assert team.shown() == [(7, [1], None)]
    assert team.found.pulls[0].commits == (two, one)


def test_a_queue_of_three(team: Team) -> None:
    (before,) = team.commits()
    for number in (7, 8, 9):
        head = f"{number:040x}"
        team.github.merge(number, head, team.commit())
        team.github.keep(number, head, plan=number)
    # A merge queue pushes the three commits at once.
    assert team.begin(before=before) == 0
    assert team.shown() == [(9, [9], None), (8, [8], None), (7, [7], None)]


def test_the_newest_run_carries_what_a_dropped_run_had_approved(team: Team) -> None:
    team.github.deploy(team.commits()[0], "success")
    for number in (7, 8):
        head = f"{number:040x}"
        team.github.merge(number, head, team.commit())
        team.github.keep(number, head, plan=number)
    # The push of 7 was waiting and was cancelled by this one: `before` is only the commit of 7.
    assert team.begin(before=team.commits()[1]) == 0
    assert team.shown() == [(8, [8], None), (7, [7], None)]


def test_another_merge_in_between_that_was_applied_is_not_carried(team: Team) -> None:
    first = team.commit()
    team.github.merge(7, "7" * 40, first)
    team.github.deploy(first, "in_progress", "success")
    second = team.commit()
    team.github.merge(8, "8" * 40, second)
    team.github.keep(8, "8" * 40, plan=8)
    assert team.begin(before=first) == 0
    assert team.shown() == [(8, [8], None)]
    assert team.records["targets"]["eu"]["settled"] == first


def test_a_branch_that_was_pushed_twice_is_approved_by_its_last_head(team: Team) -> None:
    (before,) = team.commits()
    team.github.merge(7, "2" * 40, team.commit())
    team.github.keep(9, "1" * 40, plan=1)
    assert team.begin(before=before) == 0
    assert team.shown() == [(7, [], NoPlan.NO_RUN)]
    team.github.keep(10, "2" * 40, plan=2)
    assert team.begin(before=before) == 0
    assert team.shown() == [(7, [2], None)]


def test_what_a_killed_run_had_approved_is_carried(team: Team) -> None:
    killed = team.commit()
    team.github.merge(7, "7" * 40, killed)
    team.github.keep(7, "7" * 40, plan=7)
    team.github.deploy(killed, "in_progress")
    newest = team.commit()
    team.github.merge(8, "8" * 40, newest)
    team.github.keep(8, "8" * 40, plan=8)
    assert team.begin(before=killed) == 0
    assert team.shown() == [(8, [8], None), (7, [7], None)]
    assert team.records["targets"]["eu"]["attempts"] == [killed]


def test_a_run_that_is_repeated_carries_what_it_left(team: Team) -> None:
    older = team.commits()[0]
    for number in (7, 8):
        head = f"{number:040x}"
        team.github.merge(number, head, team.commit())
        team.github.keep(number, head, plan=number)
    settled, before = team.commits()[:2]
    team.github.deploy(settled, "failure")
    left = {"kind": "Connector", "field": "key", "value": "tax", "commit": older}
    team.github.deployments[0]["payload"]["left"] = [left]
    # The resource still holds what the commit before both merges wanted.
    assert team.begin(before=before) == 0
    assert team.shown() == [(8, [8], None), (7, [7], None)]


def test_a_run_that_is_repeated_after_its_success_still_finds_its_pull_request(team: Team) -> None:
    head = team.commit()
    team.github.merge(7, "7" * 40, head)
    team.github.keep(7, "7" * 40, plan=7)
    team.github.deploy(head, "success")
    assert team.begin(before=team.commits()[1]) == 0
    assert team.shown() == [(7, [7], None)]


def test_a_fork(team: Team) -> None:
    (before,) = team.commits()
    team.github.merge(7, "7" * 40, team.commit(), source=6)
    team.github.keep(7, "7" * 40)
    assert team.begin(before=before) == 0
    assert team.shown() == [(7, [], NoPlan.FORK)]
    assert not team.found.complete


def test_a_plan_that_a_forks_run_kept_for_the_same_commit_is_not_used(team: Team) -> None:
    (before,) = team.commits()
    team.github.merge(7, "7" * 40, team.commit())
    team.github.keep(7, "7" * 40, plan=7)
    team.github.keep(99, "7" * 40, plan=99, source=6)
    assert team.begin(before=before) == 0
    assert team.shown() == [(7, [7], None)]


def test_an_expired_and_a_deleted_plan(team: Team) -> None:
    (before,) = team.commits()
    team.github.merge(7, "7" * 40, team.commit())
    team.github.keep(7, "7" * 40, expired=True)
    team.github.merge(8, "8" * 40, team.commit())
    team.github.keep(8, "8" * 40)
    team.github.answer(f"GET {REPO}/actions/artifacts/8/zip", refuses(404))
    assert team.begin(before=before) == 0
    assert team.shown() == [(8, [], NoPlan.DELETED), (7, [], NoPlan.EXPIRED)]


def test_a_direct_push(team: Team) -> None:
    (before,) = team.commits()
    pushed = team.commit()
    team.github.answer(f"GET {REPO}/commits/{pushed}/pulls", pages([]))
    assert team.begin(before=before) == 0
    assert (team.found.pulls, team.found.direct, team.found.complete) == ((), (pushed,), False)
    assert team.found.deployments == {"eu": 1}


def test_an_apply_by_hand_is_recorded_and_knows_its_pull_requests_without_their_plans(team: Team) -> None:
    team.github.deploy(team.commits()[0], "success")
    team.github.merge(7, "7" * 40, team.commit())
    team.github.keep(7, "7" * 40)
    assert team.begin(event="workflow_dispatch", command="apply", record="true", digest="sha256:x") == 0
    assert team.shown() == [(7, [], None)]
    assert team.github.deployments[1]["payload"]["digest"] == "sha256:x"
    assert not any("/actions/" in path for path in team.github.table.paths)


def test_without_any_record_and_without_a_push_only_the_newest_commit_is_carried(team: Team) -> None:
    team.commit()
    assert team.begin(event="workflow_dispatch") == 0
    assert team.found.commits == (team.commits()[0],)


def test_a_commit_before_the_push_that_is_not_here_is_no_start(team: Team) -> None:
    # After a force push the old commit is gone.
    team.commit()
    assert team.begin(before="f" * 40) == 0
    assert team.found.commits == (team.commits()[0],)


LIMITS = {
    "primary": refuses(403, "API rate limit exceeded", x_ratelimit_remaining="0", x_ratelimit_reset="9"),
    "secondary": refuses(403, "You have exceeded a secondary rate limit"),
    "without words": refuses(429),
}


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_a_rate_limit_that_ends_soon_changes_nothing(team: Team, limit: Answer) -> None:
    (before,) = team.commits()
    pushed = team.commit()
    team.github.merge(7, "7" * 40, pushed)
    team.github.keep(7, "7" * 40, plan=7)
    found = team.github.table.answers[f"GET {REPO}/commits/{pushed}/pulls"]
    assert not isinstance(found, list)
    team.github.answer(f"GET {REPO}/commits/{pushed}/pulls", [limit, found])
    assert team.begin(before=before) == 0
    assert team.shown() == [(7, [7], None)]


def test_a_rate_limit_that_lasts_is_named(team: Team) -> None:
    (before,) = team.commits()
    pushed = team.commit()
    team.github.answer(f"GET {REPO}/commits/{pushed}/pulls", refuses(429, retry_after="3000"))
    assert team.begin(before=before) == 0
    assert team.found.unasked == {pushed: NoPlan.UNREACHABLE}
    assert not team.found.complete


def test_more_commits_than_are_looked_up_are_named(team: Team) -> None:
    (before,) = team.commits()
    made = "commit refs/heads/main\ncommitter A <a@acme.example> 1800000000 +0000\ndata 0\n"
    stream = f"{made}from {before}\n{made * MOST_COMMITS}".encode()
    subprocess.run(["git", "fast-import", "--quiet"], cwd=team.work.root, env=ENVIRONMENT, input=stream, check=True)
    for commit in team.commits():
        team.github.answer(f"GET {REPO}/commits/{commit}/pulls", pages([]))
    assert team.begin(before=before) == 0
    oldest = team.commits()[MOST_COMMITS]
    assert len(team.found.direct) == MOST_COMMITS
    assert team.found.unasked == {oldest: NoPlan.TOO_MANY}
    assert "at most 100 commits and 25 pull requests" in team.log


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
    assert step(WorkflowStep(env=env, cwd=team.work.root, out=out)) == 0
    assert out.getvalue() == ""


def test_a_folder_that_cannot_be_made_is_one_message(team: Team) -> None:
    out = io.StringIO()
    none = team.folder / "none"
    assert step(WorkflowStep(env={"RUNNER_TEMP": str(none)}, cwd=team.work.root, out=out)) == 64
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
    team.work.commit({"trueup.yaml": "apiVersion: trueup/v1"})
    assert team.begin(command="plan", applied="auto") == 0
    assert (team.log, team.found, team.github.table.asked) == ("", Found(), [])
    assert team.begin() == 3
    assert team.github.table.asked == []


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
