"""Stories of a team beside its merges: drift, commands, several projects, targets and shards."""

import pytest

from acceptance.stories import Team, certificate, manifest, within

pytestmark = [pytest.mark.process, pytest.mark.slow]

SHOWN = manifest("tax", description="Shown")


def test_dispatch(team: Team) -> None:
    team.edits("tax", description="Theirs")
    ran = team.dispatched()
    assert ran.ended == {"plan": "success", "apply": "success"}
    assert ran.given("applied", "unapproved", "exit-code") == ("1", "0", "0")
    assert (team.live("tax"), len(team.sent()), team.records()) == ("As before", 1, ["success"])
    ran = team.dispatched()
    assert ran.given("applied", "changes", "exit-code") == ("0", "false", "0")
    assert (team.sent(), team.records()) == ([], ["success", "success"])


def test_merge_queue(team: Team) -> None:
    one, two = team.shows(SHOWN), team.shows(manifest("psp", description="Two"), branch="two")
    writes = len(team.state.writes)
    shown, ran = team.queues(one, two)
    assert shown.ended == {"plan": "success", "check": "success"}
    assert shown.given("update") == ("2",)
    team.lives(ran)
    assert ran.given("applied", "unapproved") == ("2", "0")
    assert (team.live("tax"), team.live("psp")) == ("Shown", "Two")
    assert ["**Applied.**" in team.comment(pull) for pull in (one, two)] == [True, True]
    assert len(team.state.writes) > writes


def test_monorepo_with_two_projects(team: Team) -> None:
    project = {"trueup.yaml": team.project()}
    parts = {"shop": manifest("tax"), "pay": manifest("psp")}
    team.legs = [{"working-directory": folder} for folder in parts]
    team.starts({k: v for folder, files in parts.items() for k, v in within(folder, {**project, **files}).items()})
    pull = team.shows(within("shop", SHOWN))
    (shop,) = (body for body in team.comments(pull) if "Shown" in body)
    assert shop.startswith("## trueup plan: shop")
    team.merges(pull)
    assert (team.live("tax"), len(team.sent())) == ("Shown", 1)
    assert ["**Applied.**" in body for body in team.comments(pull)] == [True] * len(team.comments(pull))

    team.edits("tax", description="Theirs")
    team.edits("psp", description="Theirs")
    team.drifts()
    assert len(team.state.issues()) == 2
    team.edits("tax", description="Shown")
    team.drifts()
    (issue,) = team.state.issues()
    assert "pay" in issue.title


def test_matrix_of_two_targets(team: Team) -> None:
    team.legs = [{"target": "eu"}, {"target": "origin"}]
    pull = team.shows({**SHOWN, **certificate("N-2")})
    assert len(team.comments(pull)) == 2
    team.merges(pull)
    team.lives(*team.last)
    assert [ran.given("applied") for ran in team.last] == [("1",), ("1",)]
    assert team.live("tax") == "Shown"
    assert (team.records()[-1], team.records("trueup/origin")[-1]) == ("success", "success")


def test_shards(team: Team) -> None:
    team.given = {"shards": '["1/3", "2/3", "3/3"]'}
    pull = team.shows({**SHOWN, **manifest("psp", description="Shown"), **certificate("N-2")})
    assert "**Plan: 3 to update" in team.comment(pull)
    assert len(team.state.artifacts) == 3
    ran = team.merges(pull)
    team.lives(ran)
    assert ran.given("applied", "unapproved") == ("3", "0")
    assert "Applied (3)" in team.comment(pull)


def test_drift_opened_and_closed(team: Team) -> None:
    team.edits("tax", description="Theirs")
    ran = team.drifts()
    assert ran.ended == {"drift": "failure"}
    assert ran.given("drifted", "pending", "exit-code", "failure-reason") == ("1", "0", "2", "changes")
    assert "Theirs" in team.issue()
    team.edits("tax", description="As before")
    team.lives(team.drifts())
    assert (team.issue(), len(team.state.issues("all"))) == ("", 1)
    assert team.sent() == []


def test_drift_after_a_failed_apply(team: Team) -> None:
    pull = team.shows({**SHOWN, **manifest("psp", description="Shown")})
    team.breaks("tax", "psp")
    failed = team.merges(pull)
    assert failed.given("applied", "failed") == ("0", "2")
    team.breaks()
    ran = team.drifts()
    assert ran.given("drifted", "pending", "exit-code") == ("0", "2", "0")
    assert team.issue() == ""
    team.edits("psp", description="Theirs")
    ran = team.drifts()
    assert ran.given("drifted", "pending") == ("1", "1")
    issue = team.issue()
    assert "merged, not yet applied" in issue.lower()
    assert f"of pull request {pull.number}, not yet applied" in issue
    assert "Theirs" in issue
    team.again(failed)
    assert (team.live("tax"), team.live("psp")) == ("Shown", "Theirs")


def test_250_changes(team: Team) -> None:
    pull = team.shows({k: v for n in range(250) for k, v in manifest(f"shop-{n:03}").items()})
    assert "250 to create" in team.comment(pull)
    assert len(team.comment(pull)) < 65_536
    ran = team.merges(pull)
    team.lives(ran)
    assert ran.given("applied", "unchanged") == ("250", "3")
    assert "Applied (250)" in team.comment(pull)
    assert team.live("shop-249") == "As before"


def test_commands_by_comment_in_a_pull_request(team: Team) -> None:
    pull = team.shows(SHOWN)
    (shown,) = team.last
    assert team.says(pull.number, "Is /trueup plan needed?") == ([], [])
    reactions, answers = team.says(pull.number, "/trueup plan", by="bob")
    assert reactions == ["eyes", "confused"]
    assert "Only people who may push to this repository can give commands." in answers[0]
    team.edits("tax", description="Theirs")
    assert team.says(pull.number, "/trueup plan") == (["eyes", "+1"], [])
    team.lives(team.again(shown))
    assert "Theirs" in team.comment(pull)
    _, answers = team.says(pull.number, "/trueup apply")
    assert "Merging it applies its plan." in answers[0]

    team.edits("tax", description="As before")
    team.says(pull.number, "/trueup plan")
    team.lives(team.again(shown))
    team.breaks("tax")
    ran = team.merges(pull)
    team.breaks()
    team.sent()
    assert team.says(pull.number, "/trueup apply", by="bob")[0] == ["eyes", "confused"]
    assert ran.run.status == "completed"
    assert team.says(pull.number, "/trueup apply") == (["eyes", "+1"], [])
    assert (ran.run.status, team.sent()) == ("queued", [])
    team.lives(team.again(ran))
    assert (team.live("tax"), len(team.sent())) == ("Shown", 1)
    assert "**Applied.**" in team.comment(pull)


def test_commands_by_comment_in_the_issue(team: Team) -> None:
    team.edits("tax", description="Theirs")
    team.edits("psp", description="Foreign")
    team.drifts()
    (issue,) = team.state.issues()
    assert team.says(issue.number, "/trueup adopt", by="bob")[0] == ["eyes", "confused"]
    assert team.state.pulls() == []
    assert team.says(issue.number, "/trueup adopt")[0] == ["eyes", "+1"]
    (adopted,) = team.state.pulls()
    assert adopted.author == "team-app[bot]"
    team.lives(*team.planned(adopted))
    team.edits("psp", description="Foreign again")
    team.merges(adopted)
    assert (team.live("tax"), team.live("psp"), team.sent()) == ("Theirs", "Foreign again", [])

    assert team.says(issue.number, "/trueup apply", by="bob")[0] == ["eyes", "confused"]
    assert team.says(issue.number, "/trueup apply")[0] == ["eyes", "+1"]
    (queued,) = [run for run in team.state.runs.values() if run.status == "queued"]
    team.lives(team.dispatched(queued))
    assert (team.live("tax"), team.live("psp"), len(team.sent())) == ("Theirs", "Foreign", 1)
    assert team.issue() == ""
