from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from acceptance.commands import Done, quickstart, served, trueup
from acceptance.test_quickstart import SERVED

pytestmark = pytest.mark.process

CANARIES = {
    "CTP_CLIENT_ID": "canary-client-id-7f3a",
    "CTP_CLIENT_SECRET": "canary-client-secret-91bd",
    "ORIGIN_ACCESS_TOKEN": "canary-access-token-c04e",
}

COMMANDS = (
    ("validate",),
    ("plan",),
    ("plan", "--verbose"),
    ("plan", "--debug"),
    ("apply", "--yes", "--debug"),
    ("plan", "--target", "nowhere"),
    ("plan", "--no-such-option"),
)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """Give the quickstart on a served sandbox whose database, log and state are files of the folder."""
    place = quickstart(tmp_path)
    with served("--seed", "live.yaml", "--state", str(tmp_path / "served.db"), cwd=place) as url:
        (place / "trueup.yaml").write_text(SERVED.format(url=url))
        yield place


def leaks(done: Done, folder: Path) -> list[str]:
    """Name every place in which a canary can be read: output, talk, and each file that a command may have written."""
    places = {"stdout": done.out.encode(), "stderr": done.err.encode()}
    places |= {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    return [
        f"{name} holds {canary}"
        for name, text in places.items()
        for canary in CANARIES.values()
        if canary.encode() in text
    ]


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_no_secret_is_in_any_output_log_or_file(project: Path, form: str) -> None:
    for arguments in COMMANDS:
        done = trueup(*arguments, "--format", form, cwd=project, env=CANARIES)
        assert leaks(done, project.parent) == [], arguments


def test_no_secret_is_shown_when_the_platform_refuses_it(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    with served(cwd=place) as url:
        refused = SERVED.format(url=url).replace(f'authUrl: "{url}"', f'authUrl: "{url}/nowhere"')
        (place / "trueup.yaml").write_text(refused)
        for form in ("text", "json", "markdown"):
            done = trueup("plan", "--debug", "--format", form, cwd=place, env=CANARIES)
            assert done.status == 1
            assert leaks(done, tmp_path) == []


def test_no_secret_is_shown_when_nothing_listens(tmp_path: Path) -> None:
    place = quickstart(tmp_path)
    (place / "trueup.yaml").write_text(SERVED.format(url="http://127.0.0.1:9"))
    for arguments, form in product((("plan",), ("apply", "--yes")), ("text", "json")):
        done = trueup(*arguments, "--format", form, cwd=place, env=CANARIES)
        assert done.status == 1, done.out + done.err
        assert leaks(done, tmp_path) == []


def test_a_secret_in_a_file_is_used_and_not_shown(project: Path, tmp_path: Path) -> None:
    env = {}
    for name, canary in CANARIES.items():
        file = tmp_path.parent / f"{tmp_path.name}-{name}"
        file.write_text(canary + "\n")
        env[f"{name}_FILE"] = str(file)
    done = trueup("plan", "--select", "demo=ok", cwd=project, env=env)
    assert done.status == 0, done.err
    assert leaks(done, tmp_path) == []


def test_the_search_for_secrets_would_find_one(tmp_path: Path) -> None:
    (tmp_path / "leak.log").write_text(f"token={CANARIES['ORIGIN_ACCESS_TOKEN']}")
    assert leaks(Done(0, "", ""), tmp_path)
    assert leaks(Done(0, "", CANARIES["CTP_CLIENT_ID"]), tmp_path / "none")
