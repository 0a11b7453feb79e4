"""A rollout is awaited to its end and verified by what the platform shows then, tried on the sandbox through apply."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import httpx
import pytest
from jsonschema import Draft202012Validator

from counting import calls
from deployments_api import CONTRACT, LIVE, application, entry, shown
from deployments_rig import DeploymentsRig, deployment, with_values
from trueup.apply.context import ApplyOptions
from trueup.cli.exit_codes import Exit, status_of_outcomes
from trueup.kinds.deployment.kind import DEPLOYMENT
from trueup.kinds.deployment.processes import LIFECYCLE
from trueup.model.action import Rollout
from trueup.model.plan import Verdict
from trueup.model.run import Outcome, Status
from trueup.plan.codec import plan_to_json
from unit.docs.pages import ROOT
from unit.kinds.test_deployment import DEPLOYED, NEWER, observed

STANDARD, SECURED = "standardConfiguration", "securedConfiguration"
RATE: Final = f"applications.calculator.{STANDARD}.RATE_TABLE"
LEVEL: Final = f"applications.calculator.{STANDARD}.LOG_LEVEL"
CHANGED: Final = deployment(with_values((RATE, "us")))
SCHEMA: Final = json.loads((ROOT / "schemas" / "plan.schema.json").read_text())
GONE: Final = deployment(state="absent", reason="Replaced.")
NEVER: Final = 1e9
EVENT: Final = {"applicationName": "orders", "applicationType": "event", STANDARD: [], SECURED: []}
WITH_EVENT: Final = {**CONTRACT, "configurations": [*CONTRACT["configurations"], EVENT]}


def ready(**switches: object) -> DeploymentsRig:
    """Return the sandbox with the deployment of SPEC, which changes its behavior after that."""
    rig = DeploymentsRig()
    rig.deployed()
    rig.switch(**switches)
    return rig


def codes(rig: DeploymentsRig) -> list[str]:
    return [found.finding.code for found in rig.planned(deployment(), base=[deployment()]).findings]


@pytest.mark.parametrize("first", ["Draft", "Queued", "Deploying"])
@pytest.mark.parametrize("odd", [False, True], ids=["", "with an undocumented status"])
def test_every_status_on_the_way_is_awaited(first: str, odd: bool) -> None:  # noqa: FBT001 - a column of the table
    rig = ready(deployment_first_status=first, deployment_queue_seconds=20, deployment_seconds=300, odd_enum=odd)
    assert rig.applied(CHANGED).status is Status.APPLIED
    assert rig.after(0)["status"] == "Deployed"


def test_an_undocumented_status_is_named_at_the_deadline() -> None:
    rig = ready(deployment_seconds=NEVER, odd_enum=True)
    outcome = rig.applied(CHANGED)
    assert outcome.status is Status.UNKNOWN
    assert outcome.message == (
        "It has been in an undocumented state for 1800 s: status Provisioning, v1.4.0 (version 7). Check it on the "
        "platform."
    )


def test_a_rollout_that_takes_longer_is_deferred_at_the_deadline() -> None:
    rig = ready(deployment_seconds=NEVER)
    outcome = rig.applied(CHANGED)
    assert (outcome.status, outcome.message[:25]) == (Status.DEFERRED, "It is still status Deploy")
    assert rig.planned(CHANGED).verdict is Verdict.DEFERRED


def test_the_wait_can_be_shorter_or_left_out() -> None:
    for options in (ApplyOptions(wait_seconds=10), ApplyOptions(wait=False)):
        rig = ready(deployment_seconds=20)
        (outcome,) = rig.apply(rig.plan(CHANGED), options)
        assert outcome.status is Status.DEFERRED


def test_a_deployment_that_is_deleted_meanwhile_is_not_taken_for_deployed() -> None:
    rig = ready(deployment_seconds=60)
    later = rig.clock.now() + 10

    def act(_: httpx.Request) -> None:
        if rig.clock.now() > later:
            rig.before_each.clear()
            rig.edit_now({"deployment": "acme-tax-live", "delete": True})

    rig.before_each.append(act)
    outcome = rig.applied(CHANGED)
    assert (outcome.status, outcome.message) == (
        Status.UNKNOWN,
        "It was deleted while the platform processed it. Plan again.",
    )


def failing(rig: DeploymentsRig, path: str, since: float, seconds: float) -> Callable[[httpx.Request], None]:
    """Return what breaks the connection for readings of a path, from ``since`` seconds from now on."""
    start = rig.clock.now() + since

    def act(request: httpx.Request) -> None:
        if request.method == "GET" and path in request.url.path and start < rig.clock.now() < start + seconds:
            raise httpx.ReadTimeout("", request=request)

    return act


@pytest.mark.parametrize("path", ["/deployments/", "/connectors/"])
def test_readings_that_fail_end_no_wait(path: str) -> None:
    rig = ready(deployment_seconds=600)
    rig.before_each.append(failing(rig, path, 5, 300))
    assert rig.applied(CHANGED).status is Status.APPLIED


def test_readings_that_fail_to_the_end_leave_the_result_unknown() -> None:
    rig = ready(deployment_seconds=600)
    rig.before_each.append(failing(rig, "/deployments/", 5, NEVER))
    outcome = rig.applied(CHANGED)
    assert (outcome.status, outcome.message) == (
        Status.UNKNOWN,
        "It was sent, and its result could not be read.",
    )


def test_a_failed_run_is_a_failure_with_its_report_and_a_difference_afterwards() -> None:
    rig = ready(deployment_result="Failed")
    outcome = rig.applied(CHANGED)
    assert outcome.status is Status.FAILED
    assert outcome.details == ("Error Health check for application nightly failed (nightly)",)
    assert "Older code may be serving" in outcome.message
    # The values are as wanted, and yet one redeployment is planned.
    planned = rig.planned(CHANGED, base=[CHANGED])
    assert [step.action for step in planned.actions] == [Rollout()]
    assert [found.finding.code for found in planned.findings] == ["last-rollout-failed"]
    assert "Health check for application nightly failed" in planned.findings[0].finding.message
    rig.switch(deployment_result="Deployed")
    rig.writes()
    assert rig.applied(CHANGED, base=[CHANGED]).status is Status.APPLIED
    ((_, body),) = rig.writes()
    assert body["actions"] == [{"action": "redeploy"}]
    assert rig.planned(CHANGED, base=[CHANGED]).verdict is Verdict.UNCHANGED


def test_values_that_a_failed_run_lost_are_sent_again() -> None:
    rig = ready(deployment_result="Failed", deployment_failed_values="old")
    rig.applied(CHANGED)
    rig.switch(deployment_result="Deployed")
    assert rig.applied(CHANGED).status is Status.APPLIED
    assert shown(rig.after(0), "calculator")["RATE_TABLE"] == "us"


@pytest.mark.parametrize("status", ["Draft", "Failed", "UndeployFailed"])
def test_a_run_that_did_not_succeed_is_a_difference_whatever_the_values_are(status: str) -> None:
    rig = ready()
    rig.edit({"deployment": "acme-tax-live", "set": {"status": status}})
    assert codes(rig) == ["last-rollout-failed"]
    assert rig.applied(deployment(), base=[deployment()]).status is Status.APPLIED
    assert codes(rig) == []


def warned(rig: DeploymentsRig) -> Outcome:
    rig.switch(deployment_result="Deployed-with-warning")
    return rig.applied(CHANGED)


def test_a_warning_makes_it_partly_done() -> None:
    rig = ready()
    outcome = warned(rig)
    assert (outcome.status, outcome.left, status_of_outcomes([outcome])) == (Status.FAILED, (), Exit.PARTLY)
    assert outcome.message == (
        "It is deployed with problems. It reports: Warning Failed during the execution of 'postDeploy' script: "
        "exit status 1 (calculator)."
    )
    assert rig.planned(CHANGED, base=[CHANGED]).verdict is Verdict.UNCHANGED


def test_a_warning_of_a_creation_makes_it_partly_done() -> None:
    rig = DeploymentsRig(deployment_result="Deployed-with-warning")
    outcome = rig.applied(deployment())
    assert (outcome.status, status_of_outcomes([outcome])) == (Status.FAILED, Exit.PARTLY)


def test_an_error_in_the_report_of_a_deployed_one_is_a_problem() -> None:
    entries = [{"type": "Error", "title": "Lost", "application": "nightly"}, {"type": "Information", "title": "Fine"}]
    live = observed(details={"build": {"id": "1", "report": {"entries": entries}}})
    assert live.lifecycle is not None
    (found,) = LIFECYCLE.rejected([Rollout()], live.lifecycle)
    assert found.message == "It is deployed with problems. It reports: Error Lost (nightly)."


def test_success_with_the_old_code_is_not_believed() -> None:
    rig = ready(deployment_update_moves=False)
    rig.publish("v1.5.0")
    outcome = rig.applied(deployment(follow=True))
    assert (outcome.status, outcome.left) == (Status.FAILED, (Rollout(follow=True, to="v1.5.0"),))
    assert "status Deployed, v1.4.0 (version 7)" in outcome.message


def test_a_release_that_is_published_after_the_last_reading_counts_as_new() -> None:
    # No request can name the code that it takes over.
    before, after = observed().lifecycle, DEPLOYMENT.observe({**DEPLOYED, "connector": NEWER, "version": 4}).lifecycle
    assert before is not None
    assert after is not None
    before, after = (
        replace(before, offered_release="v1.4.9 (version 8)"),
        replace(after, offered_release=after.running_release),
    )
    rollout = Rollout(follow=True, to="v1.4.9")
    assert LIFECYCLE.progress(rollout, before=before, now=after, accepted=True) == "succeeded"


def test_code_that_moves_without_being_asked_for_is_a_failure() -> None:
    before, after = observed().lifecycle, observed(version=4).lifecycle
    moved = DEPLOYMENT.observe({**DEPLOYED, "connector": NEWER, "version": 4}).lifecycle
    assert before is not None
    assert LIFECYCLE.progress(Rollout(), before=before, now=after, accepted=True) == "succeeded"
    assert LIFECYCLE.progress(Rollout(), before=before, now=moved, accepted=True) == "rejected"


@pytest.mark.parametrize(("merge", "lost"), [("key", False), ("application", True), ("all", True)])
@pytest.mark.parametrize("managed", [False, True], ids=["not managed", "managed"])
def test_values_that_are_not_sent_must_stay(merge: str, lost: bool, managed: bool) -> None:  # noqa: FBT001 - columns of the table
    rig = DeploymentsRig()
    rig.applied(deployment(with_values((LEVEL, "debug"))))
    rig.switch(deployment_merge=merge, deployment_missing_required="accept")
    spec = with_values((RATE, "us"), *([(LEVEL, "debug")] if managed else []))
    outcome = rig.applied(deployment(spec))
    if not lost:
        assert (outcome.status, outcome.fields) == (Status.APPLIED, ())
        return
    assert outcome.status is Status.FAILED
    assert {report.path for report in outcome.fields} == {LEVEL, f"applications.calculator.{SECURED}.API_TOKEN"}
    assert "did not keep these values" in outcome.message


@pytest.mark.parametrize("managed", [False, True], ids=["not managed", "managed"])
def test_with_newer_code_only_managed_values_must_stay(managed: bool) -> None:  # noqa: FBT001 - a column of the table
    rig = DeploymentsRig()
    rig.applied(deployment(with_values((LEVEL, "debug"))))
    rig.publish("v1.5.0")
    rig.edit({"deployment": "acme-tax-live", "set": {f"applications.calculator.{SECURED}.API_TOKEN": None}})
    rig.switch(deployment_merge="application", deployment_missing_required="accept")
    spec = with_values((RATE, "us"), *([(LEVEL, "debug")] if managed else []))
    outcome = rig.applied(deployment(spec, follow=True))
    lost = [LEVEL] if managed else []
    assert (outcome.status, [report.path for report in outcome.fields]) == (
        Status.FAILED if managed else Status.APPLIED,
        lost,
    )


def test_secured_values_that_were_sent_must_be_listed() -> None:
    rig = DeploymentsRig(deployment_mask="omit-key")
    outcome = rig.applied(deployment())
    assert (outcome.status, [report.path for report in outcome.fields]) == (
        Status.FAILED,
        [f"applications.calculator.{SECURED}.API_TOKEN"],
    )


def test_a_secured_value_that_was_sent_and_is_not_listed_is_reported_once() -> None:
    rig = ready(deployment_mask="omit-key")
    rotated = with_values((f"applications.calculator.{SECURED}.API_TOKEN", {"fromEnv": "NEW_TOKEN", "revision": "2"}))
    outcome = rig.applied(deployment(rotated), base=[deployment()])
    assert (outcome.status, [report.path for report in outcome.fields]) == (
        Status.FAILED,
        [f"applications.calculator.{SECURED}.API_TOKEN"],
    )


@pytest.mark.parametrize("left_out", ["keep", "default"])
def test_a_managed_schedule_stays_when_another_value_of_its_job_changes(left_out: str) -> None:
    job = {**CONTRACT["configurations"][1], STANDARD: [{"key": "LIMIT", "required": False}]}
    rig = DeploymentsRig({**CONTRACT, "configurations": [CONTRACT["configurations"][0], job]})
    rig.switch(deployment_schedule_left_out=left_out)
    scheduled = with_values(("applications.nightly.schedule", "0 3 * * *"))
    rig.applied(deployment(scheduled))
    rig.writes()
    limited = deployment(with_values((f"applications.nightly.{STANDARD}.LIMIT", "5"), spec=scheduled))
    assert rig.applied(limited).status is Status.APPLIED
    ((_, body),) = rig.writes()
    assert body["actions"][0]["configurationValues"] == [{**entry("nightly", {"LIMIT": "5"}), "schedule": "0 3 * * *"}]
    assert application(rig.after(0), "nightly")["schedule"] == "0 3 * * *"
    assert rig.planned(limited).verdict is Verdict.UNCHANGED


def test_urls_and_topics_that_change_are_reported() -> None:
    rig = DeploymentsRig(WITH_EVENT, deployment_url="new")
    created = rig.applied(deployment())
    first = rig.after(0)
    url, topic = application(first, "calculator")["url"], application(first, "orders")["topic"]
    assert created.details == (f"calculator url: {url}", f"orders topic: {topic}")
    outcome = rig.applied(CHANGED)
    after = rig.after(0)
    assert outcome.details == (
        f"calculator url: {application(after, 'calculator')['url']} (was {url})",
        f"orders topic: {application(after, 'orders')['topic']} (was {topic})",
    )
    rig.switch(deployment_url="same", deployment_topic="same")
    assert rig.applied(deployment()).details == ()


def test_a_rollback_by_another_client_is_a_difference() -> None:
    rig = DeploymentsRig(deployment_revisions="on")
    rig.applied(deployment())
    rig.edit({"deployment": "acme-tax-live", "rollback": 1})
    rig.clock.advance(60)
    plan = rig.plan(deployment(), base=[deployment()])
    assert [*Draft202012Validator(SCHEMA).iter_errors(plan_to_json(plan))] == []
    (planned,) = plan.resources
    # A plan from before the rollback has another action, so it is no approval of ending it.
    assert [step.action for step in planned.actions] == [Rollout(ends="1")]
    (found,) = (each.finding for each in planned.findings)
    assert (found.code, "revision 1" in found.message, "--write-secured" in found.message) == (
        "rolled-back",
        True,
        True,
    )
    assert rig.applied(deployment(), base=[deployment()]).status is Status.APPLIED
    assert codes(rig) == []


def test_a_deletion_is_awaited_until_nothing_is_there() -> None:
    rig = ready(undeploy_seconds=300)
    outcome = rig.applied(GONE)
    assert outcome.status is Status.APPLIED
    assert rig.call("GET", LIVE).status_code == 404
    assert rig.planned(GONE).verdict is Verdict.UNCHANGED


def test_a_deletion_that_fails_is_reported_and_can_be_repeated() -> None:
    rig = ready(undeploy_result="UndeployFailed")
    outcome = rig.applied(GONE)
    assert (outcome.status, outcome.details) == (
        Status.FAILED,
        ("Error Failed during the execution of 'preUndeploy' script: exit status 1 (calculator)",),
    )
    assert "UndeployFailed" in outcome.message
    rig.switch(undeploy_result="gone")
    assert rig.applied(GONE).status is Status.APPLIED


def test_a_masked_value_is_never_sent_back() -> None:
    rig = ready()
    rig.writes()
    rig.applied(CHANGED)
    sent: Any = [body for _, body in rig.writes()]
    assert sent == [
        {
            "version": 2,
            "actions": [{"action": "redeploy", "configurationValues": [entry("calculator", {"RATE_TABLE": "us"})]}],
        }
    ]
    assert "*" not in str(sent)


@pytest.mark.slow
def test_a_rollout_of_twice_as_many_values_takes_twice_the_effort() -> None:
    def effort(number: int) -> int:
        keys = [f"KEY_{index}" for index in range(number)]
        calculator = {**CONTRACT["configurations"][0], STANDARD: [{"key": key, "required": False} for key in keys]}
        rig = DeploymentsRig({**CONTRACT, "configurations": [calculator]})
        path = f"applications.calculator.{STANDARD}"
        alone = with_values(("applications.nightly", None))
        rig.applied(deployment(with_values((path, dict.fromkeys(keys, "old")), spec=alone)))
        plan = rig.plan(deployment(with_values((path, dict.fromkeys(keys, "new")), spec=alone)))
        return calls(lambda: rig.apply(plan))

    assert effort(1000) < 2.4 * effort(500)
