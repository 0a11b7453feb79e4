"""What pull requests and issues say, as the action's last step leaves them at a stand-in for GitHub."""

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from acceptance.comment_bodies import blocked, deleted, live, pending, updated
from github.server import served
from github.state import TOKEN, State
from repositories import Work, new_repository
from trueup.cli.github.connection import open_rest
from trueup.cli.github.end import step
from trueup.cli.github.scope import scope_and_folder
from trueup.errors import Diagnostic, Refused
from trueup.github.context import read_context
from trueup.github.deployments import start
from trueup.github.endings import announce
from trueup.github.folder import VARIABLE, StepFolder
from trueup.github.found import Found, FoundPull, NoPlan
from trueup.github.inputs import read_inputs
from trueup.github.workflow import WorkflowStep
from trueup.model.plan import Base, Cause, Drift, Fate, Plan, ResourceDrift, ResourcePlan, Verdict
from trueup.model.position import Position
from trueup.model.run import Outcome, Status
from trueup.plan.whole import with_resources
from trueup.report.document import render_document
from trueup.report.result import Result
from unit.report.samples import connector, outcome, resource, scalar
from unit.report.samples import plan as sample


def plan(*resources: ResourcePlan) -> Plan:
    """Return a plan with its own hash, as a document needs it."""
    return with_resources(sample(), tuple(sorted(resources, key=lambda of: of.identity)))


NOTHING = Result(command="plan", status=0, plan=plan(resource(connector("same"), Verdict.UNCHANGED)))
APPLY = {"command": "apply", "approved": "auto", "applied": "auto"}


@dataclass
class Team:
    """A repository of a team at GitHub, and the steps of its action; ``project`` is the folder of the project."""

    folder: Path
    state: State
    url: str
    project: str = "."
    run: int = 0

    def step(
        self, *, pull: int | None, inputs: Mapping[str, str] | None = None, **given: str
    ) -> tuple[WorkflowStep, io.StringIO]:
        """Return the next step: each run has a higher number, unless it is given."""
        self.run += 1
        asked = {**(inputs or {}), **{name: value for name, value in given.items() if not name.isupper()}}
        base = {"ref": "main", "sha": "b" * 40}
        head = {"sha": "a" * 40, "repo": {"full_name": self.state.full_name}}
        event = {"pull_request": {"number": pull, "head": head, "base": base}} if pull else {}
        file = self.folder / f"event-{self.run}.json"
        file.write_text(json.dumps({**event, "repository": {"default_branch": "main"}}))
        output = self.folder / "output"
        output.write_text("")
        env = {
            "GITHUB_API_URL": self.url,
            "GITHUB_EVENT_NAME": "pull_request" if pull else "push",
            "GITHUB_EVENT_PATH": str(file),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_REF": f"refs/pull/{pull}/merge" if pull else "refs/heads/main",
            "GITHUB_REPOSITORY": self.state.full_name,
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_RUN_ID": str(self.run),
            "GITHUB_SHA": "a" * 40,
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_WORKSPACE": str(self.folder / "work"),
            "RUNNER_TEMP": str(self.folder),
            **{name: value for name, value in given.items() if name.isupper()},
            **{f"TRUEUP_INPUT_{name.upper()}": value for name, value in asked.items()},
        }
        log = io.StringIO()
        cwd = self.folder / "work" / self.project
        return WorkflowStep(env=env, cwd=cwd, out=log, sleep=lambda _: None), log

    def end(
        self,
        report: Result | None,
        *,
        pull: int | None = None,
        found: Found | None = None,
        reason: str = "",
        inputs: Mapping[str, str] | None = None,
        **given: str,
    ) -> str:
        """Run the last step after a run with this result, and return its log."""
        if report is not None:
            file = self.folder / f"document-{self.run}.json"
            file.write_text(render_document(report))
            given |= {"TRUEUP_DOCUMENT": str(file), "TRUEUP_STATUS": str(report.status)}
        if found is not None:
            files = StepFolder.new({"RUNNER_TEMP": str(self.folder)})
            for of_pull in found.pulls:
                for name in of_pull.files:
                    (files.path / name).write_text((self.folder / name).read_text())
            files.write_found(found)
            given[VARIABLE] = str(files.path)
        of, log = self.step(pull=pull, inputs=inputs, TRUEUP_REASON=reason, **given)
        assert step(of) == 0
        return log.getvalue()

    def announce(self, found: Found) -> None:
        """Say that an apply begins, as the first step does."""
        of, _ = self.step(pull=None, inputs=APPLY)
        inputs, context = read_inputs(of.env), read_context(of.env, of.cwd)
        scope, folder = scope_and_folder(inputs, of.cwd, of.env)
        with open_rest(of, context) as rest:
            announce(rest, context, inputs, found, scope=scope, folder=folder)

    def keep(self, name: str, of: Plan) -> str:
        """Keep the document of a pull request's plan, and return its name."""
        (self.folder / name).write_text(render_document(Result(command="plan", status=2, plan=of)))
        return name

    def says(self, pull: int) -> list[str]:
        """Return the comments of a pull request without the markers."""
        return [comment.body.partition("\n")[2] for comment in self.state.comments_of(pull)]

    def opened(self, count: int = 1) -> list[int]:
        return [self.state.add_pull("a" * 40).number for _ in range(count)]


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    state = State()
    work = new_repository(tmp_path / "work")
    work.commit({"trueup.yaml": "apiVersion: trueup/v1\nkind: Project\n"})
    with served(state) as url:
        yield Team(folder=tmp_path, state=state, url=url)


def merged(number: int, *files: str, reason: NoPlan | None = None) -> FoundPull:
    return FoundPull(number=number, url="", title="T", commits=("a" * 40,), files=files, reason=reason)


def planned(*resources: ResourcePlan) -> Result:
    return Result(command="plan", status=2, plan=plan(*resources))


def applied(*outcomes: Outcome, status: int = 0, of: Plan) -> Result:
    return Result(command="apply", status=status, plan=of, outcomes=outcomes)


def done(of: ResourcePlan) -> Outcome:
    return outcome(of, Status.APPLIED, done=tuple(p.action for p in of.actions), requests=1)


def undone(of: ResourcePlan, status: Status) -> Outcome:
    return outcome(of, status, message="It was not done.", left=tuple(p.action for p in of.actions))


def test_the_comment_with_the_plan_says_applying_and_then_applied(team: Team) -> None:
    (pull,) = team.opened()
    team.end(planned(updated(1)), pull=pull, command="plan", applied="auto")
    assert "Merging applies this." in team.says(pull)[0]
    found = Found(pulls=(merged(pull, team.keep("approved-1.json", plan(updated(1)))),))
    team.announce(found)
    assert "**Applying.**" in team.says(pull)[0]
    team.end(applied(done(updated(1)), of=plan(updated(1))), found=found, inputs=APPLY)
    (text,) = team.says(pull)
    assert text.startswith("## trueup apply\n\n**Applied.**")
    assert "Applying" not in text


def test_an_apply_that_ends_partly_says_how_to_go_on_and_its_repetition_ends_it(team: Team) -> None:
    (pull,) = team.opened()
    of = plan(updated(1), updated(2))
    found = Found(pulls=(merged(pull, team.keep("approved-1.json", of)),))
    team.end(applied(done(updated(1)), undone(updated(2), Status.FAILED), of=of, status=5), found=found, inputs=APPLY)
    (text,) = team.says(pull)
    assert "**Partly applied.**" in text
    assert "1 of 2 resources is left: 1 failed." in text
    assert "- Re-run this run." in text
    team.end(applied(outcome(updated(1), Status.UNCHANGED), done(updated(2)), of=of), found=found, inputs=APPLY)
    (text,) = team.says(pull)
    assert "**Applied.**" in text
    assert "Re-run" not in text


@pytest.mark.parametrize(
    ("reason", "words", "way"),
    [
        (NoPlan.EXPIRED, "has expired", "Run the workflow by hand"),
        (NoPlan.FORK, "comes from a fork", "Run the workflow by hand"),
        (NoPlan.FORBIDDEN, "cannot read", "actions: read"),
        (NoPlan.UNREACHABLE, "did not return", "Re-run this run"),
    ],
)
def test_a_pull_request_without_a_plan_is_not_applied_and_says_why(
    team: Team, reason: NoPlan, words: str, way: str
) -> None:
    (pull,) = team.opened()
    of = plan(updated(1))
    ended = applied(undone(updated(1), Status.UNAPPROVED), of=of, status=4)
    team.end(ended, found=Found(pulls=(merged(pull, reason=reason),)), reason="unapproved", inputs=APPLY)
    (text,) = team.says(pull)
    assert text.splitlines()[2].startswith("**Not applied because ")
    assert words in text.splitlines()[2]
    assert f"- {way}" in text or way in text


def test_a_superseded_run_leaves_every_comment_as_it_is(team: Team) -> None:
    (pull,) = team.opened()
    team.end(planned(updated(1)), pull=pull, command="plan")
    before = team.says(pull)
    found = Found(pulls=(merged(pull),), superseded="c" * 40)
    team.announce(found)
    team.end(applied(of=plan(updated(1))), found=found, inputs=APPLY)
    assert team.says(pull) == before


def test_two_projects_of_a_repository_do_not_overwrite_each_other(team: Team) -> None:
    (pull,) = team.opened()
    text = "apiVersion: trueup/v1\nkind: Project\n"
    Work(team.folder / "work").commit({"shop/trueup.yaml": text, "tools/trueup.yaml": text})
    for name in ("shop", "tools"):
        replace(team, project=name, run=team.run + 1).end(planned(updated(1)), pull=pull, command="plan")
        team.run += 2
    titles = [text.splitlines()[0] for text in team.says(pull)]
    assert titles == ["## trueup plan: shop", "## trueup plan: tools"]
    replace(team, project="shop", run=team.run + 1).end(NOTHING, pull=pull, command="plan")
    assert ["No changes." in text for text in team.says(pull)] == [True, False]


def test_a_preview_stands_beside_the_plan_and_labels_have_their_own(team: Team) -> None:
    (pull,) = team.opened()
    team.end(planned(updated(1)), pull=pull, command="plan")
    team.end(replace(planned(updated(1)), command="preview"), pull=pull, command="preview", base="HEAD")
    team.end(planned(updated(2)), pull=pull, command="plan", select="team=shop")
    team.end(planned(updated(1)), pull=pull, command="plan")
    assert len(team.says(pull)) == 3


def test_comment_changes_is_silent_without_changes_and_updates_what_is_there(team: Team) -> None:
    (pull,) = team.opened()
    team.end(NOTHING, pull=pull, command="plan", comment="changes")
    assert team.says(pull) == []
    team.end(planned(updated(1)), pull=pull, command="plan", comment="changes")
    team.end(NOTHING, pull=pull, command="plan", comment="changes")
    (text,) = team.says(pull)
    assert "No changes." in text


def test_a_shard_says_nothing_and_the_joined_plan_does(team: Team) -> None:
    (pull,) = team.opened()
    team.end(planned(updated(1)), pull=pull, command="plan", shard="1/2")
    assert team.says(pull) == []
    team.end(replace(planned(updated(1)), command="merge"), pull=pull, command="merge", paths="shards")
    assert len(team.says(pull)) == 1


def test_wrong_inputs_and_invalid_manifests_replace_the_plan_that_is_out_of_date(team: Team) -> None:
    (pull,) = team.opened()
    team.end(planned(updated(1)), pull=pull, command="plan")
    wrong = "The input sandbox is 'yes'; it must be one of true, false."
    team.end(None, pull=pull, command="plan", sandbox="yes", reason="usage", TRUEUP_SUMMARY=wrong, TRUEUP_STATUS="64")
    (text,) = team.says(pull)
    assert wrong in text
    assert "shop-001" not in text
    found = Diagnostic(code="unknown-field", message="No such field.", position=Position("a.yaml", 3, 1))
    team.end(Result(command="plan", status=3, diagnostics=(found,)), pull=pull, command="plan", reason="invalid")
    (text,) = team.says(pull)
    assert "Nothing was planned." in text


def test_a_document_that_cannot_be_read_replaces_the_plan_that_is_out_of_date(team: Team) -> None:
    (pull,) = team.opened()
    team.end(planned(updated(1)), pull=pull, command="plan")
    damaged = team.folder / "damaged.json"
    damaged.write_text("{}")
    team.end(None, pull=pull, command="plan", TRUEUP_DOCUMENT=str(damaged))
    (text,) = team.says(pull)
    assert "shop-001" not in text
    assert "damaged.json" in text


def test_a_kept_plan_that_cannot_be_read_silences_no_other_pull_request(team: Team) -> None:
    pulls = team.opened(2)
    (team.folder / "approved-1.json").write_text("{}")
    files = ("approved-1.json", team.keep("approved-2.json", plan(updated(2))))
    ended = applied(
        undone(updated(1), Status.UNAPPROVED),
        undone(updated(2), Status.STALE),
        of=plan(updated(1), updated(2)),
        status=4,
    )
    team.end(ended, found=Found(pulls=tuple(map(merged, pulls, files))), inputs=APPLY)
    assert "not approved" in team.says(pulls[0])[0]
    assert "stale" in team.says(pulls[1])[0]


def drifted(*resources: ResourceDrift, **also: object) -> Result:
    drift = Drift(resources=resources, base=Base(revision="HEAD", commit="d" * 40), recorded=True)
    return Result(command="drift", status=2, drift=replace(drift, **also))  # type: ignore[arg-type]


def test_drift_has_an_issue_that_is_opened_updated_and_closed(team: Team) -> None:
    team.end(drifted(live("a", Fate.CHANGED)), command="drift", issue="true")
    (issue,) = team.state.issues()
    assert issue.title == "Drift: live was changed outside of git"
    team.end(drifted(live("b", Fate.DELETED)), command="drift", issue="true")
    assert "Deleted live" in issue.body
    # Another selection of the project is clean: that closes nothing.
    team.end(drifted(live("a", Fate.SAME)), command="drift", issue="true", select="team=shop")
    assert len(team.state.issues()) == 1
    waiting = drifted(live("a", Fate.PENDING), pending=(pending(1),))
    team.end(waiting, command="drift", issue="true")
    assert team.state.issues() == []


def test_an_apply_that_failed_updates_an_open_issue_and_opens_none(team: Team) -> None:
    of = plan(replace(updated(1), actions=(scalar("name", "Somebody's", "Ours", Cause.DRIFT),)))
    of = replace(of, base=Base(revision="HEAD^1", commit="b" * 40))
    ended = applied(undone(of.resources[0], Status.FAILED), of=of, status=1)
    team.end(ended, issue="update", found=Found(), inputs=APPLY)
    assert team.state.issues() == []
    team.end(drifted(live("a", Fate.CHANGED)), command="drift", issue="true")
    team.end(ended, issue="update", found=Found(), inputs=APPLY)
    (issue,) = team.state.issues()
    assert "**Not applied.**" in issue.body
    team.end(applied(done(of.resources[0]), of=of), issue="update", found=Found(), inputs=APPLY)
    assert team.state.issues() == []


def test_a_comment_about_250_changes_shows_the_deletions_and_folds_the_rest(team: Team) -> None:
    (pull,) = team.opened()
    of = (*map(updated, range(240)), *map(deleted, range(4)), *map(blocked, range(6)))
    team.end(planned(*of), pull=pull, command="plan", applied="auto", allow_delete="approved")
    (text,) = team.says(pull)
    assert len(text.encode()) <= 60_000
    open_, _, folded = text.partition("<details>")
    for number in range(4):
        assert f"`gone-{number:03}`" in open_.partition("### To delete")[2]
    assert "`stuck-005`" in open_
    assert "`shop-001`" not in open_
    assert "`shop-001`" in folded
    assert "except for what is held back: 6 blocked" in open_


def test_one_run_tells_three_pull_requests_how_each_of_them_ended(team: Team) -> None:
    pulls = team.opened(3)
    of = plan(updated(1), updated(2), updated(3))
    files = [team.keep(f"approved-{n}.json", plan(updated(n))) for n in (1, 2)]
    found = Found(pulls=(*map(merged, pulls, files), merged(pulls[2], reason=NoPlan.EXPIRED)))
    outcomes = (done(updated(1)), undone(updated(2), Status.STALE), undone(updated(3), Status.UNAPPROVED))
    team.end(applied(*outcomes, of=of, status=4), found=found, comment="update", inputs=APPLY)
    assert team.says(pulls[0]) == []
    (second,), (third,) = team.says(pulls[1]), team.says(pulls[2])
    assert "stale" in second
    assert "shop-003" not in second
    assert "has expired" in third
    assert "shop-002" not in third


def test_a_run_without_a_result_is_not_known_and_a_refused_one_sent_nothing(team: Team) -> None:
    (pull,) = team.opened()
    found = Found(pulls=(merged(pull),))
    team.end(None, found=found, TRUEUP_STATUS="", inputs=APPLY)
    assert "Not known what was applied" in team.says(pull)[0]
    refused = Result(command="apply", status=6, error=Refused("More than --max-changes 20 allows."))
    team.end(refused, found=found, reason="refused", inputs=APPLY)
    assert "**Not applied because a limit refuses it.**" in team.says(pull)[0]


def test_the_record_of_an_apply_is_closed_with_what_it_left(team: Team) -> None:
    of, _ = team.step(pull=None, inputs=APPLY)
    inputs, context = read_inputs(of.env), read_context(of.env, of.cwd)
    scope, _ = scope_and_folder(inputs, of.cwd, of.env)
    with open_rest(of, context) as rest:
        opened = start(rest, context, scope, ("connect-eu", "origin"))
        again = start(rest, context, scope, ("connect-eu",))
    assert isinstance(opened, dict)
    assert isinstance(again, dict)
    planned_now = plan(updated(1), updated(2))
    ended = applied(done(updated(1)), undone(updated(2), Status.STALE), of=planned_now, status=4)
    team.end(ended, found=Found(deployments=opened), inputs=APPLY)
    states = [(made.environment, made.state) for made in team.state.deployments()]
    assert ("trueup/origin", "success") in states
    assert states.count(("trueup/connect-eu", "failure")) == 2
    # A run that was refused has sent nothing: its record does not count.
    refused = Result(command="apply", status=6, error=Refused("More than --max-changes 20 allows."))
    team.end(refused, found=Found(deployments=again), inputs=APPLY)
    assert team.state.deployed[again["connect-eu"]].state == "inactive"


def test_a_run_without_a_result_stays_an_attempt(team: Team) -> None:
    of, _ = team.step(pull=None, inputs=APPLY)
    inputs, context = read_inputs(of.env), read_context(of.env, of.cwd)
    scope, _ = scope_and_folder(inputs, of.cwd, of.env)
    with open_rest(of, context) as rest:
        opened = start(rest, context, scope, ("connect-eu",))
    assert isinstance(opened, dict)
    team.end(None, found=Found(deployments=opened), TRUEUP_STATUS="1", inputs=APPLY)
    assert [made.state for made in team.state.deployments()] == ["in_progress"]


def test_a_token_that_may_not_write_is_a_notice_that_names_the_permission(team: Team) -> None:
    (pull,) = team.opened()
    team.state.allow("reader", pull_requests="read", issues="read")
    log = team.end(planned(updated(1)), pull=pull, command="plan", GITHUB_TOKEN="reader")
    assert log.startswith("::notice title=trueup::There is no comment: ")
    assert "pull-requests: write" in log


def test_a_token_of_another_author_is_a_warning_and_still_one_comment(team: Team) -> None:
    (pull,) = team.opened()
    team.state.allow("app", login="acme-app[bot]", pull_requests="write", issues="write")
    for number in (1, 2):
        log = team.end(planned(updated(number)), pull=pull, command="plan", GITHUB_TOKEN="app")
        assert "::warning title=trueup::The token writes as acme-app[bot]" in log
    assert len([text for text in team.says(pull) if text.startswith("## trueup plan")]) == 1
