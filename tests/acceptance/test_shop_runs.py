"""Tombstones, budgets, saved plans, selections, shards, lost answers and kills with a connector and its deployments."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from acceptance.shop import TOMBSTONE, Shop, connector, deployment, findings, live, opened, statuses, verdicts
from acceptance.test_quickstart import CREDENTIALS
from acceptance.test_saved_plan import control

pytestmark = [pytest.mark.process, pytest.mark.slow]

ALL = ("acme-tax", "first", "second")


def test_everything_is_deleted_in_one_run_and_the_connector_last(shop: Shop) -> None:
    control(shop.url, "settings", {"undeploy_seconds": 1})
    shop.write(connector=connector(lifecycle=TOMBSTONE))
    shop.write(first=deployment("first", TOMBSTONE), second=deployment("second", TOMBSTONE))
    assert (
        "--allow-delete 3 allows it" in shop.run("apply", "--yes", "--allow-delete", "2", status=6)["error"]["message"]
    )
    assert shop.sent() == []
    document = shop.run("apply", "--yes", "--allow-delete", "3")
    assert statuses(document) == dict.fromkeys(ALL, "applied")
    message = "It starts when Deployment first and Deployment second are gone."
    assert ("waits-for", message) in findings(document, "acme-tax")
    assert [path for _, path in shop.sent()][-1].startswith("/connectors/drafts/")
    assert (shop.state(), shop.state("connector")) == ({}, {})
    assert set(verdicts(shop.run("plan")).values()) == {"unchanged"}
    assert shop.run("status", form="text").count("deleted, as wanted") == len(ALL)


def test_a_deployment_that_cannot_be_removed_keeps_its_connector(shop: Shop) -> None:
    shop.edit(deployment="second", set={"_sandbox.next": {"undeploy": "UndeployFailed"}})
    shop.write(connector=connector(lifecycle=TOMBSTONE))
    shop.write(first=deployment("first", TOMBSTONE), second=deployment("second", TOMBSTONE))
    document = shop.run("apply", "--yes", "--allow-delete", "3", status=5)
    assert statuses(document) == {"acme-tax": "skipped", "first": "applied", "second": "failed"}
    (skipped,) = (one for one in document["outcomes"] if one["status"] == "skipped")
    assert skipped["message"] == "Not started: Deployment second, which depends on it, ended as failed."
    again = shop.run("apply", "--yes", "--allow-delete", "2")
    assert statuses(again) == {"acme-tax": "applied", "first": "unchanged", "second": "applied"}


def test_a_connector_is_not_deleted_while_a_deployment_stays_whether_selected_or_not(shop: Shop) -> None:
    shop.write(connector=connector(lifecycle=TOMBSTONE, labels="part: one"))
    for selection in ((), ("--select", "part=one"), ("--shard", "1/1")):
        document = shop.run("apply", "--yes", "--allow-delete", "1", *selection, status=3)
        assert verdicts(document)["acme-tax"] == "blocked"
        assert [code for code, _ in findings(document, "acme-tax")] == ["deletes", "still-in-use"]
    message = "Deployment first and Deployment second depend on it and are not part of this run. Select them too."
    shop.run("plan", "--select", "part=one", "--out", "plan.json", status=3)
    document = shop.run("apply", "--plan", "plan.json", "--yes", "--allow-delete", "1", status=3)
    assert ("still-in-use", message) in findings(document, "acme-tax")
    assert shop.sent() == []


def test_the_platform_keeps_a_connector_of_a_deployment_that_has_no_manifest(tmp_path: Path) -> None:
    with opened(tmp_path, *live(None)) as shop:
        shop.write(connector=connector(lifecycle=TOMBSTONE))
        document = shop.run("apply", "--yes", "--allow-delete", "1", status=1)
        assert "has deployments" in document["outcomes"][0]["message"]
        assert list(shop.state("connector")) == ["acme-tax"]


def test_protected_deployments_and_limits_stop_a_run_before_anything_is_sent(shop: Shop) -> None:
    shop.write(first=deployment("first", f"{TOMBSTONE}, protect: true"), connector=connector("v1.5.0"))
    document = shop.run("plan", status=3)
    assert verdicts(document)["first"] == "blocked"
    assert "protected" in [code for code, _ in findings(document, "first")]
    shop.write(first=deployment("first"))
    limited = shop.run("apply", "--yes", "--max-changes", "2", status=6)
    assert "The plan changes 3 resources" in limited["error"]["message"]
    shop.write(first=deployment("first", TOMBSTONE), second=deployment("second", TOMBSTONE))
    limited = shop.run("apply", "--yes", "--allow-delete", "2", "--max-destructive", "1", status=6)
    assert "--max-destructive 2 would allow it" in limited["error"]["message"]
    assert shop.sent() == []


def test_a_saved_plan_needs_no_secured_value_and_its_apply_does(shop: Shop) -> None:
    shop.write(third=deployment("third"), connector=connector("v1.5.0"))
    secrets, shop.secrets = shop.secrets, {}
    digest = shop.run("plan", "--out", "plan.json")["plan"]["digest"]
    missing = shop.run("apply", "--plan", "plan.json", "--yes", status=3)
    assert [one["code"] for one in missing["diagnostics"]] == ["missing-secret"]
    assert shop.sent() == []
    shop.secrets = secrets
    done = shop.run("apply", "--plan", "plan.json", "--yes", "--digest", digest)
    assert statuses(done) == dict.fromkeys((*ALL, "third"), "applied")
    assert {one["connector"]["repository"]["tag"] for one in shop.state().values()} == {"v1.5.0"}
    shop.no_value_is_kept()


def test_a_saved_plan_is_stale_for_a_deployment_that_was_changed(shop: Shop) -> None:
    shop.write(first=deployment("first", rates="us"), second=deployment("second", rates="us"))
    shop.run("plan", "--out", "plan.json")
    values = {"applications.calculator.standardConfiguration.RATE_TABLE": "jp"}
    shop.edit(deployment="first", set=values)
    done = shop.run("apply", "--plan", "plan.json", "--yes", status=4)
    assert statuses(done) == {"acme-tax": "unchanged", "first": "stale", "second": "applied"}


def test_nothing_is_deployed_when_another_person_publishes_in_the_meantime(shop: Shop) -> None:
    shop.write(connector=connector("v1.5.0"))
    shop.run("plan", "--out", "plan.json")
    shop.publishes("v1.6.0")
    shop.sent()
    done = shop.run("apply", "--plan", "plan.json", "--yes", status=4)
    assert statuses(done) == {"acme-tax": "stale", "first": "skipped", "second": "skipped"}
    assert shop.sent() == []


@pytest.mark.parametrize("way", ["--plan", "--approved"])
def test_code_that_another_person_publishes_after_the_plan_is_not_deployed(shop: Shop, way: str) -> None:
    (shop.place / "connector.yaml").unlink()
    shop.publishes("v1.5.0")
    shop.run("plan", "--out", "plan.json")
    shop.publishes("v1.6.0")
    shop.sent()
    done = shop.run("apply", way, "plan.json", "--yes", status=4)
    assert statuses(done) == {"first": "stale", "second": "stale"}
    (report,) = done["outcomes"][0]["fields"]
    assert report["path"] == "lifecycle.follow"
    assert (report["planned"], report["now"]) == ({"known": "v1.5.0 (version 11)"}, {"known": "v1.6.0 (version 16)"})
    assert shop.sent() == []


def test_only_a_changed_connector_brings_what_follows_it(shop: Shop) -> None:
    shop.write(second=deployment("second", "follow: false"))
    shop.commit()
    shop.write(connector=connector("v1.5.0"))
    done = shop.run("apply", "--changed-since", "HEAD", "--yes")
    assert statuses(done) == {"acme-tax": "applied", "first": "applied"}
    assert set(verdicts(shop.run("plan")).values()) == {"unchanged"}
    shop.write(first=deployment("first", rates="us"))
    shop.commit()
    shop.write(first=deployment("first", rates="jp"))
    assert verdicts(shop.run("plan", "--changed-since", "HEAD")) == {"first": "update"}
    shop.write(connector=connector(lifecycle=TOMBSTONE))
    document = shop.run("plan", "--changed-since", "HEAD", status=3)
    assert verdicts(document) == {"acme-tax": "blocked", "first": "update", "second": "unchanged"}


def test_a_selection_says_what_it_leaves_behind(shop: Shop) -> None:
    shop.write(connector=connector("v1.5.0", labels="part: one"), second=deployment("second", "follow: false"))
    message = "Deployment first follows it and is not part of this run: it stays on the present code."
    shop.run("plan", "--select", "part=one", "--out", "plan.json")
    document = shop.run("apply", "--plan", "plan.json", "--yes")
    assert findings(document, "acme-tax") == [("left-out", message)]
    assert shop.state()["first"]["connector"]["repository"]["tag"] == "v1.4.0"
    assert verdicts(shop.run("plan")) == {"acme-tax": "unchanged", "first": "update", "second": "unchanged"}


def test_a_deployment_is_in_the_shard_of_its_connector(shop: Shop) -> None:
    shop.write(connector=connector("v1.5.0"))
    whole = verdicts(shop.run("plan"))
    parts = []
    for index in (1, 2, 3, 4, 5):
        document = shop.run("apply", "--yes", "--shard", f"{index}/5")
        (shop.place / f"shard-{index}.json").write_text(json.dumps(document))
        parts.append(verdicts(document))
    assert [part for part in parts if part] == [whole]
    joined = shop.run("merge", *(f"shard-{index}.json" for index in (1, 2, 3, 4, 5)))
    assert statuses(joined) == dict.fromkeys(ALL, "applied")


LOST = {"effect": "drop", "once": True}


@pytest.mark.parametrize("performed", [True, False])
@pytest.mark.parametrize("what", ["create", "redeploy", "delete"])
def test_a_lost_answer_is_found_out_and_nothing_is_done_twice(shop: Shop, what: str, *, performed: bool) -> None:
    method, path, wanted = {
        "create": ("POST", "/deployments$", {"third": deployment("third")}),
        "redeploy": ("POST", "/deployments/", {"first": deployment("first", rates="us")}),
        "delete": ("DELETE", "/deployments/", {"second": deployment("second", TOMBSTONE)}),
    }[what]
    shop.write(**wanted)
    shop.breaks({**LOST, "performed": performed, "method": method, "path": path})
    (name,) = wanted
    done = shop.run("apply", "--yes", "--allow-delete", "1")
    assert statuses(done)[name] == "applied"
    assert len(shop.sent()) == (1 if performed else 2)
    assert set(verdicts(shop.run("plan")).values()) == {"unchanged"}


def killed(shop: Shop, when: str) -> int:
    """Apply in a process that kills itself at a request; return its status, negative for a signal."""
    script = Path(__file__).with_name("killed_apply.py")
    environment: Mapping[str, str] = {**os.environ, **CREDENTIALS, **shop.secrets}
    command = [sys.executable, str(script), when, "apply", "--yes", "--allow-delete", "9"]
    return subprocess.run(command, cwd=shop.place, env=environment, capture_output=True, check=False).returncode


@pytest.mark.parametrize("number", [7, 12, 13, 14, 15, 16])
def test_a_run_that_is_killed_during_a_rollout_is_finished_by_the_next(shop: Shop, number: int) -> None:
    control(shop.url, "settings", {"deployment_seconds": 1})
    shop.write(connector=connector("v1.5.0", "publish: private"), second=deployment("second", "follow: false"))
    status = killed(shop, f"after:{number}")
    assert status in {-signal.SIGKILL, 0}
    control(shop.url, "clock", {"advance": 60})
    done = shop.run("apply", "--yes")
    assert set(statuses(done).values()) <= {"applied", "unchanged"}
    assert shop.sent().count(("POST", "first")) == 1
    assert shop.state()["first"]["connector"]["repository"]["tag"] == "v1.5.0"
    assert set(verdicts(shop.run("plan")).values()) == {"unchanged"}


def test_a_run_is_shown_again_with_both_kinds(shop: Shop) -> None:
    shop.write(connector=connector("v1.5.0"), third=deployment("third"))
    shop.run("apply", "--yes")
    (run,) = shop.run("runs")["runs"]
    for shown in (shop.run("runs", "show", run["id"], form="text"), shop.run("show", run["id"], form="text")):
        for text in (
            "Connector acme-tax  applied",
            "Deployment first  applied",
            "It runs v1.5.0",
            "fromEnv SHOP_TOKEN",
        ):
            assert text in shown
    shop.no_value_is_kept()


@pytest.mark.parametrize(
    "code", ["still-in-use", "waits-for", "left-out", "newer-release", "missing-secret", "secured-not-compared"]
)
def test_every_code_of_these_reports_is_explained(shop: Shop, code: str) -> None:
    assert shop.done("explain", code).out.startswith(code)
