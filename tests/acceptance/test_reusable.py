"""Run the 16 lines of a team for each event, without Docker, against platforms and a GitHub that keep their state."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.commands import served
from acceptance.runner import ACT, Consumer
from acceptance.team import CALLER, Team
from acceptance.test_quickstart import SERVED
from github import events
from github.merging import checked_out, opened
from github.server import served as served_github
from github.state import State
from repositories import Work

pytestmark = [
    pytest.mark.slow,
    pytest.mark.process,
    pytest.mark.skipif(ACT is None, reason="NOT RUN: act is missing; pip install '.[action]' brings it"),
]

TAX = "connectors/tax.yaml"


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(work=Work(tmp_path / "consumer"))


@pytest.fixture
def team(tmp_path: Path, state: State, environments: Path) -> Iterator[Team]:
    """Give a team a repository on whose default branch everything can be applied."""
    with served_github(state) as api:
        consumer = Consumer(tmp_path, api, environments)
        consumer.begin()
        (consumer.place / "connectors" / "erp.yaml").unlink()
        workflow = consumer.place / ".github" / "workflows" / "trueup.yml"
        workflow.parent.mkdir(parents=True)
        workflow.write_text(CALLER.read_text())
        with served("--seed", "live.yaml", cwd=consumer.place) as url:
            (consumer.place / "trueup.yaml").write_text(SERVED.format(url=url))
            checked_out(state, consumer.commit())
            yield Team(consumer, state, url)


def edited(team: Team, old: str, new: str, file: str = TAX) -> dict[str, str]:
    """Return a change of one file on the default branch."""
    text = (team.place / file).read_text()
    assert old in text
    return {file: text.replace(old, new, 1)}


def test_a_pull_request_is_planned_and_its_plan_kept(team: Team, state: State) -> None:
    pull = opened(state, edited(team, "name: Acme Tax", "name: Acme Taxes"))
    ran = team.run(events.pull_request(state, pull))
    assert ran.status == 0, ran.text
