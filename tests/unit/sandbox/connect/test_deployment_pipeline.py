from typing import Any

import pytest

from connect_api import DRAFTS, refusal, taken
from deployments_api import DEPLOYMENTS, LIVE, DeploymentsApi, application, entry, shown
from trueup.sandbox.store import Document

TIMES = {"deployment_queue_seconds": 10, "deployment_seconds": 20, "undeploy_seconds": 30}
ANYWHERE: Document = {"supportedRegions": []}
EVENT = [
    {"applicationName": "events", "applicationType": "event", "standardConfiguration": [], "securedConfiguration": []},
    {"applicationName": "shop", "applicationType": "assets", "standardConfiguration": [], "securedConfiguration": []},
]


def statuses(api: DeploymentsApi, *seconds: float) -> list[tuple[str, int]]:
    """Return status and version after each of these steps of the clock."""
    found = [api.after(step) for step in seconds]
    return [(deployment["status"], deployment["version"]) for deployment in found]


def entries(deployment: Document) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = deployment["details"]["build"]["report"]["entries"]
    return listed


def test_a_run_is_deploying_until_its_time_has_come() -> None:
    api = DeploymentsApi(**TIMES)
    taken(api.deploy(), 201)
    assert statuses(api, 0, 19.9, 0.1) == [("Deploying", 1), ("Deploying", 1), ("Deployed", 2)]


@pytest.mark.parametrize(
    ("first", "seen"),
    [
        ("Queued", [("Queued", 1), ("Deploying", 2), ("Deploying", 2), ("Deployed", 3), ("Deployed", 3)]),
        ("Draft", [("Draft", 1), ("Queued", 2), ("Deploying", 3), ("Deploying", 3), ("Deployed", 4)]),
    ],
)
def test_switch_deployment_first_status(first: str, seen: list[tuple[str, int]]) -> None:
    api = DeploymentsApi(**TIMES, deployment_first_status=first)
    assert taken(api.deploy(), 201)["status"] == first
    assert statuses(api, 9.9, 0.1, 10, 10, 10) == seen
    assert taken(api.redeploy(), 201)["status"] == first


def test_several_steps_that_are_due_are_made_at_once() -> None:
    api = DeploymentsApi(**TIMES, deployment_first_status="Draft", pipeline_step=3)
    taken(api.deploy(), 201)
    assert statuses(api, 1000) == [("Deployed", 10)]
    assert entries(api.after(0))[0]["createdAt"] == "2023-11-14T22:14:00.000Z"


@pytest.mark.parametrize("status", ["Draft", "Queued", "Deploying", "Undeploying"])
def test_only_a_run_that_ended_can_be_followed_by_another(status: str) -> None:
    api = DeploymentsApi()
    api.deployed()
    api.edit({"deployment": "acme-tax-live", "set": {"status": status}})
    answer = api.redeploy()
    if status == "Draft":
        assert answer.status_code == 201
    else:
        assert refusal(answer) == (400, ["DeploymentInvalidStatusTransition"])
        assert answer.json()["message"] == f"Invalid status change: Already {status.lower()}"


@pytest.mark.parametrize("switches", [{"deployment_result": "Failed"}, {"undeploy_result": "UndeployFailed"}])
def test_a_failed_run_or_deletion_can_be_followed_by_another(switches: dict[str, object]) -> None:
    api = DeploymentsApi(**switches)
    api.deployed()
    if "undeploy_result" in switches:
        taken(api.call("DELETE", LIVE), 202)
        assert api.after(60)["status"] == "UndeployFailed"
    api.switch(deployment_result="Deployed", undeploy_result="gone")
    assert api.redeployed()["status"] == "Deployed"


def test_a_deletion_ends_with_404_and_frees_the_key() -> None:
    api = DeploymentsApi(**TIMES)
    before = api.deployed()
    deleted = taken(api.call("DELETE", f"{DEPLOYMENTS}/{before['id']}"), 202)
    assert deleted == {**before, "version": 3, "status": "Undeploying"}
    assert statuses(api, 29.9) == [("Undeploying", 3)]
    api.clock.advance(0.1)
    assert refusal(api.call("GET", LIVE)) == (404, ["ResourceNotFound"])
    assert refusal(api.call("DELETE", LIVE)) == (404, ["ResourceNotFound"])
    assert api.deployed()["id"] != before["id"]


def test_a_failed_deletion_has_a_report_and_can_be_repeated() -> None:
    api = DeploymentsApi()
    api.deployed()
    api.edit({"deployment": "acme-tax-live", "set": {"_sandbox.next": {"undeploy": "UndeployFailed"}}})
    taken(api.call("DELETE", LIVE), 202)
    failed = api.after(60)
    assert (failed["status"], [one["type"] for one in entries(failed)]) == ("UndeployFailed", ["Error"])
    taken(api.call("DELETE", LIVE), 202)
    api.clock.advance(60)
    assert api.call("GET", LIVE).status_code == 404


@pytest.mark.parametrize("result", ["Deployed", "Failed"])
def test_a_run_does_not_reach_into_another_deployment(result: str) -> None:
    api = DeploymentsApi(deployment_results={"acme-tax-live": {"deployment": result}})
    api.deploy(key="other")
    assert api.deployed()["status"] == result
    assert taken(api.call("GET", f"{DEPLOYMENTS}/key=other"))["status"] == "Deployed"


def test_the_edit_of_the_next_run_is_used_up_by_it() -> None:
    api = DeploymentsApi()
    api.deployed()
    api.edit({"deployment": "acme-tax-live", "set": {"_sandbox.next": {"deployment": "Failed"}}})
    assert [api.redeployed()["status"] for _ in range(2)] == ["Failed", "Deployed"]


def test_skipped_scripts_cannot_fail_and_are_not_reported() -> None:
    api = DeploymentsApi()
    api.deployed()
    api.switch(deployment_result="Deployed-with-warning", deployment_script_failure="failed")
    assert entries(api.redeployed({"skipScripts": True})) == []
    failed = api.redeployed()
    assert (failed["status"], [one["type"] for one in entries(failed)]) == ("Failed", ["Warning"])


def test_a_failed_first_run_gives_no_address() -> None:
    deployment = DeploymentsApi(deployment_result="Failed").deployed()
    assert "url" not in application(deployment, "calculator")


def test_addresses_and_topics_are_given_by_type_and_region() -> None:
    for region, topic in (("europe-west1.gcp", "projects/"), ("us-east-2.aws", "arn:aws:sns:us-east-2:")):
        api = DeploymentsApi({**ANYWHERE, "configurations": EVENT})
        deployment = api.deployed(region=region, type="production", configurations=[entry("events"), entry("shop")])
        events, shop = (application(deployment, name) for name in ("events", "shop"))
        assert events["topic"].startswith(topic)
        assert shop["url"] == f"https://shop-{deployment['id'][:8]}.{region}.commercetools.app/shop"
        assert ("url" in events, "topic" in shop) == (False, False)


@pytest.mark.parametrize(
    ("switches", "same_topic", "same_url"),
    [({}, False, True), ({"deployment_topic": "same"}, True, True), ({"deployment_url": "new"}, False, False)],
)
def test_switches_deployment_topic_and_deployment_url(
    switches: dict[str, object], *, same_topic: bool, same_url: bool
) -> None:
    api = DeploymentsApi({"configurations": EVENT}, **switches)
    first = api.deployed(configurations=[entry("events"), entry("shop")])
    second = api.redeployed()
    topics, urls = (
        [application(deployment, name)[member] for deployment in (first, second)]
        for name, member in (("events", "topic"), ("shop", "url"))
    )
    assert (topics[0] == topics[1], urls[0] == urls[1]) == (same_topic, same_url)


@pytest.mark.parametrize(
    ("value", "first", "then"), [("empty-while-running", {}, {}), ("null", None, None), ("previous", {}, {"build"})]
)
def test_switch_deployment_details(value: str, first: object, then: Any) -> None:
    api = DeploymentsApi(deployment_details=value)
    assert taken(api.deploy(), 201)["details"] == first
    ended = api.after(60)["details"]
    running = taken(api.redeploy(), 201)["details"]
    assert running == (ended if then == {"build"} else then)


@pytest.mark.parametrize(("value", "number"), [("new", 2), ("same", 1)])
def test_switch_deployment_build_id(value: str, number: int) -> None:
    api = DeploymentsApi(deployment_build_id=value)
    ids = {api.deployed()["details"]["build"]["id"], api.redeployed()["details"]["build"]["id"]}
    assert len(ids) == number


@pytest.mark.parametrize(
    ("copy", "failed", "running", "ended"),
    [
        ("at-once", "new", "x", "x"),
        ("at-once", "old", "x", "eu"),
        ("when-deployed", "new", "eu", "x"),
        ("when-deployed", "old", "eu", "eu"),
    ],
)
def test_switches_deployment_copy_changes_and_deployment_failed_values(
    copy: str, failed: str, running: str, ended: str
) -> None:
    api = DeploymentsApi(deployment_copy_changes=copy, deployment_failed_values=failed)
    api.deployed()
    api.publish("v2")
    payload = {"updateConnector": True, "configurationValues": [entry("calculator", {"RATE_TABLE": "x"})]}
    tags = {"eu": "v1.4.0", "x": "v2"}
    api.switch(deployment_result="Failed")
    for found, wanted in ((taken(api.redeploy(payload), 201), running), (api.after(60), ended)):
        assert (shown(found, "calculator")["RATE_TABLE"], found["connector"]["repository"]["tag"]) == (
            wanted,
            tags[wanted],
        )
    api.switch(deployment_result="Deployed")
    after = api.redeployed(payload)
    assert (shown(after, "calculator")["RATE_TABLE"], after["connector"]["repository"]["tag"]) == ("x", "v2")


@pytest.mark.parametrize("busy", ["Queued", "Deploying", "Undeploying"])
@pytest.mark.parametrize(("value", "status"), [("refuse", 400), ("accept", 202)])
def test_switch_deployment_delete_while_busy(value: str, status: int, busy: str) -> None:
    api = DeploymentsApi(deployment_delete_while_busy=value)
    api.deployed()
    api.edit({"deployment": "acme-tax-live", "set": {"status": busy}})
    answer = api.call("DELETE", LIVE)
    assert answer.status_code == status
    if status == 400:
        assert refusal(answer)[1] == ["DeploymentInvalidStatusTransition"]
    else:
        assert answer.json()["status"] == "Undeploying"


def test_a_deletion_during_a_run_ends_it() -> None:
    api = DeploymentsApi(**TIMES, deployment_delete_while_busy="accept")
    taken(api.deploy(), 201)
    taken(api.call("DELETE", LIVE), 202)
    assert statuses(api, 29.9) == [("Undeploying", 2)]
    api.clock.advance(0.1)
    assert api.call("GET", LIVE).status_code == 404


@pytest.mark.parametrize("status", [200, 202, 204])
def test_switch_deployment_delete_status(status: int) -> None:
    api = DeploymentsApi(deployment_delete_status=status)
    api.deployed()
    answer = api.call("DELETE", LIVE)
    assert (answer.status_code, bool(answer.content)) == (status, status != 204)
    assert api.after(0)["status"] == "Undeploying"


def test_switch_deployment_blocks_connector_delete() -> None:
    api = DeploymentsApi()
    api.deployed()
    path = f"{DRAFTS}/key=acme-tax"
    assert refusal(api.call("DELETE", path)) == (400, ["ConnectorHasDeployments"])
    api.switch(deployment_blocks_connector_delete=False)
    assert api.call("DELETE", path).status_code == 200
    assert api.redeployed()["status"] == "Deployed"


def test_a_draft_can_be_deleted_once_its_deployments_are_gone() -> None:
    api = DeploymentsApi()
    api.deployed()
    taken(api.call("DELETE", LIVE), 202)
    assert refusal(api.call("DELETE", f"{DRAFTS}/key=acme-tax"))[0] == 400
    api.clock.advance(60)
    assert api.call("DELETE", f"{DRAFTS}/key=acme-tax").status_code == 200
