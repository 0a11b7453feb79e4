"""Run the example workflows whole, without Docker, against platforms that stay and a GitHub that keeps comments."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from acceptance.commands import served, trueup
from acceptance.runner import ACT, GH, SECRETS, TOKEN, Consumer, Ran, example, pull_request
from acceptance.test_quickstart import SERVED
from unit.github.fake import GitHub

pytestmark = [
    pytest.mark.slow,
    pytest.mark.process,
    pytest.mark.skipif(ACT is None, reason="NOT RUN: act is missing; pip install '.[action]' brings it"),
]

TAX = "connectors/tax.yaml"
HEAD = "a" * 40
SHOWING_RUN = 4711


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


def merged(consumer: Consumer, github: GitHub, before: str) -> Ran:
    """Push what was merged; GitHub knows the pull request and the run that showed its plan."""
    pull = {"merged_at": "2026-01-02T03:04:05Z", "base": {"ref": "main"}, "head": {"sha": HEAD}}
    runs = f"/repos/acme/connectors/actions/workflows/plan.yml/runs?head_sha={HEAD}&event=pull_request&status=success"
    github.known = {
        "/repos/acme/connectors/commits/[0-9a-f]{40}/pulls": [{**pull, "merged_at": None}, pull],
        re.escape(runs): {"total_count": 1, "workflow_runs": [{"id": SHOWING_RUN}]},
    }
    return run(consumer, "apply", "push", {"ref": "refs/heads/main", "before": before})


def test_a_pull_request_from_a_fork_is_previewed_and_told_nothing_else(consumer: Consumer, github: GitHub) -> None:
    consumer.commit()
    consumer.edit(TAX, "tag: v1.4.0", "tag: v1.5.0")
    fork = pull_request(of="mallory/connectors")
    ran = consumer.run_workflow(example("plan"), event="pull_request", payload=fork)
    assert ran.status == 0, ran.text
    assert ran.jobs == {"success": 1}
    told = ran.given("changes", "update", "unchanged", "plan-path", "failure-reason", job="preview")
    assert told == ("true", "1", "8", "", "")
    assert "Preview: 1 to update (1 action), 8 unchanged." in ran.summary()
    assert "Live was not read" in ran.summary()
    assert github.requests == []


@pytest.mark.skipif(GH is None, reason="NOT RUN: gh is missing; pip install '.[action]' brings it")
def test_what_a_pull_request_showed_is_applied_after_the_merge_and_nothing_else(
    consumer: Consumer, github: GitHub, live: str
) -> None:
    before = consumer.commit()
    consumer.edit(TAX, "name: Acme Tax", "name: Acme Taxes")
    ran = run(consumer, "plan", "pull_request", pull_request(sha=HEAD))
    assert ran.status == 0, ran.text
    assert ran.jobs == {"success": 2}
    assert ran.given("update", "comment-url", job="preview") == ("1", "")
    assert ran.given("create", "update", "changes", job="plan") == ("2", "4", "true")
    body = github.comments[0]["body"]
    # Live is not as main wants it either: that is told apart from what the pull request does.
    assert "### Drift: live changed, the manifests did not" in body
    assert "### Your change" in body
    assert "Acme Taxes" in body

    ran = merged(consumer, github, before)
    assert ran.status == 0, ran.text
    assert f"artifact of run [{SHOWING_RUN}]" in ran.text
    assert ran.given("applied", "failed", "exit-code", job="apply") == ("6", "0", "0")
    names = httpx.get(f"{live}/connectors/drafts", headers=bearer(live)).json()["results"]
    assert "Acme Taxes" in {draft["name"] for draft in names}

    consumer.edit(TAX, "name: Acme Taxes", "name: Not shown")
    ran = merged(consumer, github, before)
    assert ran.status != 0
    assert ran.given("applied", "failure-reason", job="apply") == ("0", "plan-changed")
    assert any(text.startswith("Unapproved 1, ") for text in ran.annotations())
    assert "### Not approved (1)" in ran.summary()
    assert "Not shown" in ran.summary()


def bearer(live: str) -> dict[str, str]:
    credentials = (SECRETS["CTP_CLIENT_ID"], SECRETS["CTP_CLIENT_SECRET"])
    token = httpx.post(f"{live}/oauth/token", data={"grant_type": "client_credentials"}, auth=credentials)
    return {"Authorization": f"Bearer {token.json()['access_token']}"}


def test_drift_has_one_issue_that_is_kept_up_to_date_and_closed(consumer: Consumer, github: GitHub, live: str) -> None:
    def somebody_sets(field: str, value: str) -> None:
        told = {"connector": "acme-tax", "set": {field: value}}
        httpx.post(f"{live}/_sandbox/edits", json=told).raise_for_status()

    def true_up() -> None:
        assert trueup("apply", "--yes", cwd=consumer.place, env=SECRETS).status == 0

    true_up()
    somebody_sets("repository.tag", "v6.6.6")
    ran = run(consumer, "drift", "schedule")
    assert ran.status != 0
    assert ran.given("drifted", "unchanged", "exit-code", "failure-reason") == ("1", "7", "2", "changes")
    assert ran.outputs()["issue-url"] == github.issues[0]["html_url"]
    assert "v6.6.6" in github.issues[0]["body"]
    assert "### Changed live (1)" in ran.summary()
    assert ran.annotations() == ["Drift: 1 changed, 7 in sync."]

    somebody_sets("name", "Theirs")
    assert run(consumer, "drift", "schedule").status != 0
    assert "Theirs" in github.issues[0]["body"]

    true_up()
    ran = run(consumer, "drift", "schedule")
    assert ran.status == 0, ran.text
    assert ran.given("changes", "drifted", "exit-code", "failure-reason") == ("false", "0", "0", "")
    assert "No drift." in ran.summary()
    assert [(issue["title"], issue["state"]) for issue in github.issues] == [
        ("Drift: live was changed outside of git", "closed")
    ]
    assert github.comments == []


def test_shards_plan_in_parts_and_comment_once(consumer: Consumer, github: GitHub) -> None:
    ran = run(consumer, "shards", "pull_request", pull_request())
    # The quickstart has one connector that cannot be brought to what is wanted: its shard is a result like any other,
    # and the whole fails.
    assert ran.status != 0
    assert ran.jobs == {"success": 4, "failure": 1}
    assert ran.given("create", "update", "blocked", "unchanged", job="gather") == ("2", "4", "1", "2")
    assert ran.given("failure-reason", "exit-code", job="gather") == ("blocked", "3")
    (blocked,) = ran.annotations(job="gather")
    assert blocked.startswith("connectors/erp.yaml:14: Connector acme-erp: supportedRegions is []")
    documents = [json.loads(file.read_text()) for file in sorted(consumer.artifacts.rglob("document.json"))]
    assert [document["shard"]["index"] for document in documents] == [1, 2, 3, 4]
    assert len(github.comments) == 1
    total = "**Plan: 2 to create, 4 to update (27 actions), 1 blocked, 2 unchanged.**"
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
    assert "A shard failed, so nothing is merged. See the log of its job." in ran.annotations(job="gather")
    assert "merge" not in ran.summary("gather")
    assert github.comments == []


def test_an_approved_plan_is_applied_as_it_was_seen(consumer: Consumer, live: str) -> None:
    ran = run(consumer, "approve", "push")
    assert ran.status == 0, ran.text
    assert ran.jobs == {"success": 2}
    assert ran.given("changes", "create", "update", job="plan") == ("true", "2", "4")
    assert ran.given("applied", "failed", "exit-code", job="apply") == ("6", "0", "0")
    assert ran.outputs(job="apply")["digest"] == ran.outputs(job="plan")["digest"]
