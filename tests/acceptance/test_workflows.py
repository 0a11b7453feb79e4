"""Run the example workflows whole, without Docker, against platforms that stay and a GitHub that keeps comments."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from acceptance.commands import served
from acceptance.runner import SECRETS, TOKEN, WITH_ACT, Consumer, Ran, example, pull_request
from acceptance.test_quickstart import SERVED
from unit.github.fake import GitHub

pytestmark = WITH_ACT

TAX = "connectors/tax.yaml"


@pytest.fixture
def live(consumer: Consumer) -> Iterator[str]:
    """Serve the platforms; what cannot be reached there stands in no manifest, so that every job can be green."""
    (consumer.place / "connectors" / "erp.yaml").unlink()
    with served("--seed", "live.yaml", cwd=consumer.place) as url:
        (consumer.place / "trueup.yaml").write_text(SERVED.format(url=url))
        yield url


def run(consumer: Consumer, name: str, event: str, payload: Any = None) -> Ran:
    ran = consumer.run_workflow(example(name), event=event, payload=payload, secrets=SECRETS)
    kept = [file for file in consumer.artifacts.rglob("*") if file.is_file()]
    for canary in (TOKEN, *SECRETS.values()):
        assert canary not in ran.text
        assert [file for file in kept if canary in file.read_text()] == []
    return ran


def test_shards_plan_in_parts_and_comment_once(consumer: Consumer, github: GitHub) -> None:
    ran = run(consumer, "shards", "pull_request", pull_request())
    # The quickstart has one connector that cannot be brought to what is wanted: its shard is a result like any other,
    # and the whole fails.
    assert ran.status != 0
    assert ran.jobs == {"success": 4, "failure": 1}
    assert ran.given("create", "update", "blocked", "unchanged", job="gather") == ("3", "5", "1", "2")
    assert ran.given("failure-reason", "exit-code", job="gather") == ("blocked", "3")
    (blocked,) = ran.annotations(job="gather")
    assert blocked.startswith("connectors/erp.yaml:14: Connector acme-erp: supportedRegions is []")
    documents = [json.loads(file.read_text()) for file in sorted(consumer.artifacts.rglob("document.json"))]
    assert [document["shard"]["index"] for document in documents] == [1, 2, 3, 4]
    assert len(github.comments) == 1
    total = "**Plan: 3 to create, 5 to update (29 actions), 1 blocked, 2 unchanged.**"
    assert total in github.comments[0]["body"]
    assert total in ran.summary("gather")


@pytest.mark.parametrize("why", ["invalid", "credentials"])
def test_nothing_is_joined_when_a_shard_failed(consumer: Consumer, github: GitHub, why: str) -> None:
    if why == "invalid":
        (consumer.place / TAX).write_text("spec: 1\n")
    else:
        (consumer.place / "trueup.yaml").write_text(SERVED.format(url="http://127.0.0.1:9"))
    ran = consumer.run_workflow(example("shards"), event="pull_request", payload=pull_request())
    assert ran.jobs == {"failure": 5}
    (failed,) = ran.failed_steps("gather")
    assert "::A shard failed, so nothing is merged. See the log of its job.'" in failed
    assert "merge" not in ran.summary("gather")
    assert github.comments == []


def test_an_approved_plan_is_applied_as_it_was_seen(consumer: Consumer, live: str) -> None:
    ran = run(consumer, "approve", "push")
    assert ran.status == 0, ran.text
    assert ran.jobs == {"success": 2}
    assert ran.given("changes", "create", "update", job="plan") == ("true", "2", "4")
    assert ran.given("applied", "failed", "exit-code", job="apply") == ("6", "0", "0")
    assert ran.outputs(job="apply")["digest"] == ran.outputs(job="plan")["digest"]
