"""After a plan, a user who has never applied sees the commands that come next."""

from dataclasses import replace
from pathlib import Path

import pytest

from repositories import git, new_repository
from trueup.cli.next_steps import steps_after
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.plan import Forecast, Plan, ResourcePlan, Verdict
from trueup.model.position import Position

FIRST = [
    "git add --all",
    "git commit --quiet --message 'Describe what is live'",
    "git switch --create first-change",
    "trueup set acme spec.name='NEW VALUE'",
]
COMMIT = "git commit --quiet --all --message 'Change acme'"


def plan_of(*verdicts: Verdict, key: str = "acme", kind: Kind = Kind.CONNECTOR) -> Plan:
    identity = Identity("eu", kind, IdField.KEY, key)
    resource = ResourcePlan(identity=identity, verdict=Verdict.UNCHANGED, position=Position("a.yaml", 1, 1))
    resources = tuple(replace(resource, verdict=verdict) for verdict in verdicts)
    return Plan(resources=resources, digest="", forecast=Forecast(requests=0, seconds=0))


def commands(plan: Plan, root: Path) -> list[str]:
    return [line.strip() for line in steps_after(plan, root).splitlines()[1:]]


def commit(place: Path) -> None:
    git(place, "commit", "--quiet", "--allow-empty", "--message", "first")


def test_manifests_that_match_live_are_committed_first(tmp_path: Path) -> None:
    matching = plan_of(Verdict.UNCHANGED)
    assert commands(matching, tmp_path) == ["git init --initial-branch main", *FIRST]
    place = new_repository(tmp_path).root
    assert commands(matching, place) == FIRST
    commit(place)
    assert commands(matching, place) == []
    git(place, "pack-refs", "--all")
    assert commands(matching, place) == []
    git(place, "checkout", "--quiet", "--detach")
    assert commands(matching, place) == []


def test_a_change_on_a_branch_is_merged_before_it_is_applied(tmp_path: Path) -> None:
    changing = plan_of(Verdict.UNCHANGED, Verdict.UPDATE)
    assert commands(changing, tmp_path) == ["trueup apply"]
    place = new_repository(tmp_path).root
    assert commands(changing, place) == [COMMIT, "trueup apply"]
    commit(place)
    assert commands(changing, place) == [COMMIT, "trueup apply"]
    git(place, "switch", "--quiet", "--create", "a/b&c")
    assert commands(changing, place) == [COMMIT, "git switch main", "git merge 'a/b&c'", "trueup apply"]


def test_the_name_of_a_resource_is_quoted_for_the_shell(tmp_path: Path) -> None:
    (*_, last) = commands(plan_of(Verdict.UNCHANGED, key="a; rm -rf $HOME"), tmp_path)
    assert last == "trueup set 'a; rm -rf $HOME' spec.name='NEW VALUE'"


@pytest.mark.parametrize("verdict", [Verdict.BLOCKED, Verdict.DEFERRED, Verdict.UNREADABLE])
def test_what_cannot_be_applied_has_another_next_step(tmp_path: Path, verdict: Verdict) -> None:
    assert commands(plan_of(Verdict.UPDATE, verdict), tmp_path) == []


def test_an_empty_plan_has_no_next_step(tmp_path: Path) -> None:
    assert commands(plan_of(), tmp_path) == []


@pytest.mark.parametrize("name", [".github/workflows", ".gitlab-ci.yml"])
def test_where_a_pipeline_applies_nothing_is_said_about_it(tmp_path: Path, name: str) -> None:
    place = new_repository(tmp_path).root
    (place / name).mkdir(parents=True)
    assert commands(plan_of(Verdict.CREATE), place) == []
    assert commands(plan_of(Verdict.UNCHANGED), place) == FIRST


def test_nothing_is_said_after_the_first_apply(tmp_path: Path) -> None:
    (tmp_path / ".trueup" / "runs").mkdir(parents=True)
    assert commands(plan_of(Verdict.CREATE), tmp_path) == []
    assert commands(plan_of(Verdict.UNCHANGED), tmp_path) == []
