"""What a resource depends on is planned and applied first, and deleted last."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from deployments_rig import CONNECTOR_SPEC, SPEC, DeploymentsRig, deployment, with_values
from deployments_rig import connector as connector_of_rig
from trueup.model.action import Create, Publish, Rollout
from trueup.model.identity import SANDBOX, Platform, TargetAddress
from trueup.model.manifest import LifecycleSpec, Manifest, PublishTo, State
from trueup.model.plan import Base, Cause, Plan, ResourcePlan, Verdict
from trueup.model.run import Status
from trueup.plan.build import build_plan
from trueup.plan.codec import plan_to_json
from trueup.plan.left_out import affected, hold_left_out, leaders
from trueup.plan.order import with_waits
from trueup.plan.recompute import recompute
from trueup.plan.safety import SafetyOptions, hold_deletions
from trueup.plan.saved import plan_from_json
from trueup.plan.three_way import Since
from unit.apply.fakes import Scene, Target, connector
from unit.kinds.test_deployment import CONNECTOR, IDENTITY, NEWER, changed, codes, manifest, observed
from unit.plan.test_lifecycle_lost_keys import URL, Listed, draft

TAX = connector("acme-tax", target="shop", lifecycle=LifecycleSpec(publish=PublishTo.PRIVATE))
FOLLOWS = manifest(follow=True)
GONE = LifecycleSpec(state=State.ABSENT, reason="old")
ENDS: list[list[dict[str, object]]] = [[{"status": "Processing"}, {"status": "Published", "has_changes": False}]]
FAILS: list[list[dict[str, object]]] = [[{"status": "Processing"}, {"status": "Failed"}]]


def live(*states: list[dict[str, object]]) -> Target:
    """Return a target with the connector, changed since it was published, and a deployment of it."""
    target = Target(states=list(states))
    target.hold(TAX)
    target.move(TAX.identity, status="Published", has_changes=True)
    target.live[IDENTITY] = observed()
    return target


def of(plan: Plan, each: Manifest) -> ResourcePlan:
    return next(resource for resource in plan.resources if resource.identity == each.identity)


def test_a_deployment_moves_to_what_the_same_plan_publishes() -> None:
    plan = Scene({"shop": live()}).plan(TAX, FOLLOWS)
    assert [step.action for step in of(plan, TAX).actions] == [Publish(certification=False)]
    follows = of(plan, FOLLOWS)
    assert [step.action for step in follows.actions] == [Rollout(follow=True, to="v1.0.0")]
    assert (follows.after, codes(follows)) == ((TAX.identity,), ["waits-for"])
    assert "v1.0.0 (once it is published)" in str(follows.actions[0].after)


@pytest.mark.parametrize(("publish", "cause"), [(PublishTo.NONE, Cause.YOURS), (PublishTo.PRIVATE, Cause.DRIFT)])
def test_a_rollout_that_another_resource_causes_has_the_cause_of_that(publish: PublishTo, cause: Cause) -> None:
    before = replace(TAX, lifecycle=LifecycleSpec(publish=publish))
    since = Since(base=Base(revision="main", commit="1f"), manifests={m.identity: m for m in (before, FOLLOWS)})
    plan = asyncio.run(build_plan([TAX, FOLLOWS], {"shop": live()}, since=since))
    assert {step.cause for step in of(plan, TAX).actions} == {cause}
    assert [step.cause for step in of(plan, FOLLOWS).actions] == [cause]


def test_a_deployment_that_names_its_connector_by_the_id_follows_it_too() -> None:
    target = live()
    by_id = manifest(changed("connector", to={"id": target.live[TAX.identity].remote_id}), follow=True)
    target.live[IDENTITY] = observed(None, copied={**CONNECTOR, "id": target.live[TAX.identity].remote_id})
    follows = of(Scene({"shop": target}).plan(TAX, by_id), by_id)
    assert ([step.action for step in follows.actions], follows.after) == (
        [Rollout(follow=True, to="v1.0.0")],
        (TAX.identity,),
    )


def test_a_preview_that_already_runs_what_the_plan_restores_waits_for_its_connector() -> None:
    rig = DeploymentsRig({"isPreviewable": "true", "privateProjects": ["europe-west1.gcp:acme-shop"]})
    rig.deployed(type=None, connector={"key": "acme-tax", "staged": True})
    rig.acted({"action": "setRepository", "tag": "v1.5.0"})
    spec = with_values(
        ("type", "preview"),
        ("connector.staged", True),
        ("applications.calculator.standardConfiguration.RATE_TABLE", "us"),
    )
    old = {**CONNECTOR_SPEC, "repository": {**CONNECTOR_SPEC["repository"], "tag": "v1.4.0"}}
    manifests = connector_of_rig(old, previewable=True), deployment(spec, follow=True)
    plan = rig.plan(*manifests)
    tax, preview = plan.resources
    assert preview.after == (tax.identity,)
    assert [step.action for step in preview.actions][-1] == Rollout(follow=False)
    read = plan_from_json(plan_to_json(plan), file="plan.json")
    assert recompute(read, manifests, plan.places, file="plan.json") == plan
    assert [outcome.status for outcome in rig.apply(plan)] == [Status.APPLIED, Status.APPLIED]


def test_a_deployment_that_follows_waits_for_no_connector_that_publishes_nothing() -> None:
    rig = DeploymentsRig()
    rig.deployed()
    spec = with_values(("applications.calculator.standardConfiguration.RATE_TABLE", "us"))
    _, live = rig.plan(connector_of_rig(), deployment(spec, follow=True)).resources
    assert (live.verdict, live.after) == (Verdict.UPDATE, ())


def test_without_the_publish_it_stays() -> None:
    plan = Scene({"shop": live()}).plan(replace(TAX, lifecycle=LifecycleSpec()), FOLLOWS)
    assert of(plan, FOLLOWS).verdict is Verdict.UNCHANGED


def test_a_deployment_that_does_not_follow_waits_for_nothing() -> None:
    plan = Scene({"shop": live()}).plan(TAX, manifest())
    assert (of(plan, FOLLOWS).verdict, of(plan, FOLLOWS).after) == (Verdict.UNCHANGED, ())


def test_a_creation_waits_for_its_connector() -> None:
    target = live()
    del target.live[IDENTITY]
    plan = Scene({"shop": target}).plan(TAX, manifest())
    assert of(plan, FOLLOWS).after == (TAX.identity,)
    assert isinstance(of(plan, FOLLOWS).actions[0].action, Create)


def test_a_connector_that_fails_leaves_its_deployment_skipped() -> None:
    target = live(*FAILS)
    scene = Scene({"shop": target})
    tax, follows = sorted(scene.apply(scene.plan(TAX, FOLLOWS)), key=lambda outcome: outcome.identity)
    assert (tax.status, follows.status) == (Status.FAILED, Status.SKIPPED)
    assert follows.message == "Not started: Connector acme-tax, on which it depends, ended as failed."
    assert len(target.writes) == 1


def test_a_saved_plan_with_an_order_is_computed_again() -> None:
    plan = Scene({"shop": live()}).plan(TAX, FOLLOWS)
    read = plan_from_json(plan_to_json(plan), file="plan.json")
    assert recompute(read, [TAX, FOLLOWS], plan.places, file="plan.json") == plan


def test_a_connector_is_deleted_after_its_deployment() -> None:
    target = live()
    scene = Scene({"shop": target})
    tombstones = [replace(TAX, lifecycle=GONE), replace(FOLLOWS, spec={}, lifecycle=GONE)]
    plan = scene.plan(*tombstones)
    assert of(plan, TAX).after == (IDENTITY,)
    assert [outcome.status for outcome in scene.apply(plan)] == [Status.APPLIED, Status.APPLIED]
    assert [kind for kind, _ in target.writes] == ["acme-tax-live", "acme-tax"]


def test_a_deletion_waits_once_for_what_names_its_resource_by_key_and_id() -> None:
    rig = DeploymentsRig()
    rig.deployed()
    gone: dict[str, Any] = {"state": "absent", "reason": "Replaced."}
    tax, live = rig.plan(connector_of_rig(**gone), deployment(**gone)).resources
    assert {"connector.key", "connector.id"} <= live.observed.keys()
    assert tax.after == (live.identity,)


def test_a_connector_is_not_deleted_under_a_deployment_that_stays() -> None:
    plan = Scene({"shop": live()}).plan(replace(TAX, lifecycle=GONE), manifest())
    assert (of(plan, TAX).verdict, codes(of(plan, TAX))) == (Verdict.BLOCKED, ["deletes", "still-in-use"])


def test_what_moves_because_of_a_change_has_the_cause_of_that_change() -> None:
    before = replace(TAX, lifecycle=LifecycleSpec())
    since = Since(base=Base(revision="main", commit="0" * 40), manifests={m.identity: m for m in (before, FOLLOWS)})
    plan = asyncio.run(build_plan([TAX, FOLLOWS], {"shop": live()}, since=since))
    assert [step.cause for step in of(plan, FOLLOWS).actions] == [Cause.YOURS]
    newer = live()
    newer.live[IDENTITY] = observed(NEWER)
    alone = asyncio.run(build_plan([FOLLOWS], {"shop": newer}, since=since))
    assert [step.cause for step in of(alone, FOLLOWS).actions] == [Cause.DRIFT]


def elsewhere(each: Manifest, target: str) -> Manifest:
    return replace(each, identity=replace(each.identity, target=target))


def test_a_resource_is_led_by_the_first_that_it_refers_to_at_the_same_address() -> None:
    near, far = elsewhere(FOLLOWS, "near"), elsewhere(FOLLOWS, "far")
    places = {
        name: TargetAddress(platform=Platform.CONNECT, address=address)
        for name, address in (("shop", "a"), ("near", "a"), ("far", "b"))
    }
    led = leaders([TAX, FOLLOWS, near, far], places)
    assert led == {FOLLOWS.identity: TAX, near.identity: TAX}
    assert leaders([FOLLOWS], places) == {}
    # In the embedded sandbox, each target has connectors of its own.
    inside = dict.fromkeys(("shop", "near"), TargetAddress(platform=Platform.CONNECT, address=SANDBOX))
    assert leaders([TAX, FOLLOWS, near], inside) == {FOLLOWS.identity: TAX}


def test_what_follows_is_affected_and_what_keeps_its_code_is_not() -> None:
    assert affected([TAX], [FOLLOWS], {}) == (FOLLOWS,)
    keeps = manifest()
    assert affected([TAX], [keeps], {}) == ()
    assert affected([replace(TAX, lifecycle=GONE)], [keeps], {}) == (keeps,)
    assert affected([FOLLOWS], [TAX], {}) == ()


def test_what_a_run_leaves_out_is_named_and_blocks_a_deletion() -> None:
    plan = hold_left_out(Scene({"shop": live()}).plan(TAX), [FOLLOWS], [TAX], {})
    assert (of(plan, TAX).verdict, codes(of(plan, TAX))) == (Verdict.UPDATE, ["left-out"])
    saved = plan_from_json(plan_to_json(plan), file="plan.json")
    assert recompute(saved, [TAX, FOLLOWS], plan.places, file="plan.json") == plan
    gone = replace(TAX, lifecycle=GONE)
    plan = hold_left_out(Scene({"shop": live()}).plan(gone), [manifest()], [gone], {})
    assert (of(plan, gone).verdict, codes(of(plan, gone))) == (Verdict.BLOCKED, ["deletes", "still-in-use"])
    saved = plan_from_json(plan_to_json(plan), file="plan.json")
    assert recompute(saved, [gone, manifest()], plan.places, file="plan.json") == plan


def test_nothing_is_said_of_a_connector_that_offers_nothing_new() -> None:
    quiet, target = replace(TAX, lifecycle=LifecycleSpec()), live()
    target.hold(TAX, name="Another name")
    plan = hold_left_out(Scene({"shop": target}).plan(quiet), [FOLLOWS], [quiet], {})
    assert (of(plan, quiet).verdict, codes(of(plan, quiet))) == (Verdict.UPDATE, [])


def test_what_is_of_another_target_is_named_with_it() -> None:
    plan = Scene({"shop": live()}).plan(TAX, FOLLOWS)
    elsewhere = replace(IDENTITY, target="outlet")
    follows = replace(of(plan, FOLLOWS), identity=elsewhere, findings=())
    manifests = {TAX.identity: TAX, elsewhere: replace(FOLLOWS, identity=elsewhere)}
    places = dict.fromkeys(
        ("shop", "outlet"), TargetAddress(platform=Platform.CONNECT, address="https://connect.example")
    )
    _, waits = with_waits([of(plan, TAX), follows], manifests, places)
    assert [found.finding.message for found in waits.findings] == [
        "It starts when Connector acme-tax on shop has been applied."
    ]
    deleted = Scene({"shop": live()}).plan(replace(TAX, lifecycle=GONE))
    stays, _ = with_waits([of(deleted, TAX), follows], manifests, places)
    assert stays.findings[-1].finding.message.startswith("It is used by Deployment acme-tax-live on outlet. Delete ")


def test_a_connector_that_is_named_by_its_id_comes_first_too() -> None:
    target = live()
    remote_id = target.live[TAX.identity].remote_id
    del target.live[IDENTITY]
    plan = Scene({"shop": target}).plan(TAX, manifest({**SPEC, "connector": {"id": remote_id}}))
    assert of(plan, FOLLOWS).after == (TAX.identity,)


def test_a_connector_is_not_deleted_before_a_deployment_that_cannot_be_deleted_now() -> None:
    target = live()
    scene = Scene({"shop": target})
    protected = LifecycleSpec(state=State.ABSENT, reason="old", protect=True)
    plan = scene.plan(replace(TAX, lifecycle=GONE), replace(FOLLOWS, lifecycle=protected))
    assert (of(plan, FOLLOWS).verdict, of(plan, TAX).after) == (Verdict.BLOCKED, (IDENTITY,))
    assert [outcome.status for outcome in scene.apply(plan)] == [Status.SKIPPED, Status.BLOCKED]
    assert target.writes == []


def test_nothing_waits_for_a_connector_that_may_have_lost_its_key() -> None:
    target = Listed(lost=[draft(url=URL)])
    plan = Scene({"shop": target}).plan(TAX, FOLLOWS)
    assert (of(plan, TAX).verdict, of(plan, FOLLOWS).after) == (Verdict.BLOCKED, ())
    read = plan_from_json(plan_to_json(plan), file="plan.json")
    assert recompute(read, [TAX, FOLLOWS], plan.places, file="plan.json") == plan


def test_what_waits_for_a_deletion_that_a_run_holds_back_is_computed_again() -> None:
    tombstones = [replace(TAX, lifecycle=GONE), replace(FOLLOWS, lifecycle=GONE)]
    plan = hold_deletions(Scene({"shop": live()}).plan(*tombstones), SafetyOptions(all_valid=False))
    assert of(plan, TAX).after == (IDENTITY,)
    read = plan_from_json(plan_to_json(plan), file="plan.json")
    assert recompute(read, tombstones, plan.places, file="plan.json") == plan


def test_a_creation_that_waits_and_would_be_refused_is_computed_again() -> None:
    target = live()
    del target.live[IDENTITY]
    wrong = manifest({**SPEC, "type": "preview"})
    plan = Scene({"shop": target}).plan(TAX, wrong)
    assert codes(of(plan, wrong)) == ["waits-for", "would-be-refused"]
    read = plan_from_json(plan_to_json(plan), file="plan.json")
    assert recompute(read, [TAX, wrong], plan.places, file="plan.json") == plan
