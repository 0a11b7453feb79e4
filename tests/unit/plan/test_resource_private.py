"""Plan to make a public connector private again."""

from dataclasses import replace

import pytest

from trueup.model.action import AddMember, Publish, RemoveMember, RequestPreview, SetValue
from trueup.model.field import Risk
from trueup.model.live import Live
from trueup.model.manifest import LifecycleSpec, PublishTo
from trueup.model.plan import PlanRules, ResourcePlan, Verdict
from trueup.model.value import Members
from trueup.plan.resource import plan_resource, replan
from unit.apply.fakes import DRAFT, SPEC, Target, connector

SHOP, OUTLET = "europe-west1.gcp:shop", "europe-west1.gcp:outlet"
PRIVATE = LifecycleSpec(publish=PublishTo.PRIVATE)
PRIVATELY = Publish(certification=False)
TAX = connector("acme-tax", {**SPEC, "privateProjects": [SHOP]}, lifecycle=PRIVATE)
PUBLIC: dict[str, object] = {"status": "Published", "listed": True, "private": False}


def live(state: dict[str, object] | None = None, **changed: str) -> Live:
    target = Target()
    target.hold(TAX, privateProjects=Members((OUTLET,)), **changed)
    found = target.live[TAX.identity]
    return replace(found, lifecycle=replace(DRAFT, **{**PUBLIC, **(state or {})}))  # type: ignore[arg-type]


def steps(planned: ResourcePlan) -> list[tuple[object, int]]:
    return [(p.action, p.stage) for p in planned.actions]


def codes(planned: ResourcePlan) -> list[str]:
    return [p.finding.code for p in planned.findings]


def test_private_projects_follow_the_publish_that_lets_them_change_and_are_published_too() -> None:
    manifest = replace(TAX, lifecycle=replace(PRIVATE, previewable=True))
    planned = plan_resource(manifest, live(name="Old"))
    assert planned.verdict is Verdict.UPDATE
    assert steps(planned) == [
        (SetValue("name", "Acme Tax"), 0),
        (RequestPreview(), 1),
        (PRIVATELY, 2),
        (AddMember("privateProjects", SHOP), 3),
        (RemoveMember("privateProjects", OUTLET), 3),
        (PRIVATELY, 4),
    ]
    assert [p.risk for p in planned.actions if p.action == PRIVATELY] == [Risk.DESTRUCTIVE, Risk.VISIBLE]
    assert codes(planned) == ["becomes-private"]


def test_a_connector_that_is_private_already_changes_its_projects_before_it_is_published() -> None:
    assert [type(action) for action, _ in steps(plan_resource(TAX, live({"private": True})))] == [
        AddMember,
        RemoveMember,
        Publish,
    ]


def test_planning_again_halfway_asks_for_the_rest() -> None:
    planned = plan_resource(TAX, live())
    assert replan(planned, live()).actions == planned.actions
    again = replan(planned, live({"private": True}), [PRIVATELY])
    assert [p.action for p in again.actions] == [p.action for p in planned.actions[1:]]
    assert again.actions[-1].risk is planned.actions[-1].risk


@pytest.mark.parametrize(
    ("manifest", "rules"),
    [
        (replace(TAX, lifecycle=LifecycleSpec()), PlanRules()),
        (replace(TAX, lifecycle=LifecycleSpec(publish=PublishTo.CERTIFIED)), PlanRules()),
        (TAX, PlanRules(processes=False)),
    ],
    ids=["not published", "certified", "without processes"],
)
def test_private_projects_of_what_stays_public_are_blocked(manifest: object, rules: PlanRules) -> None:
    assert isinstance(manifest, type(TAX))
    planned = plan_resource(manifest, live(), rules)
    assert (planned.verdict, codes(planned)) == (Verdict.BLOCKED, ["not-private"])


@pytest.mark.parametrize(
    ("state", "verdict", "code"),
    [
        ({"status": "Processing"}, Verdict.DEFERRED, "busy"),
        ({"status": "InCertification"}, Verdict.DEFERRED, "busy"),
        ({"status": "Suspended"}, Verdict.DEFERRED, "unknown-state"),
        ({"status": "Failed"}, Verdict.BLOCKED, "publish-failed"),
    ],
)
def test_private_projects_wait_with_the_publish(state: dict[str, object], verdict: Verdict, code: str) -> None:
    planned = plan_resource(TAX, live(state))
    assert (planned.verdict, planned.actions, set(codes(planned))) == (verdict, (), {code})


def test_other_fields_do_not_wait_for_a_state_that_is_not_documented() -> None:
    planned = plan_resource(TAX, live({"status": "Suspended"}, name="Old"))
    assert (planned.verdict, steps(planned)) == (Verdict.UPDATE, [(SetValue("name", "Acme Tax"), 0)])


def test_protection_keeps_a_public_connector_public() -> None:
    planned = plan_resource(replace(TAX, lifecycle=replace(PRIVATE, protect=True)), live())
    assert planned.verdict is Verdict.BLOCKED
    assert codes(planned) == ["becomes-private", "protected"]
