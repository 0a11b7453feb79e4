"""Stories of a team that deploys: secured values, revisions, and a deployment that waits for its connector."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from acceptance.commands import served
from acceptance.deploying_team import DeployingTeam, connector, deployment, sealed, secrets_in
from acceptance.jobs import Interpreter
from acceptance.test_saved_plan import control
from github.faults import Faults
from github.server import served as served_state
from github.state import State

pytestmark = [pytest.mark.process, pytest.mark.slow]


@pytest.fixture(scope="module")
def platforms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(cwd=tmp_path_factory.mktemp("sandbox")) as url:
        yield url


@pytest.fixture
def team(tmp_path: Path, platforms: str) -> Iterator[DeployingTeam]:
    state, faults = State(ids=count(1)), Faults()
    state.allow("canary-app", login="team-app[bot]", contents="write", pull_requests="write")
    with served_state(state, faults) as api:
        made = DeployingTeam(state, tmp_path, faults, platforms, Interpreter(state, tmp_path / "runner", api))
        made.begins()
        made.redeploys()
        yield made
        made.breaks()


def test_a_revision_that_changes_is_shown_and_written_once(team: DeployingTeam) -> None:
    pull = team.shows(deployment("2"))
    assert "API_TOKEN" in team.comment(pull)
    assert team.redeploys() == []
    team.secured = "ACME_API_TOKEN=canary-token-2\n"
    team.lives(team.merges(pull))
    (redeploy,) = team.redeploys()
    assert list(secrets_in(redeploy)) == [("API_TOKEN", sealed("canary-token-2"))]
    assert "**Applied.**" in team.comment(pull)
    other = team.shows(deployment("2", rates="eu-2026"), branch="other")
    team.lives(team.merges(other))
    (redeploy,) = team.redeploys()
    assert list(secrets_in(redeploy)) == []
    team.lives(team.dispatched())
    assert team.redeploys() == []
    assert team.drifts().given("drifted", "pending") == ("0", "0")


def test_a_lost_apply_writes_the_revision_again(team: DeployingTeam) -> None:
    pull = team.shows(deployment("2"))
    ran = team.merges(pull, lost_at="run")
    assert team.redeploys() == []
    team.lives(team.again(ran))
    assert [list(secrets_in(one)) for one in team.redeploys()] == [[("API_TOKEN", sealed("canary-token-1"))]]
    team.lives(team.dispatched())
    assert team.redeploys() == []


def test_a_refused_apply_writes_the_revision_again(team: DeployingTeam) -> None:
    pull = team.shows(deployment("2"))
    fault = {"effect": "general-error", "method": "POST", "path": "/deployments/"}
    control(team.platforms, "faults", {"faults": [fault]})
    ran = team.merges(pull)
    assert ran.given("applied", "failed") == ("0", "1")
    print(team.comment(pull))
    team.breaks()
    team.redeploys()
    other = team.shows({"note.txt": "a"}, branch="other")
    print(team.comment(other))
    team.lives(team.merges(other))
    assert [list(secrets_in(one)) for one in team.redeploys()] == [[("API_TOKEN", sealed("canary-token-1"))]]


def test_a_run_that_fails_after_the_redeploy_sends_it_again(team: DeployingTeam) -> None:
    pull = team.shows(deployment("2", rates="eu-2026"))
    control(team.platforms, "settings", {"deployment_result": "Failed"})
    ran = team.merges(pull)
    print(team.comment(pull))
    drift = team.drifts()
    print(drift.log)
    print(team.issue())
    control(team.platforms, "settings", {"deployment_result": "Deployed"})
    team.redeploys()
    team.lives(team.again(ran))
    print(team.redeploys())


def test_missing(team: DeployingTeam) -> None:
    pull = team.shows(deployment("2", variable="ACME_OTHER"))
    ran = team.merges(pull)
    print(ran.log)
    print(team.comment(pull), team.records())


def test_by_hand(team: DeployingTeam) -> None:
    team.given = {"write-secured": "API_TOKEN"}
    pull = team.shows(deployment(rates="eu-2026"))
    team.lives(team.merges(pull))
    assert [list(secrets_in(one)) for one in team.redeploys()] == [[]]
    team.secured = "ACME_API_TOKEN=canary-token-2\n"
    team.lives(team.dispatched())
    assert [list(secrets_in(one)) for one in team.redeploys()] == [[("API_TOKEN", sealed("canary-token-2"))]]


def test_follow(team: DeployingTeam) -> None:
    pull = team.shows({**connector("v1.5.0"), **deployment(follow=True)})
    print(team.comment(pull))
    ran = team.merges(pull)
    print(ran.log)
    print(team.comment(pull))
    assert team.deployed("connector.repository.tag") == "v1.5.0"


def test_stale(team: DeployingTeam) -> None:
    pull = team.shows({**connector("v1.5.0"), **deployment(follow=True)})
    control(team.platforms, "edits", {"connector": "acme-tax", "set": {"repository.tag": "v1.4.9"}})
    ran = team.merges(pull)
    print(ran.log)
    print(team.comment(pull))


def test_connector_fails(team: DeployingTeam) -> None:
    pull = team.shows({**connector("v1.5.0"), **deployment(follow=True)})
    control(team.platforms, "settings", {"publish_result": "Failed"})
    ran = team.merges(pull)
    control(team.platforms, "settings", {"publish_result": "Published"})
    print(ran.log)
    print(team.comment(pull))
