"""The pull request that the last step of an apply opens for what is left."""

from pathlib import Path

import pytest

from acceptance.commands import Done, quickstart, trueup
from github.events import push
from github.merging import Push, pushed_directly
from github.server import served
from github.state import State
from repositories import Work, git, new_repository
from unit.github.test_workflow import read_outputs

pytestmark = [pytest.mark.process, pytest.mark.slow]

APP, JOB = "canary-app", "canary-job"
CHOSEN = ("--select", "demo=ok")
TAX = "connectors/tax.yaml"


@pytest.fixture
def state(tmp_path: Path) -> State:
    """A repository whose manifests are planned; the plan is ``plan.json`` beside it."""
    work = new_repository(quickstart(tmp_path))
    work.commit({".gitignore": ".trueup/\n"})
    made = State(work=work)
    made.allow(JOB, contents="read", issues="write", pull_requests="write")
    made.allow(APP, login="team-app[bot]", contents="write", pull_requests="write")
    assert trueup("plan", *CHOSEN, "--out", str(tmp_path / "plan.json"), cwd=work.root).status == 0
    return made


def work_of(state: State) -> Work:
    assert state.work is not None
    return state.work


def tagged(state: State, tag: str) -> Push:
    text = (work_of(state).root / TAX).read_text()
    return pushed_directly(state, {TAX: text.replace("tag: v1.4.0", f"tag: {tag}", 1)})


def applied(state: State, of: Push, folder: Path, **variables: str) -> Done:
    """Apply what ``plan.json`` shows, and run the last step of the action."""
    place, output = work_of(state).root, folder / "output"
    apply = trueup("apply", "--yes", *CHOSEN, "--approved", str(folder / "plan.json"), "--format", "json", cwd=place)
    document = folder / "document.json"
    document.write_text(apply.out)
    output.write_text("")
    event = push(state, of)
    run = state.add_run(event.sha, event="push", head_branch="main", status="in_progress")
    env = {**event.variables(state, run, folder), "RUNNER_TEMP": str(folder), "GITHUB_OUTPUT": str(output)}
    inputs = {"COMMAND": "apply", "COMMENT": "off", "FOLLOW_UP": "true", "SELECT": "demo=ok"}
    env |= {f"TRUEUP_INPUT_{name}": text for name, text in inputs.items()}
    with served(state) as url:
        env |= {"GITHUB_API_URL": url, "GITHUB_TOKEN": JOB, "TRUEUP_FOLLOW_UP_TOKEN": APP} | variables
        assert trueup("github", "begin", cwd=place, env=env).status == 0
        env["TRUEUP_FOLDER"] = read_outputs(output.read_text())["folder"]
        env |= {"TRUEUP_DOCUMENT": str(document), "TRUEUP_STATUS": str(apply.status)}
        done = trueup("github", "end", cwd=place, env=env)
    assert done.status == 0
    assert not [token for token in (APP, JOB) if token in done.out + done.err]
    return done


def test_follow_up_once(state: State, tmp_path: Path) -> None:
    first = applied(state, tagged(state, "v9.0.0"), tmp_path)
    (pull,) = state.pulls()
    assert "The follow-up is created: https://" in first.out
    assert "- `Connector acme-tax`" in pull.body
    assert (pull.author, pull.title) == ("team-app[bot]", "Plan again what an apply left")
    assert git(work_of(state).root, "diff", "main", pull.its_pull.head_ref) == ""
    second = applied(state, pushed_directly(state, {"note.txt": "a"}), tmp_path)
    assert state.pulls() == [pull]
    assert "The follow-up is unchanged: https://" in second.out


def test_an_apply_that_left_nothing_opens_none(state: State, tmp_path: Path) -> None:
    done = applied(state, pushed_directly(state, {"note.txt": "a"}), tmp_path)
    assert "follow-up" not in done.out
    assert state.pulls() == []


def test_a_follow_up_without_a_token_is_a_notice(state: State, tmp_path: Path) -> None:
    done = applied(state, tagged(state, "v9.0.0"), tmp_path, TRUEUP_FOLLOW_UP_TOKEN="")
    assert "::notice title=trueup::There is no follow-up: A pull request needs a token" in done.out
    assert state.pulls() == []
