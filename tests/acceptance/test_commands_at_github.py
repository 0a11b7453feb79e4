"""Commands in comments at the stand-in for GitHub: who may give them, and what they start."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from acceptance.commands import trueup
from acceptance.find_team import PROJECT, SCOPE
from acceptance.test_find_at_github import kept_files
from github import events
from github.merging import merged, opened
from github.server import served
from github.state import Issue, Role, Run, State
from repositories import new_repository
from trueup.github.comment import AUTHOR, Marker
from trueup.github.context import RunId
from trueup.github.key import kept_name, scope_key

pytestmark = [pytest.mark.process, pytest.mark.slow]

JOB, APP = "canary-job", "canary-app"


@dataclass
class Team:
    """A team's repository at GitHub, and its workflow that hears comments."""

    state: State
    folder: Path

    def says(self, thread: Issue, body: str, *, author: str = "ann") -> list[str]:
        """Comment, run the workflow that hears it, and return the reactions to the comment."""
        comment = self.state.add_comment(thread.number, body, author=author)
        job = self.folder / f"job-{comment.id}"
        job.mkdir()
        assert self.state.work is not None
        event = events.issue_comment(self.state, comment)
        run = self.state.add_run(event.sha, event=event.name, status="in_progress")
        with served(self.state) as url:
            env = {
                **event.variables(self.state, run, job),
                "GITHUB_API_URL": url,
                "GITHUB_OUTPUT": str(job / "output"),
                "GITHUB_TOKEN": JOB,
                "RUNNER_TEMP": str(job),
                "TRUEUP_FOLLOW_UP_TOKEN": APP,
                "TRUEUP_INPUT_COMMAND": "comment",
                "TRUEUP_INPUT_WORKFLOW": "trueup.yml",
            }
            done = trueup("github", "comment", cwd=self.state.work.root, env=env)
        assert not [token for token in (JOB, APP) if token in done.out + done.err]
        return [content for _, _, content in comment.reactions]

    def shows(self, thread: Issue) -> Run:
        """Let a run of a pull request's head keep a plan."""
        pull = thread.its_pull
        run = self.state.add_run(pull.head_sha, head_branch=pull.head_ref)
        self.state.keep_plan(run, kept_name(SCOPE, shard="1/1", attempt=1), kept_files(thread))
        return run


@pytest.fixture
def team(tmp_path: Path) -> Team:
    work = new_repository(tmp_path / "consumer")
    work.commit({"trueup.yaml": PROJECT})
    state = State(work=work)
    state.allow(JOB, contents="read", actions="write", deployments="read", issues="write", pull_requests="write")
    state.allow(APP, login="app[bot]", contents="write", pull_requests="write")
    return Team(state, tmp_path)


@pytest.mark.parametrize(
    ("role", "may"),
    [("admin", True), ("maintain", True), ("write", True), ("triage", False), ("read", False), ("none", False)],
)
def test_only_people_who_may_push_repeat_a_plan(
    role: Role,
    may: bool,  # noqa: FBT001 - of the parameters
    team: Team,
) -> None:
    pull = opened(team.state, {"a.txt": "1"})
    run = team.shows(pull)
    team.state.people["eve"] = role
    assert team.says(pull, "/trueup plan", author="eve") == ["eyes", "+1" if may else "confused"]
    assert (run.attempt, run.status) == ((2, "queued") if may else (1, "completed"))


def test_apply_on_a_merged_pull_request_repeats_the_newest_push(team: Team) -> None:
    pull = opened(team.state, {"a.txt": "1"})
    team.shows(pull)
    push = merged(team.state, pull)
    applied = team.state.add_run(push.after, event="push", head_branch="main", conclusion="failure")
    assert team.says(pull, "/trueup apply") == ["eyes", "+1"]
    assert applied.attempt == 2


def test_apply_on_an_open_one_is_refused(team: Team) -> None:
    pull = opened(team.state, {"a.txt": "1"})
    team.shows(pull)
    assert team.says(pull, "/trueup apply") == ["eyes", "confused"]


def test_apply_in_the_drift_issue_dispatches(team: Team) -> None:
    marker = Marker(what="issue", key=scope_key("drift", SCOPE), run=RunId(number=3, attempt=1))
    issue = team.state.add_issue("Live differs from git", f"{marker}\nDrift", author=AUTHOR)
    assert team.says(issue, "/trueup apply") == ["eyes", "+1"]
    assert [run.event for run in team.state.runs.values()] == ["issue_comment", "workflow_dispatch"]
