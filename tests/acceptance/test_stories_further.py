"""Stories beyond those that CI runs with ``act``: what is left, lost, repeated or in conflict, and who may do less."""

import pytest

from acceptance.stories import Team, certificate, manifest
from github.faults import Answers
from github.merging import opened

pytestmark = [pytest.mark.process, pytest.mark.slow]

SHOWN = manifest("tax", description="Shown")


def test_one_of_two_merged_plans_has_expired(team: Team) -> None:
    one = team.shows(SHOWN)
    (kept,) = team.state.artifacts.values()
    two = team.shows(manifest("psp", description="Two"), branch="two")
    team.state.expire(kept)
    team.merges(one, drop=True)
    ran = team.merges(two)
    assert ran.given("applied", "unapproved", "exit-code") == ("1", "1", "4")
    assert (team.live("tax"), team.live("psp"), len(team.sent())) == ("As before", "Two", 1)
    assert "**Not applied because the plan that it showed has expired.**" in team.comment(one)
    assert "`psp`" not in team.comment(one)
    assert "**Applied.**" in team.comment(two)
    assert team.records() == ["failure", "failure"]


def test_a_direct_push_under_a_pull_request(team: Team) -> None:
    team.pushes_directly(SHOWN)
    pull = team.shows(manifest("psp", description="Other"))
    comment = team.comment(pull)
    assert "Merged, not yet applied" in comment
    assert "Your change" in comment
    ran = team.merges(pull)
    team.lives(ran)
    assert ran.given("applied", "unapproved", "exit-code") == ("2", "0", "0")
    assert (team.live("tax"), team.live("psp"), team.records()[-1]) == ("Shown", "Other", "success")
    assert "**Applied.**" in team.comment(pull)


def test_a_direct_push_after_a_pull_request_was_planned(team: Team) -> None:
    pull = team.shows(manifest("psp", description="Other"))
    team.pushes_directly(SHOWN)
    ran = team.merges(pull)
    assert ran.given("applied", "unapproved", "exit-code") == ("1", "1", "4")
    assert (team.live("tax"), team.live("psp")) == ("As before", "Other")
    assert "**Applied.**" in team.comment(pull)
    assert "`tax`" not in team.comment(pull)
    assert team.drifts().given("drifted", "pending") == ("0", "1")
    team.lives(team.dispatched())
    assert (team.live("tax"), team.drifts().given("drifted", "pending")) == ("Shown", ("0", "0"))


def test_what_is_reverted_in_git_is_reverted_live(team: Team) -> None:
    first = team.shows(SHOWN)
    team.lives(team.merges(first))
    back = team.shows(manifest("tax"), branch="revert")
    team.lives(team.merges(back))
    assert (team.live("tax"), len(team.sent()), team.records()) == ("As before", 2, ["success", "success"])
    assert team.drifts().given("drifted", "pending") == ("0", "0")


def test_merged_before_a_failed_apply_was_run_again(team: Team) -> None:
    one = team.shows(SHOWN)
    team.breaks("tax")
    failed = team.merges(one)
    assert "**Not applied.**" in team.comment(one)
    team.breaks()
    two = team.shows(manifest("psp", description="Two"), branch="two")
    assert f"of pull request {one.number}, not yet applied" in team.comment(two)
    team.lives(team.merges(two))
    assert (team.live("tax"), team.live("psp")) == ("Shown", "Two")
    assert ["**Applied.**" in team.comment(pull) for pull in (one, two)] == [True, True]
    team.sent()
    again = team.again(failed)
    assert (*again.given("superseded", "exit-code"), team.sent()) == (two.its_pull.merge_commit_sha, "0", [])


@pytest.mark.parametrize("step", ["run", "end"])
def test_the_machine_is_lost_and_the_run_repeated(team: Team, step: str) -> None:
    pull = team.shows(SHOWN)
    ran = team.merges(pull, lost_at=step)
    assert team.records() == ["in_progress"]
    assert "**Applying.**" in team.comment(pull)
    assert team.drifts().given("drifted", "pending") == ("0", "1" if step == "run" else "0")
    team.lives(team.again(ran))
    assert (team.live("tax"), len(team.sent())) == ("Shown", 1)
    assert "**Applied.**" in team.comment(pull)
    assert team.records()[-1] == "success"


def test_an_old_run_that_is_repeated_sets_nothing_back(team: Team) -> None:
    old = team.merges(team.shows(SHOWN))
    pull = team.shows(manifest("tax", description="Newer"), branch="newer")
    team.lives(team.merges(pull))
    team.sent()
    told = team.comment(pull)
    ran = team.again(old)
    team.lives(ran)
    assert ran.given("superseded", "exit-code") == (pull.its_pull.merge_commit_sha, "0")
    assert (team.live("tax"), team.sent(), team.comment(pull)) == ("Newer", [], told)


def test_a_conflict_that_the_pull_request_showed(team: Team) -> None:
    team.edits("tax", description="Theirs")
    pull = team.shows({**SHOWN, **manifest("psp", description="Shown")})
    assert "Merging applies this, except for what is held back: 1 changed on both sides." in team.comment(pull)
    ran = team.merges(pull)
    assert ran.given("applied", "exit-code", "failure-reason") == ("1", "3", "blocked")
    assert (team.live("tax"), team.live("psp"), len(team.sent())) == ("Theirs", "Shown", 1)
    comment = team.comment(pull)
    assert "**Partly applied.**" in comment
    assert "decide which one stays" in comment
    assert "Correct what is wrong" not in comment
    assert "1 blocked" in comment
    team.lives(team.dispatched())
    assert team.live("tax") == "Shown"
    assert "**Applied.**" in team.comment(pull)


def test_a_conflict_is_over_when_what_is_live_was_adopted(team: Team) -> None:
    team.edits("tax", description="Theirs")
    team.merges(team.shows(SHOWN))
    team.lives(team.merges(team.shows(team.adopts("connectors/tax.yaml"), branch="adopt")))
    assert (team.live("tax"), team.sent(), team.records()[-1]) == ("Theirs", [], "success")
    assert team.drifts().given("drifted", "pending") == ("0", "0")


def test_a_project_file_that_another_push_made_invalid(team: Team) -> None:
    pull = team.shows(SHOWN)
    team.pushes_directly({"trueup.yaml": "apiVersion: trueup/v1\nkind: Project\ntargets: 3\n"})
    ran = team.merges(pull)
    assert ran.given("exit-code", "failure-reason") == ("3", "invalid")
    comment = team.comment(pull)
    assert "**Not applied because the project file or a manifest is invalid.**" in comment
    assert "trueup.yaml:3:1: targets must be a mapping" in comment
    assert (team.sent(), team.records()) == ([], [])


def test_an_apply_that_cannot_be_recorded(team: Team) -> None:
    pull = team.shows(SHOWN)
    team.faults.add(Answers(403, "Resource not accessible by integration"), "POST .*/deployments$", times=9)
    ran = team.merges(pull)
    assert ran.given("applied", "exit-code", "failure-reason") == ("", "1", "record-failed")
    assert (team.sent(), team.records()) == ([], [])
    assert "**Not applied because it could not be recorded.**" in team.comment(pull)
    team.faults.switches.clear()
    team.lives(team.again(ran))
    assert (team.live("tax"), team.records()) == ("Shown", ["success"])
    assert "**Applied.**" in team.comment(pull)


def test_the_plan_of_one_shard_is_missing(team: Team) -> None:
    team.given = {"shards": '["1/2", "2/2"]'}
    pull = team.shows({**SHOWN, **manifest("psp", description="Shown"), **certificate("N-2")})
    team.state.delete(next(iter(team.state.artifacts.values())))
    ran = team.merges(pull)
    assert ran.given("applied", "unapproved", "exit-code") == ("0", "3", "4")
    assert "**Not applied because" in team.comment(pull)


def test_a_run_by_hand_on_another_branch_applies_nothing(team: Team) -> None:
    opened(team.state, SHOWN, branch="topic")
    ran = team.dispatched(branch="topic")
    assert ran.ended == {"plan": "success"}
    assert ran.given("update") == ("1",)
    assert (team.live("tax"), team.sent(), team.state.writes) == ("As before", [], [])


def test_a_pull_request_of_dependabot(team: Team) -> None:
    pull = team.opens({"note.txt": "newer"}, author="dependabot[bot]")
    assert team.last[-1].ended == {"preview": "success", "check": "success"}
    assert team.last[-1].given("changes") == ("false",)
    assert (team.state.writes, team.comments(pull)) == ([], [])
    ran = team.merges(pull)
    team.lives(ran)
    assert ran.given("applied", "changes") == ("0", "false")
    assert team.comments(pull) == []
    pull = team.opens(SHOWN, author="dependabot[bot]", branch="bump")
    ran = team.merges(pull)
    assert ran.given("applied", "unapproved", "exit-code") == ("0", "1", "4")
    assert "**Not applied because no run planned its last commit.**" in team.comment(pull)


def test_a_follow_up(team: Team) -> None:
    team.given = {"follow-up": "true"}
    pull = team.shows(SHOWN)
    for artifact in team.state.artifacts.values():
        team.state.expire(artifact)
    team.merges(pull)
    assert "Review and merge the pull request that trueup opens" in team.comment(pull)
    (other,) = team.state.pulls()
    team.lives(*team.planned(other))
    assert "+ spec.description  Shown" in team.comment(other)
    team.lives(team.merges(other))
    assert (team.live("tax"), len(team.sent())) == ("Shown", 1)
    assert ["**Applied.**" in team.comment(one) for one in (pull, other)] == [True, True]


def test_own_words_around_the_comment(team: Team) -> None:
    team.given = {"comment-header": "**Deploy freeze** until Monday", "comment-footer": "Ask in #shop"}
    pull = team.shows(SHOWN)
    assert team.comment(pull).startswith("**Deploy freeze** until Monday")
    assert team.comment(pull).endswith("Ask in #shop")
    team.lives(team.merges(pull))
    assert team.comment(pull).startswith("**Deploy freeze** until Monday")
