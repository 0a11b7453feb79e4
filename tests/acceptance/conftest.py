"""Give acceptance tests a repository that uses the GitHub Action, and the GitHub that it talks to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.github_server import served_github
from acceptance.runner import Consumer
from unit.github.fake import GitHub


@pytest.fixture
def github() -> GitHub:
    return GitHub()


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("environments")


@pytest.fixture
def consumer(tmp_path: Path, github: GitHub, environments: Path) -> Iterator[Consumer]:
    with served_github(github) as url:
        made = Consumer(tmp_path, url, environments)
        made.begin()
        yield made
