"""Apply a plan that took the base's word for what the platform does not return."""

import asyncio

from trueup.model.action import AddElement, RemoveElement, SetValue
from trueup.model.manifest import Manifest
from trueup.model.outcome import Outcome, Status
from trueup.model.plan import Base, Plan
from trueup.model.value import Elements, Known
from trueup.plan.build import build_plan
from trueup.plan.since import Since
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


def plan(origin: Target, wanted: Manifest = WANTED) -> Plan:
    since = Since(base=Base(revision="main", commit="1f0c"), manifests={BASE.identity: BASE})
    return asyncio.run(build_plan([wanted], {"origin": origin}, since=since))


def applied(here: Scene, planned: Plan) -> Outcome:
    (outcome,) = here.apply(planned)
    return outcome


def test_several_requests_go_through_although_a_field_is_not_returned() -> None:
    here, origin = stage()
    planned = plan(origin)
    assert len({p.stage for p in planned.resources[0].actions}) == 2
    outcome = applied(here, planned)
    assert (outcome.status, outcome.left) == (Status.APPLIED, ())
    number = SetValue("certificateNumber", "N-2")
    assert outcome.done == (number, RemoveElement("brands", ("A",)), AddElement("channels", ("ORIGIN",), {}))
    assert origin.of(WANTED, "brands") == Known(Elements({("B",): {}}))


def test_a_foreign_edit_elsewhere_is_no_conflict() -> None:
    here, origin = stage()
    planned = plan(origin)
    origin.edit(WANTED, "voc.content.densityLimitGL", "4")
    assert applied(here, planned).status is Status.APPLIED


def test_a_foreign_edit_that_does_not_change_the_plan_is_rebased() -> None:
    here, origin = stage()
    origin.edit(WANTED, "url", "https://theirs.example")
    planned = plan(origin)
    origin.edit(WANTED, "url", str(CERTIFICATION["url"]))
    outcome = applied(here, planned)
    assert outcome.status is Status.REBASED
    assert RemoveElement("brands", ("A",)) in outcome.done
