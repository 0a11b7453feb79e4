"""Plans in which the values of the base, which were applied, replace fields that the platform does not return."""

import asyncio
from dataclasses import replace

from trueup.model.action import AddElement, RemoveElement, SetValue
from trueup.model.manifest import Manifest
from trueup.model.plan import Base, Plan
from trueup.model.reader import Wanted
from trueup.model.run import Outcome, Status
from trueup.model.value import Elements, Known
from trueup.plan.build import build_plan
from trueup.plan.fallbacks import LastApplied
from trueup.plan.resource import replan
from trueup.plan.three_way import Since
from unit.apply.fakes import CERTIFICATION, Scene, Target, certification, scene

SPEC = {**CERTIFICATION, "certificateNumber": "N-1", "brands": [{"name": "A"}, {"name": "B"}]}
BASE = certification("E1", SPEC)
WANTED = certification(
    "E1", {**SPEC, "certificateNumber": "N-2", "brands": [{"name": "B"}], "channels": [{"name": "ORIGIN"}]}
)


def stage() -> tuple[Scene, Target]:
    origin = Target(versioned=False)
    origin.hold(BASE)
    origin.hidden = {"certificateNumber", "brands"}
    return scene(origin), origin


APPLIED = LastApplied(
    "id-E1", (SetValue("certificateNumber", "N-1"), AddElement("brands", ("A",), {}), AddElement("brands", ("B",), {}))
)
"""What the journal knows after the base was applied."""


def plan(origin: Target, wanted: Manifest = WANTED) -> Plan:
    since = Since(base=Base(revision="main", commit="1f0c"), manifests={BASE.identity: BASE})
    memory = {BASE.identity: APPLIED}
    return asyncio.run(build_plan([wanted], {"origin": origin}, since=since, memory=memory))


def applied(world: Scene, planned: Plan) -> Outcome:
    (outcome,) = world.apply(planned)
    return outcome


def test_several_requests_go_through_although_a_field_is_not_returned() -> None:
    world, origin = stage()
    planned = plan(origin)
    assert len({p.stage for p in planned.resources[0].actions}) == 2
    outcome = applied(world, planned)
    assert (outcome.status, outcome.left) == (Status.APPLIED, ())
    number = SetValue("certificateNumber", "N-2")
    assert outcome.done == (number, RemoveElement("brands", ("A",)), AddElement("channels", ("ORIGIN",), {}))
    assert origin.of(WANTED, "brands") == Known(Elements({("B",): {}}))


def test_a_foreign_edit_elsewhere_is_no_conflict() -> None:
    world, origin = stage()
    planned = plan(origin)
    origin.edit(WANTED, "voc.content.densityLimitGL", "4")
    assert applied(world, planned).status is Status.APPLIED


def test_a_foreign_edit_that_does_not_change_the_plan_is_rebased() -> None:
    world, origin = stage()
    origin.edit(WANTED, "url", "https://theirs.example")
    planned = plan(origin)
    origin.edit(WANTED, "url", str(CERTIFICATION["url"]))
    outcome = applied(world, planned)
    assert outcome.status is Status.REBASED
    assert RemoveElement("brands", ("A",)) in outcome.done


def test_values_known_from_the_base_do_not_count_for_another_resource_of_the_same_name() -> None:
    _, origin = stage()
    (planned,) = plan(origin).resources
    assert RemoveElement("brands", ("A",)) in [p.action for p in planned.actions]
    origin.live[BASE.identity] = replace(origin.live[BASE.identity], remote_id="another")
    (again,) = plan(origin).resources
    assert not any(isinstance(p.action, RemoveElement) for p in again.actions)
    another = asyncio.run(origin.read(Wanted(BASE.identity)))
    assert not any(isinstance(p.action, RemoveElement) for p in replan(planned, another).actions)
