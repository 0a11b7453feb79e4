"""Give commands in comments, and run the steps that answer them."""

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from acceptance.commands import Done, quickstart, trueup
from github.events import issue_comment
from github.faults import Answers, Faults, LostAfter
from github.merging import checked_out, merged, opened, pushed_directly
from github.server import served, transport
from github.state import BOT, Issue, State
from repositories import Work, git, new_repository
from trueup.github.api import Rest
from trueup.github.comment import Marker, NotPosted
from trueup.github.context import RunId, read_context
from trueup.github.deployments import finish, start
from trueup.github.key import KeyScope, scope_key
from trueup.platforms.transport import SyncClient
from unit.github.test_workflow import read_outputs

pytestmark = [pytest.mark.process, pytest.mark.slow]

APP, JOB = "canary-app", "canary-job"
CHOSEN = "demo=ok"
COMMANDS = ".github/workflows/trueup-commands.yml"
SCOPE = KeyScope(project="trueup.yaml", select=(CHOSEN,))
KEY = scope_key("drift", SCOPE)
TAX = "connectors/tax.yaml"


@dataclass
class Team:
    """A team's repository on GitHub, and the job that answers comments there."""

    state: State
    folder: Path
    faults: Faults = field(default_factory=Faults)

    @property
    def work(self) -> Work:
        assert self.state.work is not None
        return self.state.work

    def say(self, number: int, body: str, *, by: str = "ann", **variables: str) -> tuple[Done, list[str], list[str]]:
        """Comment, run the steps of the job, and return how it ended, the reactions and the answers."""
        comment = self.state.add_comment(number, body, author=by)
        event = issue_comment(self.state, comment)
        run = self.state.add_run(event.sha, event=event.name, path=COMMANDS, status="in_progress")
        checked_out(self.state, event.sha)
        output = self.folder / "output"
        output.write_text("")
        inputs = {"COMMAND": "comment", "SELECT": CHOSEN, "APPLIED": "auto"}
        shared = {**event.variables(self.state, run, self.folder), "RUNNER_TEMP": str(self.folder), "GITHUB_TOKEN": JOB}
        with served(self.state, self.faults) as url:
            shared["GITHUB_API_URL"] = url
            given = {f"TRUEUP_INPUT_{name}": text for name, text in inputs.items()}
            env = {**shared, **given, **variables, "GITHUB_OUTPUT": str(output)}
            begun = trueup("github", "begin", cwd=self.work.root, env=env)
            assert begun.status == 0, begun.out
            folder = read_outputs(output.read_text())["folder"]
            env = {**shared, "TRUEUP_FOLDER": folder, "TRUEUP_FOLLOW_UP_TOKEN": APP, **variables}
            done = trueup("github", "comment", cwd=self.work.root, env=env)
        assert not [token for token in (APP, JOB) if token in done.out + done.err]
        answers = [other.body for other in self.state.comments_of(number) if other.id > comment.id]
        return done, [content for _, _, content in comment.reactions], answers

    def drift_issue(self, *, author: str = BOT, key: str = KEY) -> Issue:
        marker = Marker(what="issue", key=key, run=RunId(number=3, attempt=1))
        return self.state.add_issue("Live differs from git", f"{marker}\nDrift", author=author)

    def started(self) -> list[tuple[str, str]]:
        """Return the runs that a command has started or repeated, as event and branch."""
        return [(run.event, run.head_branch) for run in self.state.runs.values() if run.status == "queued"]


@pytest.fixture
def team(tmp_path: Path) -> Team:
    state = State(work=new_repository(quickstart(tmp_path)))
    state.add_workflow(COMMANDS, "issue_comment")
    state.allow(JOB, contents="read", actions="write", deployments="read", issues="write", pull_requests="write")
    state.allow(APP, login="team-app[bot]", contents="write", pull_requests="write")
    file = state.work.root / TAX if state.work else Path()
    file.chmod(0o755)
    Team(state, tmp_path).work.commit(
        {".gitignore": ".trueup/\n", ".gitattributes": "connectors/*.yaml text eol=crlf\n"}
    )
    return Team(state, tmp_path)


def a_pull(team: Team) -> Issue:
    """Open a pull request that has a green run with a kept plan."""
    pull = opened(team.state, {"note.txt": "a"})
    run = team.state.add_run(pull.its_pull.head_sha)
    team.state.keep_plan(run, f"trueup-plan-{KEY}-1-of-1-1", {"document.json": "{}"})
    return pull


def a_merged_pull(team: Team) -> Issue:
    pull = a_pull(team)
    push = merged(team.state, pull, how="squash")
    team.state.add_run(push.after, event="push", head_branch="main", conclusion="failure")
    return pull


def test_plan_by_comment_repeats_the_run(team: Team) -> None:
    pull = a_pull(team)
    done, reactions, answers = team.say(pull.number, "/trueup plan\r\n\r\nLive is right again.")
    assert (done.status, reactions, answers) == (0, ["eyes", "+1"], [])
    assert team.started() == [("pull_request", "topic")]
    assert "/trueup plan: https://" in done.out


def test_apply_on_a_merged_pull_request_repeats_the_run_of_the_default_branch(team: Team) -> None:
    pull = a_merged_pull(team)
    team.faults.add(LostAfter(), "POST .*/rerun$")
    done, reactions, answers = team.say(pull.number, "/trueup apply")
    assert (done.status, reactions, answers) == (0, ["eyes", "+1"], [])
    assert team.started() == [("push", "main")]
    assert max(run.attempt for run in team.state.runs.values()) == 2


@pytest.mark.parametrize("by", ["bob", "stranger"])
def test_apply_by_a_reader_is_refused(team: Team, by: str) -> None:
    pull = a_merged_pull(team)
    done, reactions, answers = team.say(pull.number, "/trueup apply", by=by)
    assert (done.status, reactions) == (0, ["eyes", "confused"])
    assert answers == ["`/trueup apply` was not done. Only people who may push to this repository can give commands.\n"]
    assert team.started() == []


def test_apply_on_an_open_pull_request_is_refused(team: Team) -> None:
    done, reactions, answers = team.say(a_pull(team).number, "/trueup apply")
    assert (done.status, reactions) == (0, ["eyes", "confused"])
    assert answers == ["`/trueup apply` was not done. This pull request is open. Merging it applies its plan.\n"]
    assert "::notice title=trueup::/trueup apply was not done." in done.out
    assert team.started() == []


def test_apply_of_a_plan_that_is_red_or_expired_is_refused(team: Team) -> None:
    pull = a_merged_pull(team)
    (kept,) = team.state.artifacts.values()
    team.state.expire(kept)
    _, _, answers = team.say(pull.number, "/trueup apply")
    assert "is not kept anymore" in answers[0]
    kept.run.conclusion = "failure"
    _, _, answers = team.say(pull.number, "/trueup apply")
    assert "is not green" in answers[0]
    assert team.started() == []


@pytest.mark.parametrize("body", ["> /trueup apply", "    /trueup apply", "/trueup apply; rm -rf ~\n::error::x"])
def test_a_quoted_command_is_none(team: Team, body: str) -> None:
    done, reactions, answers = team.say(a_merged_pull(team).number, body)
    assert (done.status, done.out, reactions, answers) == (0, "This comment is no command.\n", [], [])


def test_a_bot_is_ignored(team: Team) -> None:
    done, reactions, answers = team.say(a_merged_pull(team).number, "/trueup apply", by="some-app[bot]")
    assert (done.status, done.out, reactions, answers) == (0, "This comment is no command.\n", [], [])


@pytest.mark.parametrize("name", ["../x.yml", "x", "a b.yml", "x.yml/../../y.yml"])
def test_a_workflow_that_is_no_file_name_is_refused(team: Team, name: str) -> None:
    done, _, _ = team.say(a_pull(team).number, "/trueup plan", TRUEUP_INPUT_WORKFLOW=name)
    assert done.status == 64
    assert "::error title=trueup::The input workflow is " in done.out
    assert team.started() == []


def test_apply_in_the_issue_dispatches(team: Team) -> None:
    done, reactions, answers = team.say(team.drift_issue().number, "/trueup apply")
    assert (done.status, reactions, answers) == (0, ["eyes", "+1"], [])
    assert team.started() == [("workflow_dispatch", "main")]


def test_a_job_that_may_not_start_runs_says_what_it_needs(team: Team) -> None:
    team.state.allow(JOB, contents="read", issues="write", pull_requests="write")
    _, reactions, answers = team.say(team.drift_issue().number, "/trueup apply")
    assert reactions == ["eyes", "confused"]
    assert "needs the permission actions: write" in answers[0]


def test_apply_in_an_issue_that_only_looks_like_ours_is_refused(team: Team) -> None:
    _, reactions, answers = team.say(team.drift_issue(author="ann").number, "/trueup apply")
    assert reactions == ["eyes", "confused"]
    assert "is a command for merged pull requests and for the issue about drift" in answers[0]
    assert team.started() == []


def drift(team: Team) -> None:
    """Apply the manifests with another tag of acme-tax, which no commit has.

    The checkout has other line ends than the commits.
    """
    file = team.work.root / TAX
    kept = file.read_text()
    file.write_text(kept.replace("tag: v1.4.0", "tag: v9.0.0", 1))
    assert trueup("apply", "--yes", "--select", CHOSEN, cwd=team.work.root).status == 0
    git(team.work.root, "rm", "--cached", "--quiet", "-r", ".")
    git(team.work.root, "checkout", "--quiet", "HEAD", "--", ".")
    assert b"\r\n" in file.read_bytes()


def test_adopt_opens_a_pull_request(team: Team) -> None:
    drift(team)
    issue = team.drift_issue()
    team.faults.add(LostAfter(), "POST .*/git/refs$").add(LostAfter(), "POST .*/pulls$")
    team.faults.add(Answers(502), "POST .*/git/blobs$")
    done, reactions, answers = team.say(issue.number, "/trueup adopt")
    assert (done.status, reactions, answers) == (0, ["eyes", "+1"], []), done.out + done.err
    (opened_pull,) = team.state.pulls()
    branch = opened_pull.its_pull.head_ref
    assert branch.startswith(f"trueup/adopt-{KEY}-")
    assert git(team.work.root, "diff", "--raw", "--no-abbrev", "main", branch).split("\t")[1:] == [TAX]
    assert git(team.work.root, "ls-tree", branch, TAX).startswith("100755 blob")
    diff = git(team.work.root, "diff", "--unified=0", "main", branch).splitlines()[5:]
    assert [line.strip() for line in diff] == ["-    tag: v1.4.0", "+    tag: v9.0.0"]
    assert git(team.work.root, "rev-parse", f"{branch}^") == git(team.work.root, "rev-parse", "main")
    assert (opened_pull.author, opened_pull.title) == ("team-app[bot]", "Adopt what was changed live")
    assert f"as asked for in #{issue.number}." in opened_pull.body
    assert "acme-tax" in opened_pull.body


def test_adopt_again_finds_its_pull_request_or_says_that_live_has_moved(team: Team) -> None:
    drift(team)
    issue = team.drift_issue()
    team.say(issue.number, "/trueup adopt")
    pushed_directly(team.state, {"note.txt": "a"})
    _, reactions, answers = team.say(issue.number, "/trueup adopt")
    assert (reactions, answers) == (["eyes", "+1"], [])
    assert len(team.state.pulls()) == 1
    file = team.work.root / TAX
    # As the second adoption has left it in its checkout.
    file.write_text(file.read_text().replace("tag: v9.0.0", "tag: v9.0.1", 1))
    assert trueup("apply", "--yes", "--select", CHOSEN, cwd=team.work.root).status == 0
    _, reactions, answers = team.say(issue.number, "/trueup adopt")
    assert reactions == ["eyes", "confused"]
    number = team.state.pulls()[0].number
    assert f"Pull request {number} is open and has other changes." in answers[0]
    assert len(team.state.pulls()) == 1


@pytest.mark.parametrize(
    ("given", "key", "reason"),
    [
        ({"TRUEUP_FOLLOW_UP_TOKEN": ""}, KEY, "give the secret TRUEUP\\_TOKEN"),
        ({"TRUEUP_FOLLOW_UP_TOKEN": JOB}, KEY, "needs the repository permissions Contents and Pull requests"),
        ({}, "f" * 16, "about another project or selection"),
    ],
    ids=["no token", "a token that may not push", "another project"],
)
def test_adopt_says_what_it_lacks(team: Team, given: dict[str, Any], key: str, reason: str) -> None:
    drift(team)
    _, reactions, answers = team.say(team.drift_issue(key=key).number, "/trueup adopt", **given)
    assert reactions == ["eyes", "confused"]
    assert reason in answers[0]
    assert team.state.pulls() == []


def test_adopt_without_drift_is_a_refusal(team: Team) -> None:
    assert trueup("apply", "--yes", "--select", CHOSEN, cwd=team.work.root).status == 0
    _, reactions, answers = team.say(team.drift_issue().number, "/trueup adopt")
    assert reactions == ["eyes", "confused"]
    assert answers[0].startswith("`/trueup adopt` was not done. Nothing to adopt. Live has not drifted. https://")


def test_adopt_leaves_what_is_merged_and_not_applied(team: Team) -> None:
    assert trueup("apply", "--yes", "--select", CHOSEN, cwd=team.work.root).status == 0
    recorded(team, git(team.work.root, "rev-parse", "main"))
    git(team.work.root, "checkout", "--quiet", "main")
    text = git(team.work.root, "show", f"main:{TAX}")
    pushed_directly(team.state, {TAX: text.replace("tag: v1.4.0", "tag: v2.0.0", 1)})
    done, reactions, answers = team.say(team.drift_issue().number, "/trueup adopt")
    assert reactions == ["eyes", "confused"], done.out
    assert "Nothing to adopt" in answers[0]
    assert team.state.pulls() == []


def recorded(team: Team, commit: str) -> None:
    """Record that a commit was applied to all targets."""
    team.state.allow("recorder", deployments="write")
    here = read_context({"GITHUB_REPOSITORY": team.state.full_name, "GITHUB_RUN_ID": "5"}, team.folder)
    with Rest("https://api.github.example", "recorder", partial(SyncClient, transport=transport(team.state))) as rest:
        opened_records = start(rest, replace(here, head=commit), SCOPE, ("connect-eu", "origin"))
        assert not isinstance(opened_records, NotPosted)
        for number in opened_records.values():
            assert finish(rest, here, number, {}) is None


def test_no_target_gets_a_token_of_the_job(team: Team) -> None:
    """The project file is that of the default branch, and an allowance is set; still it cannot name the token."""
    file = team.work.root / "trueup.yaml"
    target = "{platform: origin, baseUrl: 'http://127.0.0.1:9', accessTokenEnv: GITHUB_TOKEN, locale: en}"
    text = file.read_text().replace("{platform: origin, sandbox: true, locale: en}", target)
    pushed_directly(team.state, {"trueup.yaml": text})
    done, _, answers = team.say(team.drift_issue().number, "/trueup adopt", TRUEUP_ALLOW_TARGETS="origin")
    assert "1 error in 1 file. https://" in answers[0]
    assert "title=missing-credential::targets.origin: The environment variable GITHUB_TOKEN is not set." in done.out
