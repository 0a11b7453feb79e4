"""What the action's first step finds at the stand-in for GitHub, after merges that are real git."""

import io
import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from acceptance.find_team import APPLY, PROJECT, SCOPE
from github import events
from github.faults import Effect, Faults, LostAfter, LostBefore, PrimaryLimit, SecondaryLimit, Shuffled
from github.merging import How, Push, checked_out, merged, opened, pushed, pushed_directly
from github.server import served
from github.state import TOKEN, Artifact, Issue, Repository, State
from repositories import ENVIRONMENT, git, new_repository
from trueup.cli.github.begin import perform
from trueup.github.artifacts import Kept, KeptNames, kept_to_json
from trueup.github.folder import VARIABLE, StepFolder
from trueup.github.found import Found, NoPlan
from trueup.github.key import kept_name
from trueup.github.workflow import WorkflowStep
from unit.github.answers import document
from unit.github.test_workflow import read_outputs

pytestmark = [pytest.mark.process, pytest.mark.slow]


@dataclass
class Team:
    """A team's repository at GitHub, and the first step of its apply."""

    state: State
    folder: Path
    faults: Faults = field(default_factory=Faults)
    prefix: str = ""
    status: int = -1
    log: str = ""
    found: Found | None = None

    def shows(self, thread: Issue, *, source: Repository | None = None) -> Artifact:
        """Let a run of a pull request's head keep a plan."""
        pull = thread.its_pull
        run = self.state.add_run(pull.head_sha, head_branch=pull.head_ref, source=source or pull.source)
        return self.state.keep_plan(run, kept_name(SCOPE, shard="1/1", attempt=1), kept_files(thread))

    def begin(self, push: Push) -> list[tuple[int, int, NoPlan | None]]:
        """Run the first step of the apply of a push; return number, plans and reason of each pull request found."""
        assert self.state.work is not None
        git(self.state.work.root, "update-ref", "refs/remotes/origin/main", "main")
        job = self.folder / f"job-{len(self.state.runs)}"
        job.mkdir()
        (job / "output").touch()
        event = events.push(self.state, push)
        run = self.state.add_run(push.after, event="push", head_branch="main", status="in_progress")
        out = io.StringIO()
        with served(self.state, self.faults, prefix=self.prefix) as url:
            given = {f"TRUEUP_INPUT_{name.upper()}": value for name, value in APPLY.items()}
            env = {**ENVIRONMENT, **event.variables(self.state, run, job), **given, "GITHUB_TOKEN": TOKEN}
            env |= {"GITHUB_API_URL": url, "GITHUB_OUTPUT": str(job / "output"), "RUNNER_TEMP": str(job)}
            self.status = perform(WorkflowStep(env=env, cwd=self.state.work.root, out=out, sleep=lambda _: None))
        self.log = out.getvalue()
        assert TOKEN not in self.log
        run.status, run.conclusion = "completed", "success"
        steps = StepFolder.of({VARIABLE: read_outputs((job / "output").read_text())["folder"]})
        self.found = steps.read_found()
        return [(pull.number, len(pull.files), pull.reason) for pull in self.found.pulls]


def kept_files(thread: Issue, *, number: int = 0) -> dict[str, bytes | str]:
    """Return what a run keeps of a plan; another number is another plan."""
    base, head = thread.its_pull.base_sha, thread.its_pull.head_sha
    kept = Kept(key=KeptNames.of(SCOPE).key, shard="1/1", head=head, base=base, pull=thread.number, complete=True)
    return {"document.json": document(number), "kept.json": json.dumps(kept_to_json(kept))}


@pytest.fixture
def team(tmp_path: Path) -> Team:
    work = new_repository(tmp_path / "consumer")
    work.commit({"trueup.yaml": PROJECT})
    return Team(State(work=work), tmp_path)


@pytest.mark.parametrize("how", ["merge", "squash", "rebase", "queue"])
def test_a_pull_request_that_was_pushed_to_twice_is_found_with_the_plan_of_its_last_head(how: How, team: Team) -> None:
    pull = opened(team.state, {"a.txt": "1"})
    team.shows(pull)
    pushed(team.state, pull, {"a.txt": "2"})
    team.shows(pull)
    merged(team.state, opened(team.state, {"b.txt": "1"}, branch="other"))
    push = merged(team.state, pull, how=how)
    assert team.begin(push) == [(1, 1, None)]
    (deployment,) = team.state.deployments()
    assert (deployment.sha, deployment.environment, deployment.state) == (push.after, "trueup/eu", "in_progress")


def test_a_queue_of_three_is_found_whole(team: Team) -> None:
    pulls = [opened(team.state, {f"{name}.txt": "1"}, branch=name) for name in "xyz"]
    for pull in pulls:
        team.shows(pull)
    assert sorted(team.begin(merged(team.state, *pulls, how="queue"))) == [(1, 1, None), (2, 1, None), (3, 1, None)]


def test_what_has_no_plan_has_its_reason(team: Team) -> None:
    state = team.state
    names = ["fork", "expired", "deleted", "bare", "poisoned"]
    threads = [opened(state, {f"{name}.txt": "1"}, branch=name, author=name, fork=name == "fork") for name in names]
    fork, expired, deleted, _, poisoned = threads
    shown = {thread.number: team.shows(thread) for thread in (fork, expired, deleted, poisoned)}
    state.expire(shown[expired.number])
    state.delete(shown[deleted.number])
    state.poison(shown[poisoned.number], kept_files(poisoned, number=9))
    ghost = opened(state, {"ghost.txt": "1"}, author="ghost", fork=True)
    ghost.its_pull.source = None
    assert sorted(team.begin(merged(state, *threads, ghost, how="queue"))) == [
        (fork.number, 0, NoPlan.FORK),
        (expired.number, 0, NoPlan.EXPIRED),
        (deleted.number, 0, NoPlan.NO_RUN),
        (threads[3].number, 0, NoPlan.NO_RUN),
        (poisoned.number, 0, NoPlan.DAMAGED),
        (ghost.number, 0, NoPlan.FORK),
    ]
    push = pushed_directly(state, {"direct.txt": "1"})
    team.begin(push)
    assert team.found is not None
    assert push.after in team.found.direct


def test_a_run_of_a_fork_shows_no_plan_for_a_pull_request_of_the_repository(team: Team) -> None:
    pull = opened(team.state, {"a.txt": "1"})
    team.shows(pull, source=team.state.fork("mallory"))
    assert team.begin(merged(team.state, pull)) == [(1, 0, NoPlan.NO_RUN)]


@pytest.mark.parametrize(
    "effect", [LostBefore(), LostAfter(), PrimaryLimit(), SecondaryLimit(), SecondaryLimit(429), Shuffled()]
)
def test_each_read_that_fails_once_is_repeated(effect: Effect, team: Team) -> None:
    pull = opened(team.state, {"a.txt": "1"})
    team.shows(pull)
    for pattern in ("/pulls", "/actions/runs\\?", "/artifacts", "/zip$", "sig=", "GET .*/deployments"):
        team.faults.add(effect, pattern)
    assert team.begin(merged(team.state, pull)) == [(1, 1, None)]
    assert team.status == 0


@pytest.mark.parametrize("effect", [LostBefore(), LostAfter()])
def test_a_lost_answer_to_a_deployment_makes_no_second_one(effect: Effect, team: Team) -> None:
    pull = opened(team.state, {"a.txt": "1"})
    team.shows(pull)
    team.faults.add(effect, "POST .*/deployments$")
    team.begin(merged(team.state, pull))
    assert team.status == 0
    assert [deployment.state for deployment in team.state.deployments()] == ["in_progress"]


def test_an_older_push_is_superseded_by_one_that_was_recorded(team: Team) -> None:
    older = pushed_directly(team.state, {"a.txt": "1"})
    newer = pushed_directly(team.state, {"a.txt": "2"})
    team.begin(newer)
    team.state.deployments()[-1].statuses[-1].state = "success"
    checked_out(team.state, older.after)
    team.begin(older)
    assert team.found is not None
    assert newer.after in team.found.superseded
    assert len(team.state.deployments()) == 1


def test_github_enterprise_server_is_asked_below_its_prefix(team: Team) -> None:
    team.prefix = "/api/v3"
    pull = opened(team.state, {"a.txt": "1"})
    team.shows(pull)
    assert team.begin(merged(team.state, pull)) == [(1, 1, None)]
