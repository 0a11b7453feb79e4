"""Give acceptance tests a repository that uses the GitHub Action, and the GitHub that it talks to."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from acceptance.act import Act
from acceptance.commands import served
from acceptance.github_server import served_github
from acceptance.jobs import Engine, Interpreter
from acceptance.runner import WITH_ACT, Consumer, new_machine
from acceptance.shop import Shop, connector, deployment, live, opened
from acceptance.stories import COMMANDS, SEED, Team, certificate, manifest
from acceptance.test_saved_plan import control
from github.faults import Faults
from github.server import served as served_state
from github.state import State
from unit.github.fake import GitHub


@pytest.fixture
def github() -> GitHub:
    return GitHub()


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_machine(tmp_path_factory.mktemp("machine"))


@pytest.fixture
def consumer(tmp_path: Path, github: GitHub, machine: Path) -> Iterator[Consumer]:
    with served_github(github) as url:
        made = Consumer(tmp_path, url, machine)
        made.begin()
        yield made


@pytest.fixture(scope="session")
def story_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(cwd=tmp_path_factory.mktemp("sandbox")) as url:
        yield url


@pytest.fixture(scope="session")
def first_team(tmp_path_factory: pytest.TempPathFactory, story_sandbox: str) -> Team:
    """Return a team with two connectors and a certification, which are live and recorded as git wants them."""
    state, faults = State(), Faults()
    with served_state(state, faults) as api:
        folder = tmp_path_factory.mktemp("first")
        team = Team(state, folder, faults, story_sandbox, Interpreter(state, folder / "runner", api))
        control(story_sandbox, "seed", SEED)
        team.starts({"trueup.yaml": team.project(), **manifest("tax"), **manifest("psp"), **certificate("N-1")})
    return team


@pytest.fixture(params=["interpreter", pytest.param("act", marks=WITH_ACT)])
def team(tmp_path: Path, first_team: Team, request: pytest.FixtureRequest) -> Iterator[Team]:
    """Give a story a team that begins as the first one, once with each engine."""
    state, faults = State(ids=count(200_001)), Faults()
    state.add_workflow(COMMANDS, "issue_comment")
    state.allow("canary-app", login="team-app[bot]", contents="write", pull_requests="write")
    with served_state(state, faults) as api:
        engine: Engine = Interpreter(state, tmp_path / "runner", api)
        if request.param == "act":
            engine = Act(state, Consumer(tmp_path / "runner", api, request.getfixturevalue("machine")))
        team = Team(state, tmp_path, faults, first_team.platforms, engine)
        team.name = request.node.name.removeprefix("test_")
        team.starts_as(first_team)
        yield team
        team.breaks()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Serve a connector with two deployments, and a project with manifests of the three that agree with them."""
    with opened(tmp_path, *live("first", "second")) as shop:
        shop.write(connector=connector(), first=deployment("first"), second=deployment("second"))
        yield shop
