"""A platform that adds a second element instead of changing one is noticed (``origin-api.md`` section 12)."""

from trueup.apply.context import ApplyOptions
from trueup.apply.verify import DOUBLED
from trueup.model.run import Status
from trueup.model.value import Elements
from unit.apply.fakes import CERTIFICATION, Target, certification, scene, storing

RED = {**CERTIFICATION, "featuresCustoms": [{"name": "Color", "value": "red"}]}
COLOR = ("Color",)


def test_an_element_that_the_platform_then_holds_twice_is_a_failure() -> None:
    epd = certification("ACME-EPD-001", RED)
    origin = Target(versioned=False)
    origin.hold(epd, featuresCustoms=Elements({COLOR: {"value": "gray"}}))
    origin.faults = [storing(epd, "featuresCustoms", Elements({COLOR: {}}, frozenset({COLOR})))]
    world = scene(origin)
    (outcome,) = world.apply(world.plan(epd), ApplyOptions(readback_seconds=1))
    assert (outcome.status, outcome.done) == (Status.FAILED, ())
    assert [(r.path, r.note) for r in outcome.fields] == [("featuresCustoms", DOUBLED)]


def test_two_elements_that_are_both_as_desired_are_no_failure() -> None:
    epd = certification("ACME-EPD-001", RED)
    origin = Target(versioned=False)
    origin.hold(epd, featuresCustoms=Elements({COLOR: {"value": "gray"}}))
    origin.faults = [storing(epd, "featuresCustoms", Elements({COLOR: {"value": "red"}}, frozenset({COLOR})))]
    world = scene(origin)
    (outcome,) = world.apply(world.plan(epd), ApplyOptions(readback_seconds=1))
    assert outcome.status is Status.APPLIED
