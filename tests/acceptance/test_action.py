"""Run the composite action for real, without Docker, in a repository that uses it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from acceptance.commands import REPOSITORY
from acceptance.github_server import served_github
from acceptance.runner import ACT, Consumer, use
from unit.github.fake import GitHub

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(ACT is None, reason="NOT RUN: act is missing; pip install '.[action]' brings it"),
]

PULL: Any = {
    "pull_request": {
        "number": 7,
        "head": {"sha": "a" * 40, "ref": "x", "repo": {"full_name": "acme/connectors"}},
        "base": {"sha": "b" * 40, "ref": "main"},
    }
}
PSP = "connectors/psp.yaml"
TAX = "connectors/tax.yaml"


@pytest.fixture
def github() -> GitHub:
    return GitHub()


@pytest.fixture
def consumer(tmp_path: Path, github: GitHub) -> Iterator[Consumer]:
    with served_github(github) as url:
        yield Consumer(tmp_path, url)


def test_a_plan_is_commented_applied_and_then_empty(consumer: Consumer, github: GitHub) -> None:
    ran = consumer.run([use(command="plan", paths=PSP)], payload=PULL)
    assert ran.status == 0, ran.text
    assert (ran.outputs["changes"], ran.outputs["create"], ran.outputs["failure-reason"]) == ("true", "1", "")
    assert ran.outputs["comment-url"] == github.comments[0]["html_url"]
    assert "**Plan: 1 to create.**" in github.comments[0]["body"]
    assert "**Plan: 1 to create.**" in ran.summary
    apply = use(command="apply", paths=PSP, comment="off")
    again = {**use(command="plan", paths=PSP), "id": "second"}
    ran = consumer.run([apply, again], payload=PULL)
    assert ran.status == 0, ran.text
    assert (ran.outputs["applied"], ran.outputs["exit-code"]) == ("1", "0")
    assert "No changes." in ran.summary
    assert len(github.comments) == 1
    assert "No changes." in github.comments[0]["body"]
    assert "canary-github-token" not in ran.text + str(github.comments)


def test_an_invalid_manifest_is_annotated_and_the_comment_says_so(consumer: Consumer, github: GitHub) -> None:
    (consumer.place / PSP).write_text("apiVersion: trueup/v1\nkind: Connector\nmetadata: {key: x y}\nspec: {}\n")
    (consumer.place / "venv.py").write_text("raise SystemExit('a file of the repository was run')\n")
    ran = consumer.run([use(command="plan", paths=PSP)], payload=PULL)
    assert ran.status != 0
    assert (ran.outputs["failure-reason"], ran.outputs["exit-code"]) == ("invalid", "3")
    places = {
        (told["kvPairs"]["file"], told["kvPairs"]["line"]) for told in ran.told("error") if "file" in told["kvPairs"]
    }
    assert (PSP, "3") in places
    assert "### Problems" in github.comments[0]["body"]


def test_what_no_pull_request_showed_is_not_applied(consumer: Consumer, github: GitHub) -> None:
    plan = {**use(command="plan", paths=TAX), "id": "shown"}
    change = {"run": f"sed -i 's/v1.4.0/v9.9.9/' {TAX}"}
    apply = use(command="apply", paths=TAX, approved="${{ steps.shown.outputs.plan-path }}")
    ran = consumer.run([plan, change, apply], payload=PULL)
    assert ran.status != 0
    assert (ran.outputs["failure-reason"], ran.outputs["applied"]) == ("plan-changed", "0")
    assert "The pull request showed" in github.comments[0]["body"]
    assert any("Not what the pull request showed" in told["arg"] for told in ran.told("error"))


def test_a_stale_saved_plan_is_not_applied(consumer: Consumer) -> None:
    plan = {**use(command="plan", paths=TAX), "id": "shown"}
    change = {"run": f"sed -i 's/v1.4.0/v9.9.9/' {TAX}"}
    apply = use(command="apply", paths=TAX, plan="${{ steps.shown.outputs.plan-path }}", comment="off")
    ran = consumer.run([plan, change, apply], payload=PULL)
    assert ran.status != 0
    assert (ran.outputs["failure-reason"], ran.outputs["exit-code"]) == ("plan-changed", "4")


def test_drift_opens_one_issue_and_closes_it(consumer: Consumer, github: GitHub) -> None:
    drift = use(command="plan", paths=PSP, issue="true")
    apply = {**use(command="apply", paths=PSP), "id": "applying"}
    ran = consumer.run([{**drift, "id": "first"}, apply, drift], event="push")
    assert ran.status == 0, ran.text
    assert [(issue["title"], issue["state"]) for issue in github.issues] == [("Live differs from git", "closed")]
    assert github.comments == []


def example(name: str) -> Any:
    """Return an example workflow; ``on`` is a word for true in the YAML that tests read with."""
    workflow = yaml.safe_load((REPOSITORY / "examples" / "workflows" / f"{name}.yml").read_text())
    return {"on": workflow.pop(True), **workflow}


def test_the_example_of_shards_plans_in_parts_and_comments_once(consumer: Consumer, github: GitHub) -> None:
    ran = consumer.run_workflow(example("shards"), event="pull_request", payload=PULL)
    # The quickstart has one connector that cannot be brought to what is wanted: its shard and the whole fail.
    assert ran.status != 0
    assert len(github.comments) == 1
    assert "**Plan: 2 to create, 4 to update (27 actions), 1 blocked, 2 unchanged.**" in github.comments[0]["body"]


def test_the_example_of_approval_applies_the_plan_that_was_seen(consumer: Consumer) -> None:
    (consumer.place / "connectors" / "erp.yaml").unlink()
    ran = consumer.run_workflow(example("approve"), event="push")
    assert ran.status == 0, ran.text
    assert ran.jobs == {"success": 2}
    # The embedded sandbox of the second job is a new one, in the state that the plan started from.
    assert "Applied 6" in ran.summary


def test_the_example_for_pull_requests_leaves_forks_to_the_offline_check(consumer: Consumer, github: GitHub) -> None:
    (consumer.place / "connectors" / "erp.yaml").unlink()
    head = {**PULL["pull_request"]["head"], "repo": {"full_name": "mallory/connectors"}}
    ran = consumer.run_workflow(
        example("plan"), event="pull_request", payload={"pull_request": {**PULL["pull_request"], "head": head}}
    )
    assert ran.status == 0, ran.text
    assert ran.jobs["success"] == 1
    assert github.requests == []
    ran = consumer.run_workflow(example("plan"), event="pull_request", payload=PULL)
    assert ran.jobs["success"] == 2
    assert "to create" in github.comments[0]["body"]
