import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from acceptance.commands import Done, quickstart, served, trueup
from acceptance.github_server import served_github
from acceptance.test_quickstart import SERVED
from unit.github.fake import GitHub

pytestmark = pytest.mark.process

CANARIES = {
    "CTP_CLIENT_ID": "canary-client-id-7f3a",
    "CTP_CLIENT_SECRET": "canary-client-secret-91bd",
    "ORIGIN_ACCESS_TOKEN": "canary-access-token-c04e",
}

TOKEN = "canary-github-token-55aa"

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


def leaks(done: Done, folder: Path, *, posted: str = "") -> list[str]:
    """Name every place in which a canary can be read: output, talk, and each file that a command may have written."""
    places = {"stdout": done.out.encode(), "stderr": done.err.encode(), "GitHub": posted.encode()}
    places |= {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    return [
        f"{name} holds {canary}"
        for name, text in places.items()
        for canary in (*CANARIES.values(), TOKEN)
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
    cases: list[tuple[str, ...]] = [("plan", "--format", form) for form in ("text", "json")]
    cases += [("apply", "--yes", "--format", form) for form in ("text", "json")]

    def run(number: int) -> Done:
        place = quickstart(tmp_path / str(number))
        (place / "trueup.yaml").write_text(SERVED.format(url="http://127.0.0.1:9"))
        return trueup(*cases[number], cwd=place, env=CANARIES)

    # Each waits between its attempts, so all of them wait at once.
    with ThreadPoolExecutor(len(cases)) as pool:
        for done in pool.map(run, range(len(cases))):
            assert done.status == 1, done.out + done.err
            assert leaks(done, tmp_path) == []


@pytest.mark.parametrize(("command", "works"), [("plan", True), ("apply", True), ("drift", True), ("apply", False)])
def test_no_secret_is_in_what_a_workflow_leaves(project: Path, tmp_path: Path, command: str, *, works: bool) -> None:
    if not works:
        file = project / "trueup.yaml"
        file.write_text(re.sub(r'authUrl: "([^"]*)"', r'authUrl: "\1/nowhere"', file.read_text()))
    outputs, event = tmp_path / "outputs", tmp_path / "event.json"
    event.write_text('{"pull_request": {"number": 7}}')
    github = GitHub()
    with served_github(github) as url:
        env = {
            **CANARIES,
            "GITHUB_REPOSITORY": "acme/connectors",
            "GITHUB_API_URL": url,
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_OUTPUT": str(outputs),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
            "RUNNER_TEMP": str(tmp_path),
            "GITHUB_TOKEN": TOKEN,
            "TRUEUP_INPUT_COMMAND": command,
            "TRUEUP_INPUT_ISSUE": "true",
        }
        ran = [trueup("github", "run", cwd=project, env=env)]
        given = re.findall(r"^([a-z-]+)<<(\S+)\n(.*?)\n\2$", outputs.read_text(), re.MULTILINE | re.DOTALL)
        told = {name: value for name, _, value in given}
        env |= {"TRUEUP_DOCUMENT": told.get("document-path", ""), "TRUEUP_REASON": told["failure-reason"]}
        env |= {"TRUEUP_STATUS": told["exit-code"], "TRUEUP_SUMMARY": told["summary"]}
        ran += [trueup("github", step, cwd=project, env=env) for step in ("comment", "issue")]
    assert github.comments, ran
    for done in ran:
        assert leaks(done, tmp_path, posted=str([github.comments, github.issues])) == []


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
