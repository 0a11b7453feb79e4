"""Stories of a team that deploys: secured values, revisions, and a deployment that waits for its connector."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from acceptance.commands import served
from acceptance.deploying_team import LIVE, PLATFORM, DeployingTeam, connector, deployment, sealed
from acceptance.jobs import Interpreter
from acceptance.test_saved_plan import control
from github.faults import Faults
from github.server import served as served_state
from github.state import State

pytestmark = [pytest.mark.process, pytest.mark.slow]

FOLLOWED = {**connector("v1.5.0"), **deployment(follow=True)}
FIRST, SECOND = "ACME_API_TOKEN=canary-token-1\n", "ACME_API_TOKEN=canary-token-2\n"


@pytest.fixture(scope="module")
def platforms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(cwd=tmp_path_factory.mktemp("sandbox")) as url:
        control(url, "settings", PLATFORM)
        yield url


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, platforms: str) -> DeployingTeam:
    """Return a team whose connector and deployment are live and recorded as git wants them."""
    state, faults = State(), Faults()
    with served_state(state, faults) as api:
        folder = tmp_path_factory.mktemp("first")
        team = DeployingTeam(state, folder, faults, platforms, Interpreter(state, folder / "runner", api), seed=LIVE)
        control(platforms, "seed", LIVE)
        team.starts({"trueup.yaml": team.project(), **connector(), **deployment()})
    return team


@pytest.fixture
def team(tmp_path: Path, first: DeployingTeam) -> Iterator[DeployingTeam]:
    state, faults = State(ids=count(200_001)), Faults()
    state.allow("canary-app", login="team-app[bot]", contents="write", pull_requests="write")
    with served_state(state, faults) as api:
        engine = Interpreter(state, tmp_path / "runner", api)
        team = DeployingTeam(state, tmp_path, faults, first.platforms, engine, seed=LIVE, secured=FIRST)
        team.starts_as(first)
        yield team
        team.breaks()
        team.switches(**PLATFORM)


def test_a_revision_that_changes_is_shown_and_written_once(team: DeployingTeam) -> None:
    pull = team.shows(deployment("2"))
    assert "API_TOKEN" in team.comment(pull)
    assert team.secrets() == []
    team.secured = SECOND
    team.lives(team.merges(pull))
    assert team.secrets() == [[("API_TOKEN", sealed("canary-token-2"))]]
    assert "**Applied.**" in team.comment(pull)

    other = team.shows(deployment("2", rates="eu-2026"), branch="other")
    team.lives(team.merges(other))
    assert team.secrets() == [[]]
    team.lives(team.dispatched())
    assert team.secrets() == []
    assert team.drifts().given("drifted", "pending") == ("0", "0")


def test_a_lost_apply_writes_the_revision_again(team: DeployingTeam) -> None:
    ran = team.merges(team.shows(deployment("2")), lost_at="run")
    assert team.secrets() == []
    assert team.drifts().given("drifted", "pending") == ("0", "1")
    team.lives(team.again(ran))
    assert team.secrets() == [[("API_TOKEN", sealed("canary-token-1"))]]
    team.lives(team.dispatched())
    assert team.secrets() == []


def test_an_apply_that_was_lost_after_the_redeployment_writes_the_revision_again(team: DeployingTeam) -> None:
    team.merges(team.shows(deployment("2")), lost_at="end")
    assert team.secrets() == [[("API_TOKEN", sealed("canary-token-1"))]]
    pull = team.shows({"note.txt": "a"}, branch="other")
    assert "Merged, not yet applied" in team.comment(pull)
    team.lives(team.merges(pull))
    assert team.secrets() == [[("API_TOKEN", sealed("canary-token-1"))]]
    team.lives(team.merges(team.shows(deployment("2", rates="eu-2026"), branch="third")))
    assert team.secrets() == [[]]


def test_a_refused_apply_writes_the_revision_again(team: DeployingTeam) -> None:
    pull = team.shows(deployment("2"))
    control(
        team.platforms, "faults", {"faults": [{"effect": "general-error", "method": "POST", "path": "/deployments/"}]}
    )
    assert team.merges(pull).given("applied", "failed") == ("0", "1")
    assert "Re-run this run." in team.comment(pull)
    team.breaks()
    team.redeploys()
    other = team.shows({"note.txt": "a"}, branch="other")
    assert f"of pull request {pull.number}, not yet applied" in team.comment(other)
    team.lives(team.merges(other))
    assert team.secrets() == [[("API_TOKEN", sealed("canary-token-1"))]]
    assert ["**Applied.**" in team.comment(one) for one in (pull, other)] == [True, True]


def test_a_run_that_fails_is_named_and_repeated_with_its_secured_values(team: DeployingTeam) -> None:
    pull = team.shows(deployment("2", rates="eu-2026"))
    team.switches(deployment_result="Failed")
    ran = team.merges(pull)
    assert ran.given("applied", "failed", "exit-code") == ("0", "1", "1")
    comment = team.comment(pull)
    assert "Older code may be serving" in comment
    assert "Health check for application nightly failed" in comment
    assert "Re-run this run." in comment
    team.switches(deployment_result="Deployed")
    team.redeploys()
    team.lives(team.again(ran))
    assert team.secrets() == [[("API_TOKEN", sealed("canary-token-1"))]]
    assert team.deployed() == "Deployed"


def test_a_missing_secret_is_named_at_its_line_before_anything_is_sent(team: DeployingTeam) -> None:
    pull = team.shows({**connector(description="Newer"), **deployment("2", variable="ACME_OTHER")})
    ran = team.merges(pull)
    assert ran.given("exit-code", "failure-reason", "applied") == ("3", "invalid", "0")
    assert "::error file=deployments/tax.yaml,line=14," in ran.log
    assert team.sent() == []
    comment = team.comment(pull)
    assert "**Not applied because a secret is missing.**" in comment
    assert "Give the job the secrets that the messages name, and re-run this run." in comment
    assert "the environment variable ACME\\_OTHER is not set" in comment
    assert "deployments/tax.yaml:14" in comment
    team.secured += "ACME_OTHER=canary-other\n"
    team.lives(team.again(ran))
    assert team.secrets() == [[("API_TOKEN", sealed("canary-other"))]]
    assert "**Applied.**" in team.comment(pull)


def test_secured_values_that_cannot_be_read_stop_the_apply_alone(team: DeployingTeam) -> None:
    pull = team.shows(deployment("2"))
    team.secured = "canary-without-a-name\n"
    ran = team.merges(pull)
    assert ran.given("exit-code", "failure-reason") == ("64", "usage")
    assert "Line 1 of TRUEUP_SECURED_VALUES" in ran.log
    assert "canary-without" not in ran.log + team.comment(pull)
    assert team.sent() == []


def test_a_run_by_hand_writes_the_named_values_again(team: DeployingTeam) -> None:
    team.given = {"write-secured": "calculator.API_TOKEN"}
    team.lives(team.merges(team.shows(deployment(rates="eu-2026"))))
    assert team.secrets() == [[]]
    team.secured = SECOND
    team.lives(team.dispatched())
    assert team.secrets() == [[("API_TOKEN", sealed("canary-token-2"))]]
    team.given = {"write-secured": "calculator.API_TOKE"}
    ran = team.dispatched()
    assert ran.ended["plan"] == "failure"
    assert "no selected manifest has a secured value 'calculator.API_TOKE'. Did you mean" in ran.log


def test_a_deployment_follows_the_release_that_its_connector_publishes_first(team: DeployingTeam) -> None:
    pull = team.shows(FOLLOWED)
    comment = team.comment(pull)
    assert "It starts when Connector acme-tax has been applied." in comment
    team.lives(team.merges(pull))
    assert team.deployed("connector.repository.tag") == "v1.5.0"
    assert [redeploy.get("updateConnector") for redeploy in team.redeploys()] == [True]
    assert "Applied (2)" in team.comment(pull)
    assert team.records()[-1] == "success"
    team.lives(team.dispatched())
    assert team.redeploys() == []


def test_a_redeployment_is_approved_with_the_values_that_it_starts_from(team: DeployingTeam) -> None:
    pull = team.shows(deployment("2", rates="eu-2026"))
    values = {"applicationName": "calculator", "standardConfiguration": [{"key": "RATE_TABLE", "value": "theirs"}]}
    edit = {
        "deployment": "acme-tax-live",
        "redeploy": {"configurationValues": [{**values, "securedConfiguration": []}]},
    }
    control(team.platforms, "edits", edit)
    team.redeploys()
    ran = team.merges(pull)
    assert ran.given("applied", "failed", "exit-code") == ("0", "1", "4")
    assert team.redeploys() == []
    assert "theirs" in team.comment(pull)
    assert "Run the workflow by hand" in team.comment(pull)
    team.lives(team.dispatched())
    assert team.secrets() == [[("API_TOKEN", sealed("canary-token-1"))]]
    assert "**Applied.**" in team.comment(pull)


def test_a_deployment_whose_connector_fails_is_not_started(team: DeployingTeam) -> None:
    pull = team.shows(FOLLOWED)
    team.switches(publish_result="Failed")
    ran = team.merges(pull)
    # The tag of the draft was set before the publication failed.
    assert ran.given("applied", "failed", "exit-code") == ("0", "1", "5")
    assert team.redeploys() == []
    comment = team.comment(pull)
    assert "2 of 2 resources are left: 1 failed, 1 not started." in comment
    assert "Not started: Connector acme-tax, on which it depends, ended as failed." in comment
    assert "Re-run this run." in comment
    assert team.deployed("connector.repository.tag") == "v1.4.0"


def test_a_deployment_whose_connector_has_moved_waits_for_a_new_plan(team: DeployingTeam) -> None:
    pull = team.shows(FOLLOWED)
    team.changes(**{"repository.tag": "v1.4.9"})
    ran = team.merges(pull)
    assert ran.given("applied", "failed", "exit-code") == ("0", "1", "4")
    assert team.redeploys() == []
    comment = team.comment(pull)
    assert "Not started: Connector acme-tax, on which it depends, ended as stale." in comment
    assert "Run the workflow by hand" in comment
    assert "Re-run this run." not in comment
    team.lives(team.dispatched())
    assert team.deployed("connector.repository.tag") == "v1.5.0"
    assert "**Applied.**" in team.comment(pull)


def test_a_deployment_whose_connector_is_not_approved_is_not_started(team: DeployingTeam) -> None:
    pull = team.shows(FOLLOWED)
    team.pushes_directly(connector(description="Not shown"))
    ran = team.merges(pull)
    assert ran.given("applied", "unapproved", "exit-code") == ("0", "1", "4")
    assert team.redeploys() == []
    comment = team.comment(pull)
    assert "Not started: Connector acme-tax, on which it depends, ended as unapproved." in comment
    assert "Re-run this run." not in comment
    team.lives(team.dispatched())
    assert team.deployed("connector.repository.tag") == "v1.5.0"


def test_a_deployment_that_others_broke_is_in_the_issue_about_drift(team: DeployingTeam) -> None:
    control(team.platforms, "edits", {"deployment": "acme-tax-live", "set": {"status": "Failed"}})
    ran = team.drifts()
    assert ran.ended == {"drift": "failure"}
    assert "acme-tax-live" in team.issue()
    team.lives(team.dispatched())
    assert (team.deployed(), team.secrets(), team.issue()) == ("Deployed", [[]], "")


def test_a_connector_and_its_first_deployment_come_live_with_one_merge(team: DeployingTeam) -> None:
    files = {name: text.replace("acme-tax-live", "acme-tax-two") for name, text in FOLLOWED.items()}
    pull = team.shows({"deployments/two.yaml": files["deployments/tax.yaml"], **connector("v1.5.0")})
    team.lives(team.merges(pull))
    found = control(team.platforms, "state")["deployment"]
    tags = {one["key"]: one["connector"]["repository"]["tag"] for one in found}
    assert tags == {"acme-tax-live": "v1.4.0", "acme-tax-two": "v1.5.0"}
    assert team.secrets() == [[("API_TOKEN", sealed("canary-token-1"))]]
