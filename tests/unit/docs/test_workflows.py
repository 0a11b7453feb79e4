"""The workflows that teams copy or call fit together: their lines, names, permissions and secrets."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from repositories import new_repository
from unit.docs.pages import ROOT, Block, blocks
from unit.docs.test_generated import script

LINT = script("lint_action")
RELEASE = script("release_check")
MOST_LINES = 20
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
CALLER = ROOT / "examples" / "workflows" / "trueup.yml"
CALLED = "trueup/trueup/.github/workflows/"
WHOLE = [block for block in blocks("yaml") if block.body.startswith("name: ") and CALLED in block.body]


def jobs() -> list[Any]:
    return [
        pytest.param(job, id=f"{file.parent.parent.name}/{file.name}: {name}")
        for file in LINT.WORKFLOWS
        for name, job in LINT.workflow(file)["jobs"].items()
    ]


def test_the_readme_and_the_how_to_show_the_whole_file_of_a_team() -> None:
    assert {"README.md", "github.md"} <= {block.page.name for block in WHOLE}


@pytest.mark.parametrize("block", WHOLE, ids=str)
def test_the_file_of_a_team_is_short_and_the_same_everywhere(block: Block) -> None:
    assert len(block.body.splitlines()) <= MOST_LINES
    # An example may begin with a comment about itself.
    assert [file.name for file in CALLER.parent.glob("*.yml") if file.read_text().endswith(block.body)]


def test_the_file_of_a_team_has_every_event_that_the_workflow_acts_on() -> None:
    called = (ROOT / ".github" / "workflows" / "trueup.yml").read_text()
    events = yaml.safe_load(CALLER.read_text())[True]
    assert {event for event in events if f"github.event_name == '{event}'" in called} == set(events)


def test_the_rules_that_no_linter_has_are_kept() -> None:
    assert list(LINT.own_findings()) == []


def test_a_permission_that_the_caller_does_not_grant_is_found() -> None:
    called = {"jobs": {"a": {"permissions": {"contents": "read", "issues": "write"}}}}
    grants = {"contents": "write", "issues": "read"}
    (found,) = LINT.ungranted({"permissions": grants}, called)
    assert found == "the called job a asks for issues: write, which the caller does not grant"
    assert list(LINT.ungranted({"permissions": {**grants, "issues": "write"}}, called)) == []


@pytest.mark.parametrize("job", jobs())
def test_a_job_gives_only_what_is_declared(job: Any) -> None:
    if "uses" in job:
        file = job["uses"].partition("@")[0].removeprefix(CALLED)
        declared = LINT.workflow(ROOT / ".github" / "workflows" / file)[True]["workflow_call"]
        assert job["secrets"].keys() <= declared["secrets"].keys()
        assert job.get("with", {}).keys() <= declared["inputs"].keys()
    for step in job.get("steps", ()):
        if step.get("uses", "").startswith("trueup/trueup@"):
            assert step["with"].keys() <= ACTION["inputs"].keys()


@pytest.mark.parametrize("job", jobs())
def test_only_the_job_that_applies_has_the_credentials_of_an_apply(job: Any) -> None:
    commands = {step["with"].get("command") for step in job.get("steps", ()) if "with" in step}
    assert ("_APPLY_" in str(job) or "APPLY_CREDENTIALS" in str(job)) <= ("apply" in commands)


@pytest.mark.parametrize("job", jobs())
def test_only_the_step_that_applies_has_the_secured_values(job: Any) -> None:
    having = [step["with"]["command"] for step in job.get("steps", ()) if "secrets.SECURED_VALUES" in str(step)]
    assert having in ([], ["apply"])
    assert str(job).count("secrets.SECURED_VALUES") == len(having) or "uses" in job


def test_secured_values_are_written_again_only_by_hand_and_as_the_plan_shows() -> None:
    workflow = LINT.workflow(ROOT / ".github" / "workflows" / "trueup.yml")["jobs"]
    given = {
        name: step["with"]["write-secured"]
        for name, job in workflow.items()
        for step in job["steps"]
        if "write-secured" in step.get("with", {})
    }
    only_by_hand = "${{ github.event_name == 'workflow_dispatch' && inputs.write-secured || '' }}"
    assert given == {"plan": only_by_hand, "apply": only_by_hand}


def test_a_job_that_runs_for_a_fork_has_no_secret_and_writes_nothing() -> None:
    job = LINT.workflow(ROOT / ".github" / "workflows" / "trueup.yml")["jobs"]["preview"]
    assert job["permissions"] == {"contents": "read"}
    assert "secrets." not in str(job)


def test_a_release_is_checked_against_the_commit_that_its_workflows_name(tmp_path: Path) -> None:
    work = new_repository(tmp_path)
    code = {"src/trueup/__init__.py": '__version__ = "2.0.0"\n', "action.yml": "name: trueup\n"}
    named = work.commit({**code, "README.md": ""})
    pin = f"uses: trueup/trueup@{named} # v2.0.0\n"
    work.commit(
        {"examples/workflows/a.yml": pin, "README.md": f"uses: trueup/trueup/.github/workflows/t.yml@{named}\n"}
    )
    assert list(RELEASE.findings(tmp_path)) == []
    work.commit({"action.yml": "name: other\n", "README.md": pin.replace("v2.0.0", "v1.9.0")})
    assert list(RELEASE.findings(tmp_path)) == [
        "README.md:1: the version is 2.0.0, not 1.9.0",
        f"action.yml differs from commit {named}, by which the workflows name the action",
    ]
    work.commit({"README.md": f"uses: trueup/trueup@{'0' * 40}\n"})
    assert list(RELEASE.findings(tmp_path)) == [
        f"the action is named by 2 commits: {'0' * 40}, {named}",
        f"commit {'0' * 40} is not in this repository",
        f"action.yml differs from commit {named}, by which the workflows name the action",
    ]
