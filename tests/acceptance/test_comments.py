"""What pull requests and issues say, as the action's last step leaves them at a stand-in for GitHub."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from acceptance.comment_bodies import blocked, deleted, live, pending, updated
from acceptance.comment_team import APPLY, NOTHING, Team, applied, done, merged, plan, planned, undone
from github.server import served
from github.state import State
from repositories import Work, new_repository
from trueup.cli.github.connection import open_rest
from trueup.cli.github.scope import scope_and_folder
from trueup.errors import Diagnostic, Refused
from trueup.github.context import read_context
from trueup.github.deployments import start
from trueup.github.found import Found, NoPlan
from trueup.github.inputs import read_inputs
from trueup.model.plan import Base, Cause, Drift, Fate, ResourceDrift
from trueup.model.position import Position
from trueup.model.run import Status
from trueup.report.result import Result
from unit.report.samples import outcome, scalar

pytestmark = pytest.mark.slow


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    state = State()
    work = new_repository(tmp_path / "work")
    work.commit({"trueup.yaml": "apiVersion: trueup/v1\nkind: Project\n"})
    with served(state) as url:
        yield Team(folder=tmp_path, state=state, url=url)


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
