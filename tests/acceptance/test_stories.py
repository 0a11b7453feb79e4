"""Each story of a team after its pull request, by commits, with the workflow that it calls."""

import pytest

from acceptance.stories import Team, certificate, manifest, tombstone
from github.merging import How

pytestmark = [pytest.mark.process, pytest.mark.slow]

SHOWN = manifest("tax", description="Shown")


def test_opened(team: Team) -> None:
    pull = team.opens(SHOWN)
    (ran,) = team.last
    assert ran.ended == {"plan": "success", "check": "success"}
    assert ran.given("changes", "update", "unchanged", "exit-code", "failure-reason") == ("true", "1", "2", "2", "")
    (posted,) = team.state.comments.values()
    assert ran.given("comment-url")[0].endswith(f"#issuecomment-{posted.id}")
    comment = team.comment(pull)
    assert "**Plan: 1 to update (1 action), 2 unchanged.**" in comment
    assert "Merging applies this." in comment
    assert "+ spec.description  Shown" in comment
    assert [kept.name for kept in team.state.artifacts.values()] == [*ran.given("kept-name")]
    assert (team.sent(), team.records(), team.issue()) == ([], [], "")


def test_pushed_twice(team: Team) -> None:
    pull = team.shows(SHOWN)
    team.lives(*team.pushes(pull, manifest("tax", description="Later")))
    assert "Shown" not in team.comment(pull)
    ran = team.merges(pull)
    assert ran.given("applied", "unapproved", "exit-code") == ("1", "0", "0")
    assert team.live("tax") == "Later"
    assert "**Applied.**" in team.comment(pull)
    assert len(team.sent()) == 1


def test_invalid(team: Team) -> None:
    pull = team.opens(
        {"connectors/tax.yaml": "apiVersion: trueup/v1\nkind: Connector\nmetadata: {key: x y}\nspec: {}\n"}
    )
    (ran,) = team.last
    assert ran.ended == {"plan": "failure", "check": "failure"}
    assert ran.given("exit-code", "failure-reason", "kept-path") == ("3", "invalid", "")
    assert "::error file=connectors/tax.yaml,line=3" in ran.log
    assert team.state.artifacts == {}
    assert "connectors/tax.yaml:3" in team.comment(pull)
    team.lives(*team.pushes(pull, SHOWN))
    assert "connectors/tax.yaml:3" not in team.comment(pull)
    team.lives(team.merges(pull))
    assert (team.live("tax"), team.records()) == ("Shown", ["success"])


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_merged(team: Team, how: How) -> None:
    pull = team.shows(SHOWN)
    team.lives(*team.pushes(pull, {**manifest("psp", description="Shown"), **certificate("N-2")}))
    ran = team.merges(pull, how=how)
    assert ran.ended == {"apply": "success"}
    assert ran.given("applied", "unapproved", "pull-requests") == ("3", "0", f"[{pull.number}]")
    assert (team.live("tax"), team.live("psp"), len(team.sent())) == ("Shown", "Shown", 3)
    assert "**Applied.**" in team.comment(pull)
    assert "Applied (3)" in team.comment(pull)
    assert (team.records(), team.records("trueup/origin")) == (["success"], ["success"])
    assert team.issue() == ""


def test_another_merge_in_between(team: Team) -> None:
    one, other = team.shows(SHOWN), team.shows(manifest("psp", description="Other"), branch="other")
    team.lives(team.merges(other), team.merges(one))
    assert (team.live("tax"), team.live("psp")) == ("Shown", "Other")
    assert "`psp`" not in team.comment(one)
    assert ["**Applied.**" in team.comment(pull) for pull in (one, other)] == [True, True]
    assert (len(team.sent()), team.records()) == (2, ["success", "success"])


def test_live_moved_on_the_same_field(team: Team) -> None:
    pull = team.shows({**SHOWN, **manifest("psp", description="Shown")})
    team.edits("tax", description="Theirs")
    ran = team.merges(pull)
    assert ran.ended == {"apply": "failure"}
    assert ran.given("applied", "failed", "exit-code") == ("1", "1", "4")
    assert (team.live("tax"), team.live("psp")) == ("Theirs", "Shown")
    comment = team.comment(pull)
    assert "**Partly applied.**" in comment
    assert "1 stale (live was changed after the plan)" in comment
    assert "Run the workflow by hand" in comment
    assert team.records()[-1] == "failure"

    drift = team.drifts()
    assert drift.given("drifted") == ("1",), drift.log
    assert "Theirs" in team.issue()

    team.lives(team.dispatched())
    assert (team.live("tax"), team.records()[-1], team.issue()) == ("Shown", "success", "")
    assert "**Applied.**" in team.comment(pull)


def test_live_moved_on_another_field(team: Team) -> None:
    pull = team.shows(SHOWN)
    team.edits("tax", documentationUrl="https://theirs.example")
    team.lives(team.merges(pull))
    assert (team.live("tax"), team.live("tax", "documentationUrl")) == ("Shown", "https://theirs.example")
    assert "**Applied.**" in team.comment(pull)


def test_two_quick_merges(team: Team) -> None:
    one, two = team.shows(SHOWN), team.shows(manifest("psp", description="Two"), branch="two")
    team.merges(one, drop=True)
    assert team.live("tax") == "As before"
    ran = team.merges(two)
    team.lives(ran)
    assert ran.given("applied", "unapproved") == ("2", "0")
    assert (team.live("tax"), team.live("psp"), len(team.sent())) == ("Shown", "Two", 2)
    assert "`tax`" in team.comment(one)
    assert "`psp`" not in team.comment(one)
    assert "`psp`" in team.comment(two)
    assert ["**Applied.**" in team.comment(pull) for pull in (one, two)] == [True, True]


def test_three_quick_merges_of_one_field_and_the_middle_run_is_dropped(team: Team) -> None:
    one = team.shows(SHOWN)
    team.merges(one)
    two = team.shows(manifest("tax", description="Two"), branch="two")
    team.merges(two, drop=True)
    three = team.shows(manifest("tax", description="Three"), branch="three")
    team.lives(team.merges(three))
    assert (team.live("tax"), len(team.sent())) == ("Three", 2)
    assert ["**Applied.**" in team.comment(pull) for pull in (one, two, three)] == [True, True, True]
    assert team.records() == ["success", "success"]


def test_failed_half_way_and_run_again(team: Team) -> None:
    pull = team.shows({**SHOWN, **manifest("psp", description="Shown"), **certificate("N-2")})
    team.breaks("tax")
    ran = team.merges(pull)
    assert ran.given("applied", "failed", "exit-code", "failure-reason") == ("2", "1", "5", "apply-failed")
    comment = team.comment(pull)
    assert "**Partly applied.**" in comment
    assert "Re-run this run." in comment
    assert "No answer confirmed this change, and live does not show it." in comment
    assert "accepted the change" not in comment
    assert (team.records()[-1], team.records("trueup/origin")[-1]) == ("failure", "success")
    team.breaks()
    team.sent()
    ran = team.again(ran)
    team.lives(ran)
    assert ran.given("applied", "unchanged") == ("1", "2")
    assert (team.live("tax"), team.live("psp"), len(team.sent())) == ("Shown", "Shown", 1)
    assert "**Applied.**" in team.comment(pull)
    assert team.records()[-1] == "success"


def test_blocked_beside_good(team: Team) -> None:
    team.edits("tax", supportedRegions=["europe-west1.gcp"])
    pull = team.opens({**manifest("tax", regions="[]"), **manifest("psp", description="Shown")})
    assert team.last[-1].ended == {"plan": "failure", "check": "failure"}
    assert "blocked" in team.comment(pull)
    ran = team.merges(pull)
    assert ran.given("applied", "blocked", "exit-code", "failure-reason") == ("1", "1", "3", "blocked")
    assert (team.live("psp"), team.live("tax", "supportedRegions")) == ("Shown", ["europe-west1.gcp"])
    assert "**Partly applied.**" in team.comment(pull)
    assert "Correct what is wrong in a new pull request." in team.comment(pull)

    other = team.shows(manifest("psp", description="Other"), branch="other")
    assert "blocked" in team.comment(other)
    team.merges(other)
    assert team.live("psp") == "Other"
    assert "**Applied.**" in team.comment(other)


def test_tombstone(team: Team) -> None:
    pull = team.shows(tombstone("tax"))
    assert "1 to delete" in team.comment(pull)
    assert "refuse" not in team.comment(pull)
    team.lives(team.merges(pull))
    assert (team.live("tax", "key"), team.live("psp", "key")) == (None, "psp")
    assert "**Applied.**" in team.comment(pull)
    assert team.records() == ["success"]
    assert team.drifts().given("drifted", "pending") == ("0", "0")


def test_fork_merged(team: Team) -> None:
    pull = team.opens(SHOWN, fork=True, author="mallory")
    (ran,) = team.last
    assert ran.ended == {"preview": "success", "check": "success"}
    assert ran.given("changes", "update", "unchanged") == ("true", "1", "2")
    assert "Live was not read" in ran.jobs[0].summary
    assert (team.state.requests, team.comments(pull)) == ([], [])
    ran = team.merges(pull)
    assert ran.given("applied", "unapproved", "exit-code", "failure-reason") == ("0", "1", "4", "unapproved")
    assert "**Not applied because it comes from a fork, and forks are not planned against live.**" in team.comment(pull)
    team.lives(team.dispatched())
    assert team.live("tax") == "Shown"
    assert "**Applied.**" in team.comment(pull)


def test_expired_artifact(team: Team) -> None:
    pull = team.shows(SHOWN)
    for artifact in team.state.artifacts.values():
        team.state.expire(artifact)
    ran = team.merges(pull)
    assert ran.given("applied", "unapproved", "exit-code") == ("0", "1", "4")
    assert "**Not applied because the plan that it showed has expired.**" in team.comment(pull)
    assert (team.sent(), team.records()[-1]) == ([], "failure")
    team.lives(team.dispatched())
    assert (team.live("tax"), team.records()[-1]) == ("Shown", "success")
    assert "**Applied.**" in team.comment(pull)


def test_direct_push(team: Team) -> None:
    ran = team.pushes_directly(SHOWN)
    assert ran.ended == {"apply": "failure"}
    assert ran.given("applied", "unapproved", "exit-code", "failure-reason") == ("0", "1", "4", "unapproved")
    assert (team.sent(), team.state.comments, team.records()[-1]) == ([], {}, "failure")
    assert team.drifts().given("drifted", "pending") == ("0", "1")

    team.given = {"unapproved": "apply"}
    ran = team.pushes_directly({"note.txt": "a"})
    team.lives(ran)
    assert (team.live("tax"), team.records()[-1]) == ("Shown", "success")
